import type { Layout, RecordLayout } from './layout.ts';

interface Frame {
  readonly record: RecordLayout | undefined; // undefined: the message
  readonly seen: Map<string, number>;
}

export interface Entered {
  readonly misplaced: string | undefined; // the record it should stand under
  readonly missing: readonly Absent[]; // what should have come before
  readonly allowed: number | undefined; // where it is one too many
}

export type Absent = { readonly record: string; readonly where: string };

/** Which record stands under which, and how often. A record that is out of place does not change what is open. */
export class Nesting {
  readonly #layout: Layout;
  #open: Frame[] = [];

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  begin(): void {
    this.#open = [frame(undefined)];
  }

  enter(record: RecordLayout): Entered {
    const depth = this.#open.findLastIndex((each) => (each.record?.tag ?? '') === record.under);
    if (depth < 0) return { misplaced: record.under, missing: [], allowed: undefined };
    const missing = this.#closeTo(depth);
    const { seen } = this.#open[depth] as Frame;
    const count = (seen.get(record.tag) ?? 0) + 1;
    seen.set(record.tag, count);
    this.#open.push(frame(record));
    return { misplaced: undefined, missing, allowed: count === record.max + 1 ? record.max : undefined };
  }

  end(): readonly Absent[] {
    return this.#closeTo(-1);
  }

  #closeTo(depth: number): readonly Absent[] {
    const missing: Absent[] = [];
    while (this.#open.length > depth + 1) missing.push(...this.#lacking(this.#open.pop() as Frame));
    return missing;
  }

  #lacking({ record, seen }: Frame): readonly Absent[] {
    const { header, trailer } = this.#layout.interchange;
    return this.#layout.records
      .filter(({ tag, under, min }) => under === (record?.tag ?? '') && tag !== header && tag !== trailer && (seen.get(tag) ?? 0) < min)
      .map(({ tag }) => ({ record: tag, where: record ? `under ${record.tag}` : 'in the message' }));
  }
}

const frame = (record: RecordLayout | undefined): Frame => ({ record, seen: new Map() });
