import type { KeyObject } from 'node:crypto';
import { eraOf, inEra } from './eras.ts';
import type { Prepared, PreparedRecord } from './prepare.ts';
import { fateOf, type JobFailure } from './queue.ts';
import { entryText } from './receipt.ts';
import { indexHash } from './seal.ts';
import type { Batch, BusinessKey, Owner } from './store.ts';
import { leafHash, type Hash } from './tree.ts';
import type { HashedKey, Writes } from './writes.ts';

/** What a group has written so far. */
export interface Draft {
  readonly now: number;
  readonly at: string;
  readonly first: number; // the index of the group's first leaf
  readonly leaves: Hash[];
  readonly entries: Buffer[];
}

export interface Written {
  readonly records: readonly { readonly index: number; readonly record: PreparedRecord; readonly entry: string }[];
  readonly jobs: readonly number[];
  readonly inbox: readonly number[];
}

/** Writes prepared batches as rows. Whoever calls is inside the transaction of `commit.ts`. */
export class Applier {
  readonly #writes: Writes;
  readonly #index: KeyObject;

  constructor(writes: Writes, index: KeyObject) {
    this.#writes = writes;
    this.#index = index;
  }

  /** Whether something was filed since the batch was made. */
  isRaced({ filings = [] }: Batch): boolean {
    return filings.some(({ key, message, seen }) => {
      const last = this.#writes.filedBy.get(indexHash(this.#index, 'filing', key)) as Owner | undefined;
      return last !== seen && last !== message;
    });
  }

  /** Writes the rows of a batch. */
  apply(prepared: Prepared, draft: Draft): Written {
    const { batch } = prepared;
    const w = this.#writes;
    for (const content of prepared.contents.values()) w.addContent(content);
    const records = prepared.records.map((record) => {
      const index = draft.first + draft.leaves.length;
      const entry = entryText(draft.at, record.hash);
      const leaf = Buffer.from(entry);
      w.entry.run(index, leaf, record.owner, record.salt, record.sealed);
      draft.leaves.push(leafHash(leaf));
      draft.entries.push(leaf);
      return { index, record, entry };
    });
    for (const owner of batch.release ?? []) w.release.run(owner);
    for (const state of batch.states ?? []) w.changeState(state, prepared.details?.get(state) ?? null, draft.now);
    for (const { key, message, until } of batch.filings ?? []) w.filing.run(indexHash(this.#index, 'filing', key), message, until ?? null);
    for (const run of batch.runs ?? []) w.run.run(indexHash(this.#index, 'run', run.key).toString('base64url'), run.partner, prepared.details!.get(run)!);
    if (batch.keys) w.addKeys(this.#hashed(batch.keys, eraOf(draft.first)));
    const inbox = (batch.inbox ?? []).map((item) => w.addToInbox(item, draft.now));
    for (const { id, detail } of batch.alerts ?? []) w.setAlert(id, detail);
    for (const { party, number } of batch.receipts ?? []) w.receipted.run(draft.now, party, number);
    for (const id of batch.jobs?.done ?? []) w.jobDone.run(id);
    const fail = (failure: JobFailure): void => {
      const fate = fateOf(failure, w.jobAttempts.get(failure.id) as number, draft.now);
      w.jobFailed.run(fate.state, fate.due, failure.code, fate.retry, failure.id);
    };
    for (const failure of batch.jobs?.failed ?? []) fail(failure);
    const jobs = (batch.jobs?.add ?? []).map((job) => {
      const id = w.addJob(job, draft.now);
      if (job.failed) fail({ ...job.failed, id });
      return id;
    });
    if (batch.counted) w.addCounted(batch.counted);
    for (const erasure of batch.erase ?? []) w.erase(erasure);
    if (batch.lapsed || batch.holds) w.settleRetention(batch);
    if (prepared.contents.size > 0) w.addLate(prepared.contents.values(), draft.now);
    return { records, jobs, inbox };
  }

  *#hashed(keys: readonly BusinessKey[], era: number): Generator<HashedKey> {
    for (const { message, kind, path, value, form, prefix } of keys)
      for (const [part, text] of Object.entries({ value, form, prefix }))
        if (text !== undefined) yield { message, kind, path, part, hash: inEra(indexHash(this.#index, 'business', text), era) };
  }
}
