import { Worker } from 'node:worker_threads';
import type { ConfigFile, Configuration } from '../../partners/config.ts';
import type { Partner } from '../../partners/partner.ts';
import type { FoldInput } from './folding.ts';
import { bulky } from '../outcome/jobs.ts';
import type { Sources } from '../library/sources.ts';
import type { Reply, ReplyInput } from '../answers/reply.ts';
import type { Output, TranslatedMessage, Translation, TranslationInput } from './translate.ts';

/**
 * What is in force, as values. A thread never reads the disk: what lies there may be newer and not yet, or never, in force,
 * and a thread that is replaced must translate, and withhold, exactly as the others. Partners are thousands, and each work is
 * one partner's: the thread is handed it with the work, as it is in force then.
 */
export interface WorkerSources {
  readonly sources: Sources;
  readonly configuration: Configuration;
}

/** An edition by what differs from the one before: a file that is the same is its place there. Thousands of files are sent once. */
export interface NextEdition {
  readonly edition: number;
  readonly base: number;
  readonly root: string;
  readonly files: Picked;
  readonly beside: Picked;
  readonly configuration: Configuration;
}

export type Picked = readonly (number | ConfigFile)[];

/** What a thread starts with: every edition that somebody still works by. */
export type Editions = ReadonlyMap<number, WorkerSources>;

/** What a thread is given to do, one thing at a time. */
export type Work = { readonly input: TranslationInput } | { readonly reply: ReplyInput } | { readonly fold: FoldInput };

/** By which edition and partner. */
export type Order = Work & { readonly edition: number; readonly partners: readonly Partner[] };

interface Queued {
  readonly order: Order;
  readonly waiting: Waiting;
}

