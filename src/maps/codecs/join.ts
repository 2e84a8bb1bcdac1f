import { didYouMean } from '../../diagnostics/suggest.ts';
import { pairs, readOptions, texts } from './arguments.ts';
import { length } from './text.ts';
import type { Codec } from './codec.ts';

/** What may stand in one piece: letters, digits, both, or anything; and how many characters. */
interface Piece {
  readonly slot: string | undefined; // undefined: a literal
  readonly literal: string;
  readonly shape: string; // of one character, as a regular expression
  readonly min: number;
  readonly max: number;
}

const shapes: Readonly<Record<string, string>> = { a: '[A-Za-z]', n: '[0-9]', an: '[A-Za-z0-9]', t: '.' };

/** One fact in several slots. */
export const joinCodec: Codec = {
  name: 'join',
  doc:
    'One fact that the wire writes in several slots, with the characters between them: `join: [prefix, "-", serial]`. So that it can be taken apart again, `parts` says ' +
    'what each slot holds: `n3` three digits, `a2` letters, `an..9` up to nine letters or digits, `t1..20` anything, `n0..2` two digits at most, or nothing. ' +
    'A join that could be taken apart in two ways is refused, and so are texts that their join would part otherwise: they are not what `parts` says.',
  examples: [
    { args: '{ join: [prefix, "-", serial], parts: { prefix: n3, serial: n8 } }', wire: ['125', '12345675'], value: '125-12345675' },
    { args: '{ join: [a, b], parts: { a: an2, b: n1..4 } }', wire: ['BA', '0117'], value: 'BA0117' },
    { args: '{ join: [a, b], parts: { a: n6, b: n0..2 } }', wire: ['010121'], value: '010121' },
    { args: '{ join: [a, b], parts: { a: a1..4, b: n1..10 } }', wire: ['ABC', 'D1'], refused: 'was `ABC` and `D1`, and would be written `ABCD` and `1`' },
  ],
  compile(args, context) {
    const options = readOptions(args, 'join', 'of', ['of', 'parts']);
    const of = texts(options, 'of') ?? [];
    const parts = new Map(pairs(options, 'parts') ?? []);
    const { problems } = options;
    const pieces = of.map((each): Piece => {
      if (!context.slots.has(each)) {
        if (/[A-Za-z]{2}/.test(each)) problems.push(`\`join\`: no slot \`${each}\` is bound in this map${didYouMean(each, context.slots)}`);
        return { slot: undefined, literal: each, shape: '', min: length(each), max: length(each) };
      }
      const [, kind = 't', exact, from, to] = /^(an|a|n|t)(?:(\d{1,4})|(\d{0,4})\.\.(\d{1,4}))$/.exec(parts.get(each) ?? 't1..9999') ?? [];
      const max = Number(exact ?? to ?? 0);
      const min = Number(exact ?? (from === '' ? 1 : (from ?? 0)));
      if (max === 0 || min > max) problems.push(`\`parts\`: \`${each}: ${parts.get(each)!}\` is none of n3, a2, an..9, t1..20, n0..2`);
      return { slot: each, literal: '', shape: shapes[kind]!, min, max };
    });
    for (const name of parts.keys()) if (!of.includes(name)) problems.push(`\`parts\`: \`${name}\` is not joined here`);
    if (pieces.filter((piece) => piece.slot !== undefined).length < 2 && problems.length === 0)
      problems.push('`join` needs two slots or more, as in `join: [prefix, "-", serial]`');
    if (problems.length === 0) ambiguities(pieces, problems);
    if (problems.length > 0) return { problems };

    const inputs = pieces.flatMap((piece) => piece.slot ?? []);
    const needed = pieces.flatMap((piece) => (piece.slot === undefined ? [] : [piece.min > 0]));
    const matcher = new RegExp(
      `^${pieces.map((piece) => (piece.slot === undefined ? escaped(piece.literal) : `(${piece.shape}{${piece.min},${piece.max}})`)).join('')}$`,
      'su',
    );
    const longest = pieces.reduce((sum, piece) => sum + piece.max, 0);
    return {
      inputs,
      parse(wires) {
        const stated = inputs.map((_, i) => (wires[i] === '' ? undefined : wires[i]));
        if (stated.every((wire) => wire === undefined)) return { ok: true, value: undefined };
        const missing = inputs.find((_, i) => needed[i] && stated[i] === undefined);
        if (missing !== undefined) return { ok: false, reason: `\`${missing}\` is missing beside \`${stated.find((wire) => wire !== undefined)!}\`` };
        let next = 0;
        const value = pieces.map((piece) => (piece.slot === undefined ? piece.literal : (stated[next++] ?? ''))).join('');
        const match = value.length <= longest * 2 ? matcher.exec(value) : null;
        if (!match) return { ok: false, reason: `\`${value}\` is not of the form that the map declares` };
        const isSame = stated.every((wire, i) => (wire ?? '') === match[i + 1]);
        return isSame ? { ok: true, value } : { ok: false, reason: `\`${value}\` was ${named(stated)}, and would be written ${named(match.slice(1))}` };
      },
      print(value) {
        const match = typeof value === 'string' && value.length <= longest * 2 ? matcher.exec(value) : null;
        if (!match) return { ok: false, reason: `\`${typeof value === 'string' ? value : value.value}\` is not of the form that the map declares` };
        return { ok: true, texts: match.slice(1).map((text) => (text === '' ? undefined : text)) };
      },
      domain: { kind: 'text', max: longest, pattern: matcher },
      lossless: 'exact',
    };
  },
};

/**
 * Where one piece ends and the next begins must be certain: the pieces before have fixed lengths, or those after have, or the
 * first character of what follows cannot stand in the piece.
 */
function ambiguities(pieces: readonly Piece[], problems: string[]): void {
  const fixed = (piece: Piece): boolean => piece.min === piece.max;
  pieces.slice(0, -1).forEach((piece, i) => {
    const following = pieces[i + 1]!;
    if (piece.slot === undefined || pieces.slice(0, i + 1).every(fixed) || pieces.slice(i + 1).every(fixed) || !meet(piece, following)) return;
    const before = following.slot === undefined ? `the \`${following.literal}\` after it` : `\`${following.slot}\``;
    problems.push(
      `\`join\`: where \`${piece.slot}\` ends and ${before} begins is not certain; give \`${piece.slot}\` a fixed length in \`parts\`, or characters that cannot meet`,
    );
  });
}

function meet(piece: Piece, following: Piece): boolean {
  const inside = new RegExp(`^${piece.shape}$`, 'su');
  if (following.slot === undefined) return inside.test([...following.literal][0] ?? '');
  return ['A', '0', '-'].some((sample) => inside.test(sample) && new RegExp(`^${following.shape}$`, 'su').test(sample));
}

const named = (texts: readonly (string | undefined)[]): string => texts.flatMap((text) => (text ? `\`${text}\`` : [])).join(' and ');
const escaped = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
