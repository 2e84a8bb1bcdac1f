import { unique } from '../unique.ts';

/** A segment tag that was met: its string is made once, and what is asked for every segment stands beside it. */
export interface Tag {
  readonly text: string; // unique, so that the engine compares it by its address
  readonly isEnvelope: boolean;
  readonly isApart: boolean; // of security
}

const PLACES = 1024; // a power of two; at most half of them are taken, more than any directory has tags

/** Tags of two or three bytes, found by those bytes. */
export class Tags {
  readonly #packed = new Int32Array(PLACES); // by hash, or in the next free place
  readonly #tags = new Array<Tag | undefined>(PLACES).fill(undefined); // whole from the start: one that grows by leaps becomes a table of hashes
  readonly #isEnvelope: (tag: string) => boolean;
  readonly #isApart: (tag: string) => boolean;
  #size = 0;

  constructor(isEnvelope: (tag: string) => boolean, isApart: (tag: string) => boolean = () => false) {
    this.#isEnvelope = isEnvelope;
    this.#isApart = isApart;
  }

  get(packed: number): Tag | undefined {
    for (let at = hashOf(packed); ; at = (at + 1) & (PLACES - 1)) {
      const found = this.#packed[at]!;
      if (found === packed) return this.#tags[at];
      if (found === 0) return undefined;
    }
  }

  /** The tag of a text; kept, where `packed` is not 0 and there is room. */
  add(packed: number, text: string): Tag {
    const tag = { text: unique(text), isEnvelope: this.#isEnvelope(text), isApart: this.#isApart(text) };
    if (packed === 0 || this.#size * 2 >= PLACES) return tag;
    let at = hashOf(packed);
    while (this.#packed[at] !== 0) at = (at + 1) & (PLACES - 1);
    this.#packed[at] = packed;
    this.#tags[at] = tag;
    this.#size++;
    return tag;
  }
}

const hashOf = (packed: number): number => Math.imul(packed, 0x9e3779b1) >>> 22;
