const roomSize = 32_768; // bytes
let spare: Buffer | undefined; // of a document that is done with

/** Text that becomes bytes as it comes: a document that is put together as a string would be written twice. */
export class OutBytes {
  #room: Buffer | undefined;
  size = 0;

  /** As UTF-8; half of a surrogate pair as U+FFFD. */
  put(text: string): void {
    const room = this.#atLeast(text.length * 3);
    let at = this.size;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return void (this.size = at + room.write(i === 0 ? text : text.slice(i), at));
      room[at++] = code;
    }
    this.size = at;
  }

  /** The same for a text of which each character is of `these` (by its code, below 128); false where one is not, and nothing is put. */
  putOnly(text: string, these: Uint8Array): boolean {
    const room = this.#atLeast(text.length);
    let at = this.size;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f || these[code] === 0) return false;
      room[at++] = code;
    }
    this.size = at;
    return true;
  }

  /** What there is, as bytes of their own; from then on there is nothing. */
  take(): Buffer {
    const room = this.#room ?? Buffer.alloc(0);
    const bytes = Buffer.from(room.subarray(0, this.size));
    this.size = 0;
    this.#room = undefined;
    if (room.length === roomSize) spare = room;
    return bytes;
  }

  #atLeast(more: number): Buffer {
    const needed = this.size + more;
    if (this.#room && needed <= this.#room.length) return this.#room;
    if (!this.#room && needed <= roomSize) {
      this.#room = spare ?? Buffer.allocUnsafeSlow(roomSize);
      spare = undefined;
      return this.#room;
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.size));
    if (this.#room) larger.set(this.#room.subarray(0, this.size));
    return (this.#room = larger);
  }
}
