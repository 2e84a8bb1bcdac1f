import type { Rows } from '../dictionary/rows.ts';
import { sameValue, valueText } from './instance.ts';

/**
 * Rows as text, independent of the order of siblings: two sets of rows state the same facts where their normal forms are equal.
 * Rows that state nothing do not count.
 */
export function normalForm(rows: Rows, without: ReadonlySet<number> = new Set()): string {
  const said = new Array<string>(rows.size).fill(''); // by row, without what stands below it
  const add = (row: number, part: string): void => void (said[row] = said[row] === '' ? part : `${said[row]!};${part}`);
  rows.eachFact((row, slot, value, fact) => {
    if (!without.has(fact)) add(row, `${rows.class(row).attributes[slot]!.name}=${valueText(value)}`);
  });
  const write = (row: number): string => {
    const carried = rows.carriedCount > 0 ? rows.carriedOf(row).filter(({ index }) => !without.has(rows.places + index)) : [];
    const carries = carried.map(({ map, name, value }) => `$${map}.${name}=${value}`).sort();
    for (const part of carries) add(row, part);
    const children: string[] = [];
    for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) {
      const below = rows.removed(child) ? '' : write(child);
      if (below !== '') children.push(below);
    }
    if (children.length > 1) children.sort();
    for (const part of children) add(row, part);
    return said[row] === '' ? '' : `${rows.class(row).name}(${said[row]!})`;
  };
  return rows
    .roots()
    .map(write)
    .filter((root) => root !== '')
    .sort()
    .join('\n');
}

const none: ReadonlySet<number> = new Set();

export interface SameOptions {
  readonly without?: ReadonlySet<number> | undefined; // facts of the first of which it is not asked
  readonly withoutSecond?: ReadonlySet<number> | undefined;
  readonly bytes?: boolean; // read at the same
}

/**
 * Whether two sets of rows state the same facts row for row, in the order in which they stand, and where it is asked for read at the same
 * bytes. Then their normal forms are equal too; where not, only those tell. It is the quick answer for most of what was read again.
 */
export function isSameInOrder(first: Rows, second: Rows, { without = none, withoutSecond = none, bytes = false }: SameOptions = {}): boolean {
  const [isWhole, isSecondWhole] = [without.size === 0, withoutSecond.size === 0];
  const offset = (rows: Rows, row: number, slot: number): number | undefined => rows.origin(row, slot)?.offset;
  const saySame = (row: number, other: number): boolean => {
    const cls = first.class(row);
    if (cls !== second.class(other)) return false;
    for (let slot = 0; slot < cls.attributes.length; slot++) {
      let [value, again] = [first.get(row, slot), second.get(other, slot)];
      if (value !== undefined && !isWhole && without.has(first.factIndex(row, slot))) value = undefined;
      if (again !== undefined && !isSecondWhole && withoutSecond.has(second.factIndex(other, slot))) again = undefined;
      if (value === undefined || again === undefined) {
        if (value !== again) return false;
      } else if (!sameValue(value, again) || (bytes && offset(first, row, slot) !== offset(second, other, slot))) return false;
    }
    return carrySame(row, other);
  };
  const carrySame = (row: number, other: number): boolean => {
    const carried = first.carriedCount === 0 ? [] : first.carriedOf(row).filter(({ index }) => isWhole || !without.has(first.places + index));
    const again = second.carriedCount === 0 ? [] : second.carriedOf(other).filter(({ index }) => isSecondWhole || !withoutSecond.has(second.places + index));
    return (
      carried.length === again.length &&
      carried.every(({ map, name, value, origin }, i) => {
        const { map: map2, name: name2, value: value2, origin: origin2 } = again[i]!;
        return map === map2 && name === name2 && value === value2 && (!bytes || first.origins.get(origin)?.offset === second.origins.get(origin2)?.offset);
      })
    );
  };
  const inSight = (rows: Rows, from: number): number => {
    let row = from;
    while (row >= 0 && rows.removed(row)) row = rows.nextSibling(row);
    return row;
  };
  const same = (row: number, other: number): boolean => {
    if (!saySame(row, other)) return false;
    let [child, again] = [inSight(first, first.firstChild(row)), inSight(second, second.firstChild(other))];
    while (child >= 0 && again >= 0) {
      if (!same(child, again)) return false;
      [child, again] = [inSight(first, first.nextSibling(child)), inSight(second, second.nextSibling(again))];
    }
    return child < 0 && again < 0;
  };
  const [roots, others] = [first.roots(), second.roots()];
  return roots.length === others.length && roots.every((root, i) => same(root, others[i]!));
}
