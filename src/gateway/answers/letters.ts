import { codes, type Code } from '../../diagnostics/codes.ts';
import type { StandingJob } from '../../store/queue.ts';
import type { ReadStore, Store } from '../../store/store.ts';
import { attemptOf, deliveryId, type DeliverJob, type TranslateJob } from '../outcome/jobs.ts';
import { iso } from '../views/view.ts';
import { tellKind, untoldIn } from './untold.ts';
import { remedyOf, stoppedPage, type StoppedAsked, type StoppedPage } from './stopped.ts';

/** What came to no end by itself: why, who must act, and what is to be done next. */
export interface Letter {
  readonly number: number;
  readonly id: string; // what is replayed: a message or an interchange
  readonly what: 'translation' | 'delivery' | 'answer';
  readonly party: string; // the recipient; of a translation the sender
  readonly delivery: string | null;
  readonly code: Code;
  readonly actor: string;
  readonly retry: string;
  readonly cause: string;
  readonly next: string;
  readonly attempts: number;
  readonly since: string;
}

export type Letters = StoppedPage<Letter>;

/** An answer that is overdue is no letter: nothing is sent again by itself, nor read again. */
const kinds = ['translate', 'deliver', 'confirm', tellKind] as const;

/** Those after the `after`-th number; `code`: of this cause alone. */
export const letters = (store: ReadStore, asked: StoppedAsked): Promise<Letters> => stoppedPage(store, kinds, asked, letterOf);

/** It was settled otherwise, or never will be, as an operator says; false where nothing of that number stands any more. */
export async function closeLetter(store: Store, number: number, by: string, reason: string): Promise<boolean> {
  const [job] = await store.stopped(number - 1, 1, { kinds });
  if (job?.id !== number) return false;
  const { id, what, party, delivery, code } = letterOf(job);
  const { interchange } = job.value as { readonly interchange: string };
  const about = id === interchange ? { interchange } : { interchange, message: id };
  const detail = { what, code, ...(delivery !== null && { delivery }), by, reason };
  const { verdict } = await store.commit({ records: [{ kind: 'settled', ...about, party, detail }], jobs: { done: [number] } });
  return verdict === 'first';
}

function letterOf(job: StandingJob): Letter {
  const { id, kind, value, owner, code = 'BUG', retry, created, attempts } = job;
  const isDelivery = kind === 'deliver' || kind === 'confirm';
  const deliver = value as unknown as DeliverJob;
  const party = kind === 'translate' ? (value as unknown as TranslateJob).partner : deliver.party;
  const about = kind === tellKind ? { agency: untoldIn(job).agency, reason: untoldIn(job).code } : { reason: 'see its timeline' };
  const remedy = remedyOf(code, { party, ...about });
  return {
    number: id,
    id: owner ?? '',
    what: isDelivery ? 'delivery' : kind === tellKind ? 'answer' : 'translation',
    party,
    delivery: isDelivery ? deliveryId(deliver) : null,
    ...remedy,
    retry: retry ?? codes[code].retry,
    next: `${remedy.next} — portolan replay ${owner ?? ''}, or where that is past: portolan replay close ${id} --reason TEXT`,
    attempts: isDelivery ? attemptOf(deliver, job) - 1 : attempts,
    since: iso(created),
  };
}
