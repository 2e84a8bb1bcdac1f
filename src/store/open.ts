import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from './checkpoint.ts';
import { Claims } from './claims.ts';
import { Committer, type CommitStep } from './commit.ts';
import { makeKeys, readKeys, type Keys } from './keys.ts';
import { LogPublisher, TileReader } from './log.ts';
import { joined, Preparer, type Prepared } from './prepare.ts';
import { Reader, type ReaderParts } from './read.ts';
import { parseEntry } from './receipt.ts';
import { entrySource } from './rows.ts';
import { pooled, Sealer } from './seal.ts';
import { checkCurrent, databaseFile, lockFolder, openDatabase, probeWriting, readDatabase, type Db } from './sqlite.ts';
import { Staging } from './staging.ts';
import { StoreError } from './fault.ts';
import type { Claim, Claimed, Job, NewJob, QueueHead } from './queue.ts';
import { jobsAdded, type Batch, type Committed, type ContentId, type ReadStore, type StagedContent, type Store } from './store.ts';
import { frontierOf, rootOf, Tree } from './tree.ts';
import { Writes } from './writes.ts';

export interface StoreOptions {
  readonly folder: string;
  readonly clock?: () => number; // ms since 1970
  readonly random?: (size: number) => Uint8Array;
  readonly origin?: string; // the log's name, taken at the first start only
  readonly publishEvery?: number; // ms until the log's files follow a commit; 500
  readonly onStep?: (step: CommitStep) => void; // for tests that end the process there
}

/**
 * Opens the store of a data folder for its owner, makes it where there is none, and checks it before anything is
 * accepted. Throws a StoreError whose code names the remedy: locked, newer than this program, keys missing, log broken,
 * or put back from an older copy.
 */
