import type { KeyObject } from 'node:crypto';
import { Applier, type Draft, type Written } from './apply.ts';
import { checkpointText, type Signer } from './checkpoint.ts';
import type { Prepared, PreparedContent, Preparer } from './prepare.ts';
import { receiptJson } from './receipt.ts';
import { commitmentOf } from './seal.ts';
import { isMachineFault, machineFault, type Db } from './sqlite.ts';
import { StoreError } from './fault.ts';
import type { DuplicateKey } from './filings.ts';
import type { Receipt } from './receipt.ts';
import { contentName, type Batch, type Committed, type Owner, type Reference, type StagedContent, type Verdict } from './store.ts';
import type { Growth, Hash, Tree } from './tree.ts';
import { UsedKeys, type Used } from './used-keys.ts';
import type { Writes } from './writes.ts';

/**
 * The steps of a group commit, in order, for tests that end the process between them. A crash before `committed` leaves
 * nothing of the group; after it, all of it.
 */
export type CommitStep = 'prepared' | 'begun' | 'applied' | 'signed' | 'committed' | 'adopted';

export interface CommitterParts {
  readonly db: Db;
  readonly writes: Writes;
  readonly folder: string;
  readonly tree: Tree;
  readonly preparer: Preparer;
  readonly signer: Signer;
  readonly index: KeyObject;
  readonly clock: () => number;
  readonly lastAt: number; // of the newest entry: the next is younger, whatever the clock says
  readonly read: { pieces(content: StagedContent): Iterable<Uint8Array>; receipt(index: number): Receipt | undefined };
  readonly onStep?: ((step: CommitStep) => void) | undefined;
  readonly onLeaf: (index: number, entry: Buffer, hash: Hash) => void;
  readonly onCommit: (size: number, note: string) => void;
}

interface Waiting {
  readonly prepared: Prepared;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

/** What a batch came to, before the log is signed. */
interface Applied extends Written {
  readonly verdict: Verdict;
  readonly previous: { readonly owner: Owner; readonly idx: number | null; readonly key: string } | undefined;
}

/** Pairs of an earlier and a new content, and whether their bytes are the same. */
type Compared = Map<string, boolean>;

const groupBatches = 256;
const groupBytes = 32 << 20;

/**
 * Group commit: the batches that arrive during one turn of the event loop share one transaction, one disk flush and one
 * signature. There is one committer per store; while it works, nothing else touches the database.
 */
export class Committer {
  readonly #parts: CommitterParts;
  readonly #writes: Writes;
  readonly #applier: Applier;
  readonly #used: UsedKeys;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #isClosed = false;
  /** Why nothing more is taken: nobody knows what is on the disk, or in memory. */
  fault: StoreError | undefined;
  #lastAt: number;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    this.#writes = parts.writes;
    this.#applier = new Applier(parts.writes, parts.index);
    this.#used = new UsedKeys(parts.writes, parts.index);
    this.#lastAt = parts.lastAt;
  }

  /** `resolve` or `reject` is called once, and throws nothing. */
  take(batch: Batch | (() => Prepared), resolve: Waiting['resolve'], reject: Waiting['reject']): void {
    try {
      if (this.#isHalted) throw new StoreError('STORE_HALTED');
      this.#waiting.push({ prepared: typeof batch === 'function' ? batch() : this.#parts.preparer.prepare(batch), resolve, reject });
    } catch (error) {
      return reject(error);
    }
    this.#schedule();
  }

  get #isHalted(): boolean {
    return this.#isClosed || this.fault !== undefined;
  }

