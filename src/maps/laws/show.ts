import { valueText } from '../instance.ts';
import type { Plan } from '../plan.ts';
import type { Rows } from '../../dictionary/rows.ts';
import { laws } from './laws.ts';
import type { Counterexample } from './run.ts';
import { writeRows, writeUnits, type Wire } from './wire.ts';

/** A counterexample for people: the law, what broke it, the rows it began with, and the message. */
export function showCounterexample(wire: Wire, plan: Plan, { law, detail, seed, rows, units }: Counterexample): string {
  const bytes = rows ? writeRows(wire, plan, rows).bytes : writeUnits(wire, plan, units ?? []).bytes;
  const parts = [`${law}: ${laws[law]}`, `broken by case ${seed} (--seed ${seed} --runs 1)`, detail];
  if (rows) parts.push(`the rows:\n${indented(rowsText(rows))}`);
  return `${[...parts, `the message:\n${indented(wire.text(plan, bytes))}`].join('\n')}\n`;
}

/** Rows as an indented list. */
export function rowsText(rows: Rows): string {
  const lines: string[] = [];
  const write = (row: number, depth: number): void => {
    const cls = rows.class(row);
    lines.push(`${'  '.repeat(depth)}${cls.name}`);
    for (const { name, slot } of cls.attributes) {
      const value = rows.get(row, slot);
      if (value !== undefined) lines.push(`${'  '.repeat(depth + 1)}${name}: ${valueText(value)}`);
    }
    for (const each of rows.carried) if (each.row === row) lines.push(`${'  '.repeat(depth + 1)}$carry.${each.name}: ${each.value}`);
    for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) if (!rows.removed(child)) write(child, depth + 1);
  };
  for (const root of rows.roots()) write(root, 0);
  return lines.join('\n');
}

const indented = (text: string): string => text.replace(/^/gm, '  ').trimEnd();
