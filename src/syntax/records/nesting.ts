import type { Layout, RecordLayout } from './layout.ts';

export interface Entered {
  readonly misplaced: string | undefined; // the record it should stand under
  readonly missing: readonly Absent[]; // what should have come before
  readonly allowed: number | undefined; // where it is one too many
}

export type Absent = { readonly record: string; readonly where: string };

/** What a record may stand under, and what must stand under it; numbers are those of records in the layout, `top` is the message. */
interface Rule {
  readonly number: number;
  readonly under: number;
  readonly max: number;
  readonly holds: boolean; // whether anything may stand under it
  readonly wanted: readonly { readonly number: number; readonly min: number; readonly tag: string }[];
}

const top = -1;
const fine: Entered = { misplaced: undefined, missing: [], allowed: undefined };
const none: readonly Absent[] = [];

/** Which record stands under which, and how often. A record that is out of place does not change what is open. */
export class Nesting {
  readonly #rules: readonly Rule[]; // by the number of the record
  readonly #ruleOfTop: Rule;
  readonly #records: readonly RecordLayout[];
  readonly #open: Rule[] = []; // only the first `#depth` are
  readonly #seen: Uint32Array[] = []; // for each depth: how often each record stood there
  #depth = 0;

  constructor({ records, interchange: { header, trailer } }: Layout) {
    this.#records = records;
    const numberOf = (tag: string): number => records.findIndex((each) => each.tag === tag);
    const wanted = (above: string): Rule['wanted'] =>
      records.flatMap(({ tag, under, min }, number) => (under === above && min > 0 && tag !== header && tag !== trailer ? [{ number, min, tag }] : []));
    this.#ruleOfTop = { number: top, under: top, max: 1, holds: true, wanted: wanted('') };
    this.#rules = records.map(({ tag, under, max }, number) => {
      return { number, under: under === '' ? top : numberOf(under), max, holds: records.some((each) => each.under === tag), wanted: wanted(tag) };
    });
  }

  begin(): void {
    this.#depth = 0;
    this.#push(this.#ruleOfTop);
  }

  /** A record, by its number in the layout. */
  enter(number: number): Entered {
    const rule = this.#rules[number]!;
    let depth = this.#depth - 1;
    while (depth >= 0 && this.#open[depth]!.number !== rule.under) depth--;
    if (depth < 0) return { misplaced: this.#records[number]!.under, missing: none, allowed: undefined };
    const missing = this.#closeTo(depth);
    const count = ++this.#seen[depth]![rule.number]!;
    this.#push(rule);
    if (missing.length === 0 && count !== rule.max + 1) return fine;
    return { misplaced: undefined, missing, allowed: count === rule.max + 1 ? rule.max : undefined };
  }

  end(): readonly Absent[] {
    return this.#closeTo(-1);
  }

  #push(rule: Rule): void {
    this.#open[this.#depth] = rule;
    if (rule.holds) (this.#seen[this.#depth] ??= new Uint32Array(this.#records.length)).fill(0);
    this.#depth++;
  }

  #closeTo(depth: number): readonly Absent[] {
    let missing = none;
    while (this.#depth > depth + 1) {
      const { number, wanted } = this.#open[--this.#depth]!;
      if (wanted.length === 0) continue; // so also where nothing may stand under it
      const seen = this.#seen[this.#depth]!;
      const lacking = wanted.filter((each) => seen[each.number]! < each.min);
      const where = number === top ? 'in the message' : `under ${this.#records[number]!.tag}`;
      missing = [...missing, ...lacking.map(({ tag }) => ({ record: tag, where }))];
    }
    return missing;
  }
}
