import { isMapping, oneOf, pairs, readOptions, slot, text, texts, whole, type Options } from './arguments.ts';
import { digitCount, isDigits, multiply, noNumber, readDecimal, roundings, showDecimal, withoutPlus, type Decimal } from './number.ts';
import { printDecimal } from './decimal.ts';
import type { Quantity, Value } from '../../dictionary/rows.ts';
import type { CodecArgument, CodecContext, CompiledCodec, Parsed, Printed } from './codec.ts';

/**
 * What `quantity` and `amount` share: a number and the code of its unit (or currency) beside it.
 *
 * The value is what was stated. Another unit is written only where the map asks for it (`convert: true`), and then it is reported.
 */
export function compileMeasure(
  args: CodecArgument,
  codec: 'quantity' | 'amount',
  unitOption: 'unit' | 'currency',
  factor: ((from: string, to: string) => string | undefined) | undefined,
  context: CodecContext,
): CompiledCodec | { readonly problems: readonly string[] } {
  const many = unitOption === 'unit' ? 'units' : 'currencies';
  const options = readOptions(args, codec, 'default', [
    unitOption,
    many,
    'default',
    'scale',
    'mark',
    'round',
    ...(factor ? ['convert', 'unitless'] : ['none']),
  ]);
  const beside = slot(options, unitOption, context.slots);
  const preset = text(options, 'default');
  const units = unitTable(options, many);
  const none = text(options, 'none');
  const unitless = text(options, 'unitless');
  const scale = whole(options, 'scale', 0, 34);
  const comma = oneOf(options, 'mark', ['point', 'comma']) === 'comma';
  const rounding = oneOf(options, 'round', roundings);
  const convert = factor !== undefined && oneOf(options, 'convert', ['true', 'false']) === 'true';
  if (beside === undefined && preset === undefined)
    options.problems.push(`\`${codec}\` needs \`${unitOption}\`, the slot of the ${unitOption}, or a \`default\` for a wire that never states one`);
  if (preset !== undefined && units && ![...units.values()].includes(preset)) options.problems.push(`\`default: ${preset}\` is not one of the ${many}`);
  if (unitless !== undefined && (beside === undefined || preset !== undefined))
    options.problems.push('`unitless`, the code of a wire that must state a unit where there is none, needs `unit` and contradicts `default`');
  if (convert && preset === undefined) options.problems.push(`\`convert\` needs a \`default\`, the unit to convert to`);
  if (options.problems.length > 0) return { problems: options.problems };

  const toWire = units && new Map([...units].map(([wire, canonical]) => [canonical, wire]));
  const known = units ? [...units.values()].join(', ') : '';

  function parse(texts: readonly (string | undefined)[]): Parsed {
    const wire = texts[0];
    const stated = texts[1];
    const code = beside === undefined || stated === '' ? undefined : stated;
    if (wire === undefined || wire === '')
      return code === undefined
        ? { ok: true, value: undefined }
        : { ok: true, value: undefined, note: `the ${unitOption} \`${code}\` stands without a number` };
    if (wire === none) return { ok: true, value: undefined, fixed: true };
    const number = shown(readDecimal(wire));
    if (number === undefined) return { ok: false, reason: noNumber(wire) };
    const unit = code === undefined || code === unitless ? (preset ?? '') : units ? units.get(code) : code;
    if (unit === undefined) return { ok: false, reason: `the ${unitOption} \`${code!}\` is not one that the map reads (${[...units!.keys()].join(', ')})` };
    return { ok: true, value: { value: number, unit }, ...withoutPlus(wire) };
  }

  function glance(wire: string, stated: string | undefined): Value | undefined {
    if (!isDigits(wire) || wire === none || stated === '' || (stated !== undefined && stated === unitless)) return undefined;
    const unit = stated === undefined ? (preset ?? '') : units ? units.get(stated) : stated;
    return unit === undefined ? undefined : { value: wire, unit };
  }

  function print(value: Value, width: number | undefined): Printed {
    if (typeof value === 'string') return { ok: false, reason: `\`${value}\` states no ${unitOption}` };
    const { quantity, note } = convert ? converted(value, preset!, toWire, factor) : { quantity: value, note: undefined };
    if (unitless !== undefined && quantity.unit === unitless) return { ok: false, reason: `is in \`${unitless}\`, the code that stands for no ${unitOption}` };
    const code = toWire && quantity.unit !== '' ? toWire.get(quantity.unit) : quantity.unit;
    if (code === undefined) return { ok: false, reason: `the ${unitOption} \`${quantity.unit}\` is not one that can be written (${known})` };
    if (beside === undefined && quantity.unit !== preset) return { ok: false, reason: `is in \`${quantity.unit}\`, only ${preset!} can be written` };
    if (beside !== undefined && code === '' && preset !== undefined)
      return { ok: false, reason: `states no ${unitOption}, and the wire would be read as ${preset}` };
    const printed = printDecimal(quantity.value, scale, rounding, comma, width);
    if (!printed.ok) return printed;
    const texts = beside === undefined ? printed.texts : [...printed.texts, code === '' ? unitless : code];
    const notes = [note, printed.note].filter((each) => each !== undefined).join('; ');
    return notes === '' ? { ok: true, texts } : { ok: true, texts, note: notes };
  }

  return {
    inputs: beside === undefined ? undefined : [context.slot, beside],
    glance,
    parse,
    print,
    ...(none === undefined ? {} : { supplies: 'word' as const, word: none }),
    domain: {
      kind: 'quantity',
      ...(units ? { units: [...units.values()] } : beside === undefined ? { units: [preset!] } : {}),
      ...(scale === undefined ? {} : { scale }),
    },
    lossless: convert || rounding !== undefined ? 'lossy' : 'quotient',
  };
}

const shown = (number: Decimal | undefined): string | undefined => number && showDecimal(number);

/** Codes on the wire → codes of the dictionary: a list where they are the same, a mapping where they are not. */
function unitTable(options: Options, name: string): ReadonlyMap<string, string> | undefined {
  const declared = options.values[name];
  const entries = isMapping(declared) ? pairs(options, name) : texts(options, name)?.map((unit) => [unit, unit] as const);
  if (!entries) return undefined;
  const table = new Map(entries);
  if (new Set(table.values()).size !== table.size) options.problems.push(`\`${name}\`: two codes mean the same; on building it is unclear which to write`);
  return table;
}

function converted(
  stated: Quantity,
  wanted: string,
  writable: ReadonlyMap<string, string> | undefined,
  factor: (from: string, to: string) => string | undefined,
): { readonly quantity: Quantity; readonly note: string | undefined } {
  if (stated.unit === wanted || (writable?.has(stated.unit) ?? false)) return { quantity: stated, note: undefined };
  const by = factor(stated.unit, wanted);
  const number = readDecimal(stated.value);
  const times = by === undefined ? undefined : readDecimal(by);
  if (!number || !times || digitCount(number) > 34) return { quantity: stated, note: undefined };
  return { quantity: { value: showDecimal(multiply(number, times)), unit: wanted }, note: `converted from ${stated.value} ${stated.unit}` };
}
