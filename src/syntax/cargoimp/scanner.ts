/** A line of the input: its bytes without the line break, and where it begins and ends with it. */
export interface Line {
  readonly bytes: Buffer;
  readonly start: number; // in the source
  readonly end: number; // exclusive, after the line break
  readonly beyond: boolean; // longer than a line may be: its bytes are not kept
}

const CR = 0x0d;
const LF = 0x0a;
const nothing = Buffer.alloc(0);

/** Cuts bytes into lines, which CR, LF or CRLF end; the same lines however the input is cut. Lines tile the input. */
export class Scanner {
  readonly #line: (line: Line) => void;
  readonly #limit: number;
  #held: Buffer[] = [];
  #heldLength = 0; // of the line at hand, also of what is not kept
  #start = 0; // of the line at hand, in the source
  #cr = false; // the last byte was CR: LF would belong to it

  constructor(line: (line: Line) => void, limit: number) {
    this.#line = line;
    this.#limit = limit;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (this.#cr) {
        this.#cr = false;
        const lf = byte === LF;
        this.#end(lf ? 2 : 1);
        from = lf ? at + 1 : at;
        if (lf) continue;
      }
      if (byte !== CR && byte !== LF) continue;
      this.#hold(at === bytes.length - 1 ? Buffer.from(bytes.subarray(from, at)) : bytes.subarray(from, at)); // the chunk is not ours to keep
      from = at + 1;
      if (byte === LF) this.#end(1);
      else this.#cr = true;
    }
    if (!this.#cr) this.#hold(Buffer.from(bytes.subarray(from)));
  }

  finish(): void {
    if (this.#cr) this.#end(1);
    else if (this.#heldLength > 0) this.#end(0);
    this.#cr = false;
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#heldLength += bytes.length;
    if (this.#heldLength > this.#limit) this.#held = [];
    else this.#held.push(bytes);
  }

  #end(lineBreak: number): void {
    const length = this.#heldLength;
    const bytes = this.#held.length === 0 ? nothing : this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    const start = this.#start;
    this.#start += length + lineBreak;
    this.#held = [];
    this.#heldLength = 0;
    this.#line({ bytes, start, end: this.#start, beyond: length > this.#limit });
  }
}
