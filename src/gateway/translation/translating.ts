import { codes, type Code } from '../../diagnostics/codes.ts';
import { lastAttempt } from '../../store/queue.ts';
import { isOfStore, StoreError } from '../../store/fault.ts';
import type { Job } from '../../store/queue.ts';
import type { Batch, Committed, Store } from '../../store/store.ts';
import { contradicts } from '../delivery/books.ts';
import type { Channels } from '../delivery/channels.ts';
import { answerAgain } from '../answers/answer-again.ts';
import { contradicting, findMatches, questionsOf, type Matches, type Questions } from '../answers/correlate.ts';
import { routed } from '../delivery/delivery.ts';
import { DeviationCounts } from './deviation-counts.ts';
import type { DispatcherOptions, Report } from '../delivery/dispatch.ts';
import { isGiven } from '../outcome/fates.ts';
import { needsHistory, Turns, withHistory } from './history.ts';
import type { TranslateJob } from '../outcome/jobs.ts';
import { failureBatch, outcomeParts } from '../outcome/outcome.ts';
import { rejectionEvent, untoldEvents, unwrittenEvents } from '../outcome/rejection.ts';
import { replayed } from '../delivery/replayed.ts';
import { findEarlier, held, resubmissionEvents, resubmitted, type Filings } from '../outcome/resubmission.ts';
import { Room } from './room.ts';
import { commitInTurns } from '../outcome/slices.ts';
import { stageDocuments } from './stage.ts';
import type { Translation } from './translate.ts';
import { TooLong, TranslatorDown } from './threads.ts';
import type { Translator } from './translator.ts';

export interface TranslatingOptions {
  readonly store: Store;
  readonly using: DispatcherOptions['using'];
  readonly channels: Pick<Channels, 'of'>;
  readonly report: Report;
  readonly now: () => number;
  readonly heard: (message: string, party: string) => Promise<void>; // an answer of a party to a message of ours
  readonly isClosing: () => boolean;
}

const gathering = 10; // ms

/** What is to be given back when the outcome is committed. */
interface Turn {
  end: () => void;
}

/** A translation, with what the store knows of what is in it. */
interface Read {
  readonly translation: Translation;
  readonly filings: Filings;
  readonly matches: Matches;
}

/** From a job to the second commit: everything that follows from an interchange, once. */
export class Translating {
  readonly #options: TranslatingOptions;
  readonly #turns = new Turns();
  readonly #room = new Room(128 * 1024 * 1024); // bytes of interchanges that are held for translation
  readonly deviations = new DeviationCounts();
  #reading = 0; // interchanges that are on their way to an outcome

  constructor(options: TranslatingOptions) {
    this.#options = options;
  }

  /** ms that what is written now may wait for others: where more is on its way to the second commit, one transaction takes them all. */
  get patience(): number {
    return this.#reading > 0 ? gathering : 0;
  }

  async translate(job: Job): Promise<void> {
    const turn: Turn = { end: () => undefined };
    await this.#options.using((by) => this.#translateIn(turn, by, job)).finally(() => turn.end());
  }

