/** What bytes are to the scanner. */

/** By byte: 1 where it may stand in a string as it is. Every byte of a character beyond ASCII is above 0x7f. */
export const plain: Uint8Array = (() => {
  const table = new Uint8Array(256).fill(1);
  table.fill(0, 0, 0x20);
  for (const special of '"\\') table[special.charCodeAt(0)] = 0;
  return table;
})();

const only = (characters: string): Uint8Array => {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
};

/** RFC 8259 (2) has four. */
export const blank: Uint8Array = only('\t\n\r ');
export const digit: Uint8Array = only('0123456789');
const hex = only('0123456789abcdefABCDEF');

export interface Literal {
  readonly text: string;
  readonly kind: 'boolean' | 'null';
}

/** By the first character. */
export const literals: Readonly<Record<string, Literal>> = {
  t: { text: 'true', kind: 'boolean' },
  f: { text: 'false', kind: 'boolean' },
  n: { text: 'null', kind: 'null' },
};

export const isHexEscape = (bytes: Uint8Array, at: number): boolean =>
  hex[bytes[at]!] === 1 && hex[bytes[at + 1]!] === 1 && hex[bytes[at + 2]!] === 1 && hex[bytes[at + 3]!] === 1;

/** What a string says that stands from `start` to `end`, quotes included; of a number or a word its characters. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] !== 0x22) return bytes.toString('latin1', start, end);
  const raw = bytes.toString('utf8', start + 1, end - 1);
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
}
