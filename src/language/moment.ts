/** How exactly a date-time was stated. */
export type Precision = 'year' | 'month' | 'day' | 'minute' | 'second';

/**
 * A date, or a date and time, at its own precision: what was not stated is absent, not zero.
 * Fields are numbers because none is longer than four digits; the calendar is the Gregorian one.
 */
export interface Moment {
  readonly year: number;
  readonly month?: number;
  readonly day?: number;
  readonly hour?: number;
  readonly minute?: number;
  readonly second?: number;
  readonly fraction?: string; // digits of a second as stated; only ISO text has them
  readonly offset?: string; // 'Z' or '+01:00'
}

export function precisionOf(moment: Moment): Precision {
  if (moment.second !== undefined) return 'second';
  if (moment.minute !== undefined) return 'minute';
  if (moment.day !== undefined) return 'day';
  return moment.month === undefined ? 'year' : 'month';
}

/** ISO 8601 extended format: `2024`, `2024-03`, `2024-03-01`, `2024-03-01T12:00`, `2024-03-01T12:00:30+01:00`. */
export function showIso(moment: Moment): string {
  let iso = two(moment.year, 4);
  if (moment.month !== undefined) iso += `-${two(moment.month)}`;
  if (moment.day !== undefined) iso += `-${two(moment.day)}`;
  if (moment.hour !== undefined) iso += `T${two(moment.hour)}:${two(moment.minute ?? 0)}`;
  if (moment.second !== undefined) iso += `:${two(moment.second)}${moment.fraction === undefined ? '' : `.${moment.fraction}`}`;
  return iso + (moment.offset ?? '');
}

const iso = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/** Reads what `showIso` writes. The answer is a moment, or the reason why the text is none. */
export function readIso(text: string): Moment | string {
  const match = iso.exec(text);
  if (!match) return `\`${text}\` is not an ISO date or date-time`;
  const moment: { -readonly [K in keyof Moment]: Moment[K] } = { year: Number(match[1]) };
  if (match[2] !== undefined) moment.month = Number(match[2]);
  if (match[3] !== undefined) moment.day = Number(match[3]);
  if (match[4] !== undefined) {
    moment.hour = Number(match[4]);
    moment.minute = Number(match[5]);
  }
  if (match[6] !== undefined) moment.second = Number(match[6]);
  if (match[7] !== undefined) moment.fraction = match[7];
  if (match[8] !== undefined) moment.offset = match[8];
  return checked(text, moment);
}

/** The moment, where the calendar has it; otherwise the reason. 24:00 is not accepted here. */
export function checked(text: string, moment: Moment): Moment | string {
  const { year, month, day, hour, minute, second, offset } = moment;
  if (month !== undefined && (month < 1 || month > 12)) return `\`${text}\`: there is no month ${two(month)}`;
  if (month !== undefined && day !== undefined && (day < 1 || day > daysIn(year, month)))
    return `\`${text}\`: ${two(year, 4)}-${two(month)} has no day ${two(day)}`;
  if (hour === 24) return `\`${text}\`: 24:00 is not accepted unless the map says \`midnight: 24\``;
  if (hour !== undefined && hour > 24) return `\`${text}\`: there is no hour ${hour}`;
  if (minute !== undefined && minute > 59) return `\`${text}\`: there is no minute ${minute}`;
  if (second !== undefined && second > 59) return `\`${text}\`: there is no second ${second}`;
  if (offset !== undefined && offset !== 'Z' && (Number(offset.slice(1, 3)) > 14 || Number(offset.slice(4)) > 59))
    return `\`${text}\`: no place on Earth keeps the offset ${offset}`;
  return moment;
}

export function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, and back. */
export function dayNumber(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / 86_400_000;
}

export function fromDayNumber(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const date = new Date(days * 86_400_000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** The same instant in UTC; the moment must have an offset and a minute. */
export function toUtc(moment: Moment): Moment {
  const { year, month = 1, day = 1, hour = 0, minute = 0, second, fraction, offset = 'Z' } = moment;
  const ahead = offset === 'Z' ? 0 : (offset[0] === '-' ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4)));
  const minutes = dayNumber(year, month, day) * 1440 + hour * 60 + minute - ahead;
  const inDay = ((minutes % 1440) + 1440) % 1440;
  const date = fromDayNumber((minutes - inDay) / 1440);
  return {
    ...date,
    hour: Math.floor(inDay / 60),
    minute: inDay % 60,
    ...(second === undefined ? {} : { second }),
    ...(fraction === undefined ? {} : { fraction }),
    offset: 'Z',
  };
}

/** When an ISO date or date-time begins, in milliseconds; without an offset in UTC, wherever the reader is. Undefined where it is none. */
export function beginningOf(text: string): number | undefined {
  const moment = readIso(text);
  if (typeof moment === 'string') return undefined;
  const { year, month, day, hour, minute, second = 0, fraction = '' } = toUtc(moment);
  return dayNumber(year, month!, day!) * 86_400_000 + (hour! * 3_600 + minute! * 60 + second) * 1_000 + Number(fraction.padEnd(3, '0').slice(0, 3));
}

const widths: Readonly<Record<Precision, number>> = { year: 4, month: 7, day: 10, minute: 16, second: 19 };

/**
 * Whether the first is later, as exactly as both are stated: a day is not after a time of that day. Where only one states its
 * offset, days are compared. Undefined where one is no date.
 */
export function isAfter(first: string, second: string): boolean | undefined {
  const moments = [readIso(first), readIso(second)];
  const [a, b] = moments;
  if (typeof a === 'string' || typeof b === 'string' || !a || !b) return undefined;
  const offsets = [a, b].filter((each) => each.offset !== undefined).length;
  const exact = Math.min(offsets === 1 ? widths.day : widths.second, widths[precisionOf(a)], widths[precisionOf(b)]);
  const [left = '', right = ''] = (offsets === 2 ? [toUtc(a), toUtc(b)] : [a, b]).map((each) => showIso(each).slice(0, exact));
  return left > right;
}

export function two(number: number, width = 2): string {
  return width === 2 && number >= 0 && number < 100 ? pairs[number]! : String(number).padStart(width, '0');
}

const pairs = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));
