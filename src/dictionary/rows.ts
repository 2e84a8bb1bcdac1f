import type { Place } from '../diagnostics/place.ts';
import type { Dictionary, DictionaryClass } from './dictionary.ts';
import { Origins, placeOf, type Carried, type Origin } from './origin.ts';
import { Pages, type Pool } from './paging.ts';
import { addRow, bear, borneBy, dropFrom, firstRows, keepPage, keptPage, modes, moveFacts, newPage, REMOVED, setFact, sizeOf, wiped } from './row-page.ts';
import type { RowPage } from './row-page.ts';

/** A measure or an amount as it was stated: digits and unit, never converted. */
export interface Quantity {
  readonly value: string; // decimal digits, optional sign and point
  readonly unit: string; // UN/ECE Rec 20 code or ISO 4217 currency; '' where none was stated
}

/** Text, code, identifier, integer, decimal: the digits or characters as stated. Date-time: ISO 8601 at its own precision. */
export type Value = string | Quantity;

/** How a row is meant (design: change messages are deltas, not states). `state` where the message is no change. */
export type AssertionMode = 'state' | 'add' | 'delete' | 'replace' | 'unchanged';

const spares = 64; // pages kept for the next message

/**
 * The facts of one message: rows of classes, each with typed slots.
 *
 * Columns, not objects: a row is an index into pages of arrays; a manifest of 5,000 bills is not half a million objects.
 * With a pool, pages need not all be in memory. Rows of one parent keep the order in which they were added.
 */
export class Rows {
  readonly dictionary: Dictionary;
  readonly pool: Pool | undefined;
  readonly origins: Origins;
  readonly #pages: Pages<RowPage>;
  readonly #bits: number; // rows of a page, as a power of two
  readonly #mask: number;
  readonly #spare: RowPage[] = [];
  #count = 0;
  #places = 0;
  #facts = 0;
  #carried = 0; // ever added
  #roots: number[] = [];

  constructor(dictionary: Dictionary, pool?: Pool) {
    this.dictionary = dictionary;
    this.pool = pool;
    this.origins = new Origins(pool);
    this.#pages = new Pages(pool);
    this.#bits = Math.log2(pool?.grain ?? 1024);
    this.#mask = (1 << this.#bits) - 1;
  }

  /** Number of rows ever added; indices run from 0. */
  get size(): number {
    return this.#count;
  }

  /** Adds a row of `cls` under `parent` (-1: a root, -2: not attached yet) and returns its index. */
  add(cls: DictionaryClass, parent: number): number {
    const row = this.#count++;
    const i = row & this.#mask;
    if (i === 0) this.#begin();
    const page = this.#pages.change(row >>> this.#bits);
    addRow(page, i, cls.index, cls.attributes.length);
    this.#places += cls.attributes.length;
    if (parent !== -2) this.attach(row, parent);
    return row;
  }

