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
  readonly asked?: string; // instead: which rows of the message that is answered, and `set` names their attributes: what an answer gives back
  readonly when?: 'pointed'; // of these only those that the answer points at, or at something below them
  readonly pointing?: string; // which rows of the answer point at the row asked about, or below it where no rule is nearer; at nothing: at the whole
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
 * piece, broken at a blank; with `after`, the pieces behind a first one of so many characters, a row for each; after 0 all of them.
 */
export interface TextSource {
  readonly text: string;
  readonly code?: string; // an attribute that stands in front of it
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
  readonly asked?: Asked; // absent where nothing of it may be given back
}

/** The message that is answered, and at which of its rows a row of the answer points. */
export interface Asked {
  readonly rows: Rows;
  row(answer: number): number | undefined;
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
  const placed = places.length > 0 && places.every(told.canWrite);
  const teller = { rows, answer, told, taken, placed, pointing: told.asked ? pointing(table, answer, told.asked) : undefined };
  for (const rule of table.rows) makeEach(teller, rule, classAt(rows.dictionary, rule.class), undefined, () => -1);
  return { rows, untold: left(answer, taken) };
}

interface Teller {
  readonly rows: Rows;
  readonly answer: Rows;
  readonly told: Told;
  readonly taken: Set<number>;
  readonly placed: boolean; // positions have elements of their own in the target
  readonly pointing: Pointing | undefined;
}

/** What a row is made of: a row of the answer or of the message that it answers, and which piece of a sentence. */
interface Origin {
  readonly from: number;
  readonly asked?: number | undefined;
  readonly piece: number;
}

/** A row is made when the first thing that is no constant is known of it, or of a row below it. */
function make(teller: Teller, rule: RowRule, cls: DictionaryClass, origin: Origin, above: () => number): void {
  const { rows } = teller;
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
    const value = valueOf(teller, rule, source, origin);
    if (value !== undefined && value !== '') rows.set(row(), slotOf(cls, name), value);
  }
  for (const inner of rule.rows ?? []) {
    const below = cls.classes.find((each) => each.name === inner.class);
    if (!below) throw new Error(`${cls.path} has no class ${inner.class}`);
    makeEach(teller, inner, below, origin, row);
  }
}

/** The rows of a rule, from what the rule around it is about. */
function makeEach(teller: Teller, rule: RowRule, cls: DictionaryClass, around: Origin | undefined, above: () => number): void {
  for (const each of originsOf(teller, rule, around))
    for (let piece = 0; piece < piecesOf(teller, rule, each.from); piece++) make(teller, rule, cls, { ...each, piece }, above);
}

/** What a rule is about, from what the rule around it is about; where there is none, from the roots. */
function originsOf({ answer, told, pointing }: Teller, rule: RowRule, around: Origin | undefined): Omit<Origin, 'piece'>[] {
  const { from: within, asked: at } = around ?? {};
  if (rule.pointing !== undefined) return (at === undefined ? [] : (pointing?.at(rule.pointing, at) ?? [])).map((from) => ({ from, asked: at }));
  const froms = rule.of === undefined ? [within ?? []].flat() : rowsOf(answer, rule.of, within === undefined ? answer.roots() : childRows(answer, within));
  if (rule.asked === undefined) return froms.map((from) => ({ from, asked: at }));
  if (!told.asked || (around && at === undefined)) return [];
  const { rows } = told.asked;
  const found = rowsOf(rows, rule.asked, at === undefined ? rows.roots() : childRows(rows, at));
  const about = found.filter((row) => rule.when === undefined || pointing?.isAbout(row));
  return froms.flatMap((from) => about.map((asked) => ({ from, asked })));
}

/** Which rows of the answer are told at which row of the message that is answered. */
interface Pointing {
  at(path: string, asked: number): readonly number[];
  isAbout(asked: number): boolean;
}

