import type { DictionaryClass, ValueType } from '../dictionary/dictionary.ts';
import { Rows, type Value } from '../dictionary/rows.ts';
import { prepare, type Carries, type Prepared } from './generate-prepared.ts';
import { Values, writable, type Random } from './generate-values.ts';
import { refusal } from './emit.ts';
import { valueText } from './instance.ts';
import type { BindingPlan, ElementPlan, GroupPlan, Plan } from './plan.ts';

export interface RowsOptions {
  readonly alphabet?: string; // what the target's charset can write; what UNOC and XML can, unless told
  readonly fullness?: number; // 0: keys and what is required; 1, unless told: most of what the map can state
  readonly left?: ReadonlySet<string>; // codes to be stated rather than others
  readonly focus?: ReadonlySet<GroupPlan>; // these groups are there once, and of others no more than must be
}

/**
 * Random rows that a map can state: its classes, its attributes, values from codec domains and dictionary types.
 * Keys are there and unique, references resolve.
 */
export function randomRows(plan: Plan, random: Random, { alphabet = writable, fullness = 1, left, focus }: RowsOptions = {}): Rows {
  return new Generator(plan, new Values(random, alphabet, left), fullness, focus).run();
}

const carriedType: ValueType = { kind: 'text', max: 35 };

class Generator {
  readonly #plan: Plan;
  readonly #values: Values;
  readonly #fullness: number;
  readonly #focus: ReadonlySet<GroupPlan> | undefined;
  readonly #prepared: Prepared;
  readonly #rows: Rows;
  readonly #current: Int32Array;
  readonly #embedded = new Map<BindingPlan, number[]>();
  readonly #filled = new Set<number>();
  readonly #singles = new Map<string, number>();
  readonly #freshEmbedded = new Set<number>();
  readonly #units = new Map<GroupPlan, Map<number, string>>(); // stated by now, by the text that states it
  #amounts = 0;

  constructor(plan: Plan, values: Values, fullness: number, focus: ReadonlySet<GroupPlan> | undefined) {
    this.#plan = plan;
    this.#values = values;
    this.#fullness = fullness;
    this.#focus = focus;
    this.#prepared = prepare(plan);
    this.#rows = new Rows(plan.dictionary);
    this.#current = new Int32Array(plan.bindings.length).fill(-1);
  }

  run(): Rows {
    this.#current[0] = this.#rows.add(this.#plan.bindings[0]!.class, -1);
    this.#instance(this.#plan.groups[0]!);
    this.#resolveReferences();
    return this.#rows;
  }

  #instance(group: GroupPlan): void {
    this.#units.delete(group);
    for (const binding of group.bindings) {
      const isChain = group.chain.includes(binding);
      if (!isChain && binding.index > 0) this.#current[binding.index] = binding.parent ? this.#single(binding) : this.#beside(binding);
      const row = this.#current[binding.index]!;
      if (row >= 0 && (!isChain || this.#isNew(row))) this.#fill(binding, row);
    }
    for (const inner of this.#prepared.inner[group.index]!) {
      const [first] = inner.chain;
      if (!first || (first.parent && (this.#current[first.parent.index]! < 0 || !this.#isFresh(first.parent)))) continue;
      for (let count = this.#count(inner); count > 0; count--) this.#repeat(inner, 0);
    }
  }

  #count(group: GroupPlan): number {
    const least = group.node?.min ?? 0;
    if (this.#focus) return Math.max(least, this.#focus.has(group) ? 1 : 0);
    const most = Math.min(group.node?.max ?? 1, group.depth === 1 ? 4 : 3);
    return this.#values.between(least, this.#values.chance(this.#fullness) ? most : least);
  }

  #repeat(group: GroupPlan, depth: number): void {
    const binding = group.chain[depth];
    if (!binding) return this.#instance(group);
    const parent = binding.parent ? this.#current[binding.parent.index]! : -1; // a document may hold another beside what it says of itself
    const known = binding.merge === 'regroup' ? this.#rows.children(parent, binding.class) : [];
    const reuse = known.length > 0 && this.#values.chance(0.5);
    this.#current[binding.index] = reuse ? this.#values.pick(known) : this.#rows.add(binding.class, parent);
    this.#repeat(group, depth + 1);
  }

  #isNew(row: number): boolean {
    return !this.#filled.has(row);
  }

  /** Whether the row of a binding was made for this instance: what hangs below a shared row is made once. */
  #isFresh(binding: BindingPlan): boolean {
    return binding.merge !== 'embed' || this.#freshEmbedded.has(this.#current[binding.index]!);
  }

  #single(binding: BindingPlan): number {
    const parent = this.#current[binding.parent!.index]!;
    if (parent < 0) return -1;
    if (binding.merge !== 'embed') {
      const isShared = binding.rivals.length > 0; // by several that each have a row of their own
      const known = isShared ? this.#singles.get(`${binding.index} ${parent}`) : this.#rows.children(parent, binding.class)[0];
      if (known !== undefined) return known;
      return this.#values.chance(0.2 + this.#fullness / 2) || this.#holdsKey(binding) || this.#isWanted(binding) || this.#prepared.wanted.has(binding)
        ? this.#addSingle(binding, parent)
        : -1;
    }
    const pool = this.#embedded.get(binding) ?? [];
    this.#embedded.set(binding, pool);
    this.#freshEmbedded.clear();
    const reference = binding.group.bindings.find((each) => each !== binding && each.attributes.some(({ element }) => element === binding.by?.element))!;
    const slot = reference.attributes.find(({ element }) => element === binding.by!.element)!.attribute.slot;
    const own = this.#current[reference.index]!;
    const taken = new Set(
      this.#rows.children(this.#rows.parent(own), reference.class).map((row) => (row === own ? '' : valueText(this.#rows.get(row, slot) ?? ''))),
    );
    const free = pool.filter((row) => !taken.has(valueText(this.#rows.get(row, binding.by!.attribute.slot)!)));
    if (free.length > 0 && this.#values.chance(0.4)) {
      const row = this.#values.pick(free);
      this.#rows.set(own, slot, this.#rows.get(row, binding.by!.attribute.slot)!);
      return row;
    }
    const row = this.#rows.add(binding.class, parent);
    this.#rows.set(row, binding.by!.attribute.slot, this.#rows.get(own, slot)!);
    pool.push(row);
    this.#freshEmbedded.add(row);
    return row;
  }

  /** A root that may stand beside that of the map: more often than a class, since all that it holds hangs on it. */
  #beside(binding: BindingPlan): number {
    return this.#prepared.wanted.has(binding) || this.#values.chance(0.5 + this.#fullness / 2) ? this.#rows.add(binding.class, -1) : -1;
  }

  #addSingle(binding: BindingPlan, parent: number): number {
    const row = this.#rows.add(binding.class, parent);
    this.#singles.set(`${binding.index} ${parent}`, row);
    return row;
  }

  /** Whether a row above is known by an attribute of this class (`TransportContractDocument.ID`). */
  #holdsKey(binding: BindingPlan): boolean {
    return binding.parent?.class.key.some((key) => key.startsWith(`${binding.class.name}.`)) ?? false;
  }

  /** Whether a segment that other classes state too cannot be written without it. */
  #isWanted(binding: BindingPlan): boolean {
    return this.#prepared.fills.get(binding)!.some((each) => each.isWanted);
  }

