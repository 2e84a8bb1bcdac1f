import { BoundedFindings } from '../diagnostics/bounded.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Attribute, DictionaryClass } from '../dictionary/dictionary.ts';
import type { AssertionMode, Rows } from '../dictionary/rows.ts';
import { checkValue, isQuantity } from '../dictionary/value.ts';

// A row of a change that only names what it speaks of need not say the rest (design: change messages are deltas).
const partial: ReadonlySet<AssertionMode> = new Set<AssertionMode>(['delete', 'unchanged']);

/**
 * What the dictionary says against facts: values that are not of their type, what is required and missing, what stands
 * twice and may stand once. Keys and references are the maps' own matter, checked where rows are made.
 */
export function checkFacts(rows: Rows): readonly Diagnostic[] {
  const findings = new BoundedFindings();
  const counts = new Map<number, number>(); // of the children of one row, by class index
  const visit = (row: number): void => {
    const cls = rows.class(row);
    const demands = demandsOf(cls);
    checkValues(rows, row, cls, findings);
    const complete = !partial.has(rows.mode(row));
    for (const { slot, path } of demands.attributes) {
      if (complete && rows.get(row, slot) === undefined) findings.push(finding('CONFORM_REQUIRED', { path, owner: cls.path }));
    }
    counts.clear();
    for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) {
      const index = rows.classIndex(child);
      if (!rows.removed(child)) counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    for (const child of demands.classes) {
      const count = counts.get(child.index) ?? 0;
      if (count === 0 && child.required && complete) findings.push(finding('CONFORM_REQUIRED', { path: child.path, owner: cls.path }));
      if (count > 1 && !child.many) findings.push(finding('CONFORM_REPEATED', { path: child.path, owner: cls.path, count: String(count) }));
    }
    for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) if (!rows.removed(child)) visit(child);
  };
  for (const row of rows.roots()) visit(row);
  return findings.all();
}

interface Demands {
  readonly attributes: DictionaryClass['attributes'];
  readonly classes: readonly DictionaryClass[]; // required, or not to be repeated
}

const known = new WeakMap<DictionaryClass, Demands>();

function demandsOf(cls: DictionaryClass): Demands {
  let demands = known.get(cls);
  if (!demands) {
    demands = { attributes: cls.attributes.filter((each) => each.required), classes: cls.classes.filter((each) => each.required || !each.many) };
    known.set(cls, demands);
  }
  return demands;
}

function checkValues(rows: Rows, row: number, { attributes }: DictionaryClass, findings: BoundedFindings): void {
  for (let slot = 0; slot < attributes.length; slot++) {
    const value = rows.get(row, slot);
    const reason = value === undefined ? undefined : checkValue(attributes[slot]!.type, value);
    if (reason !== undefined) tell(findings, rows, row, attributes[slot]!, reason);
  }
}

function tell(findings: BoundedFindings, rows: Rows, row: number, { slot, path }: Attribute, reason: string): void {
  const value = rows.get(row, slot)!;
  const actual = isQuantity(value) ? `${value.value} ${value.unit}` : value;
  findings.tell('CONFORM_VALUE', () => finding('CONFORM_VALUE', { path, reason }, { data: rows.originPlace(row, slot), actual }));
}
