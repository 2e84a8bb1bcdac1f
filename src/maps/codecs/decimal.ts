import { oneOf, readOptions, whole } from './arguments.ts';
import { atScale, digitCount, noNumber, readDecimal, roundings, showDecimal, whenDigits, withoutPlus, type Rounding } from './number.ts';
import type { Codec, Printed } from './codec.ts';

/** A decimal number, exact. */
export const decimalCodec: Codec = {
  name: 'decimal',
  doc:
    'A decimal number of any length, exact: digits as stated, a plus sign dropped, with a note. Comma and point are both read; `mark: comma` writes a comma, else a point. ' +
    '`scale` is the number of decimals that may be written: a number with more is refused, or rounded and reported where `round` says how ' +
    '(half-up, half-even, up, down).',
  examples: [
    { args: 'true', wire: ['18410'], value: '18410' },
    { args: 'true', wire: ['12,50'], value: '12.50', prints: ['12.50'] },
    { args: 'true', wire: ['-.5'], value: '-0.5', prints: ['-0.5'] },
    { args: '{ mark: comma }', wire: ['12,5'], value: '12.5' },
    { args: 'true', wire: ['+5.5'], value: '5.5', prints: ['5.5'] },
    { args: 'true', wire: ['1.000,5'], refused: 'is not a number' },
    { args: 'true', wire: ['1.5e3'], refused: 'has an exponent' },
  ],
  compile(args) {
    const options = readOptions(args, 'decimal', 'scale', ['scale', 'mark', 'round']);
    const scale = whole(options, 'scale', 0, 34);
    const mark = oneOf(options, 'mark', ['point', 'comma']);
    const rounding = oneOf(options, 'round', roundings);
    if (rounding !== undefined && scale === undefined) options.problems.push('`round` needs a `scale` to round to');
    if (options.problems.length > 0) return { problems: options.problems };
    return {
      inputs: undefined,
      glance: whenDigits,
      parse([wire]) {
        if (wire === undefined || wire === '') return { ok: true, value: undefined };
        const number = readDecimal(wire);
        return number ? { ok: true, value: showDecimal(number), ...withoutPlus(wire) } : { ok: false, reason: noNumber(wire) };
      },
      print(value, width) {
        if (typeof value !== 'string') return { ok: false, reason: `is a quantity (${value.value} ${value.unit}), not a plain number` };
        return printDecimal(value, scale, rounding, mark === 'comma', width);
      },
      domain: { kind: 'decimal', ...(scale === undefined ? {} : { scale }) },
      lossless: 'quotient',
    };
  },
};

/** Writes a number under a scale and a width in digits; also the value of a quantity. */
export function printDecimal(value: string, scale: number | undefined, rounding: Rounding | undefined, comma: boolean, width: number | undefined): Printed {
  const stated = readDecimal(value);
  if (!stated) return { ok: false, reason: `\`${value}\` is not a number` };
  const fitted = atScale(stated, scale ?? stated.fraction.length, rounding);
  if (!fitted) return { ok: false, reason: `\`${value}\` has ${stated.fraction.length} decimals, at most ${scale} can be written` };
  const digits = digitCount(fitted.number);
  if (width !== undefined && digits > width) return { ok: false, reason: `has ${digits} digits, at most ${width} can be written` };
  const shown = showDecimal(fitted.number);
  const texts = [comma ? shown.replace('.', ',') : shown];
  return fitted.exact ? { ok: true, texts } : { ok: true, texts, note: `\`${value}\` was rounded to \`${shown}\`` };
}