export function openStore(options: StoreOptions): Store {
  const { folder } = options;
  const unlock = lockFolder(folder);
  try {
    const random = options.random ?? randomBytes;
    if (!existsSync(databaseFile(folder))) makeKeys(folder, options.origin ?? `portolan.invalid/${Buffer.from(random(8)).toString('hex')}`, random);
    const keys = readKeys(folder);
    const db = openDatabase(folder);
    try {
      checkKeys(db, folder, keys);
      return new OwnedStore(options, keys, db, unlock);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Opens the store of a data folder for reading beside its owner. `older`: also one that is not up to date; records and content are there in each. */
export function readStore(folder: string, { older = false } = {}): ReadStore {
  const parts = readerParts(folder);
  if (!older) checkCurrent(parts.db, folder);
  return new Reader(parts);
}

/** A connection that can only read, with the keys that it needs. */
export function readerParts(folder: string): ReaderParts {
  const db = readDatabase(folder);
  const keys = readKeys(folder);
  checkKeys(db, folder, keys);
  return { db, folder, keys, sealer: new Sealer(keys.content, pooled(randomBytes)), tiles: new TileReader(folder, entrySource(db)) };
}

/** The database knows the key of its log: another gateway's keys folder is refused before anything is signed with it. */
function checkKeys(db: Db, folder: string, keys: Keys): void {
  const known = db.prepare("select value from meta where name = 'log.vkey'").pluck().get();
  if (known === keys.log.verifierKey) return;
  if (known !== undefined || db.readonly) throw new StoreError('STORE_KEYS_WRONG', { folder });
  db.prepare("insert into meta (name, value) values ('log.vkey', ?)").run(keys.log.verifierKey);
}

class OwnedStore extends Reader implements Store {
  readonly #folder: string;
  readonly #db: Db;
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
  #newest: { readonly size: number; readonly note: string } | undefined;

  constructor(options: StoreOptions, keys: Keys, db: Db, unlock: () => void) {
    const { folder } = options;
    const random = pooled(options.random ?? randomBytes);
    const tiles = new TileReader(folder, entrySource(db));
    const sealer = new Sealer(keys.content, random);
    super({ db, folder, keys, sealer, tiles });
    this.#folder = folder;
    this.#db = db;
    this.#unlock = unlock;
    this.#clock = options.clock ?? Date.now;
    this.#claims = new Claims(db, this.#clock);
    this.#publishEvery = options.publishEvery ?? 500;
    const { tree, publisher, note, lastAt } = recover(db, folder, keys, tiles);
    this.#publisher = publisher;
    this.#newest = note === undefined ? undefined : { size: tree.size, note };
    const writes = new Writes(db);
    writes.sweep();
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

  async commit(batch: Batch): Promise<Committed> {
    const committed = await this.#committer.commit(batch);
    this.#ended(batch);
    this.#tell(batch, committed);
    if (batch.erase) this.#db.pragma('wal_checkpoint(truncate)'); // what was erased may still stand in the write-ahead log
    return committed;
  }

  async commitParts(parts: AsyncIterable<Batch> | Iterable<Batch>): Promise<Committed> {
    const prepared: Prepared[] = [];
    for await (const part of parts) prepared.push(this.#staging.part(part));
    const committed = await this.#committer.commit(() => joined(prepared));
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
    return this.#staging.stage(id, source);
  }

  async claim(kinds: readonly string[], limit: number): Promise<readonly Job[]> {
    return this.#claims.claim(kinds, limit);
  }

  async claimFrom(kind: string, claims: readonly Claim[]): Promise<readonly Claimed[]> {
    return this.#claims.claimFrom(kind, claims);
  }

  release(ids: readonly number[]): void {
    this.#claims.release(ids);
  }

  async nextDue(kinds: readonly string[]): Promise<number | undefined> {
    return this.#claims.nextDue(kinds);
  }

  async queues(kind: string): Promise<readonly QueueHead[]> {
    return this.#claims.queues(kind);
  }

  async publish(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
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
    probeWriting(this.#db, this.#folder);
  }

  async backup(file: string): Promise<void> {
    await this.#db.backup(file);
  }

  override async close(): Promise<void> {
    this.#committer.close();
    this.#isClosed = true;
    await this.publish().catch(() => undefined); // the next start makes them
    await super.close();
    this.#unlock();
  }
}

/** What a start finds: the tree at its last checkpoint, and how far the files of the log go. */
interface Recovered {
  readonly tree: Tree;
  readonly publisher: LogPublisher;
  readonly note: string | undefined;
  readonly lastAt: number;
}

/**
 * The ordinary first step after any end. The last checkpoint in the database must be signed by this log and cover
 * exactly the entries that are there; files that are missing or torn are made again; a published checkpoint that says
 * more than the database shows that an older copy was put back.
 */
function recover(db: Db, folder: string, keys: Keys, tiles: TileReader): Recovered {
  const size = db.prepare('select coalesce(max(idx) + 1, 0) from entry').pluck().get() as number;
  const note = db.prepare('select note from checkpoint order by size desc limit 1').pluck().get() as string | undefined;
  const broken = (message: string): StoreError => new StoreError('EVIDENCE_LOG_BROKEN', { folder, message });
  const checkpoint = note === undefined ? undefined : openCheckpoint(note, keys.log.verifierKey);
  if (note !== undefined && !checkpoint) throw broken('the last checkpoint is not signed by this log');
  const published = publishedCheckpoint(folder, keys);
  if (published && published.size > size) throw new StoreError('EVIDENCE_ROLLED_BACK', { folder, found: String(size), published: String(published.size) });
  if ((checkpoint?.size ?? 0) !== size) throw broken(`it covers ${checkpoint?.size ?? 0} entries, ${size} are there`);
  const frontier = (fromFiles: boolean): ReturnType<typeof frontierOf> => frontierOf(size, (level, i) => tiles.node(level, i, fromFiles));
  const publisher = new LogPublisher(tiles, published?.size ?? 0);
  let found = frontier(true);
  if (checkpoint && !rootOf(size, found).equals(checkpoint.root)) {
    found = frontier(false);
    if (!rootOf(size, found).equals(checkpoint.root)) throw broken('the entries do not have the root it states');
    publisher.discard();
  }
  if (
    published &&
    !rootOf(
      published.size,
      frontierOf(published.size, (level, i) => tiles.node(level, i)),
    ).equals(published.root)
  ) {
    throw broken(`the published checkpoint over ${published.size} entries has another root`);
  }
  publisher.inspect(size);
  const last =
    size === 0
      ? undefined
      : (db
          .prepare('select leaf from entry where idx = ?')
          .pluck()
          .get(size - 1) as Buffer);
  return { tree: Tree.restore(size, found), publisher, note, lastAt: Date.parse(parseEntry(last?.toString() ?? '')?.at ?? '') || 0 };
}

function publishedCheckpoint(folder: string, keys: Keys): ReturnType<typeof openCheckpoint> {
  try {
    return openCheckpoint(readFileSync(join(folder, 'log', 'checkpoint'), 'utf8'), keys.log.verifierKey);
  } catch {
    return undefined;
  }
}
