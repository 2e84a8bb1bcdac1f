import type { Place } from '../diagnostics/place.ts';
import type { Dictionary, DictionaryClass } from './dictionary.ts';

/** A measure or an amount as it was stated: digits and unit, never converted. */
export interface Quantity {
  readonly value: string; // decimal digits, optional sign and point
  readonly unit: string; // UN/ECE Rec 20 code or ISO 4217 currency; '' where none was stated
}

/** Text, code, identifier, integer, decimal: the digits or characters as stated. Date-time: ISO 8601 at its own precision. */
export type Value = string | Quantity;

/** How a row is meant (design: change messages are deltas, not states). `state` where the message is no change. */
export type AssertionMode = 'state' | 'add' | 'delete' | 'replace' | 'unchanged';

/** Where a fact came from: everything else about its way is static plan data. */
export interface Origin {
  readonly position: number; // Unit.position
  readonly key: number; // atomKey
  readonly tag: string; // segment tag, or XML element
  readonly offset: number; // absolute byte offset of the atom; -1 where it has none (constants)
}

/** A format-private value that travels with a row, under the name of the map that understands it. */
export interface Carried {
  readonly row: number;
  readonly map: string; // map name without version
  readonly name: string;
  readonly value: string;
  readonly origin: Origin | undefined;
}

/**
 * The facts of one message: rows of classes, each with typed slots.
 *
 * Columns, not objects: a row is an index; its values stand at `base(row) + slot` in one array. A manifest of
 * 5,000 bills is a few arrays, not half a million objects. Rows of one parent keep the order in which they were added.
 */
