import type { BindingPlan, ElementPlan, GroupPlan, NodePlan, Plan } from './plan.ts';
import { wordsOf } from './instance.ts';
import { reading, type Reading } from './reading.ts';

/** What is done when an instance of a group closes, worked out once for a plan. */
export interface Closing {
  readonly bindings: readonly BindingClosing[]; // parents before children
  readonly factless: readonly Reading[]; // derived, local and constant elements
  readonly tallies: readonly Tally[];
  readonly required: readonly NodePlan[]; // that have to be there
}

export interface BindingClosing {
  readonly mask: number; // one bit each for the first 32 texts of the instance: without any of them, or of `masks`, there is no fact
  readonly masks: readonly number[] | undefined; // where there are more, for all
  readonly isOuter: boolean; // texts of outer groups may make a fact
  readonly binding: BindingPlan;
  readonly facts: readonly Reading[];
  readonly carry: readonly Reading[];
  readonly constants: readonly { readonly slot: number; readonly value: string }[];
}

/** Whether it is known at once that no fact of a binding is stated here. */
export function isAllSilent({ mask, masks, isOuter }: BindingClosing, stated: Int32Array): boolean {
  if ((mask & stated[0]!) !== 0 || isOuter) return false;
  if (masks !== undefined) for (let word = 1; word < masks.length; word++) if ((masks[word]! & stated[word]!) !== 0) return false;
  return true;
}

function masksOf(readings: readonly Reading[], group: GroupPlan): readonly number[] {
  const masks = new Array<number>(wordsOf(group)).fill(0);
  for (const { texts = [] } of readings) for (const text of texts) masks[text >>> 5]! |= 1 << (text & 31);
  return masks;
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
  const readings = [...facts, ...carry];
  const masks = masksOf(readings, group);
  const isOuter = readings.some(({ texts }) => texts === undefined);
  return { mask: masks[0]!, masks: masks.length > 1 ? masks : undefined, isOuter, binding, facts, carry, constants };
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
