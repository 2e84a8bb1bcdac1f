import type { Column, CountLayout, Layout } from './layout.ts';
import type { RecordUnit } from './record-unit.ts';

type Within = CountLayout['within'];

/** Counts records for the columns that state how many there are. */
export class Counts {
  readonly #layout: Layout;
  readonly #tags: Readonly<Record<Within, Map<string, number>>> = { interchange: new Map(), message: new Map() };

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  begin(within: Within): void {
    this.#tags[within].clear();
  }

  add(tag: string, within: Within): void {
    if (this.#layout.counts.length === 0) return;
    const tags = this.#tags[within];
    tags.set(tag, (tags.get(tag) ?? 0) + 1);
  }

  /** How many records a count is about, the one at hand among them. */
  counted({ of, within, itself, record }: CountLayout): number {
    let sum = 0;
    for (const [tag, count] of this.#tags[within]) if (of.length === 0 || of.includes(tag)) sum += count;
    return itself || !(of.length === 0 || of.includes(record)) ? sum : sum - 1;
  }

  /** What the record at hand states wrongly. */
  *compare(unit: RecordUnit, within: Within): Generator<{ readonly column: Column; readonly stated: string; readonly counted: number; readonly what: string }> {
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
