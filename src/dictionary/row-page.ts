import type { Carried } from './origin.ts';
import type { Value } from './rows.ts';

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
  bytes: number; // of texts
  readonly values: (Value | undefined)[];
  position: Int32Array;
  key: Int32Array;
  tag: Uint16Array; // index into the tags of the rows
  offset: Float64Array;
  readonly carried: Map<number, Carried[]>; // by row
}

export const REMOVED = 0x80;
const rowSize = 25; // bytes of a row in the columns above
const placeSize = 26;
const textSize = 32; // of a text, beside its characters

/** `rows`: for so many at first. `first`: place of its first fact among all. */
export function newPage(rows: number, first: number): RowPage {
  // One piece of memory for all columns, the widest first: to ask for eleven costs as much as the rows of a short message.
  const places = rows * 8;
  const memory = new ArrayBuffer(places * 18 + rows * 23);
  const ints = (from: number, length: number): Int32Array => new Int32Array(memory, places * 8 + from * 4, length);
  const column = (nth: number): Int32Array => ints(places * 2 + nth * rows, rows);
  const shorts = places * 16 + rows * 20;
  return {
    first,
    offset: new Float64Array(memory, 0, places),
    position: ints(0, places),
    key: ints(places, places),
    parent: column(0),
    base: column(1),
    firstChild: column(2),
    lastChild: column(3),
    next: column(4),
    tag: new Uint16Array(memory, shorts, places),
    classes: new Uint16Array(memory, shorts + places * 2, rows),
    flags: new Uint8Array(memory, shorts + places * 2 + rows * 2, rows),
    places: 0,
    bytes: 0,
    values: new Array<undefined>(places).fill(undefined),
    carried: new Map(),
  };
}

/** The same memory, for other rows. */
export function wiped(page: RowPage, first: number): RowPage {
  page.values.fill(undefined, 0, page.places);
  if (page.carried.size > 0) page.carried.clear();
  page.first = first;
  page.places = page.bytes = 0;
  return page;
}

/** Bytes it takes in memory, about. */
export const sizeOf = ({ parent, position, values, bytes }: RowPage): number =>
  parent.length * rowSize + Math.max(position.length, values.length) * placeSize + bytes;

export function addRow(page: RowPage, i: number, cls: number, slots: number): void {
  if (i === page.parent.length) growRows(page);
  page.classes[i] = cls;
  page.flags[i] = 0;
  page.parent[i] = -2;
  page.base[i] = page.places;
  page.firstChild[i] = -1;
  page.lastChild[i] = -1;
  page.next[i] = -1;
  page.places += slots;
  if (page.values.length < page.places) growValues(page);
}

/** States a fact at a place of the page; whether none was stated there. */
export function setFact(page: RowPage, at: number, value: Value, position: number, key: number, tag: number, offset: number): boolean {
  const isNew = page.values[at] === undefined;
  page.values[at] = value;
  if (at >= page.position.length) growFacts(page, at);
  page.position[at] = position;
  page.key[at] = key;
  page.tag[at] = tag;
  page.offset[at] = offset;
  page.bytes += textSize + (typeof value === 'string' ? value.length : 3 * textSize);
  return isNew;
}

export function bear(page: RowPage, row: number, carried: Carried): void {
  const there = page.carried.get(row);
  if (there) there.push(carried);
  else page.carried.set(row, [carried]);
  page.bytes += 4 * textSize + carried.name.length + carried.value.length;
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
}

function growValues({ values, places }: RowPage): void {
  const size = Math.max(values.length * 2, places);
  while (values.length < size) values.push(undefined);
}

function growFacts(page: RowPage, at: number): void {
  const size = Math.max(page.position.length * 2, at + 1);
  page.position = grown(page.position, new Int32Array(size));
  page.key = grown(page.key, new Int32Array(size));
  page.tag = grown(page.tag, new Uint16Array(size));
  page.offset = grown(page.offset, new Float64Array(size));
}

function grown<T extends Uint8Array | Uint16Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