export class Rows {
  readonly dictionary: Dictionary;
  readonly carried: Carried[] = [];
  #count = 0;
  #class = new Uint16Array(64);
  #parent = new Int32Array(64);
  #base = new Int32Array(64);
  #firstChild = new Int32Array(64);
  #lastChild = new Int32Array(64);
  #next = new Int32Array(64);
  #modes = new Map<number, AssertionMode>();
  #values: (Value | undefined)[] = [];
  #places = 0; // values in use; the array keeps its size when the rows are cleared
  #position = new Int32Array(512);
  #key = new Int32Array(512);
  #tag = new Uint16Array(512); // index into #tags
  readonly #tags: string[] = [];
  readonly #tagIndex = new Map<string, number>();
  #offset = new Float64Array(512).fill(-1);
  #removed = new Set<number>();

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
  }

  /** Number of rows ever added; indices run from 0. */
  get size(): number {
    return this.#count;
  }

  /** Adds a row of `cls` under `parent` (-1: a root, -2: not attached yet) and returns its index. */
  add(cls: DictionaryClass, parent: number): number {
    const row = this.#count++;
    if (row === this.#parent.length) this.#growRows();
    this.#class[row] = cls.index;
    this.#parent[row] = parent;
    this.#base[row] = this.#places;
    this.#firstChild[row] = -1;
    this.#lastChild[row] = -1;
    this.#next[row] = -1;
    const end = this.#places + cls.attributes.length;
    while (this.#values.length < end) this.#values.push(undefined);
    this.#places = end;
    if (parent >= 0) this.attach(row, parent);
    return row;
  }

  /** Forgets everything but its memory: the next message of a long file needs no new arrays. */
  clear(): void {
    this.#values.fill(undefined, 0, this.#places);
    this.#offset.fill(-1, 0, Math.min(this.#places, this.#offset.length));
    this.#places = 0;
    this.#count = 0;
    this.#modes.clear();
    this.#removed.clear();
    this.carried.length = 0;
  }

  /** Hangs a row that has no parent yet (or whose parent is about to be removed) under `parent`, after its last child; -1 makes it a root. */
  attach(row: number, parent: number): void {
    this.#parent[row] = parent;
    this.#next[row] = -1;
    if (parent < 0) return;
    const last = this.#lastChild[parent]!;
    if (last < 0) this.#firstChild[parent] = row;
    else this.#next[last] = row;
    this.#lastChild[parent] = row;
  }

  /** Takes one row out of sight but leaves what was below it to its new parents. */
  discard(row: number): void {
    this.#removed.add(row);
    for (let slot = 0; slot < this.class(row).attributes.length; slot++) this.unset(row, slot);
    this.#firstChild[row] = -1;
  }

  class(row: number): DictionaryClass {
    return this.dictionary.classes[this.#class[row]!]!;
  }

  classIndex(row: number): number {
    return this.#class[row]!;
  }

  parent(row: number): number {
    return this.#parent[row]!;
  }

  /** First child of any class, or -1. */
  firstChild(row: number): number {
    return this.#firstChild[row]!;
  }

  /** Next sibling of any class, or -1. */
  nextSibling(row: number): number {
    return this.#next[row]!;
  }

  /** The children of `row` that are of class `cls`, in the order in which they were added. */
  children(row: number, cls: DictionaryClass): number[] {
    const found: number[] = [];
    for (let child = this.#firstChild[row]!; child >= 0; child = this.#next[child]!) {
      if (this.#class[child] === cls.index && !this.#removed.has(child)) found.push(child);
    }
    return found;
  }

  /** Rows without a parent, in order. */
  roots(): number[] {
    const found: number[] = [];
    for (let row = 0; row < this.#count; row++) if (this.#parent[row]! === -1 && !this.#removed.has(row)) found.push(row);
    return found;
  }

  /** Takes a row, and with it all below it, out of sight (projection). Its values are forgotten. */
  remove(row: number): void {
    this.#removed.add(row);
    const { attributes } = this.class(row);
    for (let slot = 0; slot < attributes.length; slot++) this.#values[this.#base[row]! + slot] = undefined;
    for (let child = this.#firstChild[row]!; child >= 0; child = this.#next[child]!) if (!this.#removed.has(child)) this.remove(child);
  }

  removed(row: number): boolean {
    return this.#removed.has(row);
  }

  get(row: number, slot: number): Value | undefined {
    return this.#values[this.#base[row]! + slot];
  }

  /** The index of a fact among all places for facts, from 0: for tables beside the rows. */
  factIndex(row: number, slot: number): number {
    return this.#base[row]! + slot;
  }

  /** Number of places for facts. */
  get places(): number {
    return this.#places;
  }

  /** States a fact. `origin` is where it was read; -1 offset for constants and imported rows. */
  set(row: number, slot: number, value: Value, position = 0, key = 0, tag = '', offset = -1): void {
    const at = this.#base[row]! + slot;
    this.#values[at] = value;
    if (at >= this.#position.length) this.#growFacts(at);
    this.#position[at] = position;
    this.#key[at] = key;
    this.#tag[at] = this.#intern(tag);
    this.#offset[at] = offset;
  }

  /** Forgets a fact (projection). */
  unset(row: number, slot: number): void {
    this.#values[this.#base[row]! + slot] = undefined;
  }

  /** Where a fact was read; undefined where it was not read from a message. */
  origin(row: number, slot: number): Origin | undefined {
    const at = this.#base[row]! + slot;
    const offset = at < this.#offset.length ? this.#offset[at]! : -1;
    if (this.#values[at] === undefined || offset < 0) return undefined;
    return { position: this.#position[at]!, key: this.#key[at]!, tag: this.#tags[this.#tag[at]!]!, offset };
  }

  /** The same as a place in the message, in the terms of its format; the end of the text is not kept. */
  originPlace(row: number, slot: number): Place | undefined {
    const origin = this.origin(row, slot);
    if (!origin) return undefined;
    const { position, key, tag, offset } = origin;
    const place = { source: '', start: offset, end: offset + 1 };
    return key === 0 ? place : { ...place, edi: { tag, segment: position, element: (key >>> 16) + 1, component: key & 0xffff } };
  }

  mode(row: number): AssertionMode {
    return this.#modes.get(row) ?? 'state';
  }

  setMode(row: number, mode: AssertionMode): void {
    if (mode === 'state') this.#modes.delete(row);
    else this.#modes.set(row, mode);
  }

  /** Number of facts: values present in rows that were not removed. Carried values are apart. */
  countFacts(): number {
    let facts = 0;
    for (let at = 0; at < this.#places; at++) if (this.#values[at] !== undefined) facts++;
    return facts;
  }

  #intern(tag: string): number {
    let index = this.#tagIndex.get(tag);
    if (index === undefined) {
      index = this.#tags.push(tag) - 1;
      this.#tagIndex.set(tag, index);
    }
    return index;
  }

  #growRows(): void {
    const size = this.#parent.length * 2;
    this.#class = grown(this.#class, new Uint16Array(size));
    this.#parent = grown(this.#parent, new Int32Array(size));
    this.#base = grown(this.#base, new Int32Array(size));
    this.#firstChild = grown(this.#firstChild, new Int32Array(size));
    this.#lastChild = grown(this.#lastChild, new Int32Array(size));
    this.#next = grown(this.#next, new Int32Array(size));
  }

  #growFacts(at: number): void {
    const size = Math.max(this.#position.length * 2, at + 1);
    this.#position = grown(this.#position, new Int32Array(size));
    this.#key = grown(this.#key, new Int32Array(size));
    this.#tag = grown(this.#tag, new Uint16Array(size));
    this.#offset = grown(this.#offset, new Float64Array(size).fill(-1, this.#offset.length));
  }
}

function grown<T extends Uint16Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
