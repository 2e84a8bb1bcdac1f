import { decode, encode, type Encoding } from '../charset.ts';
import type { Column } from './layout.ts';

/**
 * text     as it stands, its filling left out
 * digits   digits that are no number: leading zeros are kept
 * number   digits with implied decimals and a sign where the layout says so, else a number as written
 * packed   two digits a byte, the last half byte a sign (COMP-3)
 * binary   a whole number in two's complement, the highest byte first (COMP)
 */
export type ColumnType = 'text' | 'digits' | 'number' | 'packed' | 'packed-digits' | 'binary';

/** Bytes that are no value of their column, and why. */
export interface Unreadable {
  readonly why: string;
}

/** Whether a column holds half bytes or bits, not characters. */
export const isCoded = ({ type }: Column): boolean => type === 'packed' || type === 'packed-digits' || type === 'binary';

/** Whether a column of half bytes is empty: it holds blanks, or no sign. */
export function isFilling(bytes: Uint8Array, start: number, end: number, blank: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== bytes[start]) return false;
  return bytes[start] === blank || bytes[start] === 0;
}

/** The value in the one form in which maps see it: a number as `-1234.50`, all else as it stands. */
export function readColumn(column: Column, encoding: Encoding, bytes: Uint8Array, start: number, end: number): string | Unreadable {
  if (column.type === 'packed' || column.type === 'packed-digits') return readPacked(column, bytes, start, end);
  if (column.type === 'binary')
    return plainNumber(BigInt.asIntN(8 * (end - start), BigInt(`0x${Buffer.from(bytes.subarray(start, end)).toString('hex')}`)).toString(), column);
  return readText(column, decode(encoding, bytes, start, end));
}

/** The same of text that was decoded. */
export function readText(column: Column, text: string): string | Unreadable {
  if (column.type === 'text') return text;
  if (column.type === 'digits') return /^\d+$/.test(text) ? text : { why: 'digits only' };
  if (column.decimals === undefined) return readWritten(column, text);
  const [digits, negative] = unsigned(column, text);
  return /^\d+$/.test(digits) ? plainNumber(negative ? `-${digits}` : digits, column) : { why: `digits with ${column.decimals} implied decimals` };
}

/** A number that has its decimal mark: `1.234` where the mark is a comma is no number. */
function readWritten({ point }: Column, text: string): string | Unreadable {
  const plain = point === '.' ? text : text.includes('.') ? '' : text.replace(point, '.');
  const [, sign = '', digits = ''] = /^([+-]?)(\d+(?:\.\d+)?)$/.exec(plain) ?? [];
  return digits === '' ? { why: `a number with \`${point}\` before its decimals` } : `${sign === '-' ? '-' : ''}${digits}`;
}

// Overpunched signs: the zone of the last digit, as it reads in EBCDIC and in what is made of it in ASCII.
const plusDigits = '{ABCDEFGHI';
const minusDigits = '}JKLMNOPQR';

function unsigned({ sign }: Column, text: string): readonly [digits: string, negative: boolean] {
  const last = text.at(-1) ?? '';
  if (sign === 'leading' && /^[+-]/.test(text)) return [text.slice(1).trimStart(), text.startsWith('-')];
  if (sign === 'trailing' && /[+-]$/.test(text)) return [text.slice(0, -1).trimEnd(), last === '-'];
  if (sign !== 'over') return [text, false];
  const negative = minusDigits.includes(last);
  const digit = negative ? minusDigits.indexOf(last) : plusDigits.indexOf(last);
  return [digit < 0 ? text : text.slice(0, -1) + String(digit), negative];
}

/** Digits with a sign as a number: leading zeros go, the decimals that are implied come to stand behind a point. */
function plainNumber(digits: string, { decimals = 0 }: Column): string {
  const negative = digits.startsWith('-');
  const all = digits
    .slice(negative ? 1 : 0)
    .replace(/^0+/, '')
    .padStart(decimals + 1, '0');
  const number = decimals === 0 ? all : `${all.slice(0, -decimals)}.${all.slice(-decimals)}`;
  return negative && /[1-9]/.test(all) ? `-${number}` : number;
}

