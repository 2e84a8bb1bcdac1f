import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Claims } from './claims.ts';
import { Committer, type CommitStep } from './commit.ts';
import { makeKeys, readKeys, type Keys } from './keys.ts';
import { TileReader, type LogPublisher } from './log.ts';
import { joined, Preparer, type Prepared } from './prepare.ts';
import { checkKeys, readerParts } from './parts.ts';
import { Reader } from './read.ts';
import { placeFault, placeOf, type Place } from './place.ts';
import { recover } from './recover.ts';
import { entrySource } from './rows.ts';
import { pooled, Sealer } from './seal.ts';
import { asked, checkCurrent, databaseFile, emptyLog, faultOf, lockFolder, openDatabase, probeWriting, type Db } from './sqlite.ts';
import { Staging } from './staging.ts';
import { isOfDisk, StoreError } from './fault.ts';
import type { Claim, Claimed, Job, NewJob, QueueHead } from './queue.ts';
import { jobsAdded, type Batch, type Committed, type ContentId, type ReadStore, type StagedContent, type Store } from './store.ts';
import { Writes } from './writes.ts';

export interface StoreOptions {
  readonly folder: string;
  readonly clock?: () => number; // ms since 1970
  readonly random?: (size: number) => Uint8Array;
  readonly origin?: string; // the log's name, taken at the first start only
  readonly publishEvery?: number; // ms until the log's files follow a commit; 500
  readonly onStep?: (step: CommitStep) => void; // for tests that end the process there
}

/** What a store knew that was closed because its disk failed, for the one that the same process opens in its place. */
export interface Before {
  readonly note: string | undefined; // the newest checkpoint that anybody may have been told of
  readonly claimed: Set<number>; // jobs that are being worked on
  readonly jobs: number; // the greatest number of one: whoever still works on a job that has ended does not end another of its number
}

/** The owner's store, and what its owner knows of it. */
export interface OwnStore extends Store {
  /** Why it takes nothing more; undefined where it does. */
  readonly fault: StoreError | undefined;
  readonly before: Before;
  readonly place: Place;
  /** As `commit`, without a promise, for groups of many: one of the two is called once, and throws nothing. */
  take(batch: Batch, resolve: (committed: Committed) => void, reject: (error: unknown) => void): void;
}

/**
 * Opens the store of a data folder for its owner, makes it where there is none, and checks it before anything is
 * accepted. Throws a StoreError whose code names the remedy: locked, newer than this program, keys missing, log broken,
 * or put back from an older copy. With `before` it takes the place of a store whose disk failed: as a start does, but nothing is made where
 * nothing is, what was told before must be there, and what is under way stays so.
 */