interface Waiting {
  readonly resolve: (made: Translation | Reply | Output | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** The answer of a worker thread: that it has loaded everything, or what became of its work. */
export type Answer =
  | 'ready'
  | { readonly no: number; readonly replied: Reply | Output | undefined }
  | { readonly no: number; readonly translation: Translation; readonly whole: boolean }
  | More
  | { readonly no: number; readonly error: string };

/** What is too large to be taken over in one turn comes without its messages, then these, slice by slice, each when it is asked for. */
interface More {
  readonly no: number;
  readonly messages: readonly { readonly of: number; readonly message: TranslatedMessage }[]; // `of`: which interchange
  readonly last: boolean;
}

/**
 * What a worker thread is asked: to work by an edition, for the next messages of a translation, or to forget what it holds for one;
 * and which editions there are.
 */
export type Request =
  ({ readonly no: number } & (Order | { readonly more: true } | { readonly release: true })) | { readonly next: NextEdition } | { readonly drop: number };

/** The translation took longer than it may: the thread was ended. */
export class TooLong extends Error {}

/** No thread could be started: not the message's fault, so it is tried again. */
export class TranslatorDown extends Error {}

interface Thread {
  readonly worker: Worker;
  ready: boolean;
  cause: Error | undefined; // why it ended
  busy:
    | {
        readonly no: number;
        readonly edition: number;
        readonly waiting: Waiting;
        readonly tooLong: NodeJS.Timeout;
        readonly large: boolean;
        taken?: { translation: Translation; messages: TranslatedMessage[][] };
      }
    | undefined;
}

const pause = 1_000; // ms before a thread that could not start is started again

/** Megabytes of the heap of one thread; milliseconds for one interchange. */
export interface Bounds {
  readonly memory?: number;
  readonly limit?: number;
}

/** So many threads at most, with bounded memory and time. One that fails takes only the interchange it was at with it, and is replaced. */
export class Threads {
  readonly #editions = new Map<number, WorkerSources>();
  readonly #threads = new Set<Thread>();
  readonly #size: number;
  readonly #memory: number;
  readonly #limit: number;
  readonly #queue: Queued[] = [];
  readonly #idle: (() => void)[] = [];
  readonly #held = new Map<Translation, { readonly thread: Thread; readonly no: number; readonly edition: number }>(); // read from outside the memory of a thread
  #no = 0;
  #newest = 0;
  #closing = false;
  #isPausing = false; // a thread could not start

  constructor(sources: WorkerSources, size: number, { memory = 1024, limit = 900_000 }: Bounds) {
    this.#editions.set(0, { ...sources, configuration: withoutPartners(sources.configuration) });
    this.#limit = limit;
    this.#memory = memory;
    this.#size = size;
    this.#start(); // the others when something waits: each holds all maps and costs as much time as a gateway's start
  }

  /** From the next work on an edition may be asked for that differs from `base`; its number. */
  add(base: number, sources: WorkerSources): number {
    const edition = ++this.#newest;
    const before = this.#editions.get(base)!;
    this.#editions.set(edition, { ...sources, configuration: withoutPartners(sources.configuration) });
    const next: NextEdition = {
      edition,
      base,
      root: sources.sources.root,
      files: picked(sources.sources.files, before.sources.files),
      beside: picked(sources.sources.beside ?? [], before.sources.beside ?? []),
      configuration: withoutPartners(sources.configuration),
    };
    for (const { worker } of this.#threads) worker.postMessage({ next } satisfies Request);
    return edition;
  }

  /** Resolves when what was asked of the edition is done; with the last edition the threads end. */
  async drop(edition: number): Promise<void> {
    const isUsed = (each: { readonly edition: number } | undefined): boolean => each?.edition === edition;
    while (this.#queue.some(({ order }) => isUsed(order)) || [...this.#held.values()].some(isUsed) || [...this.#threads].some(({ busy }) => isUsed(busy)))
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#editions.delete(edition);
    if (this.#editions.size === 0) return this.end();
    for (const { worker } of this.#threads) worker.postMessage({ drop: edition } satisfies Request);
  }

  /** At once: what was begun fails. */
  async end(): Promise<void> {
    this.#closing = true;
    for (const { waiting } of this.#queue.splice(0)) waiting.reject(new TranslatorDown('the threads were ended'));
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  work(order: Order): Promise<Translation | Reply | Output | undefined> {
    if (this.#closing || !this.#editions.has(order.edition)) return Promise.reject(new TranslatorDown('this pool was closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ order, waiting: { resolve, reject } });
      this.#next();
    });
  }

  release(translation: Translation): void {
    const held = this.#held.get(translation);
    if (!held) return;
    this.#held.delete(translation);
    if (this.#threads.has(held.thread)) held.thread.worker.postMessage({ no: held.no, release: true });
    for (const resume of this.#idle.splice(0)) resume();
  }

  /** One interchange at a time for each thread: whoever falls, it is known at what. */
  #next(): void {
    for (const thread of this.#threads) {
      if (!thread.ready || thread.busy) continue;
      const next = this.#queue.find(({ order }) => !isLarge(order) || this.#mayTakeLarge());
      if (!next) break;
      this.#queue.splice(this.#queue.indexOf(next), 1);
      const tooLong = setTimeout(() => {
        thread.cause = new TooLong(`translating took more than ${this.#limit / 1_000} s`);
        void thread.worker.terminate();
      }, this.#limit);
      const { order, waiting } = next;
      thread.busy = { no: ++this.#no, edition: order.edition, waiting, tooLong, large: isLarge(order) };
      thread.worker.postMessage({ no: this.#no, ...order } satisfies Request);
    }
    if (this.#queue.length > 0 && !this.#isPausing && [...this.#threads].every(({ ready }) => ready)) this.#start();
  }

  /** One thread, where there are several, is never at what is large: what is small does not wait for it. */
  #mayTakeLarge(): boolean {
    const large = [...this.#threads].filter(({ busy }) => busy?.large).length;
    return large < Math.max(1, this.#size - 1);
  }

  #start(): void {
    this.#isPausing = false;
    if (this.#closing || this.#threads.size >= this.#size) return;
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: this.#editions,
      resourceLimits: { maxOldGenerationSizeMb: this.#memory },
    });
    const thread: Thread = { worker, ready: false, cause: undefined, busy: undefined };
    this.#threads.add(thread);
    worker.on('message', (answer: Answer) => this.#answered(thread, answer));
    worker.on('error', (error) => (thread.cause = error));
    worker.on('exit', () => this.#fallen(thread));
  }

  #answered(thread: Thread, answer: Answer): void {
    if (answer === 'ready') thread.ready = true;
    else if (thread.busy) {
      const { busy } = thread;
      clearTimeout(busy.tooLong);
      if ('translation' in answer && !answer.whole) busy.taken = { translation: answer.translation, messages: answer.translation.interchanges.map(() => []) };
      if ('messages' in answer) for (const { of, message } of answer.messages) busy.taken!.messages[of]!.push(message);
      if ('messages' in answer ? !answer.last : 'translation' in answer && !answer.whole) {
        setImmediate(() => thread.worker.postMessage({ no: answer.no, more: true } satisfies Request)); // others first
        return;
      }
      thread.busy = undefined;
      if ('error' in answer) busy.waiting.reject(new Error(answer.error));
      else if ('replied' in answer) busy.waiting.resolve(answer.replied);
      else this.#taken(thread, busy, 'translation' in answer ? answer.translation : assembled(busy.taken!));
    }
    this.#next();
    for (const resume of this.#idle.splice(0)) resume();
  }

  #taken(thread: Thread, { no, edition, waiting }: NonNullable<Thread['busy']>, translation: Translation): void {
    if (translation.spill) this.#held.set(translation, { thread, no, edition });
    waiting.resolve(translation);
  }

  #fallen(thread: Thread): void {
    const { cause } = thread;
    this.#threads.delete(thread);
    for (const [translation, held] of this.#held) if (held.thread === thread) this.#held.delete(translation);
    clearTimeout(thread.busy?.tooLong);
    thread.busy?.waiting.reject(cause ?? new Error('the translating thread ended'));
    for (const resume of this.#idle.splice(0)) resume();
    if (this.#closing) return;
    if (thread.ready) return this.#start();
    for (const { waiting } of this.#queue.splice(0)) waiting.reject(new TranslatorDown('no thread could be started', { cause }));
    this.#isPausing = true;
    setTimeout(() => this.#start(), pause).unref();
  }
}

const isLarge = (work: Work): boolean => 'input' in work && work.input.bytes.length > bulky;

/** A translation with the messages that came after it. */
function assembled({ translation, messages }: { readonly translation: Translation; readonly messages: readonly TranslatedMessage[][] }): Translation {
  return { ...translation, interchanges: translation.interchanges.map((each, i) => ({ ...each, messages: messages[i]! })) };
}

const withoutPartners = (configuration: Configuration): Configuration => ({ ...configuration, partners: [] });

function picked(files: readonly ConfigFile[], before: readonly ConfigFile[]): Picked {
  const places = new Map(before.map(({ path }, i) => [path, i]));
  return files.map((file) => {
    const place = places.get(file.path);
    return place !== undefined && before[place]!.text === file.text ? place : file;
  });
}
