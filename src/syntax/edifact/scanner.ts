import { asBuffer, charsetOf, type Charset, type CharsetGate } from '../charset.ts';
import { readerLimits } from '../limits.ts';
import { Carry } from './carry.ts';
import { endOfSegment, isFiller, isTag, LOOKAHEAD, readOpening, readUna, U } from './opening.ts';
import { NOT_ASCII, RELEASED, type ScannerLimits, type SegmentSink } from './tokens.ts';
import { BREAK, byteClasses, DATA, defaults3, ESCAPE, HIGH, OUTSIDE, RELEASE, REPETITION, type ServiceCharacters, TERMINATOR } from './service.ts';

/**
 * One pass over bytes into offset tables; nothing is copied or decoded.
 *
 *   NAD+CZ+128942:160+X?'Y'          tokens of one segment, count = 5
 *   ^  ^^  ^      ^   ^
 *   0  1   2      3   4              starts[k]; the token ends one byte before starts[k + 1]
 *   2  2   3      2   1|RELEASED     kinds[k]: the separator that ends it
 *
 * Only an incomplete segment is carried over from one chunk to the next, with its tables, so each byte is looked at once
 * and the result is the same however the input is cut.
 */
export class Scanner {
  // The segment at hand. `starts` and `end` are offsets in `bytes`, whose first byte is byte `base` of the source.
  bytes: Buffer = Buffer.alloc(0);
  base = 0;
  start = 0;
  end = 0; // exclusive; the terminator is inside
  count = 0;
  terminated = true; // false: the input ended first
  starts = new Int32Array(16); // 64 bytes, which cost no memory of their own outside the collector's
  kinds = new Uint8Array(15);
  notAscii = false;
  breaks = 0; // line breaks inside the segment
  firstBreak = 0;
  outside = 0; // bytes that the declared repertoire has not
  firstOutside = 0;

  service: ServiceCharacters = defaults3;
  charset: Charset = charsetOf('', '');
  syntaxVersion = '';

  readonly #sink: SegmentSink;
  readonly #limits: ScannerLimits;
  readonly #carry = new Carry();
  #classes = byteClasses(this.service, this.charset);
  #una: ServiceCharacters | undefined; // read, and waiting for its UNB
  #length = 0; // of the input in `bytes`
  #at = 0; // next byte to look at
  #released = -1; // offset of the byte after a release character
  #flags = 0; // of the token at hand
  #state: 'between' | 'segment' | 'passing' | 'stopped' = 'between';
  #inside = false; // between UNB (or a first UNH) and UNZ
  #finished = false;

  constructor(sink: SegmentSink, limits: ScannerLimits = readerLimits.edifact) {
    this.#sink = sink;
    this.#limits = limits;
  }

