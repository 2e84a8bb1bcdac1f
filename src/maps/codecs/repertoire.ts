/** The characters that a target can write, and the nearest letters for those that it cannot. */

export type Repertoire = 'UNOA' | 'UNOB' | 'ASCII' | 'LATIN1';

/** ISO 9735:1988, 5: level A (capital letters, no lower case) and level B; ISO 646 and ISO 8859-1 without controls. */
export const repertoires: Readonly<Record<Repertoire, RegExp>> = {
  UNOA: /^[A-Z0-9 .,\-()/='+:?!"%&*;<>]*$/,
  UNOB: /^[A-Za-z0-9 .,\-()/='+:?!"%&*;<>]*$/,
  ASCII: /^[\x20-\x7e]*$/,
  LATIN1: /^[\x20-\x7e\xa0-\xff]*$/,
};

/** Letters that do not fall apart into a base letter and a mark, and those for which ICAO Doc 9303-3, 6 asks two letters. */
// prettier-ignore
const letters: Readonly<Record<string, string>> = {
  Ä: 'AE', Ö: 'OE', Ü: 'UE', ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', ẞ: 'SS',
  Å: 'AA', å: 'aa', Æ: 'AE', æ: 'ae', Ø: 'OE', ø: 'oe', Œ: 'OE', œ: 'oe',
  Ð: 'D',  ð: 'd',  Þ: 'TH', þ: 'th', Đ: 'D',  đ: 'd',  Ł: 'L',  ł: 'l', Ħ: 'H', ħ: 'h', ı: 'i', Ĳ: 'IJ', ĳ: 'ij', Ŧ: 'T', ŧ: 't',
  '‘': "'", '’': "'", '‚': "'", '“': '"', '”': '"', '„': '"', '«': '"', '»': '"', '–': '-', '—': '-', '−': '-', '…': '...',
  '\u00a0': ' ', '€': 'EUR', '№': 'No', '×': 'x', '²': '2', '³': '3', '°': ' deg',
};

/** `text` in the letters of `charset`, or undefined where some character has no near letter (other scripts, controls). */
export function transliterate(text: string, charset: Repertoire): string | undefined {
  const allowed = repertoires[charset];
  let written = '';
  for (const character of text.normalize('NFC')) {
    const near = candidates(character).find((candidate) => allowed.test(candidate));
    if (near === undefined) return undefined;
    written += near;
  }
  return written;
}

function candidates(character: string): readonly string[] {
  const plain = letters[character] ?? character.normalize('NFD').replace(/\p{M}/gu, '');
  return plain === '' ? [character] : [character, plain, character.toUpperCase(), plain.toUpperCase()];
}
