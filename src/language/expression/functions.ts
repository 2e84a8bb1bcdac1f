import { iso6346, mod7 } from '../check-digit.ts';
import { dayNumber, fromDayNumber, isAfter, readIso, showIso } from '../moment.ts';
import { absolute, calculate, round, small } from './arithmetic.ts';
import type { Matcher } from './matcher.ts';
import type { Type } from './tree.ts';

/** The longest text that an expression can make, and the longest in which `replace` looks for a pattern. */
export const maxText = 10_000;

/**
 * A function of the language: what it takes and gives, and what it does. Total: where it has no answer, that is missing.
 * A parameter with `?` may be omitted. `pattern` stands for a pattern written as a literal.
 */
export interface ExpressionFunction {
  readonly takes: readonly (Type | 'pattern' | 'text?' | 'number?')[];
  readonly gives: Type;
  readonly doc: string;
  apply(args: readonly string[], matcher: Matcher | undefined): string | boolean | undefined;
}

// prettier-ignore
export const functions: Readonly<Record<string, ExpressionFunction>> = {
  upper:       { takes: ['text'], gives: 'text', doc: 'in capital letters', apply: ([t]) => t!.toUpperCase() },
  lower:       { takes: ['text'], gives: 'text', doc: 'in small letters', apply: ([t]) => t!.toLowerCase() },
  trim:        { takes: ['text'], gives: 'text', doc: 'without blanks at both ends', apply: ([t]) => t!.trim() },
  left:        { takes: ['text', 'number'], gives: 'text', doc: 'the first n characters', apply: ([t, n]) => cut(t!, '0', n) },
  right:       { takes: ['text', 'number'], gives: 'text', doc: 'the last n characters', apply: ([t, n]) => last(t!, n) },
  mid:         { takes: ['text', 'number', 'number?'], gives: 'text', doc: 'n characters from a position, counted from 1; without n all the rest', apply: ([t, from, n]) => middle(t!, from, n) },
  pad:         { takes: ['text', 'number', 'text?'], gives: 'text', doc: 'filled from the left to n characters, with zeros or the character given', apply: ([t, n, by]) => pad(t!, n, by) },
  length:      { takes: ['text'], gives: 'number', doc: 'the number of characters', apply: ([t]) => String([...t!].length) },
  replace:     { takes: ['text', 'pattern', 'text'], gives: 'text', doc: 'every match of a pattern replaced, the longest from the left', apply: ([t, , by], matcher) => (t!.length > maxText ? undefined : matcher?.replace(t!, by!)) },
  matches:     { takes: ['text', 'pattern'], gives: 'boolean', doc: 'whether the whole text matches a pattern', apply: ([t], matcher) => (t!.length > maxText ? undefined : matcher?.matches(t!)) },
  'date-add':  { takes: ['text', 'number'], gives: 'text', doc: 'an ISO date some days later (or earlier, below zero); time and offset stay', apply: ([date, days]) => addDays(date!, days!) },
  'date-diff': { takes: ['text', 'text'], gives: 'number', doc: 'whole calendar days from the first ISO date to the second', apply: ([from, to]) => daysBetween(from!, to!) },
  after:       { takes: ['text', 'text'], gives: 'boolean', doc: 'whether the first ISO date or date-time is later, as exactly as both are stated', apply: ([a, b]) => isAfter(a!, b!) },
  iso6346:     { takes: ['text'], gives: 'boolean', doc: 'whether the check digit of a container number is right (ISO 6346); missing where it is no such number', apply: ([t]) => iso6346(t!) },
  mod7:        { takes: ['text'], gives: 'boolean', doc: 'whether the last digit is what remains when the digits before it are divided by 7, as in an air waybill number', apply: ([t]) => mod7(t!) },
  round:       { takes: ['number', 'number?'], gives: 'number', doc: 'to n decimals (none), half away from zero', apply: ([x, n]) => { const decimals = small(n ?? '0', 34); return decimals === undefined ? undefined : round(x!, decimals); } },
  abs:         { takes: ['number'], gives: 'number', doc: 'without its sign', apply: ([x]) => absolute(x!) },
};

/** Over the instances of a group: `count(item)`, `sum(item, weight)`, `any(item, mode = '1')`. */
export const aggregates: Readonly<Record<string, { readonly each: Type | undefined; readonly gives: Type; readonly doc: string }>> = {
  count: { each: undefined, gives: 'number', doc: 'how many instances the group has' },
  sum: { each: 'number', gives: 'number', doc: 'the total over the group; missing where one instance has no number' },
  min: { each: 'number', gives: 'number', doc: 'the least over the group' },
  max: { each: 'number', gives: 'number', doc: 'the greatest over the group' },
  any: { each: 'boolean', gives: 'boolean', doc: 'whether it holds for an instance' },
  all: { each: 'boolean', gives: 'boolean', doc: 'whether it holds for every instance' },
};

function cut(text: string, from: string | undefined, count: string | undefined): string | undefined {
  const start = small(from, maxText);
  const size = small(count, maxText);
  return start === undefined || size === undefined ? undefined : [...text].slice(start, start + size).join('');
}

function last(text: string, count: string | undefined): string | undefined {
  const size = small(count, maxText);
  const characters = [...text];
  return size === undefined ? undefined : characters.slice(Math.max(0, characters.length - size)).join('');
}

function middle(text: string, from: string | undefined, count: string | undefined): string | undefined {
  const start = small(from, maxText);
  return start === undefined || start === 0 ? undefined : cut(text, String(start - 1), count ?? String(maxText));
}

function pad(text: string, count: string | undefined, by = '0'): string | undefined {
  const size = small(count, maxText);
  const characters = [...text];
  if (size === undefined || [...by].length !== 1) return undefined;
  return by.repeat(Math.max(0, size - characters.length)) + text;
}

function addDays(date: string, days: string): string | undefined {
  const moment = readIso(date);
  const count = small(absolute(days), 1_000_000);
  if (typeof moment === 'string' || moment.day === undefined || count === undefined) return undefined;
  const made = fromDayNumber(dayNumber(moment.year, moment.month!, moment.day) + (days.startsWith('-') ? -count : count));
  return made.year < 0 || made.year > 9999 ? undefined : showIso({ ...moment, ...made });
}

function daysBetween(from: string, to: string): string | undefined {
  const [a, b] = [readIso(from), readIso(to)];
  if (typeof a === 'string' || typeof b === 'string' || a.day === undefined || b.day === undefined) return undefined;
  return calculate('-', String(dayNumber(b.year, b.month!, b.day)), String(dayNumber(a.year, a.month!, a.day)));
}
