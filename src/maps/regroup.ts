import { KeyTable } from '../dictionary/key-table.ts';
import type { Rows } from '../dictionary/rows.ts';
import { childRow, valueText } from './instance.ts';
import type { BindingPlan, Plan } from './plan.ts';

/** Rows that a `regroup` could not put together again as they are: several below one that has no key, or two of one key. */
export function unkeyed(plan: Plan, rows: Rows): string | undefined {
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
      if (seen.get(id) !== undefined) return `${binding.class.path} \`${key}\` is there twice, and would be read as one`;
      seen.set(id, row);
    }
    seen.clear();
  }
  return undefined;
}

function keyText(plan: Plan, rows: Rows, binding: BindingPlan, row: number): string | undefined {
  const values = binding.key.map((element) => {
    const holder = plan.bindings.find(
      (each) => (each === binding || each.parent === binding) && each.attributes.some((attribute) => attribute.element === element),
    );
    const at = holder === binding ? row : holder ? childRow(rows, row, holder) : -1;
    const attribute = holder?.attributes.find((each) => each.element === element);
    return at >= 0 && attribute ? rows.get(at, attribute.attribute.slot) : undefined;
  });
  return values.includes(undefined) ? undefined : values.map((value) => valueText(value!)).join(' ');
}
