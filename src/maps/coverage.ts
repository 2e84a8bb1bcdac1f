import type { Place } from '../diagnostics/place.ts';
import type { DictionaryClass } from '../dictionary/dictionary.ts';
import type { Rows } from '../dictionary/rows.ts';
import type { Loss } from './account.ts';
import type { CompiledCodec } from './codecs/codec.ts';
import type { ElementPlan, GroupPlan, Plan, SlotPlan } from './plan.ts';
import { randomRows } from './generate.ts';
import { seeded, Values, writable } from './generate-values.ts';
import { valueText } from './instance.ts';
import { randomMessage } from './laws/messages.ts';
import { readMessages, writeRows, writeUnits, type Recorded, type Wire } from './laws/wire.ts';

export type Direction = 'read' | 'written';

/** What can be reached of a map: a binding, or an entry of a code table that it uses. */
export interface CoverageItem {
  readonly kind: 'bind' | 'code';
  readonly name: string;
  readonly place: Place;
  readonly ways: readonly Direction[]; // in which it can be reached at all
  readonly reached: Set<Direction>;
  readonly code?: readonly [wire: string, canonical: string]; // of an entry
}

/** Counts what of a map was read from messages and written into them. */
export class Coverage {
  readonly plan: Plan;
  readonly items: readonly CoverageItem[];
  readonly #slots = new Map<SlotPlan, CoverageItem>();
  readonly #groups = new Map<CoverageItem, GroupPlan>(); // where it stands
  readonly #actions = new Map<GroupPlan, readonly (SlotPlan | undefined)[]>(); // by text
  readonly #codes = new Map<string, CoverageItem>();
  readonly #tables = new Map<SlotPlan, string>(); // of slots that hold codes
  readonly #read = new Map<string, CoverageItem[]>(); // entries by table and what stands on the wire
  readonly #coded: readonly { readonly cls: DictionaryClass; readonly slot: number; readonly table: NonNullable<CompiledCodec['table']> }[];
  #version = 0;

  /** Entries of code tables that stand at one place are reached together by all that are told of the same `shared`. */
  constructor(plan: Plan, shared = new Map<string, Set<Direction>>()) {
    this.plan = plan;
    const oneWay = onlyWays(plan);
    for (const group of plan.groups) {
      for (const slot of group.slots) {
        const element = group.elements.find(({ name }) => name === slot.name);
        const table = element?.codec?.table?.name;
        if (table !== undefined) this.#tables.set(slot, table);
        const ways = oneWay.get(slot.name) ?? ['read', 'written'];
        this.#slots.set(slot, { kind: 'bind', name: slot.name, place: slot.place, ways, reached: new Set() });
        this.#groups.set(this.#slots.get(slot)!, group);
      }
      this.#actions.set(
        group,
        group.slots.flatMap((slot) => new Array<SlotPlan>(slot.count).fill(slot)),
      );
      for (const { codec, place } of group.elements)
        for (const { wire, canonical, reads, writes } of codec?.table?.entries ?? []) {
          const name = `${codec!.table!.name}: ${wire} = ${canonical}`;
          const ways: Direction[] = [...(reads ? (['read'] as const) : []), ...(writes ? (['written'] as const) : [])];
          const at = plan.codePlace(codec!.table!.name, reads ? wire : canonical) ?? place;
          if (this.#codes.has(name)) continue;
          const key = `${name} ${at.source} ${at.start}`;
          const reached = shared.get(key) ?? new Set();
          shared.set(key, reached);
          const item: CoverageItem = { kind: 'code', name, place: at, ways, reached, code: [wire, canonical] };
          this.#codes.set(name, item);
          this.#groups.set(item, group);
          const onWire = `${codec!.table!.name} ${wire}`;
          if (reads) this.#read.set(onWire, [...(this.#read.get(onWire) ?? []), item]);
        }
    }
    this.#coded = plan.bindings.flatMap(({ class: cls, attributes }) =>
      attributes.flatMap(({ attribute, element }) => (element?.codec?.table ? [{ cls, slot: attribute.slot, table: element.codec.table }] : [])),
    );
    this.items = [...this.#slots.values(), ...this.#codes.values()];
  }

  /** What a message that was read, or that was written and read again, has of the map. */
  saw(way: Direction, { node, atoms }: Recorded): void {
    if (!node) return;
    for (const { key, name, text } of atoms) {
      const action = node.actions.get(name === undefined ? key : (node.names.get(name) ?? -1));
      const slot = this.#actions.get(node.owner)?.[action];
      if (!slot) continue;
      this.#reach(this.#slots.get(slot), way);
      const table = way === 'read' ? this.#tables.get(slot) : undefined;
      if (table !== undefined) for (const item of this.#read.get(`${table} ${text}`) ?? []) this.#reach(item, 'read');
    }
  }

  #reach(item: CoverageItem | undefined, way: Direction): void {
    if (!item || item.reached.has(way)) return;
    item.reached.add(way);
    this.#version++;
  }

  /** Grows whenever it is told of something that was not reached before. */
  get version(): number {
    return this.#version;
  }

