import * as ebcdic from './ebcdic.ts';
import { decodeMultibyte, encodeMultibyte, keptBytes, singleBytes } from './code-tables.ts';
import { gateOf, isMultibyte, multibyte, type CharsetGate } from './gate.ts';
import { decodeIso2022, encodeIso2022, iso2022, iso2022Gate, type Iso2022 } from './iso-2022.ts';

/**
 * Character sets of EDIFACT interchanges: what a syntax identifier (S001 0001) declares, what the bytes show, and both ways between them.
 *
 * No byte is ever dropped: a run of bytes that is not what was declared is read as UTF-8 where it is valid UTF-8, else one character
 * a byte; and what a code table has no character for is kept (`code-tables.ts`). `encode` gives the same bytes again, but of a
 * character that a table has twice the one that is usual, and of ISO 2022 no sequence that changes nothing.
 */
export interface Charset {
  readonly label: string; // as declared, 'UNOA'
  readonly declared: Encoding; // what the label means
  readonly encoding: Encoding; // what it is read as: the same, unless something else was agreed
  readonly known: boolean; // false: a label we have no table for, read as ASCII
  /** Whether bytes of 0x80 and above are looked at as UTF-8 before the declaration is believed. */
  readonly doubtful: boolean;
  /** Per byte: 1 where the repertoire has the character. Bytes of 0x80 and above are judged by `high`. */
  readonly repertoire: Uint8Array;
  /** Whether the declaration allows bytes of 0x80 and above at all. */
  readonly high: boolean;
  readonly gate?: CharsetGate;
}

/** Pages of DOS, Windows and mainframes, of which files of records are made. */
const codePages = ['cp437', 'cp850', 'cp852', 'cp858', 'cp866', 'windows-1250', 'windows-1251', 'windows-1253', 'windows-1254', 'windows-1257'] as const;
const singleByte = [
  'ascii',
  'windows-1252',
  ...codePages,
  'cp037',
  'cp500',
  ...([1, 2, 3, 4, 5, 6, 7, 8, 9, 15] as const).map((part) => `iso-8859-${part}` as const),
] as const;
export const encodings = [...singleByte, 'utf-8', ...multibyte, ...iso2022] as const;
export type Encoding = (typeof encodings)[number];
type SingleByte = (typeof singleByte)[number];

export const isEncoding = (name: string): name is Encoding => encodings.some((each) => each === name);

/** The encoding of that name; `us-ascii` and `ascii` are one. */
export function encodingNamed(name: string): Encoding | undefined {
  const plain = name.toLowerCase() === 'us-ascii' ? 'ascii' : name.toLowerCase();
  return isEncoding(plain) ? plain : undefined;
}

/** What a partner's syntax identifiers really mean, where they agreed so: `{ UNOA: 'big5' }`; `*` stands for any. */
export type AgreedCharsets = Readonly<Record<string, Encoding>>;

// ISO 9735 level A and B as written for syntax 1 to 3; syntax 4 (ISO 646 invariants) adds the low line.
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-()/=\'+:?!"%&*;<>';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const SEPARATORS_B = '\x1c\x1d\x1f'; // information separators 4, 3 and 1, the separators of level B

function repertoire(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

const graphic = repertoire(Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i)).join('') + SEPARATORS_B);

interface Row {
  readonly encoding: Encoding;
  readonly repertoire: Uint8Array;
  readonly doubtful?: boolean;
  readonly high?: boolean;
}

const levelA: Row = { encoding: 'ascii', repertoire: repertoire(UPPER), doubtful: true, high: false };
const levelB: Row = { encoding: 'ascii', repertoire: repertoire(UPPER + LOWER + SEPARATORS_B), doubtful: true, high: false };
const eightBit = (encoding: Encoding): Row => ({ encoding, repertoire: graphic });
const utf8: Row = { encoding: 'utf-8', repertoire: graphic, doubtful: true };
const extended = Object.assign(graphic.slice(), { 0x0e: 1, 0x0f: 1, 0x1b: 1 }); // with the shifts and the escape of ISO 2022

