import { tmpdir } from 'node:os';
import type { Configuration } from '../../partners/config.ts';
import { partnerIndex } from '../../partners/identities.ts';
import type { Partner } from '../../partners/partner.ts';
import type { Library } from '../library/library.ts';
import { foldDocument, type FoldInput } from './folding.ts';
import { reply, type Reply, type ReplyInput } from '../answers/reply.ts';
import { SpillFile } from './spill-file.ts';
import { Threads, type Bounds, type Work, type WorkerSources } from './threads.ts';
import { translate, type Output, type Translation, type TranslationInput } from './translate.ts';

/** Does translations, here or beside the thread that receives: translating is a pure function of its input. */
export interface Translator {
  /** With `as`, by the agreement of a partner that none of the configuration is. */
  translate(input: TranslationInput, as?: Partner): Promise<Translation>;
  /** Writes an agency's answer for the sender of what it answers; undefined where nothing was agreed. */
  reply(input: ReplyInput): Promise<Reply | undefined>;
  /** A document as its messages leave it. */
  fold(input: FoldInput): Promise<Output>;
  /** From the next work on it goes by these partners; nothing else of the configuration has changed. */
  takeUp?(configuration: Configuration): void;
  /** The same with the partners of this moment, for work that asks more than once. It need not be closed. */
  asItIs?(): Translator;
  /** What a translation left outside the memory was read. */
  release?(translation: Translation): void;
  /** The same by other files, from now on beside this one, which still does what is asked of it until it is closed. */
  successor?(sources: WorkerSources): Translator;
  /** Brings to its end what was begun, then stops. */
  close(): Promise<void>;
  /** Stops without waiting: what was begun fails, and is due again. */
  abandon?(): void;
}

/** In this thread: for tests and small tools. */
export function inlineTranslator(library: Library, inForce: Configuration): Translator {
  let configuration = inForce;
  const spills = new WeakMap<Translation, SpillFile>();
  return {
    async translate(input, as) {
      await new Promise(setImmediate);
      const spill = new SpillFile(tmpdir());
      const translation = translate(input, library, as ? { ...configuration, partners: [as] } : configuration, spill);
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

/** In threads beside this one. What it makes is by one edition of the files, whatever others the same threads work by. */
export class TranslatorPool implements Translator {
  readonly #threads: Threads;
  readonly #edition: number;
  #configuration: Configuration;

  /** `memory`: megabytes of the heap of one thread. `limit`: milliseconds for one interchange. */
  constructor(sources: WorkerSources, size: number, bounds?: Bounds);
  constructor(configuration: Configuration, edition: number, threads: Threads);
  constructor(by: WorkerSources | Configuration, number: number, more: Bounds | Threads = {}) {
    const isFirst = 'sources' in by;
    this.#configuration = isFirst ? by.configuration : by;
    this.#threads = more instanceof Threads ? more : new Threads(by as WorkerSources, number, more);
    this.#edition = isFirst ? 0 : number;
  }

  translate(input: TranslationInput, as?: Partner): Promise<Translation> {
    return this.#work({ input }, as) as Promise<Translation>;
  }

  reply(input: ReplyInput): Promise<Reply | undefined> {
    return this.#work({ reply: input }) as Promise<Reply | undefined>;
  }

  fold(input: FoldInput): Promise<Output> {
    return this.#work({ fold: input }) as Promise<Output>;
  }

  #work(work: Work, as?: Partner): Promise<Translation | Reply | Output | undefined> {
    const { partner: id } = 'input' in work ? work.input : 'reply' in work ? work.reply : work.fold;
    const partner = as ?? partnerIndex(this.#configuration.partners).byId.get(id);
    return this.#threads.work({ edition: this.#edition, ...work, partners: partner ? [partner] : [] });
  }

  takeUp(configuration: Configuration): void {
    this.#configuration = configuration;
  }

  asItIs(): TranslatorPool {
    return new TranslatorPool(this.#configuration, this.#edition, this.#threads);
  }

  successor(sources: WorkerSources): TranslatorPool {
    return new TranslatorPool(sources.configuration, this.#threads.add(this.#edition, sources), this.#threads);
  }

  release(translation: Translation): void {
    this.#threads.release(translation);
  }

  close(): Promise<void> {
    return this.#threads.drop(this.#edition);
  }

  abandon(): void {
    void this.#threads.end();
  }
}
