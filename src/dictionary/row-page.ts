import type { Borne } from './origin.ts';
import type { AssertionMode, Value } from './rows.ts';

/** So many consecutive rows, as columns; plain data, so that it can leave the memory. */
export interface RowPage {
  first: number; // place of its first fact among all
  classes: Uint16Array;
  flags: Uint8Array; // number of the mode, and `REMOVED`
  parent: Int32Array;
  base: Int32Array; // place of the row's first fact in this page
  firstChild: Int32Array;
  lastChild: Int32Array;
  next: Int32Array;
  places: number; // in use
  readonly values: (Value | undefined)[];
  origin: Int32Array; // per place: number of its origin, -1 for none
  carrying: Int32Array; // the last of `carried` that travels with a row; -1 for none
  carried: Borne[] | undefined; // in the order in which they came
}

export const REMOVED = 0x80;
export const modes: readonly AssertionMode[] = ['state', 'add', 'delete', 'replace', 'unchanged']; // by number
export const firstRows = 128; // that there is room for at first: most messages have no more, and to grow costs more than to have room
const rowSize = 29; // bytes of a row in the columns above
const placeSize = 12;
const textSize = 32; // of a text, beside its characters

/** `rows`: for so many at first. `first`: place of its first fact among all. */
export function newPage(rows: number, first: number): RowPage {
  // One piece of memory for all columns, the widest first: to ask for eleven costs as much as the rows of a short message.
  const places = rows * 8;
  const memory = new ArrayBuffer(places * 4 + rows * 27);
  const column = (nth: number): Int32Array => new Int32Array(memory, (places + nth * rows) * 4, rows);
  const shorts = places * 4 + rows * 24;
  return {
    first,
    origin: new Int32Array(memory, 0, places),
    parent: column(0),
    base: column(1),
    firstChild: column(2),
    lastChild: column(3),
    next: column(4),
    carrying: column(5),
    classes: new Uint16Array(memory, shorts, rows),
    flags: new Uint8Array(memory, shorts + rows * 2, rows),
    places: 0,
    values: new Array<undefined>(places).fill(undefined),
    carried: undefined,
  };
}

const kept: RowPage[] = []; // of messages that are done with: most are short, and to ask for memory costs more than their rows
const keptPages = 4;
const keptRows = 1024; // of a page, at most

export const keptPage = (): RowPage | undefined => kept.pop();

export function keepPage(page: RowPage): void {
  if (kept.length < keptPages && page.parent.length <= keptRows && page.values.length <= 8 * keptRows) kept.push(wiped(page, 0));
}

/** The same memory, for other rows. */
export function wiped(page: RowPage, first: number): RowPage {
  page.values.fill(undefined, 0, page.places);
  page.carried = undefined;
  page.first = first;
  page.places = 0;
  return page;
}

/** Bytes it takes in memory, about. */
export function sizeOf({ parent, values, carried }: RowPage): number {
  let size = parent.length * rowSize + values.length * placeSize;
  for (const value of values) if (value !== undefined) size += textSize + (typeof value === 'string' ? value.length : 3 * textSize);
  for (const { name, value } of carried ?? []) size += 4 * textSize + name.length + value.length;
  return size;
}

export function addRow(page: RowPage, i: number, cls: number, slots: number): void {
  if (i === page.parent.length) growRows(page);
  page.classes[i] = cls;
  page.flags[i] = 0;
  page.parent[i] = -2;
  page.base[i] = page.places;
  page.firstChild[i] = -1;
  page.lastChild[i] = -1;
  page.next[i] = -1;
  page.carrying[i] = -1;
  page.places += slots;
  if (page.values.length < page.places) growPlaces(page);
}

/** States a fact at a place of the page; whether none was stated there. */
export function setFact(page: RowPage, at: number, value: Value, origin: number): boolean {
  const isNew = page.values[at] === undefined;
  page.values[at] = value;
  page.origin[at] = origin;
  return isNew;
}

/** The same for texts, by `Rows.move`. How many places had none. */
export function moveFacts(page: RowPage, base: number, ways: readonly number[], texts: (string | undefined)[], origins: Int32Array): number {
  let fresh = 0;
  for (let i = 0; i < ways.length; i += 2) {
    const text = ways[i]!;
    const value = texts[text];
    if (value === undefined) continue;
    texts[text] = undefined;
    if (setFact(page, base + ways[i + 1]!, value, origins[text]!)) fresh++;
  }
  return fresh;
}

/** Lets a value travel with a row, after those that do. */
export function bear(page: RowPage, i: number, borne: Borne): void {
  borne.before = page.carrying[i]!;
  page.carrying[i] = (page.carried ??= []).push(borne) - 1;
}

/** What travels with a row, in the order in which it came. */
export function borneBy({ carrying, carried }: RowPage, i: number): readonly Borne[] {
  if (carrying[i]! < 0) return nothing;
  const all: Borne[] = [];
  for (let at = carrying[i]!; at >= 0; at = carried![at]!.before) all.push(carried![at]!);
  return all.reverse();
}
const nothing: readonly Borne[] = [];

export function dropFrom(page: RowPage, i: number, index: number): void {
  const all = borneBy(page, i);
  page.carrying[i] = -1;
  for (const each of all) if (each.index !== index) bear(page, i, each);
}

function growRows(page: RowPage): void {
  const size = page.parent.length * 2;
  page.classes = grown(page.classes, new Uint16Array(size));
  page.flags = grown(page.flags, new Uint8Array(size));
  page.parent = grown(page.parent, new Int32Array(size));
  page.base = grown(page.base, new Int32Array(size));
  page.firstChild = grown(page.firstChild, new Int32Array(size));
  page.lastChild = grown(page.lastChild, new Int32Array(size));
  page.next = grown(page.next, new Int32Array(size));
  page.carrying = grown(page.carrying, new Int32Array(size));
}

function growPlaces(page: RowPage): void {
  const size = Math.max(page.values.length * 2, page.places);
  while (page.values.length < size) page.values.push(undefined);
  page.origin = grown(page.origin, new Int32Array(size));
}

function grown<T extends Uint8Array | Uint16Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
