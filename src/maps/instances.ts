import { KeyTable } from '../dictionary/key-table.ts';
import type { Rows } from '../dictionary/rows.ts';
import { addDecimals } from '../dictionary/value.ts';
import { constantsOf, fillingsOf, type Filling } from './filling.ts';
import { childRow, InstancePool, valueText, type Instance } from './instance.ts';
import type { BindingPlan, ElementPlan, GroupPlan, Plan } from './plan.ts';

/** The fact index of a text that states no fact: a default or a constant does not call for its unit, a count does. */
export const noFact = { weak: -2, derived: -3 } as const; // -1: nothing was said of it yet

/**
 * Finds the group instances that rows stand for: the way back from layer 3. `current` says which row each binding has in
 * the instance at hand; visiting an instance sets it, and whoever looks ahead puts it back.
 */
export class Instances {
  readonly #plan: Plan;
  readonly #rows: Rows;
  readonly #fill: (instance: Instance) => void;
  readonly #embeddedRows: KeyTable; // by binding, parent and key; and which of the former two were looked through
  readonly #fillings: readonly Filling[]; // by group
  readonly current: Int32Array;
  readonly #pool: InstancePool;

  constructor(plan: Plan, rows: Rows, fill: (instance: Instance) => void) {
    this.#plan = plan;
    this.#rows = rows;
    this.#fill = fill;
    this.#fillings = fillingsOf(plan);
    this.#pool = new InstancePool(plan);
    this.current = new Int32Array(plan.bindings.length).fill(-1);
    this.#embeddedRows = new KeyTable(rows.pool);
  }

  /** Sets the roots that the message itself states: its own, and those beside it. */
  begin(message: GroupPlan): void {
    for (const binding of message.bindings) if (!binding.parent) this.current[binding.index] = this.#first(binding);
  }

  /** Nothing more is asked: what was looked up is forgotten. */
  end(): void {
    this.#embeddedRows.clear();
  }

  /** Whether a group has certainly no instance here: the quick answer for most of what a map provides for. */
  isEmpty(group: GroupPlan): boolean {
    const [binding] = group.chain;
    return binding !== undefined && this.#first(binding) < 0 && !this.#siblingRow(group);
  }

