import type { Attribute } from '../../dictionary/dictionary.ts';
import type { Plan } from '../plan.ts';

/**
 * One of so many maps that has a place for something a map states, by any number: through the others its facts need not be sent, for
 * nothing would come back. Of those the next is taken; none is compiled that is not asked for.
 */
export function sharingFacts(plan: Plan, count: number, at: (place: number) => Plan | undefined): (no: number) => Plan | undefined {
  const own = stated(plan);
  const shares = (other: Plan | undefined): boolean => {
    for (const attribute of other ? stated(other) : []) if (own.has(attribute)) return true;
    return false;
  };
  const found: (Plan | undefined)[] = [];
  const next = (from: number): Plan | undefined => {
    for (let step = 0; step < count; step++) {
      const other = at((from + step) % count);
      if (shares(other)) return other;
    }
    return undefined;
  };
  return (no) => (count === 0 ? undefined : (found[no % count] ??= next(no % count)));
}

const known = new WeakMap<Plan, ReadonlySet<Attribute>>();

function stated(plan: Plan): ReadonlySet<Attribute> {
  let attributes = known.get(plan);
  if (!attributes) {
    attributes = new Set(plan.bindings.flatMap((binding) => binding.attributes.flatMap(({ attribute, element }) => (element ? [attribute] : []))));
    known.set(plan, attributes);
  }
  return attributes;
}
