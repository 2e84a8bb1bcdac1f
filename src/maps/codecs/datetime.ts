import { isMapping, oneOf, pairs, readOptions, slot, text, texts, whole, type Options } from './arguments.ts';
import { compilePattern, formatCodes, whyNoDate, type Pattern, type PatternOptions } from './pattern.ts';
import { readIso, showIso, toUtc, type Moment, type Precision } from '../../language/moment.ts';
import type { Value } from '../../dictionary/rows.ts';
import type { Codec, CodecContext, CompiledCodec, Parsed, Printed } from './codec.ts';

const precisions: readonly Precision[] = ['year', 'month', 'day', 'minute', 'second'];

/** A date or date-time at its own precision. */
export const datetimeCodec: Codec = {
  name: 'datetime',
  doc:
    'A date, or a date and time, in a pattern (`CCYYMMDD`), in a 2379 format code (`102`), or `ISO`. Precision and offset are part of the value: a date is ' +
    'not a midnight, and a local time has no zone. `{ by: slot, formats: [102, 203] }` reads the format code beside the value and writes the one whose ' +
    'precision and offset are those of the value. `zone: utc` declares that the wire is in UTC without saying so; `pivot` (50) is the first YY ' +
    'of the 20th century; `midnight: 24` reads 24:00 as 00:00 of the next day; `utc: Z` writes the zone of UTC so, as XML does, and not `UTC`; `default` is the format meant where the wire has no code. ' +
    '`{ datetime: YYMMDDHHMM, time: clock }` is for a wire that states the day and the time apart: the time stands in the slot `clock`; what parts them in the pattern (`DD-MMM-CCYY HH:MM`) stands in neither. ' +
    '`XML` is the dateTime of XML Schema, which has seconds always and no days: a midnight without a zone is a day, and a day is written so.',
  examples: [
    { args: 'CCYYMMDD', wire: ['20240301'], value: '2024-03-01' },
    { args: '203', wire: ['202403011200'], value: '2024-03-01T12:00' },
    { args: 'ISO', wire: ['2024-03-01T12:00:30+01:00'], value: '2024-03-01T12:00:30+01:00' },
    { args: 'XML', wire: ['2024-03-01T12:00:30+01:00'], value: '2024-03-01T12:00:30+01:00' },
    { args: 'XML', wire: ['2024-03-01T00:00:00'], value: '2024-03-01' },
    { args: '304', wire: ['20240301120000+01'], value: '2024-03-01T12:00:00+01:00' },
    { args: 'YYMMDD', wire: ['990301'], value: '1999-03-01' },
    { args: 'DDMMMYY', wire: ['08DEC10'], value: '2010-12-08' },
    { args: '{ by: format, formats: { 102: CCYYMMDD, 203: CCYYMMDDHHMM } }', wire: ['202403050600', '203'], value: '2024-03-05T06:00' },
    { args: '{ by: format, formats: [102, 203] }', wire: ['20240305', '102'], value: '2024-03-05' },
    { args: '{ datetime: CCYYMMDDHHMM, zone: utc }', wire: ['202403011200'], value: '2024-03-01T12:00Z' },
    { args: '{ datetime: CCYYMMDDHHMM, midnight: 24 }', wire: ['202402282400'], value: '2024-02-29T00:00', prints: ['202402290000'] },
    { args: '{ datetime: 304, utc: Z }', wire: ['20240301120000Z'], value: '2024-03-01T12:00:00Z' },
    { args: '{ datetime: YYMMDDHHMM, time: clock }', wire: ['240301', '1200'], value: '2024-03-01T12:00' },
    { args: '{ datetime: DD-MMM-CCYY HH:MM, time: clock }', wire: ['01-MAR-2024', '12:00'], value: '2024-03-01T12:00' },
    { args: '{ datetime: YYMMDDHHMM, time: clock }', wire: ['240301', ''], refused: '`clock` is missing beside `240301`' },
    { args: 'CCYYMMDD', wire: ['20230229'], refused: '2023-02 has no day 29' },
    { args: '203', wire: ['202403012400'], refused: '24:00 is not accepted' },
  ],
  compile(args, context) {
    // `by`, when it carries the whole choice of format, makes any other plain value meaningless.
    const options = readOptions(args, 'datetime', 'pattern', ['pattern', 'by', 'formats', 'default', 'zone', 'pivot', 'midnight', 'utc', 'time']);
    const pivot = whole(options, 'pivot', 0, 99) ?? 50;
    const midnight = oneOf(options, 'midnight', ['24']) === '24';
    const utc = oneOf(options, 'zone', ['utc']) === 'utc';
    const form = { pivot, midnight, utc: oneOf(options, 'utc', ['UTC', 'Z']) };
    const made = text(options, 'by') === undefined ? single(options, context, form, utc) : byCode(options, context, form, utc);
    return options.problems.length > 0 || made === undefined ? { problems: options.problems } : made;
  },
};

