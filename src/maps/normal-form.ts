import type { Rows } from '../dictionary/rows.ts';
import { valueText } from './instance.ts';

/**
 * Rows as text, independent of the order of siblings: two sets of rows state the same facts where their normal forms are equal.
 * Rows that state nothing do not count.
 */
export function normalForm(rows: Rows, without: ReadonlySet<number> = new Set()): string {
  const carried = new Map<number, string[]>();
  for (const { row, index, map, name, value } of rows.carried)
    if (!without.has(rows.places + index)) carried.set(row, [...(carried.get(row) ?? []), `$${map}.${name}=${value}`]);
  const write = (row: number): string => {
    const cls = rows.class(row);
    const facts = cls.attributes.flatMap(({ name, slot }) => {
      const value = rows.get(row, slot);
      return value === undefined || without.has(rows.factIndex(row, slot)) ? [] : [`${name}=${valueText(value)}`];
    });
    const children: string[] = [];
    for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) if (!rows.removed(child)) children.push(write(child));
    const parts = [...facts, ...(carried.get(row)?.sort() ?? []), ...children.filter((child) => child !== '').sort()];
    return parts.length === 0 ? '' : `${cls.name}(${parts.join(';')})`;
  };
  return rows
    .roots()
    .map(write)
    .filter((root) => root !== '')
    .sort()
    .join('\n');
}
