import type { Column, CountLayout, Layout } from './layout.ts';
import type { RecordPlan } from './plan.ts';
import type { RecordUnit } from './record-unit.ts';

type Within = CountLayout['within'];

/** Counts records for the columns that state how many there are. */
export class Counts {
  readonly #layout: Layout;
  readonly #counted: Readonly<Record<Within, Float64Array>>; // by the number of the record

  constructor(layout: Layout) {
    this.#layout = layout;
    const none = (): Float64Array => new Float64Array(layout.records.length + 1); // and one for what is no record of the layout
    this.#counted = { interchange: none(), message: none() };
  }

  begin(within: Within): void {
    this.#counted[within].fill(0);
  }

  add({ number }: RecordPlan, within: Within): void {
    this.#counted[within][number]!++;
  }

  /** How many records a count is about, the one at hand among them. */
  counted({ of, within, itself, record }: CountLayout): number {
    const isCounted = (tag: string | undefined): boolean => of.length === 0 || (tag !== undefined && of.includes(tag));
    const sum = this.#counted[within].reduce((sum, count, number) => (isCounted(this.#layout.records[number]?.tag) ? sum + count : sum), 0);
    return itself || !isCounted(record) ? sum : sum - 1;
  }

  /** What the record at hand states wrongly. */
  compare(unit: RecordUnit, within: Within): readonly Miscount[] {
    return unit.plan.states ? [...this.#compared(unit, within)] : nothing;
  }

  *#compared(unit: RecordUnit, within: Within): Generator<Miscount> {
    for (const count of this.#layout.counts) {
      if (count.record !== unit.tag || count.within !== within) continue;
      const column = unit.record?.columns.find(({ name }) => name === count.column);
      const stated = unit.value(count.column);
      const counted = this.counted(count);
      if (column && stated !== '' && Number(stated) !== counted)
        yield { column, stated, counted, what: count.of.length === 0 ? 'records' : `records ${count.of.join(', ')}` };
    }
  }
}

export interface Miscount {
  readonly column: Column;
  readonly stated: string;
  readonly counted: number;
  readonly what: string;
}

const nothing: readonly Miscount[] = [];
