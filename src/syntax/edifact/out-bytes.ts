import { byteClass } from '../segments/service.ts';

const { DATA, RELEASE, HIGH } = byteClass;

const CHUNK = 65_536;
const ROOM = 1024; // bytes at first: most messages are short, and memory of their own costs more than they do

/** The bytes that a writer has not handed on yet. */
export class OutBytes {
  readonly #sink: (chunk: Uint8Array) => void;
  #buffer = Buffer.allocUnsafe(ROOM);
  #used = 0;
  #flushed = 0;

  constructor(sink: (chunk: Uint8Array) => void) {
    this.#sink = sink;
  }

  /** How many there have been. */
  get offset(): number {
    return this.#flushed + this.#used;
  }

  byte(byte: number): void {
    if (this.#used === this.#buffer.length) this.#makeRoom(1);
    this.#buffer[this.#used++] = byte;
  }

  ascii(text: string): void {
    this.#makeRoom(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#used++] = text.charCodeAt(i);
  }

  bytes(bytes: Uint8Array): void {
    if (bytes.length > CHUNK) {
      this.flush();
      this.#flushed += bytes.length;
      return this.#sink(bytes);
    }
    this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /**
   * Writes a text all of whose characters are their own bytes, and releases those that are service characters. False, with
   * nothing written, where there is another character. `classes` is by byte; with `latin1` a character below 0x100 is its byte.
   */
  text(text: string, classes: Uint8Array, release: number, latin1: boolean): boolean {
    const { length } = text;
    if (2 * length > CHUNK) return false;
    this.#makeRoom(2 * length);
    const buffer = this.#buffer;
    let at = this.#used;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      const kind = code < 0x100 ? (classes[code] as number) : HIGH;
      if (kind !== DATA) {
        if (kind <= RELEASE && release !== 0) buffer[at++] = release;
        else if (kind !== HIGH || !latin1 || code >= 0x100) return false;
      }
      buffer[at++] = code;
    }
    this.#used = at;
    return true;
  }

  flush(): void {
    if (this.#used === 0) return;
    this.#sink(Buffer.from(this.#buffer.subarray(0, this.#used)));
    this.#flushed += this.#used;
    this.#used = 0;
  }

  /** The buffer grows to a chunk, and from then on is emptied. */
  #makeRoom(count: number): void {
    if (this.#used + count > CHUNK) this.flush();
    const needed = this.#used + count;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(CHUNK, 4 * this.#buffer.length)));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}
