import { asBuffer, charsetOf, type Charset, type CharsetGate } from '../charset.ts';
import {
  BREAK,
  byteClasses,
  DATA,
  defaults3,
  defaultService,
  forVersion,
  HIGH,
  OUTSIDE,
  RELEASE,
  REPETITION,
  serviceFault,
  type ServiceCharacters,
  TERMINATOR,
  unaService,
} from './service.ts';

/** Flags of a token, beside the kind of the separator that ends it (1 terminator, 2 element, 3 component, 4 repetition). */
export const KIND = 7;
export const RELEASED = 8; // holds a release character
export const NOT_ASCII = 16; // holds a byte of 0x80 and above, or a run of another code table

/**
 * What the scanner tells, in the order of the bytes. The arguments of `filler`, `una` and `outside` are offsets in the source;
 * with the segments (`lead` excluded) they tile the input: no gap, no overlap.
 */
export interface SegmentSink {
  /** The scanner's fields describe the segment until this call returns. */
  segment(scanner: Scanner): void;
  /** Blanks, line breaks and byte order marks before a segment or at the end; a run may come in pieces. */
  filler?(start: number, end: number): void;
  una?(start: number, end: number, fault: string | undefined): void;
  /** Bytes that belong to no interchange; a run may come in pieces. */
  outside?(start: number, end: number): void;
  /** A segment went beyond a limit; nothing after it is read. */
  limit?(scanner: Scanner, what: 'bytes' | 'elements', allowed: number): void;
}

export interface ScannerLimits {
  readonly segmentBytes: number;
  readonly segmentTokens: number;
}

export const defaultLimits: ScannerLimits = { segmentBytes: 262_144, segmentTokens: 20_000 };

const LOOKAHEAD = 24; // bytes that UNA, or UNB up to its syntax version, needs to be judged
const [A, B, G, H, N, U] = [0x41, 0x42, 0x47, 0x48, 0x4e, 0x55];

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
    while (this.#state !== 'stopped') {
      if (this.#state === 'between' && !this.#open()) return;
      if (!this.#scan()) return;
    }
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

  /** Reads the service string advice, which may stand before any UNB. Letters are no service characters, so `UNABLE` is none. */
  #readUna(at: number): boolean {
    const { bytes } = this;
    if (bytes[at + 1] !== N || bytes[at + 2] !== A || this.#length - at < 9) return false;
    if (this.#inside && bytes[at + 3] === this.service.element) return false;
    let una = unaService(bytes, at);
    let end = at + 9;
    let fault = serviceFault(una);
    if (fault !== undefined) {
      let next = end;
      while (next < at + LOOKAHEAD - 3 && isFiller(bytes[next] ?? -1)) next++;
      // One character short, and UNB follows: the place of the repetition separator is the one that senders forget.
      const short = una.terminator === U && bytes[end] === N && bytes[end + 1] === B;
      if (!short && !(bytes[next] === U && bytes[next + 1] === N && bytes[next + 2] === B)) return false;
      una = short ? { ...una, repetition: 0, terminator: bytes[end - 2] as number } : defaults3;
      if (short) end--;
      if (short) fault = 'one of the six characters is missing';
    }
    this.#una = una;
    this.#inside = false;
    this.#at = end;
    this.#sink.una?.(this.base + at, this.base + end, fault);
    return true;
  }

  /** At `U`: whether an interchange begins here, or, where none is open, a group or message without one. Sets the service characters. */
  #header(at: number): boolean {
    const { bytes } = this;
    const third = bytes[at + 2];
    const fourth = bytes[at + 3] ?? 0;
    if (bytes[at + 1] !== N || !isSeparator(fourth)) return false;
    const announced = [this.#una, this.service, defaults3].find((service) => service?.element === fourth);
    if (third === B) {
      const { label, version } = syntaxOf(bytes, at + 4, Math.min(this.#length, at + LOOKAHEAD));
      const byDefault = defaultService(label, version, fourth);
      if (this.#una?.element === fourth) this.service = forVersion(this.#una, label, version);
      else if (byDefault.element === fourth) this.service = byDefault;
      else if (!announced) {
        this.service = { ...byDefault, element: fourth, component: bytes[at + 8] ?? byDefault.component };
        this.#sink.una?.(this.base + at, this.base + at, 'no UNA announces the separator after UNB');
      }
      this.charset = charsetOf(label, version);
      this.syntaxVersion = version;
    } else if (!this.#inside && announced && (third === H || third === G)) {
      this.service = announced;
      this.charset = charsetOf('', '');
      this.syntaxVersion = '';
    } else return false;
    this.#una = undefined;
    this.#inside = true;
    this.#classes = byteClasses(this.service, this.charset);
    return true;
  }

  /** On from where the segment was left, over as many segments as there are. False: more bytes are needed. */
  #scan(): boolean {
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
        if (!this.#open()) return false;
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
    return false;
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

  #stop(at: number): false {
    const tooLong = at + 1 - this.start > this.#limits.segmentBytes;
    this.#state = 'stopped';
    this.#sink.limit?.(this, tooLong ? 'bytes' : 'elements', tooLong ? this.#limits.segmentBytes : this.#limits.segmentTokens);
    return false;
  }

  #grow(): void {
    const size = Math.max(this.kinds.length + 1, Math.min(2 * this.kinds.length, this.#limits.segmentTokens));
    const starts = new Int32Array(size + 1);
    const kinds = new Uint8Array(size);
    starts.set(this.starts);
    kinds.set(this.kinds);
    this.starts = starts;
    this.kinds = kinds;
  }

  /** How many bytes of the source were taken. */
  get offset(): number {
    return this.base + this.#at;
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

/** Blanks, line breaks, NUL and the end-of-file mark of older systems. */
function isFiller(byte: number): boolean {
  return byte === 0x0a || byte === 0x0d || byte === 0x20 || byte === 0x09 || byte === 0x0b || byte === 0x0c || byte === 0x1a || byte === 0x00;
}

function isSeparator(byte: number): boolean {
  return byte < 0x80 && byte > 0x1b && !/[A-Za-z0-9 ]/.test(String.fromCharCode(byte));
}

/** Syntax identifier and version of `UNOA:3+`, whatever its separators; line breaks are passed over. */
function syntaxOf(bytes: Uint8Array, from: number, to: number): { label: string; version: string } {
  let text = '';
  for (let at = from; at < to && text.length < 6; at++) if (bytes[at] !== 0x0a && bytes[at] !== 0x0d) text += String.fromCharCode(bytes[at] as number);
  const match = /^([A-Z]{4})[^A-Za-z0-9]([0-9])/.exec(text);
  return match ? { label: match[1] as string, version: match[2] as string } : { label: /^[A-Z]{4}/.exec(text)?.[0] ?? '', version: '' };
}
