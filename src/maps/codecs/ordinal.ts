import { readOptions } from './arguments.ts';
import { integerCodec } from './integer.ts';
import type { Codec } from './codec.ts';

/** The number of a row, which a format wants and another may leave to the order of its rows. */
export const ordinalCodec: Codec = {
  name: 'ordinal',
  doc:
    'The number of an instance of a group: a fact where it is stated, any whole number. On building, an instance that has none is given its place ' +
    'among its siblings, from 1: the number of what was only in order is no invention. A number alone is no reason to write the instance.',
  examples: [
    { args: 'true', wire: ['3'], value: '3' },
    { args: 'true', wire: ['0003'], value: '0003' },
    { args: 'true', wire: ['three'], refused: 'is not a whole number' },
  ],
  compile(args, context) {
    const { problems } = readOptions(args, 'ordinal', '', []);
    if (problems.length > 0) return { problems };
    const whole = integerCodec.compile({ integer: 'true' }, context);
    return 'problems' in whole ? whole : { supplies: 'ordinal', ...whole };
  },
};
