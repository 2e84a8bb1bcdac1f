import { readOptions, whole } from './arguments.ts';
import { atScale, readDecimal } from './number.ts';
import type { Codec } from './codec.ts';

/** A decimal number written without its mark: the last digits are decimals. */
export const impliedCodec: Codec = {
  name: 'implied',
  doc:
    'A decimal number written without its mark: of `12345` under `implied: 2` the last two digits are decimals, so it means 123.45. ' +
    'With `width` the wire is filled with leading zeros. A number with more decimals is refused, never rounded.',
  examples: [
    { args: '2', wire: ['12345'], value: '123.45' },
    { args: '2', wire: ['5'], value: '0.05' },
    { args: '{ decimals: 3, width: 8 }', wire: ['00001500'], value: '1.500' },
    { args: '2', wire: ['123.45'], refused: 'the decimal mark is implied' },
  ],
  compile(args) {
    const options = readOptions(args, 'implied', 'decimals', ['decimals', 'width']);
    const decimals = whole(options, 'decimals', 0, 18);
    const pad = whole(options, 'width', 1, 34);
    if (decimals === undefined && options.problems.length === 0) options.problems.push('`implied` needs the number of decimals, as in `implied: 2`');
    if (options.problems.length > 0 || decimals === undefined) return { problems: options.problems };
    return {
      inputs: undefined,
      parse([wire]) {
        if (wire === undefined || wire === '') return { ok: true, value: undefined };
        const match = /^([+-]?)(\d+)$/.exec(wire);
        if (!match) return { ok: false, reason: `\`${wire}\` is not digits only: the decimal mark is implied` };
        const digits = match[2]!.padStart(decimals + 1, '0');
        const integral = digits.slice(0, digits.length - decimals).replace(/^0+(?=\d)/, '');
        const fraction = digits.slice(digits.length - decimals);
        return { ok: true, value: `${match[1] === '-' ? '-' : ''}${integral}${decimals === 0 ? '' : `.${fraction}`}` };
      },
      print(value, width) {
        const stated = typeof value === 'string' ? readDecimal(value) : undefined;
        if (!stated) return { ok: false, reason: `\`${typeof value === 'string' ? value : `${value.value} ${value.unit}`}\` is not a plain number` };
        const fitted = atScale(stated, decimals, undefined);
        if (!fitted) return { ok: false, reason: `\`${String(value)}\` has more than ${decimals} decimals` };
        const { number } = fitted;
        const digits = (number.whole + number.fraction.padEnd(decimals, '0')).replace(/^0+(?=\d)/, '').padStart(pad ?? 1, '0');
        const limit = Math.min(pad ?? Infinity, width ?? Infinity);
        if (digits.length > limit) return { ok: false, reason: `has ${digits.length} digits, at most ${limit} can be written` };
        return { ok: true, texts: [`${number.negative ? '-' : ''}${digits}`] };
      },
      domain: { kind: 'decimal', scale: decimals, ...(pad === undefined ? {} : { digits: pad }) },
      lossless: 'quotient',
    };
  },
};
