import { codes } from '../diagnostics/codes.ts';
import type { Retry } from '../diagnostics/codes.ts';
import type { JobFailure } from './store.ts';

/**
 * Work as rows. A job is `ready` until it is committed as done (its row goes) or failed:
 *
 *   backoff     ready again later; after `lastAttempt` failures parked, and an operator looks
 *   after-fix   parked until somebody changes a map, table or key and replays
 *   halt        parked
 *   never       dead
 *
 * Who works on a job is known in memory only: the process that owns the store is the only one that gives jobs out, and
 * when it ends, every job that was not committed is simply due. Recovery after a crash is the ordinary first step.
 */
export interface Fate {
  readonly state: 'ready' | 'parked' | 'dead';
  readonly due: number;
  readonly retry: Retry;
}

export const lastAttempt = 20;

const stateOf: Record<Retry, Fate['state']> = { backoff: 'ready', 'after-fix': 'parked', halt: 'parked', never: 'dead' };

/** What becomes of a job that failed once more, `attempts` times before. */
export function fateOf(failure: JobFailure, attempts: number, now: number): Fate {
  const retry = failure.retry ?? codes[failure.code].retry;
  const isLast = failure.due === undefined && attempts + 1 >= lastAttempt; // who says when also says how often
  const state = retry === 'backoff' && isLast ? 'parked' : stateOf[retry];
  return { state, retry, due: failure.due ?? nextAttempt(failure.id, attempts, now) };
}

/** Between attempts, in ms. */
export interface Pauses {
  readonly first: number;
  readonly longest: number;
}

export const pauses: Pauses = { first: 2_000, longest: 900_000 };

/**
 * Doubling, unless told otherwise from 2 s to at most 15 minutes, spread by up to a quarter so that jobs that failed together do not come back
 * together. The spread follows from the job's number: the same failure is due at the same time in a replay.
 */
export function nextAttempt(id: number, attempts: number, now: number, { first, longest }: Pauses = pauses): number {
  const pause = Math.min(first * 2 ** attempts, longest);
  const spread = ((id * 2_654_435_761) % 2 ** 32) / 2 ** 32;
  return now + Math.round(pause * (1 + spread / 4));
}
