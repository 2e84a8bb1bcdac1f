import type { Attribute } from '../../dictionary/dictionary.ts';
import type { Plan } from '../plan.ts';

/** The maps that have a place for something a map states: through the others its facts need not be sent, for nothing would come back. */
export function sharingFacts(plan: Plan, others: readonly Plan[]): readonly Plan[] {
  const own = stated(plan);
  return others.filter((other) => other !== plan && [...stated(other)].some((attribute) => own.has(attribute)));
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
