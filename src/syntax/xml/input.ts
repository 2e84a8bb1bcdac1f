import { isAscii } from 'node:buffer';
import type { Code } from '../../diagnostics/codes.ts';
import { Utf8Check } from '../utf8.ts';
import { readProlog, type Prolog } from './encoding.ts';

/** What is wrong with the bytes themselves, at an offset in the window. */
export interface Fault {
  readonly code: Code;
  readonly message: string;
  readonly at: number;
}

const nothing = Buffer.alloc(0);

const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length);

/**
 * The part of the document that is still needed. A chunk is ours only while `push` runs: it is read where it is, and what is left
 * of it is put into memory of our own.
 *
 *     window  | kept from earlier chunks | new chunk … bad byte … |
 *             0                                    end            filled
 */
export class Input {
  bytes: Buffer = nothing;
  view = viewOf(nothing); // of the same
  base = 0; // offset of bytes[0] in the document
  end = 0; // up to here the bytes are of the charset and may be scanned
  filled = 0;
  prolog: Prolog | undefined;
  fault: Fault | undefined;
  #own: Buffer = nothing;
  readonly #utf8 = new Utf8Check();
  #before = 0; // the last two bytes of the chunk before

  /** Puts a chunk behind what is left of those before it. */
  push(chunk: Buffer): void {
    const left = this.filled;
    if (left > 0) {
      this.#room(left + chunk.length, left);
      chunk.copy(this.#own, left);
    }
    this.bytes = left > 0 ? this.#own : chunk;
    this.view = viewOf(this.bytes);
    this.filled = left + chunk.length;
    if (this.prolog) this.#check(left);
    else this.#begin(false);
  }

  /** Lets go of the bytes before `from`, and of the chunk. */
  keep(from: number): void {
    const left = this.filled - from;
    if (this.bytes !== this.#own) this.#room(left, 0);
    if (left > 0 && (from > 0 || this.bytes !== this.#own)) this.bytes.copy(this.#own, 0, from, this.filled);
    this.bytes = this.#own;
    this.view = viewOf(this.bytes);
    this.base += from;
    this.end -= from;
    this.filled = left;
  }

  /** Makes sure that so many bytes find room in our own memory, of which the first are in use. */
  #room(length: number, used: number): void {
    if (length <= this.#own.length) return;
    const larger = Buffer.allocUnsafe(Math.max(length, this.#own.length * 2));
    this.#own.copy(larger, 0, 0, used);
    this.#own = larger;
  }

  /** No more will come. */
  finish(): void {
    if (!this.prolog) this.#begin(true);
    const { begun } = this.#utf8;
    if (begun > 0) this.fault ??= { code: 'XML_CHARSET', message: 'the document ends within a character of UTF-8', at: this.filled - begun };
  }

  /** Reads byte order mark and XML declaration as soon as they are whole. */
  #begin(whole: boolean): void {
    const prolog = readProlog(this.bytes.subarray(0, this.filled), whole);
    if ('wait' in prolog) return;
    if ('problem' in prolog) {
      this.fault = { code: prolog.code, message: prolog.problem, at: prolog.at };
      return;
    }
    this.prolog = prolog;
    this.#check(0);
  }

  #check(from: number): void {
    if (this.prolog!.latin1) return void (this.end = this.filled);
    if (this.prolog!.ascii) return this.#checkAscii(from);
    const bad = this.#utf8.push(this.bytes.subarray(from, this.filled));
    this.end = bad === undefined ? this.filled : from + bad;
    if (bad !== undefined) this.#refuse(`byte 0x${this.bytes[from + bad]!.toString(16)} begins no character of UTF-8`, from + bad);
    const none = this.#noCharacter(from);
    if (none === undefined) return;
    this.end = Math.max(0, none);
    this.#refuse('U+FFFE and U+FFFF are no characters of XML', none);
  }

  #checkAscii(from: number): void {
    const bytes = this.bytes.subarray(from, this.filled);
    const bad = isAscii(bytes) ? -1 : bytes.findIndex((byte) => byte >= 0x80);
    this.end = bad < 0 ? this.filled : from + bad;
    if (bad >= 0) this.#refuse(`byte 0x${bytes[bad]!.toString(16)} is no character of US-ASCII, which is declared`, from + bad);
  }

  #refuse(message: string, at: number): void {
    this.fault = { code: 'XML_CHARSET', message, at };
  }

  /** Where one of the two stands that UTF-8 can write and XML does not have (XML 1.0, 2.2): 0xEF, 0xBF and 0xBE or 0xBF. */
  #noCharacter(from: number): number | undefined {
    const { bytes, end } = this;
    const before = this.#before;
    if (end >= from + 2) this.#before = bytes.readUInt16BE(end - 2);
    else if (end > from) this.#before = ((before & 0xff) << 8) | bytes[from]!;
    if (before === 0xefbf && end > from && bytes[from]! >= 0xbe) return from - 2;
    if ((before & 0xff) === 0xef && end > from + 1 && bytes[from] === 0xbf && bytes[from + 1]! >= 0xbe) return from - 1;
    for (let at = bytes.indexOf(specials, from); at >= 0 && at + 2 < end; at = bytes.indexOf(specials, at + 2)) if (bytes[at + 2]! >= 0xbe) return at;
    return undefined;
  }
}

const specials = Buffer.of(0xef, 0xbf);
