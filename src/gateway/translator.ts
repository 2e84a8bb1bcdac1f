import { Worker } from 'node:worker_threads';
import type { Configuration } from '../partners/config.ts';
import type { Library } from './library.ts';
import { translate, type Translation, type TranslationInput } from './translate.ts';

/** Does translations, here or beside the thread that receives: translating is a pure function of its input. */
export interface Translator {
  translate(input: TranslationInput): Promise<Translation>;
  close(): Promise<void>;
}

/** In this thread: for tests and small tools. */
export function inlineTranslator(library: Library, configuration: Configuration): Translator {
  return {
    async translate(input) {
      await new Promise(setImmediate);
      return translate(input, library, configuration);
    },
    close: async () => undefined,
  };
}

/** What a worker needs to load the same library. */
export interface WorkerSources {
  readonly root: string; // folder with mappings/ and schemas/
  readonly config: string; // configuration folder
}

interface Waiting {
  readonly resolve: (translation: Translation) => void;
  readonly reject: (error: Error) => void;
}

/** The answer of a worker thread. */
export type Answer = { readonly no: number; readonly translation: Translation } | { readonly no: number; readonly error: string };

/** Threads with bounded memory. One that fails takes only the interchange it was at with it, and is replaced. */
export class TranslatorPool implements Translator {
  readonly #sources: WorkerSources;
  readonly #threads: { worker: Worker; busy: Map<number, Waiting> }[] = [];
  readonly #size: number;
  readonly #memory: number;
  readonly #queue: { input: TranslationInput; waiting: Waiting }[] = [];
  #no = 0;
  #closing = false;

  /** `memory`: megabytes of the heap of one thread. */
  constructor(sources: WorkerSources, size: number, memory = 1024) {
    this.#sources = sources;
    this.#size = size;
    this.#memory = memory;
    for (let i = 0; i < size; i++) this.#threads.push(this.#start());
  }

  translate(input: TranslationInput): Promise<Translation> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ input, waiting: { resolve, reject } });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  /** One interchange at a time for each thread: whoever falls, it is known at what. */
  #next(): void {
    for (const { worker, busy } of this.#threads) {
      if (busy.size > 0) continue;
      const next = this.#queue.shift();
      if (!next) return;
      const no = ++this.#no;
      busy.set(no, next.waiting);
      worker.postMessage({ no, input: next.input });
    }
  }

  #start(): { worker: Worker; busy: Map<number, Waiting> } {
    const busy = new Map<number, Waiting>();
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.#sources, resourceLimits: { maxOldGenerationSizeMb: this.#memory } });
    const thread = { worker, busy };
    worker.on('message', (answer: Answer) => {
      const waiting = busy.get(answer.no);
      busy.delete(answer.no);
      if ('error' in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.translation);
      this.#next();
    });
    worker.on('error', (error) => this.#fallen(thread, error));
    worker.on('exit', () => this.#fallen(thread, new Error('the translating thread ended')));
    worker.unref();
    return thread;
  }

  #fallen(thread: { worker: Worker; busy: Map<number, Waiting> }, error: Error): void {
    const at = this.#threads.indexOf(thread);
    for (const waiting of thread.busy.values()) waiting.reject(error);
    thread.busy.clear();
    if (at < 0 || this.#closing) return;
    this.#threads.splice(at, 1);
    if (this.#threads.length < this.#size) this.#threads.push(this.#start());
    this.#next();
  }
}
