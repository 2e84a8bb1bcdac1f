import type { Code } from '../diagnostics/codes.ts';
import { finding, sentence } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Rows } from '../dictionary/rows.ts';
import { noFacts, type FactAccount, type Loss } from './account.ts';
import { valueText } from './instance.ts';
import type { Plan } from './plan.ts';

const mark = { none: 0, written: 1, constant: 2 } as const;

/**
 * What became of every fact of a build. A fact is named by its index: `Rows.factIndex`, or, from `places` on, a carried value.
 * A fact that was refused once is lost though a part of it may stand in the output: half a value is not the value.
 */
export class Ledger {
  readonly #plan: Plan;
  readonly #rows: Rows;
  readonly #marks: Uint8Array;
  readonly #reasons = new Map<number, { code: Code; args: Readonly<Record<string, string>>; rule: Place | undefined }>();

  constructor(plan: Plan, rows: Rows) {
    this.#plan = plan;
    this.#rows = rows;
    this.#marks = new Uint8Array(rows.places + rows.carried.length);
  }

  written(fact: number): void {
    if (fact >= 0) this.#marks[fact] = mark.written;
  }
  constant(fact: number): void {
    this.#marks[fact] = mark.constant;
  }
  refuse(fact: number, code: Code, args: Readonly<Record<string, string>>, rule: Place | undefined): void {
    if (fact >= 0) this.#reasons.set(fact, { code, args, rule });
  }

  /** Gives every fact its fate. */
  close(): { account: FactAccount; losses: Loss[] } {
    const account = noFacts();
    const losses: Loss[] = [];
    const rows = this.#rows;
    const count = (fact: number, path: string, wco: string | undefined, value: () => string, source: () => Place | undefined): void => {
      account.offered++;
      const refused = this.#reasons.get(fact);
      if (this.#marks[fact] === mark.written && !refused) account.written++;
      else if (this.#marks[fact] === mark.constant) account.constant++;
      else {
        account.lost++;
        const { code, args, rule } = refused ?? { code: 'MAP_NO_ELEMENT' as const, args: { path, map: this.#plan.name }, rule: undefined };
        losses.push({ code, reason: sentence(finding(code, args)), value: value(), path, wco, rule, source: source(), fact });
      }
    };
    for (let row = 0; row < rows.size; row++) {
      if (rows.removed(row)) continue;
      for (const { slot, path, wco } of rows.class(row).attributes) {
        const value = rows.get(row, slot);
        if (value !== undefined)
          count(
            rows.factIndex(row, slot),
            path,
            wco,
            () => valueText(value),
            () => rows.originPlace(row, slot),
          );
      }
    }
    rows.carried.forEach(({ row, name, value }, i) => {
      if (!rows.removed(row))
        count(
          rows.places + i,
          `${rows.class(row).path}.$carry.${name}`,
          undefined,
          () => value,
          () => undefined,
        );
    });
    return { account, losses };
  }
}
