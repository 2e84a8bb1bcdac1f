import { isUtf8 } from 'node:buffer';

/** Checks UTF-8 as it comes in; a character may be cut by the end of a chunk. */
export class Utf8Check {
  #open: Buffer = Buffer.alloc(0); // the begun character at the end of the chunk before

  /** Offset in `chunk` of the first character that is no UTF-8, negative where it began in an earlier chunk; undefined where all is well. */
  push(chunk: Buffer): number | undefined {
    const before = this.#open.length;
    if (before === 0 && isUtf8(chunk)) return undefined;
    const bytes = before === 0 ? chunk : Buffer.concat([this.#open, chunk]);
    const whole = bytes.length - begunAtEnd(bytes);
    if (isUtf8(bytes.subarray(0, whole))) {
      this.#open = Buffer.from(bytes.subarray(whole));
      return undefined;
    }
    return firstBad(bytes) - before;
  }

  /** How many bytes ago a character began that is not whole. */
  get begun(): number {
    return this.#open.length;
  }
}

/** How many bytes at the end begin a character and do not finish it. */
function begunAtEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

function firstBad(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead >= 0x80 && !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return at;
}
