import type { BindingPlan, ElementPlan, GroupPlan, Plan } from './plan.ts';

/** What is done when an instance of a group closes, worked out once for a plan. */
export interface Closing {
  readonly bindings: readonly BindingClosing[]; // parents before children
  readonly factless: readonly Reading[]; // derived, local and constant elements
  readonly tallies: readonly Tally[];
}

export interface BindingClosing {
  readonly binding: BindingPlan;
  readonly facts: readonly (Reading & { readonly slot: number; readonly keepsUnknown: boolean })[];
  readonly carry: readonly (Reading & { readonly name: string })[];
  readonly constants: readonly { readonly slot: number; readonly value: string }[];
}

/** An element that is read, and the texts of the instance without any of which it says nothing: most of what a map provides for is not there. */
export interface Reading {
  readonly element: ElementPlan;
  readonly texts: readonly number[] | undefined; // undefined: texts of outer groups are among its inputs
}

/** Whether it is known at once that an element says nothing here. */
export function isSilent({ texts }: Reading, stated: readonly (string | undefined)[]): boolean {
  if (!texts) return false;
  for (let i = 0; i < texts.length; i++) if (stated[texts[i]!] !== undefined) return false;
  return true;
}

function reading(element: ElementPlan, group: GroupPlan): Reading {
  const texts = element.inputs.flatMap((input) => (input.kind === 'text' ? [input] : []));
  return { element, texts: texts.every((input) => input.group === group) ? texts.map(({ text }) => text) : undefined };
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
        element && !element.codec?.fate && only !== 'build'
          ? [{ ...reading(element, group), slot: attribute.slot, keepsUnknown: element.codec?.keepsUnknown ?? false }]
          : [],
      ),
      carry: binding.carry.flatMap(({ name, element }) => (element.codec?.fate ? [] : [{ ...reading(element, group), name }])),
      constants: binding.attributes.flatMap(({ attribute, constant, only }) =>
        constant !== undefined && only !== 'build' ? [{ slot: attribute.slot, value: constant }] : [],
      ),
    })),
    factless: group.elements.flatMap((element) => (element.codec?.fate ? [reading(element, group)] : [])),
    tallies: plan.groups.flatMap((outer) => outer.elements.flatMap((element) => tally(element, outer, group))),
  };
}

function tally(element: ElementPlan, outer: GroupPlan, group: GroupPlan): Tally[] {
  const derives = element.codec?.derives;
  if (derives?.kind === 'count' && derives.of === group.name) return [{ element, group: outer, summed: undefined }];
  const summed = derives?.kind === 'sum' ? group.elements.find((each) => each.name === derives.of) : undefined;
  return summed ? [{ element, group: outer, summed }] : [];
}
