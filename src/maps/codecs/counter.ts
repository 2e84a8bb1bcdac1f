import { compileDerived } from './derived.ts';
import type { Codec } from './codec.ts';

/** The ordinal of a group instance. */
export const counterCodec: Codec = {
  name: 'counter',
  doc:
    'The ordinal of an instance of a group, from 1. Compared on reading (`mismatch: warning` or `error`), written anew on building; it carries no fact. ' +
    '`width` fills with leading zeros.',
  examples: [
    { args: 'bill', wire: ['3', '3'] },
    { args: '{ counter: bill, mismatch: error }', wire: ['3', '4'], refused: 'states 3, it stands at 4' },
  ],
  compile: (args, context) => compileDerived(args, 'counter', context),
};
