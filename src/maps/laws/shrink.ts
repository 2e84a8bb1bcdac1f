import type { Rows } from '../../dictionary/rows.ts';
import { checkRows } from '../integrity.ts';
import type { Fault } from './laws.ts';
import type { Recorded } from './wire.ts';

const most = 2_000; // attempts at a smaller case: some seconds at worst

/**
 * Takes away rows, then facts, as long as the same law is broken. Rows are made anew for each attempt, since a trial may
 * change them; what is taken away is named by its place. Keys and references stay in order, and so does what
 * `isKept` (the constants of the map): without them another fault speaks.
 */
export function shrinkRows(
  first: Fault,
  make: () => Rows,
  tries: (rows: Rows) => Fault | undefined,
  isKept: (rows: Rows, row: number, slot: number) => boolean,
): Fault & { rows: Rows; steps: number } {
  const whole = make();
  const facts: (readonly [row: number, slot: number])[] = [];
  const rows: number[] = [];
  for (let row = 0; row < whole.size; row++) {
    if (whole.removed(row)) continue;
    if (whole.parent(row) >= 0) rows.push(row);
    for (const { slot } of whole.class(row).attributes) if (whole.get(row, slot) !== undefined && !isKept(whole, row, slot)) facts.push([row, slot]);
  }
  const sound = checkRows(whole).length;
  const without = (removed: ReadonlySet<number>): Rows => {
    const made = make();
    for (const part of removed) {
      if (part < rows.length) made.remove(rows[part]!);
      else if (part < rows.length + facts.length) made.unset(...facts[part - rows.length]!);
    }
    for (const each of made.carried) if (removed.has(rows.length + facts.length + each.index)) made.shed(each.row, each);
    return made;
  };
  const { fault, removed, steps } = shrink(first, rows.length + facts.length + whole.carriedCount, (parts) => {
    const smaller = without(parts);
    return checkRows(smaller).length > sound ? undefined : tries(smaller);
  });
  return { ...fault, rows: without(removed), steps };
}

/** Takes away units, then atoms, as long as the same law is broken. An element goes with all that is in it. */
export function shrinkMessage(
  first: Fault,
  units: readonly Recorded[],
  tries: (units: readonly Recorded[]) => Fault | undefined,
): Fault & { units: readonly Recorded[]; steps: number } {
  const ends = units.map(({ kind }, at) => (kind === 'open' ? endOf(units, at) : at));
  const atoms = units.flatMap(({ atoms }, unit) => atoms.map((_, atom) => [unit, atom] as const));
  const without = (removed: ReadonlySet<number>): Recorded[] => {
    const gone = new Set<number>();
    for (const part of removed) if (part < units.length) for (let at = part; at <= ends[part]!; at++) gone.add(at);
    const lost = new Set([...removed].flatMap((part) => (part < units.length ? [] : [String(atoms[part - units.length])])));
    return units.flatMap((unit, at) => (gone.has(at) ? [] : [{ ...unit, atoms: unit.atoms.filter((_, i) => !lost.has(`${at},${i}`)) }]));
  };
  const isWhole = units[0]?.kind === 'open'; // an XML document keeps its element
  const { fault, removed, steps } = shrink(first, units.length + atoms.length, (parts) => {
    if ([...parts].some((part) => part < units.length && (units[part]!.kind === 'close' || (isWhole && part === 0)))) return undefined;
    return tries(without(parts));
  });
  return { ...fault, units: without(removed), steps };
}

function endOf(units: readonly Recorded[], open: number): number {
  let depth = 0;
  for (let at = open; at < units.length; at++) {
    if (units[at]!.kind === 'open') depth++;
    if (units[at]!.kind === 'close' && --depth === 0) return at;
  }
  return units.length - 1;
}

/** Greedy, in ever smaller runs of parts: first half of all, at last one by one, until nothing more can go. */
function shrink(
  first: Fault,
  parts: number,
  tries: (removed: ReadonlySet<number>) => Fault | undefined,
): { fault: Fault; removed: Set<number>; steps: number } {
  let [fault, removed, steps, attempts] = [first, new Set<number>(), 0, 0];
  for (let size = Math.max(1, parts >> 1); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let changed = true; changed;) {
      changed = false;
      for (let from = 0; from < parts && attempts < most; from += size) {
        const added = Array.from({ length: Math.min(size, parts - from) }, (_, i) => from + i).filter((part) => !removed.has(part));
        if (added.length === 0) continue;
        attempts++;
        const candidate = new Set([...removed, ...added]);
        const found = tries(candidate);
        if (found?.law !== first.law) continue;
        [fault, removed, changed] = [found, candidate, true];
        steps++;
      }
    }
  }
  return { fault, removed, steps };
}