  #fill(binding: BindingPlan, row: number): void {
    if (this.#filled.has(row)) return;
    this.#filled.add(row);
    let stated = 0;
    const fills = this.#prepared.fills.get(binding)!;
    for (const each of fills) {
      const { attribute, constant, element, isKey, bind } = each;
      if (constant !== undefined) {
        this.#rows.set(row, attribute.slot, constant);
        continue;
      }
      if (!element || (binding.merge === 'embed' && attribute === binding.by?.attribute)) continue;
      const isLast = stated === 0 && each === fills.at(-1);
      if (!isKey && bind?.required === undefined && !each.isWanted && !isLast && !this.#values.chance(0.25 + 0.4 * this.#fullness)) continue;
      const value = this.#values.of(element, attribute.type, bind, isKey);
      if (value === undefined) continue;
      this.#rows.set(row, attribute.slot, this.#inUnit(element, value));
      stated++;
    }
    const carries = this.#prepared.carries.get(binding)!.filter(({ slots }) => slots.every((slot) => this.#rows.get(row, slot) !== undefined));
    for (const each of carries) if (this.#values.chance(0.3 * this.#fullness)) for (const carried of [each, ...each.others]) this.#carry(row, carried);
    // What their unit cannot be written without is stated where anything of it is, or of a group that it opens.
    const isAlone = this.#prepared.inner[binding.group.index]!.length === 0;
    const others = binding.group.bindings.some((other) => other !== binding && this.#isWanted(other));
    if (isAlone && !others && stated === 0 && this.#rows.carriedOf(row).length === 0) return;
    for (const each of carries) if (each.needed) this.#carry(row, each);
  }

  /** Amounts that share the place of their unit have one unit, but for one of sixteen: of two units only one could be written. */
  #inUnit(element: ElementPlan, value: Value): Value {
    const shared = element.inputs[1];
    if (typeof value === 'string' || shared?.kind !== 'text') return value;
    const units = this.#units.get(shared.group) ?? new Map<number, string>();
    this.#units.set(shared.group, units);
    const known = units.get(shared.text);
    if (known === undefined) units.set(shared.text, value.unit);
    const same = { value: value.value, unit: known ?? value.unit };
    return ++this.#amounts % 16 === 0 || refusal(element, same) !== undefined ? value : same;
  }

  #carry(row: number, { name, element }: Pick<Carries, 'name' | 'element'>): void {
    if (this.#rows.carriedOf(row).some((each) => each.name === name)) return;
    const value = this.#values.of(element, carriedType, this.#prepared.binds.get(element));
    if (value !== undefined) this.#rows.carry(row, this.#plan.name, name, valueText(value));
  }

  /** Makes every reference point to something that is there, or takes it away. */
  #resolveReferences(): void {
    const rows = this.#rows;
    const targets = (cls: DictionaryClass): string[] => {
      const found: string[] = [];
      for (let row = 0; row < rows.size; row++) {
        const target = rows.class(row);
        const key = target.attributes.find((attribute) => attribute.name === target.key[0]);
        const value = target.path === cls.refers && key ? rows.get(row, key.slot) : undefined;
        if (value !== undefined) found.push(valueText(value));
      }
      return found;
    };
    const used = new Map<number, Set<string>>();
    for (let row = 0; row < rows.size; row++) {
      const cls = rows.class(row);
      if (cls.refers === undefined || rows.removed(row)) continue;
      const key = cls.attributes.find((attribute) => attribute.name === cls.key[0])!;
      const known = targets(cls);
      const stated = rows.get(row, key.slot);
      if (stated !== undefined && known.includes(valueText(stated))) continue;
      const siblings = used.get(rows.parent(row)) ?? new Set();
      used.set(rows.parent(row), siblings);
      const free = known.filter((each) => !siblings.has(each));
      if (free.length === 0) rows.remove(row);
      else {
        const chosen = this.#values.pick(free);
        siblings.add(chosen);
        rows.set(row, key.slot, chosen);
      }
    }
  }
}
