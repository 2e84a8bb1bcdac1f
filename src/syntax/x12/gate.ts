import { isUtf8 } from '../charset.ts';
import { marked, stepOf, type CharsetGate } from '../gate.ts';
import type { ServiceCharacters } from '../segments/service.ts';

const high = marked([[0x80, 0xff]]);
const step = stepOf('big5');
const MOST = 12; // bytes behind a separator that tell whether a segment begins there: line breaks, a tag, a separator

/**
 * X12 declares no character set, and in Big5 the second byte of a character may be `~`, `|` or `^`. So where bytes of 0x80 and above
 * stand, it is made out what they are: UTF-8 where they are valid UTF-8; else pairs of Big5; else one character a byte.
 *
 *     N1*SH*<B7><7E>~      a Big5 character, then the terminator
 *     N3*CAF<C9>~N4*…      Latin-1: what follows the `~` is a segment
 *
 * A pair whose second byte is a separator is doubtful where it stands alone: a terminator counts as one if a segment begins after
 * it; for the other separators it matters whether Big5 was seen in this interchange.
 */
export function x12Gate(service: ServiceCharacters): CharsetGate {
  let seen = false; // Big5, beyond doubt
  const separators = new Set([service.element, service.component, service.repetition]);
  return {
    opens: high,
    skip(bytes, from, end, final = false) {
      for (let at = from; ;) {
        const lead = at < end ? (bytes[at] as number) : 0;
        if (lead < 0x80 || lead === service.terminator) return at;
        if (end - at < 4 && !final) return at > from ? at : -1;
        const wide = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead >= 0xc2 && at + wide <= end && isUtf8(bytes, at, at + wide)) {
          at += wide;
          continue;
        }
        const trail = at + 1 < end ? (bytes[at + 1] as number) : 0;
        if (step(bytes, at, end) !== at + 2) {
          at++;
          continue;
        }
        if (trail === service.terminator) {
          const begins = segmentBegins(bytes, at + 2, end, final, service.element);
          if (begins === undefined) return at > from ? at : -1;
          if (begins) return at + 1;
        } else if (trail >= 0x80 || isHighAt(bytes, at + 2, end)) seen = true;
        else if (separators.has(trail) && !seen) return at + 1;
        at += 2;
      }
    },
  };
}

const isHighAt = (bytes: Uint8Array, at: number, end: number): boolean => at < end && (bytes[at] as number) >= 0x80;

/** Whether a segment begins here, or the input ends; undefined where more bytes are needed to say. */
function segmentBegins(bytes: Uint8Array, from: number, end: number, final: boolean, element: number): boolean | undefined {
  let at = from;
  while (at < end && (bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x20)) at++;
  if (end - at < MOST && !final) return undefined;
  if (at >= end) return true;
  let size = 0;
  while (size < 4 && at + size < end && isTagByte(bytes[at + size] as number, size)) size++;
  return (size === 2 || size === 3) && bytes[at + size] === element;
}

const isTagByte = (byte: number, at: number): boolean => (byte >= 0x41 && byte <= 0x5a) || (at > 0 && byte >= 0x30 && byte <= 0x39);
