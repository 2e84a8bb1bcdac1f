import iconv from 'iconv-lite';

/**
 * Character sets of EDIFACT interchanges: what a syntax identifier (S001 0001) declares, what the bytes show, and both ways between them.
 *
 * No byte is ever dropped: every decoding here can be undone (`decode` then `encode` gives the same bytes), because a run of bytes
 * that is not what was declared is read as UTF-8 where it is valid UTF-8, else one character a byte.
 */
export interface Charset {
  readonly label: string; // as declared, 'UNOA'
  readonly encoding: Encoding; // what the label means
  readonly known: boolean; // false: a label we have no table for, read as ASCII
  /** Whether bytes of 0x80 and above are looked at as UTF-8 before the declaration is believed. */
  readonly doubtful: boolean;
  /** Per byte: 1 where the repertoire has the character. Bytes of 0x80 and above are judged by `high`. */
  readonly repertoire: Uint8Array;
  /** Whether the declaration allows bytes of 0x80 and above at all. */
  readonly high: boolean;
  /** Code extension (ISO 2022): a byte that opens a run in which no byte is a service character. See `CharsetGate`. */
  readonly gate?: CharsetGate;
}

export type Encoding = 'ascii' | 'utf-8' | 'iso-8859-1' | 'windows-1252' | 'euc-kr' | `iso-8859-${2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 15}`;

/**
 * Under ISO 2022 bytes that look like service characters occur inside characters. A gate is asked at each escape byte where the
 * run ends in which scanning is off: the offset of the first byte that counts again, or -1 where the run goes on past `end`.
 */
export interface CharsetGate {
  readonly escape: number; // 0x1b
  skip(bytes: Uint8Array, at: number, end: number): number;
}

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
  UNOY: utf8,
  IATA: { ...levelA, repertoire: graphic },
  IATB: { ...levelB, repertoire: graphic },
  SIRE: { ...levelB, repertoire: graphic },
  KECA: { ...eightBit('euc-kr'), doubtful: true }, // Korea EDIFACT Committee; both bytes of a Korean character are above 0xa0, so none looks like a separator
};
const unknown: Row = { encoding: 'ascii', repertoire: graphic, doubtful: true, high: false };
const lowLine = new Map<Row, Row>([levelA, levelB].map((row) => [row, { ...row, repertoire: Object.assign(row.repertoire.slice(), { 0x5f: 1 }) }]));
const made = new Map<string, Charset>();

/** The charset of a syntax identifier, `''` where there is no UNB. UNOX is known by name only: its tables come with the declarations. */
export function charsetOf(label: string, syntaxVersion: string): Charset {
  const four = syntaxVersion === '4';
  const key = `${label} ${four ? 4 : 3}`;
  let charset = made.get(key);
  if (!charset) {
    const known = label === '' ? unknown : labels[label];
    const row = known ?? unknown;
    charset = { label, known: known !== undefined, doubtful: false, high: true, ...((four ? lowLine.get(row) : undefined) ?? row) };
    if (made.size < 256) made.set(key, charset);
  }
  return charset;
}

/**
 * What the bytes of 0x80 and above in a run show: UTF-8 where the declaration leaves room for doubt and they are valid UTF-8,
 * Windows-1252 where Latin-1 would have control characters, else what was declared.
 */
export function detect(charset: Charset, bytes: Uint8Array, start: number, end: number): Encoding {
  if (!charset.doubtful) return charset.encoding;
  if (isUtf8(bytes, start, end)) return 'utf-8';
  if (charset.encoding === 'euc-kr') {
    const run = Buffer.from(bytes.subarray(start, end));
    if (iconv.encode(iconv.decode(run, 'euc-kr'), 'euc-kr').equals(run)) return 'euc-kr';
  }
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte >= 0x80 && byte < 0xa0) return 'windows-1252';
  }
  return 'iso-8859-1';
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

/** Characters of a byte table that the decoder leaves undefined are kept as U+F780 to U+F7FF (private use), so that none is lost. */
const keep = 0xf700;
const tables = new Map<Encoding, readonly string[]>();

function table(encoding: Encoding): readonly string[] {
  let characters = tables.get(encoding);
  if (!characters) {
    const latin = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
    if (encoding === 'windows-1252') characters = latin.map((character, byte) => (byte >= 0x80 && byte < 0xa0 ? (CP1252[byte - 0x80] as string) : character));
    else if (encoding === 'iso-8859-1' || encoding === 'ascii') characters = latin;
    else {
      const decoded = latin.map((_, byte) => iconv.decode(Buffer.of(byte), encoding));
      characters = decoded.map((character, byte) => (character === '\ufffd' ? String.fromCharCode(keep + byte) : character));
    }
    tables.set(encoding, characters);
  }
  return characters;
}

/** Text of a run of bytes. Never loses one: bytes that are not valid UTF-8 are not given to this function as UTF-8 (see `detect`). */
export function decode(encoding: Encoding, bytes: Uint8Array, start: number, end: number): string {
  if (encoding === 'utf-8') return asBuffer(bytes).toString('utf8', start, end);
  if (encoding === 'ascii' || encoding === 'iso-8859-1') return asBuffer(bytes).toString('latin1', start, end);
  if (encoding === 'euc-kr') return iconv.decode(asBuffer(bytes).subarray(start, end), 'euc-kr');
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

const inverses = new Map<Encoding, ReadonlyMap<string, number>>();

export function encode(encoding: Encoding, text: string): Encoded {
  if (encoding === 'utf-8') {
    const index = text.search(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
    return index < 0 ? { ok: true, bytes: Buffer.from(text, 'utf8') } : { ok: false, index, character: text[index] as string };
  }
  if (encoding === 'euc-kr') {
    for (let i = 0; i < text.length; i++) {
      const character = String.fromCodePoint(text.codePointAt(i) as number);
      if (iconv.decode(iconv.encode(character, 'euc-kr'), 'euc-kr') !== character) return { ok: false, index: i, character };
    }
    return { ok: true, bytes: iconv.encode(text, 'euc-kr') };
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

/** The first byte of a run that the repertoire of the declaration has not, or -1. */
export function outsideRepertoire(charset: Charset, bytes: Uint8Array): number {
  return bytes.findIndex((byte) => (byte < 0x80 ? charset.repertoire[byte] === 0 : !charset.high));
}