function single(options: Options, context: CodecContext, patternOptions: PatternOptions, utc: boolean): CompiledCodec | undefined {
  const name = text(options, 'pattern');
  for (const needless of ['formats', 'default'])
    if (options.values[needless] !== undefined) options.problems.push(`\`${needless}\` needs \`by\`, the slot of the format code`);
  if (name === undefined) {
    options.problems.push('`datetime` needs a pattern (`CCYYMMDD`), a 2379 code (`102`), `ISO`, or `by` and `formats`');
    return undefined;
  }
  if (name === 'ISO') {
    return {
      inputs: undefined,
      parse: ([wire]) => (wire === undefined || wire === '' ? { ok: true, value: undefined } : parsed(readIso(wire), utc)),
      print: (value) => printWith(value, utc, (moment) => ({ text: showIso(utc ? withoutOffset(moment) : moment) })),
      domain: { kind: 'datetime', formats: ['ISO'], precisions },
      lossless: 'exact',
    };
  }
  if (name === 'XML') {
    return {
      inputs: undefined,
      parse: ([wire]) => (wire === undefined || wire === '' ? { ok: true, value: undefined } : parsed(readIso(wire.replace(/T00:00:00$/, '')), utc)),
      print(value) {
        const printed = printWith(value, utc, schemaDateTime);
        if (!printed.ok) return printed;
        if (/T00:00(:00)?$/.test(String(value))) return { ...printed, note: `\`${show(value)}\` is written as a day is, and read as one` };
        return /T\d\d:\d\d(Z|[+-].*)?$/.test(String(value)) ? { ...printed, note: `\`${show(value)}\` is written with seconds` } : printed;
      },
      domain: { kind: 'datetime', formats: ['XML'], precisions: ['day', 'second'] },
      lossless: 'quotient',
    };
  }
  const pattern = patternOf(name, options, patternOptions);
  if (!pattern) return undefined;
  const time = slot(options, 'time', context.slots);
  if (time !== undefined) return apart(pattern, context.slot, time, options);
  if (utc && pattern.zoned) options.problems.push(`\`zone: utc\` and a pattern that states its zone (\`${pattern.text}\`) contradict each other`);
  return {
    inputs: undefined,
    ...(utc ? {} : { glance: (wire) => pattern.glance(wire) }),
    parse: ([wire]) => (wire === undefined || wire === '' ? { ok: true, value: undefined } : parsed(pattern.read(wire), utc)),
    print: (value) => printWith(value, utc, (moment) => pattern.write(utc ? withoutOffset(moment) : moment)),
    domain: { kind: 'datetime', formats: [pattern.text], precisions: [pattern.precision] },
    lossless: patternOptions.midnight || pattern.zoned || pattern.text.includes('MMM') ? 'quotient' : 'exact',
  };
}

/** A day in one slot and its time in another. Where one ends and the other begins is a matter of the pattern, in which each piece has its length. */
function apart(pattern: Pattern, day: string, time: string, options: Options): CompiledCodec | undefined {
  const from = pattern.text.indexOf('HH'); // of the time
  const end = pattern.text.slice(0, Math.max(from, 0)).replace(/[^A-Z]+$/, '').length; // of the day
  const between = pattern.text.slice(end, Math.max(from, end));
  for (const needless of ['zone', 'midnight'])
    if (options.values[needless] !== undefined) options.problems.push(`\`${needless}\` and \`time\` do not stand together`);
  if (end < 1 || /[DCY]/.test(pattern.text.slice(from)) || pattern.zoned) {
    options.problems.push(`\`time\` needs a pattern with a day and then a time, and no zone, as YYMMDDHHMM; \`${pattern.text}\` is none`);
    return undefined;
  }
  return {
    inputs: [day, time],
    parse([date = '', clock = '']) {
      if (date === '' && clock === '') return { ok: true, value: undefined };
      if (date === '' || clock === '') return { ok: false, reason: `\`${date === '' ? day : time}\` is missing beside \`${date || clock}\`` };
      const readable = date.length === end && clock.length === pattern.text.length - from;
      return readable
        ? parsed(pattern.read(date + between + clock), false)
        : { ok: false, reason: `\`${date}\` and \`${clock}\` are not of the form ${pattern.text}` };
    },
    print(value) {
      const printed = printWith(value, false, (moment) => pattern.write(moment));
      return printed.ok ? { ...printed, texts: [printed.texts[0]!.slice(0, end), printed.texts[0]!.slice(from)] } : printed;
    },
    domain: { kind: 'datetime', formats: [pattern.text], precisions: [pattern.precision] },
    lossless: pattern.text.includes('MMM') ? 'quotient' : 'exact',
  };
}

/** XML Schema part 2, dateTime: the time to the second. */
function schemaDateTime(moment: Moment): { readonly text: string } | { readonly reason: string } {
  if (moment.day === undefined) return { reason: 'has no day, as a dateTime must have' };
  if (moment.hour === undefined) return { text: `${showIso(moment)}T00:00:00` };
  return { text: showIso({ ...moment, second: moment.second ?? 0 }) };
}

