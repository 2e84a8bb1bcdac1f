import { checked, dayNumber, fromDayNumber, precisionOf, two, type Moment, type Precision } from '../../language/moment.ts';

/**
 * A date pattern in the letters of UN/EDIFACT 2379: CC century, YY year, MM month (after HH: minute), DD day, DDD day of the year,
 * HH hour, SS second, ZZZ zone; and MMM, a month's three English letters as Cargo-IMP writes them. Other characters stand for themselves.
 */
export interface Pattern {
  readonly text: string;
  readonly precision: Precision;
  readonly zoned: boolean;
  /** A moment, or the reason why the wire is none. */
  read(wire: string): Moment | string;
  /** The text of a moment of this very precision, or the reason why it cannot be written. */
  write(moment: Moment): { readonly text: string } | { readonly reason: string };
}

export interface PatternOptions {
  readonly pivot: number; // YY from here on is of the 20th century, below it of the 21st
  readonly midnight: boolean; // 24:00 is read as 00:00 of the next day
  readonly utc?: 'UTC' | 'Z' | undefined; // how ZZZ names UTC when it is written; all its names are read
}

/** DE 2379 of D.95B: single dates and times only; 103, 603 … (weeks, periods) and 5xx, 7xx (ranges) are no single date. */
// prettier-ignore
export const formatCodes: Readonly<Record<string, string>> = {
  2: 'DDMMYY', 3: 'MMDDYY', 101: 'YYMMDD', 102: 'CCYYMMDD', 105: 'YYDDD',
  201: 'YYMMDDHHMM', 202: 'YYMMDDHHMMSS', 203: 'CCYYMMDDHHMM', 204: 'CCYYMMDDHHMMSS',
  301: 'YYMMDDHHMMZZZ', 302: 'YYMMDDHHMMSSZZZ', 303: 'CCYYMMDDHHMMZZZ', 304: 'CCYYMMDDHHMMSSZZZ',
  602: 'CCYY', 609: 'YYMM', 610: 'CCYYMM',
};

