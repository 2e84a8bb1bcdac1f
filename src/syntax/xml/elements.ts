import { unique } from '../unique.ts';
import type { XmlName } from './names.ts';

const knownNamespaces = 64;
const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';

/** An element while it is open, or the document itself. The same object serves the next at its depth. */
class Open {
  name: XmlName | undefined;
  tag = '';
  position = 0;
  occurrence = 1; // among those of its name
  path = ''; // '' until somebody asked
  scope = 0; // number of bindings outside the element
  nth = 0; // of all that were ever open
  readonly below: number[] = []; // by index of the local name: the number of the element below which it was counted
  readonly counts: number[] = []; // and how often
}

/**
 * The open elements: their names, ordinals, namespaces in scope, and how often each name has stood below each of them,
 * so that the XPath of a place is known without looking back.
 */
export class Elements {
  depth = 0;
  readonly #open: Open[] = [new Open()]; // by depth
  #top = this.#open[0]!;
  #begun = 0; // elements, also of documents before
  readonly #prefixes: string[] = [];
  readonly #namespaces: string[] = [];
  readonly #known = new Map<string, string>(); // namespaces, each as the one string that the engine keeps of it: they are compared for every element
  #default = '';

  /** Nothing is open. */
  clear(): void {
    this.depth = 0;
    this.#prefixes.length = this.#namespaces.length = 0;
    this.#default = '';
    this.#top = this.#open[0]!;
    this.#top.nth = ++this.#begun;
  }

  /** How many were ever open at once. */
  get deepest(): number {
    return this.#open.length - 1;
  }

  bind(prefix: string, uri: string): void {
    const namespace = this.#known.get(uri) ?? this.#learn(uri);
    this.#prefixes.push(prefix);
    this.#namespaces.push(namespace);
    if (prefix === '') this.#default = namespace;
  }

  #learn(uri: string): string {
    const namespace = unique(uri);
    if (this.#known.size < knownNamespaces) this.#known.set(namespace, namespace);
    return namespace;
  }

  /** The namespace of an element name; undefined where its prefix is not declared. */
  namespace(prefix: string): string | undefined {
    if (prefix === '') return this.#default;
    for (let i = this.#prefixes.length - 1; i >= 0; i--) if (this.#prefixes[i] === prefix) return this.#namespaces[i];
    return prefix === 'xml' ? xmlNamespace : undefined;
  }

  /** An element begins, after its namespace declarations were bound. `scope`: how many stood outside it. */
  push(name: XmlName, tag: string, position: number, scope: number): void {
    const { nth, below, counts } = this.#top;
    const { localIndex } = name;
    for (let index = below.length; index <= localIndex; index++) below[index] = counts[index] = -1;
    const occurrence = below[localIndex] === nth ? counts[localIndex]! + 1 : 1;
    below[localIndex] = nth;
    counts[localIndex] = occurrence;
    const open = (this.#open[++this.depth] ??= new Open());
    open.name = name;
    open.tag = tag;
    open.position = position;
    open.occurrence = occurrence;
    open.path = '';
    open.scope = scope;
    open.nth = ++this.#begun;
    this.#top = open;
  }

  /** How many namespace declarations are in scope. */
  get bindings(): number {
    return this.#prefixes.length;
  }

  pop(): void {
    const { scope } = this.#top;
    this.#top = this.#open[--this.depth]!;
    if (scope === this.#prefixes.length) return;
    this.#prefixes.length = scope;
    this.#namespaces.length = scope;
    const last = this.#prefixes.lastIndexOf('');
    this.#default = last < 0 ? '' : this.#namespaces[last]!;
  }

  get name(): XmlName | undefined {
    return this.#top.name;
  }

  get tag(): string {
    return this.#top.tag;
  }

  get position(): number {
    return this.#top.position;
  }

  /** XPath of the innermost open element, by local names: `/Declaration/Consignment[2]/ID[1]`. */
  xpath(): string {
    return this.depth === 0 ? '/' : this.#path(this.depth);
  }

  #path(depth: number): string {
    const open = this.#open[depth]!;
    if (open.path === '') open.path = depth === 1 ? `/${open.name!.local}` : `${this.#path(depth - 1)}/${open.name!.local}[${open.occurrence}]`;
    return open.path;
  }
}
