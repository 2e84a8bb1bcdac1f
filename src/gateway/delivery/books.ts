import { setTimeout as pause } from 'node:timers/promises';
import { codes, type Code } from '../../diagnostics/codes.ts';
import { isOfStore, StoreError } from '../../store/fault.ts';
import type { Batch, Committed, NewContent, Store } from '../../store/store.ts';
import type { Disk } from '../intake/disk.ts';
import type { Report } from './dispatch.ts';
import type { DeliverJob } from '../outcome/jobs.ts';

export interface BooksOptions {
  readonly store: Store;
  readonly disk: Pick<Disk, 'failed' | 'writable'>;
  readonly report: Report;
  readonly settled: (interchange: string) => Promise<void>; // something of it came to its end
}

/** Writes down what became of a delivery. What was sent is not sent once more because our disk was busy: it is the writing that is tried again. */
export class Books {
  readonly #options: BooksOptions;
  #halted: Code | undefined;
  #closing = false;
  #isAbandoned = false;

  constructor(options: BooksOptions) {
    this.#options = options;
  }

  close(): void {
    this.#closing = true;
  }

  /** By what the store became uncertain. */
  get halted(): Code | undefined {
    return this.#halted;
  }

  /** Nothing goes on until a person has looked: told once, by its first cause. */
  halt(code: Code): void {
    if (this.#halted !== undefined) return;
    this.#halted = code;
    this.#options.report({ event: 'halted', code });
  }

  /** What is still under way is given back: what goes wrong with it now is no news. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  async commit(batch: Batch, { interchange }: Pick<DeliverJob, 'interchange'>, job: number): Promise<Committed> {
    const { store, settled } = this.#options;
    for (;;) {
      try {
        const committed = await store.commit({ ...batch, contents: await this.#unknown(batch.contents ?? []) });
        await settled(interchange);
        return committed;
      } catch (error) {
        if (contradicts(error)) return this.#ended(batch, job, error);
        this.trouble(error, 'deliver');
        if (this.#closing || this.#halted !== undefined) throw error;
        await pause(1_000);
        await this.#options.disk.writable();
      }
    }
  }

  /** An uncertain store stops us; anything else is tried again after a pause. */
  trouble(error: unknown, stage: string): void {
    if (this.#options.disk.failed(error) || this.#isAbandoned) return; // it was told
    const code: Code = error instanceof StoreError ? error.code : 'BUG';
    if (error instanceof StoreError && error.retry === 'halt') this.halt(code);
    const { actor, retry } = codes[code];
    this.#options.report({ event: 'dispatch failed', code, actor, retry, stage, err: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }

  /** What the job was about was erased: it ends without a word. */
  async #ended(batch: Batch, job: number, error: unknown): Promise<Committed> {
    this.trouble(error, 'deliver');
    const code = batch.jobs?.failed?.[0]?.code ?? 'STORE_BATCH';
    return this.#options.store.commit({ jobs: { failed: [{ id: job, code, retry: 'never' }] } });
  }

  /** Proofs are named by their bytes: one that is there is not written again. */
  async #unknown(contents: readonly NewContent[]): Promise<NewContent[]> {
    const known = await Promise.all(contents.map((content) => this.#options.store.contentInfo(content)));
    return contents.filter((_, i) => known[i] === undefined);
  }
}

/** Whether it is the batch that is wrong, and not the store: nothing of it was written, and the same again would fail again. */
export const contradicts = (error: unknown): boolean => !isOfStore(error);
