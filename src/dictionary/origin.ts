import type { Place } from '../diagnostics/place.ts';
import { Pages, type Pool } from './paging.ts';

/** Where a fact came from: everything else about its way is static plan data. */
export interface Origin {
  readonly position: number; // Unit.position
  readonly key: number; // atomKey
  readonly tag: string; // segment tag, or XML element
  readonly offset: number; // absolute byte offset of the atom
}

/** The same as a place in the message, in the terms of its format; the end of the text is not kept. */
export function placeOf({ position, key, tag, offset }: Origin): Place {
  if (key === 0) return { source: '', start: offset, end: offset + 1 };
  return { source: '', start: offset, end: offset + 1, edi: { tag, segment: position, element: (key >>> 16) + 1, component: key & 0xffff } };
}

/** A format-private value that travels with a row, under the name of the map that understands it. */
export interface Carried {
  readonly index: number; // among all carried values, in the order in which they came
  readonly map: string; // map name without version
  readonly name: string;
  readonly value: string;
  readonly origin: number; // in the origins of the rows; -1 for none
}

/** The same, as a page keeps it. */
export interface Borne extends Carried {
  before: number; // the one before it that travels with its row, by its place in the page; -1 for none
}

/** So many origins, as columns; plain data, so that it can leave the memory. */
interface OriginPage {
  offset: Float64Array;
  position: Int32Array;
  key: Int32Array;
  tag: Uint16Array; // index into the tags
}

const first = 128; // origins that there is room for at first
const originSize = 18; // bytes
const spares = 16; // pages kept for the next message

/** Origins in the order in which they were read: facts name them by their number, so that each is written down once, and beside the one before it. */
export class Origins {
  readonly #pages: Pages<OriginPage>;
  readonly #bits: number; // origins of a page, as a power of two
  readonly #mask: number;
  readonly #tags: string[] = [];
  readonly #tagIndex = new Map<string, number>();
  readonly #recent = new Array<number>(256).fill(0); // tags by how they look: nearly all messages have few
  #position = 0; // of the unit at hand
  #tag = ''; // its
  #tagNumber = 0;
  readonly #spare: OriginPage[] = [];
  #count = 0;
  #last: OriginPage | undefined; // where it cannot leave the memory
  readonly #stays: boolean;

  constructor(pool: Pool | undefined) {
    this.#stays = pool === undefined;
    this.#pages = new Pages(pool);
    this.#bits = Math.log2(pool?.grain ?? 1024);
    this.#mask = (1 << this.#bits) - 1;
  }

  /** The number of a new one. */
  add(position: number, key: number, tag: string, offset: number): number {
    this.unit(position, tag);
    return this.atom(key, offset);
  }

  /** Those of one unit come together. */
  unit(position: number, tag: string): void {
    this.#position = position;
    if (tag !== this.#tag || this.#tags.length === 0) this.#intern(tag);
  }

  /** The number of a new one, of the unit at hand. */
  atom(key: number, offset: number): number {
    const origin = this.#count++;
    const i = origin & this.#mask;
    if (i === 0) this.#begin();
    const page = this.#last ?? this.#pages.change(origin >>> this.#bits);
    if (i === page.key.length) grow(page);
    page.position[i] = this.#position;
    page.key[i] = key;
    page.tag[i] = this.#tagNumber;
    page.offset[i] = offset;
    return origin;
  }

  /** The number of one that is known from elsewhere; -1 where there is none. */
  copy(origin: Origin | undefined): number {
    return origin ? this.add(origin.position, origin.key, origin.tag, origin.offset) : -1;
  }

  /** What a number stands for; -1 for nothing. */
  get(origin: number): Origin | undefined {
    if (origin < 0) return undefined;
    const { position, key, tag, offset } = this.#pages.read(origin >>> this.#bits);
    const i = origin & this.#mask;
    return { position: position[i]!, key: key[i]!, tag: this.#tags[tag[i]!]!, offset: offset[i]! };
  }

  clear(): void {
    for (const page of this.#pages.clear()) if (this.#spare.length < spares) this.#spare.push(page);
    this.#count = 0;
  }

  /** They are not to be used any more by who says so: a page of theirs serves the next message, whoever reads it. */
  release(): void {
    this.clear();
    for (const page of this.#spare.splice(0)) if (kept.length < keptPages && page.key.length <= keptOrigins) kept.push(page);
    this.#last = undefined;
  }

  #intern(tag: string): void {
    const look = (tag.charCodeAt(0) * 37 + tag.charCodeAt(tag.length >> 1) * 7 + tag.charCodeAt(tag.length - 1)) & 255;
    let index = this.#recent[look]!;
    if (this.#tags[index] !== tag) {
      index = this.#tagIndex.get(tag) ?? this.#tags.length;
      if (index === this.#tags.length) this.#tagIndex.set(tag, this.#tags.push(tag) - 1);
      this.#recent[look] = index;
    }
    this.#tag = tag;
    this.#tagNumber = index;
  }

  #begin(): void {
    const isFirst = this.#pages.length === 0;
    const page = this.#spare.pop() ?? (isFirst ? kept.pop() : undefined) ?? newPage(isFirst ? Math.min(first, this.#mask + 1) : this.#mask + 1);
    if (this.#stays) this.#last = page;
    this.#pages.add(page, (this.#mask + 1) * originSize);
  }
}

const kept: OriginPage[] = []; // of messages that are done with
const keptPages = 4;
const keptOrigins = 4096; // of a page, at most

/** One piece of memory for all columns, the widest first. */
function newPage(length: number): OriginPage {
  const memory = new ArrayBuffer(length * originSize);
  return {
    offset: new Float64Array(memory, 0, length),
    position: new Int32Array(memory, length * 8, length),
    key: new Int32Array(memory, length * 12, length),
    tag: new Uint16Array(memory, length * 16, length),
  };
}

function grow(page: OriginPage): void {
  const larger = newPage(page.key.length * 2);
  larger.offset.set(page.offset);
  larger.position.set(page.position);
  larger.key.set(page.key);
  larger.tag.set(page.tag);
  Object.assign(page, larger);
}
