import { asBuffer, charsetOf, type Charset, type CharsetGate } from '../charset.ts';
import { isFiller, LOOKAHEAD, readOpening, readUna, U } from './opening.ts';
import { defaultLimits, NOT_ASCII, RELEASED, type ScannerLimits, type SegmentSink } from './tokens.ts';
import { BREAK, byteClasses, DATA, defaults3, HIGH, OUTSIDE, RELEASE, REPETITION, type ServiceCharacters, TERMINATOR } from './service.ts';

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
  starts = new Int32Array(129);
  kinds = new Uint8Array(128);
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
  #classes = byteClasses(this.service, this.charset);
  #una: ServiceCharacters | undefined; // read, and waiting for its UNB
  #length = 0; // of the input in `bytes`
  #at = 0; // next byte to look at
  #released = -1; // offset of the byte after a release character
  #flags = 0; // of the token at hand
  #state: 'between' | 'segment' | 'stopped' = 'between';
  #inside = false; // between UNB (or a first UNH) and UNZ
  #finished = false;
  #carry = Buffer.alloc(0);

  constructor(sink: SegmentSink, limits: ScannerLimits = defaultLimits) {
    this.#sink = sink;
    this.#limits = limits;
    if (limits.segmentTokens < this.kinds.length) this.kinds = new Uint8Array(limits.segmentTokens);
  }

  push(chunk: Uint8Array): void {
    if (this.#state === 'stopped' || chunk.length === 0) return;
    if (this.#length === 0) {
      this.bytes = asBuffer(chunk);
      this.#length = chunk.length;
    } else {
      const length = this.#length + chunk.length;
      if (this.#carry.length < length) {
        const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#carry.length));
        larger.set(this.bytes.subarray(0, this.#length));
        this.#carry = larger;
      }
      this.#carry.set(chunk, this.#length);
      this.bytes = this.#carry;
      this.#length = length;
    }
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

  /** Keeps the bytes of an incomplete segment at the front of our own buffer: the caller may reuse the chunk. */
  #keepRest(): void {
    const from = this.#state === 'segment' ? this.start : this.#at;
    const rest = this.#state === 'stopped' ? 0 : this.#length - from;
    if (rest > 0) {
      if (this.bytes === this.#carry) {
        if (from > 0) this.#carry.copyWithin(0, from, this.#length);
      } else {
        if (this.#carry.length < rest) this.#carry = Buffer.allocUnsafe(Math.max(1024, 2 * rest));
        this.#carry.set(this.bytes.subarray(from, this.#length));
      }
      this.bytes = this.#carry;
    }
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
    if (this.#state === 'segment' || this.#open()) this.#scan();
  }

  /** From the end of a segment to the start of the next. False: more bytes are needed, or there are none. */
  #open(): boolean {
    const { bytes } = this;
    const length = this.#length;
    for (;;) {
      const from = this.#at;
      let at = from;
      while (at < length && isFiller(bytes[at] as number)) at++;
      if (bytes[at] === 0xef && at < length && !this.#inside && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
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
    this.start = at;
    this.starts[0] = at;
    this.count = 0;
    this.breaks = 0;
    this.outside = 0;
    this.notAscii = false;
    this.#flags = 0;
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
    const { bytes } = this;
    const length = this.#length;
    const limit = this.#limits.segmentBytes;
    let classes = this.#classes;
    let starts = this.starts;
    let kinds = this.kinds;
    let token = this.count;
    let flags = this.#flags;
    let at = this.#at;
    let released = this.#released;
    for (; at < length; at++) {
      const kind = classes[bytes[at] as number] as number;
      if (kind === DATA) continue;
      if (kind <= REPETITION) {
        if (at === released) continue;
        if (token === kinds.length) {
          if (token >= this.#limits.segmentTokens) return this.#stop(at);
          this.#grow();
          starts = this.starts;
          kinds = this.kinds;
        }
        kinds[token++] = kind | flags;
        flags = 0;
        starts[token] = at + 1;
        if (kind !== TERMINATOR) continue;
        if (at + 1 - this.start > limit) return this.#stop(at);
        this.count = token;
        this.end = at + 1;
        const next = at + 1 < length ? (bytes[at + 1] as number) : 0;
        this.#emit();
        classes = this.#classes;
        if (next > 0x20 && next < 0x80 && next !== U && this.#inside) {
          this.#begin(at + 1);
          token = 0;
          continue;
        }
        this.#state = 'between';
        this.#at = at + 1;
        if (!this.#open()) return;
        classes = this.#classes;
        token = 0;
        at = this.start - 1;
      } else if (kind === RELEASE) {
        if (at === released) continue;
        flags |= RELEASED;
        released = at + 1;
      } else if (kind === HIGH) {
        flags |= NOT_ASCII;
        this.notAscii = true;
        if (!this.charset.high && this.outside++ === 0) this.firstOutside = at;
      } else if (kind === OUTSIDE) {
        if (this.outside++ === 0) this.firstOutside = at;
      } else if (kind === BREAK) {
        if (this.breaks++ === 0) this.firstBreak = at;
      } else {
        const past = this.charset.gate?.skip(bytes, at, length) ?? at + 1;
        flags |= NOT_ASCII;
        this.notAscii = true;
        if (past < 0) break; // looked at again with more bytes: gates are asked from their escape on
        at = past - 1;
      }
    }
    this.count = token;
    this.#flags = flags;
    this.#at = at;
    this.#released = released;
    if (length - this.start > limit) return this.#stop(at);
    if (this.#finished) this.#emitRest();
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
    this.#state = 'stopped';
  }

  #stop(at: number): void {
    const tooLong = at + 1 - this.start > this.#limits.segmentBytes;
    this.#state = 'stopped';
    this.#at = this.start;
    this.#sink.limit?.(this, tooLong ? 'bytes' : 'elements', tooLong ? this.#limits.segmentBytes : this.#limits.segmentTokens);
  }

  #grow(): void {
    const size = Math.max(this.kinds.length + 1, Math.min(2 * this.kinds.length, this.#limits.segmentTokens));
    const { starts, kinds } = this;
    (this.starts = new Int32Array(size + 1)).set(starts);
    (this.kinds = new Uint8Array(size)).set(kinds);
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
    let matched = 0;
    const end = (this.starts[1] as number) - 1;
    for (let at = this.start; at < end; at++) {
      const byte = this.bytes[at];
      if (byte === 0x0a || byte === 0x0d) continue;
      if (byte !== tag.charCodeAt(matched++)) return false;
    }
    return matched === tag.length;
  }
}
