import type { Code } from '../diagnostics/codes.ts';
import type { Place } from '../diagnostics/place.ts';

/** What became of the atoms of a message: every one ends in exactly one of the six states. */
export interface AtomAccount {
  total: number;
  bound: number;
  selector: number;
  fixed: number;
  derived: number;
  ignored: number;
  lost: number;
}

/** What became of the facts offered to a build. Facts withheld by a grant were not offered. */
export interface FactAccount {
  offered: number;
  written: number;
  constant: number;
  lost: number;
  withheld: number;
}

/** One atom or fact that went nowhere. Losses of atoms carry `source`, losses of facts carry `path`. */
export interface Loss {
  readonly code: Code;
  readonly reason: string;
  readonly value: string;
  readonly source?: Place | undefined; // of the atom; of a fact, where it was read
  readonly path?: string | undefined; // 'Declaration/TransportEquipment/Seal.ID'
  readonly wco?: string | undefined;
  readonly rule?: Place | undefined;
  readonly fact?: number; // of a fact: `Rows.factIndex`, or beyond the places the index of a carried value
}

export const noAtoms = (): AtomAccount => ({ total: 0, bound: 0, selector: 0, fixed: 0, derived: 0, ignored: 0, lost: 0 });
export const noFacts = (): FactAccount => ({ offered: 0, written: 0, constant: 0, lost: 0, withheld: 0 });

/** The identity of accounting: every atom has a fate. */
export function atomsAddUp(account: AtomAccount): boolean {
  return account.total === account.bound + account.selector + account.fixed + account.derived + account.ignored + account.lost;
}

/** The identity of accounting: every fact has a fate. */
export function factsAddUp(account: FactAccount): boolean {
  return account.offered === account.written + account.constant + account.lost;
}

/** Adds `more` to `sum`, field by field. */
export function addAccount<T extends AtomAccount | FactAccount>(sum: T, more: T): void {
  for (const key of Object.keys(sum) as (keyof T)[]) (sum[key] as number) += more[key] as number;
}