  push(chunk: Uint8Array): void {
    if (this.#state === 'stopped' || chunk.length === 0) return;
    this.bytes = this.#length === 0 ? asBuffer(chunk) : this.#carry.append(this.#length, chunk);
    this.#length += chunk.length;
    this.#run();
    this.#keepRest();
  }

  /** From the next segment on, `gate` says which runs are not scanned: the tables of UNOX are agreed upon, or come with the data. */
  setGate(gate: CharsetGate): void {
    this.charset = { ...this.charset, gate };
    this.#classes = byteClasses(this.service, this.charset);
  }

  /** The input is complete. A segment without terminator is handed out too, with `terminated` false. */
  finish(): void {
    this.#finished = true;
    this.bytes = this.bytes.subarray(0, this.#length); // so that nothing beyond the input can be seen
    if (this.#state === 'stopped') return;
    this.#run();
    this.#at = this.#length;
    this.#state = 'stopped';
  }

  /** Only what is incomplete is kept; its tables move with it. */
  #keepRest(): void {
    const from = this.#state === 'segment' ? this.start : this.#at;
    const rest = this.#state === 'stopped' ? 0 : this.#length - from;
    if (rest > 0) this.bytes = this.#carry.keep(this.bytes, from, this.#length);
    this.#length = rest;
    this.base += from;
    this.#at -= from;
    this.#released -= from;
    this.firstBreak -= from;
    this.firstOutside -= from;
    if (from > 0 && this.#state === 'segment') for (let k = 0; k <= this.count; k++) this.starts[k] = (this.starts[k] as number) - from;
    this.start = 0;
  }

  #run(): void {
    do {
      if (this.#state === 'passing' && !this.#pass()) return;
      if (this.#state === 'segment' || this.#open()) this.#scan();
    } while (this.#state === 'passing');
  }

  /** From the end of a segment to the start of the next. False: more bytes are needed, or there are none. */
  #open(): boolean {
    const { bytes } = this;
    const length = this.#length;
    for (;;) {
      const from = this.#at;
      let at = from;
      while (at < length && isFiller(bytes[at] as number)) at++;
      if (at + 2 < length && bytes[at] === 0xef && !this.#inside && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
      if (at > from) {
        this.#at = at;
        this.#sink.filler?.(this.base + from, this.base + at);
        continue;
      }
      if (at >= length) return false;
      const header = bytes[at] === U || bytes[at] === 0xef;
      if (this.#inside && !header) break;
      if (length - at < LOOKAHEAD && !this.#finished) return false;
      if (header && this.#readUna(at)) continue;
      if (header && this.#header(at)) break;
      if (this.#inside) break;
      do at++;
      while (at < length && bytes[at] !== U && bytes[at] !== 0xef && !isFiller(bytes[at] as number));
      this.#at = at;
      this.#sink.outside?.(this.base + from, this.base + at);
    }
    this.#begin(this.#at);
    this.#state = 'segment';
    return true;
  }

  #begin(at: number): void {
    this.#at = this.start = this.starts[0] = at;
    this.count = this.breaks = this.outside = this.#flags = 0;
    this.notAscii = false;
  }

  #readUna(at: number): boolean {
    const una = readUna(this.bytes, at, this.#inside ? this.service.element : 0);
    if (!una) return false;
    this.#una = una.service;
    this.#inside = false;
    this.#at = una.end;
    this.#sink.una?.(this.base + at, this.base + una.end, una.fault);
    return true;
  }

  /** At `U`: whether an interchange begins here, or, where none is open, a group or message without one. */
  #header(at: number): boolean {
    const opening = readOpening(this.bytes, at, this.#una, this.service, this.#inside);
    if (!opening) return false;
    this.service = opening.service;
    this.charset = charsetOf(opening.label, opening.version);
    this.syntaxVersion = opening.version;
    this.#una = undefined;
    this.#inside = true;
    this.#classes = byteClasses(this.service, this.charset);
    if (opening.fault !== undefined) this.#sink.una?.(this.base + at, this.base + at, opening.fault);
    return true;
  }

  /** On from where the segment was left, over as many segments as there are. */
  #scan(): void {
    while (this.#tokens()) {
      const at = this.end;
      if (at - this.start > this.#limits.segmentBytes) this.#tooLong();
      else this.#emit();
      const next = at < this.#length ? (this.bytes[at] as number) : 0;
      if (next > 0x20 && next < 0x80 && next !== U && this.#inside) this.#begin(at);
      else {
        this.#state = 'between';
        this.#at = at;
        if (!this.#open()) return;
      }
    }
    if (this.#length - this.start > this.#limits.segmentBytes) {
      this.#tooLong();
      this.#state = 'passing';
    } else if (this.#finished) this.#emitRest();
  }

  /**
   * The tokens of one segment, up to its terminator. False: it goes on beyond the bytes at hand, or beyond a limit.
   * The inner loop calls nothing, so that all it needs stays in registers; what is rare is done outside of it.
   */
  #tokens(): boolean {
    const { bytes } = this;
    const length = this.#length;
    const { table, low, high } = this.#classes;
    let { starts, kinds, count: token } = this;
    let flags = this.#flags;
    let released = this.#released;
    let at = this.#at;
    while (at < length) {
      const capacity = kinds.length;
      let kind = DATA;
      for (; at < length; at++) {
        const byte = bytes[at] as number;
        if (byte >= low && byte <= high) continue;
        kind = table[byte] as number;
        if (kind === DATA) continue;
        if (kind > RELEASE) break;
        if (at === released) continue;
        if (kind === RELEASE) {
          flags |= RELEASED;
          released = at + 1;
          continue;
        }
        if (token === capacity) break;
        kinds[token++] = kind | flags;
        flags = 0;
        starts[token] = at + 1;
        if (kind !== TERMINATOR) continue;
        this.count = token;
        this.end = at + 1;
        return true;
      }
      if (at === length) break;
      if (kind <= REPETITION) {
        if (!this.#grow()) break;
        ({ starts, kinds } = this);
        continue;
      }
      if (kind === HIGH || kind === ESCAPE) flags |= NOT_ASCII;
      const past = this.#odd(kind, at);
      if (past < 0) break; // looked at again with more bytes: gates are asked from their escape on
      at = past;
    }
    this.count = token;
    this.#flags = flags;
    this.#at = at;
    this.#released = released;
    return false;
  }

  /** Bytes that are counted, and the escapes of a gate; gives the offset after them, or -1 where more bytes are needed. */
  #odd(kind: number, at: number): number {
    if (kind === BREAK && this.breaks++ === 0) this.firstBreak = at;
    if (kind === OUTSIDE || (kind === HIGH && !this.charset.high)) if (this.outside++ === 0) this.firstOutside = at;
    if (kind === HIGH || kind === ESCAPE) this.notAscii = true;
    return kind === ESCAPE && this.charset.gate ? this.charset.gate.skip(this.bytes, at, this.#length) : at + 1;
  }

  #emit(): void {
    this.#sink.segment(this);
    if (this.bytes[this.start] === U && this.tagIs('UNZ')) this.#inside = false;
  }

  #emitRest(): void {
    if (this.count === this.kinds.length) this.#grow();
    this.kinds[this.count++] = TERMINATOR | this.#flags;
    this.starts[this.count] = this.#length + 1; // as if a terminator stood there
    this.end = this.#length;
    this.terminated = false;
    this.#emit();
  }

  /** Tells of a segment that is longer than any may be, in the same way however the input is cut. */
  #tooLong(): void {
    this.end = this.start + this.#limits.segmentBytes;
    if (this.count === 0) this.starts[1] = this.end + 1; // a tag that does not end
    this.#sink.limit?.(this);
  }

  /** Over the rest of such a segment. False: its terminator has not come yet. */
  #pass(): boolean {
    const rest = endOfSegment(this.bytes, this.#at, this.#length, this.service, this.#released);
    this.#at = rest.end;
    this.#released = rest.released;
    if (rest.isWhole) this.#state = 'between';
    return rest.isWhole;
  }

  /** Room for more tokens. False: there are more than a segment may have bytes. */
  #grow(): boolean {
    if (this.kinds.length > this.#limits.segmentBytes) return false;
    const size = Math.max(128, 2 * this.kinds.length);
    const { starts, kinds } = this;
    (this.starts = new Int32Array(size + 1)).set(starts);
    (this.kinds = new Uint8Array(size)).set(kinds);
    return true;
  }

  /** How many bytes of the source were taken. */
  get offset(): number {
    return this.base + this.#at;
  }

  /** How many of `bytes` are the input's. */
  get filled(): number {
    return this.#length;
  }

  /** Whether the tag is `tag`; line breaks inside it, which hard wrapping leaves, do not count. */
  tagIs(tag: string): boolean {
    return isTag(this.bytes, this.start, (this.starts[1] as number) - 1, tag);
  }
}
