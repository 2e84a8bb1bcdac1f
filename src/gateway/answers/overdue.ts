import type { Code } from '../../diagnostics/codes.ts';
import type { StandingJob } from '../../store/queue.ts';
import type { ReadStore, Store } from '../../store/store.ts';
import { iso } from '../views/view.ts';
import { expectIn, expectKinds } from './expecting.ts';
import { remedyOf, stoppedPage, type StoppedPage } from './stopped.ts';

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

export type OverduePage = StoppedPage<Overdue>;

export interface OverdueAsked {
  readonly after?: number;
  readonly limit?: number;
  readonly party?: string;
}

/** Those after the `after`-th number; of one party alone where it is named. */
export const overdue = (store: Pick<ReadStore, 'stopped'>, { party, ...asked }: OverdueAsked = {}): Promise<OverduePage> =>
  stoppedPage(store, expectKinds, asked, overdueOf, party === undefined ? undefined : (each) => each.party === party);

function overdueOf(job: StandingJob): Overdue {
  const { message, party, delivery, answer, by, since, due } = expectIn(job);
  return {
    number: job.id,
    id: message,
    party,
    delivery,
    answer,
    by: by ?? null,
    ...remedyOf(job.code ?? 'ANSWER_OVERDUE', { party, answer, reason: `it was due ${iso(due)}` }),
    delivered: iso(since),
    due: iso(due),
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
