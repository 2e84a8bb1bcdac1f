import { readOptions, text, whole } from './arguments.ts';
import { length } from './text.ts';
import type { Codec } from './codec.ts';

/** One text in several pieces. */
export const linesCodec: Codec = {
  name: 'lines',
  doc:
    'One text that the wire cuts into pieces of `width` characters: the occurrences of the slot are joined on reading and cut again on building, into as many as the slot has, or `count` where that is less. ' +
    'A full piece runs on in the next (of `width`, or as long as the format lets it be where that is less); one that is not full ends a line, and the text keeps the line break, so that words of two lines are never one. ' +
    'With `glue: " "` pieces are joined with a blank and cut at blanks; a word longer than a piece is broken, which is reported.',
  examples: [
    { args: '{ lines: 5 }', wire: ['STC 7', '4 PAL', 'LETS'], value: 'STC 74 PALLETS' },
    { args: '{ lines: 5, glue: " " }', wire: ['STC', '74', 'BOXES'], value: 'STC 74 BOXES', prints: ['STC', '74', 'BOXES'] },
    { args: '{ lines: 5, count: 2 }', wire: ['AB', 'C'], value: 'AB\nC' },
  ],
  compile(args, { pieces, width: most }) {
    const options = readOptions(args, 'lines', 'width', ['width', 'glue', 'count']);
    const width = whole(options, 'width', 1, 99_999);
    const agreed = whole(options, 'count', 1, 99_999);
    const count = agreed === undefined ? pieces : Math.min(agreed, pieces ?? agreed);
    const glue = text(options, 'glue') ?? '';
    if (width === undefined && options.problems.length === 0) options.problems.push('`lines` needs the width of a piece, as in `lines: 70`');
    if (glue.length > 1) options.problems.push('`glue` must be one character or none');
    if (options.problems.length > 0 || width === undefined) return { problems: options.problems };
    const full = Math.min(width, most ?? width);
    const glued = (last: string): string => (glue !== '' ? glue : isFull(last, full) ? '' : '\n');
    return {
      inputs: undefined,
      list: true,
      glance(wire, next) {
        if (wire === '' || wire.length > width || next === '') return undefined;
        if (next === undefined) return wire;
        return next.length > width ? undefined : wire + glued(wire) + next;
      },
      parse(wires) {
        let value: string | undefined;
        let long: string | undefined;
        let last = '';
        for (const wire of wires) {
          if (wire === undefined || wire === '') continue;
          if (long === undefined && wire.length > width && length(wire) > width) long = wire;
          value = value === undefined ? wire : value + glued(last) + wire;
          last = wire;
        }
        return long === undefined ? { ok: true, value } : { ok: true, value, note: `a piece has ${length(long)} characters, at most ${width} were agreed` };
      },
      print(value) {
        if (typeof value !== 'string') return { ok: false, reason: `is a quantity (${value.value} ${value.unit}), not text` };
        if (value === '') return { ok: false, reason: 'is empty' };
        const lines = glue === '' ? value.split(/\r?\n/).filter((line) => line !== '') : [value];
        const cuts = lines.map((line) => cut(/[\ud800-\udbff]/.test(line) ? [...line] : line, full, glue));
        const pieces = cuts.flatMap((each) => each.pieces);
        const broken = cuts.some((each) => each.broken);
        if (pieces.length === 0) return { ok: false, reason: 'has blank lines only' };
        if (count !== undefined && pieces.length > count)
          return { ok: false, reason: `has ${length(value)} characters, ${count} pieces of ${full} can be written` };
        return broken ? { ok: true, texts: pieces, note: `a word of more than ${full} characters was broken` } : { ok: true, texts: pieces };
      },
      domain: { kind: 'text', ...(count === undefined ? {} : { max: full * count }) },
      lossless: glue === '' ? 'quotient' : 'lossy', // pieces that were left out between others are closed up
    };
  },
};

/** A piece of exactly `width` runs on; any other ends its line. */
const isFull = (piece: string, width: number): boolean => piece.length >= width && length(piece) === width;

/** Cuts at the last glue that leaves a piece of at most `size`; where none does, within the word. Pieces are never empty. */
function cut(characters: string | readonly string[], size: number, glue: string): { readonly pieces: readonly string[]; readonly broken: boolean } {
  const piece = (from: number, to: number): string => (typeof characters === 'string' ? characters.slice(from, to) : characters.slice(from, to).join(''));
  const pieces: string[] = [];
  let broken = false;
  let at = 0;
  while (characters.length - at > size) {
    let end = at + size;
    if (glue !== '') {
      while (end > at && characters[end] !== glue) end--;
      if (end === characters.length - 1) while (--end > at && characters[end] !== glue);
    }
    if (glue !== '' && end > at) {
      pieces.push(piece(at, end));
      at = end + 1;
    } else {
      pieces.push(piece(at, at + size));
      at += size;
      broken ||= glue !== '';
    }
  }
  if (at < characters.length) pieces.push(piece(at, characters.length));
  return { pieces, broken };
}
