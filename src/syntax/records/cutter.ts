import type { Layout } from './layout.ts';
import { NextByte } from './next-byte.ts';

/** Where one record stands in a buffer: `start` to `end` without its line end, and where the next one begins. */
export interface Cut {
  start: number;
  end: number;
  next: number;
}

const LF = 0x0a;
const CR = 0x0d;
const NEL = 0x15; // the line end of EBCDIC
const SUB = 0x1a; // the end of a file of CP/M and DOS
const nothing = Buffer.alloc(0);

/** Cuts a stream of bytes into records. `record` is told of each; what is not whole yet is kept. */
export class Cutter {
  readonly #layout: Layout;
  readonly #limit: number; // bytes of a record
  readonly #newline: number;
  readonly #quote: number; // 0: none
  readonly #quotes: NextByte;
  readonly #isLines: boolean; // records end with a line
  readonly #record: (bytes: Buffer, cut: Cut, base: number) => void;
  readonly #beyond: (start: number, end: number) => void;
  readonly #cut: Cut = { start: 0, end: 0, next: 0 };
  #held: Buffer = nothing;
  #base = 0; // offset of the held bytes in the source
  #skipping = false; // the record at hand is beyond the limit
  #begun = false;

  constructor(layout: Layout, limit: number, record: (bytes: Buffer, cut: Cut, base: number) => void, beyond: (start: number, end: number) => void) {
    this.#layout = layout;
    this.#limit = limit;
    this.#newline = /^cp(037|500)$/.test(layout.encoding) ? NEL : LF;
    this.#quote = layout.form.kind === 'delimited' && layout.form.quote !== '' ? layout.form.quote.charCodeAt(0) : 0;
    this.#quotes = new NextByte(this.#quote);
    this.#isLines = layout.form.kind === 'delimited' || layout.form.lines;
    this.#record = record;
    this.#beyond = beyond;
  }

  /** Offset of the end of what was given. */
  get offset(): number {
    return this.#base + this.#held.length;
  }

  push(chunk: Uint8Array): void {
    const given = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const rest = this.#held.length === 0 ? given : this.#heldEnds(given);
    if (rest.length > 0) this.#cutAll(rest);
    this.#held = Buffer.from(this.#held); // whose chunk it is may write another there
  }

  /** Cuts what is held together with the first of what follows it; the rest can be cut where it is. */
  #heldEnds(given: Buffer): Buffer {
    const end = this.#begun && this.#quote === 0 && this.#isLines ? given.indexOf(this.#newline) + 1 : 0;
    this.#cutAll(Buffer.concat([this.#held, end > 0 ? given.subarray(0, end) : given]));
    return end > 0 ? given.subarray(end) : nothing;
  }

  #cutAll(bytes: Buffer): void {
    if (!this.#begun && bytes.length < 3) return void (this.#held = bytes);
    let at = !this.#begun && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    this.#begun = true;
    for (let end = this.#endOf(bytes, at); end >= 0; end = this.#endOf(bytes, at)) {
      this.#give(bytes, at, end);
      at = this.#cut.next;
    }
    if (bytes.length - at > this.#limit) {
      this.#skip(at, bytes.length);
      at = bytes.length;
    }
    this.#held = bytes.subarray(at);
    this.#base += at;
  }

  /** The last record needs no end. Said is where quotes are open in it, and whether the input ends without an end of it. */
  finish(): { readonly open: number | undefined; readonly unended: boolean } {
    if (!this.#begun) {
      this.#begun = true; // too short for a byte order mark
      this.#cutAll(this.#held);
    }
    const bytes = this.#held;
    let { length } = bytes;
    while (length > 0 && bytes[length - 1] === SUB) length--;
    const open = this.#quote > 0 ? this.#openQuote(bytes.subarray(0, length)) : -1;
    const isGiven = length > 0 && !this.#skipping;
    if (isGiven) this.#give(bytes, 0, length);
    this.#base += bytes.length;
    this.#held = nothing;
    return { open: open < 0 ? undefined : this.#base - bytes.length + open, unended: isGiven && length === bytes.length };
  }

  #give(bytes: Buffer, start: number, end: number): void {
    const cut = this.#cut;
    const isLine = this.#isLines;
    cut.start = start;
    cut.next = isLine ? end + 1 : end;
    cut.end = isLine && this.#newline === LF && end > start && bytes[end - 1] === CR ? end - 1 : end;
    if (cut.end - start > this.#limit) this.#skip(start, cut.end);
    if (this.#skipping) this.#skipping = false;
    else if (cut.end > start) this.#record(bytes, cut, this.#base);
  }

  /** The record at hand is passed over; that is said once. */
  #skip(start: number, end: number): void {
    if (!this.#skipping) this.#beyond(this.#base + start, this.#base + end);
    this.#skipping = true;
  }

  /** The end of the record that begins at `at`, or -1 where it is not all there. */
  #endOf(bytes: Buffer, at: number): number {
    const { form } = this.#layout;
    if (form.kind === 'fixed' && !form.lines) {
      return at + form.width <= bytes.length ? at + form.width : -1;
    }
    if (this.#quote === 0) return bytes.indexOf(this.#newline, at);
    let open = false;
    for (let from = at; ;) {
      const end = bytes.indexOf(this.#newline, from);
      if (end < 0) return -1;
      for (let quote = this.#quotes.in(bytes, from); quote < end; quote = this.#quotes.in(bytes, quote + 1)) open = !open;
      if (!open) return end;
      from = end + 1;
    }
  }

  #openQuote(bytes: Buffer): number {
    let quotes = 0;
    for (let at = bytes.indexOf(this.#quote); at >= 0; at = bytes.indexOf(this.#quote, at + 1)) quotes++;
    return quotes % 2 === 1 ? bytes.lastIndexOf(this.#quote) : -1;
  }
}
