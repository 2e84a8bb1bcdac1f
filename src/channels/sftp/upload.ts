import type { Code } from '../../diagnostics/codes.ts';

/** Why nothing more is taken, in the words of a channel. */
export interface Pressure {
  readonly code: Code;
  readonly reason: string;
  readonly retryAfter?: number; // seconds
}

/** What bytes under way hold of the memory for all that is being received. */
export interface Admission {
  more(bytes: number): Pressure | undefined;
  release(): void;
}

/** A file while it is written: pieces may come in any order, and may be written twice. */
export class Upload {
  #bytes = Buffer.alloc(0);
  #size = 0;
  #written: (readonly [from: number, to: number])[] = []; // in order, apart
  readonly #admission: Admission;
  readonly #largest: number;
  #broken: Pressure | undefined;

  constructor(admission: Admission, largest: number) {
    this.#admission = admission;
    this.#largest = largest;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  /** The first byte that nobody has written; undefined where the file is whole. */
  get hole(): number | undefined {
    const [first] = this.#written;
    if (this.#size === 0 || (first?.[0] === 0 && first[1] === this.#size)) return undefined;
    return first?.[0] === 0 ? first[1] : 0;
  }

  /** Why a piece was not written: then the file never becomes whole. */
  get broken(): Pressure | undefined {
    return this.#broken;
  }

  write(at: number, piece: Uint8Array): Pressure | undefined {
    this.#broken ??= this.#refused(at, piece);
    if (this.#broken) return this.#broken;
    const end = at + piece.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.min(Math.max(end, this.#bytes.length * 2, 65_536), this.#largest));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes.set(piece, at);
    this.#size = Math.max(this.#size, end);
    this.#note(at, end);
    return undefined;
  }

  release(): void {
    this.#admission.release();
    this.#bytes = Buffer.alloc(0);
  }

  #refused(at: number, { length }: Uint8Array): Pressure | undefined {
    const end = at + length;
    if (end > this.#largest) return { code: 'FETCH_TOO_LARGE', reason: `the file has more than ${this.#largest} bytes` };
    return end > this.#size ? this.#admission.more(end - this.#size) : undefined;
  }

  #note(from: number, to: number): void {
    const last = this.#written.at(-1);
    if (last?.[1] === from) {
      this.#written[this.#written.length - 1] = [last[0], to];
      return;
    }
    const apart: (readonly [number, number])[] = [];
    let [start, end] = [from, to];
    for (const each of this.#written)
      if (each[1] < start || each[0] > end) apart.push(each);
      else [start, end] = [Math.min(start, each[0]), Math.max(end, each[1])];
    this.#written = [...apart, [start, end] as const].sort((a, b) => a[0] - b[0]);
  }
}
