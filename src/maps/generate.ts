import type { Attribute, DictionaryClass, ValueType } from '../dictionary/dictionary.ts';
import { Rows, type Value } from '../dictionary/rows.ts';
import type { Domain, Precision } from './codecs/codec.ts';
import { valueText } from './instance.ts';
import type { AttributePlan, BindPlan, BindingPlan, GroupPlan, Plan, WireFormat } from './plan.ts';

/** A source of numbers in [0, 1): laws are tried with a seeded one, so that every case can be had again. */
export type Random = () => number;

/** A small seeded generator (mulberry32): enough for test data, never for keys. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Random rows that a map can state: its classes, its attributes, values from codec domains and dictionary types.
 * Keys are there and unique, references resolve. `alphabet` is what the target's charset can write.
 */
export function randomRows(plan: Plan, random: Random, alphabet: string): Rows {
  return new Generator(plan, random, alphabet).run();
}

class Generator {
  readonly #plan: Plan;
  readonly #random: Random;
  readonly #alphabet: readonly string[];
  readonly #rows: Rows;
  readonly #current: Int32Array;
  readonly #embedded = new Map<BindingPlan, number[]>();
  #serial = 0;

  constructor(plan: Plan, random: Random, alphabet: string) {
    this.#plan = plan;
    this.#random = random;
    this.#alphabet = [...alphabet];
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
    for (const binding of group.bindings) {
      const isChain = group.chain.includes(binding);
      if (!isChain && binding.parent) this.#current[binding.index] = this.#single(binding);
      const row = this.#current[binding.index]!;
      if (row >= 0 && (!isChain || this.#isNew(row))) this.#fill(binding, row);
    }
    for (const inner of this.#plan.groups) {
      if (inner.parent !== group) continue;
      const [first] = inner.chain;
      if (!first?.parent || this.#current[first.parent.index]! < 0) continue;
      if (!this.#isFresh(first.parent)) continue;
      const limit = Math.min(inner.node?.max ?? 1, inner.depth === 1 ? 4 : 3);
      const least = inner.node?.min ?? 0;
      for (let count = least + Math.floor(this.#random() * (limit - least + 1)); count > 0; count--) this.#repeat(inner, 0);
    }
  }

  #repeat(group: GroupPlan, depth: number): void {
    const binding = group.chain[depth];
    if (!binding) return this.#instance(group);
    const parent = this.#current[binding.parent!.index]!;
    const known = binding.merge === 'regroup' ? this.#rows.children(parent, binding.class) : [];
    const reuse = known.length > 0 && this.#random() < 0.5;
    this.#current[binding.index] = reuse ? known[Math.floor(this.#random() * known.length)]! : this.#rows.add(binding.class, parent);
    this.#repeat(group, depth + 1);
  }

  readonly #filled = new Set<number>();
  #isNew(row: number): boolean {
    return !this.#filled.has(row);
  }

  /** Whether the row of a binding was made for this instance: what hangs below a shared row is made once. */
  #isFresh(binding: BindingPlan): boolean {
    return binding.merge !== 'embed' || this.#freshEmbedded.has(this.#current[binding.index]!);
  }
  readonly #freshEmbedded = new Set<number>();

  #single(binding: BindingPlan): number {
    const parent = this.#current[binding.parent!.index]!;
    if (parent < 0) return -1;
    if (binding.merge !== 'embed') {
      const known = this.#rows.children(parent, binding.class)[0];
      if (known !== undefined) return known;
      return this.#random() < 0.7 || this.#holdsKey(binding) ? this.#rows.add(binding.class, parent) : -1;
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
    if (free.length > 0 && this.#random() < 0.4) {
      const row = free[Math.floor(this.#random() * free.length)]!;
      this.#rows.set(own, slot, this.#rows.get(row, binding.by!.attribute.slot)!);
      return row;
    }
    const row = this.#rows.add(binding.class, parent);
    this.#rows.set(row, binding.by!.attribute.slot, this.#rows.get(own, slot)!);
    pool.push(row);
    this.#freshEmbedded.add(row);
    return row;
  }

  /** Whether a row above is known by an attribute of this class (`TransportContractDocument.ID`). */
  #holdsKey(binding: BindingPlan): boolean {
    return binding.parent?.class.key.some((key) => key.startsWith(`${binding.class.name}.`)) ?? false;
  }

  #fill(binding: BindingPlan, row: number): void {
    if (this.#filled.has(row)) return;
    this.#filled.add(row);
    let stated = 0;
    for (const attribute of binding.attributes) {
      if (attribute.only) continue;
      if (attribute.constant !== undefined) {
        this.#rows.set(row, attribute.attribute.slot, attribute.constant);
        continue;
      }
      if (binding.merge === 'embed' && attribute === binding.by) continue;
      const isKey = this.#isKey(binding, attribute.attribute);
      if (!isKey && !this.#isRequired(attribute) && this.#random() < 0.35 && !(stated === 0 && attribute === binding.attributes.at(-1))) continue;
      const value = this.#value(attribute, isKey);
      if (value === undefined) continue;
      this.#rows.set(row, attribute.attribute.slot, value);
      stated++;
    }
  }

  #isKey(binding: BindingPlan, attribute: Attribute): boolean {
    return binding.class.key.includes(attribute.name) || (binding.parent?.class.key.includes(`${binding.class.name}.${attribute.name}`) ?? false);
  }

  /** An element the directory wants in its unit or its composite. */
  #isRequired(attribute: AttributePlan): boolean {
    return this.#bind(attribute)?.required !== undefined;
  }

  #bind({ element }: AttributePlan): BindPlan | undefined {
    const input = element?.inputs[0];
    if (input?.kind !== 'text') return undefined;
    for (const slot of input.group.slots) for (const bind of slot.node.binds) if (bind.text === input.text) return bind;
    return undefined;
  }

  #value(plan: AttributePlan, isKey: boolean): Value | undefined {
    const { attribute, element } = plan;
    if (!element) return undefined;
    const format = element.codec ? undefined : this.#bind(plan)?.format;
    if (format && (format.type !== 'an' || format.min > 1)) return this.#ofFormat(format, widthOf(attribute.type));
    const domain: Domain = element.codec?.domain ?? { kind: 'text' };
    const width = Math.min(
      widthOf(attribute.type),
      element.codec?.list ? Infinity : (element.width ?? Infinity),
      domain.kind === 'text' ? (domain.max ?? Infinity) : Infinity,
    );
    const value = this.#fromDomain(domain, attribute.type, width, isKey);
    return value !== undefined && element.codec && !element.codec.print(value, element.width).ok ? undefined : value;
  }

  /** Text for an element that holds digits or letters only, or at least so many. */
  #ofFormat({ type, min, max }: WireFormat, width: number): string {
    const widest = Math.min(max, width);
    const length = min + Math.floor(this.#random() * (widest - min + 1));
    const alphabet = type === 'n' ? '123456789' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    return Array.from({ length: Math.max(length, 1) }, () => this.#pick([...alphabet])).join('');
  }

  #fromDomain(domain: Domain, type: ValueType, width: number, isKey: boolean): Value | undefined {
    switch (domain.kind) {
      case 'codes':
        return this.#pick(domain.values);
      case 'integer':
        return isKey ? String(++this.#serial) : this.#digits(Math.min(width, domain.digits ?? 8, 8));
      case 'decimal':
        return this.#decimal(width, Math.min(domain.scale ?? 3, 'scale' in type ? type.scale : 3));
      case 'quantity':
        return {
          value: this.#decimal(Math.min(width, 12), Math.min(domain.scale ?? 3, 'scale' in type ? type.scale : 3)),
          unit: domain.units ? this.#pick(domain.units) : this.#pick(['KGM', 'MTQ', 'CEL']),
        };
      case 'datetime':
        return this.#datetime(this.#pick(domain.precisions));
      case 'text':
        if (type.kind === 'integer') return this.#digits(Math.min(width, type.digits));
        return isKey ? `${this.#text(Math.max(1, Math.min(width - 6, 6)))}${++this.#serial}`.slice(-width) : this.#text(width);
    }
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  #digits(width: number): string {
    const length = 1 + Math.floor(this.#random() * width);
    return String(1 + Math.floor(this.#random() * 9)) + Array.from({ length: length - 1 }, () => Math.floor(this.#random() * 10)).join('');
  }

  #decimal(width: number, scale: number): string {
    const whole = this.#digits(Math.max(1, Math.min(width - scale, 8)));
    return scale > 0 && this.#random() < 0.5 ? `${whole}.${this.#digits(scale)}` : whole;
  }

  #datetime(precision: Precision): string {
    const two = (from: number, to: number): string => String(from + Math.floor(this.#random() * (to - from + 1))).padStart(2, '0');
    const year = `20${two(0, 39)}`;
    const day = `${year}-${two(1, 12)}-${two(1, 28)}`;
    const parts: Record<Precision, string> = {
      year,
      month: day.slice(0, 7),
      day,
      minute: `${day}T${two(0, 23)}:${two(0, 59)}`,
      second: `${day}T${two(0, 23)}:${two(0, 59)}:${two(0, 59)}`,
    };
    return parts[precision];
  }

  /** Text without blanks at its ends: whether those survive is a question to the format, not to the map. */
  #text(width: number): string {
    const length = 1 + Math.floor(this.#random() * Math.min(width, this.#random() < 0.1 ? 400 : 20));
    const characters = Array.from({ length }, () => this.#pick(this.#alphabet));
    if (characters[0] === ' ') characters[0] = 'A';
    if (characters[length - 1] === ' ') characters[length - 1] = 'Z';
    return characters.join('');
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
        const chosen = this.#pick(free);
        siblings.add(chosen);
        rows.set(row, key.slot, chosen);
      }
    }
  }
}

function widthOf(type: ValueType): number {
  switch (type.kind) {
    case 'text':
    case 'identifier':
    case 'code':
      return type.max;
    case 'datetime':
    case 'indicator':
      return Infinity;
    default:
      return type.digits;
  }
}
