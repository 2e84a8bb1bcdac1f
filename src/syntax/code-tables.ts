import iconv from 'iconv-lite';
import { stepOf, type Multibyte } from './gate.ts';

/**
 * The characters of code tables, by their bytes and back. A byte that a table has no character for is kept as U+F700 and its value
 * (private use), so that none is lost: it is written back as it came. What a table itself has there is kept byte by byte too.
 */
const keep = 0xf700;
const kept = /[\uf700-\uf7ff]/;
const none = /[\ufffd\ud800-\udfff]/u; // a replacement, or half a character
const doubtful = /[\ufffd\ud800-\udfff\ue000-\uf8ff]/u; // or private use, which some tables read and do not write

export const isKept = (character: string): boolean => kept.test(character);
export const keptByte = (byte: number): string => String.fromCharCode(keep + byte);

/** The bytes of a text that no character was found for, in hex; undefined where there are none. */
export function keptBytes(text: string): string | undefined {
  const found = text.match(/[\uf700-\uf7ff]+/g);
  return found?.map((run) => Array.from(run, (each) => (each.charCodeAt(0) - keep).toString(16).padStart(2, '0')).join('')).join(' ');
}

/** Characters of the 256 bytes of a table of one byte. */
export function singleBytes(encoding: string): readonly string[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const character = iconv.decode(Buffer.of(byte), encoding);
    return character === '\ufffd' ? keptByte(byte) : character;
  });
}

/** The character that bytes stand for, or undefined. */
export function characterOf(encoding: Multibyte | 'gb2312', bytes: Buffer): string | undefined {
  const text = iconv.decode(bytes, encoding);
  return text === '' || none.test(text) || (doubtful.test(text) && !bytesOf(encoding, text)) ? undefined : text;
}

/** The bytes of one character, or undefined. */
export function bytesOf(encoding: Multibyte | 'gb2312', character: string): Buffer | undefined {
  const bytes = iconv.encode(character, encoding);
  return iconv.decode(bytes, encoding) === character && !kept.test(character) ? bytes : undefined;
}

export function decodeMultibyte(encoding: Multibyte, bytes: Buffer): string {
  const whole = iconv.decode(bytes, encoding);
  if (!doubtful.test(whole)) return whole;
  const step = stepOf(encoding);
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const next = step(bytes, at, bytes.length);
    const end = next < 0 ? at + 1 : next;
    const own = bytes.subarray(at, end);
    const character = characterOf(encoding, own);
    // After half a character the usual bytes of this one could be its other half.
    const isSafe = character !== undefined && (!kept.test(text.slice(-1)) || bytesOf(encoding, character)?.equals(own));
    text += isSafe ? character : Array.from(own, keptByte).join('');
    at = end;
  }
  return text;
}

/** The bytes of a text, those that were kept among them; or at which character (in UTF-16 units) there are none. */
export function encodeMultibyte(encoding: Multibyte, text: string): Buffer | number {
  const bytes = Buffer.concat(
    text.split(/([\uf700-\uf7ff])/).map((piece, odd) => (odd % 2 === 1 ? Buffer.of(piece.charCodeAt(0) - keep) : iconv.encode(piece, encoding))),
  );
  if (decodeMultibyte(encoding, bytes) === text) return bytes;
  let at = 0;
  for (const character of text) {
    if (!kept.test(character) && !bytesOf(encoding, character)) return at;
    at += character.length;
  }
  return Math.max(0, text.search(kept)); // bytes that were kept of another table, and mean something in this one
}
