import type { KeyObject } from 'node:crypto';
import type { KeyRing, RingEntry } from './keyring.ts';
import type { Prepared, PreparedContent, PreparedRecord } from './prepare.ts';
import { fateOf } from './queue.ts';
import { entryText } from './receipt.ts';
import { indexHash } from './seal.ts';
import { leafHash, type Hash } from './tree.ts';
import type { Writes } from './writes.ts';

/** What a group has written so far: the leaves in order, and the owners whose data keys are now rows. */
export interface Draft {
  readonly now: number;
  readonly at: string;
  readonly first: number; // the index of the group's first leaf
  readonly leaves: Hash[];
  readonly entries: Buffer[];
  readonly owners: Set<RingEntry>;
}

export interface Written {
  readonly records: readonly { readonly index: number; readonly record: PreparedRecord; readonly entry: string }[];
  readonly jobs: readonly number[];
  readonly inbox: readonly number[];
}

/** The index that the next leaf of the group will have. */
export function nextIndex(draft: Draft): number {
  return draft.first + draft.leaves.length;
}

/** Writes prepared batches as rows. Whoever calls is inside the transaction of `commit.ts`. */
export class Applier {
  readonly #writes: Writes;
  readonly #ring: KeyRing;
  readonly #index: KeyObject;

  constructor(writes: Writes, ring: KeyRing, index: KeyObject) {
    this.#writes = writes;
    this.#ring = ring;
    this.#index = index;
  }

  /** Writes the rows of a batch. */
  apply(prepared: Prepared, draft: Draft): Written {
    const { batch } = prepared;
    const w = this.#writes;
    for (const entry of prepared.owners) {
      if (entry.stored || draft.owners.has(entry)) continue;
      w.dataKey.run(entry.owner, entry.wrapped);
      draft.owners.add(entry);
    }
    for (const content of prepared.contents.values()) this.#content(content);
    const records = prepared.records.map((record) => {
      const index = nextIndex(draft);
      const entry = entryText(draft.at, record.hash);
      const leaf = Buffer.from(entry);
      w.record.run(index, record.owner, record.salt, record.sealed);
      w.entry.run(index, leaf);
      draft.leaves.push(leafHash(leaf));
      draft.entries.push(leaf);
      return { index, record, entry };
    });
    for (const owner of batch.release ?? []) w.release.run(owner);
    for (const state of batch.states ?? []) w.changeState(state, prepared.details?.get(state) ?? null, draft.now);
    for (const key of batch.keys ?? []) {
      w.businessKey.run(indexHash(this.#index, 'business', key.value), key.message, key.kind, key.path);
      if (key.prefix !== undefined) w.businessKey.run(indexHash(this.#index, 'business', key.prefix), key.message, `${key.kind}-prefix`, key.path);
    }
    const inbox = (batch.inbox ?? []).map((item) => w.addToInbox(item, draft.now));
    for (const { party, number } of batch.receipts ?? []) w.receipted.run(draft.now, party, number);
    for (const id of batch.jobs?.done ?? []) w.jobDone.run(id);
    for (const failure of batch.jobs?.failed ?? []) {
      const fate = fateOf(failure, w.jobAttempts.get(failure.id) as number, draft.now);
      w.jobFailed.run(fate.state, fate.due, failure.code, fate.retry, failure.id);
    }
    const jobs = (batch.jobs?.add ?? []).map((job) =>
      Number(w.job.run(job.kind, JSON.stringify(job.value), job.owner ?? null, job.due ?? draft.now, draft.now).lastInsertRowid),
    );
    for (const erasure of batch.erase ?? []) w.erase(erasure, this.#ring);
    return { records, jobs, inbox };
  }

  #content(content: PreparedContent): void {
    const { no } = content;
    this.#writes.content.run(no, content.owner, content.stage, content.media, content.size, content.salt, content.commitment);
    content.chunks.forEach((sealed, n) => this.#writes.addChunk(no, n, sealed));
    if (content.staged) this.#writes.unstage.run(no);
  }
}
