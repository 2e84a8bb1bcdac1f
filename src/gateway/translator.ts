import { tmpdir } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Configuration } from '../partners/config.ts';
import { partnerIndex } from '../partners/identities.ts';
import type { Partner } from '../partners/partner.ts';
import type { Library, Sources } from './library.ts';
import { foldDocument, type FoldInput } from './folding.ts';
import { bulky } from './jobs.ts';
import { reply, type Reply, type ReplyInput } from './reply.ts';
import { SpillFile } from './spill-file.ts';
import { translate, type Output, type TranslatedMessage, type Translation, type TranslationInput } from './translate.ts';

/** Does translations, here or beside the thread that receives: translating is a pure function of its input. */
export interface Translator {
  translate(input: TranslationInput): Promise<Translation>;
  /** Writes an agency's answer for the sender of what it answers; undefined where nothing was agreed. */
  reply(input: ReplyInput): Promise<Reply | undefined>;
  /** A document as its messages leave it. */
  fold(input: FoldInput): Promise<Output>;
  /** From the next work on it goes by these partners; nothing else of the configuration has changed. */
  takeUp?(configuration: Configuration): void;
  /** What a translation left outside the memory was read. */
  release?(translation: Translation): void;
  /** Brings to its end what was begun, then stops. */
  close(): Promise<void>;
}

/** In this thread: for tests and small tools. */
export function inlineTranslator(library: Library, inForce: Configuration): Translator {
  let configuration = inForce;
  const spills = new WeakMap<Translation, SpillFile>();
  return {
    async translate(input) {
      await new Promise(setImmediate);
      const spill = new SpillFile(tmpdir());
      const translation = translate(input, library, configuration, spill);
      if (translation.spill) spills.set(translation, spill);
      else spill.close();
      return translation;
    },
    reply: async (input) => reply(input, library, configuration),
    fold: async (input) => foldDocument(input, library, configuration),
    takeUp: (changed) => (configuration = changed),
    release: (translation) => spills.get(translation)?.close(),
    close: async () => undefined,
  };
}

/**
 * What is in force, as values. A thread never reads the disk: what lies there may be newer and not yet, or never, in force,
 * and a thread that is replaced must translate, and withhold, exactly as the others. Partners are thousands, and each work is
 * one partner's: the thread is handed it with the work, as it is in force then.
 */
export interface WorkerSources {
  readonly sources: Sources;
  readonly configuration: Configuration;
}

/** What a thread is given to do, one thing at a time. */
export type Work = { readonly input: TranslationInput } | { readonly reply: ReplyInput } | { readonly fold: FoldInput };

const partnerOf = (work: Work): string => ('input' in work ? work.input : 'reply' in work ? work.reply : work.fold).partner;

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

/** What a worker thread is asked: to work, for the next messages of a translation, or to forget what it holds for one. */
export type Request = { readonly no: number } & ((Work & { readonly partners: readonly Partner[] }) | { readonly more: true } | { readonly release: true });

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
        readonly waiting: Waiting;
        readonly tooLong: NodeJS.Timeout;
        readonly large: boolean;
        taken?: { translation: Translation; messages: TranslatedMessage[][] };
      }
    | undefined;
}

const pause = 1_000; // ms before a thread that could not start is started again

/** Threads with bounded memory and time. One that fails takes only the interchange it was at with it, and is replaced. */
export class TranslatorPool implements Translator {
  readonly #sources: WorkerSources;
  #configuration: Configuration;
  readonly #threads = new Set<Thread>();
  readonly #memory: number;
  readonly #limit: number;
  readonly #queue: { readonly work: Work; readonly waiting: Waiting }[] = [];
  readonly #idle: (() => void)[] = [];
  readonly #held = new Map<Translation, { readonly thread: Thread; readonly no: number }>(); // read from outside the memory of a thread
  #no = 0;
  #closing = false;

  /** `memory`: megabytes of the heap of one thread. `limit`: milliseconds for one interchange. */
  constructor(sources: WorkerSources, size: number, { memory = 1024, limit = 900_000 }: { readonly memory?: number; readonly limit?: number } = {}) {
    this.#sources = { ...sources, configuration: { ...sources.configuration, partners: [] } };
    this.#configuration = sources.configuration;
    this.#limit = limit;
    this.#memory = memory;
    for (let i = 0; i < size; i++) this.#start();
  }

  translate(input: TranslationInput): Promise<Translation> {
    return this.#work({ input }) as Promise<Translation>;
  }

  reply(input: ReplyInput): Promise<Reply | undefined> {
    return this.#work({ reply: input }) as Promise<Reply | undefined>;
  }

  fold(input: FoldInput): Promise<Output> {
    return this.#work({ fold: input }) as Promise<Output>;
  }

  takeUp(configuration: Configuration): void {
    this.#configuration = configuration;
  }

  #work(work: Work): Promise<Translation | Reply | Output | undefined> {
    if (this.#closing) return Promise.reject(new TranslatorDown('this pool was closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ work, waiting: { resolve, reject } });
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

  async close(): Promise<void> {
    while (this.#queue.length > 0 || this.#held.size > 0 || [...this.#threads].some(({ busy }) => busy))
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#closing = true;
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  /** One interchange at a time for each thread: whoever falls, it is known at what. */
  #next(): void {
    for (const thread of this.#threads) {
      if (!thread.ready || thread.busy) continue;
      const next = this.#queue.find(({ work }) => !isLarge(work) || this.#mayTakeLarge());
      if (!next) return;
      this.#queue.splice(this.#queue.indexOf(next), 1);
      const tooLong = setTimeout(() => {
        thread.cause = new TooLong(`translating took more than ${this.#limit / 1_000} s`);
        void thread.worker.terminate();
      }, this.#limit);
      thread.busy = { no: ++this.#no, waiting: next.waiting, tooLong, large: isLarge(next.work) };
      const partner = partnerIndex(this.#configuration.partners).byId.get(partnerOf(next.work));
      thread.worker.postMessage({ no: this.#no, ...next.work, partners: partner ? [partner] : [] } satisfies Request);
    }
  }

  /** One thread, where there are several, is never at what is large: what is small does not wait for it. */
  #mayTakeLarge(): boolean {
    const large = [...this.#threads].filter(({ busy }) => busy?.large).length;
    return large < Math.max(1, this.#threads.size - 1);
  }

  #start(): void {
    if (this.#closing) return;
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.#sources, resourceLimits: { maxOldGenerationSizeMb: this.#memory } });
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
      else this.#taken(thread, answer.no, busy.waiting, 'translation' in answer ? answer.translation : assembled(busy.taken!));
    }
    this.#next();
    for (const resume of this.#idle.splice(0)) resume();
  }

  #taken(thread: Thread, no: number, { resolve }: Waiting, translation: Translation): void {
    if (translation.spill) this.#held.set(translation, { thread, no });
    resolve(translation);
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
    setTimeout(() => this.#start(), pause).unref();
  }
}

const isLarge = (work: Work): boolean => 'input' in work && work.input.bytes.length > bulky;

/** A translation with the messages that came after it. */
function assembled({ translation, messages }: { readonly translation: Translation; readonly messages: readonly TranslatedMessage[][] }): Translation {
  return { ...translation, interchanges: translation.interchanges.map((each, i) => ({ ...each, messages: messages[i]! })) };
}
