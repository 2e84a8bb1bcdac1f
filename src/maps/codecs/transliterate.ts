import { flag, oneOf, readOptions, whole } from './arguments.ts';
import type { Codec } from './codec.ts';
import { repertoires, type Repertoire } from './repertoire.ts';
import { cyrillics, latins, nearLetters, type Scripts } from './scripts.ts';
import { length } from './text.ts';

const names = Object.keys(repertoires) as Repertoire[];

/** Text for a target that has fewer characters: written in the nearest letters, by tables that the map names. */
export const transliterateCodec: Codec = {
  name: 'transliterate',
  doc:
    'Text for a target whose character set (`charset`: UNOA, UNOB, ASCII, LATIN1) is smaller than what may be stated. It is read as it stands. What the ' +
    'charset has not is written in the nearest letters, which is reported, and known to `map forecast`. Latin letters with marks go by ICAO Doc 9303-3 ' +
    '(`ä` is `ae`), with `latin: plain` they only lose the marks. `cyrillic` names the language whose table of ICAO Doc 9303-3 is used (ru, be, bg, mk, sr, uk), ' +
    '`greek: true` uses ELOT 743. A script that is not named is refused, as are Han, kana, Hangul, Arabic and Hebrew always. `max` is the longest text.',
  examples: [
    { args: 'UNOA', wire: ['HAFENSTR 1'], value: 'HAFENSTR 1' },
    { args: 'UNOA', wire: ['Müller & Søn'], value: 'Müller & Søn', prints: ['MUELLER & SOEN'] },
    { args: 'ASCII', wire: ['Ærøskøbing'], value: 'Ærøskøbing', prints: ['Aeroeskoebing'] },
    { args: '{ charset: ASCII, latin: plain }', wire: ['Göteborg'], value: 'Göteborg', prints: ['Goteborg'] },
    { args: '{ charset: ASCII, cyrillic: ru }', wire: ['Щербаков Юрий'], value: 'Щербаков Юрий', prints: ['Shcherbakov Iurii'] },
    { args: '{ charset: UNOA, cyrillic: uk }', wire: ['Одеса, вул. Єврейська'], value: 'Одеса, вул. Єврейська', prints: ['ODESA, VUL. IEVREISKA'] },
    { args: '{ charset: ASCII, greek: true }', wire: ['Λαύριο Ευβοίας'], value: 'Λαύριο Ευβοίας', prints: ['Lavrio Evvoias'] },
  ],
  compile(args) {
    const options = readOptions(args, 'transliterate', 'charset', ['charset', 'latin', 'cyrillic', 'greek', 'max']);
    const charset = oneOf(options, 'charset', names);
    const max = whole(options, 'max', 1, 99_999);
    const scripts: Scripts = {
      latin: oneOf(options, 'latin', latins) ?? 'icao',
      cyrillic: oneOf(options, 'cyrillic', cyrillics),
      greek: flag(options, 'greek'),
    };
    if (charset === undefined && options.problems.length === 0) options.problems.push('`transliterate` needs the `charset` to write in');
    if (options.problems.length > 0) return { problems: options.problems };
    return {
      inputs: undefined,
      parse([wire]) {
        if (wire === undefined || wire === '') return { ok: true, value: undefined };
        const size = length(wire);
        return max !== undefined && size > max
          ? { ok: true, value: wire, note: `has ${size} characters, at most ${max} were agreed` }
          : { ok: true, value: wire };
      },
      print(value, width) {
        if (typeof value !== 'string') return { ok: false, reason: `is a quantity (${value.value} ${value.unit}), not text` };
        const { written, strangers } = write(value, charset!, scripts);
        if (strangers.length > 0) {
          const shown = [...new Set(strangers)].slice(0, 10).join('');
          return { ok: false, reason: `has characters that ${charset} has not, and no table near them: \`${shown}\`` };
        }
        if (written === '') return { ok: false, reason: value === '' ? 'is empty' : `nothing of \`${value}\` is left in ${charset}` };
        const limit = Math.min(max ?? Infinity, width ?? Infinity);
        const size = length(written);
        if (size > limit) return { ok: false, reason: `has ${size} characters when written in ${charset}, at most ${limit} can be written` };
        return written === value
          ? { ok: true, texts: [written] }
          : { ok: true, texts: [written], note: `\`${value}\` is written \`${written}\` in ${charset}` };
      },
      domain: { kind: 'text', ...(max === undefined ? {} : { max }) },
      lossless: 'lossy',
    };
  },
};

/** A text in the characters of a charset, and those of its own that it has nothing near for. */
function write(text: string, charset: Repertoire, scripts: Scripts): { readonly written: string; readonly strangers: readonly string[] } {
  const allowed = repertoires[charset];
  if (allowed.test(text)) return { written: text, strangers: [] };
  const strangers: string[] = [];
  let written = '';
  for (const { from, near } of nearLetters(text, scripts)) {
    const found = [from, near, from.toUpperCase(), near?.toUpperCase()].find((each) => each !== undefined && allowed.test(each));
    if (found === undefined) strangers.push(from);
    else written += found;
  }
  return { written, strangers };
}
