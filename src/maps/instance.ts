import type { Place } from '../diagnostics/place.ts';
import type { Rows, Value } from '../dictionary/rows.ts';
import type { BindingPlan, ElementInput, ElementPlan, GroupPlan, NodePlan, Plan } from './plan.ts';

const spares = new WeakMap<Plan, Instance[][]>(); // by index of the group

/** The instances of a plan that are done with: a manifest of 5,000 bills needs one instance a group, not 5,000. */
export class InstancePool {
  readonly #spare: Instance[][];

  constructor(plan: Plan) {
    let spare = spares.get(plan);
    if (!spare) spares.set(plan, (spare = plan.groups.map(() => [])));
    this.#spare = spare;
  }

  take(group: GroupPlan, parent: Instance | undefined, ordinal: number): Instance {
    const instance = this.#spare[group.index]!.pop() ?? new Instance(group);
    instance.parent = parent;
    instance.ordinal = ordinal;
    return instance;
  }

  /** It is not to be used any more by who gives it back. `isSettled`: its texts are gone already. */
  giveBack(instance: Instance, isSettled = false): void {
    if (!isSettled) instance.clearTexts();
    instance.clear();
    const others = this.#spare[instance.group.index]!;
    if (others.length < 64) others.push(instance);
  }
}

/** A fact that equals what its map always states. */
export interface Constant {
  readonly fact: number;
  readonly row: number;
  readonly primary: boolean; // the row is there with its instance
  readonly value: Value;
  readonly place: Place;
}

/** A group instance while it is open: the texts of its slots, where each was read, and the rows it already has. */
export class Instance {
  readonly group: GroupPlan;
  parent: Instance | undefined;
  ordinal = 0; // among the instances of this group in its parent, from 1
  cursor = 0; // the run up to which the nodes of the frame were read, or written
  taken = 0; // units that its nodes took: no node took more
  readonly texts: (string | undefined)[];
  readonly stated: Int32Array; // one bit a text: what a parse has put there
  readonly consumed: Uint8Array; // per text: see `fate`
  readonly origins: Int32Array; // per text, among the origins of the rows
  readonly lengths: Int32Array; // per text: bytes
  readonly facts: Int32Array; // per text, on building: the fact it states, -1, or one of `noFact`
  readonly counts: Int32Array; // per node of the group: how often it was matched
  readonly rows: Int32Array; // per binding of the group (by position there): row, or -1
  again: Set<number> | undefined; // texts whose atom another instance has too, and answers for
  refusals: Map<number, Refusal> | undefined; // per text
  totals: Map<ElementPlan, string> | undefined; // of counts and sums below
  readonly constants: Constant[] = []; // on building: until the instance is written
  readonly also: (readonly [text: number, fact: number])[] = []; // on building: further facts that one text states

  constructor(group: GroupPlan) {
    this.group = group;
    this.texts = new Array<string | undefined>(group.width).fill(undefined);
    this.stated = new Int32Array(wordsOf(group));
    this.consumed = new Uint8Array(group.width);
    this.origins = new Int32Array(group.width);
    this.lengths = new Int32Array(group.width);
    this.facts = new Int32Array(group.width).fill(-1);
    this.counts = new Int32Array(group.nodeCount);
    this.rows = new Int32Array(group.bindings.length).fill(-1);
  }

  reset(parent: Instance | undefined, ordinal: number): void {
    this.parent = parent;
    this.ordinal = ordinal;
    this.clearTexts();
    this.clear();
  }

  clearTexts(): void {
    for (let text = 0; text < this.texts.length; text++) {
      this.texts[text] = undefined;
      this.consumed[text] = fate.open;
      this.facts[text] = -1;
    }
    for (let word = 0; word < this.stated.length; word++) this.stated[word] = 0;
  }

  /** Forgets what there is besides its texts. */
  clear(): void {
    this.cursor = this.taken = 0;
    for (let node = 0; node < this.counts.length; node++) this.counts[node] = 0;
    for (let binding = 0; binding < this.rows.length; binding++) this.rows[binding] = -1;
    if (this.constants.length > 0) this.constants.length = 0;
    if (this.also.length > 0) this.also.length = 0;
    this.again = this.refusals = this.totals = undefined;
  }