/** Why a 2379 code stands for no single date, for those that do not. */
export function whyNoDate(code: string): string {
  if (/^(5|70|71)\d+$/.test(code)) return `format ${code} is a period, not a date; map its two ends`;
  if (/^8\d\d$/.test(code)) return `format ${code} is a duration, not a date`;
  if (/^40\d$/.test(code)) return `format ${code} is a time without a date`;
  return `format ${code} is not a date that can be read alone`;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
type Field = 'century' | 'year' | 'month' | 'name' | 'day' | 'ordinal' | 'hour' | 'minute' | 'second' | 'zone';
// prettier-ignore
const shapes: Readonly<Record<Field, string>> = {
  century: '(\\d\\d)', year: '(\\d\\d)', month: '(\\d\\d)', name: '([A-Za-z]{3})', day: '(\\d\\d)', ordinal: '(\\d{3})',
  hour: '(\\d\\d)', minute: '(\\d\\d)', second: '(\\d\\d)', zone: '([A-Za-z]{1,3}|[+-]\\d\\d(?::?\\d\\d)?)',
};

/** Compiles a pattern; a string is the reason why it is none. */
export function compilePattern(text: string, options: PatternOptions): Pattern | string {
  const fields: (Field | { readonly literal: string })[] = [];
  const seen = new Set<Field>();
  for (let rest = text; rest !== '';) {
    const field = nextField(rest, seen);
    if (field && seen.has(field.name)) return `\`${text}\` states the ${field.name} twice`;
    if (!field && /[A-SU-Za-z]/.test(rest[0]!)) return `\`${text}\` is not a date pattern: CC, YY, MM, MMM, DD, DDD, HH, SS and ZZZ are known`;
    if (field) seen.add(field.name);
    fields.push(field?.name ?? { literal: rest[0]! });
    rest = rest.slice(field?.size ?? 1);
  }
  const has = (field: Field): boolean => seen.has(field);
  const month = has('month') || has('name');
  const dayed = has('ordinal') || (month && has('day'));
  if (!has('year')) return `\`${text}\` has no year: a date without a year is no date`;
  if (has('day') && !month) return `\`${text}\` has a day but no month`;
  if (has('ordinal') && month) return `\`${text}\` has both a month and a day of the year`;
  if (has('hour') && (!dayed || !has('minute'))) return `\`${text}\`: an hour needs a day before it and minutes after it`;
  if (has('second') && !has('minute')) return `\`${text}\` has seconds but no minutes`;
  if (has('zone') && !has('hour')) return `\`${text}\` has a zone but no time`;
  const precision = has('second') ? 'second' : has('minute') ? 'minute' : dayed ? 'day' : month ? 'month' : 'year';
  const matcher = new RegExp(`^${fields.map((field) => (typeof field === 'string' ? shapes[field] : field.literal.replace(/\W/, '\\$&'))).join('')}$`);
  return {
    text,
    precision,
    zoned: has('zone'),
    read(wire) {
      const match = matcher.exec(wire);
      if (!match) return `\`${wire}\` is not of the form ${text}`;
      const values = new Map<Field, string>();
      let group = 1;
      for (const field of fields) if (typeof field === 'string') values.set(field, match[group++]!);
      return assemble(wire, values, precision, options);
    },
    write: (moment) => write(moment, fields, text, precision, has('century'), has('zone'), options),
  };
}

function nextField(rest: string, seen: ReadonlySet<Field>): { readonly name: Field; readonly size: number } | undefined {
  if (rest.startsWith('CC')) return { name: 'century', size: 2 };
  if (rest.startsWith('YY')) return { name: 'year', size: 2 };
  if (rest.startsWith('ZZZ')) return { name: 'zone', size: 3 };
  if (rest.startsWith('HH')) return { name: 'hour', size: 2 };
  if (rest.startsWith('SS')) return { name: 'second', size: 2 };
  if (rest.startsWith('MMM') && !rest.startsWith('MMMM') && !seen.has('hour')) return { name: 'name', size: 3 };
  if (rest.startsWith('MM')) return { name: seen.has('hour') ? 'minute' : 'month', size: 2 };
  if (rest.startsWith('DDD')) return { name: 'ordinal', size: 3 };
  if (rest.startsWith('DD')) return { name: 'day', size: 2 };
  return undefined;
}

function assemble(wire: string, values: ReadonlyMap<Field, string>, precision: Precision, options: PatternOptions): Moment | string {
  const number = (field: Field): number => Number(values.get(field));
  const short = number('year');
  const year = values.has('century') ? number('century') * 100 + short : short + (short >= options.pivot ? 1900 : 2000);
  let date: { readonly month?: number; readonly day?: number } = {};
  if (values.has('ordinal')) {
    const found = fromDayNumber(dayNumber(year, 1, 1) + number('ordinal') - 1);
    if (found.year !== year) return `\`${wire}\`: ${two(year, 4)} has no day ${values.get('ordinal')!}`;
    date = { month: found.month, day: found.day };
  } else if (precision !== 'year') {
    const name = values.get('name');
    const month = name === undefined ? number('month') : months.indexOf(name.toUpperCase()) + 1;
    if (name !== undefined && month === 0) return `\`${wire}\`: \`${name}\` is not one of ${months.join(' ')}`;
    date = values.has('day') ? { month, day: number('day') } : { month };
  }
  const offset = values.has('zone') ? readZone(values.get('zone')!) : undefined;
  if (offset?.startsWith('?')) return `\`${wire}\`: the zone \`${offset.slice(1)}\` has no fixed offset; UTC, GMT, Z and +01 have`;
  const time = values.has('hour') ? { hour: number('hour'), minute: number('minute'), ...(values.has('second') ? { second: number('second') } : {}) } : {};
  const moment: Moment = { year, ...date, ...time, ...(offset === undefined ? {} : { offset }) };
  if (moment.hour !== 24 || !options.midnight || moment.minute !== 0 || (moment.second ?? 0) !== 0) return checked(wire, moment);
  const day = checked(wire, { ...moment, hour: 0 });
  return typeof day === 'string' ? day : { ...day, ...fromDayNumber(dayNumber(year, day.month!, day.day!) + 1) };
}

function write(
  moment: Moment,
  fields: readonly (Field | { readonly literal: string })[],
  text: string,
  precision: Precision,
  century: boolean,
  zoned: boolean,
  options: PatternOptions,
): { readonly text: string } | { readonly reason: string } {
  if (precisionOf(moment) !== precision) return { reason: `states a ${precisionOf(moment)}, the form ${text} states a ${precision}` };
  if ((moment.offset !== undefined) !== zoned)
    return { reason: zoned ? `has no offset, the form ${text} needs one` : `has the offset ${moment.offset!}, the form ${text} cannot write it` };
  if (moment.fraction !== undefined) return { reason: `states fractions of a second, the form ${text} states none` };
  const first = 1900 + options.pivot;
  if (!century && (moment.year < first || moment.year > first + 99))
    return { reason: `two digits of a year mean ${first} to ${first + 99}, not ${moment.year}` };
  if (moment.offset !== undefined && showZone(moment.offset, options.utc) === undefined)
    return { reason: `the offset ${moment.offset} does not fit three characters` };
  let written = '';
  for (const field of fields) written += typeof field === 'string' ? show(field, moment, options.utc) : field.literal;
  return { text: written };
}

function show(field: Field, { year, month = 1, day = 1, hour = 0, minute = 0, second = 0, offset = 'Z' }: Moment, utc: PatternOptions['utc']): string {
  switch (field) {
    case 'century':
      return two(Math.floor(year / 100));
    case 'year':
      return two(year % 100);
    case 'month':
      return two(month);
    case 'name':
      return months[month - 1]!;
    case 'day':
      return two(day);
    case 'ordinal':
      return two(dayNumber(year, month, day) - dayNumber(year, 1, 1) + 1, 3);
    case 'hour':
      return two(hour);
    case 'minute':
      return two(minute);
    case 'second':
      return two(second);
    case 'zone':
      return showZone(offset, utc) ?? '';
  }
}

/** ZZZ: `UTC`, `GMT`, `Z`, `+01`; also `+0530` and `+05:30`, which some senders write. A name without a fixed offset comes back as `?name`. */
function readZone(zone: string): string {
  if (/^(UTC|GMT|Z)$/i.test(zone)) return 'Z';
  const match = /^([+-]\d\d):?(\d\d)?$/.exec(zone);
  return match ? `${match[1]!}:${match[2] ?? '00'}` : `?${zone}`;
}

function showZone(offset: string, utc: PatternOptions['utc']): string | undefined {
  if (offset === 'Z') return utc ?? 'UTC';
  return offset.endsWith(':00') ? offset.slice(0, 3) : undefined;
}
