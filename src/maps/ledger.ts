import type { Code } from '../diagnostics/codes.ts';
import type { Place } from '../diagnostics/place.ts';
import { Pages } from '../dictionary/paging.ts';
import type { Rows } from '../dictionary/rows.ts';
import { noFacts, type FactAccount } from './account.ts';
import { valueText } from './instance.ts';
import type { Losses } from './losses.ts';
import type { Plan } from './plan.ts';

const mark = { none: 0, written: 1, constant: 2, refused: 3 } as const; // from `refused` on: the number of the refusal is added

interface Refusal {
  readonly code: Code;
  readonly args: Readonly<Record<string, string>>;
  readonly rule: Place | undefined;
}

const marksOfPage = 4096;
const refusalsOfPage = 64;

/**
 * What became of every fact of a build. A fact is named by its index: `Rows.factIndex`, or, from `places` on, a carried value.
 * A fact that was refused once is lost though a part of it may stand in the output: half a value is not the value.
 */
export class Ledger {
  readonly #plan: Plan;
  readonly #rows: Rows;
  readonly #size: number;
  readonly #marks: Pages<Int32Array>;
  readonly #refusals: Pages<Refusal[]>;
  #refused = 0;

  constructor(plan: Plan, rows: Rows) {
    this.#plan = plan;
    this.#rows = rows;
    this.#size = rows.places + rows.carriedCount;
    this.#marks = new Pages(rows.pool);
    this.#refusals = new Pages(rows.pool);
  }

  written(fact: number): void {
    if (fact >= 0 && this.#mark(fact) < mark.refused) this.#set(fact, mark.written);
  }

  constant(fact: number): void {
    this.#set(fact, mark.constant);
  }

  refuse(fact: number, code: Code, args: Readonly<Record<string, string>>, rule: Place | undefined): void {
    if (fact < 0 || this.#mark(fact) === mark.constant) return;
    const no = this.#refused++;
    if (no % refusalsOfPage === 0) this.#refusals.add([], refusalsOfPage * 256);
    this.#refusals.change(Math.floor(no / refusalsOfPage)).push({ code, args, rule });
    this.#set(fact, mark.refused + no);
  }

  /** Gives every fact its fate; each that is lost is told to `losses`. */
  close(losses: Losses): FactAccount {
    const account = noFacts();
    const rows = this.#rows;
    this.#withdraw();
    rows.eachFact((row, slot, value, fact) => {
      if (!this.#isLost(fact, account)) return;
      const { path, wco } = rows.class(row).attributes[slot]!;
      const { code, args, rule } = this.#why(fact) ?? this.#noElement(path);
      losses.add(code, args, (code, reason) => ({ code, value: valueText(value), wco, source: rows.originPlace(row, slot), path, rule, fact, reason }));
    });
    for (let row = 0; rows.carriedCount > 0 && row < rows.size; row++) {
      if (rows.removed(row)) continue;
      for (const { index, name, value } of rows.carriedOf(row)) {
        const fact = rows.places + index;
        if (!this.#isLost(fact, account)) continue;
        const path = `${rows.class(row).path}.$carry.${name}`;
        const { code, args, rule } = this.#why(fact) ?? this.#noElement(path);
        losses.add(code, args, (code, reason) => ({ code, value, path, rule, fact, reason }));
      }
    }
    this.#marks.clear();
    this.#refusals.clear();
    return account;
  }

  /** A constant says nothing of a row of which all else was refused: it is lost with that, and for the same reason. */
  #withdraw(): void {
    const rows = this.#rows;
    let current = -1;
    let constants: number[] = [];
    let refused = 0; // the mark of what was refused
    let stands = false;
    const settle = (): void => {
      if (refused > 0 && !stands && rows.firstChild(current) < 0) for (const fact of constants) this.#set(fact, refused);
    };
    if (this.#refused === 0) return;
    rows.eachFact((row, _slot, _value, fact) => {
      if (row !== current) {
        settle();
        [current, constants, refused, stands] = [row, [], 0, rows.carriedOf(row).length > 0];
      }
      const marked = this.#mark(fact);
      if (marked === mark.constant) constants.push(fact);
      else if (marked >= mark.refused) refused ||= marked;
      else if (marked === mark.written) stands = true;
    });
    settle();
  }

  #isLost(fact: number, account: FactAccount): boolean {
    account.offered++;
    const marked = this.#mark(fact);
    if (marked === mark.written) account.written++;
    else if (marked === mark.constant) account.constant++;
    else account.lost++;
    return marked !== mark.written && marked !== mark.constant;
  }

  #noElement(path: string): Refusal {
    return { code: 'MAP_NO_ELEMENT', args: { path, map: this.#plan.name }, rule: undefined };
  }

  #why(fact: number): Refusal | undefined {
    const no = this.#mark(fact) - mark.refused;
    return no < 0 ? undefined : this.#refusals.read(Math.floor(no / refusalsOfPage))[no % refusalsOfPage];
  }

  #mark(fact: number): number {
    const page = Math.floor(fact / marksOfPage);
    return page < this.#marks.length ? this.#marks.read(page)[fact % marksOfPage]! : mark.none;
  }

  #set(fact: number, how: number): void {
    const page = Math.floor(fact / marksOfPage);
    for (let at = this.#marks.length; at <= page; at++) {
      const size = Math.min(marksOfPage, this.#size - at * marksOfPage);
      this.#marks.add(new Int32Array(size), size * 4);
    }
    this.#marks.change(page)[fact % marksOfPage] = how;
  }
}
