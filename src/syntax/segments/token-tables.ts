import { byteClass } from './service.ts';
import { tokenFlag } from './tokens.ts';

// Constants of this module are constants of its machine code; those of another module would be looked up for every byte.
const { DATA, TERMINATOR, REPETITION, RELEASE } = byteClass;
const { RELEASED } = tokenFlag;

/** What `scan` says where it stopped behind the end of a segment; otherwise it gives the class of the byte it stopped at. */
export const SEGMENT_END = -1;

const TOKENS = 1023; // as many as 200 ordinary segments have
const SEGMENTS = 256;
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

  static take(): TokenTables {
    return spare.pop() ?? new TokenTables();
  }

  /** They are not to be used any more by who gives them back. */
  giveBack(): void {
    if (this.kinds.length > TOKENS || spare.length === 8) return;
    this.count = this.whole = this.at = this.flags = 0;
    this.released = -1;
    spare.push(this);
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
   * The loop calls nothing, so that all it needs stays in registers; and the engine takes it for too long to be put into its caller, where
   * it would share them: that makes it half as slow again.
   */
  scan(bytes: Uint8Array, length: number, classes: Uint8Array, several: boolean, mark: number): number {
    const { starts, kinds, ends } = this;
    const capacity = kinds.length;
    const room = several ? ends.length - 1 : 0;
    let token = this.count;
    let flags = this.flags;
    let released = this.released;
    let at = this.at;
    let whole = 0;
    let stop: number = DATA;
    if (at === released && at < length && (classes[bytes[at] as number] as number) <= RELEASE) at++;
    for (; at < length; at++) {
      const kind = classes[bytes[at] as number] as number;
      if (kind === DATA) {
        if (at + 2 < length && ((classes[bytes[at + 1] as number] as number) | (classes[bytes[at + 2] as number] as number)) === DATA) at += 2;
        continue;
      }
      if (kind > REPETITION) {
        if (kind !== RELEASE) {
          stop = kind;
          break;
        }
        flags |= RELEASED;
        released = at + 1;
        if (released < length && (classes[bytes[released] as number] as number) <= RELEASE) at++;
        continue;
      }
      if (token === capacity) {
        stop = kind;
        break;
      }
      kinds[token++] = kind | flags;
      flags = 0;
      starts[token] = at + 1;
      const next = at + 1 < length ? (bytes[at + 1] as number) : 0;
      if (kind !== TERMINATOR) {
        // Most values have two bytes and more: two are looked at as one.
        if (at + 2 < length && ((classes[next] as number) | (classes[bytes[at + 2] as number] as number)) === DATA) at += 2;
        continue;
      }
      ends[whole++] = token;
      if (whole <= room && next > 0x20 && next < 0x80 && next !== mark) continue;
      stop = SEGMENT_END;
      at++;
      break;
    }
    this.count = token;
    this.whole = whole;
    this.flags = flags;
    this.released = released;
    this.at = at;
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
