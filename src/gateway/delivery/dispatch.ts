import { putIntoMailbox } from '../../channels/mailbox.ts';
import { codes, type Code } from '../../diagnostics/codes.ts';
import type { Job } from '../../store/queue.ts';
import type { Batch, Json, Store } from '../../store/store.ts';
import { expectedOf, Expecting, withJobs } from '../answers/expecting.ts';
import { Books, contradicts } from './books.ts';
import type { Channels } from './channels.ts';
import { Confirming } from './confirming.ts';
import { againJob, outcomeOf } from './delivery.ts';
import { Departures } from './departures.ts';
import { Lane, type LaneTerms } from './lane.ts';
import type { Disk } from '../intake/disk.ts';
import type { DeviationCount } from '../translation/deviation-counts.ts';
import { largeQueue, type DeliverJob } from '../outcome/jobs.ts';
import type { PartyStatus } from './party.ts';
import { failureOf, Translating } from '../translation/translating.ts';
import type { Translator } from '../translation/translator.ts';

/** What happens, for the operator's log: one event a line, never a payload. */
export type Event = { readonly event: string; readonly code?: Code } & { readonly [key: string]: Json | undefined };
export type Report = (event: Event) => void;

export interface DispatcherOptions {
  readonly store: Store;
  /** Work by the translator in force, which stays until it is done. */
  readonly using: <T>(work: (translator: Translator) => Promise<T>) => Promise<T>;
  readonly disk: Pick<Disk, 'failed' | 'writable'>;
  readonly channels: Channels;
  readonly report: Report;
  readonly now: () => number;
}

const lanes = {
  translations: { kind: 'translate', width: 16, jobs: 1, ahead: 48, linger: 0 }, // more than there are threads: while outcomes are written, others are translated
  largeOnes: { kind: 'translate', queue: largeQueue, width: 4, jobs: 1, ahead: 0, linger: 0 },
  mailboxes: { kind: 'deliver', width: 1, jobs: 128, ahead: 0, linger: 3 }, // they share commits
  confirmations: { kind: 'confirm', width: 4, jobs: 1, ahead: 0, linger: 0 },
} satisfies Readonly<Record<string, LaneTerms>>;

