import type { BindingPlan, ElementPlan, GroupPlan, Plan } from './plan.ts';

/** What is done when an instance of a group closes, worked out once for a plan. */
export interface Closing {
  readonly bindings: readonly BindingClosing[]; // parents before children
  readonly factless: readonly ElementPlan[]; // derived, local and constant elements
  readonly tallies: readonly Tally[];
}

export interface BindingClosing {
  readonly binding: BindingPlan;
  readonly facts: readonly { readonly slot: number; readonly element: ElementPlan; readonly keepsUnknown: boolean }[];
  readonly carry: readonly { readonly name: string; readonly element: ElementPlan }[];
  readonly constants: readonly { readonly slot: number; readonly value: string }[];
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
  if (!closings) known.set(plan, (closings = plan.groups.map((group) => closingOf(group, plan))));
  return closings;
}

function closingOf(group: GroupPlan, plan: Plan): Closing {
  return {
    bindings: group.bindings.map((binding) => ({
      binding,
      facts: binding.attributes.flatMap(({ attribute, element, only }) =>
        element && !element.codec?.fate && only !== 'build' ? [{ slot: attribute.slot, element, keepsUnknown: element.codec?.keepsUnknown ?? false }] : [],
      ),
      carry: binding.carry.filter(({ element }) => !element.codec?.fate),
      constants: binding.attributes.flatMap(({ attribute, constant, only }) =>
        constant !== undefined && only !== 'build' ? [{ slot: attribute.slot, value: constant }] : [],
      ),
    })),
    factless: group.elements.filter(({ codec }) => codec?.fate),
    tallies: plan.groups.flatMap((outer) => outer.elements.flatMap((element) => tally(element, outer, group))),
  };
}

function tally(element: ElementPlan, outer: GroupPlan, group: GroupPlan): Tally[] {
  const derives = element.codec?.derives;
  if (derives?.kind === 'count' && derives.of === group.name) return [{ element, group: outer, summed: undefined }];
  const summed = derives?.kind === 'sum' ? group.elements.find((each) => each.name === derives.of) : undefined;
  return summed ? [{ element, group: outer, summed }] : [];
}
