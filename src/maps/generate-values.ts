import type { ValueType } from '../dictionary/dictionary.ts';
import type { Value } from '../dictionary/rows.ts';
import type { Precision } from '../language/moment.ts';
import type { Domain } from './codecs/codec.ts';
import { asReadAgain, bindOf, refusal } from './emit.ts';
import type { WireFormat } from '../syntax/segmented.ts';
import type { AttributePlan, BindPlan, ElementPlan, Plan } from './plan.ts';

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

/** Letters, digits, every service character, markup, and letters beyond ASCII: all of it UNOC and XML can write. */
export const writable = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789.,-()/=\'+:?!"%&*;<>abcäöüß';

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const nonzero = [...'123456789'];
const plainText: Domain = { kind: 'text' };
const alphabets = new Map<string, readonly string[]>(); // as characters: they are few

/** Random values that an element can write: from the domain of its codec, or the format the directory gives it. */
export class Values {
  readonly #random: Random;
  readonly #alphabet: readonly string[];
  readonly #left: ReadonlySet<string> | undefined;
  #serial = 0;

  /** Of codes, mostly one of those `left` is picked, where a table has any of them. */
  constructor(random: Random, alphabet: string, left?: ReadonlySet<string>) {
    this.#random = random;
    let characters = alphabets.get(alphabet);
    if (!characters) alphabets.set(alphabet, (characters = [...alphabet]));
    this.#alphabet = characters;
    this.#left = left;
  }

  /** A value for an element; undefined where none was found that can be written. Keys are unique. */
  of(element: ElementPlan, type: ValueType, bind: BindPlan | undefined, isKey = false): Value | undefined {
    const { codec } = element;
    const format = codec ? undefined : bind?.format;
    if (format && (format.type !== 'an' || format.min > 1 || format.form)) return this.ofFormat(format, widthOf(type));
    const domain = codec?.domain ?? plainText;
    const wire = codec?.list ? Infinity : (element.width ?? Infinity);
    const width = Math.min(widthOf(type), wire, domain.kind === 'text' ? (domain.max ?? Infinity) : Infinity);
    for (let attempt = 0; attempt < 8; attempt++) {
      const value = this.#fromDomain(domain, type, width, isKey);
      if (refusal(element, value) === undefined) return asReadAgain(element, value);
    }
    const plain = `${this.pick(letters)}${this.pick(letters)}${isKey ? ++this.#serial : this.#digits(6)}`; // what identifiers are made of more often than not
    return domain.kind === 'text' && refusal(element, plain) === undefined ? plain : undefined;
  }

  /** Text for an element that holds digits or letters only, or at least so many. */
  ofFormat({ type, min, max, form }: WireFormat, width: number): string {
    if (form) return form.example(this.#random);
    const length = Math.max(1, this.between(min, Math.min(max, width, min + 20)));
    const from = type === 'n' ? nonzero : letters;
    let text = '';
    for (let i = 0; i < length; i++) text += this.pick(from);
    return text;
  }

  /** Text without blanks at its ends: whether those survive is a question to the format, not to the map. */
  text(width: number): string {
    const length = 1 + Math.floor(this.#random() * Math.min(width, this.#random() < 0.05 ? 400 : 12));
    let text = '';
    for (let i = 0; i < length; i++) {
      const character = this.pick(this.#alphabet);
      text += character === ' ' && (i === 0 || i === length - 1) ? 'A' : character;
    }
    return text;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  code(codes: readonly string[]): string {
    const left = this.#left ? codes.filter((code) => this.#left!.has(code)) : [];
    return this.pick(left.length > 0 && this.chance(0.8) ? left : codes);
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #fromDomain(domain: Domain, type: ValueType, width: number, isKey: boolean): Value {
    switch (domain.kind) {
      case 'codes':
        return this.code(domain.values);
      case 'integer':
        return isKey ? String(++this.#serial) : this.#digits(Math.min(width, domain.digits ?? 8, 8));
      case 'decimal':
        return this.#decimal(width, Math.min(domain.scale ?? 3, 'scale' in type ? type.scale : 3));
      case 'quantity':
        return {
          value: this.#decimal(Math.min(width, 12), Math.min(domain.scale ?? 3, 'scale' in type ? type.scale : 3)),
          unit: this.pick(domain.units ?? ['KGM', 'MTQ', 'CEL']),
        };
      case 'datetime': {
        const made = this.#datetime(this.pick(domain.precisions));
        return domain.formats.includes('XML') ? made.replace(/T00:00:00$/, 'T00:00:01') : made; // such a midnight is a day
      }
      case 'text':
        if (type.kind === 'integer') return this.#digits(Math.min(width, type.digits));
        if (type.kind === 'indicator') return this.pick(['true', 'false']);
        return isKey ? `${this.text(Math.max(1, Math.min(width - 6, 6)))}${++this.#serial}`.slice(-width) : this.text(width);
    }
  }

  #digits(width: number): string {
    const length = 1 + Math.floor(this.#random() * width);
    let digits = String(this.between(1, 9));
    for (let i = 1; i < length; i++) digits += String(this.between(0, 9));
    return digits;
  }

  #decimal(width: number, scale: number): string {
    const whole = this.#digits(Math.max(1, Math.min(width - scale, 8)));
    return scale > 0 && this.chance(0.5) ? `${whole}.${this.#digits(scale)}` : whole;
  }

  #datetime(precision: Precision): string {
    const two = (from: number, to: number): string => String(this.between(from, to)).padStart(2, '0');
    const year = `20${two(0, 39)}`;
    if (precision === 'year') return year;
    const month = `${year}-${two(1, 12)}`;
    if (precision === 'month') return month;
    const day = `${month}-${two(1, 28)}`;
    if (precision === 'day') return day;
    const minute = `${day}T${two(0, 23)}:${two(0, 59)}`;
    return precision === 'minute' ? minute : `${minute}:${two(0, 59)}`;
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

const known = new WeakMap<Plan, ReadonlyMap<ElementPlan, BindPlan>>();

/** Where an element is first bound on the wire, by element. */
export function firstBinds(plan: Plan): ReadonlyMap<ElementPlan, BindPlan> {
  let found = known.get(plan);
  if (!found) {
    const all = plan.groups.flatMap(({ elements }) =>
      elements.flatMap((element) => {
        const [input] = element.inputs;
        const bind = input?.kind === 'text' ? bindOf(input.group, input.text) : undefined;
        return bind ? [[element, bind] as const] : [];
      }),
    );
    known.set(plan, (found = new Map(all)));
  }
  return found;
}

/** The attribute an element is given to, by element. */
export function attributesOf(plan: Plan): ReadonlyMap<ElementPlan, AttributePlan> {
  return new Map(plan.bindings.flatMap(({ attributes }) => attributes.flatMap((each) => (each.element ? [[each.element, each] as const] : []))));
}