  /** The text of a slot, where it was read and how long it is there. */
  state(text: number, value: string, origin: number, length: number): void {
    this.texts[text] = value;
    this.stated[text >>> 5]! |= 1 << (text & 31);
    this.origins[text] = origin;
    this.lengths[text] = length;
  }

  /** How often the nodes of a tag occurred together in the run of `node`. */
  together(node: NodePlan): number {
    let sum = 0;
    for (const peer of node.peers) sum += this.counts[peer.index]!;
    return sum;
  }

  /** How often a node occurred: one that takes any segment of its tag has those beside it that say which one they take. */
  occurred(node: NodePlan): number {
    return node.selectors.length > 0 ? this.counts[node.index]! : this.together(node);
  }

  /** This instance or the one around it that belongs to `group`. */
  of(group: GroupPlan): Instance {
    let instance: Instance = this; // eslint-disable-line @typescript-eslint/no-this-alias -- walking outwards
    while (instance.group !== group) instance = instance.parent!;
    return instance;
  }

  /** The text of an input of an element; ordinals, totals and dates are supplied. */
  input(input: ElementInput, element: ElementPlan, date: string | undefined): string | undefined {
    switch (input.kind) {
      case 'text':
        return this.of(input.group).texts[input.text];
      case 'ordinal':
        return String(this.#counted(element).ordinal);
      case 'total':
        return this.totals?.get(element) ?? '0';
      case 'date':
        return date;
    }
  }

  #counted(element: ElementPlan): Instance {
    const name = element.codec?.supplies ? this.group.name : element.codec?.derives?.of;
    let instance: Instance = this; // eslint-disable-line @typescript-eslint/no-this-alias -- walking outwards
    while (instance.group.name !== name && instance.parent) instance = instance.parent;
    return instance;
  }
}

/** Words of 32 bits that have one for each text of an instance. */
export const wordsOf = ({ width }: GroupPlan): number => Math.max(1, (width + 31) >>> 5);

/** Why a codec did not take a text. */
export interface Refusal {
  readonly value: string;
  readonly reason: string;
  readonly place: Place;
}

/** What became of the text of a slot. */
export const fate = { open: 0, bound: 1, derived: 2, lost: 3, refused: 4 } as const; // refused: by a codec; lost unless another takes it

/** The key under which rows of one class below one parent merge, or undefined where a part of it is missing. */
export function mergeKey(binding: BindingPlan, valueOf: (element: ElementPlan) => Value | undefined): string | undefined {
  let key: string | undefined;
  for (const element of binding.key) {
    const value = valueOf(element);
    if (value === undefined) return undefined;
    const text = typeof value === 'string' ? value : `${value.value} ${value.unit}`;
    key = key === undefined ? text : `${key}\u0000${text}`;
  }
  return key ?? '';
}

/** Whether two stated values are the same statement. */
export function sameValue(a: Value, b: Value): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.value === b.value && a.unit === b.unit;
}

/** A value as text, for findings. */
export function valueText(value: Value): string {
  return typeof value === 'string' ? value : `${value.value} ${value.unit}`.trim();
}

/** A value that travelled as its text: a number and its unit, where the element is one. */
export function carriedValue({ codec }: ElementPlan, text: string): Value {
  if (codec?.domain.kind !== 'quantity') return text;
  const [value = '', unit = ''] = text.split(' ');
  return { value, unit };
}

/** The row of the first fact-bearing child of `row` that is of the class of `binding`; -1 where there is none. */
export function childRow(rows: Rows, row: number, binding: BindingPlan): number {
  return row < 0 ? -1 : rows.firstOf(row, binding.class);
}

/** The text of a slot in this instance or one around it. */
export function slotText(instance: Instance, name: string): string | undefined {
  for (let at: Instance | undefined = instance; at; at = at.parent) {
    const slot = at.group.slots.find((each) => each.name === name);
    if (slot) return at.texts[slot.first];
  }
  return undefined;
}