  /** Calls `visit` for every instance of a group in its parent, with the rows of its chain set and its texts printed. */
  each(group: GroupPlan, parent: Instance, visit: (instance: Instance) => void): void {
    if (this.isEmpty(group)) return;
    let ordinal = 0;
    const descend = (depth: number): void => {
      const binding = group.chain[depth];
      if (!binding) {
        const instance = this.#pool.take(group, parent, ++ordinal);
        this.#fill(instance);
        visit(instance);
        return this.#pool.giveBack(instance);
      }
      let isThere = false;
      for (let row = this.#first(binding); row >= 0; row = binding.parent ? this.#rows.nextOf(row) : -1) {
        if (!this.#isOurs(binding, row)) continue;
        isThere = true;
        this.current[binding.index] = row;
        descend(depth + 1);
      }
      if (!isThere && (depth > 0 || this.#siblingRow(group))) {
        this.current[binding.index] = -1;
        descend(depth + 1);
      }
    };
    descend(0);
  }

  /** Calls `visit` for an instance of a group that no row stands for, where an envelope may say it. */
  unstated(group: GroupPlan, parent: Instance, visit: (instance: Instance) => void): void {
    if (this.otherwise(group).length === 0) return;
    this.peek(() => {
      for (const binding of group.chain) this.current[binding.index] = -1;
      const instance = this.#pool.take(group, parent, 1);
      visit(instance);
      this.#pool.giveBack(instance);
    });
  }

  /** What the envelope may say of a group where no fact does. */
  otherwise(group: GroupPlan): readonly ElementPlan[] {
    return this.#fillings[group.index]!.otherwise;
  }

  /** Whether a row of the instance at hand states what an element holds, written or not. */
  states({ name }: ElementPlan, { bindings }: GroupPlan): boolean {
    return bindings.some(({ index, attributes }) => {
      const row = this.current[index]!;
      return row >= 0 && attributes.some(({ element, attribute }) => element?.name === name && this.#rows.get(row, attribute.slot) !== undefined);
    });
  }

  /** The first row of a binding below the row of its parent; a root stands once. */
  #first(binding: BindingPlan): number {
    if (!binding.parent) return this.#rows.roots().find((row) => this.#rows.class(row) === binding.class) ?? -1;
    const above = this.current[binding.parent.index]!;
    return above < 0 ? -1 : this.#rows.firstOf(above, binding.class);
  }

  /** Looks ahead and comes back. */
  peek<T>(look: () => T): T {
    const saved = this.current.slice();
    const seen = look();
    this.current.set(saved);
    return seen;
  }

  /** The row of a binding in the instance at hand, or -1; of one below the chain of the group, whose own rows are `current`. */
  rowOf(binding: BindingPlan, group: GroupPlan): number {
    const parent = this.current[binding.parent!.index]!;
    if (binding.merge === 'embed') return this.#embedded(binding, parent, group);
    let row = childRow(this.#rows, parent, binding);
    if (binding.rivals.length > 0) while (row >= 0 && !this.#isOurs(binding, row)) row = this.#rows.nextOf(row);
    return row;
  }

  /** The shared row that the reference of this instance points to, where it says more than its key: a key alone would not be read back. */
  #embedded(binding: BindingPlan, parent: number, group: GroupPlan): number {
    const by = binding.by;
    const reference = group.bindings.find((each) => each !== binding && each.attributes.some((attribute) => attribute.element === by?.element));
    const attribute = reference?.attributes.find((each) => each.element === by?.element);
    const row = reference ? this.current[reference.index]! : -1;
    const value = row >= 0 && attribute ? this.#rows.get(row, attribute.attribute.slot) : undefined;
    if (value === undefined || parent < 0 || !by) return -1;
    const id = `${binding.index} ${parent}`;
    if (this.#embeddedRows.get(id) === undefined) {
      for (let child = this.#rows.firstOf(parent, binding.class); child >= 0; child = this.#rows.nextOf(child)) {
        const key = this.#rows.get(child, by.attribute.slot);
        const name = key === undefined ? undefined : `${id} ${valueText(key)}`;
        if (name !== undefined && this.#embeddedRows.get(name) === undefined && this.#saysMore(binding, child)) this.#embeddedRows.set(name, child);
      }
      this.#embeddedRows.set(id, parent);
    }
    return this.#embeddedRows.get(`${id} ${valueText(value)}`) ?? -1;
  }

  #saysMore(binding: BindingPlan, row: number): boolean {
    if (this.#rows.firstChild(row) >= 0 || this.#rows.carriedOf(row).length > 0) return true;
    return binding.class.attributes.some((attribute) => attribute !== binding.by?.attribute && this.#rows.get(row, attribute.slot) !== undefined);
  }

  /** Whether a row is to be written by a binding: of all that could write it, by the one most of whose constants it states; then by the one that adds fewest, or the first. */
  #isOurs(binding: BindingPlan, row: number): boolean {
    const stated = this.#stated(binding, row);
    if (stated < 0 || binding.rivals.length === 0) return stated >= 0;
    let before = 0; // of those that could write it as well
    for (const rival of binding.rivals) {
      const theirs = this.#stated(rival, row);
      const added = theirs - stated || constantsOf(binding).length - constantsOf(rival).length;
      if (added > 0) return false;
      if (added < 0 || rival.index > binding.index) continue;
      if (rival.group.chain.includes(rival)) return false; // it repeats, and takes them all
      before++;
    }
    if (before === 0) return true;
    const earlier = this.#earlier(binding, row, stated);
    return binding.group.chain.includes(binding) ? earlier >= before : earlier === before;
  }

  /** How many rows before this one the same bindings could write, each as well as the other: the first takes the first, the second the next. */
  #earlier(binding: BindingPlan, row: number, stated: number): number {
    let count = 0;
    for (let other = this.#rows.firstOf(this.#rows.parent(row), binding.class); other >= 0 && other !== row; other = this.#rows.nextOf(other))
      if (this.#stated(binding, other) === stated) count++;
    return count;
  }

  /** How many of the constants of a binding a row states; -1 where it says something else. */
  #stated(binding: BindingPlan, row: number): number {
    let count = 0;
    for (const { slot, constant } of constantsOf(binding)) {
      const value = this.#rows.get(row, slot);
      if (value === undefined) continue;
      if (value !== constant) return -1;
      count++;
    }
    return count;
  }

  /** Whether a class that shares the only instance of a group has a row though the first has none. */
  #siblingRow(group: GroupPlan): boolean {
    for (const each of this.#fillings[group.index]!.siblings) if (childRow(this.#rows, this.current[each.parent!.index]!, each) >= 0) return true;
    return false;
  }

  /** The count or sum over a group below, of the instances that will be written: those that say something, and no more than may be. */
  total(element: ElementPlan, instance: Instance, says: (instance: Instance) => boolean): string {
    const { kind, of } = element.codec!.derives!;
    const target = this.#plan.groups.find((group) => (kind === 'count' ? group.name === of : group.elements.some((each) => each.name === of)))!;
    const summed = kind === 'sum' ? target.elements.find((each) => each.name === of) : undefined;
    let total = '0';
    const visit = (at: Instance): void => {
      if (at.group === target) total = summed ? this.#add(total, target, summed) : String(Number(total) + 1);
      else {
        let next: GroupPlan = target;
        while (next.parent !== at.group) next = next.parent!;
        const limit = next.node?.max ?? 1;
        let count = 0;
        this.each(next, at, (inner) => {
          if (says(inner) && ++count <= limit) visit(inner);
        });
      }
    };
    this.peek(() => visit(instance));
    return total;
  }

  #add(total: string, target: GroupPlan, summed: ElementPlan): string {
    let sum = total;
    for (const binding of target.bindings) {
      const attribute = binding.attributes.find(({ element }) => element === summed);
      const row = this.current[binding.index]!;
      const value = attribute && row >= 0 ? this.#rows.get(row, attribute.attribute.slot) : undefined;
      if (value !== undefined) sum = addDecimals(sum, typeof value === 'string' ? value : value.value) ?? sum;
    }
    return sum;
  }
}
