import { codes, type Code, type Retry } from '../diagnostics/codes.ts';
import type { Json, Owner } from './store.ts';

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

/** Of those that wait in one queue: 0 before 1 before 2. */
export type Lane = 0 | 1 | 2;

export interface NewJob {
  readonly kind: string; // `translate`, `deliver`, …
  readonly value: Json; // ids and hashes, never a payload
  readonly owner?: Owner;
  readonly sequence?: string; // jobs of one kind and sequence are given out one at a time, in the order in which they were added
  readonly queue?: string; // waits apart from all others of its kind, and is claimed by `claimFrom`
  readonly lane?: Lane; // 1 where absent
  readonly due?: number; // ms since 1970; now where absent
  readonly failed?: Pick<JobFailure, 'code' | 'retry'>; // it came to no end when it was first tried: nobody is given it before somebody acts
}

export interface JobFailure {
  readonly id: number;
  readonly code: Code;
  readonly retry?: Retry; // the register's where absent
  readonly due?: number; // of the next attempt; `nextAttempt` of queue.ts where absent
}

export interface Job {
  readonly id: number;
  readonly kind: string;
  readonly value: Json;
  readonly owner: Owner | undefined;
  readonly attempts: number; // failures so far
  readonly created: number; // ms since 1970
  readonly lane: Lane;
  readonly sequence: string | undefined; // what follows in it waits for this
}

/** What is wanted from a queue: up to `limit` jobs of these lanes, the first lane first. */
export interface Claim {
  readonly queue: string;
  readonly lanes: readonly Lane[];
  readonly limit: number;
}

export interface Claimed {
  readonly jobs: readonly Job[];
  readonly next?: number; // when the next of these lanes that nobody has claimed is due, in ms since 1970; absent: there is none
}

/** When the first job of a lane is due, claimed or not. */
export interface QueueHead {
  readonly queue: string;
  readonly lane: Lane;
  readonly due: number;
}

/** A job as it stands: what waits for its recipient, and what stopped. */
export interface StandingJob extends Job {
  readonly queue: string | undefined;
  readonly state: 'ready' | 'parked' | 'dead';
  readonly due: number;
  readonly code: Code | undefined; // of the last failure
  readonly retry: Retry | undefined;
}

export interface QueueGroup {
  readonly kind: string;
  readonly state: 'ready' | 'parked' | 'dead';
  readonly code: string | undefined;
  readonly retry: string | undefined;
  readonly count: number;
  readonly oldest: number; // ms since 1970
}
