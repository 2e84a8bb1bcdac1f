import { oneOf, readOptions, text as word, whole } from './arguments.ts';
import { repertoires, type Repertoire } from './repertoire.ts';
import type { Codec } from './codec.ts';

const names = Object.keys(repertoires) as Repertoire[];

/** Characters as stated: what an element without a codec is. */
export const textCodec: Codec = {
  name: 'text',
  doc:
    'Characters as stated. `max` narrows the length below what the directory allows: longer text is kept and noted on reading, refused on writing. ' +
    '`charset` (UNOA, UNOB, ASCII, LATIN1) names the characters that may be written; others are refused (`transliterate` writes the nearest letters). ' +
    '`none` is the word on the wire that states nothing: it is written where nothing is stated.',
  examples: [
    { args: 'true', wire: ['ACME GmbH'], value: 'ACME GmbH' },
    { args: '{ max: 35, charset: UNOA }', wire: ['HAFENSTR 1'], value: 'HAFENSTR 1' },
    { args: '{ none: T }', wire: ['T'] },
    { args: '{ none: T }', wire: ['P'], value: 'P' },
  ],
  compile(args) {
    const options = readOptions(args, 'text', 'max', ['max', 'charset', 'none']);
    const max = whole(options, 'max', 1, 99_999);
    const charset = oneOf(options, 'charset', names);
    const none = word(options, 'none');
    if (options.problems.length > 0) return { problems: options.problems };
    const allowed = charset === undefined ? undefined : repertoires[charset];
    return {
      inputs: undefined,
      glance: (wire) => (wire !== '' && wire !== none && (max === undefined || wire.length <= max) ? wire : undefined),
      parse([wire]) {
        if (wire === undefined || wire === '') return { ok: true, value: undefined };
        if (wire === none) return { ok: true, value: undefined, fixed: true };
        const size = length(wire);
        if (max !== undefined && size > max) return { ok: true, value: wire, note: `has ${size} characters, at most ${max} were agreed` };
        return { ok: true, value: wire };
      },
      print(value, width) {
        if (typeof value !== 'string') return { ok: false, reason: `is a quantity (${value.value} ${value.unit}), not text` };
        if (value === '') return { ok: false, reason: 'is empty' };
        if (value === none) return { ok: false, reason: 'is the word that states nothing' };
        if (allowed && !allowed.test(value)) return { ok: false, reason: `has characters that ${charset} cannot write: \`${strangers(value, allowed)}\`` };
        const limit = Math.min(max ?? Infinity, width ?? Infinity);
        const size = length(value);
        if (size > limit) return { ok: false, reason: `has ${size} characters, at most ${limit} can be written` };
        return { ok: true, texts: [value] };
      },
      ...(none === undefined ? {} : { supplies: 'word' as const, word: none }),
      domain: { kind: 'text', ...(max === undefined ? {} : { max }), ...(allowed ? { pattern: allowed } : {}) },
      lossless: 'exact',
    };
  },
};

/** Characters, not UTF-16 units: a character outside the basic plane is one. */
export function length(text: string): number {
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    size++;
    if (text.codePointAt(i)! > 0xffff) i++;
  }
  return size;
}

function strangers(text: string, allowed: RegExp): string {
  return [...new Set([...text].filter((character) => !allowed.test(character)))].slice(0, 10).join('');
}
