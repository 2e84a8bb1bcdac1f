import { once } from 'node:events';
import { MessageChannel, Worker, type MessagePort, type ResourceLimits } from 'node:worker_threads';
import type { Code } from '../diagnostics/codes.ts';
import { Bodies, bytesIn } from './bodies.ts';
import { readerParts } from './parts.ts';
import type { Place } from './place.ts';
import { Reader } from './read.ts';
import { StoreError } from './fault.ts';
import type { Claim, Claimed, Job, NewJob, QueueHead } from './queue.ts';
import type { Receipt } from './receipt.ts';
import { jobsAdded, type Batch, type Committed, type ContentId, type StagedContent, type Store } from './store.ts';

export interface ThreadOptions {
  readonly folder: string;
  readonly origin?: string; // the log's name, taken at the first start only
  readonly limits?: ResourceLimits; // for tests that let the thread fall
}

/** What the thread is asked. A group of batches, or a call of the store that is not reading. */
export type Request =
  | { readonly no: number; readonly batches: readonly Batch[] }
  | {
      readonly no: number;
      readonly call: 'claim' | 'claimFrom' | 'nextDue' | 'queues' | 'publish' | 'probe' | 'backup' | 'close' | 'stage' | 'release' | 'commitParts';
      readonly args: readonly unknown[];
    };

/** What it answers: of a group the fate of each batch, in order. */
export type Answer = { readonly no: number } & ({ readonly committed: readonly (Told | Failed)[] } | { readonly value: unknown } | Failed);

/** What a batch came to, as a value. */
export interface Told extends Omit<Committed, 'receipt' | 'receiptJson'> {
  readonly receipt: string; // of the first record, as JSON; empty where there is none
}

/** An error of the store, or another with what it says of itself (`EACCES` …), which it would lose on the way. */
export type Failed = {
  readonly failed: { readonly code: Code; readonly args: Readonly<Record<string, string>> } | { readonly error: Error; readonly own: object };
};

/**
 * Opens the store of a data folder in a thread of its own: who receives does not wait for the disk, and sealing, hashing and
 * writing take another core. It is the store of `open.ts` over there; reading is done here, on a connection of its own.
 */
