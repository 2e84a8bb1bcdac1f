import { readOptions, whole } from './arguments.ts';
import { whenDigits, withoutPlus } from './number.ts';
import type { Codec } from './codec.ts';

/** A whole number of any length. */
export const integerCodec: Codec = {
  name: 'integer',
  doc:
    'A whole number of any length: digits as stated, a plus sign dropped, with a note. With `width` the wire is filled with leading zeros to that many digits; ' +
    'they are dropped on reading and written on building.',
  examples: [
    { args: 'true', wire: ['74'], value: '74' },
    { args: 'true', wire: ['+5'], value: '5', prints: ['5'] },
    { args: '{ width: 6 }', wire: ['000074'], value: '74' },
    { args: 'true', wire: ['7.4'], refused: 'is not a whole number' },
  ],
  compile(args) {
    const options = readOptions(args, 'integer', 'width', ['width']);
    const pad = whole(options, 'width', 1, 99);
    if (options.problems.length > 0) return { problems: options.problems };
    return {
      inputs: undefined,
      ...(pad === undefined ? { glance: whenDigits } : {}),
      parse([wire]) {
        if (wire === undefined || wire === '') return { ok: true, value: undefined };
        const match = /^([+-]?)(\d+)$/.exec(wire);
        if (!match) return { ok: false, reason: `\`${wire}\` is not a whole number` };
        const digits = pad === undefined ? match[2]! : match[2]!.replace(/^0+(?=\d)/, '');
        return { ok: true, value: match[1] === '-' ? `-${digits}` : digits, ...withoutPlus(wire) };
      },
      print(value, width) {
        if (typeof value !== 'string') return { ok: false, reason: `is a quantity (${value.value} ${value.unit}), not a whole number` };
        const match = /^(-?)(\d+)$/.exec(value);
        if (!match) return { ok: false, reason: `\`${value}\` is not a whole number` };
        const digits = match[2]!.padStart(pad ?? 0, '0');
        const limit = Math.min(pad ?? Infinity, width ?? Infinity);
        if (digits.length > limit) return { ok: false, reason: `has ${digits.length} digits, at most ${limit} can be written` };
        return { ok: true, texts: [match[1]! + digits] };
      },
      domain: { kind: 'integer', ...(pad === undefined ? {} : { digits: pad }) },
      lossless: 'quotient',
    };
  },
};
