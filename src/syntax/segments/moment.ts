import type { SegmentUnit } from './segment-unit.ts';

/** A date or a time of day in a header. */
export interface MomentField {
  readonly kind: 'date' | 'time';
  readonly element: number;
  readonly component: number;
  readonly id: string; // what the directory calls it
}

/** What a date or time names though there is no such: the 13th month, hour 25. */
export interface NoSuch {
  readonly what: 'month' | 'day' | 'hour' | 'minute' | 'second';
  readonly part: string; // as it is stated
}

/**
 * What of a date or a time of day there is not; undefined where there is nothing wrong with it, and where its length or its characters are: that is
 * told as such. A year of two digits is of this century, and 24:00 is the end of a day (ISO 8601).
 *
 *     260231   no day 31        1260   no minute 60
 */
export const noSuch = (kind: MomentField['kind'], text: string): NoSuch | undefined => (kind === 'date' ? noDate(text) : noTime(text));

function noDate(text: string): NoSuch | undefined {
  const [, year = '', month = '', day = ''] = /^(\d\d|\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
  if (year === '') return undefined;
  if (Number(month) < 1 || Number(month) > 12) return { what: 'month', part: month };
  const last = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate(); // the calendar repeats itself after 400 years
  return Number(day) < 1 || Number(day) > last ? { what: 'day', part: day } : undefined;
}

function noTime(text: string): NoSuch | undefined {
  const [, hour = '', minute = '', second = '00'] = /^(\d\d)(\d\d)(\d\d)?\d{0,2}$/.exec(text) ?? [];
  if (hour === '' || /^240+$/.test(text)) return undefined;
  if (Number(hour) > 23) return { what: 'hour', part: hour };
  if (Number(minute) > 59) return { what: 'minute', part: minute };
  return Number(second) > 59 ? { what: 'second', part: second } : undefined;
}

/** The first date or time of a header that there is not, with its atom. */
export function momentAmiss(unit: SegmentUnit, fields: readonly MomentField[]): (NoSuch & { readonly field: MomentField; readonly atom: number }) | undefined {
  for (const field of fields) {
    const atom = unit.atom(field.element, field.component);
    if (atom < 0 || isPlain(field.kind, unit.bytes, unit.starts[atom]!, unit.ends[atom]!)) continue;
    const found = noSuch(field.kind, unit.value(field.element, field.component).trim());
    if (found) return { ...found, field, atom };
  }
  return undefined;
}

/** Whether digits are plainly a date or a time: most are, and of them no text is made. */
function isPlain(kind: MomentField['kind'], bytes: Uint8Array, start: number, end: number): boolean {
  if (kind === 'time') return end - start === 4 && within(bytes, start, 0, 23) && within(bytes, start + 2, 0, 59);
  return (end - start === 6 || end - start === 8) && within(bytes, end - 4, 1, 12) && within(bytes, end - 2, 1, 28);
}

/** Whether two digits are a number from least to most. */
function within(bytes: Uint8Array, at: number, least: number, most: number): boolean {
  const tens = bytes[at]! - 0x30;
  const ones = bytes[at + 1]! - 0x30;
  const number = tens * 10 + ones;
  return tens >= 0 && ones >= 0 && ones <= 9 && number >= least && number <= most;
}
