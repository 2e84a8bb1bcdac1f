import type { Rows } from '../../dictionary/rows.ts';
import type { SegmentDirectory } from '../../syntax/segmented.ts';
import { randomRows } from '../generate.ts';
import { seeded, Values, writable } from '../generate-values.ts';
import type { Plan } from '../plan.ts';
import { laws, messageFault, rowsFault, type Fault, type LawName, type Trial } from './laws.ts';
import { damaged, randomMessage, randomOfDirectory } from './messages.ts';
import { shrinkMessage, shrinkRows } from './shrink.ts';
import type { Recorded, Wire } from './wire.ts';

export interface LawOptions {
  readonly wire: Wire;
  readonly runs: number;
  readonly seed: number; // of the first case; each case has its own, the next whole number
  readonly other?: (no: number) => Plan | undefined; // maps through which facts are sent, by any number
  readonly directory?: SegmentDirectory | undefined; // of the map's messages
  readonly writing?: Plan; // a planted fault: see `Trial`
}

/** A case that breaks a law, made small. */
export interface Counterexample extends Fault {
  readonly seed: number;
  readonly rows: Rows | undefined; // of a case that began with rows
  readonly units: readonly Recorded[] | undefined; // of one that began with a message
  readonly steps: number; // how often it was made smaller
}

export interface LawReport {
  readonly map: string;
  readonly runs: number; // random cases that were tried
  readonly seed: number;
  readonly tried: Readonly<Record<LawName, number>>; // how often each law had something to say
  readonly counterexample: Counterexample | undefined;
}

/** Tries the laws on a map over random cases, until one is broken. The same seed gives the same cases. */
export function tryLaws(plan: Plan, options: LawOptions): LawReport {
  const tried = Object.fromEntries(Object.keys(laws).map((law) => [law, 0])) as Record<LawName, number>;
  let runs = 0;
  let counterexample: Counterexample | undefined;
  for (let seed = options.seed; runs < options.runs && !counterexample; seed++) {
    counterexample = tryCase(plan, options, seed, tried);
    runs++;
  }
  return { map: plan.name, runs, seed: options.seed, tried, counterexample };
}

/** Of four cases two begin with rows, one with a message of the map's syntax, one with a damaged or foreign one. */
function tryCase(plan: Plan, options: LawOptions, seed: number, tried: Record<LawName, number>): Counterexample | undefined {
  const { wire, directory, writing } = options;
  const trial = (salt: number, only?: LawName): Trial => ({
    plan,
    ...(writing ? { writing } : {}),
    wire,
    other: seed % 2 === 0 ? options.other?.(seed >> 1) : undefined, // only what begins with rows is sent
    values: new Values(seeded(seed * 7 + salt), writable),
    tried: (law) => void tried[law]++,
    only,
  });
  const fullness = seed % 128 === 0 ? 1 : seeded(seed)() ** 2 / 2; // mostly small: quick, and they show most of what a large case does
  const chance = new Values(seeded(seed + 0x5eed), writable);
  if (seed % 2 === 0) {
    const rows = (): Rows => randomRows(plan, seeded(seed), { fullness });
    const offered = rows();
    const fault = rowsFault(trial(1), offered);
    if (!fault) return void offered.release();
    return { seed, ...shrinkRows(fault, rows, (smaller) => rowsFault(trial(1, fault.law), smaller), constantsOf(plan)), units: undefined };
  }
  const isForeign = directory !== undefined && seed % 8 === 1;
  const made = isForeign ? randomOfDirectory(plan, directory, chance, fullness) : randomMessage(plan, chance, fullness);
  const units = seed % 4 === 3 ? damaged(plan, made, chance) : made;
  const fault = messageFault(trial(2), units);
  return fault && { seed, ...shrinkMessage(fault, units, (smaller) => messageFault(trial(2, fault.law), smaller)), rows: undefined };
}

/** Whether a fact is one that the map always states. */
function constantsOf({ bindings }: Plan): (rows: Rows, row: number, slot: number) => boolean {
  const own = bindings.flatMap(({ class: cls, attributes }) =>
    attributes.flatMap(({ attribute: { slot }, constant }) => (constant === undefined ? [] : [{ cls, slot, constant }])),
  );
  return (rows, row, slot) => own.some((each) => each.slot === slot && rows.class(row) === each.cls && rows.get(row, slot) === each.constant);
}