  async #translateIn(turn: Turn, by: Translator, job: Job): Promise<void> {
    const { store, report, now, isClosing } = this.#options;
    const value = job.value as unknown as TranslateJob;
    const id = value.interchange;
    const started = now();
    let commit: () => Promise<Committed>;
    let failed: Failure | undefined;
    let made: Translation | undefined;
    let found: Filings | undefined;
    let answered: Questions = new Map();
    try {
      this.#reading++;
      const { translation, filings, matches } = await this.#read(turn, by, value).finally(() => this.#reading--);
      found = filings;
      answered = await questionsOf(store, value, translation, by, matches);
      const questions = answered;
      const parts = departing(outcomeParts(value, job.id, translation, { questions, filings }), await this.#changing(value, translation));
      const first = parts.next().value ?? {};
      commit = () => commitInTurns(store, first, parts, this.patience);
      made = translation;
    } catch (error) {
      if (error instanceof StoreError || isOfStore(error) || isClosing()) throw error;
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
    if (verdict === 'raced') {
      turn.end();
      turn.end = () => undefined;
      return this.#translateIn(turn, by, job); // the same was filed in the meantime: now it is seen
    }
    if (failed !== undefined) {
      const { actor, retry } = codes[failed.code];
      report({ event: 'translation failed', actor, retry, interchange: id, attempt: job.attempts + 1, ...failed });
    } else {
      for (const { message, agency } of answered.values()) await this.#options.heard(message, agency);
      report({ event: 'translated', interchange: id, ms: now() - started, deliveries: jobs.length, verdict });
      const rejected = made && rejectionEvent(id, value.partner, made);
      if (rejected) report(rejected);
      for (const event of made ? unwrittenEvents(id, value.partner, made) : []) report(event);
      for (const event of untoldEvents(answered.values())) report(event);
      if (made) this.deviations.count(value.partner, made);
      for (const event of found ? resubmissionEvents(value, found) : []) report(event);
    }
  }

  async #read(turn: Turn, by: Translator, value: TranslateJob): Promise<Read> {
    const { store } = this.#options;
    const info = await store.contentInfo(value.content);
    const free = await this.#room.take(info?.size ?? 0);
    try {
      const bytes = await store.content(value.content);
      if (!bytes) throw new Error(`the content ${value.content.owner}/${value.content.stage} is gone`);
      const input = {
        id: value.interchange,
        partner: value.partner,
        receivedAt: value.receivedAt,
        bytes,
        media: value.media,
        test: value.test,
        replay: value.replay,
      };
      const first = await by.translate(input);
      const filings = await findEarlier(store, value, first);
      const matches = await findMatches(store, first);
      const refused = { ...(value.resubmission === 'refuse' ? resubmitted(filings) : {}), ...contradicting(matches) };
      if (Object.keys(refused).length > 0) by.release?.(first);
      const made = Object.keys(refused).length > 0 ? await by.translate({ ...input, refused }) : first; // what is answered follows from it
      if (needsHistory(made)) turn.end = await this.#turns.take(value.partner);
      const whole = needsHistory(made) ? await withHistory(store, value, made, by) : made;
      const kept = value.resubmission === 'hold' ? held(whole, filings) : whole;
      return { translation: await stageDocuments(store, value, kept).finally(() => by.release?.(made)), filings, matches };
    } finally {
      free();
    }
  }

  /** What is done with each part of the outcome before it is committed. */
  async #changing({ replay }: TranslateJob, translation: Translation): Promise<(part: Batch) => Batch> {
    const { channels, store } = this.#options;
    const leaving = (part: Batch): Batch => routed(part, (party) => channels.of(party));
    if (!replay) return leaving;
    const { agencies = {} } = (await store.state(replay.message)) ?? {};
    const answer = await answerAgain(store, replay, translation);
    return (part) => leaving(replayed(part, replay, (agency) => isGiven(agencies[agency]), answer));
  }

  /** Says that a job failed; where even that contradicts the store, because what it was about was erased, the job ends without a word. */
  async #fail(job: Job, batch: Batch, code: Code): Promise<Committed> {
    const { store } = this.#options;
    return store.commit(batch).catch((error: unknown) => {
      if (!contradicts(error)) throw error;
      return store.commit({ jobs: { failed: [{ id: job.id, code, retry: 'never' }] } });
    });
  }
}

function* departing(parts: Generator<Batch, undefined>, changing: (part: Batch) => Batch): Generator<Batch, undefined> {
  for (const part of parts) yield changing(part);
  return undefined;
}

export interface Failure {
  readonly code: Code;
  readonly err: string;
}

export function failureOf(error: unknown, code: Code): Failure {
  if (!(error instanceof Error)) return { code, err: String(error) };
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? ''}` : '';
  return { code, err: `${error.stack ?? error.message}${cause}` };
}

/** What the sender is told. What exactly it was is in the operator's log: it may name what is not the sender's to know. */
const reasonOf = (code: Code, error?: unknown): string => {
  if (error instanceof TooLong) return error.message;
  return code === 'GATEWAY_TRANSLATOR_DOWN' ? 'it was tried for hours' : 'a defect of ours, or it is too large for us';
};