/**
 * Works off the queue. There is no recovery apart: a job that was not committed as done, because the process was killed
 * or the machine fell, is due again, and its result is committed at most once, since a batch that names a job that is
 * done is refused whole (`stale`).
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #lanes: readonly Lane[];
  #ends: readonly Promise<void>[] = [];
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #translating: Translating;
  readonly #departures: Departures;
  readonly #books: Books;
  readonly confirming: Confirming;
  readonly expecting: Expecting;
  #closing = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#books = new Books({ ...options, settled: (interchange) => this.#settle(interchange) });
    this.expecting = new Expecting({ ...options, books: this.#books });
    const heard = (message: string, party: string): Promise<void> => this.expecting.heard(message, party);
    this.#translating = new Translating({ ...options, heard, isClosing: () => this.#closing });
    this.#departures = new Departures({ ...options, books: this.#books });
    this.confirming = new Confirming({ ...options, books: this.#books });
    const lane = (terms: LaneTerms, work: (jobs: readonly Job[]) => Promise<void>): Lane =>
      new Lane(terms, {
        ...options,
        work,
        writable: () => options.disk.writable(),
        isOver: () => this.#closing || this.halted !== undefined,
        failed: (error, jobs) => this.#giveBack(jobs, error, terms.kind),
      });
    this.#lanes = [
      lane(lanes.translations, ([job]) => this.#translate(job!)),
      lane(lanes.largeOnes, ([job]) => this.#translate(job!)),
      lane(lanes.mailboxes, (jobs) => this.#deliver(jobs)),
      lane(lanes.confirmations, ([job]) => this.confirming.tooLate(job!)),
    ];
  }

  start(): void {
    this.#options.store.onJob((job) => this.#lanes.forEach((lane) => lane.added(job)));
    this.#ends = [
      ...this.#lanes.map((lane) => lane.run()),
      this.#departures.start().catch((error: unknown) => this.#books.trouble(error, 'deliver')),
      this.expecting.start().catch((error: unknown) => this.#books.trouble(error, 'expect')),
    ];
  }

  get halted(): Code | undefined {
    return this.#books.halted;
  }

  /** Nothing goes on until a person has looked. */
  halt(code: Code): void {
    this.#books.halt(code);
  }

  get deviations(): readonly DeviationCount[] {
    return this.#translating.deviations.all;
  }

  /** Parties whose deliveries are under way, wait, or failed last. */
  get parties(): readonly PartyStatus[] {
    return this.#departures.status;
  }

  get departures(): Departures {
    return this.#departures;
  }

  #wake(): void {
    for (const lane of this.#lanes) lane.wake();
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

  /** Takes what is under way to its end, for so many milliseconds; what is not done by then is given back: it is due at the next start. */
  async close(ms = 60_000): Promise<void> {
    this.#closing = true;
    this.#books.close();
    this.#wake();
    const work = Promise.all([...this.#ends, this.expecting.close(), this.#departures.close(Math.min(ms, 10_000))]);
    let timer: NodeJS.Timeout | undefined;
    const end = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([work, end.then(() => this.#books.abandon())]);
    clearTimeout(timer);
    this.wakeAll();
  }

  /** Whoever waits for an outcome is told how it stands. */
  wakeAll(): void {
    for (const waiting of this.#waiting.values()) for (const resume of waiting) resume();
  }

  /** What failed for reasons that are not its own is due again after a pause. */
  #giveBack(jobs: readonly Job[], error: unknown, stage: string): void {
    this.#books.trouble(error, stage);
    if (jobs.length === 0) return;
    const again = setTimeout(() => {
      this.#options.store.release(jobs.map(({ id }) => id));
      this.#wake();
    }, 1_000);
    again.unref();
  }

  async #translate(job: Job): Promise<void> {
    await this.#translating.translate(job);
    await this.#settle((job.value as { readonly interchange: string }).interchange);
  }

  /** Into mailboxes, many in one commit. */
  async #deliver(jobs: readonly Job[]): Promise<void> {
    const { store, report, channels, now } = this.#options;
    const values = jobs.map((job) => job.value as unknown as DeliverJob);
    const isHere = ({ party }: DeliverJob): boolean => (channels.of(party)?.channel ?? 'mailbox') === 'mailbox';
    const here = values.filter(isHere);
    const batches = here.map((value) => putIntoMailbox(value));
    const owed = await Promise.all(here.map((value) => expectedOf(store, value, channels.of(value.party)?.delivery, true, now())));
    const batch: Batch = {
      inbox: batches.flatMap(({ inbox }) => inbox ?? []),
      records: batches.flatMap(({ records }) => records ?? []),
      states: here.flatMap((value) => outcomeOf(value, 'sent')),
      // Whoever had a mailbox when these were made, and has a channel by now.
      jobs: { done: jobs.map(({ id }) => id), add: values.filter((value) => !isHere(value)).map((value) => againJob(value, 0, channels.of(value.party))) },
    };
    try {
      await store.commit(withJobs(batch, owed.flat()), this.#translating.patience);
    } catch (error) {
      if (!contradicts(error)) throw error;
      if (jobs.length === 1) return this.#undeliverable(jobs[0]!, values[0]!, error);
      for (const job of jobs) await this.#deliver([job]); // the others are not to suffer from it
      return;
    }
    for (const { message, party } of here) report({ event: 'sent', ...(message === undefined ? {} : { message }), agency: party, channel: 'mailbox' });
    for (const id of new Set(here.map(({ interchange }) => interchange))) await this.#settle(id);
  }

  async #undeliverable(job: Job, value: DeliverJob, error: unknown): Promise<void> {
    const { interchange, message, party } = value;
    const { code, err } = failureOf(error, 'STORE_BATCH');
    const about = { interchange, ...(message === undefined ? {} : { message }) };
    const batch: Batch = {
      records: [{ kind: 'failed', ...about, party, detail: { code } }],
      states: outcomeOf(value, 'failed'),
      jobs: { failed: [{ id: job.id, code, retry: 'never' }] },
    };
    await this.#books.commit(batch, { interchange }, job.id);
    const { actor, retry } = codes[code];
    this.#options.report({ event: 'delivery failed', code, actor, retry, ...about, agency: party, err });
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
