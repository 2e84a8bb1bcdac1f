import type { ValueType } from './dictionary.ts';
import type { Quantity, Value } from './rows.ts';

/** Exact values: what was stated is kept as stated; numbers are digit strings and never floats. */

/** Digits with an optional sign and point, a digit after the point: `18410`, `-0.5`, `.5`; not `5.`, `1e3`, `1,5`. */
const decimalPattern = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/;
const integerPattern = /^[+-]?\d+$/;
const dateTimePattern = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/** How exactly a date-time was stated (ISO 8601-1, 5.3 and 5.4: representations with reduced precision). */
export type DateTimePrecision = 'year' | 'month' | 'day' | 'minute' | 'second';

export interface DateTime {
  readonly precision: DateTimePrecision;
  readonly year: number;
  readonly month: number; // 1 where the precision is `year`
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly offset: number | undefined; // minutes east of UTC; undefined: local, as stated
}

/** The parts of an ISO 8601 date-time at its own precision (`2024`, `2024-03-01`, `2024-03-01T12:00+01:00`), or undefined where it is none. */
export function parseDateTime(text: string): DateTime | undefined {
  const found = dateTimePattern.exec(text);
  if (!found) return undefined;
  const [, year = '', month, day, hour, minute, second, zone] = found;
  const made: DateTime = {
    precision: second !== undefined ? 'second' : hour !== undefined ? 'minute' : day !== undefined ? 'day' : month !== undefined ? 'month' : 'year',
    year: Number(year),
    month: Number(month ?? 1),
    day: Number(day ?? 1),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    offset: zone === undefined ? undefined : zone === 'Z' ? 0 : offsetMinutes(zone),
  };
  const real =
    made.month >= 1 &&
    made.month <= 12 &&
    made.day >= 1 &&
    made.day <= daysIn(made.year, made.month) &&
    made.hour <= 23 &&
    made.minute <= 59 &&
    made.second <= 59 &&
    (made.offset === undefined || (Math.abs(made.offset) <= 14 * 60 && (zone === 'Z' || Number(zone!.slice(4)) <= 59)));
  return real ? made : undefined;
}

function offsetMinutes(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return zone.startsWith('-') ? -minutes : minutes;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

export const isQuantity = (value: Value): value is Quantity => typeof value === 'object';

/** Why `value` is not of `type`, in words that complete "the value …"; undefined where it is. Characters are Unicode code points. */
export function checkValue(type: ValueType, value: Value): string | undefined {
  if (type.kind === 'quantity' || type.kind === 'amount') {
    if (!isQuantity(value)) return 'has no unit beside it';
    const widest = type.kind === 'quantity' ? 5 : 3; // UN/ECE Recommendation 20 common codes as published schemas size them; ISO 4217
    if (value.unit !== '' && (value.unit.length > widest || /\s/.test(value.unit)))
      return `has the unit \`${value.unit}\`, which is no code of up to ${widest} characters`;
    return checkDecimal(value.value, type.digits, type.scale);
  }
  if (isQuantity(value)) return 'has a unit where none can stand';
  switch (type.kind) {
    case 'text':
    case 'identifier':
    case 'code':
      return value === '' ? 'is empty' : longer(value, type.max) ? `is longer than ${type.max} characters` : undefined;
    case 'integer':
      return !integerPattern.test(value) ? 'is no whole number' : digitsOf(value) > type.digits ? `has more than ${type.digits} digits` : undefined;
    case 'decimal':
      return checkDecimal(value, type.digits, type.scale);
    case 'datetime':
      return parseDateTime(value) ? undefined : 'is no date-time such as 2024-03-01, 2024-03-01T12:00 or 2024-03-01T12:00:00+01:00';
    case 'indicator':
      return value === 'true' || value === 'false' ? undefined : 'is neither true nor false';
  }
}

function checkDecimal(text: string, digits: number, scale: number): string | undefined {
  if (!decimalPattern.test(text)) return 'is no decimal number';
  if (digitsOf(text) > digits) return `has more than ${digits} digits`;
  const point = text.indexOf('.');
  return point >= 0 && text.length - point - 1 > scale ? `has more than ${scale} decimals` : undefined;
}

const digitsOf = (text: string): number => text.length - (/^[+-]/.test(text) ? 1 : 0) - (text.includes('.') ? 1 : 0);

function longer(text: string, max: number): boolean {
  if (text.length <= max) return false;
  let points = 0;
  for (const _ of text) if (++points > max) return true;
  return false;
}

/** A decimal as an integer and its number of decimals; undefined where `text` is no decimal. */
function exact(text: string): { readonly units: bigint; readonly scale: number } | undefined {
  if (!decimalPattern.test(text)) return undefined;
  const point = text.indexOf('.');
  return { units: BigInt(text.replace('.', '').replace(/^\+/, '')), scale: point < 0 ? 0 : text.length - point - 1 };
}

/** The one spelling of a number: no plus, no needless zeros, no minus zero. `undefined` where `text` is no decimal. */
export function normalizeDecimal(text: string): string | undefined {
  const number = exact(text);
  if (!number) return undefined;
  const written = writeDecimal(number.units, number.scale);
  return written.includes('.') ? written.replace(/\.?0+$/, '') : written;
}

/** Less than, equal to or greater than zero; undefined where one is no decimal. */
export function compareDecimals(a: string, b: string): number | undefined {
  const [x, y] = [exact(a), exact(b)];
  if (!x || !y) return undefined;
  const scale = Math.max(x.scale, y.scale);
  const difference = x.units * 10n ** BigInt(scale - x.scale) - y.units * 10n ** BigInt(scale - y.scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The exact sum, with as many decimals as the more exact of the two; undefined where one is no decimal. */
export function addDecimals(a: string, b: string): string | undefined {
  const [x, y] = [exact(a), exact(b)];
  if (!x || !y) return undefined;
  const scale = Math.max(x.scale, y.scale);
  return writeDecimal(x.units * 10n ** BigInt(scale - x.scale) + y.units * 10n ** BigInt(scale - y.scale), scale);
}

function writeDecimal(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
