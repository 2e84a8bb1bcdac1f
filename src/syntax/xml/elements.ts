import type { XmlName } from './names.ts';

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';

/** How often each name has stood below an open element. */
interface Children {
  element: number; // its ordinal; 0 for the document
  readonly elements: number[]; // by index of the local name: below which element it was counted
  readonly counts: number[]; // and how often
}

/**
 * The open elements: their names, ordinals, namespaces in scope, and how often each name has stood below each of them,
 * so that the XPath of a place is known without looking back.
 */
export class Elements {
  depth = 0;
  readonly #names: XmlName[] = [];
  readonly #tags: string[] = [];
  readonly #positions: number[] = [];
  readonly #occurrences: number[] = [];
  readonly #scopes: number[] = []; // number of bindings outside the element
  readonly #children: Children[] = [{ element: 0, elements: [], counts: [] }]; // by depth
  readonly #prefixes: string[] = [];
  readonly #namespaces: string[] = [];
  #default = '';

  /** Call before the element's namespace declarations are bound. */
  begin(): void {
    this.#scopes[this.depth] = this.#prefixes.length;
  }

  bind(prefix: string, namespace: string): void {
    this.#prefixes.push(prefix);
    this.#namespaces.push(namespace);
    if (prefix === '') this.#default = namespace;
  }

  /** The namespace of an element name; undefined where its prefix is not declared. */
  namespace(prefix: string): string | undefined {
    if (prefix === '') return this.#default;
    for (let i = this.#prefixes.length - 1; i >= 0; i--) if (this.#prefixes[i] === prefix) return this.#namespaces[i];
    return prefix === 'xml' ? xmlNamespace : undefined;
  }

  push(name: XmlName, tag: string, position: number): void {
    const { element, elements, counts } = this.#children[this.depth]!;
    const { localIndex } = name;
    for (let index = elements.length; index <= localIndex; index++) elements[index] = counts[index] = -1;
    this.#occurrences[this.depth] = counts[localIndex] = elements[localIndex] === element ? counts[localIndex]! + 1 : 1;
    elements[localIndex] = element;
    this.#names[this.depth] = name;
    this.#tags[this.depth] = tag;
    this.#positions[this.depth] = position;
    this.depth++;
    const below = this.#children[this.depth];
    if (below) below.element = position;
    else this.#children[this.depth] = { element: position, elements: [], counts: [] };
  }

  pop(): void {
    this.depth--;
    const scope = this.#scopes[this.depth]!;
    if (scope === this.#prefixes.length) return;
    this.#prefixes.length = scope;
    this.#namespaces.length = scope;
    const last = this.#prefixes.lastIndexOf('');
    this.#default = last < 0 ? '' : this.#namespaces[last]!;
  }

  get name(): XmlName | undefined {
    return this.#names[this.depth - 1];
  }

  get tag(): string {
    return this.#tags[this.depth - 1] ?? '';
  }

  get position(): number {
    return this.#positions[this.depth - 1] ?? 0;
  }

  /** XPath of the innermost open element, by local names: `/Declaration/Consignment[2]/ID[1]`. */
  xpath(): string {
    let path = '';
    for (let i = 0; i < this.depth; i++) path += `/${this.#names[i]!.local}${i === 0 ? '' : `[${this.#occurrences[i]!}]`}`;
    return path === '' ? '/' : path;
  }
}
