import type { StandingJob } from './queue.ts';
import type { ContentId, Owner } from './store.ts';

/**
 * Erasure of what is kept of an owner, by law or retention. The batch carries the record that says so: kind `erased`, with
 * the owner in `refs` under the kind `content` or `all`, and with neither interchange nor message, so that it is not itself
 * among what is erased. With `stages` each of them is named as `owner/stage` under the kind `content`.
 */
export interface Erasure {
  readonly owner: Owner;
  readonly what: 'content' | 'all'; // `all` destroys the record key too; entries stay and proofs still verify
  readonly stages?: readonly string[]; // of the content only these; `detail`: what the state says of it. More may be added to the owner later
}

/** Why something is not erased although its time is over: an operator holds it, or it is still worked on, undelivered or unfetched. */
export type Needed = 'hold' | 'work';

/** That the time of one kind of content of an interchange is over. Where the interchange is needed after all the batch is `stale`, unless it says `again`. */
export interface Lapse {
  readonly interchange: Owner;
  readonly kind: string;
  readonly partner: string;
  readonly more?: boolean; // it is not done with it yet
  readonly again?: number; // ms since 1970: it was needed, and is looked at again then
  readonly stopped?: number; // ms since 1970: work that stopped before then keeps nothing any more
}

/** What is due to be erased: all by indexes, in the order of receipt. */
export interface Retention {
  /** Who ever sent something, in the order of names, after one. */
  senders(after: string, limit: number): Promise<readonly string[]>;
  /** By kind of content, the interchange of a sender up to which all was looked at. */
  lapsed(partner: string): Promise<Readonly<Record<string, string>>>;
  interchanges(partner: string, after: string, below: string, limit: number): Promise<readonly Owner[]>;
  /** How many those are; `most` where there are more. */
  count(partner: string, after: string, below: string, most: number): Promise<number>;
  /** What was needed when it was due, and is to be looked at again by now. */
  deferred(now: number, limit: number): Promise<readonly Pick<Lapse, 'interchange' | 'kind' | 'partner'>[]>;
  /** Of one sender and kind, whenever they are looked at again. */
  deferredOf(partner: string, kind: string, limit: number): Promise<readonly Owner[]>;
  /** Why nothing of an interchange may be erased. Work that stopped before a time, in ms since 1970, is no reason. */
  needed(interchange: Owner, stopped?: number): Promise<Needed | undefined>;
  /** What stopped of an interchange and its messages before a time. */
  stopped(interchange: Owner, before: number): Promise<readonly StandingJob[]>;
  /** What is not erased yet of an interchange and its messages; the stage `detail` is what their states say. */
  contents(interchange: Owner): Promise<readonly ContentId[]>;
  /** Those of an interchange and its messages of which there are records. */
  owners(interchange: Owner, limit: number): Promise<readonly Owner[]>;
  isHeld(message: Owner): Promise<boolean>;
  /** What is held, in the order of ids, after one. */
  holds(after: string, limit: number): Promise<readonly Owner[]>;
}