export function openStore(options: StoreOptions, before?: Before): OwnStore {
  const { folder } = options;
  const isGone = (): boolean => before !== undefined && !existsSync(databaseFile(folder));
  if (isGone()) throw new StoreError('STORE_ABSENT', { folder });
  const unlock = lockFolder(folder, before !== undefined);
  try {
    const random = options.random ?? randomBytes;
    if (!before && !existsSync(databaseFile(folder))) makeKeys(folder, options.origin ?? `portolan.invalid/${Buffer.from(random(8)).toString('hex')}`, random);
    const keys = readKeys(folder);
    const db = openDatabase(folder, before !== undefined);
    try {
      checkKeys(db, folder, keys);
      return new OwnedStore({ options, keys, db, place: placeOf(folder), unlock, before });
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    unlock();
    throw isGone() ? new StoreError('STORE_ABSENT', { folder }, error) : faultOf(error, folder); // also where it went meanwhile
  }
}

/** Opens the store of a data folder for reading beside its owner. `older`: also one that is not up to date; records and content are there in each. */
export function readStore(folder: string, { older = false } = {}): ReadStore {
  const parts = readerParts(folder);
  if (!older) checkCurrent(parts.db, folder);
  return new Reader(parts);
}

interface Opened {
  readonly options: StoreOptions;
  readonly keys: Keys;
  readonly db: Db;
  readonly place: Place;
  readonly unlock: () => void;
  readonly before: Before | undefined;
}

class OwnedStore extends Reader implements OwnStore {
  readonly #folder: string;
  readonly #db: Db;
  readonly place: Place;
  readonly #writes: Writes;
  readonly #committer: Committer;
  readonly #staging: Staging;
  readonly #publisher: LogPublisher;
  readonly #unlock: () => void;
  readonly #clock: () => number;
  readonly #claims: Claims;
  readonly #onJob: ((job: NewJob) => void)[] = [];
  readonly #publishEvery: number;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isOwed = true; // that the write-ahead log is emptied: who erased before us may not have come to it
  #newest: { readonly size: number; readonly note: string } | undefined;

  constructor({ options, keys, db, place, unlock, before }: Opened) {
    const { folder } = options;
    const random = pooled(options.random ?? randomBytes);
    const tiles = new TileReader(folder, entrySource(db));
    const sealer = new Sealer(keys.content, random);
    super({ db, folder, keys, sealer, tiles, place });
    this.#folder = folder;
    this.#db = db;
    this.place = place;
    this.#unlock = unlock;
    this.#clock = options.clock ?? Date.now;
    this.#publishEvery = options.publishEvery ?? 500;
    const { tree, publisher, note, lastAt } = recover({ db, folder, keys, tiles }, before?.note);
    this.#claims = new Claims(db, this.#clock, lastAt, before?.claimed);
    this.#publisher = publisher;
    this.#newest = note === undefined ? undefined : { size: tree.size, note };
    const writes = new Writes(db, before?.jobs);
    this.#writes = writes;
    if (!before) writes.sweep();
    const preparer = new Preparer(
      sealer,
      random,
      (id) => this.contentRow(id),
      () => writes.nextContent(),
    );
    this.#committer = new Committer({
      db,
      writes,
      folder,
      tree,
      preparer,
      signer: keys.log,
      index: keys.index,
      clock: this.#clock,
      lastAt,
      read: { pieces: (staged) => this.pieces(staged), receipt: (index) => this.receiptNow(index) },
      onStep: options.onStep,
      onLeaf: (index, entry, hash) => tiles.remember(index, entry, hash),
      onCommit: (size, newest) => {
        this.#newest = { size, note: newest };
        this.#publishLater();
      },
    });
    this.#publishLater();
    this.#staging = new Staging(writes, preparer, random, folder);
  }

  commit(batch: Batch): Promise<Committed> {
    return new Promise((resolve, reject) => this.take(batch, resolve, reject));
  }

  take(batch: Batch, resolve: (committed: Committed) => void, reject: (error: unknown) => void): void {
    const done = (committed: Committed): void => {
      try {
        this.#ended(batch);
        this.#tell(batch, committed);
        if (batch.erase) this.#emptyLog(true);
      } catch (error) {
        return reject(error);
      }
      resolve(committed);
    };
    this.#committer.take(batch, done, reject);
  }

  /** What was erased may still stand in the write-ahead log. It is erased, so a disk that fails here leaves us uncertain; where somebody reads, it stays owed. */
  #emptyLog(isOwed = this.#isOwed): void {
    this.#isOwed = isOwed;
    if (!isOwed || this.fault) return;
    try {
      this.#isOwed = !emptyLog(this.#db, this.#folder);
    } catch (error) {
      throw (this.#committer.fault ??= error as StoreError);
    }
    if (this.#isOwed) this.#publishLater();
  }

  async commitParts(parts: AsyncIterable<Batch> | Iterable<Batch>): Promise<Committed> {
    const prepared: Prepared[] = [];
    for await (const part of parts) prepared.push(await this.#staged(async () => this.#staging.part(part)));
    const committed = await new Promise<Committed>((resolve, reject) => this.#committer.take(() => joined(prepared), resolve, reject));
    for (const { batch } of prepared) {
      this.#ended(batch);
      this.#tell(batch, committed);
    }
    return committed;
  }

  /** Jobs that have ended are nobody's any more. */
  #ended({ jobs: { done = [], failed = [] } = {} }: Batch): void {
    this.#claims.release(done);
    this.#claims.release(failed.map(({ id }) => id));
  }

  #tell(batch: Batch, committed: Committed): void {
    if (this.#onJob.length > 0) for (const job of jobsAdded(batch, committed)) for (const tell of this.#onJob) tell(job);
  }

  onJob(listener: (job: NewJob) => void): void {
    this.#onJob.push(listener);
  }

  async stage(id: ContentId & { readonly media: string }, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StagedContent> {
    return this.#staged(() => this.#staging.stage(id, source));
  }

  /** What is written ahead, or to see whether it can be, is written to the same disk. */
  async #staged<T>(write: () => Promise<T>): Promise<T> {
    if (this.fault) throw new StoreError('STORE_HALTED');
    try {
      return await write();
    } catch (error) {
      if (isOfDisk(error)) this.#committer.fault ??= error;
      throw error;
    }
  }

  get fault(): StoreError | undefined {
    return this.#committer.fault;
  }

  get before(): Before {
    return { note: this.#newest?.note, claimed: this.#claims.claimed, jobs: this.#writes.jobs };
  }

  async claim(kinds: readonly string[], limit: number): Promise<readonly Job[]> {
    return asked(this.#folder, () => this.#claims.claim(kinds, limit));
  }

  async claimFrom(kind: string, claims: readonly Claim[]): Promise<readonly Claimed[]> {
    return asked(this.#folder, () => this.#claims.claimFrom(kind, claims));
  }

  release(ids: readonly number[]): void {
    this.#claims.release(ids);
  }

  async nextDue(kinds: readonly string[]): Promise<number | undefined> {
    return asked(this.#folder, () => this.#claims.nextDue(kinds));
  }

  async queues(kind: string): Promise<readonly QueueHead[]> {
    return asked(this.#folder, () => this.#claims.queues(kind));
  }

  async publish(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#inPlace();
    this.#emptyLog();
    if (this.#newest) await this.#publisher.publish(this.#newest.size, this.#newest.note);
  }

  /** The files are derived: a fault in writing them is no fault of a commit, and they are tried again. */
  #publishLater(): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => {
      this.publish().catch(() => this.#publishLater());
    }, this.#publishEvery).unref();
  }

  async probe(): Promise<void> {
    if (this.fault) throw this.fault;
    this.#inPlace();
    await this.#staged(async () => probeWriting(this.#db, this.#folder));
  }

  /** Files of the log and of a probe go by their names: they must not come to lie beside the database of another. */
  #inPlace(): void {
    const fault = placeFault(this.#folder, this.place);
    if (fault) throw (this.#committer.fault ??= fault);
  }

  async backup(file: string): Promise<void> {
    await this.#db.backup(file);
  }

  override async close(): Promise<void> {
    this.#committer.close();
    this.#isClosed = true;
    await this.publish().catch(() => undefined); // the next start makes them
    await super.close().finally(() => this.#unlock());
  }
}
