import type { Column, CountLayout, Layout } from './layout.ts';
import type { RecordUnit } from './record-unit.ts';

type Within = CountLayout['within'];

/** Counts records for the columns that state how many there are. */
export class Counts {
  readonly #layout: Layout;
  readonly #tags: Readonly<Record<Within, Map<string, { count: number }>>> = { interchange: new Map(), message: new Map() };
  readonly #wanted: Readonly<Record<Within, boolean>>;
  readonly #stating: ReadonlySet<string>; // tags of records that state a number

  constructor(layout: Layout) {
    this.#layout = layout;
    const asks = (where: Within): boolean => layout.counts.some(({ within }) => within === where);
    this.#wanted = { interchange: asks('interchange'), message: asks('message') };
    this.#stating = new Set(layout.counts.map(({ record }) => record));
  }

  begin(within: Within): void {
    this.#tags[within].clear();
  }

  add(tag: string, within: Within): void {
    if (!this.#wanted[within]) return;
    const tags = this.#tags[within];
    const known = tags.get(tag);
    if (known) known.count++;
    else tags.set(tag, { count: 1 });
  }

  /** How many records a count is about, the one at hand among them. */
  counted({ of, within, itself, record }: CountLayout): number {
    let sum = 0;
    for (const [tag, { count }] of this.#tags[within]) if (of.length === 0 || of.includes(tag)) sum += count;
    return itself || !(of.length === 0 || of.includes(record)) ? sum : sum - 1;
  }

  /** What the record at hand states wrongly. */
  compare(unit: RecordUnit, within: Within): readonly Miscount[] {
    return this.#stating.has(unit.tag) ? [...this.#compared(unit, within)] : nothing;
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
