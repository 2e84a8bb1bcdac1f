import { isDigits } from './number.ts';
import { checked, dayNumber, daysIn, fromDayNumber, precisionOf, two, type Moment, type Precision } from '../../language/moment.ts';

/**
 * A date pattern in the letters of UN/EDIFACT 2379: CC century, YY year, MM month (after HH: minute), DD day, DDD day of the year,
 * HH hour, SS second, ZZZ zone; and MMM, a month's three English letters as Cargo-IMP writes them. Other characters stand for themselves.
 */
export interface Pattern {
  readonly text: string;
  readonly precision: Precision;
  readonly zoned: boolean;
  /** A time in the form of ISO, where it needs no second look: all digits, a day that its month has in every year, a time of day. */
  glance(wire: string): string | undefined;
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
    if (field?.name === 'year' && text.includes('YYYY')) return `\`${text}\`: a year of four digits is written \`CCYY\``;
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
    glance: glanceOf(text, options),
    read(wire) {
      const match = matcher.exec(wire);
      if (!match) return `\`${wire}\` is not of the form ${text}`;
      const read: Read = { ...nothingRead };
      let group = 1;
      for (const field of fields) {
        if (typeof field !== 'string') continue;
        const text = match[group++]!;
        if (field === 'name' || field === 'zone') read[field] = text;
        else read[field] = Number(text);
      }
      return assemble(wire, read, precision, options);
    },
    write: (moment) => write(moment, fields, text, precision, has('century'), has('zone'), options),
  };
}

/** The first look at texts of `CCYYMMDD`, `YYMMDDHHMM` and their like: the same digits, with marks between them. */
function glanceOf(text: string, { pivot }: PatternOptions): Pattern['glance'] {
  const form = /^(CC)?YYMMDD(HHMM(SS)?)?$/.exec(text);
  if (!form) return () => undefined;
  const [, hasCentury, hasTime, hasSeconds] = form;
  const at = hasCentury === undefined ? 2 : 4; // of the month
  return (wire) => {
    if (wire.length !== text.length || !isDigits(wire)) return undefined;
    const month = pair(wire, at);
    const day = pair(wire, at + 2);
    if (month < 1 || month > 12 || day < 1 || day > daysIn(1, month)) return undefined;
    const year = at === 4 ? wire.slice(0, 4) : `${pair(wire, 0) >= pivot ? '19' : '20'}${wire.slice(0, 2)}`;
    const date = `${year}-${wire.slice(at, at + 2)}-${wire.slice(at + 2, at + 4)}`;
    if (hasTime === undefined) return date;
    if (pair(wire, at + 4) > 23 || pair(wire, at + 6) > 59) return undefined;
    const time = `${date}T${wire.slice(at + 4, at + 6)}:${wire.slice(at + 6, at + 8)}`;
    if (hasSeconds === undefined) return time;
    return pair(wire, at + 8) > 59 ? undefined : `${time}:${wire.slice(at + 8)}`;
  };
}

/** The number of two digits. */
const pair = (text: string, at: number): number => (text.charCodeAt(at) - 0x30) * 10 + text.charCodeAt(at + 1) - 0x30;

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

/** What a text states of each field; -1, or '', of those that are not in the pattern. */
type Read = { [Numeric in Exclude<Field, 'name' | 'zone'>]: number } & { name: string; zone: string };
const nothingRead: Readonly<Read> = { century: -1, year: -1, month: -1, name: '', day: -1, ordinal: -1, hour: -1, minute: -1, second: -1, zone: '' };

function assemble(wire: string, read: Read, precision: Precision, options: PatternOptions): Moment | string {
  const { century, year: short, ordinal, name, zone, hour, minute, second } = read;
  const year = century >= 0 ? century * 100 + short : short + (short >= options.pivot ? 1900 : 2000);
  const moment: { -readonly [Part in keyof Moment]: Moment[Part] } = { year };
  if (ordinal >= 0) {
    const found = fromDayNumber(dayNumber(year, 1, 1) + ordinal - 1);
    if (found.year !== year) return `\`${wire}\`: ${two(year, 4)} has no day ${two(ordinal, 3)}`;
    moment.month = found.month;
    moment.day = found.day;
  } else if (precision !== 'year') {
    moment.month = name === '' ? read.month : months.indexOf(name.toUpperCase()) + 1;
    if (moment.month === 0 && name !== '') return `\`${wire}\`: \`${name}\` is not one of ${months.join(' ')}`;
    if (read.day >= 0) moment.day = read.day;
  }
  const offset = zone === '' ? undefined : readZone(zone);
  if (offset?.startsWith('?')) return `\`${wire}\`: the zone \`${offset.slice(1)}\` has no fixed offset; UTC, GMT, Z and +01 have`;
  if (hour >= 0) {
    moment.hour = hour;
    moment.minute = minute;
    if (second >= 0) moment.second = second;
  }
  if (offset !== undefined) moment.offset = offset;
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
