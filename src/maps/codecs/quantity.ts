import { compileMeasure } from './measure.ts';
import type { Codec } from './codec.ts';

/** A measure: a number and its unit, as stated. */
export const quantityCodec: Codec = {
  name: 'quantity',
  doc:
    'A measure: a number and its unit, as stated. `unit` is the slot of the unit code (UN/ECE Rec. 20); `default` the unit where the wire states none, ' +
    'alone for a wire that never does. `units` lists the units that may occur, or maps the codes on the wire to those of the dictionary. ' +
    'A measure is never converted, unless `convert: true` asks for the default unit on building; then it is reported. `unitless` is the code of a wire that must state a unit where there is none. ' +
    '`scale`, `round`, `mark` as in `decimal`.',
  examples: [
    { args: '{ unit: unit }', wire: ['18410', 'KGM'], value: { value: '18410', unit: 'KGM' } },
    { args: '{ unit: unit, units: { K: KGM, L: LBR } }', wire: ['.5', 'L'], value: { value: '0.5', unit: 'LBR' }, prints: ['0.5', 'L'] },
    { args: '{ unit: unit, unitless: ZZ }', wire: ['12', 'ZZ'], value: { value: '12', unit: '' } },
    { args: 'KGM', wire: ['18410'], value: { value: '18410', unit: 'KGM' } },
    { args: '{ unit: unit, units: [KGM, TNE] }', wire: ['40', 'FTQ'], refused: 'is not one that the map reads' },
  ],
  compile: (args, context) => compileMeasure(args, 'quantity', 'unit', conversionFactor, context),
};

/**
 * Exact factors to the unit in which each kind is reckoned. UN/ECE Recommendation 20; the pound of 1959 is 0.45359237 kg,
 * the inch 0.0254 m.
 */
// prettier-ignore
const factors: Readonly<Record<string, readonly [base: string, factor: string]>> = {
  KGM: ['KGM', '1'], GRM: ['KGM', '0.001'], TNE: ['KGM', '1000'], LBR: ['KGM', '0.45359237'], ONZ: ['KGM', '0.028349523125'],
  MTQ: ['MTQ', '1'], DMQ: ['MTQ', '0.001'], LTR: ['MTQ', '0.001'], CMQ: ['MTQ', '0.000001'], FTQ: ['MTQ', '0.028316846592'], INQ: ['MTQ', '0.000016387064'],
  MTR: ['MTR', '1'], CMT: ['MTR', '0.01'], MMT: ['MTR', '0.001'], INH: ['MTR', '0.0254'], FOT: ['MTR', '0.3048'],
};

/** The exact factor from one unit to another, where it is a finite decimal: into a base unit, or by a power of ten. */
export function conversionFactor(from: string, to: string): string | undefined {
  const [base, factor] = factors[from] ?? [];
  const [wanted, divisor] = factors[to] ?? [];
  if (base === undefined || base !== wanted) return undefined;
  if (divisor === '1') return factor;
  const power = /^(?:1(0*)|0\.(0*)1)$/.exec(divisor!);
  if (!power) return undefined;
  return shift(factor!, power[1] === undefined ? power[2]!.length + 1 : -power[1].length);
}

/** A decimal times ten to the power of `places`. */
function shift(number: string, places: number): string {
  const [whole = '0', fraction = ''] = number.split('.');
  const digits = (places < 0 ? '0'.repeat(-places) : '') + whole + fraction + (places > 0 ? '0'.repeat(places) : '');
  const point = (places < 0 ? -places : 0) + whole.length + places;
  const tail = digits.slice(point).replace(/0+$/, '');
  return `${digits.slice(0, point).replace(/^0+(?=\d)/, '')}${tail === '' ? '' : `.${tail}`}`;
}
