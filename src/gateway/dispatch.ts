import { putIntoMailbox } from '../channels/mailbox.ts';
import { codes, type Code } from '../diagnostics/codes.ts';
import { lastAttempt } from '../store/queue.ts';
import { StoreError, type Batch, type Committed, type Job, type Json, type Store } from '../store/store.ts';
import { findQuestions } from './correlate.ts';
import { messageState } from './fates.ts';
import { DeviationCounts } from './deviation-counts.ts';
import type { DeliverJob, TranslateJob } from './jobs.ts';
import { needsHistory, Turns, withHistory } from './history.ts';
import { failureBatch, outcomeParts } from './outcome.ts';
import { rejectionEvent } from './rejection.ts';
import { commitInTurns } from './slices.ts';
import { stageDocuments } from './stage.ts';
import type { Translation } from './translate.ts';
import { TooLong, TranslatorDown, type Translator } from './translator.ts';

/** What happens, for the operator's log: one event a line, never a payload. */
export type Event = { readonly event: string; readonly code?: Code } & { readonly [key: string]: Json | undefined };
export type Report = (event: Event) => void;

export interface DispatcherOptions {
  readonly store: Store;
  readonly translator: () => Translator; // the one in force
  readonly report: Report;
  readonly now: () => number;
}

/** What is to be given back when the outcome is committed. */
interface Turn {
  end: () => void;
}

/** How many pieces of work of a kind are under way at a time, and of how many jobs one is made. */
interface Lane {
  readonly width: number;
  readonly jobs: number;
  readonly linger: number; // ms that work is given to gather
}

const translations: Lane = { width: 16, jobs: 1, linger: 0 }; // more than there are threads: while outcomes are written, others are translated
const deliveries: Lane = { width: 1, jobs: 128, linger: 3 }; // they share commits
const memory = 128 * 1024 * 1024; // bytes of interchanges that are held for translation

