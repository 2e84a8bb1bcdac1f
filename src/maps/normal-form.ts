import type { Rows } from '../dictionary/rows.ts';
import { valueText } from './instance.ts';

/**
 * Rows as text, independent of the order of siblings: two sets of rows state the same facts where their normal forms are equal.
 * Rows that state nothing do not count.
 */
export function normalForm(rows: Rows, without: ReadonlySet<number> = new Set()): string {
  const carried = new Map<number, string[]>();
  if (rows.carriedCount > 0)
    for (const { row, index, map, name, value } of rows.carried) {
      if (without.has(rows.places + index)) continue;
      const there = carried.get(row);
      if (there) there.push(`$${map}.${name}=${value}`);
      else carried.set(row, [`$${map}.${name}=${value}`]);
    }
  const write = (row: number): string => {
    const cls = rows.class(row);
    let said = '';
    const add = (part: string): void => void (said += said === '' ? part : `;${part}`);
    for (const { name, slot } of cls.attributes) {
      const value = rows.get(row, slot);
      if (value !== undefined && !(without.size > 0 && without.has(rows.factIndex(row, slot)))) add(`${name}=${valueText(value)}`);
    }
    if (carried.size > 0) carried.get(row)?.sort().forEach(add);
    const children: string[] = [];
    for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) {
      const said = rows.removed(child) ? '' : write(child);
      if (said !== '') children.push(said);
    }
    if (children.length > 1) children.sort();
    children.forEach(add);
    return said === '' ? '' : `${cls.name}(${said})`;
  };
  return rows
    .roots()
    .map(write)
    .filter((root) => root !== '')
    .sort()
    .join('\n');
}
