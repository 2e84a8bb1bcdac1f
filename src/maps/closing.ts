import type { BindingPlan, ElementPlan, GroupPlan, NodePlan, Plan } from './plan.ts';
import { reading, type Reading } from './reading.ts';

/** What is done when an instance of a group closes, worked out once for a plan. */
export interface Closing {
  readonly bindings: readonly BindingClosing[]; // parents before children
  readonly factless: readonly Reading[]; // derived, local and constant elements
  readonly tallies: readonly Tally[];
  readonly required: readonly NodePlan[]; // that have to be there
}

export interface BindingClosing {
  readonly binding: BindingPlan;
  readonly facts: readonly Reading[];
  readonly carry: readonly Reading[];
  readonly constants: readonly { readonly slot: number; readonly value: string }[];
  readonly mask: Int32Array | undefined; // one bit a text of the instance: without any of them there is no fact; undefined where outer texts may make one
}

/** Whether it is known at once that no fact of a binding is stated here. */
export function isAllSilent({ mask }: BindingClosing, stated: Int32Array): boolean {
  if (!mask) return false;
  for (let word = 0; word < mask.length; word++) if ((mask[word]! & stated[word]!) !== 0) return false;
  return true;
}

function maskOf(readings: readonly Reading[], group: GroupPlan): Int32Array | undefined {
  const mask = new Int32Array((group.width + 31) >>> 5);
  for (const { texts } of readings) {
    if (!texts) return undefined;
    for (const text of texts) mask[text >>> 5]! |= 1 << (text & 31);
  }
  return mask;
}

/** A count or sum of an outer group to which each instance of this group adds. */
export interface Tally {
  readonly element: ElementPlan;
  readonly group: GroupPlan;
  readonly summed: ElementPlan | undefined;
}

const known = new WeakMap<Plan, readonly Closing[]>();

/** By index of the group. */
export function closingsOf(plan: Plan): readonly Closing[] {
  let closings = known.get(plan);
  if (!closings) known.set(plan, (closings = closingsFor(plan)));
  return closings;
}

function closingsFor({ groups }: Plan): readonly Closing[] {
  const totals = groups.flatMap((group) => group.elements.filter(({ codec }) => codec?.derives).map((element) => ({ element, group })));
  return groups.map((group) => closingOf(group, totals));
}

function bindingClosing(binding: BindingPlan, group: GroupPlan): BindingClosing {
  const facts = binding.attributes.flatMap(({ attribute, element, only }) =>
    element && !element.codec?.fate && only !== 'build' ? [reading(element, group, attribute.slot)] : [],
  );
  const carry = binding.carry.flatMap(({ name, element }) => (element.codec?.fate ? [] : [reading(element, group, -1, name)]));
  const constants = binding.attributes.flatMap(({ attribute, constant, only }) =>
    constant !== undefined && only !== 'build' ? [{ slot: attribute.slot, value: constant }] : [],
  );
  return { binding, facts, carry, constants, mask: maskOf([...facts, ...carry], group) };
}

function closingOf(group: GroupPlan, totals: readonly Omit<Tally, 'summed'>[]): Closing {
  return {
    bindings: group.bindings.map((binding) => bindingClosing(binding, group)),
    factless: group.elements.flatMap((element) => (element.codec?.fate ? [reading(element, group)] : [])),
    tallies: totals.flatMap((total) => tally(total, group)),
    required: group.nodes.filter(({ min }) => min > 0),
  };
}

function tally(total: Omit<Tally, 'summed'>, group: GroupPlan): Tally[] {
  const derives = total.element.codec?.derives;
  if (derives?.kind === 'count' && derives.of === group.name) return [{ ...total, summed: undefined }];
  const summed = derives?.kind === 'sum' ? group.elements.find((each) => each.name === derives.of) : undefined;
  return summed ? [{ ...total, summed }] : [];
}
