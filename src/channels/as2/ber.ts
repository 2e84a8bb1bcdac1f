/**
 * BER as far as CMS needs it (ITU-T X.690): elements as spans of the bytes, so that fifty megabytes of content are neither
 * copied nor made into objects. Structures inside (signers, recipients, algorithms) are small, and `pkijs` reads them.
 */
export interface Element {
  readonly tag: number; // the identifier octet: class, constructed or not, number
  readonly at: number; // of the identifier octet
  readonly start: number; // of the content
  readonly end: number; // of the content
  readonly next: number; // behind it, with its end-of-contents octets
}

/** What the bytes hold is not BER, or nested deeper than any message is. Stays inside this folder. */
export class Malformed extends Error {}

export const tags = { integer: 0x02, octets: 0x04, null: 0x05, oid: 0x06, sequence: 0x30, set: 0x31 } as const;
export const context = (number: number, constructed = true): number => 0x80 | (constructed ? 0x20 : 0) | number;

const deepest = 32; // levels of elements without a length

/** The element at `at`. Throws `Malformed`. */
export function elementAt(bytes: Uint8Array, at: number, limit = bytes.length, depth = 0): Element {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > limit || (tag & 0x1f) === 0x1f || depth > deepest) throw new Malformed(`no element at ${at}`);
  if (first === 0x80) {
    if ((tag & 0x20) === 0) throw new Malformed(`a primitive element without a length at ${at}`);
    let end = at + 2;
    while (!(bytes[end] === 0 && bytes[end + 1] === 0 && end + 2 <= limit)) end = elementAt(bytes, end, limit, depth + 1).next;
    return { tag, at, start: at + 2, end, next: end + 2 };
  }
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (count > 6) throw new Malformed(`a length of ${count} octets at ${at}`);
  let length = count === 0 ? first : 0;
  for (let i = 0; i < count; i++) length = length * 256 + (bytes[at + 2 + i] ?? Infinity);
  const start = at + 2 + count;
  const end = start + length;
  if (!(end <= limit)) throw new Malformed(`the element at ${at} is cut short`);
  return { tag, at, start, end, next: end };
}

/** The elements inside a constructed one. */
export function elementsOf(bytes: Uint8Array, { start, end }: Pick<Element, 'start' | 'end'>): Element[] {
  const found: Element[] = [];
  for (let at = start; at < end;) {
    const element = elementAt(bytes, at, end);
    found.push(element);
    at = element.next;
  }
  return found;
}

/** The element itself, as it stands there. */
export const whole = (bytes: Uint8Array, { at, next }: Element): Uint8Array => bytes.subarray(at, next);
export const content = (bytes: Uint8Array, { start, end }: Element): Uint8Array => bytes.subarray(start, end);

/** The octets of a string, which may come in pieces that may come in pieces. */
export function octetsOf(bytes: Uint8Array, element: Element, depth = 0): Uint8Array[] {
  if ((element.tag & 0x20) === 0) return [content(bytes, element)];
  if (depth > deepest) throw new Malformed('strings nested too deep');
  return elementsOf(bytes, element).flatMap((piece) => octetsOf(bytes, piece, depth + 1));
}

/** An object identifier in dots. */
export function oidOf(bytes: Uint8Array, element: Element | undefined): string {
  if (element?.tag !== tags.oid) throw new Malformed('an object identifier is missing');
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of content(bytes, element)) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet & 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(Math.floor(arc / 40), 2), arc - 40 * Math.min(Math.floor(arc / 40), 2));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

/** An element in DER around what is given. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([head(tag, parts.reduce((sum, { length }) => sum + length, 0)), ...parts]); // prettier-ignore
}

/** The same in pieces, for what is too large to be copied at every level. */
export function derPieces(tag: number, parts: readonly Uint8Array[]): Uint8Array[] {
  return [head(tag, parts.reduce((sum, { length }) => sum + length, 0)), ...parts]; // prettier-ignore
}

function head(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([tag, 0x80 | octets.length, ...octets]);
}

export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const base128 = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) base128.unshift((left % 128) | 0x80);
    return base128;
  });
  return der(tags.oid, Uint8Array.from(octets));
}

export const derInteger = (value: number): Buffer => der(tags.integer, Uint8Array.of(value));
export const derNull = Buffer.from([tags.null, 0]);
/** AlgorithmIdentifier; without parameters where none are given. */
export const algorithm = (oid: string, parameters?: Uint8Array): Buffer => der(tags.sequence, derOid(oid), ...(parameters ? [parameters] : []));
