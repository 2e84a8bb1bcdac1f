import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dictionary, DictionaryClass } from './dictionary.ts';
import type { Pool } from './paging.ts';
import { CanonicalReader } from './canonical.ts';
import { Rows } from './rows.ts';

/**
 * Rows ⇄ canonical JSON, `{"$dictionary":"wco-dm@3.0.0","Declaration":{…}}`.
 *
 * A class that may repeat is always an array, every other an object; names and order are the dictionary's; a value is a string
 * as stated, a quantity `{"value","unit"}`. Beside the attributes of a row may stand `$mode`, how a change message means it,
 * and `$carry`, format-private values by the map that understands them: `{"wco/cri/3":{"name":"value"}}`.
 */
const piece = 16_384; // characters of a piece, at least

/** The canonical document, given to `sink` in pieces, so that a manifest of any size is written in little memory. `indent` 0: one line. */
export function writeCanonical(rows: Rows, sink: (piece: string) => void, indent = 0): void {
  const out = new JsonText(indent);
  out.open('{');
  out.member('$dictionary', `${rows.dictionary.name}@${rows.dictionary.version}`);
  const roots = rows.roots();
  for (const cls of rows.dictionary.roots) {
    const found = roots.filter((row) => rows.classIndex(row) === cls.index);
    if (found.length === 0) continue;
    const isArray = begin(cls, found.length > 1);
    for (const row of found) writeItem(cls, row, isArray);
    if (isArray) out.close(']');
  }
  out.close('}');
  sink(out.take());

  /** Two rows of a class that stands once are against the dictionary; as an array nothing is lost, and the schema says so. */
  function begin(cls: DictionaryClass, several: boolean): boolean {
    out.name(cls.name);
    const isArray = cls.many || several;
    if (isArray) out.open('[');
    return isArray;
  }

  function writeItem(cls: DictionaryClass, row: number, inArray: boolean): void {
    if (inArray) out.item();
    writeRow(cls, row);
    if (out.size > piece) sink(out.take());
  }

  function writeRow(cls: DictionaryClass, row: number): void {
    out.open('{');
    const mode = rows.mode(row);
    if (mode !== 'state') out.member('$mode', mode);
    const carry = carriedBy(rows, row);
    if (carry) out.member('$carry', carry);
    const { attributes } = cls;
    for (let slot = 0; slot < attributes.length; slot++) {
      const value = rows.get(row, slot);
      if (value !== undefined) out.member(attributes[slot]!.name, value);
    }
    for (const index of childClasses(rows, row)) {
      const child = rows.dictionary.classes[index]!;
      let at = rows.firstOf(row, child);
      const isArray = begin(child, rows.nextOf(at) >= 0);
      for (; at >= 0; at = rows.nextOf(at)) writeItem(child, at, isArray);
      if (isArray) out.close(']');
    }
    out.close('}');
  }
}

/** The same as one text. */
export function canonicalText(rows: Rows, indent = 0): string {
  let text = '';
  writeCanonical(rows, (piece) => (text += piece), indent);
  return text;
}

/** JSON text that grows member by member. */
class JsonText {
  readonly #newline: string;
  readonly #space: string;
  #text = '';
  #filled: boolean[] = []; // per open bracket: something stands in it

  readonly #indent: number;

  constructor(indent: number) {
    this.#indent = indent;
    this.#newline = indent > 0 ? '\n' : '';
    this.#space = indent > 0 ? ' ' : '';
  }

  get size(): number {
    return this.#text.length;
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  open(bracket: '{' | '['): void {
    this.#text += bracket;
    this.#filled.push(false);
  }

  close(bracket: '}' | ']'): void {
    if (this.#filled.pop()) this.#line();
    this.#text += bracket;
  }

  item(): void {
    if (this.#filled.at(-1)) this.#text += ',';
    this.#filled[this.#filled.length - 1] = true;
    this.#line();
  }

  name(name: string): void {
    this.item();
    this.#text += `"${name}":${this.#space}`; // names of the dictionary are letters and digits
  }

  /** Member values stand on one line, whatever they are. */
  member(name: string, value: unknown): void {
    this.name(name);
    this.#text += JSON.stringify(value);
  }

  #line(): void {
    if (this.#indent > 0) this.#text += this.#newline + ' '.repeat(this.#indent * this.#filled.length);
  }
}

/** The indices of the classes of a row's children, in the order of the dictionary. */
function childClasses(rows: Rows, row: number): readonly number[] {
  let found: number[] | undefined;
  for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) {
    if (rows.removed(child)) continue;
    const cls = rows.classIndex(child);
    if (!found) found = [cls];
    else if (found[found.length - 1] !== cls && !found.includes(cls)) found.push(cls);
  }
  if (!found) return none;
  return found.length > 1 ? found.sort((a, b) => a - b) : found;
}

const none: readonly number[] = [];

function carriedBy(rows: Rows, row: number): Record<string, Record<string, string>> | undefined {
  const carried = rows.carriedOf(row);
  if (carried.length === 0) return undefined;
  const byMap = empty<Record<string, string>>();
  for (const { map, name, value } of carried) (byMap[map] ??= empty<string>())[name] = value;
  return byMap;
}

/** Without a prototype: a name such as `__proto__` is a name like any other. */
const empty = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

/** Reads canonical JSON that is a text in memory. What is wrong with it is told by `CanonicalReader`. */
export function readCanonical(dictionary: Dictionary, text: string, pool?: Pool): { readonly rows: Rows; readonly findings: readonly Diagnostic[] } {
  const rows = new Rows(dictionary, pool);
  const findings: Diagnostic[] = [];
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    findings.push(finding('CANONICAL_SYNTAX', { message: error instanceof Error ? error.message : String(error) }));
    return { rows, findings };
  }
  const reader = new CanonicalReader(rows, (each) => findings.push(each));
  walk(reader, document, undefined, '');
  return { rows, findings };
}

function walk(reader: CanonicalReader, value: unknown, name: string | undefined, pointer: string): void {
  const spot = { pointer: () => pointer };
  if (typeof value !== 'object' || value === null) return reader.scalar(name, typeof value === 'string' ? value : undefined, spot);
  const isArray = Array.isArray(value);
  reader.open(isArray ? '[' : '{', name, spot);
  for (const [key, each] of Object.entries(value)) {
    const step = isArray ? key : key.replaceAll('~', '~0').replaceAll('/', '~1');
    walk(reader, each, isArray ? undefined : key, `${pointer}/${step}`);
  }
  reader.close(spot);
}
