import { StoreError } from './fault.ts';
import type { Grade, Json } from './store.ts';

/** The state where every outcome (`all`), or one at least (`some`), is among those named; the first rule that holds counts. */
export interface StateRule {
  readonly all?: readonly string[];
  readonly some?: readonly string[];
  readonly state: string;
}

/** The state that follows from outcomes. The last rule should have no condition. */
export function stateBy(rules: readonly StateRule[], outcomes: readonly string[]): string {
  const holds = ({ all, some }: StateRule): boolean =>
    (!all || outcomes.every((outcome) => all.includes(outcome))) && (!some || outcomes.some((outcome) => some.includes(outcome)));
  const rule = rules.find(holds);
  if (!rule) throw new StoreError('STORE_BATCH', { message: 'no rule gives a state' });
  return rule.state;
}

/** The present state of an interchange or message, for status and search. Members left out keep their value. */
export interface StateChange {
  readonly id: string; // `ULID` or `ULID-n`
  readonly interchange: string;
  readonly state: string | readonly StateRule[]; // rules: it follows from all outcomes of the message, inside the transaction
  readonly partner?: string;
  readonly type?: string;
  readonly grade?: Grade; // of the origin
  readonly received?: number; // ms since 1970; the time of the commit where absent
  readonly agencies?: Readonly<Record<string, string>>; // outcome per agency; those left out keep theirs
  readonly detail?: Json; // findings, losses …; sealed
}

export interface State {
  readonly id: string;
  readonly interchange: string;
  readonly state: string;
  readonly partner: string | undefined;
  readonly type: string | undefined;
  readonly grade: Grade | undefined;
  readonly received: number;
  readonly updated: number;
  readonly agencies: Readonly<Record<string, string>>;
  readonly detail: Json | undefined;
}

/** All conditions hold together. Newest first. */
export interface Search {
  readonly reference?: string; // any business key, its form or its prefix
  readonly exact?: boolean; // with `reference`: only keys that are stated so, neither forms nor prefixes
  readonly paths?: readonly string[]; // with `reference`: only keys of these attribute paths are searched (a grant)
  readonly type?: string;
  readonly partner?: string;
  readonly agency?: string;
  readonly state?: string; // of the message, or of the agency's outcome where `agency` is given
  readonly since?: number;
  readonly until?: number;
  readonly from?: string; // ids from this one on; with `below`, what of the ids is known from the times
  readonly below?: string;
  readonly interchanges?: boolean; // also rows of whole interchanges; messages only where absent
  readonly limit?: number; // 50 where absent, at most 500
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}
