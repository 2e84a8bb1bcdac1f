import type { StateRule } from '../../store/state.ts';
import type { ReadStore } from '../../store/store.ts';

/** What an agency may have decided about what it was given. */
export const decided: readonly string[] = ['accepted', 'partly', 'rejected'];

/** The outcomes of a delivery that came to its end: it is there, it was fetched, it was answered; `folded`: with another message of its document. */
export const given: readonly string[] = ['sent', 'folded', 'delivered', 'acknowledged', ...decided];

export const isGiven = (outcome: string | undefined): boolean => outcome !== undefined && given.includes(outcome);

/** The outcomes of a delivery that is still to come to its end by itself. */
export const isUnderWay = (outcome: string | undefined): boolean => outcome === 'queued' || outcome === 'retrying';

/** The state of a message from those of its deliveries, and from what the agencies answered. */
export const messageState: readonly StateRule[] = [
  { all: ['accepted'], state: 'accepted' },
  { all: ['rejected'], state: 'rejected' },
  { all: given, some: ['partly', 'rejected'], state: 'partly' },
  { all: ['acknowledged', 'accepted'], state: 'acknowledged' },
  { all: given.filter((each) => each !== 'sent'), state: 'delivered' },
  { all: given, state: 'sent' },
  { some: ['waiting'], state: 'waiting' },
  { some: ['held'], state: 'held' },
  { all: ['failed'], state: 'failed' },
  { state: 'translated' },
];

/** Whether the agency has said what it thinks of it: no news of the way there is to stand against that. */
export async function isDecided(store: Pick<ReadStore, 'state'>, { message, party }: { readonly message?: string; readonly party: string }): Promise<boolean> {
  const outcome = message === undefined ? undefined : (await store.state(message))?.agencies[party];
  return outcome !== undefined && (outcome === 'acknowledged' || decided.includes(outcome));
}

/** What a message, or an agency's outcome of it, can be: what is searched by. */
export const searchStates = [
  'accepted',
  'acknowledged',
  'acknowledgement',
  'answer',
  'delivered',
  'failed',
  'folded',
  'held',
  'partly',
  'queued',
  'rejected',
  'repaired',
  'retrying',
  'sent',
  'translated',
  'unrouted',
  'waiting',
] as const;
