import { asBuffer, undeclared, type AgreedCharsets, type Charset } from '../charset.ts';
import { readerLimits } from '../limits.ts';
import { endOfSegment, isFiller, isTag, pastFillers } from './bounds.ts';
import { Carry, nothing } from './carry.ts';
import { byteClass, byteClasses, type ByteClasses, type ServiceCharacters } from './service.ts';
import { SEGMENT_END, TokenTables } from './token-tables.ts';
import { tokenFlag, type Framing, type ScannerLimits, type ScannerOptions, type SegmentSink } from './tokens.ts';

const { DATA, TERMINATOR, RELEASE, BREAK, HIGH, OUTSIDE, ESCAPE } = byteClass;

/**
 * One pass over bytes into offset tables; nothing is copied or decoded.
 *
 *   NAD+CZ+128942:160+X?'Y'          tokens of one segment, count = 5
 *   ^  ^^  ^      ^   ^
 *   0  1   2      3   4              starts[first + k]; the token ends one byte before the next start
 *   2  2   3      2   1|RELEASED     kinds[first + k]: the separator that ends it
 *
 * The tables hold many segments, which are handed out one by one: that costs less than to begin anew with each of them. Only an
 * incomplete segment is carried over from one chunk to the next, with its tokens, so each byte is looked at once and the result is
 * the same however the input is cut.
 */
export class Scanner {
  // The segment at hand. `starts` and `end` are offsets in `bytes`, whose first byte is byte `base` of the source.
  bytes: Buffer = nothing;
  base = 0;
  start = 0;
  end = 0; // exclusive; the terminator is inside
  first = 0; // its first token in the tables
  count = 0;
  terminated = true; // false: the input ended first
  notAscii = false;
  breaks = 0; // line breaks inside the segment
  firstBreak = 0;
  outside = 0; // bytes that the declared repertoire has not
  firstOutside = 0;

  service: ServiceCharacters;
  charset: Charset = undeclared;
  syntaxVersion = '';

  readonly #sink: SegmentSink;
  readonly #limits: ScannerLimits;
  readonly #agreed: AgreedCharsets | undefined;
  readonly #framing: Framing;
  readonly #headersOnly: boolean; // of an interchange only what begins with the mark of the framing is handed out, all else is jumped over
  readonly #carry = new Carry();
  readonly #tables = TokenTables.take();
  #classes: ByteClasses;
  #advice: ServiceCharacters | undefined; // read, and waiting for its interchange
  #length = 0; // of the input in `bytes`
  #state: 'between' | 'segment' | 'passing' | 'stopped' = 'between';
  #inside = false; // an interchange is open, or a message without one
  #finished = false;

  constructor(framing: Framing, sink: SegmentSink, limits: ScannerLimits = readerLimits.edifact, options: ScannerOptions = {}) {
    this.#sink = sink;
    this.#limits = limits;
    this.#agreed = options.charsets;
    this.#headersOnly = options.headersOnly ?? false;
    this.#framing = framing;
    this.service = framing.service;
    this.#classes = byteClasses(this.service, this.charset);
  }

