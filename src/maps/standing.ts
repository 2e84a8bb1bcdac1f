import type { Rows } from '../dictionary/rows.ts';
import { valueText, type Constant, type Instance } from './instance.ts';
import type { Ledger } from './ledger.ts';
import type { Plan } from './plan.ts';

/**
 * Facts that equal a constant of the map need no unit of their own: they are stated because their row is. A row that the format makes for
 * the sake of what stands in it is read again only where something else of it, or of a row below it, was written.
 */
export class Standing {
  readonly #rows: Rows;
  readonly #ledger: Ledger;
  readonly #classes: ReadonlySet<number>; // of rows that have constants, and may be there for the sake of others
  readonly #speaking = new Set<number>(); // of these rows those of which something else is printed
  readonly #open: Constant[] = []; // of rows that did not speak yet when their instance was written

  constructor({ bindings }: Plan, rows: Rows, ledger: Ledger) {
    this.#rows = rows;
    this.#ledger = ledger;
    const isStating = ({ primary, attributes }: Plan['bindings'][number]): boolean => !primary && attributes.some(({ constant }) => constant !== undefined);
    this.#classes = new Set(bindings.filter(isStating).map((binding) => binding.class.index));
  }

  /** Something of a row is printed. */
  speaks(row: number): void {
    if (this.#classes.size === 0) return;
    for (let each = row; each >= 0; each = this.#rows.parent(each)) if (this.#classes.has(this.#rows.class(each).index)) this.#speaking.add(each);
  }

  /** An instance is written, and its constants with it. */
  settle({ constants }: Instance): void {
    if (constants.length === 0) return;
    for (const each of constants) {
      if (each.primary || this.#speaking.has(each.row)) this.#ledger.constant(each.fact);
      else this.#open.push(each);
    }
    constants.length = 0;
  }

  /** All is written: what still does not speak will not be read again. */
  close(): void {
    for (const { fact, row, value, place } of this.#open) {
      if (this.#speaking.has(row)) this.#ledger.constant(fact);
      else this.#ledger.refuse(fact, 'MAP_NOT_REPRESENTABLE', { value: valueText(value), reason: 'nothing else of its row is written' }, place);
    }
  }
}