function readPacked(column: Column, bytes: Uint8Array, start: number, end: number): string | Unreadable {
  const halves = Buffer.from(bytes.subarray(start, end)).toString('hex');
  const [, digits, sign = ''] = /^(\d*)([a-f])$/.exec(halves) ?? [];
  if (digits === undefined) return { why: `packed digits with a sign, not the bytes ${halves}` };
  return column.type === 'packed-digits' ? digits : plainNumber(sign === 'd' || sign === 'b' ? `-${digits}` : digits, column);
}

/** What a column of the given length holds for a value. Of a delimited record `length` is no limit that is filled up. */
export function writeColumn(column: Column, encoding: Encoding, text: string, fill: boolean): Uint8Array | Unreadable {
  const { type, length } = column;
  if (type === 'packed' || type === 'packed-digits') return writePacked(column, text);
  if (type === 'binary') return writeBinary(column, text);
  const written = type === 'number' && text !== '' ? writeNumber(column, text, fill) : type === 'digits' && !/^\d*$/.test(text) ? { why: 'digits only' } : text;
  if (typeof written !== 'string') return written;
  const encoded = encode(encoding, written);
  if (!encoded.ok) return { why: `no \`${encoded.character}\`, which ${encoding} has not` };
  const { bytes } = encoded;
  if (length > 0 && (fill ? bytes.length : [...written].length) > length) return { why: `at most ${length} ${fill ? 'bytes' : 'characters'}` };
  if (!fill || bytes.length === length) return bytes;
  const blank = encode(encoding, ' ');
  const filled = new Uint8Array(length).fill(blank.ok ? (blank.bytes[0] as number) : 0x20);
  filled.set(bytes, column.right ? length - bytes.length : 0);
  return filled;
}

/** The digits of a number, its decimals as many as are implied; a number that has more is another number. */
function digitsFor({ decimals = 0 }: Column, text: string): { readonly digits: string; readonly negative: boolean } | Unreadable {
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === '') return { why: 'a number' };
  if (/[1-9]/.test(part.slice(decimals))) return { why: `${decimals} decimals` };
  const digits = (whole + part.slice(0, decimals).padEnd(decimals, '0')).replace(/^0+(?=\d)/, '');
  return { digits, negative: sign !== '' && /[1-9]/.test(digits) };
}

function writeNumber(column: Column, text: string, fill: boolean): string | Unreadable {
  const { decimals, sign, length, point } = column;
  if (decimals === undefined) {
    const read = readWritten({ ...column, point: '.' }, text);
    return typeof read === 'string' ? read.replace('.', point) : read;
  }
  const found = digitsFor(column, text);
  if ('why' in found) return found;
  const { negative } = found;
  if (negative && sign === 'none') return { why: 'no sign' };
  const room = length - (sign === 'leading' || sign === 'trailing' ? 1 : 0);
  const digits = fill ? found.digits.padStart(room, '0') : found.digits;
  if (fill && digits.length > room) return { why: `at most ${room} digits` };
  switch (sign) {
    case 'leading':
      return (negative ? '-' : fill ? '+' : '') + digits;
    case 'trailing':
      return digits + (negative ? '-' : fill ? '+' : '');
    case 'over':
      return digits.slice(0, -1) + ((negative ? minusDigits : plusDigits)[Number(digits.at(-1))] ?? '');
    default:
      return digits;
  }
}

function writePacked(column: Column, text: string): Uint8Array | Unreadable {
  const { length, type } = column;
  if (text === '') return new Uint8Array(length);
  const found = type === 'packed-digits' ? (/^\d+$/.test(text) ? { digits: text, negative: false } : { why: 'digits only' }) : digitsFor(column, text);
  if ('why' in found) return found;
  const room = 2 * length - 1;
  if (found.digits.length > room) return { why: `at most ${room} digits` };
  if (found.negative && column.sign === 'none') return { why: 'no sign' };
  return Buffer.from(found.digits.padStart(room, '0') + (found.negative ? 'd' : column.sign === 'none' ? 'f' : 'c'), 'hex');
}

function writeBinary(column: Column, text: string): Uint8Array | Unreadable {
  const { length } = column;
  if (text === '') return new Uint8Array(length);
  const found = digitsFor(column, text);
  if ('why' in found) return found;
  const number = BigInt(found.negative ? `-${found.digits}` : found.digits);
  if (BigInt.asIntN(8 * length, number) !== number) return { why: `a whole number of ${length} bytes` };
  return Buffer.from(
    BigInt.asUintN(8 * length, number)
      .toString(16)
      .padStart(2 * length, '0'),
    'hex',
  );
}
