import type { Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import { Rows, type Value } from '../dictionary/rows.ts';
import type { MessageHeader } from '../syntax/unit.ts';
import type { Position } from './position.ts';
import { isPointer } from './pointers.ts';

/**
 * How an answer, whose facts are those of `Response`, is told in messages that keep their facts elsewhere: data, from
 * `schemas/answers`. Each rule makes a row for every row of the answer that it is about.
 */
export interface AnswerTable {
  readonly answer: string;
  readonly title: string;
  readonly maps: readonly string[]; // whose messages are told so: `un/…`
  readonly namespaces?: readonly string[]; // they answer the documents of namespaces that begin so
  readonly rows: readonly RowRule[];
}

export interface RowRule {
  readonly class: string; // of the row that is made: a root, or below that of the rule around it
  readonly of?: string; // which rows of the answer, from those of the rule around it: `Error`, `Declaration/DutyTaxFee`; absent: the same
  readonly set: Readonly<Record<string, Source>>; // by attribute
  readonly carry?: Readonly<Record<string, string>>; // constants that are no facts, by the names under which the map carries them
  readonly rows?: readonly RowRule[];
}

/** Where a value comes from: an attribute of the answer's row by its name, or something else that is known. A constant alone makes no row. */
export type Source =
  | string
  | { readonly const: string }
  | { readonly from: string; readonly codes: Readonly<Record<string, string>> }
  | { readonly verdict: Readonly<Record<string, string>> }
  | { readonly position: 'section' | 'item' | 'subitem' | 'tag' | 'sequence' }
  | { readonly day: string } // an attribute that is a moment, where there is no room for the time
  | { readonly told: Known }
  | { readonly head: string } // an element at the beginning of the XML document that is answered, by its path in the document element
  | TextSource;

/**
 * The attribute, and the position in words where the target has no other place for it. Of a sentence that is longer than `width` the first
 * piece, broken at a blank; with `after`, the pieces behind a first one of so many characters, a row for each.
 */
export interface TextSource {
  readonly text: string;
  readonly width?: number;
  readonly after?: number;
}

/** `subject` is the document, or the message's reference where it has no name of its own. */
export type Known = 'reference' | 'list' | 'agency' | 'interchange' | 'message' | 'type' | 'document' | 'subject';

/** What is known of an answer beside its facts. */
export interface Told {
  readonly verdict: string;
  readonly known: Readonly<Record<Known, string>>;
  readonly answered: Pick<MessageHeader, 'type' | 'head'>; // of the message that is answered
  readonly map: string; // that writes the answer
  position(row: number): Position | undefined; // what a row of the answer points at
  words(row: number): string; // the same in words, also where it could not be found
  canWrite(path: string): boolean; // whether the target has a place for an attribute
}

/** A fact of the answer that no rule tells. */
export interface Untold {
  readonly path: string;
  readonly value: string;
}

/** The rows of the message that tells the answer, and what of the answer it does not tell. */
export function tell(table: AnswerTable, answer: Rows, told: Told): { readonly rows: Rows; readonly untold: readonly Untold[] } {
  const rows = new Rows(answer.dictionary);
  const taken = new Set<number>(); // fact indices of the answer
  const places = placesIn(table.rows, undefined, rows.dictionary);
  const teller = { rows, answer, told, taken, placed: places.length > 0 && places.every(told.canWrite) };
  for (const rule of table.rows)
    for (const from of rowsOf(answer, rule.of ?? '', answer.roots())) make(teller, rule, classAt(rows.dictionary, rule.class), { from, piece: 0 }, () => -1);
  return { rows, untold: left(answer, taken) };
}

interface Teller {
  readonly rows: Rows;
  readonly answer: Rows;
  readonly told: Told;
  readonly taken: Set<number>;
  readonly placed: boolean; // positions have elements of their own in the target
}

/** What a row is made of: a row of the answer, and which piece of a sentence of it. */
interface Origin {
  readonly from: number;
  readonly piece: number;
}

/** A row is made when the first thing that is no constant is known of it, or of a row below it. */
function make(teller: Teller, rule: RowRule, cls: DictionaryClass, origin: Origin, above: () => number): void {
  const { rows, answer } = teller;
  const { from } = origin;
  let made = -1;
  const row = (): number => {
    if (made >= 0) return made;
    made = rows.add(cls, above());
    for (const [name, source] of Object.entries(rule.set)) if (typeof source === 'object' && 'const' in source) rows.set(made, slotOf(cls, name), source.const);
    for (const [name, value] of Object.entries(rule.carry ?? {})) rows.carry(made, teller.told.map, name, value);
    return made;
  };
  for (const [name, source] of Object.entries(rule.set)) {
    if (typeof source === 'object' && 'const' in source) continue;
    const value = valueOf(teller, source, origin);
    if (value !== undefined && value !== '') rows.set(row(), slotOf(cls, name), value);
  }
  for (const inner of rule.rows ?? []) {
    const below = cls.classes.find((each) => each.name === inner.class);
    if (!below) throw new Error(`${cls.path} has no class ${inner.class}`);
    for (const next of inner.of === undefined ? [from] : rowsOf(answer, inner.of, childRows(answer, from)))
      for (let piece = 0; piece < piecesOf(teller, inner, next); piece++) make(teller, inner, below, { from: next, piece }, row);
  }
}

/** How many rows a rule makes of one: as many as a sentence has further pieces, where it is about those. */
function piecesOf(teller: Teller, { set }: RowRule, from: number): number {
  const source = Object.values(set).find((each): each is TextSource => typeof each === 'object' && 'text' in each && each.after !== undefined);
  return source ? pieces(sentenceOf(teller, source, from), source).length : 1;
}

/** A sentence with the place that it is about, where nothing else tells it. */
function sentenceOf({ answer, told, placed }: Teller, { text }: TextSource, from: number): string {
  const said = answer.get(from, slotOf(answer.class(from), text));
  const words = placed && told.position(from)?.tag ? '' : told.words(from);
  return [typeof said === 'string' ? said : '', words].filter((part) => part !== '').join(' / ');
}

/** A sentence in pieces of at most `width` characters, broken at blanks where there are any; behind the first of `after`. */
function pieces(text: string, { width = Infinity, after }: TextSource): string[] {
  const found: string[] = [];
  for (let rest = text; rest !== '';) {
    const most = found.length === 0 && after !== undefined ? after : width;
    const blank = rest.length > most ? rest.lastIndexOf(' ', most) : -1;
    const end = rest.length <= most ? rest.length : blank > 0 ? blank : most;
    found.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return after === undefined ? found : found.slice(1);
}

function valueOf(teller: Teller, source: Exclude<Source, { const: string }>, { from, piece }: Origin): Value | undefined {
  const { answer, told, taken } = teller;
  const fact = (name: string): Value | undefined => {
    const slot = slotOf(answer.class(from), name);
    const value = answer.get(from, slot);
    if (value !== undefined) taken.add(answer.factIndex(from, slot));
    return value;
  };
  if (typeof source === 'string') return fact(source);
  if ('from' in source) {
    const value = fact(source.from);
    return typeof value === 'string' ? source.codes[value] : undefined;
  }
  if ('day' in source) {
    const moment = fact(source.day);
    return typeof moment === 'string' ? moment.slice(0, 10) : undefined;
  }
  if ('verdict' in source) return source.verdict[told.verdict];
  if ('position' in source) return told.position(from)?.[source.position];
  if ('told' in source) return told.known[source.told];
  if ('head' in source) return told.answered.head?.get(`${told.answered.type}/${source.head}`);
  fact(source.text);
  return pieces(sentenceOf(teller, source, from), source)[piece];
}

/** The attributes that positions are written to. */
function placesIn(rules: readonly RowRule[], above: DictionaryClass | undefined, dictionary: Dictionary): string[] {
  return rules.flatMap((rule) => {
    const cls = above ? above.classes.find(({ name }) => name === rule.class)! : classAt(dictionary, rule.class);
    const own = Object.entries(rule.set).flatMap(([name, source]) => (typeof source === 'object' && 'position' in source ? [`${cls.path}.${name}`] : []));
    return [...own, ...placesIn(rule.rows ?? [], cls, dictionary)];
  });
}

function rowsOf(rows: Rows, path: string, among: readonly number[]): number[] {
  const [name, ...rest] = path.split('/');
  const found = among.filter((row) => rows.class(row).name === name);
  return rest.length === 0 ? found : found.flatMap((row) => rowsOf(rows, rest.join('/'), childRows(rows, row)));
}

function childRows(rows: Rows, row: number): number[] {
  const found: number[] = [];
  for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) if (!rows.removed(child)) found.push(child);
  return found;
}

function classAt(dictionary: Dictionary, path: string): DictionaryClass {
  const cls = dictionary.class(path);
  if (!cls) throw new Error(`the dictionary has no class ${path}`);
  return cls;
}

function slotOf(cls: DictionaryClass, name: string): number {
  const attribute = cls.attributes.find((each) => each.name === name);
  if (!attribute) throw new Error(`${cls.path} has no ${name}`);
  return attribute.slot;
}

/** Every fact that was not taken; pointers are told as positions. */
function left(rows: Rows, taken: ReadonlySet<number>): Untold[] {
  const untold: Untold[] = [];
  for (let row = 0; row < rows.size; row++) {
    if (rows.removed(row) || isPointer(rows.class(row))) continue;
    for (const { slot, path } of rows.class(row).attributes) {
      const value = rows.get(row, slot);
      if (value === undefined || taken.has(rows.factIndex(row, slot))) continue;
      untold.push({ path, value: typeof value === 'string' ? value : `${value.value} ${value.unit}`.trim() });
    }
  }
  return untold;
}
