import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { KeyTable } from '../dictionary/key-table.ts';
import type { Rows } from '../dictionary/rows.ts';
import { refusal } from './emit.ts';
import { childRow, sameValue, valueText } from './instance.ts';
import type { BindingPlan, Plan } from './plan.ts';

/**
 * Rows that a `regroup` could not put together again as they are: several below one that has no key, or two of one key. Two that say the same
 * and differ in their parts alone are one row with the parts of both, which is told.
 */
export function unkeyed(plan: Plan, rows: Rows, told: { push(found: Diagnostic): void }): string | undefined {
  for (const binding of plan.bindings) {
    const below = binding.merge === 'regroup' ? plan.bindings.find((each) => each.parent === binding && each.class.many) : undefined;
    if (!below) continue;
    const seen = new KeyTable(rows.pool);
    for (let row = 0; row < rows.size; row++) {
      if (rows.removed(row) || rows.class(row) !== binding.class) continue;
      const key = keyText(plan, rows, binding, row);
      const name = binding.key.map((element) => element.name).join(' and ');
      const first = key === undefined ? rows.firstOf(row, below.class) : -1;
      if (first >= 0 && rows.nextOf(first) >= 0) return `${binding.class.path} has no ${name} by which its parts could be put together again`;
      if (key === undefined) continue;
      const id = `${rows.parent(row)} ${key}`;
      const other = seen.get(id);
      if (other === undefined) seen.set(id, row);
      else if (!alike(rows, row, other, below)) return `${binding.class.path} \`${key}\` is there twice, and would be read as one`;
      else told.push(finding('MAP_ROWS_JOIN', { class: binding.class.path, key }, { rule: binding.place }));
    }
    seen.clear();
  }
  return undefined;
}

/** Whether two rows state the same, and nothing below them but their parts. */
function alike(rows: Rows, row: number, other: number, { class: part }: BindingPlan): boolean {
  const cls = rows.class(row);
  const same = cls.attributes.every(({ slot }) => {
    const [one, two] = [rows.get(row, slot), rows.get(other, slot)];
    return one === undefined || two === undefined ? one === two : sameValue(one, two);
  });
  const onlyParts = [row, other].every(
    (each) => rows.carriedOf(each).length === 0 && cls.classes.every((inner) => inner === part || rows.firstOf(each, inner) < 0),
  );
  return same && onlyParts;
}

function keyText(plan: Plan, rows: Rows, binding: BindingPlan, row: number): string | undefined {
  const values = binding.key.map((element) => {
    const holder = plan.bindings.find(
      (each) => (each === binding || each.parent === binding) && each.attributes.some((attribute) => attribute.element === element),
    );
    const at = holder === binding ? row : holder ? childRow(rows, row, holder) : -1;
    const attribute = holder?.attributes.find((each) => each.element === element);
    const value = at >= 0 && attribute ? rows.get(at, attribute.attribute.slot) : undefined;
    return value === undefined || refusal(element, value) !== undefined ? undefined : value; // what is not written is no key
  });
  return values.includes(undefined) ? undefined : values.map((value) => valueText(value!)).join(' ');
}
