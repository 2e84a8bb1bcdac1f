import type { BindingPlan, ElementPlan, GroupPlan, NodePlan, Plan } from './plan.ts';
import { wordsOf } from './instance.ts';
import { reading, type Reading } from './reading.ts';

/** What is done when an instance of a group closes, worked out once for a plan. */
export interface Closing {
  readonly bindings: readonly BindingClosing[]; // parents before children
  readonly factless: readonly Reading[]; // derived, local and constant elements
  readonly tallies: readonly Tally[];
  readonly required: readonly NodePlan[]; // that have to be there
  readonly moved: Int32Array; // one bit a text: those of the `moves` of its bindings
}

export interface BindingClosing {
  readonly mask: number; // one bit each for the first 32 texts of the instance: without any of them, or of `masks`, there is no fact
  readonly masks: readonly number[] | undefined; // where there are more, for all
  readonly isOuter: boolean; // texts of outer groups may make a fact
  readonly binding: BindingPlan;
  readonly moves: readonly number[]; // by turns a text that is a value as it stands and that nothing else reads, and the slot of its attribute
  readonly facts: readonly Reading[]; // the others
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

/** Whether a text has its bit. */
export const isIn = (masks: Int32Array, text: number): boolean => ((masks[text >>> 5]! >>> (text & 31)) & 1) === 1;

/** How many bits of a word are set. */
export function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
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

function closingsFor(plan: Plan): readonly Closing[] {
  const totals = plan.groups.flatMap((group) => group.elements.filter(({ codec }) => codec?.derives).map((element) => ({ element, group })));
  const readers = readersOf(plan);
  return plan.groups.map((group) => closingOf(group, totals, readers.get(group)!));
}

/** How many read each text of a group: what one alone reads need not stay for another. */
function readersOf({ groups, bindings }: Plan): ReadonlyMap<GroupPlan, Int32Array> {
  const readers = new Map(groups.map((group) => [group, new Int32Array(group.width)]));
  const reads = (element: ElementPlan | undefined): void => {
    for (const input of element?.inputs ?? []) if (input.kind === 'text') readers.get(input.group)![input.text]!++;
  };
  for (const { attributes, carry, key, mode } of bindings) {
    for (const { element, only } of attributes) if (only !== 'build') reads(element);
    for (const { element } of carry) reads(element);
    key.forEach(reads);
    reads(mode?.element);
  }
  const elements = groups.flatMap((group) => group.elements);
  for (const element of elements) {
    if (element.codec?.fate) reads(element);
    const { derives } = element.codec ?? {};
    if (derives?.kind === 'sum') elements.filter(({ name }) => name === derives.of).forEach(reads);
  }
  return readers;
}

function bindingClosing(binding: BindingPlan, group: GroupPlan, readers: Int32Array): BindingClosing {
  const stated = binding.attributes.flatMap(({ attribute, element, only }) =>
    element && !element.codec?.fate && only !== 'build' ? [reading(element, group, attribute.slot)] : [],
  );
  const [moved, facts] = [stated.filter(({ plain }) => readers[plain] === 1), stated.filter(({ plain }) => readers[plain] !== 1)];
  const carry = binding.carry.flatMap(({ name, element }) => (element.codec?.fate ? [] : [reading(element, group, -1, name)]));
  const constants = binding.attributes.flatMap(({ attribute, constant, only }) =>
    constant !== undefined && only !== 'build' ? [{ slot: attribute.slot, value: constant }] : [],
  );
  const readings = [...stated, ...carry];
  const masks = masksOf(readings, group);
  const isOuter = readings.some(({ texts }) => texts === undefined);
  const moves = moved.flatMap(({ plain, slot }) => [plain, slot]);
  return { mask: masks[0]!, masks: masks.length > 1 ? masks : undefined, isOuter, binding, moves, facts, carry, constants };
}

function closingOf(group: GroupPlan, totals: readonly Omit<Tally, 'summed'>[], readers: Int32Array): Closing {
  const bindings = group.bindings.map((binding) => bindingClosing(binding, group, readers));
  const moved = new Int32Array(wordsOf(group));
  for (const { moves } of bindings) for (let i = 0; i < moves.length; i += 2) moved[moves[i]! >>> 5]! |= 1 << (moves[i]! & 31);
  return {
    bindings,
    factless: group.elements.flatMap((element) => (element.codec?.fate ? [reading(element, group)] : [])),
    tallies: totals.flatMap((total) => tally(total, group)),
    required: group.nodes.filter(({ min }) => min > 0),
    moved,
  };
}

function tally(total: Omit<Tally, 'summed'>, group: GroupPlan): Tally[] {
  const derives = total.element.codec?.derives;
  if (derives?.kind === 'count' && derives.of === group.name) return [{ ...total, summed: undefined }];
  const summed = derives?.kind === 'sum' ? group.elements.find((each) => each.name === derives.of) : undefined;
  return summed ? [{ ...total, summed }] : [];
}