  /** Commits all that waits, and takes nothing more. */
  close(): void {
    while (this.#waiting.length > 0) this.#flush();
    this.#isClosed = true;
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
      this.#schedule();
    });
  }

  #flush(): void {
    let bytes = 0;
    let size = 0;
    for (; size < this.#waiting.length && size < groupBatches && bytes < groupBytes; size++) {
      for (const { sealed } of this.#waiting[size]!.prepared.contents.values()) for (const piece of sealed) bytes += piece.length;
    }
    const group = this.#waiting.splice(0, size);
    if (group.length > 0) this.#commitGroup(group);
  }

  /** A batch that contradicts itself or the database fails alone: the others of its group are committed without it. */
  #commitGroup(group: readonly Waiting[]): void {
    try {
      if (this.#isHalted) throw new StoreError('STORE_HALTED');
      const committed = this.#transaction(group.map((waiting) => waiting.prepared));
      group.forEach((waiting, i) => waiting.resolve(committed[i]!));
    } catch (error) {
      const fault = machineFault(error, this.#parts.folder);
      if (fault.code === 'STORE_FAULT') this.fault ??= fault;
      if (group.length > 1 && !isMachineFault(error) && !this.#isHalted) for (const waiting of group) this.#commitGroup([waiting]);
      else for (const waiting of group) waiting.reject(fault);
    }
  }

  #transaction(group: readonly Prepared[]): Committed[] {
    const { db, tree, signer, onStep, onLeaf, onCommit } = this.#parts;
    onStep?.('prepared');
    const now = this.#parts.clock();
    const at = Math.max(now, this.#lastAt + 1); // a time of its own for each group: where it changes, a checkpoint must be
    const draft: Draft = { now, at: new Date(at).toISOString(), first: tree.size, leaves: [], entries: [] };
    let growth: Growth | undefined;
    let note: string | undefined;
    let applied: Applied[];
    this.#writes.begin.run();
    try {
      onStep?.('begun');
      applied = group.map((prepared) => this.#decide(prepared, draft));
      onStep?.('applied');
      if (draft.leaves.length > 0) {
        growth = tree.grow(draft.leaves);
        note = signer.sign(checkpointText({ origin: signer.name, size: growth.size, root: growth.root() }));
        this.#writes.checkpoint.run(growth.size, note);
      }
      onStep?.('signed');
      this.#writes.commit.run(); // ← the commit point: before it nothing of the group exists, after it all of it
      onStep?.('committed');
      if (growth && note !== undefined) {
        draft.entries.forEach((entry, i) => onLeaf(tree.size + i, entry, draft.leaves[i]!));
        tree.adopt(growth);
        this.#lastAt = at;
        onCommit(growth.size, note);
      }
      onStep?.('adopted');
    } catch (error) {
      this.#writes.forget();
      if (db.inTransaction) this.#writes.rollback.run();
      else if (this.#writes.entries.get() !== draft.first) throw this.#halfKnown(error);
      throw error;
    }
    return applied.map((result) => this.#committed(result, draft.at, growth, note));
  }

  /** The group is in the database, and whoever waits for it is told of a fault: what is in memory no longer says what is there, so nothing may follow. */
  #halfKnown(error: unknown): StoreError {
    return new StoreError('STORE_FAULT', { folder: this.#parts.folder, message: error instanceof Error ? error.message : String(error) }, error);
  }

  /** Stale, raced, duplicate, conflict, retry or first: decided here, inside the transaction, so that it cannot race. */
  #decide(prepared: Prepared, draft: Draft): Applied {
    const { batch } = prepared;
    if (this.#isStale(batch)) return { verdict: 'stale', previous: undefined, records: [], jobs: [], inbox: [] };
    if (this.#applier.isRaced(batch)) return { verdict: 'raced', previous: undefined, records: [], jobs: [], inbox: [] };
    if (!batch.duplicates) return { verdict: 'first', previous: undefined, ...this.#applier.apply(prepared, draft) };
    // The ordinary case, one key that nobody used, is one write that succeeds.
    const [only, ...others] = batch.duplicates;
    if (only && others.length === 0 && this.#used.claim(only, contentOf(only, prepared).no)) {
      return { verdict: 'first', previous: undefined, ...this.#applier.apply(prepared, draft) };
    }
    return this.#decideAmong(batch.duplicates, prepared, draft);
  }

  #decideAmong(keys: readonly DuplicateKey[], prepared: Prepared, draft: Draft): Applied {
    const { batch } = prepared;
    const refs: Reference[] = [];
    const extra: Batch[] = [];
    let verdict: Verdict = 'first';
    let previous: Applied['previous'];
    const compared: Compared = new Map();
    for (const key of keys) {
      const used = this.#used.of(key, draft.now);
      if (!used) continue;
      const isSame = !used.failed && (key.ofBytes || this.#isSame(used, contentOf(key, prepared), compared));
      previous = { owner: used.owner, idx: used.idx, key: key.key };
      if (used.failed) {
        verdict = 'retry';
        refs.push({ kind: 'retry-of', id: used.owner });
      } else if (isSame && key.policy === 'mark') {
        if (verdict === 'first') verdict = 'resubmission';
        refs.push({ kind: 'resubmission-of', id: used.owner });
        if (key.same) extra.push(key.same);
      } else if (key.policy !== 'mark') {
        const instead = isSame ? key.same : key.other;
        const link = { kind: isSame ? 'duplicate-of' : 'conflict-with', id: used.owner };
        const written = this.#applier.apply(this.#parts.preparer.prepare(instead ?? {}, [link]), draft);
        return { verdict: isSame ? 'duplicate' : 'conflict', previous, ...written };
      }
    }
    const linked = refs.length > 0 ? this.#parts.preparer.prepare(batch, refs) : prepared;
    const written = this.#applier.apply(linked, draft);
    for (const key of keys) this.#used.take(key, contentOf(key, linked).no);
    for (const more of extra) this.#applier.apply(this.#parts.preparer.prepare(more, refs), draft);
    return { verdict, previous, ...written };
  }

  /** Whether the bytes are the ones of then: the old salt over the new bytes tells, once however many keys ask. */
  #isSame({ no, size, salt, commitment }: Used, content: PreparedContent, compared: Compared): boolean {
    if (salt.length === 0 || size !== content.size) return false;
    const pair = `${no} ${content.no}`;
    let isSame = compared.get(pair);
    if (isSame === undefined) {
      const { bytes } = content;
      isSame = commitmentOf(salt, bytes instanceof Uint8Array ? bytes : this.#parts.read.pieces(bytes)).equals(commitment);
      compared.set(pair, isSame);
    }
    return isSame;
  }

  #isStale({ jobs: { done = [], failed = [] } = {}, receipts = [], counted, lapsed }: Batch): boolean {
    const isGone = (id: number): boolean => this.#writes.jobAttempts.get(id) === undefined;
    const isGiven = ({ party, number }: { party: string; number: number }): boolean => this.#writes.isReceipted.get(party, number) === 1;
    if (lapsed && lapsed.again === undefined && this.#writes.isNeeded(lapsed.interchange, lapsed.stopped)) return true;
    if (counted && this.#writes.uncounted() !== counted.from) return true;
    return done.some(isGone) || failed.some((failure) => isGone(failure.id)) || receipts.some(isGiven);
  }

  #committed(result: Applied, at: string, growth: Growth | undefined, note: string | undefined): Committed {
    const { verdict, previous, records, jobs, inbox } = result;
    const { signer, read } = this.#parts;
    const receipt = (n = 0): Receipt => {
      const original = verdict === 'duplicate' && previous?.idx != null ? read.receipt(previous.idx) : undefined;
      if (original) return original;
      const written = records[n];
      if (!written || !growth || note === undefined) throw new RangeError(`there is no record ${n} in this batch`);
      const { index, record, entry } = written;
      const proof = growth.path(index).map((node) => growth.text(node));
      return { v: 1, index, record: record.text, salt: record.salt.toString('base64url'), entry, proof, checkpoint: note, key: signer.verifierKey };
    };
    return {
      verdict,
      at,
      previous: previous?.owner,
      key: previous?.key,
      indexes: records.map((written) => written.index),
      jobs,
      inbox,
      receipt,
      receiptJson: () => receiptJson(receipt()),
    };
  }
}

function contentOf(key: DuplicateKey, prepared: Prepared): PreparedContent {
  const content = prepared.contents.get(contentName(key.content));
  if (!content) throw new StoreError('STORE_BATCH', { message: 'the content of a duplicate key is not in its batch' });
  return content;
}
