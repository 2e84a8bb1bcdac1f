import { compileDerived } from './derived.ts';
import type { Codec } from './codec.ts';

/** How many instances a group has. */
export const countCodec: Codec = {
  name: 'count',
  doc: 'The number of instances of a group. Verified on reading (`mismatch: warning` or `error`), counted anew on building; it carries no fact.',
  examples: [
    { args: 'item', wire: ['2', '2'] },
    { args: '{ count: item, mismatch: error }', wire: ['3', '4'], refused: 'states 3, counted 4' },
  ],
  compile: (args, context) => compileDerived(args, 'count', context),
};