function byCode(options: Options, context: CodecContext, patternOptions: PatternOptions, utc: boolean): CompiledCodec | undefined {
  const by = slot(options, 'by', context.slots);
  if (options.values['pattern'] !== undefined) options.problems.push('`by` takes the form from the format code; a pattern beside it has no meaning');
  const declared = isMapping(options.values['formats'])
    ? pairs(options, 'formats')
    : texts(options, 'formats')?.map((code) => [code, formatCodes[code] ?? ''] as const);
  if (!declared) {
    if (options.values['formats'] === undefined) options.problems.push('`by` needs `formats`, as in `formats: [102, 203]`');
    return undefined;
  }
  const formats = new Map<string, Pattern>();
  for (const [code, name] of declared) {
    const known = formatCodes[code];
    if (known !== undefined && name !== known) options.problems.push(`2379 code ${code} means ${known}, not ${name}`);
    if (name === '') options.problems.push(`\`formats\`: ${whyNoDate(code)}`);
    const pattern = name === '' ? undefined : patternOf(name, options, patternOptions);
    if (pattern) formats.set(code, pattern);
  }
  const preset = text(options, 'default');
  if (preset !== undefined && !formats.has(preset))
    options.problems.push(`\`default: ${preset}\` is not one of the formats (${[...formats.keys()].join(', ')})`);
  if (options.problems.length > 0 || by === undefined) return undefined;
  const list = [...formats.keys()].join(', ');
  return {
    inputs: [context.slot, by],
    ...(utc ? {} : { glance: (wire, code = preset) => (code === undefined ? undefined : formats.get(code)?.glance(wire)) }),
    parse(texts) {
      const wire = texts[0];
      const code = texts[1] ?? preset;
      if (wire === undefined || wire === '') return { ok: true, value: undefined };
      if (code === undefined || code === '') return { ok: false, reason: `\`${wire}\` has no format code beside it` };
      const pattern = formats.get(code);
      if (pattern) return parsed(pattern.read(wire), utc && !pattern.zoned);
      return { ok: false, reason: formatCodes[code] === undefined ? whyNoDate(code) : `format ${code} is not one of those that the map reads (${list})` };
    },
    print(value) {
      let refused: Printed = { ok: false, reason: 'no format is declared' };
      for (const [code, pattern] of formats) {
        const printed = printWith(value, utc && !pattern.zoned, (moment) => pattern.write(utc && !pattern.zoned ? withoutOffset(moment) : moment));
        if (printed.ok) return { ...printed, texts: [...printed.texts, code] };
        refused = printed;
      }
      return formats.size === 1 ? refused : { ok: false, reason: `\`${show(value)}\` cannot be written in any of the formats ${list}` };
    },
    domain: {
      kind: 'datetime',
      formats: [...formats.values()].map((each) => each.text),
      precisions: precisions.filter((precision) => [...formats.values()].some((each) => each.precision === precision)),
    },
    lossless: patternOptions.midnight || [...formats.values()].some((each) => each.zoned) || preset !== undefined ? 'quotient' : 'exact',
  };
}

function patternOf(name: string, options: Options, patternOptions: PatternOptions): Pattern | undefined {
  const known = /^\d+$/.test(name) ? formatCodes[name] : name;
  const pattern = known === undefined ? whyNoDate(name) : compilePattern(known, patternOptions);
  if (typeof pattern !== 'string') return pattern;
  options.problems.push(pattern);
  return undefined;
}

/** The value of a moment read; under `zone: utc` a time without an offset is one in UTC. */
function parsed(moment: Moment | string, utc: boolean): Parsed {
  if (typeof moment === 'string') return { ok: false, reason: moment };
  if (!utc || moment.hour === undefined || moment.offset !== undefined) return { ok: true, value: showIso(moment) };
  return { ok: true, value: showIso({ ...moment, offset: 'Z' }) };
}

function printWith(value: Value, utc: boolean, write: (moment: Moment) => { readonly text: string } | { readonly reason: string }): Printed {
  const moment = typeof value === 'string' ? readIso(value) : 'is a quantity, not a date';
  if (typeof moment === 'string') return { ok: false, reason: moment };
  if (utc && moment.hour !== undefined && moment.offset === undefined)
    return { ok: false, reason: `\`${show(value)}\` is a local time of unknown offset, UTC is asked for` };
  const written = write(utc && moment.offset !== undefined ? toUtc(moment) : moment);
  if ('reason' in written) return { ok: false, reason: `\`${show(value)}\` ${written.reason}` };
  if (utc && moment.offset !== undefined && moment.offset !== 'Z') return { ok: true, texts: [written.text], note: `\`${show(value)}\` is written in UTC` };
  return { ok: true, texts: [written.text] };
}

function withoutOffset(moment: Moment): Moment {
  const { offset: _, ...local } = moment;
  return local;
}

const show = (value: Value): string => (typeof value === 'string' ? value : `${value.value} ${value.unit}`);