/**
 * Works off the queue. There is no recovery apart: a job that was not committed as done, because the process was killed
 * or the machine fell, is due again, and its result is committed at most once, since a batch that names a job that is
 * done is refused whole (`stale`).
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #lanes: Promise<void>[] = [];
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #roomless: (() => void)[] = [];
  readonly #turns = new Turns();
  #held = 0; // bytes
  #wake: (() => void)[] = [];
  #closing = false;
  halted: Code | undefined;
  readonly deviations = new DeviationCounts();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lanes.push(
      this.#lane('translate', translations, async ([job]) => this.#translate(job!)),
      this.#lane('deliver', deliveries, (jobs) => this.#deliver(jobs)),
    );
  }

  /** There is work: look now. */
  poke(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resume of wake) resume();
  }

  /** Resolves when the interchange has its outcome and its deliveries were tried, or after `ms`. */
  async outcome(interchange: string, ms: number): Promise<void> {
    const set = this.#waiting.get(interchange) ?? new Set();
    this.#waiting.set(interchange, set);
    let timer: NodeJS.Timeout | undefined;
    let resume = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      resume = resolve;
      set.add(resume);
      timer = setTimeout(resolve, ms);
    });
    await this.#settle(interchange); // it may have been done before anyone waited
    await done;
    clearTimeout(timer);
    set.delete(resume);
    if (set.size === 0) this.#waiting.delete(interchange);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.poke();
    await Promise.all(this.#lanes);
  }

  /** Whatever is done makes room for the next at once: what takes long holds up nobody behind it. */
  async #lane(kind: string, { width, jobs: most, linger }: Lane, work: (jobs: readonly Job[]) => Promise<void>): Promise<void> {
    const { store, now } = this.#options;
    const running = new Set<Promise<void>>();
    const begin = (jobs: readonly Job[]): void => {
      const one = work(jobs)
        .catch((error: unknown) => this.#giveBack(jobs, error, kind))
        .finally(() => {
          running.delete(one);
          this.poke();
        });
      running.add(one);
    };
    while (!this.#closing && this.halted === undefined) {
      try {
        const free = width - running.size;
        const jobs = free > 0 ? await store.claim([kind], free * most) : [];
        for (let i = 0; i < jobs.length; i += most) begin(jobs.slice(i, i + most));
        if (jobs.length > 0) continue;
        await this.#idle(free > 0 ? ((await store.nextDue([kind])) ?? Infinity) : Infinity, now());
        if (linger > 0) await new Promise((resolve) => setTimeout(resolve, linger));
      } catch (error) {
        this.#trouble(error, kind);
        if (!this.halted) await this.#idle(now() + 1_000, now());
      }
    }
    await Promise.all(running);
  }

  /** What failed for reasons that are not its own is due again after a pause. */
  #giveBack(jobs: readonly Job[], error: unknown, stage: string): void {
    this.#trouble(error, stage);
    const again = setTimeout(() => {
      this.#options.store.release(jobs.map(({ id }) => id));
      this.poke();
    }, 1_000);
    again.unref();
  }

  async #idle(due: number, now: number): Promise<void> {
    if (this.#closing) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake.push(resolve);
      timer = setTimeout(resolve, Math.min(Math.max(due - now, 10), 60_000));
    });
    clearTimeout(timer);
  }

  /** An uncertain store stops us; anything else is tried again after a pause. */
  #trouble(error: unknown, stage: string): void {
    const code: Code = error instanceof StoreError ? error.code : 'BUG';
    if (error instanceof StoreError && error.retry === 'halt') this.halted = code;
    const { actor, retry } = codes[code];
    this.#options.report({ event: 'dispatch failed', code, actor, retry, stage, err: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }

  /** Waits until the bytes have room beside those of others; what is alone always has. */
  async #room<T>(size: number, work: () => Promise<T>): Promise<T> {
    while (this.#held > 0 && this.#held + size > memory) await new Promise<void>((resolve) => this.#roomless.push(resolve));
    this.#held += size;
    try {
      return await work();
    } finally {
      this.#held -= size;
      for (const resume of this.#roomless.splice(0)) resume();
    }
  }

  async #translate(job: Job): Promise<void> {
    const turn: Turn = { end: () => undefined };
    await this.#translateIn(turn, job).finally(() => turn.end());
  }

  async #translateIn(turn: Turn, job: Job): Promise<void> {
    const { store, translator, report, now } = this.#options;
    const value = job.value as unknown as TranslateJob;
    const id = value.interchange;
    const started = now();
    let commit: () => Promise<Committed>;
    let failed: Failure | undefined;
    let made: Translation | undefined;
    try {
      const info = await store.contentInfo(value.content);
      const translation = await this.#room(info?.size ?? 0, async () => {
        const bytes = await store.content(value.content);
        if (!bytes) throw new Error(`the content ${value.content.owner}/${value.content.stage} is gone`);
        const by = translator();
        const made = await by.translate({ id, partner: value.partner, receivedAt: value.receivedAt, bytes, media: value.media });
        if (needsHistory(made)) turn.end = await this.#turns.take(value.partner);
        const whole = needsHistory(made) ? await withHistory(store, value, made, by) : made;
        return stageDocuments(store, value, whole).finally(() => by.release?.(made));
      });
      const parts = outcomeParts(value, job.id, translation, await findQuestions(store, value, translation, translator()));
      const first = parts.next().value ?? {};
      commit = () => commitInTurns(store, first, parts);
      made = translation;
    } catch (error) {
      if (error instanceof StoreError || this.#closing) throw error;
      const { code } = (failed = failureOf(error, error instanceof TranslatorDown ? 'GATEWAY_TRANSLATOR_DOWN' : 'GATEWAY_NOT_READ'));
      const again = codes[code].retry === 'backoff' && job.attempts + 1 < lastAttempt;
      const batch = again ? { jobs: { failed: [{ id: job.id, code }] } } : failureBatch(value, job.id, code, reasonOf(code, error));
      commit = () => this.#fail(job, batch, code);
    }
    // ── the second commit: from here the outcome stands, whatever happens to us ──
    const { verdict, jobs } = await commit().catch((error: unknown) => {
      if (!contradicts(error)) throw error;
      failed = failureOf(error, 'STORE_BATCH');
      return this.#fail(job, failureBatch(value, job.id, failed.code, reasonOf(failed.code)), failed.code);
    });
    if (failed !== undefined) {
      const { actor, retry } = codes[failed.code];
      report({ event: 'translation failed', actor, retry, interchange: id, attempt: job.attempts + 1, ...failed });
    } else {
      report({ event: 'translated', interchange: id, ms: now() - started, deliveries: jobs.length, verdict });
      const rejected = made && rejectionEvent(id, value.partner, made);
      if (rejected) report(rejected);
      if (made) this.deviations.count(value.partner, made);
    }
    this.poke();
    await this.#settle(id);
  }

  async #deliver(jobs: readonly Job[]): Promise<void> {
    const { store, report } = this.#options;
    const values = jobs.map((job) => job.value as unknown as DeliverJob);
    const batches = values.map(({ agency, interchange, message, content }) => putIntoMailbox({ party: agency, interchange, message, content }));
    const batch: Batch = {
      inbox: batches.flatMap(({ inbox }) => inbox ?? []),
      records: batches.flatMap(({ records }) => records ?? []),
      states: values.map(({ message: id, interchange, agency }) => ({ id, interchange, state: messageState, agencies: { [agency]: 'sent' } })),
      jobs: { done: jobs.map(({ id }) => id) },
    };
    try {
      await store.commit(batch);
    } catch (error) {
      if (!contradicts(error)) throw error;
      if (jobs.length === 1) return this.#undeliverable(jobs[0]!, values[0]!, error);
      for (const job of jobs) await this.#deliver([job]); // the others are not to suffer from it
      return;
    }
    for (const { message, agency } of values) report({ event: 'sent', message, agency, channel: 'mailbox' });
    for (const id of new Set(values.map(({ interchange }) => interchange))) await this.#settle(id);
  }

  /** Says that a job failed; where even that contradicts the store, because what it was about was erased, the job ends without a word. */
  async #fail(job: Job, batch: Batch, code: Code): Promise<Committed> {
    const { store } = this.#options;
    return store.commit(batch).catch((error: unknown) => {
      if (!contradicts(error)) throw error;
      return store.commit({ jobs: { failed: [{ id: job.id, code, retry: 'never' }] } });
    });
  }

  async #undeliverable(job: Job, { interchange, message, agency }: DeliverJob, error: unknown): Promise<void> {
    const { code, err } = failureOf(error, 'STORE_BATCH');
    const batch: Batch = {
      records: [{ kind: 'failed', interchange, message, party: agency, detail: { code } }],
      states: [{ id: message, interchange, state: messageState, agencies: { [agency]: 'failed' } }],
      jobs: { failed: [{ id: job.id, code, retry: 'never' }] },
    };
    await this.#fail(job, batch, code);
    const { actor, retry } = codes[code];
    this.#options.report({ event: 'delivery failed', code, actor, retry, message, agency, err });
    await this.#settle(interchange);
  }

  /** Wakes whoever waits for an interchange that has nothing left to be done. */
  async #settle(interchange: string): Promise<void> {
    const waiting = this.#waiting.get(interchange);
    if (!waiting) return;
    const { store } = this.#options;
    const state = await store.state(interchange);
    if (!state || state.state === 'received') return;
    if (await store.hasOutcome(interchange, 'queued')) return;
    for (const resume of waiting) resume();
  }
}

interface Failure {
  readonly code: Code;
  readonly err: string;
}

function failureOf(error: unknown, code: Code): Failure {
  if (!(error instanceof Error)) return { code, err: String(error) };
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? ''}` : '';
  return { code, err: `${error.stack ?? error.message}${cause}` };
}

/** What the sender is told. What exactly it was is in the operator's log: it may name what is not the sender's to know. */
const reasonOf = (code: Code, error?: unknown): string => {
  if (error instanceof TooLong) return error.message;
  return code === 'GATEWAY_TRANSLATOR_DOWN' ? 'it was tried for hours' : 'a defect of ours, or it is too large for us';
};

/** Whether it is the batch that is wrong, and not the store: nothing of it was written, and the same again would fail again. */
const contradicts = (error: unknown): boolean => !(error instanceof StoreError) || error.code === 'STORE_BATCH';
