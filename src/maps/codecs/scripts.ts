/**
 * Letters of other alphabets in those of the Latin one, as declared by a map. Han, Hangul, kana, Arabic and Hebrew are not here: what
 * they would be is a matter of the word and its language, not of the letter.
 *
 * Latin and Cyrillic: ICAO Doc 9303-3, 6 (A, B); where it leaves a choice, the first. Greek: ELOT 743, the system of the United Nations.
 */
export const latins = ['icao', 'plain'] as const;
export type Latin = (typeof latins)[number];
export const cyrillics = ['ru', 'be', 'bg', 'mk', 'sr', 'uk'] as const;
export type Cyrillic = (typeof cyrillics)[number];

type Letters = Readonly<Record<string, string>>; // of small letters

/** Those that do not fall apart into a base letter and marks; the others lose the marks. */
// prettier-ignore
const latin: Letters = {
  æ: 'ae', œ: 'oe', ø: 'oe', ß: 'ss', ð: 'd', þ: 'th', đ: 'd', ł: 'l', ħ: 'h', ı: 'i', ĳ: 'ij', ŧ: 't', ŋ: 'n', ĸ: 'q', ŀ: 'l', ŉ: 'n',
};
const icao: Letters = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa' };
const plain: Letters = { ø: 'o' };

// prettier-ignore
const russian: Letters = {
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'i', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p',
  р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'shch', ъ: 'ie', ы: 'y', ь: '', э: 'e', ю: 'iu', я: 'ia',
  і: 'i', ѵ: 'y', ґ: 'g', ў: 'u', ѫ: 'u', ѓ: 'g', ђ: 'd', ѕ: 'dz', ј: 'j', ќ: 'k', љ: 'lj', њ: 'nj', ћ: 'c', џ: 'dz', є: 'ie', ї: 'i',
};
/** What differs where the text is Belarusian, Bulgarian, Macedonian, Serbian, Ukrainian. */
const cyrillic: Readonly<Record<Cyrillic, Letters>> = {
  ru: {},
  be: { г: 'h', ё: 'io' },
  bg: { щ: 'sht' },
  mk: { х: 'h', ц: 'c', ѓ: 'gj', ќ: 'kj', џ: 'dj' },
  sr: { г: 'h', ж: 'z', х: 'h', ц: 'c', ч: 'c', ш: 's' },
  uk: { и: 'y' },
};

// prettier-ignore
const greek: Letters = {
  α: 'a', β: 'v', γ: 'g', δ: 'd', ε: 'e', ζ: 'z', η: 'i', θ: 'th', ι: 'i', κ: 'k', λ: 'l', μ: 'm', ν: 'n', ξ: 'x', ο: 'o', π: 'p', ρ: 'r',
  σ: 's', ς: 's', τ: 't', υ: 'y', φ: 'f', χ: 'ch', ψ: 'ps', ω: 'o',
};

/** Signs that are near enough in any script. */
// prettier-ignore
const signs: Letters = {
  '‘': "'", '’': "'", '‚': "'", '“': '"', '”': '"', '„': '"', '«': '"', '»': '"', '–': '-', '—': '-', '−': '-', '‐': '-', '…': '...',
  '\u00a0': ' ', '€': 'EUR', '№': 'No', '×': 'x', '²': '2', '³': '3', '°': ' deg',
};

export interface Scripts {
  readonly latin: Latin;
  readonly cyrillic: Cyrillic | undefined; // undefined: not written in other letters
  readonly greek: boolean;
}

/** A piece of a text: what was there, and what is near it; `near` is undefined where nothing is. */
export interface Piece {
  readonly from: string;
  readonly near: string | undefined;
}

/** The pieces of a text, letter by letter; of Greek some letters go together. */
export function nearLetters(text: string, { latin: way, cyrillic: language, greek: isGreek }: Scripts): readonly Piece[] {
  const table: Letters = {
    ...signs,
    ...latin,
    ...(way === 'icao' ? icao : plain),
    ...(language && { ...russian, ...cyrillic[language] }),
    ...(isGreek && greek),
  };
  const characters = Array.from(text.normalize('NFC'));
  const pieces: Piece[] = [];
  for (let at = 0; at < characters.length; at++) {
    const from = characters[at]!;
    const pair = isGreek ? greekPair(characters, at) : undefined;
    if (pair !== undefined) {
      pieces.push({ from: from + characters[at + 1]!, near: cased(pair, from, characters[at + 1]!) });
      at++;
      continue;
    }
    const small = from.toLowerCase();
    const near = table[small] ?? table[bare(small)] ?? (way === 'plain' || /\p{Script=Latin}/u.test(from) ? withoutMarks(from) : undefined);
    const neighbor = characters[at + 1] ?? characters[at - 1] ?? '';
    pieces.push({
      from,
      near: (table[small] ?? table[bare(small)]) ? cased(near!, from, isLetter(characters[at + 1]) ? characters[at + 1]! : neighbor) : near,
    });
  }
  return pieces;
}

const withoutMarks = (text: string): string | undefined => {
  const rest = text.normalize('NFD').replace(/\p{M}/gu, '');
  return rest === '' || rest === text ? undefined : rest;
};

/** Without accents; what a letter of its own is (й, ї, ё, å) stays one. */
const bare = (letter: string): string => (/\p{Script=Greek}|\p{Script=Cyrillic}/u.test(letter) ? (withoutMarks(letter) ?? letter) : letter);

const isLetter = (character: string | undefined): boolean => character !== undefined && /\p{L}/u.test(character);
const isCapital = (character: string): boolean => character !== character.toLowerCase();

/** A capital that becomes two letters is `Ae` before small letters, `AE` among capitals. */
function cased(near: string, from: string, next: string): string {
  if (!isCapital(from) || near === '') return near;
  return isCapital(next) || near.length === 1 ? near.toUpperCase() : near[0]!.toUpperCase() + near.slice(1);
}

const voiceless = /[θκξπστφχψς]/;

/** Two Greek letters that stand for one sound. */
function greekPair(characters: readonly string[], at: number): string | undefined {
  const small = (offset: number): string => characters[at + offset]?.toLowerCase() ?? '';
  const [first, second] = [small(0), small(1)];
  const base = withoutMarks(second) ?? second;
  const isSplit = second.normalize('NFD').includes('\u0308') || withoutMarks(first) !== undefined; // a diaeresis, or an accent on the first
  if (base === 'υ' && !isSplit && 'αεη'.includes(first) && first !== '') {
    const isHard = voiceless.test(small(2)) || !isLetter(characters[at + 2]);
    return `${greek[first]!}${isHard ? 'f' : 'v'}`;
  }
  if (first === 'ο' && base === 'υ' && !isSplit) return 'ou';
  if (first === 'γ' && (second === 'γ' || second === 'ξ' || second === 'χ')) return `n${second === 'γ' ? 'g' : greek[second]!}`;
  if (first === 'μ' && second === 'π') return isLetter(characters[at - 1]) && isLetter(characters[at + 2]) ? 'mp' : 'b';
  return undefined;
}
