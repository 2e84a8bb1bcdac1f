import type { UnitHandler, Unit } from '../../syntax/unit.ts';
import type { ElementUnit } from '../../syntax/xml/element-unit.ts';
import { xmlReader } from '../../syntax/xml/reader.ts';
import type { Position } from './content.ts';
import { expanded, isDeclaration, readComponents, type Components, type SchemaSource } from './documents.ts';
import { fits, uri } from './simple.ts';
import { Types, type ElementType } from './types.ts';

/**
 * Says of most valid documents that they are valid, in less time than a validator takes: the schema is put into tables, and our reader
 * goes over the document beside them. It says yes, or nothing: what is not surely valid a validator looks at.
 */
export type QuickCheck = (bytes: Uint8Array) => boolean;

/** The quick check of a schema; undefined where its files are put together in a way that is not followed. */
export function quickCheck(files: readonly SchemaSource[], main: string): QuickCheck | undefined {
  const components = readComponents(files, main);
  if (!components) return undefined;
  const byNamespace = new Map(namespacesOf(components).map((namespace) => [namespace, new Walk(components, namespace)]));
  return (bytes) => {
    if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(emptySection)) return false;
    let walk: Walk | undefined;
    const handler: UnitHandler = {
      message({ namespace = '', interchange }) {
        if (!charsets.test(interchange.charset.declared)) return;
        walk = byNamespace.get(namespace);
        walk?.begin();
      },
      unit: (unit) => walk?.unit(unit as ElementUnit),
      finding: () => walk?.doubt(),
    };
    const reader = xmlReader(handler, { whole: true, allAttributes: true });
    for (let at = 0; at < bytes.length && (at === 0 || walk?.isSure); at += piece) reader.push(bytes.subarray(at, at + piece));
    reader.end();
    return walk?.isSure === true;
  };
}

/** The namespaces of which an element may be the first of a document. */
const namespacesOf = (components: Components): readonly string[] => [
  ...new Set([...components.keys()].filter((key) => key.startsWith('element {')).map((key) => key.slice('element {'.length, key.lastIndexOf('}')))),
];

const charsets = /^(?:UTF-?8)?$/i; // as a document declares it: what is read as UTF-8 though it declares another is not well-formed to a validator
const emptySection = '<![CDATA[]]>'; // nothing to our reader, text to a validator
const piece = 256 * 1024; // bytes: a document in doubt is not read to its end

/** The way through a document whose first element is of a namespace. */
class Walk {
  isSure = false;
  readonly #types: Types;
  readonly #namespace: string;
  readonly #open: ElementType[] = [];
  readonly #positions: Position[] = []; // of the last child of each of them
  readonly #counts: number[] = []; // so often has it come
  #depth = 0;

  constructor(components: Components, namespace: string) {
    const own = `{${namespace}}`;
    this.#types = new Types(components, (name) => (name.startsWith(own) ? name.slice(own.length) : name));
    this.#namespace = namespace;
  }

  begin(): void {
    this.isSure = true;
    this.#depth = 0;
  }

  doubt(): void {
    this.isSure = false;
  }

  unit(unit: ElementUnit): void {
    if (!this.isSure) return;
    if (unit.kind === 'close') return this.#close();
    const type = this.#depth === 0 ? this.#types.global(this.#nameOf(unit.tag)) : this.#child(unit.tag);
    this.isSure = type !== undefined && attributesFit(type, unit) && (unit.kind === 'open' ? this.#enter(type) : isLeafOf(type, unit));
  }

  #enter(type: ElementType): boolean {
    if (!type.start) return false;
    this.#open[this.#depth] = type;
    this.#positions[this.#depth] = type.start;
    this.#counts[this.#depth++] = 0;
    return true;
  }

  #close(): void {
    const { isLast, least } = this.#positions[--this.#depth]!;
    this.isSure = isLast && this.#counts[this.#depth]! >= least;
  }

  /** The type of a child of the element that is open. */
  #child(tag: string): ElementType | undefined {
    const top = this.#depth - 1;
    const before = this.#positions[top]!;
    const count = this.#counts[top]!;
    const isSame = count < before.most && (before.takes ? before.takes(this.#namespaceOf(tag)) : tag === before.tag);
    const next = isSame ? before : count >= before.least ? this.#after(before, tag) : undefined;
    if (!next) return undefined;
    this.#positions[top] = next;
    this.#counts[top] = isSame ? count + 1 : 1;
    return next.takes ? this.#types.global(this.#nameOf(tag)) : this.#types.of(next.declaration);
  }

  #after({ next, nextWildcards }: Position, tag: string): Position | undefined {
    return next.get(tag) ?? nextWildcards.find(({ takes }) => takes!(this.#namespaceOf(tag)));
  }

  #nameOf(tag: string): string {
    return tag.startsWith('{') ? tag : expanded(this.#namespace, tag);
  }

  #namespaceOf(tag: string): string {
    return tag.startsWith('{') ? tag.slice(1, tag.indexOf('}')) : this.#namespace;
  }
}

function attributesFit({ attributes, required }: ElementType, unit: ElementUnit): boolean {
  let met = 0;
  for (let atom = 0; atom < unit.size; atom++) {
    const name = unit.name(atom);
    if (name === undefined) continue;
    const use = attributes.get(name);
    const text = unit.text(atom);
    if (!use && isDeclaration(name) && (text === '' || uri.test(text))) continue;
    if (!use) return false;
    if (!fits(use.type, text) || (use.fixed !== undefined && use.fixed !== text)) return false;
    if (use.isRequired) met++;
  }
  return met === required;
}

/** Whether an element without elements in it may be of a type. One without a text may hold blanks, which is not looked into. */
function isLeafOf({ simple, start }: ElementType, unit: ElementUnit): boolean {
  for (let atom = 0; atom < unit.size; atom++) if (unit.name(atom) === undefined) return simple !== undefined && fits(simple, unit.text(atom));
  return isBare(unit) && (simple ? simple.allows('') : start!.isLast);
}

/** `<A/>` or `<A></A>`. Where a comment or an instruction stands last, blanks may stand before it. */
function isBare({ bytes, end }: Unit): boolean {
  if (bytes[end - 2] === 0x2f) return true;
  const before = bytes.lastIndexOf(0x3c, end - 1) - 1;
  return bytes[before] === 0x3e && bytes[before - 1] !== 0x2d && bytes[before - 1] !== 0x3f;
}
