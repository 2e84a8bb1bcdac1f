import { compileMeasure } from './measure.ts';
import type { Codec } from './codec.ts';

/** Money: a number and its currency, as stated. */
export const amountCodec: Codec = {
  name: 'amount',
  doc:
    'Money: a number and its currency (ISO 4217), as stated. `currency` is the slot of the currency code; `default` the currency where the wire states none. ' +
    '`currencies` lists those that may occur, or maps the codes on the wire. Money is never converted. `none` is the word on the wire for no amount: it states nothing, and is written where nothing is stated. `scale`, `round`, `mark` as in `decimal`.',
  examples: [
    { args: '{ currency: currency }', wire: ['1250,00', 'EUR'], value: { value: '1250.00', unit: 'EUR' }, prints: ['1250.00', 'EUR'] },
    { args: '{ currency: currency, none: NVD }', wire: ['NVD', 'EUR'] },
    { args: '{ currency: currency, default: USD }', wire: ['99.5'], value: { value: '99.5', unit: 'USD' }, prints: ['99.5', 'USD'] },
  ],
  compile: (args, context) => compileMeasure(args, 'amount', 'currency', undefined, context),
};
