import type { CharsetGate } from '../gate.ts';
import type { ServiceCharacters } from './service.ts';

/** Blanks, line breaks, NUL and the end-of-file mark of older systems. */
export function isFiller(byte: number): boolean {
  return byte === 0x0a || byte === 0x0d || byte === 0x20 || byte === 0x09 || byte === 0x0b || byte === 0x0c || byte === 0x1a || byte === 0x00;
}

/** The first byte from `at` on that is no filler. */
export function pastFillers(bytes: Uint8Array, from: number, length: number, service: ServiceCharacters): number {
  let at = from;
  while (at < length && (isFiller(bytes[at] as number) || isTail(bytes[at] as number, service))) at++;
  return at;
}

/** The rest of a terminator that is no single byte: it was met with its first. */
const isTail = (byte: number, { terminator }: ServiceCharacters): boolean => byte >= 0x80 && byte < 0xc0 && terminator >= 0xc2;

/** Whether the bytes are those of `tag`; line breaks inside, which hard wrapping leaves, do not count. */
export function isTag(bytes: Uint8Array, start: number, end: number, tag: string): boolean {
  let matched = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === 0x0a || byte === 0x0d) continue;
    if (byte !== tag.charCodeAt(matched++)) return false;
  }
  return matched === tag.length;
}

/** The end of a segment that is not read: after its terminator, or where the bytes end before it. `released`: offset of a byte that has no function. */
export function endOfSegment(
  bytes: Uint8Array,
  from: number,
  length: number,
  { terminator, release }: ServiceCharacters,
  gate: CharsetGate | undefined,
  released: number,
): { readonly end: number; readonly released: number; readonly isWhole: boolean } {
  for (let at = from; at < length; at++) {
    const byte = bytes[at] as number;
    if (gate?.opens[byte] === 1) {
      const past = gate.skip(bytes, at, length);
      if (past < 0) return { end: at, released, isWhole: false };
      at = past - 1;
    } else if (at === released) continue;
    else if (byte === terminator) return { end: at + 1, released, isWhole: true };
    else if (byte === release && release !== 0) released = at + 1;
  }
  return { end: length, released, isWhole: false };
}