  /** Forgets everything but some of its memory: the next message of a long file needs no new arrays. */
  clear(): void {
    for (const page of this.#pages.clear()) if (this.#spare.length < spares) this.#spare.push(page);
    this.#count = this.#places = this.#facts = this.#carried = 0;
    this.#roots = [];
    this.origins.clear();
  }

  /** Who says so uses them no more: their memory serves the next message, whoever reads it. */
  release(): void {
    this.clear();
    this.#spare.splice(0).forEach(keepPage);
    this.origins.release();
  }

  /** Hangs a row that has no parent yet (or whose parent is about to be removed) under `parent`, after its last child; -1 makes it a root. */
  attach(row: number, parent: number): void {
    const page = this.#pages.change(row >>> this.#bits);
    page.parent[row & this.#mask] = parent;
    page.next[row & this.#mask] = -1;
    if (parent === -1) this.#roots.push(row);
    if (parent < 0) return;
    const above = this.#pages.change(parent >>> this.#bits);
    const last = above.lastChild[parent & this.#mask]!;
    above.lastChild[parent & this.#mask] = row;
    if (last < 0) above.firstChild[parent & this.#mask] = row;
    else this.#pages.change(last >>> this.#bits).next[last & this.#mask] = row;
  }

  /** Takes one row out of sight but leaves what was below it to its new parents. */
  discard(row: number): void {
    this.#hide(row);
    this.#pages.change(row >>> this.#bits).firstChild[row & this.#mask] = -1;
  }

  class(row: number): DictionaryClass {
    return this.dictionary.classes[this.classIndex(row)]!;
  }

  classIndex(row: number): number {
    return this.#pages.read(row >>> this.#bits).classes[row & this.#mask]!;
  }

  parent(row: number): number {
    return this.#pages.read(row >>> this.#bits).parent[row & this.#mask]!;
  }

  /** First child of any class, or -1. */
  firstChild(row: number): number {
    return this.#pages.read(row >>> this.#bits).firstChild[row & this.#mask]!;
  }

  /** Next sibling of any class, or -1. */
  nextSibling(row: number): number {
    return this.#pages.read(row >>> this.#bits).next[row & this.#mask]!;
  }

  /** The first child of `row` that is of class `cls` and in sight, or -1; `nextOf` gives the others, in the order in which they were added. */
  firstOf(row: number, cls: DictionaryClass): number {
    return this.#seek(this.firstChild(row), cls.index);
  }

  /** The next sibling of `row` that is of its class and in sight, or -1. */
  nextOf(row: number): number {
    return this.#seek(this.nextSibling(row), this.classIndex(row));
  }

  #seek(from: number, cls: number): number {
    for (let row = from; row >= 0;) {
      const page = this.#pages.read(row >>> this.#bits);
      const i = row & this.#mask;
      if (page.classes[i] === cls && page.flags[i]! < REMOVED) return row;
      row = page.next[i]!;
    }
    return -1;
  }

  /** The children of `row` that are of class `cls`, in the order in which they were added. Where there may be very many: `firstOf`, `nextOf`. */
  children(row: number, cls: DictionaryClass): number[] {
    const found: number[] = [];
    for (let child = this.firstOf(row, cls); child >= 0; child = this.nextOf(child)) found.push(child);
    return found;
  }

  /** Rows without a parent, in order. */
  roots(): number[] {
    return this.#roots.filter((row) => !this.removed(row)).sort((a, b) => a - b);
  }

  /** Takes a row, and with it all below it, out of sight (projection). Its values are forgotten. */
  remove(row: number): void {
    this.#hide(row);
    for (let child = this.firstChild(row); child >= 0; child = this.nextSibling(child)) if (!this.removed(child)) this.remove(child);
  }

  #hide(row: number): void {
    this.#pages.change(row >>> this.#bits).flags[row & this.#mask]! |= REMOVED;
    for (let slot = this.class(row).attributes.length - 1; slot >= 0; slot--) this.unset(row, slot);
  }

  removed(row: number): boolean {
    return this.#pages.read(row >>> this.#bits).flags[row & this.#mask]! >= REMOVED;
  }

  get(row: number, slot: number): Value | undefined {
    const page = this.#pages.read(row >>> this.#bits);
    return page.values[page.base[row & this.#mask]! + slot];
  }

  /** The index of a fact among all places for facts, from 0: for tables beside the rows. */
  factIndex(row: number, slot: number): number {
    const page = this.#pages.read(row >>> this.#bits);
    return page.first + page.base[row & this.#mask]! + slot;
  }

  /** Number of places for facts. */
  get places(): number {
    return this.#places;
  }

  /** States a fact. `origin`: where it was read, by its number among `origins`; constants and imported rows have none. */
  set(row: number, slot: number, value: Value, origin = -1): void {
    const page = this.#pages.change(row >>> this.#bits);
    if (setFact(page, page.base[row & this.#mask]! + slot, value, origin)) this.#facts++;
  }

  /** The same for each of the texts that is there, which is then there no more. `ways`: by turns a text and its slot. `origins`: by text. */
  move(row: number, ways: readonly number[], texts: (string | undefined)[], origins: Int32Array): void {
    const page = this.#pages.change(row >>> this.#bits);
    this.#facts += moveFacts(page, page.base[row & this.#mask]!, ways, texts, origins);
  }

  /** States a fact as other rows state it. */
  copy(row: number, slot: number, from: Rows, there: number): void {
    const value = from.get(there, slot);
    if (value !== undefined) this.set(row, slot, value, this.origins.copy(from.origin(there, slot)));
  }

  /** Forgets a fact (projection). */
  unset(row: number, slot: number): void {
    const page = this.#pages.change(row >>> this.#bits);
    const at = page.base[row & this.#mask]! + slot;
    if (page.values[at] !== undefined) this.#facts--;
    page.values[at] = undefined;
  }

  /** Calls `visit` for every fact of the rows in sight, by row and slot. */
  eachFact(visit: (row: number, slot: number, value: Value, fact: number) => void): void {
    for (let row = 0; row < this.#count; row++) {
      const page = this.#pages.read(row >>> this.#bits);
      const i = row & this.#mask;
      if (page.flags[i]! >= REMOVED) continue;
      const [{ first, values }, base, { attributes }] = [page, page.base[i]!, this.dictionary.classes[page.classes[i]!]!];
      for (let slot = 0; slot < attributes.length; slot++) if (values[base + slot] !== undefined) visit(row, slot, values[base + slot]!, first + base + slot);
    }
  }

  /** Where a fact was read; undefined where it was not read from a message. */
  origin(row: number, slot: number): Origin | undefined {
    const page = this.#pages.read(row >>> this.#bits);
    const at = page.base[row & this.#mask]! + slot;
    return page.values[at] === undefined ? undefined : this.origins.get(page.origin[at]!);
  }

  /** The same as a place in the message, in the terms of its format; the end of the text is not kept. */
  originPlace(row: number, slot: number): Place | undefined {
    const origin = this.origin(row, slot);
    return origin && placeOf(origin);
  }

  mode(row: number): AssertionMode {
    return modes[this.#pages.read(row >>> this.#bits).flags[row & this.#mask]! & ~REMOVED]!;
  }

  setMode(row: number, mode: AssertionMode): void {
    this.#pages.change(row >>> this.#bits).flags[row & this.#mask] = (this.removed(row) ? REMOVED : 0) | modes.indexOf(mode);
  }

  /** Lets a format-private value travel with a row. */
  carry(row: number, map: string, name: string, value: string, origin = -1): void {
    bear(this.#pages.change(row >>> this.#bits), row & this.#mask, { index: this.#carried++, map, name, value, origin, before: -1 });
  }

  /** The same for all that other rows carry. */
  carryAll(row: number, from: Rows, there: number): void {
    for (const { map, name, value, origin } of from.carriedOf(there)) this.carry(row, map, name, value, this.origins.copy(from.origins.get(origin)));
  }

  /** What travels with a row, in the order in which it came. */
  carriedOf(row: number): readonly Carried[] {
    return borneBy(this.#pages.read(row >>> this.#bits), row & this.#mask);
  }

  /** All of them, with their rows, in the order in which they came: for what looks at small messages whole. */
  get carried(): readonly (Carried & { readonly row: number })[] {
    const all: (Carried & { readonly row: number })[] = [];
    for (let row = 0; this.#carried > 0 && row < this.#count; row++) for (const each of this.carriedOf(row)) all.push({ row, ...each });
    return all.sort((a, b) => a.index - b.index);
  }

  /** Number of carried values ever added: their indices are below it. */
  get carriedCount(): number {
    return this.#carried;
  }

  /** Forgets a value that travels with a row. */
  shed(row: number, { index }: Carried): void {
    dropFrom(this.#pages.change(row >>> this.#bits), row & this.#mask, index);
  }

  /** What `from` carries goes with `into`, except what `keep` refuses: that goes nowhere. */
  handOver(from: number, into: number, keep: (carried: Carried, there: readonly Carried[]) => boolean): void {
    const moving = borneBy(this.#pages.read(from >>> this.#bits), from & this.#mask);
    if (moving.length > 0) this.#pages.change(from >>> this.#bits).carrying[from & this.#mask] = -1;
    for (const each of moving) if (keep(each, this.carriedOf(into))) bear(this.#pages.change(into >>> this.#bits), into & this.#mask, each);
  }

  /** Number of facts: values present in rows that were not removed. Carried values are apart. */
  countFacts(): number {
    return this.#facts;
  }

  #begin(): void {
    const last = this.#pages.length - 1;
    if (last >= 0 && this.pool) this.#pages.weigh(last, sizeOf(this.#pages.read(last))); // it is full: only now it is known what it takes
    const size = Math.min(last < 0 ? firstRows : Infinity, this.#mask + 1);
    const spare = this.#spare.pop() ?? (last < 0 ? keptPage() : undefined);
    this.#pages.add(spare ? wiped(spare, this.#places) : newPage(size, this.#places), 0);
  }
}