/** Source: ISO 9735-1, syntax identifiers; UNOW and UNOY are ISO 10646, read as UTF-8. IATA, IATB, SIRE and KECA are conventions of communities, met in real traffic. */
const labels: Readonly<Record<string, Row>> = {
  UNOA: levelA,
  UNOB: levelB,
  UNOC: { ...eightBit('iso-8859-1'), doubtful: true },
  UNOD: eightBit('iso-8859-2'),
  UNOE: eightBit('iso-8859-5'),
  UNOF: eightBit('iso-8859-7'),
  UNOG: eightBit('iso-8859-3'),
  UNOH: eightBit('iso-8859-4'),
  UNOI: eightBit('iso-8859-6'),
  UNOJ: eightBit('iso-8859-8'),
  UNOK: eightBit('iso-8859-9'),
  UNOL: eightBit('iso-8859-15'),
  UNOW: utf8,
  UNOX: { encoding: 'iso-2022', repertoire: extended },
  UNOY: utf8,
  IATA: { ...levelA, repertoire: graphic },
  IATB: { ...levelB, repertoire: graphic },
  SIRE: { ...levelB, repertoire: graphic },
  KECA: { ...eightBit('euc-kr'), doubtful: true }, // Korea EDIFACT Committee; both bytes of a Korean character are above 0xa0, so none looks like a separator
};
const unknown: Row = { encoding: 'ascii', repertoire: graphic, doubtful: true, high: false };
const lowLine = new Map<Row, Row>([levelA, levelB].map((row) => [row, { ...row, repertoire: Object.assign(row.repertoire.slice(), { 0x5f: 1 }) }]));
const made = new Map<string, Charset>();

/** The charset of a syntax identifier, `''` where there is no UNB. What was agreed on goes before what the identifier means. */
export function charsetOf(label: string, syntaxVersion: string, agreed: AgreedCharsets = {}): Charset {
  const four = syntaxVersion === '4';
  const encoding = agreed[label] ?? agreed['*'];
  const key = `${label} ${four ? 4 : 3} ${encoding ?? ''}`;
  let charset = made.get(key);
  if (!charset) {
    const known = label === '' ? unknown : labels[label];
    const row = known ?? unknown;
    const declared = (four ? lowLine.get(row) : undefined) ?? row;
    charset = { label, known: known !== undefined, doubtful: false, high: true, declared: row.encoding, ...declared };
    if (encoding !== undefined) charset = { ...charset, encoding, doubtful: encoding === 'utf-8', high: true };
    if (isIso2022(charset.encoding)) charset = { ...charset, repertoire: extended };
    else if (encoding !== undefined && isMultibyte(encoding)) charset = { ...charset, gate: gateOf(encoding) };
    if (made.size < 256) made.set(key, charset);
  }
  return isIso2022(charset.encoding) ? { ...charset, gate: iso2022Gate(charset.encoding) } : charset;
}

const isIso2022 = (encoding: Encoding): encoding is Iso2022 => encoding.startsWith('iso-2022');

/** Before anything was declared. */
export const undeclared = charsetOf('', '');

/**
 * What the bytes of 0x80 and above in a run show: UTF-8 where the declaration leaves room for doubt and they are valid UTF-8,
 * Windows-1252 where Latin-1 would have control characters, else what was declared.
 */
export function detect(charset: Charset, bytes: Uint8Array, start: number, end: number): Encoding {
  if (!charset.doubtful) return charset.encoding;
  if (isUtf8(bytes, start, end)) return 'utf-8';
  if (charset.encoding === 'euc-kr') {
    if (keptBytes(decode('euc-kr', bytes, start, end)) === undefined) return 'euc-kr';
  } else if (charset.encoding === 'big5') {
    if (hasBig5(bytes, start, end) && keptBytes(decode('big5', bytes, start, end)) === undefined) return 'big5';
  }
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte >= 0x80 && byte < 0xa0) return 'windows-1252';
  }
  return 'iso-8859-1';
}

const isLetter = (byte: number): boolean => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);

/** Whether a run shows Big5 beyond doubt: two characters that follow each other, or one whose second byte is high or a sign. In Latin-1 an accented letter stands alone, before letters. */
function hasBig5(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 1 < end; at++) {
    if ((bytes[at] as number) < 0x80) continue;
    const trail = bytes[at + 1] as number;
    if (trail >= 0x80 || !isLetter(trail) || (at + 2 < end && (bytes[at + 2] as number) >= 0x80)) return true;
    at++;
  }
  return false;
}

