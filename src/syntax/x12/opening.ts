import { charsetOf, type AgreedCharsets, type Charset } from '../charset.ts';
import type { ServiceCharacters } from '../segments/service.ts';
import type { Framing, Opened } from '../segments/tokens.ts';
import { x12Gate } from './gate.ts';

/**
 * The header ISA has a fixed width, 106 characters, and shows every separator where it stands (X12.5, X12.6):
 *
 *     ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECIPIENT      *260101*1200*^*00501*000000001*0*P*>~
 *        3                                                                              82                  104 105
 *
 * Byte 3 separates elements, 82 repetitions (from version 00402 on; before it a letter stands there), 104 components, and 105 ends segments. Seen in
 * traffic, and read: ISA wrapped after 80 characters, elements that are not padded, a line break as the terminator.
 */
const WIDTH = 106;
const separators = [3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103]; // positions of the sixteen
const LOOKAHEAD = 2 * WIDTH;

const [A, G, I, S, T] = [0x41, 0x47, 0x49, 0x53, 0x54];

export const x12Framing: Framing = {
  service: { element: 0x2a, component: 0x3e, repetition: 0, terminator: 0x7e, release: 0, decimal: 0x2e },
  mark: I,
  closes: 'IEA',
  lookahead: LOOKAHEAD,
  opens: (byte) => byte === I || byte === G || byte === S,
  reopens: (bytes, at) => bytes[at + 1] === S && bytes[at + 2] === A,
  open(bytes, at, { inside, length, agreed }) {
    if (bytes[at] === I) return bytes[at + 1] === S && bytes[at + 2] === A ? readIsa(bytes, at, length, agreed) : undefined;
    return inside ? undefined : readLoose(bytes, at, length, agreed);
  },
};

/** What ISA shows. Undefined where no ISA is. */
function readIsa(bytes: Uint8Array, from: number, length: number, agreed: AgreedCharsets | undefined): Opened | undefined {
  const element = bytes[from + 3] ?? 0;
  if (!isSeparator(element)) return undefined;
  const all: number[] = []; // offsets of its characters, the line breaks of wrapping left out
  for (let at = from; at < length && all.length <= LOOKAHEAD; at++) if (!isBreak(bytes[at] as number)) all.push(at);
  const byte = (n: number): number => bytes[all[n] ?? length] ?? 0;
  const fixed = separators.every((n) => byte(n) === element);
  const found = fixed ? separators : positionsOf(element, byte, all.length);
  const last = found[15];
  if (found.length < 16 || last === undefined) return undefined;
  const component = byte(last + 1);
  const wide = component >= 0xc2 ? (component >= 0xf0 ? 4 : component >= 0xe0 ? 3 : 2) : 1; // in UTF-8
  const after = (all[last + wide] ?? length) + 1;
  const terminator = bytes[after] ?? 0;
  const version = text(byte, (found[11] as number) + 1, found[12] as number).trim();
  const repetition = byte((found[10] as number) + 1);
  const service: ServiceCharacters = {
    element,
    component: wide === 1 ? component : 0,
    repetition: version >= '00402' && isSeparator(repetition) && repetition !== element ? repetition : 0,
    terminator,
    release: 0,
    decimal: 0x2e,
  };
  const fault = faultOf(service, wide, terminator, fixed);
  return { service, charset: charsetFor(service, agreed), version, fault };
}

/** Where the first sixteen separators stand in an ISA whose elements are not padded; fewer where it is none. */
function positionsOf(element: number, byte: (n: number) => number, count: number): number[] {
  const found: number[] = [];
  for (let n = 0; n < count && found.length < 16; n++) if (byte(n) === element) found.push(n);
  return found;
}

function faultOf(service: ServiceCharacters, wide: number, terminator: number, fixed: boolean): string | undefined {
  const { element, component, repetition } = service;
  const used = [element, component, repetition, terminator].filter((byte) => byte !== 0);
  if (used.some((byte, at) => used.indexOf(byte) !== at)) return 'a separator has two functions';
  if (wide > 1) return 'the component separator is no single byte, and composites are not split';
  if (terminator >= 0x80) return 'the segment terminator is no single byte';
  return fixed ? undefined : 'the elements of ISA do not have their fixed widths';
}

/**
 * A group or a transaction set without an interchange, as files of samples and archives have them: `GS*AM*…` or `ST*309*…`. Its
 * separator shows itself; the terminator is the first of those in use.
 */
function readLoose(bytes: Uint8Array, at: number, length: number, agreed: AgreedCharsets | undefined): Opened | undefined {
  const element = bytes[at + 2] ?? 0;
  const isGroup = bytes[at] === G && bytes[at + 1] === S;
  const isSet =
    bytes[at] === S && bytes[at + 1] === T && isDigit(bytes[at + 3]) && isDigit(bytes[at + 4]) && isDigit(bytes[at + 5]) && bytes[at + 6] === element;
  if (!isSeparator(element) || !(isGroup || isSet)) return undefined;
  for (let n = at; n < length && n < at + LOOKAHEAD; n++) {
    const byte = bytes[n] as number;
    if (byte !== 0x7e && byte !== 0x27 && byte !== 0x0a && byte !== 0x0d) continue;
    const service = { element, component: 0x3e, repetition: 0, terminator: byte, release: 0, decimal: 0x2e };
    return { service, charset: charsetFor(service, agreed), version: '' };
  }
  return undefined;
}

/** No character set is declared: where none was agreed, what the bytes show counts, and separators inside characters separate nothing. */
function charsetFor(service: ServiceCharacters, agreed: AgreedCharsets = {}): Charset {
  const charset = charsetOf('', '', agreed);
  return agreed['*'] === undefined ? { ...charset, encoding: 'big5', doubtful: true, high: true, gate: x12Gate(service) } : charset;
}

const text = (byte: (n: number) => number, from: number, to: number): string => {
  let said = '';
  for (let n = from; n < to; n++) said += String.fromCharCode(byte(n));
  return said;
};
const isBreak = (byte: number): boolean => byte === 0x0a || byte === 0x0d;
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
const isSeparator = (byte: number): boolean =>
  (byte > 0x20 && byte < 0x7f && !/[A-Za-z0-9]/.test(String.fromCharCode(byte))) || (byte >= 0x1c && byte <= 0x1f) || byte === 0x07;
