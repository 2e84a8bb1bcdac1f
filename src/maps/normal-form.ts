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
    const facts: string[] = [];
    for (const { name, slot } of cls.attributes) {
      const value = rows.get(row, slot);
      if (value !== undefined && !without.has(rows.factIndex(row, slot))) facts.push(`${name}=${valueText(value)}`);
    }
    const children: string[] = [];
    for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) {
      const said = rows.removed(child) ? '' : write(child);
      if (said !== '') children.push(said);
    }
    const parts = [...facts, ...(carried.get(row)?.sort() ?? []), ...children.sort()];
    return parts.length === 0 ? '' : `${cls.name}(${parts.join(';')})`;
  };
  return rows
    .roots()
    .map(write)
    .filter((root) => root !== '')
    .sort()
    .join('\n');
}
