import type { BindingPlan, ElementPlan, GroupPlan, NodePlan, Plan } from './plan.ts';

/** What is done when an instance of a group closes, worked out once for a plan. */
export interface Closing {
  readonly bindings: readonly BindingClosing[]; // parents before children
  readonly factless: readonly Reading[]; // derived, local and constant elements
  readonly tallies: readonly Tally[];
  readonly required: readonly NodePlan[]; // that have to be there
}

export interface BindingClosing {
  readonly binding: BindingPlan;
  readonly facts: readonly (Reading & { readonly slot: number; readonly keepsUnknown: boolean; readonly plain: number })[]; // `plain`: the text that is the value as it stands, else -1
  readonly carry: readonly (Reading & { readonly name: string })[];
  readonly constants: readonly { readonly slot: number; readonly value: string }[];
  readonly mask: Int32Array | undefined; // one bit a text of the instance: without any of them there is no fact; undefined where outer texts may make one
}

/** An element that is read, and the texts of the instance without any of which it says nothing: most of what a map provides for is not there. */
export interface Reading {
  readonly element: ElementPlan;
  readonly text: number; // where it is one of the instance's own, else -1
  readonly texts: readonly number[] | undefined; // undefined: texts of outer groups are among its inputs
}

/** Whether it is known at once that an element says nothing here. */
export function isSilent({ text, texts }: Reading, stated: readonly (string | undefined)[]): boolean {
  if (text >= 0) return stated[text] === undefined;
  if (!texts) return false;
  for (let i = 0; i < texts.length; i++) if (stated[texts[i]!] !== undefined) return false;
  return true;
}

/** The same for all facts of a binding. */
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

function reading(element: ElementPlan, group: GroupPlan): Reading {
  const texts = element.inputs.flatMap((input) => (input.kind === 'text' ? [input] : []));
  const own = texts.every((input) => input.group === group) ? texts.map(({ text }) => text) : undefined;
  return { element, text: own?.length === 1 ? own[0]! : -1, texts: own };
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
    element && !element.codec?.fate && only !== 'build' ? [fact(attribute.slot, reading(element, group))] : [],
  );
  const carry = binding.carry.flatMap(({ name, element }) => (element.codec?.fate ? [] : [{ ...reading(element, group), name }]));
  const constants = binding.attributes.flatMap(({ attribute, constant, only }) =>
    constant !== undefined && only !== 'build' ? [{ slot: attribute.slot, value: constant }] : [],
  );
  return { binding, facts, carry, constants, mask: maskOf([...facts, ...carry], group) };
}

const fact = (slot: number, read: Reading): BindingClosing['facts'][number] => {
  const { codec } = read.element;
  return { ...read, slot, keepsUnknown: codec?.keepsUnknown ?? false, plain: codec ? -1 : read.text };
};

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
