/**
 * Where a byte stands next. It is looked for again only when the last one found is passed, so that a byte which is rare, or not there at
 * all, is not looked for up to the end of a chunk by every record before it. To be asked from front to back.
 */
export class NextByte {
  readonly #byte: number;
  #bytes: Buffer | undefined;
  #at = -1;

  constructor(byte: number) {
    this.#byte = byte;
  }

  /** At `from` or behind it; Infinity: no more. */
  in(bytes: Buffer, from: number): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#at = -1;
    }
    if (this.#at < from) {
      const found = bytes.indexOf(this.#byte, from);
      this.#at = found < 0 ? Infinity : found;
    }
    return this.#at;
  }
}