/** Whether a run of bytes is valid UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end;) {
    const byte = bytes[i++] as number;
    if (byte < 0x80) continue;
    const more = byte >= 0xc2 && byte < 0xe0 ? 1 : byte >= 0xe0 && byte < 0xf0 ? 2 : byte >= 0xf0 && byte < 0xf5 ? 3 : 0;
    if (more === 0 || i + more > end) return false;
    const second = bytes[i] as number;
    const low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    const top = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > top) return false;
    for (let k = 1; k < more; k++) if (((bytes[i + k] as number) & 0xc0) !== 0x80) return false;
    i += more;
  }
  return true;
}

// Windows-1252, 0x80 to 0x9f; the five bytes it leaves undefined stay the control characters of Latin-1, so that none is lost.
const CP1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

const tables = new Map<SingleByte, readonly string[]>();

function table(encoding: SingleByte): readonly string[] {
  let characters = tables.get(encoding);
  if (!characters) {
    const latin = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
    if (encoding === 'windows-1252') characters = latin.map((character, byte) => (byte >= 0x80 && byte < 0xa0 ? (CP1252[byte - 0x80] as string) : character));
    else if (encoding === 'iso-8859-1' || encoding === 'ascii') characters = latin;
    else if (encoding === 'cp037' || encoding === 'cp500') characters = [...ebcdic[encoding]];
    else characters = singleBytes(encoding);
    tables.set(encoding, characters);
  }
  return characters;
}

/**
 * Text of a run of bytes. Never loses one: bytes that are not valid UTF-8 are not given to this function as UTF-8 (see `detect`).
 * `announced`: the code tables in force, where the encoding has several (`CharsetGate`).
 */
export function decode(encoding: Encoding, bytes: Uint8Array, start: number, end: number, announced?: string): string {
  if (encoding === 'utf-8') return asBuffer(bytes).toString('utf8', start, end);
  if (encoding === 'ascii' || encoding === 'iso-8859-1') return asBuffer(bytes).toString('latin1', start, end);
  if (isMultibyte(encoding)) return decodeMultibyte(encoding, asBuffer(bytes).subarray(start, end));
  if (isIso2022(encoding)) return decodeIso2022(encoding, bytes, start, end, announced);
  const characters = table(encoding);
  let text = '';
  for (let i = start; i < end; i++) text += characters[bytes[i] as number];
  return text;
}

/** The same bytes with Node's own decoders. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes of a text, or the first character the encoding has not. Nothing is replaced in silence. */
export type Encoded = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly index: number; readonly character: string };

const inverses = new Map<SingleByte, ReadonlyMap<string, number>>();

export function encode(encoding: Encoding, text: string): Encoded {
  if (encoding === 'utf-8') {
    const index = text.search(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
    return index < 0 ? { ok: true, bytes: Buffer.from(text, 'utf8') } : { ok: false, index, character: text[index] as string };
  }
  if (isMultibyte(encoding) || isIso2022(encoding)) {
    const bytes = isMultibyte(encoding) ? encodeMultibyte(encoding, text) : encodeIso2022(encoding, text);
    return typeof bytes === 'number' ? { ok: false, index: bytes, character: String.fromCodePoint(text.codePointAt(bytes) ?? 0) } : { ok: true, bytes };
  }
  const top = encoding === 'ascii' ? 0x80 : 0x100;
  let inverse = inverses.get(encoding);
  if (!inverse) {
    inverse = new Map(table(encoding).flatMap((character, byte) => (byte < top ? [[character, byte] as const] : [])));
    inverses.set(encoding, inverse);
  }
  const bytes = Buffer.allocUnsafe(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = inverse.get(text[i] as string);
    if (byte === undefined) return { ok: false, index: i, character: String.fromCodePoint(text.codePointAt(i) as number) };
    bytes[i] = byte;
  }
  return { ok: true, bytes };
}

/** The first byte of a value that the repertoire of the declaration has not, or -1. */
export function outsideRepertoire({ repertoire, high, gate }: Charset, bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] as number;
    if (gate?.opens[byte] === 1) {
      at = gate.skip(bytes, at, bytes.length);
      if (at < 0) return -1;
    } else if (byte < 0x80 ? repertoire[byte] === 0 : !high) return at;
    else at++;
  }
  return -1;
}