export async function openThreadedStore(options: ThreadOptions): Promise<Store> {
  const { folder, origin, limits } = options;
  const worker = new Worker(new URL('./thread.js', import.meta.url), {
    workerData: { folder, ...(origin === undefined ? {} : { origin }) },
    ...(limits ? { resourceLimits: limits } : {}),
  });
  const [opened] = (await once(worker, 'message')) as [Answer];
  if ('failed' in opened) throw errorOf(opened.failed);
  return new ThreadedStore(folder, worker, ('value' in opened ? opened.value : []) as Place);
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** What the thread was asked, until it answers. */
interface Asked {
  readonly no: number;
  readonly waiting: Group | Waiting<unknown>;
}

/** Batches that are under way, and where their bodies lie. */
interface Group {
  readonly group: readonly Waiting<Committed>[];
  readonly room: SharedArrayBuffer;
}

/** What takes no part in the order of writing: whoever waits for a batch asks when it is committed. */
const looks: ReadonlySet<string> = new Set(['claim', 'claimFrom', 'nextDue', 'queues', 'release']);

const roomSize = 1 << 20;
const most = 256; // batches of a message: as many as one transaction takes

class ThreadedStore extends Reader implements Store {
  readonly #folder: string;
  readonly #worker: Worker;
  #asked: Asked[] = []; // few, and no Map: the tables that it outgrows would hold what was answered
  readonly #rooms: SharedArrayBuffer[] = []; // free ones
  #no = 0;
  #groups = 0; // under way
  #batches: Batch[] = [];
  #waiting: Waiting<Committed>[] = [];
  #isUrgent = false; // one of them waits for nobody
  #due: NodeJS.Timeout | undefined; // then none of them waits any more
  #fault: StoreError | undefined; // the thread has ended
  #anew: Place | undefined; // where the store over there was opened again, while reading still goes on where it was
  readonly #onJob: ((job: NewJob) => void)[] = [];

  constructor(folder: string, worker: Worker, place: Place) {
    super(readerParts(folder, place));
    this.#folder = folder;
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#answered(answer));
    worker.on('error', (error) => this.#fallen(error.message));
    worker.on('exit', () => this.#fallen('its thread ended'));
  }

  /**
   * What arrives during one turn of the event loop, or while the thread commits, is one message and one transaction: a flush, a signature and
   * two messages cost the same for one as for fifty. What comes alone does not wait, unless it has patience.
   */
  commit(batch: Batch, patience = 0): Promise<Committed> {
    const committing = new Promise<Committed>((resolve, reject) => {
      this.#batches.push(batch);
      this.#waiting.push({ resolve, reject });
    });
    if (patience > 0) this.#due ??= setTimeout(() => this.#hurry(), patience);
    else this.#hurry();
    return batch.jobs?.add && this.#onJob.length > 0 ? committing.then((committed) => this.#tell(batch, committed)) : committing;
  }

  #hurry(): void {
    if (this.#isUrgent) return;
    this.#isUrgent = true;
    if (this.#groups === 0) setImmediate(() => this.#post());
  }

  #tell(batch: Batch, committed: Committed): Committed {
    for (const job of jobsAdded(batch, committed)) for (const tell of this.#onJob) tell(job);
    return committed;
  }

  onJob(listener: (job: NewJob) => void): void {
    this.#onJob.push(listener);
  }

  #post(): void {
    const group = this.#waiting.splice(0, most);
    const batches = this.#batches.splice(0, most);
    this.#isUrgent = this.#batches.length > 0;
    clearTimeout(this.#due);
    this.#due = undefined;
    if (group.length === 0) return;
    if (this.#fault) return group.forEach(({ reject }) => reject(new StoreError('STORE_HALTED')));
    const no = ++this.#no;
    this.#groups++;
    const room = this.#room(batches.reduce((sum, batch) => sum + bytesIn(batch), 0));
    this.#asked.push({ no, waiting: { group, room } });
    const bodies = new Bodies(room);
    this.#worker.postMessage({ no, batches: batches.map((batch) => bodies.moved(batch)) } satisfies Request);
  }

  /** Memory that both threads see. That of an earlier group is used again, so that neither's collector has to do with bodies. */
  #room(size: number): SharedArrayBuffer {
    return size <= roomSize ? (this.#rooms.pop() ?? new SharedArrayBuffer(roomSize)) : new SharedArrayBuffer(size);
  }

  #answered(answer: Answer): void {
    const at = this.#asked.findIndex(({ no }) => no === answer.no);
    if (at < 0) return;
    const asked = this.#asked.splice(at, 1)[0]!.waiting;
    if ('group' in asked) {
      this.#groups--;
      if (this.#isUrgent) this.#post(); // before anybody is told: the thread has work meanwhile
      if (asked.room.byteLength === roomSize) this.#rooms.push(asked.room);
      if ('committed' in answer)
        asked.group.forEach(({ resolve, reject }, i) => {
          const told = answer.committed[i]!;
          if ('failed' in told) reject(errorOf(told.failed));
          else resolve(this.#committed(told));
        });
    } else if ('failed' in answer) asked.reject(errorOf(answer.failed));
    else if ('value' in answer) asked.resolve(answer.value);
  }

  #committed({ verdict, at, previous, key, indexes, jobs, inbox, receipt }: Told): Committed {
    const receiptJson = (): string => {
      if (receipt === '') throw new RangeError('there is no record in this batch');
      return receipt;
    };
    const parsed = (n = 0): Receipt => (n === 0 ? (JSON.parse(receiptJson()) as Receipt) : this.receiptNow(indexes[n] ?? -1)!);
    return { verdict, at, previous, key, indexes, jobs, inbox, receipt: parsed, receiptJson };
  }

  #ask<T>(call: Extract<Request, { call: string }>['call'], args: readonly unknown[], transfer: MessagePort[] = []): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!looks.has(call)) while (this.#batches.length > 0) this.#post(); // in the order in which it was asked
      if (this.#fault) return reject(new StoreError('STORE_HALTED'));
      const no = ++this.#no;
      this.#asked.push({ no, waiting: { resolve: resolve as (value: unknown) => void, reject } });
      this.#worker.postMessage({ no, call, args } satisfies Request, transfer);
    });
  }

  #fallen(message: string): void {
    this.#fault ??= new StoreError('STORE_FAULT', { folder: this.#folder, message });
    for (const { waiting } of this.#asked.splice(0)) for (const { reject } of 'group' in waiting ? waiting.group : [waiting]) reject(this.#fault);
    this.#groups = 0;
    while (this.#batches.length > 0) this.#post(); // and what was not sent yet
  }

  claim(kinds: readonly string[], limit: number): Promise<readonly Job[]> {
    return this.#ask('claim', [kinds, limit]);
  }

  release(ids: readonly number[]): void {
    this.#ask('release', [ids]).catch(() => undefined); // with the thread its claims have ended
  }

  nextDue(kinds: readonly string[]): Promise<number | undefined> {
    return this.#ask('nextDue', [kinds]);
  }

  claimFrom(kind: string, claims: readonly Claim[]): Promise<readonly Claimed[]> {
    return this.#ask('claimFrom', [kind, claims]);
  }

  queues(kind: string): Promise<readonly QueueHead[]> {
    return this.#ask('queues', [kind]);
  }

  readonly publish = (): Promise<void> => this.#ask('publish', []);

  async probe(): Promise<void> {
    this.#anew = (await this.#ask<Place | undefined>('probe', [])) ?? this.#anew;
    if (this.#anew) this.renew(readerParts(this.#folder, this.#anew));
    this.#anew = undefined;
  }

  backup(file: string): Promise<void> {
    return this.#ask('backup', [file]);
  }

  /** Piece by piece, each when the one before it is on the disk. */
  stage(id: ContentId & { readonly media: string }, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StagedContent> {
    return this.#send<StagedContent, Uint8Array>('stage', [id], source, (piece) => [Uint8Array.from(piece)]);
  }

  async commitParts(parts: AsyncIterable<Batch> | Iterable<Batch>): Promise<Committed> {
    const added: NewJob[] = [];
    const told = await this.#send<Told, Batch>('commitParts', [], parts, (part) => {
      added.push(...(part.jobs?.add ?? []));
      const room = this.#room(bytesIn(part));
      return [new Bodies(room).moved(part), room];
    });
    return this.#tell({ jobs: { add: added } }, this.#committed(told));
  }

  async #send<T, Piece>(
    call: 'stage' | 'commitParts',
    args: readonly unknown[],
    source: AsyncIterable<Piece> | Iterable<Piece>,
    moved: (piece: Piece) => [piece: Piece, room?: SharedArrayBuffer],
  ): Promise<T> {
    const { port1: here, port2: there } = new MessageChannel();
    const answer = this.#ask<T>(call, [...args, there], [there]);
    answer.catch(() => undefined); // where the source throws, that is what is told
    try {
      for await (const each of source) {
        const [piece, room] = moved(each);
        here.postMessage(piece);
        await Promise.race([once(here, 'message'), answer]);
        if (room?.byteLength === roomSize) this.#rooms.push(room);
      }
      here.postMessage(undefined);
      return await answer;
    } finally {
      here.close();
    }
  }

  override async close(): Promise<void> {
    if (this.#fault) return super.close();
    const ended = once(this.#worker, 'exit');
    const closed = this.#ask('close', []);
    await closed.finally(() => super.close());
    await ended;
  }
}

function errorOf(failed: Failed['failed']): Error {
  return 'error' in failed ? Object.assign(failed.error, failed.own) : new StoreError(failed.code, failed.args);
}
