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

/** What may come next, the nearest first: what belongs to the row at hand, the same again, what follows it, and so on outward. Never back. */
export function* steps(from: Position): Generator<Step, undefined> {
  const row = from.rows[from.at];
  let skipped: Skipped | undefined;
  if (row && row.children.length > 0) {
    yield* forward({ rows: row.children, at: -1, count: 0, around: from }, undefined);
    skipped = passing(required(row.children), undefined);
  }
  for (let frame: Position | undefined = from; frame; frame = frame.around) {
    const own: Row | undefined = frame.rows[frame.at];
    if (own && frame.count < own.max) yield { row: own, frame, at: frame.at, count: frame.count + 1, skipped, continues: true };
    skipped = yield* forward(frame, skipped);
  }
  return undefined;
}

/** The rows of a frame after the one at hand; returns what is skipped where all of them are. */
function* forward(frame: Position, before: Skipped | undefined): Generator<Step, Skipped | undefined> {
  const { rows, at: from } = frame;
  const own = rows[from]; // whose identifier may serve for the next too
  let skipped = before;
  for (let at = from + 1; at < rows.length; at++) {
    const row = rows[at]!;
    const continues = own !== undefined && at === from + 1 && own !== row && own.pattern.identifier !== '' && own.pattern.identifier === row.pattern.identifier;
    yield { row, frame, at, count: 1, skipped, continues };
    if (row.min > 0) skipped = { rows: [row], before: skipped };
  }
  for (let at = from - 1; own?.free && at >= 0 && rows[at]!.free; at--) yield { row: rows[at]!, frame, at, count: 1, skipped: before, continues: false };
  return skipped;
}

const passing = (rows: readonly Row[], before: Skipped | undefined): Skipped | undefined => (rows.length === 0 ? before : { rows, before });

const required = (rows: readonly Row[]): Row[] => rows.filter(({ min }) => min > 0);

/** What is missing where the message ends here. */
export function missingAtEnd(from: Position): readonly Row[] {
  const missing = required(from.rows[from.at]?.children ?? []);
  for (let frame: Position | undefined = from; frame; frame = frame.around) missing.push(...required(frame.rows.slice(frame.at + 1)));
  return missing;
}

/** The places at which a row with this identifier stands, wherever in the grammar: for a line that is out of order. */
export function placesOf(grammar: Grammar, identifier: string): readonly Position[] {
  const found: Position[] = [];
  const visit = (rows: readonly Row[], around: Position | undefined): void => {
    rows.forEach((row, at) => {
      const here: Position = { rows, at, count: 1, around };
      if (row.pattern.identifier === identifier || row.deviations.some(({ pattern }) => pattern.identifier === identifier))
        found.push({ ...here, at: at - 1, count: rows[at - 1]?.max ?? 0 });
      visit(row.children, here);
    });
  };
  visit(grammar.rows, undefined);
  return found;
}
