import type { Place } from '../diagnostics/place.ts';
import type { Rows } from '../dictionary/rows.ts';
import { sameValue, valueText } from './instance.ts';
import type { BindingPlan } from './plan.ts';

/** Of two copies of one thing the second says something else: it is not kept, and its atom is lost. */
export interface Conflict {
  readonly path: string;
  readonly kept: string;
  readonly dropped: string;
}

export interface Merging {
  readonly rows: Rows;
  forfeit(conflict: Conflict, data: Place | undefined, rule: Place): void;
}

/** Puts a copy into the row that was there before: what is new is added, what is the same is one, what differs is forfeit. */
export function mergeRows(merging: Merging, from: number, into: number, binding: BindingPlan): void {
  const { rows } = merging;
  mergeCarried(merging, from, into, binding);
  for (const { slot, path } of rows.class(from).attributes) {
    const value = rows.get(from, slot);
    if (value === undefined) continue;
    const known = rows.get(into, slot);
    if (known === undefined) rows.copy(into, slot, rows, from);
    else if (!sameValue(known, value))
      merging.forfeit({ path, kept: valueText(known), dropped: valueText(value) }, rows.originPlace(from, slot), binding.place);
  }
  const children: number[] = [];
  for (let child = rows.firstChild(from); child >= 0; child = rows.nextSibling(child)) if (!rows.removed(child)) children.push(child);
  for (const child of children) {
    const same = twin(rows, child, into, binding);
    if (same < 0) rows.attach(child, into);
    else mergeRows(merging, child, same, binding);
  }
  rows.discard(from);
}

/** What the format carries with a row goes where the row goes; what is the same is one, what differs is forfeit. */
function mergeCarried({ rows, forfeit }: Merging, from: number, into: number, binding: BindingPlan): void {
  rows.handOver(from, into, ({ name, value, origin: number }, there) => {
    const known = there.find((each) => each.name === name);
    if (!known) return true;
    if (known.value !== value) {
      const origin = rows.origins.get(number);
      const data = origin && { source: '', start: origin.offset, end: origin.offset + value.length, edi: { tag: origin.tag, segment: origin.position } };
      forfeit({ path: `${binding.class.path}.$carry.${name}`, kept: known.value, dropped: value }, data, binding.place);
    }
    return false;
  });
}

/** The child of `into` that is the same thing as `child`: the only one of its class, or for embedded copies the one with its key. */
function twin(rows: Rows, child: number, into: number, binding: BindingPlan): number {
  const cls = rows.class(child);
  if (cls.many && binding.merge !== 'embed') return -1;
  const keys = cls.attributes.filter((attribute) => cls.key.includes(attribute.name));
  const compared = keys.length > 0 ? keys : cls.attributes;
  const same = (other: number): boolean =>
    compared.every(({ slot }) => {
      const [a, b] = [rows.get(child, slot), rows.get(other, slot)];
      return a === undefined || b === undefined ? a === b : sameValue(a, b);
    });
  return rows.children(into, cls).find((other) => !cls.many || same(other)) ?? -1;
}