function pointing({ rows: rules }: AnswerTable, answer: Rows, { rows, row: pointed }: Asked): Pointing {
  const places = new Map<string, Set<DictionaryClass>>(); // by path in the answer: the classes of the message at which a rule tells them
  const collect = (list: readonly RowRule[], around: readonly DictionaryClass[], at: DictionaryClass | undefined): void => {
    for (const rule of list) {
      const here = rule.asked === undefined ? at : classBelow(around, rule.asked);
      if (rule.pointing !== undefined && here) places.set(rule.pointing, (places.get(rule.pointing) ?? new Set()).add(here));
      collect(rule.rows ?? [], rule.asked === undefined ? around : (here?.classes ?? []), here);
    }
  };
  collect(rules, rows.dictionary.roots, undefined);
  const answers = new Set(rules.flatMap(({ of }) => rowsOf(answer, of ?? '', answer.roots())));
  const tops = [...answers].flatMap((row) => childRows(answer, row));
  const found = new Map<string, number[]>();
  const about = new Set<number>();
  for (const [path, classes] of places)
    for (const each of rowsOf(answer, path, tops)) {
      const chain: number[] = [];
      for (let row = pointed(each) ?? -1; row >= 0; row = rows.parent(row)) chain.push(row);
      for (const row of chain) about.add(row);
      const at = chain.find((row) => classes.has(rows.class(row))) ?? firstOf(rows, classes, rows.roots());
      if (at !== undefined) found.set(`${path} ${at}`, [...(found.get(`${path} ${at}`) ?? []), each]);
    }
  return { at: (path, asked) => found.get(`${path} ${asked}`) ?? [], isAbout: (asked) => about.has(asked) };
}

/** The first row of one of these classes, outermost first. */
function firstOf(rows: Rows, classes: ReadonlySet<DictionaryClass>, among: readonly number[]): number | undefined {
  if (among.length === 0) return undefined;
  const found = among.find((row) => classes.has(rows.class(row)));
  if (found !== undefined) return found;
  const below = among.flatMap((row) => childRows(rows, row));
  return firstOf(rows, classes, below);
}

function classBelow(among: readonly DictionaryClass[], path: string): DictionaryClass | undefined {
  const [name, ...rest] = path.split('/');
  const found = among.find((each) => each.name === name);
  return found && rest.length > 0 ? classBelow(found.classes, rest.join('/')) : found;
}

/** How many rows a rule makes of one: as many as a sentence has further pieces, where it is about those. */
function piecesOf(teller: Teller, { set }: RowRule, from: number): number {
  const source = Object.values(set).find((each): each is TextSource => typeof each === 'object' && 'text' in each && each.after !== undefined);
  return source ? pieces(sentenceOf(teller, source, from), source).length : 1;
}

/** A sentence with the place that it is about, where nothing else tells it. */
function sentenceOf({ answer, told, placed }: Teller, { text, code }: TextSource, from: number): string {
  const stated = (name: string | undefined): string => {
    const said = name === undefined ? undefined : answer.get(from, slotOf(answer.class(from), name));
    return typeof said === 'string' ? said : '';
  };
  const said = [stated(code), stated(text)].filter((part) => part !== '').join(' ');
  const words = placed && told.position(from)?.tag ? '' : told.words(from);
  return [said, words].filter((part) => part !== '').join(' / ');
}

/** A sentence in pieces of at most `width` characters, broken at blanks where there are any; behind the first of `after`. */
function pieces(text: string, { width = Infinity, after }: TextSource): string[] {
  const found: string[] = [];
  for (let rest = text; rest !== '';) {
    const most = found.length === 0 && after ? after : width;
    const blank = rest.length > most ? rest.lastIndexOf(' ', most) : -1;
    const end = rest.length <= most ? rest.length : blank > 0 ? blank : most;
    found.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return after ? found.slice(1) : found;
}

function valueOf(teller: Teller, rule: RowRule, source: Exclude<Source, { const: string }>, { from, asked, piece }: Origin): Value | undefined {
  const { answer, told, taken } = teller;
  const fact = (name: string): Value | undefined => {
    if (rule.asked !== undefined) return told.asked!.rows.get(asked!, slotOf(told.asked!.rows.class(asked!), name));
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
  if (source.code !== undefined) fact(source.code);
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
