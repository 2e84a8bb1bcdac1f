import type { Rows } from '../dictionary/rows.ts';
import { valueText } from './instance.ts';

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
