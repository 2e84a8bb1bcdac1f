import type { Code } from '../../diagnostics/codes.ts';
import { Utf8Check } from '../utf8.ts';
import { readProlog, type Prolog } from './encoding.ts';

/** What is wrong with the bytes themselves, at an offset in the window. */
export interface Fault {
  readonly code: Code;
  readonly message: string;
  readonly at: number;
}

/**
 * The part of the document that is still needed, in memory of our own: a chunk is ours only while `push` runs.
 *
 *     window  | kept from earlier chunks | new chunk … bad byte … |
 *             0                                    end            filled
 */
export class Input {
  bytes: Buffer = Buffer.alloc(0);
  base = 0; // offset of bytes[0] in the document
  end = 0; // up to here the bytes are of the charset and may be scanned
  filled = 0;
  prolog: Prolog | undefined;
  fault: Fault | undefined;
  readonly #utf8 = new Utf8Check();

  /** Lets go of the bytes before `keep` and puts a chunk behind the rest. */
  push(chunk: Buffer, keep: number): void {
    const left = this.filled - keep;
    const needed = left + chunk.length;
    const window = needed > this.bytes.length ? Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2)) : this.bytes;
    this.bytes.copy(window, 0, keep, this.filled);
    chunk.copy(window, left);
    this.bytes = window;
    this.base += keep;
    this.filled = needed;
    if (this.prolog) this.#check(left);
    else this.#begin(false);
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
    const bad = this.prolog!.latin1 ? undefined : this.#utf8.push(this.bytes.subarray(from, this.filled));
    this.end = bad === undefined ? this.filled : from + bad;
    if (bad !== undefined)
      this.fault = { code: 'XML_CHARSET', message: `byte 0x${this.bytes[from + bad]!.toString(16)} begins no character of UTF-8`, at: from + bad };
  }
}
