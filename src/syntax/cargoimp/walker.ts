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
  readonly to: Position;
  readonly skipped: readonly Row[]; // required, and not there
  readonly continues: boolean; // the next of a run: without its identifier
}

export const begin = (grammar: Grammar): Position => ({ rows: grammar.rows, at: -1, count: 0, around: undefined });

/** What may come next, the nearest first: what belongs to the row at hand, the same again, what follows it, and so on outward. Never back. */
export function* steps(from: Position): Generator<Step> {
  const row = from.rows[from.at];
  let skipped: Row[] = [];
  if (row && row.children.length > 0) {
    yield* forward({ rows: row.children, at: -1, count: 0, around: from }, skipped);
    skipped = required(row.children);
  }
  for (let frame: Position | undefined = from; frame; frame = frame.around) {
    const own: Row | undefined = frame.rows[frame.at];
    if (own && frame.count < own.max) yield { row: own, to: { ...frame, count: frame.count + 1 }, skipped, continues: true };
    yield* forward(frame, skipped);
    skipped = [...skipped, ...required(frame.rows.slice(frame.at + 1))];
  }
}

function* forward(frame: Position, before: readonly Row[]): Generator<Step> {
  const skipped = [...before];
  for (let at = frame.at + 1; at < frame.rows.length; at++) {
    const row = frame.rows[at]!;
    const before = frame.rows[frame.at]; // whose identifier may serve for both
    const continues =
      before !== undefined && before !== row && at === frame.at + 1 && before.pattern.identifier !== '' && before.pattern.identifier === row.pattern.identifier;
    yield { row, to: { ...frame, at, count: 1 }, skipped: [...skipped], continues };
    if (row.min > 0) skipped.push(row);
  }
  for (let at = frame.at - 1; frame.rows[frame.at]?.free && at >= 0 && frame.rows[at]!.free; at--)
    yield { row: frame.rows[at]!, to: { ...frame, at, count: 1 }, skipped: before, continues: false };
}

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
