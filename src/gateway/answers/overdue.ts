import { codes, type Code } from '../../diagnostics/codes.ts';
import { worded } from '../../diagnostics/diagnostic.ts';
import type { StandingJob } from '../../store/queue.ts';
import type { ReadStore, Store } from '../../store/store.ts';
import { iso } from '../views/view.ts';
import { expectIn, expectKinds } from './expecting.ts';

/** An answer that did not come in time: who owes it, to what, and who must act. */
export interface Overdue {
  readonly number: number;
  readonly id: string; // the message that was delivered
  readonly party: string;
  readonly delivery: string;
  readonly answer: string;
  readonly by: readonly string[] | null; // the messages that are it
  readonly code: Code;
  readonly actor: string;
  readonly delivered: string;
  readonly due: string;
  readonly cause: string;
  readonly next: string;
}

export interface OverduePage {
  readonly items: readonly Overdue[];
  readonly next: number | null; // the `after` of what follows
}

export interface OverdueAsked {
  readonly after?: number;
  readonly limit?: number;
  readonly party?: string;
}

const look = 500; // jobs read at a time

/** Those after the `after`-th number; of one party alone where it is named. */
export async function overdue(store: Pick<ReadStore, 'stopped'>, { after = 0, limit = 100, party }: OverdueAsked = {}): Promise<OverduePage> {
  const found: Overdue[] = [];
  for (let from = after; found.length <= limit;) {
    const jobs = await store.stopped(from, look, { kinds: expectKinds });
    found.push(...jobs.map(overdueOf).filter((each) => (party ?? each.party) === each.party));
    if (jobs.length < look) break;
    from = jobs.at(-1)!.id;
  }
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? items.at(-1)!.number : null };
}

function overdueOf(job: StandingJob): Overdue {
  const { message, party, delivery, answer, by, since, due } = expectIn(job);
  const code = job.code ?? 'ANSWER_OVERDUE';
  const { actor, hint } = codes[code];
  return {
    number: job.id,
    id: message,
    party,
    delivery,
    answer,
    by: by ?? null,
    code,
    actor,
    delivered: iso(since),
    due: iso(due),
    cause: worded(code, { party, answer, reason: `it was due ${iso(due)}` }),
    next: hint.replaceAll('{party}', party),
  };
}

/** It was settled otherwise, as an operator says; false where nothing of that number is overdue any more. */
export async function closeOverdue(store: Store, number: number, by: string, reason: string): Promise<boolean> {
  const [job] = await store.stopped(number - 1, 1, { kinds: expectKinds });
  if (job?.id !== number) return false;
  const { interchange, message, party, answer, delivery, due } = expectIn(job);
  const detail = { answer, delivery, due: iso(due), by, reason };
  const { verdict } = await store.commit({ records: [{ kind: 'settled', interchange, message, party, detail }], jobs: { done: [number] } });
  return verdict === 'first';
}