  push(chunk: Uint8Array): void {
    if (this.#state === 'stopped' || chunk.length === 0) return;
    this.bytes = this.#length === 0 ? asBuffer(chunk) : this.#carry.append(this.#length, chunk);
    this.#length += chunk.length;
    this.#tables.see(this.bytes);
    this.#run();
    this.#keepRest();
  }

  /** The input is complete. A segment without terminator is handed out too, with `terminated` false. */
  finish(): void {
    this.#finished = true;
    this.bytes = this.#length === 0 ? nothing : this.bytes.subarray(0, this.#length); // so that nothing beyond the input can be seen
    if (this.#state === 'stopped') return;
    if (this.#length > 0) this.#tables.see(this.bytes);
    this.#run();
    this.#state = 'stopped';
    this.#tables.giveBack();
  }

  /** Only what is incomplete is kept; its tables move with it. */
  #keepRest(): void {
    const from = this.#state === 'segment' ? this.start : this.#tables.at;
    const rest = this.#state === 'stopped' ? 0 : this.#length - from;
    if (rest > 0) this.bytes = this.#carry.keep(this.bytes, from, this.#length);
    this.#length = rest;
    this.base += from;
    if (this.#state !== 'segment') this.#tables.count = 0;
    if (from > 0) this.#tables.shift(from);
    this.firstBreak -= from;
    this.firstOutside -= from;
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
    const framing = this.#framing;
    const length = this.#length;
    for (;;) {
      const from = this.#tables.at;
      let at = pastFillers(bytes, from, length, this.service);
      if (at + 2 < length && bytes[at] === 0xef && !this.#inside && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
      if (at > from) {
        this.#tables.at = at;
        this.#sink.filler?.(this.base + from, this.base + at);
        continue;
      }
      if (at >= length) return false;
      const header = (this.#inside ? bytes[at] === this.#framing.mark : framing.opens(bytes[at] as number)) || bytes[at] === 0xef;
      const isJumped = this.#headersOnly && this.#inside && !header;
      if (isJumped && this.#pass()) continue;
      if (isJumped) return false;
      if (this.#inside && (!header || (at + 2 < length && !framing.reopens(bytes, at)))) break;
      if (length - at < framing.lookahead && !this.#finished) return false;
      const opened = header && this.#opens(at);
      if (opened === 'advice') continue;
      if (opened === 'interchange' || this.#inside) break;
      do at++;
      while (at < length && !framing.opens(bytes[at] as number) && bytes[at] !== 0xef && !isFiller(bytes[at] as number));
      this.#tables.at = at;
      this.#sink.outside?.(this.base + from, this.base + at);
    }
    this.#begin(this.#tables.at);
    this.#state = 'segment';
    return true;
  }

  #begin(at: number): void {
    this.#tables.begin(at);
    this.start = at;
    this.breaks = this.outside = 0;
    this.notAscii = false;
  }

  /** Whether an advice, or an interchange, or, where none is open, a group or message without one, begins here. */
  #opens(at: number): 'advice' | 'interchange' | undefined {
    const before = { advice: this.#advice, service: this.service, inside: this.#inside, length: this.#length, agreed: this.#agreed };
    const opened = this.#framing.open(this.bytes, at, before);
    if (!opened) return undefined;
    const isAdvice = 'advice' in opened;
    if (isAdvice || opened.fault !== undefined) this.#sink.una?.(this.base + at, this.base + (isAdvice ? opened.end : at), opened.fault);
    if (isAdvice) {
      this.#advice = opened.advice;
      this.#inside = false;
      this.#tables.at = opened.end;
      return 'advice';
    }
    this.service = opened.service;
    this.charset = opened.charset;
    this.syntaxVersion = opened.version;
    this.#advice = undefined;
    this.#inside = true;
    this.#classes = byteClasses(this.service, this.charset);
    return 'interchange';
  }

  /** On from where the segment was left, over as many segments as there are. */
  #scan(): void {
    const tables = this.#tables;
    for (;;) {
      // What is counted is counted of one segment: before an odd byte the whole ones go, and one with any goes alone.
      const isPlain = this.#inside && this.bytes[this.start] !== this.#framing.mark && !this.notAscii && this.breaks + this.outside === 0;
      const stop = tables.scan(this.#length, this.#classes, isPlain, this.#framing.mark);
      const some = tables.whole > 0;
      if (some) this.#emit();
      if (stop === SEGMENT_END) {
        if (this.#follows(tables.at)) this.#begin(tables.at);
        else {
          this.#state = 'between';
          if (!this.#open()) return;
        }
      } else if (stop === DATA || (stop > RELEASE ? !this.#odd(stop) : !some && !this.#grow())) break;
    }
    this.#atHand();
    if (this.#length - this.start > this.#limits.segmentBytes) {
      this.#tooLong();
      this.#state = 'passing';
    } else if (this.#finished) this.#emitRest();
  }

  /** Whether a segment begins here that is no header or trailer, without anything before it. */
  #follows(at: number): boolean {
    const byte = at < this.#length ? (this.bytes[at] as number) : 0;
    return byte > 0x20 && byte < 0x80 && byte !== this.#framing.mark && this.#inside && !this.#headersOnly;
  }

  /** Hands out the segments that are whole. */
  #emit(): void {
    const tables = this.#tables;
    const { starts, ends, whole } = tables;
    const most = this.#limits.segmentBytes;
    let first = 0;
    for (let segment = 0; segment < whole; segment++) {
      const next = ends[segment] as number;
      this.first = first;
      this.count = next - first;
      this.start = starts[first] as number;
      this.end = starts[next] as number;
      first = next;
      if (this.end - this.start > most) this.#tooLong();
      else this.#sink.segment(this);
    }
    if (this.bytes[this.start] === this.#framing.mark && this.tagIs(this.#framing.closes)) this.#inside = false;
    tables.moveUp(first);
    this.start = starts[0] as number;
  }

  /** Counts the odd byte, and goes beyond it or the run it opens. False: more bytes are needed, with which it is looked at again. */
  #odd(kind: number): boolean {
    const tables = this.#tables;
    const { at } = tables;
    if (kind === BREAK && this.breaks++ === 0) this.firstBreak = at;
    if (kind === OUTSIDE || (kind === HIGH && !this.charset.high)) if (this.outside++ === 0) this.firstOutside = at;
    if (kind === HIGH || kind === ESCAPE) {
      this.notAscii = true;
      tables.flags |= tokenFlag.NOT_ASCII;
    }
    const past = kind === ESCAPE && this.charset.gate ? this.charset.gate.skip(this.bytes, at, this.#length, this.#finished) : at + 1;
    if (past >= 0) tables.at = past;
    return past >= 0;
  }

  #emitRest(): void {
    const tables = this.#tables;
    if (tables.count === tables.kinds.length) this.#grow();
    tables.kinds[tables.count++] = TERMINATOR | tables.flags;
    tables.starts[tables.count] = this.#length + 1; // as if a terminator stood there
    this.#atHand();
    this.end = this.#length;
    this.terminated = false;
    this.#sink.segment(this);
  }

  /** Tells of a segment that is longer than any may be, in the same way however the input is cut. */
  #tooLong(): void {
    this.end = this.start + this.#limits.segmentBytes;
    if (this.count === 0) this.starts[this.first + 1] = this.end + 1; // a tag that does not end
    this.#sink.limit?.(this);
  }

  /** The segment that is not whole yet, as far as it goes. */
  #atHand(): void {
    this.first = 0;
    this.count = this.#tables.count;
  }

  /** Over the rest of a segment. False: its terminator has not come yet. */
  #pass(): boolean {
    const tables = this.#tables;
    const rest = endOfSegment(this.bytes, tables.at, this.#length, this.service, this.charset.gate, tables.released);
    tables.at = rest.end;
    tables.released = rest.released;
    this.#state = rest.isWhole ? 'between' : 'passing';
    return rest.isWhole;
  }

  /** Room for more tokens. False: there are more than a segment may have bytes. */
  #grow(): boolean {
    const tables = this.#tables;
    if (tables.kinds.length > this.#limits.segmentBytes) return false;
    tables.grow();
    return true;
  }

  get starts(): Int32Array {
    return this.#tables.starts;
  }

  get kinds(): Uint8Array {
    return this.#tables.kinds;
  }

  /** How many bytes of the source were taken. */
  get offset(): number {
    return this.base + (this.#state === 'stopped' ? this.#length : this.#tables.at);
  }

  /** How many of `bytes` are the input's. */
  get filled(): number {
    return this.#length;
  }

  /** Whether the tag is `tag`; line breaks inside it, which hard wrapping leaves, do not count. */
  tagIs(tag: string): boolean {
    return isTag(this.bytes, this.start, (this.starts[this.first + 1] as number) - 1, tag);
  }
}
