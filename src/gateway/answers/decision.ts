import type { Dictionary } from '../../dictionary/dictionary.ts';
import type { Rows } from '../../dictionary/rows.ts';
import type { AnsweredName, AnswerProfile, Verdict, VerdictRule } from '../../partners/profile.ts';
import { named } from '../../partners/paths.ts';

/** What an agency's answer decides, and about which message: as the profile says of the agency that was given that message. */
export interface Decision {
  readonly agency: string;
  readonly names: readonly Name[]; // what the answered message may be found by
  readonly stated: readonly string[]; // the attributes where a message, or a former answer to it, states them
  readonly verdict: Verdict | undefined; // undefined: it decides nothing
}

/** A name of the answered message, and where the answer states it. */
export interface Name {
  readonly path: string;
  readonly value: string;
}

/** Reads it from the facts of an answer, as the agency's profile says. */
export function decisionOf(rows: Rows, agency: string, { names, verdict }: AnswerProfile): Decision {
  return {
    agency,
    names: names.flatMap((name) => valuesOf(rows, name).map((value): Name => ({ path: name.path, value }))),
    stated: names.flatMap(({ path, as }) => [path, ...(as === undefined ? alike(rows.dictionary, path) : [as])]),
    verdict: verdict.map((rule) => verdictBy(rule, rows)).find((each) => each !== undefined),
  };
}

/** Attributes of whole documents that are the same data element: an answer states a document's number where the answer has it. */
function alike({ roots, attribute }: Dictionary, path: string): string[] {
  const wco = attribute(path)?.wco;
  return wco === undefined ? [] : roots.flatMap(({ attributes }) => attributes.filter((each) => each.wco === wco).map((each) => each.path));
}

function verdictBy({ path, values }: VerdictRule, rows: Rows): Verdict | undefined {
  const [said] = valuesOf(rows, { path });
  return said !== undefined && Object.hasOwn(values, said) ? values[said] : undefined;
}

/** What the rows state at a path, each value once. */
export function valuesOf(rows: Rows, { path, where = {} }: AnsweredName): string[] {
  const values = named(path, rows.dictionary).flatMap(({ cls, attribute }) => {
    const found: string[] = [];
    for (let row = 0; row < rows.size; row++) {
      if (rows.removed(row) || rows.classIndex(row) !== cls.index || !isAmong(rows, row, where)) continue;
      const value = rows.get(row, attribute.slot);
      if (typeof value === 'string' && value !== '') found.push(value);
    }
    return found;
  });
  return [...new Set(values)];
}

function isAmong(rows: Rows, row: number, where: NonNullable<AnsweredName['where']>): boolean {
  const { attributes } = rows.class(row);
  return Object.entries(where).every(([name, values]) => {
    const slot = attributes.find((each) => each.name === name)?.slot;
    const value = slot === undefined ? undefined : rows.get(row, slot);
    return typeof value === 'string' && values.includes(value);
  });
}
