import { compileDerived } from './derived.ts';
import type { Codec } from './codec.ts';

/** The total of an element over a group. */
export const sumCodec: Codec = {
  name: 'sum',
  doc: 'The total of an element over its group, exact. Verified on reading (`mismatch: warning` or `error`), added up anew on building; it carries no fact.',
  examples: [
    { args: 'weight', wire: ['12.50', '12.5'], prints: ['12.5'] },
    { args: '{ sum: weight, mismatch: error }', wire: ['3', '4'], refused: 'states 3, the sum is 4' },
  ],
  compile: (args, context) => compileDerived(args, 'sum', context),
};
