import { didYouMean } from '../diagnostics/suggest.ts';
import type { Attribute, Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import type { Rows, Value } from '../dictionary/rows.ts';
import { isQuantity } from '../dictionary/value.ts';
import { calculate } from '../language/expression/arithmetic.ts';
import type { Type } from '../language/expression/tree.ts';

/**
 * What rules call facts by, seen from a row: `ID`, `GoodsMeasure.GrossMassMeasure`, with dots all the way. What begins with the
 * name of a root is looked up from the document: `Declaration.IssueDateTime`; where the way down is that of the row, it is the
 * row's own ancestor. A quantity is its number; `.unit` after it is its unit, `.kg` its number in kilograms.
 */
export interface FactPath extends ClassPath {
  readonly attribute: Attribute;
  readonly part: 'value' | 'unit' | 'kg';
  readonly type: Type;
}

/** So many rows up, then down from child to child. */
export interface ClassPath {
  readonly climb: number;
  readonly down: readonly DictionaryClass[];
}

/** The way to the classes that a name with dots leads to, from a row of `from`; or why there is none. */
export function findClasses(name: string, from: DictionaryClass, dictionary: Dictionary): ClassPath | string {
  const names = name === '' ? [] : name.split('.');
  const root = dictionary.roots.find((each) => each.name === names[0]);
  if (!root || from.classes.some((each) => each.name === names[0])) return descend(names, from, 0);
  const above: DictionaryClass[] = [];
  for (let cls: DictionaryClass | undefined = from; cls; cls = cls.parent) above.unshift(cls);
  if (above[0] !== root) return `\`${root.name}\` is not the document of ${from.path}`;
  let shared = 1;
  while (shared < names.length && above[shared]?.name === names[shared]) shared++;
  return descend(names.slice(shared), above[shared - 1]!, above.length - shared);
}

function descend(names: readonly string[], from: DictionaryClass, climb: number): ClassPath | string {
  const down: DictionaryClass[] = [];
  let at = from;
  for (const name of names) {
    const child = at.classes.find((each) => each.name === name);
    if (!child)
      return `there is no \`${name}\` in ${at.path}${didYouMean(
        name,
        at.classes.map((each) => each.name),
      )}`;
    down.push((at = child));
  }
  return { climb, down };
}

/** The class a way ends at. */
export function endOf({ climb, down }: ClassPath, from: DictionaryClass): DictionaryClass {
  const last = down.at(-1);
  if (last) return last;
  let at = from;
  for (let i = 0; i < climb; i++) at = at.parent!;
  return at;
}

/** The fact that a name with dots means, seen from a row of `from`; or why there is none. */
export function findFact(name: string, from: DictionaryClass, dictionary: Dictionary): FactPath | string {
  const names = name.split('.');
  const last = names.at(-1)!;
  const part = last === 'unit' || last === 'kg' ? last : 'value';
  if (part !== 'value') names.pop();
  const wanted = names.pop() ?? '';
  const way = findClasses(names.join('.'), from, dictionary);
  if (typeof way === 'string') return way;
  const cls = endOf(way, from);
  const attribute = cls.attributes.find((each) => each.name === wanted);
  if (!attribute)
    return `there is no \`${wanted}\` in ${cls.path}${didYouMean(
      wanted,
      cls.attributes.map((each) => each.name),
    )}`;
  const many = way.down.find((each) => each.many);
  if (many) return `${many.path} may stand many times: which is meant is said by a total, as in \`any(${many.name}, …)\``;
  const { kind } = attribute.type;
  if (part !== 'value' && kind !== 'quantity' && !(part === 'unit' && kind === 'amount')) return `${attribute.path} has no \`${part}\``;
  const isNumber = part === 'kg' || (part === 'value' && ['integer', 'decimal', 'quantity', 'amount'].includes(kind));
  return { attribute, part, type: isNumber ? 'number' : 'text', ...way };
}

/** The row that a way leads to, or -1. */
export function follow(rows: Rows, from: number, { climb, down }: ClassPath): number {
  let row = from;
  for (let i = 0; i < climb && row >= 0; i++) row = rows.parent(row);
  for (let i = 0; i < down.length && row >= 0; i++) row = rows.firstOf(row, down[i]!);
  return row;
}

/** All rows that a way leads to, at each step every one; what a change deletes is not among them. */
export function followAll(rows: Rows, from: number, { climb, down }: ClassPath): readonly number[] {
  let row = from;
  for (let i = 0; i < climb; i++) row = rows.parent(row);
  const found: number[] = [];
  below(rows, row, down, 0, found);
  return found;
}

function below(rows: Rows, row: number, down: readonly DictionaryClass[], depth: number, found: number[]): void {
  const cls = down[depth];
  if (row < 0 || rows.mode(row) === 'delete') return;
  if (!cls) found.push(row);
  else for (let child = rows.firstOf(row, cls); child >= 0; child = rows.nextOf(child)) below(rows, child, down, depth + 1, found);
}

export function readFact(rows: Rows, from: number, path: FactPath): string | undefined {
  const row = follow(rows, from, path);
  const value = row < 0 ? undefined : rows.get(row, path.attribute.slot);
  return value === undefined ? undefined : partOf(value, path.part);
}

function partOf(value: Value, part: FactPath['part']): string | undefined {
  if (!isQuantity(value)) return value;
  if (part === 'unit') return value.unit;
  const factor = part === 'kg' ? kilograms[value.unit] : '1';
  return part === 'value' ? value.value : factor === undefined ? undefined : calculate('*', value.value, factor);
}

/** As people write it: `18410 KGM`. */
export const shown = (value: Value): string => (isQuantity(value) ? `${value.value} ${value.unit}`.trimEnd() : value);

/** How many kilograms a unit of mass is, by its common code. Source: conversion factors of UN/ECE Recommendation 20. */
const kilograms: Readonly<Record<string, string>> = {
  KGM: '1',
  GRM: '0.001',
  HGM: '0.1',
  DTN: '100',
  TNE: '1000',
  KTN: '1000000',
  LBR: '0.45359237',
  ONZ: '0.028349523125',
  CWA: '45.359237',
  CWI: '50.80234544',
  STN: '907.18474',
  LTN: '1016.0469088',
};
