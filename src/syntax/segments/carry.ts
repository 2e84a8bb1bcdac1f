export const nothing = Buffer.alloc(0);

/** The bytes of an incomplete segment, kept at the front of a buffer of our own, which grows by doubling: the caller may reuse its chunk. */
export class Carry {
  #buffer = nothing;

  /** The `length` bytes that were kept, and `chunk` after them. */
  append(length: number, chunk: Uint8Array): Buffer {
    const needed = length + chunk.length;
    if (this.#buffer.length < needed) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, length);
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, length);
    return this.#buffer;
  }

  /** Keeps the bytes from `from` to `to`; they are then the first ones of what is returned. */
  keep(bytes: Buffer, from: number, to: number): Buffer {
    if (this.#buffer.length < to - from) this.#buffer = Buffer.allocUnsafe(Math.max(1024, 2 * (to - from)));
    if (from > 0 || bytes !== this.#buffer) bytes.copy(this.#buffer, 0, from, to);
    return this.#buffer;
  }
}
