import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Rows } from '../../dictionary/rows.ts';
import { build } from '../../maps/build.ts';
import { valueText } from '../../maps/instance.ts';
import type { Plan } from '../../maps/plan.ts';
import type { OutAtoms, UnitWriter } from '../../syntax/unit.ts';

/**
 * Joins what a schema says of a document of ours to the value we wrote there and to the place where it was stated: the
 * same rows are built once more onto a writer that only counts. It costs nothing where there is nothing to say.
 */
export function explain(findings: readonly Diagnostic[], plan: Plan, rows: Rows): Diagnostic[] {
  if (!findings.some(({ data }) => data?.xpath !== undefined)) return [...findings];
  const facts = factsByXPath(plan, rows);
  const stated = statements(rows, new Set(facts.values()));
  return findings.map((each) => {
    const fact = each.data?.xpath === undefined ? undefined : facts.get(each.data.xpath);
    const cause = fact === undefined ? undefined : stated.get(fact);
    return cause ? { ...each, cause } : each;
  });
}

/** What a writer says, of which fact: -1 of none. */
export interface Unwritten {
  readonly each: Diagnostic;
  readonly fact: number;
}

/** Joins what a writer says of a value to where the fact in it was stated. */
export function withStatements(unwritten: readonly Unwritten[], rows: Rows): Diagnostic[] {
  const stated = unwritten.length === 0 ? undefined : statements(rows, new Set(unwritten.map(({ fact }) => fact)));
  return unwritten.map(({ each, fact }) => {
    const cause = stated?.get(fact);
    return cause ? { ...each, cause } : each;
  });
}

/** Which fact stands at each XPath (`/Declaration/Consignment[2]/ID[1]`) of the document a build writes. */
function factsByXPath(plan: Plan, rows: Rows): Map<string, number> {
  const found = new Map<string, number>();
  const open: { path: string; counts: Map<string, number> }[] = [{ path: '', counts: new Map() }];
  const enter = (tag: string, atoms: OutAtoms): string => {
    const { path, counts } = open.at(-1)!;
    const name = tag.slice(tag.indexOf('}') + 1); // places have local names
    const ordinal = (counts.get(name) ?? 0) + 1;
    counts.set(name, ordinal);
    const own = path === '' ? `/${name}` : `${path}/${name}[${ordinal}]`;
    atoms.facts.forEach((fact, i) => {
      if (fact >= 0) found.set(atoms.names[i] === undefined ? own : `${own}/@${atoms.names[i]}`, fact);
    });
    const first = atoms.facts.find((fact) => fact >= 0);
    if (first !== undefined && !found.has(own)) found.set(own, first);
    return own;
  };
  const tracer: UnitWriter = {
    beginMessage: () => undefined,
    unit: (tag, atoms) => void enter(tag, atoms),
    open: (tag, atoms) => void open.push({ path: enter(tag, atoms), counts: new Map() }),
    close: () => void open.pop(),
    endMessage: () => undefined,
  };
  build(plan, rows, tracer);
  return found;
}

/** What was stated, and where, for the facts asked for. */
function statements(rows: Rows, wanted: ReadonlySet<number>): Map<number, Diagnostic> {
  const stated = new Map<number, Diagnostic>();
  for (let row = 0; row < rows.size; row++) {
    if (rows.removed(row)) continue;
    for (const { slot, path } of rows.class(row).attributes) {
      const value = rows.get(row, slot);
      const fact = rows.factIndex(row, slot);
      if (value !== undefined && wanted.has(fact))
        stated.set(fact, finding('MAP_STATED', { path, value: valueText(value) }, { data: rows.originPlace(row, slot) }));
    }
  }
  return stated;
}
