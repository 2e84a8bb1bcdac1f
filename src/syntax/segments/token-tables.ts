import { byteClass, type ByteClasses } from './service.ts';
import { tokenFlag } from './tokens.ts';

// Constants of this module are constants of its machine code; those of another module would be looked up for every byte.
const { DATA, TERMINATOR, REPETITION, RELEASE } = byteClass;
const { RELEASED } = tokenFlag;
const LOW = 0xffff; // two bytes of four
const FIRST = 0x80000000; // the bit of the first of sixteen bytes
const LATER = 0x7fffffff; // those of the others

/** What `scan` says where it stopped behind the end of a segment; otherwise it gives the class of the byte it stopped at. */
export const SEGMENT_END = -1;

const TOKENS = 1023; // as many as 200 ordinary segments have
const SEGMENTS = 256;
const noBytes = new DataView(new ArrayBuffer(0));
const spare: TokenTables[] = []; // of scanners that have finished: most input is short, and tables cost more than it

/** Where a scanner writes what it finds: the tokens of as many segments as there is room for. */
export class TokenTables {
  starts = new Int32Array(TOKENS + 1); // per token; one more than there are tokens
  kinds = new Uint8Array(TOKENS); // per token
  readonly ends = new Int32Array(SEGMENTS); // per whole segment: the number of tokens up to its end
  count = 0; // tokens
  whole = 0; // whole segments
  at = 0; // next byte to look at
  released = -1; // offset of the byte after a release character
  flags = 0; // of the token at hand
  #bytes: DataView = noBytes;

  static take(): TokenTables {
    return spare.pop() ?? new TokenTables();
  }

  /** They are not to be used any more by who gives them back. */
  giveBack(): void {
    if (this.kinds.length > TOKENS || spare.length === 8) return;
    this.count = this.whole = this.at = this.flags = 0;
    this.released = -1;
    this.#bytes = noBytes;
    spare.push(this);
  }

  /** The bytes that are scanned, and may be more than are there yet. */
  see({ buffer, byteOffset, byteLength }: Uint8Array): void {
    this.#bytes = new DataView(buffer, byteOffset, byteLength);
  }

  /** A segment begins. */
  begin(at: number): void {
    this.at = this.starts[0] = at;
    this.count = this.flags = 0;
  }

  /**
   * Tokens, until something else must be looked at: behind the end of a segment after which no plain one follows at once, at an
   * odd byte, where the tables are full (the class of a separator), or where the bytes end (DATA). `several`: not of one segment alone;
   * `mark`: the byte that begins a segment which may open or close an interchange.
   * Sixteen bytes are looked at together and become bits, and only what is no plain data is gone to: a processor that guesses where each
   * value ends guesses wrong. The loop calls nothing, so that all it needs stays in registers; and the engine takes it for too long to be
   * put into its caller, where it would share them: that makes it half as slow again.
   */
  scan(length: number, { of: classes, pairs }: ByteClasses, several: boolean, mark: number): number {
    const { starts, kinds, ends } = this;
    const bytes = this.#bytes;
    const capacity = kinds.length;
    const room = several ? ends.length - 1 : 0;
    let token = this.count;
    let flags = this.flags;
    let released = this.released;
    let at = this.at;
    let whole = 0;
    if (at === released && at < length && classes[bytes.getUint8(at)]! <= RELEASE) at++;
    while (at < length) {
      let after = at + 16;
      let odd = 0; // of the sixteen bytes those that are no plain data, the first byte's bit first
      if (after <= length) {
        const a = bytes.getInt32(at, true);
        const b = bytes.getInt32(at + 4, true);
        const c = bytes.getInt32(at + 8, true);
        const d = bytes.getInt32(at + 12, true);
        odd = (pairs[a & LOW]! << 30) | (pairs[a >>> 16]! << 28) | (pairs[b & LOW]! << 26) | (pairs[b >>> 16]! << 24);
        odd |= (pairs[c & LOW]! << 22) | (pairs[c >>> 16]! << 20) | (pairs[d & LOW]! << 18) | (pairs[d >>> 16]! << 16);
      } else for (let nth = 0; at + nth < length; nth++) if (classes[bytes.getUint8(at + nth)] !== DATA) odd |= FIRST >>> nth;
      while (odd !== 0) {
        const nth = Math.clz32(odd);
        odd &= LATER >>> nth;
        const here = at + nth;
        const kind = classes[bytes.getUint8(here)]!;
        if (kind === RELEASE) {
          flags |= RELEASED;
          released = after = here + 1;
          if (after < length && classes[bytes.getUint8(after)]! <= RELEASE) after++;
          break;
        }
        if (kind > REPETITION || token === capacity) return this.#leave(kind, here, token, whole, flags, released);
        kinds[token++] = kind | flags;
        flags = 0;
        starts[token] = here + 1;
        if (kind !== TERMINATOR) continue;
        ends[whole++] = token;
        const next = here + 1 < length ? bytes.getUint8(here + 1) : 0;
        if (whole > room || next <= 0x20 || next >= 0x80 || next === mark) return this.#leave(SEGMENT_END, here + 1, token, whole, flags, released);
      }
      at = after;
    }
    return this.#leave(DATA, length, token, whole, flags, released);
  }

  #leave(stop: number, at: number, count: number, whole: number, flags: number, released: number): number {
    this.at = at;
    this.count = count;
    this.whole = whole;
    this.flags = flags;
    this.released = released;
    return stop;
  }

  /** Forgets the tokens before `first`: the rest become the first ones. */
  moveUp(first: number): void {
    const { starts, count } = this;
    this.whole = 0;
    this.count = count - first;
    if (first === count) {
      starts[0] = starts[first]!; // most often there are none: nothing has to be called for that
      return;
    }
    this.kinds.copyWithin(0, first, count);
    starts.copyWithin(0, first, count + 1);
  }

  /** The bytes before `from` are gone, and the first token is in those that are left. */
  shift(from: number): void {
    this.at -= from;
    this.released -= from;
    for (let token = 0; token <= this.count; token++) this.starts[token]! -= from;
  }

  grow(): void {
    const { starts, kinds } = this;
    const size = 2 * kinds.length;
    (this.starts = new Int32Array(size + 1)).set(starts);
    (this.kinds = new Uint8Array(size)).set(kinds);
  }
}
