import type { Grammar, Row } from './grammar.ts';

/** Where in a grammar reading stands: a row of some rows, how often it was there, and the row around them. Never changed, so that a way can be tried and left. */
export interface Position {
  readonly rows: readonly Row[];
  readonly at: number; // -1 before the first
  readonly count: number; // of the row at hand, in a run
  readonly around: Position | undefined;
}

export interface Step {
  readonly row: Row;
  readonly frame: Position; // where the row stands
  readonly at: number;
  readonly count: number;
  readonly skipped: Skipped | undefined; // required, and not there
  readonly continues: boolean; // the next of a run: without its identifier
}

/** Rows that are passed over: these, after those before. A list that is shared, since nearly every step is tried and left. */
export interface Skipped {
  readonly rows: readonly Row[];
  readonly before: Skipped | undefined;
}

export const begin = (grammar: Grammar): Position => ({ rows: grammar.rows, at: -1, count: 0, around: undefined });

/** Where reading stands after a step. */
export const after = ({ frame, at, count }: Step): Position => ({ rows: frame.rows, at, count, around: frame.around });

/** The rows that a step passes over, in their order. */
export function skippedBy({ skipped }: Step): readonly Row[] {
  const found: Row[] = [];
  for (let each = skipped; each; each = each.before) found.unshift(...each.rows);
  return found;
}

type Moving = { -readonly [K in keyof Step]: Step[K] };

/**
 * What may come next, the nearest first: what belongs to the row at hand, the same again, what follows it, and so on outward. Never back.
 * Asks until one is taken; undefined where none is. It is one step that moves: it is what it is until `takes` returns.
 */
export function findStep(from: Position, takes: (step: Step) => boolean): Step | undefined {
  const row = from.rows[from.at];
  const step: Moving = { row: row ?? from.rows[0]!, frame: from, at: 0, count: 0, skipped: undefined, continues: false };
  if (row && row.children.length > 0) {
    step.frame = { rows: row.children, at: -1, count: 0, around: from };
    if (forward(step, takes)) return step;
    step.skipped = passing(required(row.children), undefined);
  }
  for (let frame: Position | undefined = from; frame; frame = frame.around) {
    const own: Row | undefined = frame.rows[frame.at];
    step.frame = frame;
    if (own && frame.count < own.max) {
      step.row = own;
      step.at = frame.at;
      step.count = frame.count + 1;
      step.continues = true;
      if (takes(step)) return step;
    }
    if (forward(step, takes)) return step;
  }
  return undefined;
}

/** The rows of a frame after the one at hand, then those that may change places with it; `skipped` has all of them in the end. */
function forward(step: Moving, takes: (step: Step) => boolean): boolean {
  const { rows, at: from } = step.frame;
  const own = rows[from]; // whose identifier may serve for the next too
  const before = step.skipped;
  step.count = 1;
  for (let at = from + 1; at < rows.length; at++) {
    const row = rows[at]!;
    step.row = row;
    step.at = at;
    step.continues = own !== undefined && at === from + 1 && own !== row && own.pattern.identifier !== '' && own.pattern.identifier === row.pattern.identifier;
    if (takes(step)) return true;
    if (row.min > 0) step.skipped = { rows: [row], before: step.skipped };
  }
  const skipped = step.skipped;
  step.skipped = before;
  step.continues = false;
  for (let at = from - 1; own?.free && at >= 0 && rows[at]!.free; at--) {
    step.row = rows[at]!;
    step.at = at;
    if (takes(step)) return true;
  }
  step.skipped = skipped;
  return false;
}

const passing = (rows: readonly Row[], before: Skipped | undefined): Skipped | undefined => (rows.length === 0 ? before : { rows, before });

const required = (rows: readonly Row[]): Row[] => rows.filter(({ min }) => min > 0);

/** What is missing where the message ends here. */
export function missingAtEnd(from: Position): readonly Row[] {
  const missing = required(from.rows[from.at]?.children ?? []);
  for (let frame: Position | undefined = from; frame; frame = frame.around) missing.push(...required(frame.rows.slice(frame.at + 1)));
  return missing;
}

const places = new WeakMap<Grammar, ReadonlyMap<string, readonly Position[]>>();

/** The places at which a row with this identifier stands, wherever in the grammar: for a line that is out of order. */
export function placesOf(grammar: Grammar, identifier: string): readonly Position[] {
  const known = places.get(grammar) ?? allPlaces(grammar);
  places.set(grammar, known);
  return known.get(identifier) ?? [];
}

function allPlaces(grammar: Grammar): ReadonlyMap<string, readonly Position[]> {
  const found = new Map<string, Position[]>();
  const visit = (rows: readonly Row[], around: Position | undefined): void => {
    rows.forEach((row, at) => {
      const here: Position = { rows, at, count: 1, around };
      const before: Position = { ...here, at: at - 1, count: rows[at - 1]?.max ?? 0 };
      for (const identifier of new Set([row.pattern, ...row.deviations.map(({ pattern }) => pattern)].map((pattern) => pattern.identifier)))
        found.set(identifier, [...(found.get(identifier) ?? []), before]);
      visit(row.children, here);
    });
  };
  visit(grammar.rows, undefined);
  return found;
}
