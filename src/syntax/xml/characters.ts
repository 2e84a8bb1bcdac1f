/** What a byte is to the scanner. UTF-8 and ISO-8859-1 are alike here: every byte of a character beyond ASCII is above 0x7f. */

export const LESS = 0x3c;
export const GREATER = 0x3e;

export const TEXT = 0; // nothing the scanner has to look at
const SPECIAL = 1; // `<`, `&`, `]`: markup, a reference, perhaps `]]>`
export const ILLEGAL = 2; // control characters XML 1.0 (2.2) does not have
export const BLANK = 3;

/** By byte: TEXT, SPECIAL, ILLEGAL or BLANK. */
export const kinds: Uint8Array = (() => {
  const table = new Uint8Array(256).fill(TEXT);
  table.fill(ILLEGAL, 0, 0x20);
  for (const blank of '\t\n\r ') table[blank.charCodeAt(0)] = BLANK;
  for (const special of '<&]') table[special.charCodeAt(0)] = SPECIAL;
  return table;
})();

const NAME_START = 1;
const NAME = 2;

/** By byte: 1 may begin a name, 2 may go on in one. Beyond ASCII all are taken, which is laxer than XML 1.0 (2.3). */
const nameKinds: Uint8Array = (() => {
  const table = new Uint8Array(256);
  const set = (characters: string, kind: number): void => {
    for (const character of characters) table[character.charCodeAt(0)] = kind;
  };
  set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_:', NAME_START);
  set('0123456789-.', NAME);
  table.fill(NAME_START, 0x80);
  return table;
})();

export const beginsName = (byte: number): boolean => nameKinds[byte] === NAME_START;

export const goesOn = (byte: number): boolean => nameKinds[byte] !== 0;

/** The end of the name that goes on at `at`. */
export function nameEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && nameKinds[bytes[at]!] !== 0) at++;
  return at;
}

export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && kinds[bytes[at]!] === BLANK) at++;
  return at;
}

export const longestReference = 64; // bytes, `&` and `;` included

/** The characters of the five entities XML has without declarations. */
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** What stands between `&` and `;`: a character, or undefined where it is neither one of the five nor a legal number. */
export function reference(name: string): string | undefined {
  if (!name.startsWith('#')) return Object.hasOwn(entities, name) ? entities[name] : undefined;
  const [, hex, decimal] = /^#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,8}))$/.exec(name) ?? [];
  const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number.parseInt(decimal, 10) : -1;
  return isCharacter(code) ? String.fromCodePoint(code) : undefined;
}

/** Char of XML 1.0 (2.2). */
export function isCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
