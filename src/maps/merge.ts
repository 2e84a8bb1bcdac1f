import type { Place } from '../diagnostics/place.ts';
import { KeyTable } from '../dictionary/key-table.ts';
import type { Rows } from '../dictionary/rows.ts';
import { sameValue, valueText } from './instance.ts';
import type { BindingPlan } from './plan.ts';

/** Of two copies of one thing the second says something else: it is not kept, and its atom is lost. */
export interface Conflict {
  readonly path: string;
  readonly kept: string;
  readonly dropped: string;
}

export interface Merging {
  readonly rows: Rows;
  readonly twins: Twins;
  forfeit(conflict: Conflict, data: Place | undefined, rule: Place): void;
}

/** Puts a copy into the row that was there before: what is new is added, what is the same is one, what differs is forfeit. */
export function mergeRows(merging: Merging, from: number, into: number, binding: BindingPlan): void {
  const { rows } = merging;
  mergeCarried(merging, from, into, binding);
  for (const { slot, path } of rows.class(from).attributes) {
    const value = rows.get(from, slot);
    if (value === undefined) continue;
    const known = rows.get(into, slot);
    if (known === undefined) rows.copy(into, slot, rows, from);
    else if (!sameValue(known, value))
      merging.forfeit({ path, kept: valueText(known), dropped: valueText(value) }, rows.originPlace(from, slot), binding.place);
  }
  const children: number[] = [];
  for (let child = rows.firstChild(from); child >= 0; child = rows.nextSibling(child)) if (!rows.removed(child)) children.push(child);
  for (const child of children) {
    const same = twin(merging, child, into, binding);
    if (same < 0) {
      rows.attach(child, into);
      merging.twins.attached(child, into);
    } else mergeRows(merging, child, same, binding);
  }
  rows.discard(from);
}

/** What the format carries with a row goes where the row goes; what is the same is one, what differs is forfeit. */
function mergeCarried({ rows, forfeit }: Merging, from: number, into: number, binding: BindingPlan): void {
  rows.handOver(from, into, ({ name, value, origin: number }, there) => {
    const known = there.find((each) => each.name === name);
    if (!known) return true;
    if (known.value !== value) {
      const origin = rows.origins.get(number);
      const data = origin && { source: '', start: origin.offset, end: origin.offset + value.length, edi: { tag: origin.tag, segment: origin.position } };
      forfeit({ path: `${binding.class.path}.$carry.${name}`, kept: known.value, dropped: value }, data, binding.place);
    }
    return false;
  });
}

const few = 32; // children that are looked through; where there are more they are found by a table

/** The child of `into` that is the same thing as `child`: the only one of its class, or for embedded copies the one with its key; -1: none. */
function twin({ rows, twins }: Merging, child: number, into: number, binding: BindingPlan): number {
  const { index, many } = rows.class(child);
  if (many && binding.merge !== 'embed') return -1;
  const key = keyOf(rows, child);
  let looked = 0;
  for (let other = rows.firstChild(into); other >= 0; other = rows.nextSibling(other)) {
    if (++looked > few) return twins.find(key, into);
    if (rows.classIndex(other) === index && !rows.removed(other) && (!many || keyOf(rows, other) === key)) return other;
  }
  return -1;
}

/** What tells a row from its namesakes under one parent: its class, and where there may be many of it the values of its key, or all it has. */
function keyOf(rows: Rows, row: number): string {
  const { index, many, key, attributes } = rows.class(row);
  let text = String(index);
  if (!many) return text;
  for (const { name, slot } of attributes) {
    if (key.length > 0 && !key.includes(name)) continue;
    const value = rows.get(row, slot);
    text += value === undefined ? ' -' : typeof value === 'string' ? ` ${value.length}:${value}` : ` ${value.value} ${value.unit}`;
  }
  return text;
}

/** The children of rows into which others were merged, where they are many: each by its key, the first of it. */
export class Twins {
  readonly #rows: Rows;
  #table: KeyTable | undefined; // parent and key → row; the parent alone: its children are in it

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  find(key: string, into: number): number {
    const table = (this.#table ??= new KeyTable(this.#rows.pool));
    if (table.get(String(into)) === undefined) {
      table.set(String(into), into);
      for (let child = this.#rows.firstChild(into); child >= 0; child = this.#rows.nextSibling(child))
        if (!this.#rows.removed(child)) this.attached(child, into);
    }
    return table.get(`${into} ${key}`) ?? -1;
  }

  /** A child more. */
  attached(child: number, into: number): void {
    if (this.#table?.get(String(into)) === undefined) return;
    const id = `${into} ${keyOf(this.#rows, child)}`;
    if (this.#table.get(id) === undefined) this.#table.set(id, child);
  }

  clear(): void {
    this.#table?.clear();
  }
}