  /** Rows were written: which entries of code tables were used, is known by the facts. */
  wrote(rows: Rows, losses: readonly Loss[]): void {
    const lost = new Set(losses.map(({ fact }) => fact));
    for (let row = 0; this.#coded.length > 0 && row < rows.size; row++)
      for (const { cls, slot, table } of this.#coded) {
        const value = rows.class(row) === cls ? rows.get(row, slot) : undefined;
        if (value === undefined || lost.has(rows.factIndex(row, slot))) continue;
        const wire = table.toWire(valueText(value));
        this.#reach(this.#codes.get(`${table.name}: ${wire ?? ''} = ${valueText(value)}`), 'written');
      }
  }

  /** What was not reached though it can be, and in which direction. */
  missed(): readonly { readonly item: CoverageItem; readonly way: Direction }[] {
    return this.items.flatMap((item) => item.ways.flatMap((way) => (item.reached.has(way) ? [] : [{ item, way }])));
  }

  /** The groups where something was not reached, and those around them. */
  waiting(): ReadonlySet<GroupPlan> {
    const found = new Set<GroupPlan>();
    for (const { item } of this.missed())
      for (let group: GroupPlan | undefined = this.#groups.get(item); group && !found.has(group); group = group.parent) found.add(group);
    return found;
  }

  /** How many of the items were reached in a direction, of how many that can be. */
  count(way: Direction): { readonly reached: number; readonly of: number } {
    const able = this.items.filter(({ ways }) => ways.includes(way));
    return { reached: able.filter(({ reached }) => reached.has(way)).length, of: able.length };
  }
}

/** The ways of slots that go but one: what is only read is not written, and the other way round. */
function onlyWays(plan: Plan): ReadonlyMap<string, readonly Direction[]> {
  const ways = new Map<string, Set<Direction>>();
  const add = (element: ElementPlan, way: Direction): void => {
    for (const input of element.inputs) {
      const slot = input.kind === 'text' ? input.group.slots.find(({ first, count }) => input.text >= first && input.text < first + count) : undefined;
      if (slot) ways.set(slot.name, (ways.get(slot.name) ?? new Set()).add(way));
    }
  };
  for (const { attributes, carry, mode } of plan.bindings) {
    for (const { element, only } of attributes) {
      if (element && only !== 'build') add(element, 'read');
      if (element && only !== 'parse') add(element, 'written');
    }
    for (const { element } of carry) for (const way of ['read', 'written'] as const) add(element, way);
    if (mode) add(mode.element, 'read');
  }
  for (const { elements } of plan.groups)
    for (const element of elements) {
      const { codec } = element;
      if (!codec?.fate) continue;
      add(element, 'read');
      const printed = codec.print('1', element.width);
      if (printed.ok && printed.texts.some((text) => text !== undefined)) add(element, 'written');
    }
  return new Map([...ways].map(([name, found]) => [name, [...found]]));
}

/**
 * Reaches what random rows and random messages reach, until nothing is left or so many were tried. Every second case, once
 * some have passed, has only the groups where something is left: most of a large map is reached soon, and its depths late.
 */
export function coverByChance(coverage: Coverage, wire: Wire, { runs, seed }: { readonly runs: number; readonly seed: number }): void {
  const { plan } = coverage;
  let waiting: ReadonlySet<GroupPlan> | undefined;
  let left: ReadonlySet<string> = new Set();
  let known = -1; // the version that `left` is of
  for (let at = seed; at < seed + runs; at++) {
    if (known !== coverage.version) {
      const missed = coverage.missed();
      if (missed.length === 0) return;
      left = new Set(missed.flatMap(({ item }) => item.code ?? []));
      known = coverage.version;
    }
    if (at % 20 === 0) waiting = coverage.waiting();
    const focus = at % 2 === 0 ? waiting : undefined;
    const values = new Values(seeded(at), writable, left);
    const rows = randomRows(plan, seeded(at), { fullness: focus || at % 10 === 0 ? 1 : 0.5, left, ...(focus ? { focus } : {}) });
    otherCodes(plan, rows, values);
    coverWritten(coverage, wire, rows);
    readMessages(wire, plan, writeUnits(wire, plan, randomMessage(plan, values, focus ? 0.9 : 0.5, focus)).bytes, (unit) => coverage.saw('read', unit));
  }
}

/** Reaches what rows reach when they are written. */
export function coverWritten(coverage: Coverage, wire: Wire, rows: Rows): void {
  const { bytes, built } = writeRows(wire, coverage.plan, rows);
  coverage.wrote(rows, built.losses);
  readMessages(wire, coverage.plan, bytes, (unit) => coverage.saw('written', unit));
}

/** Puts in codes that are only written: the generator of rows leaves them out, since they are read as another. */
function otherCodes(plan: Plan, rows: Rows, values: Values): void {
  for (const { class: cls, attributes } of plan.bindings)
    for (const { attribute, element } of attributes) {
      const only = element?.codec?.table?.entries.filter(({ reads }) => !reads) ?? [];
      for (let row = 0; only.length > 0 && row < rows.size; row++)
        if (rows.class(row) === cls && rows.get(row, attribute.slot) !== undefined && values.chance(0.3))
          rows.set(row, attribute.slot, values.pick(only).canonical);
    }
}
