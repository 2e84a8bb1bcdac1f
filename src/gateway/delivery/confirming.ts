import type { Handed } from '../../channels/channel.ts';
import { codes, type Code } from '../../diagnostics/codes.ts';
import { nextAttempt } from '../../store/queue.ts';
import type { Job, StandingJob } from '../../store/queue.ts';
import type { Receipt } from '../../store/receipt.ts';
import type { Batch, Store } from '../../store/store.ts';
import { expectedOf, withJobs } from '../answers/expecting.ts';
import type { Books } from './books.ts';
import type { Channels } from './channels.ts';
import { againJob, confirmedBatch, failedBatch, type Attempt, type Failed } from './delivery.ts';
import type { Report } from './dispatch.ts';
import { isDecided } from '../outcome/fates.ts';
import { attemptOf, deliveryId, ownerOfDelivery, type ConfirmJob, type DeliverJob } from '../outcome/jobs.ts';

export interface ConfirmingOptions {
  readonly store: Store;
  readonly books: Books;
  readonly channels: Channels;
  readonly report: Report;
  readonly now: () => number;
}

/** What a party said of a delivery, in the books. */
export interface Settled {
  readonly index: number;
  readonly interchange: string;
  readonly duplicate: boolean;
  readonly receipt: Receipt | undefined;
}

/** What was handed over and is still to be confirmed: what the receiver says later, or that it says nothing. */
export class Confirming {
  readonly #options: ConfirmingOptions;

  constructor(options: ConfirmingOptions) {
    this.#options = options;
  }

  /** Undefined where there is no such delivery to that party. Said twice, it counts once. */
  async settle(party: string, delivery: string, channel: string, handed: Handed): Promise<Settled | undefined> {
    const { store, now } = this.#options;
    const owner = ownerOfDelivery(delivery);
    if (owner === undefined) return undefined;
    const job = (await store.jobsOf(owner)).find((each) => isOf(each, party, delivery));
    if (!job) return this.#before(owner, party, delivery);
    const value = job.value as unknown as DeliverJob;
    const isSent = job.kind === 'confirm';
    // What is still being handed over while its receiver speaks of it has an attempt more than it has failures.
    const attempt: Attempt = { job, value, channel, ...(isSent ? { ms: now() - (value as ConfirmJob).sentAt } : {}) };
    if (handed.state === 'sent') return this.#before(owner, party, delivery);
    const decided = await isDecided(store, value);
    const batch =
      handed.state === 'delivered'
        ? withJobs(confirmedBatch(attempt, handed, isSent, decided), await expectedOf(store, value, this.#options.channels.of(party)?.delivery, false, now()))
        : this.#failedBatch(attempt, handed, decided);
    const { verdict, indexes } = await this.#options.books.commit(batch, value, job.id);
    // Between the look and the commit the job ended: with the answer to what was handed over a new one waits for this very word.
    if (verdict === 'stale') return this.settle(party, delivery, channel, handed);
    this.#tell(attempt, handed);
    const index = indexes.at(-1)!;
    return { index, interchange: value.interchange, duplicate: false, receipt: await store.receipt(index) };
  }

  /** The time in which it was to be confirmed is over: it is handed over again, as the same delivery. */
  async tooLate(job: Job): Promise<void> {
    const { store, books } = this.#options;
    const value = job.value as unknown as ConfirmJob;
    const attempt: Attempt = { job, value, channel: value.channel };
    const failed: Failed = { code: 'SEND_UNCONFIRMED', reason: `nothing was heard since ${new Date(value.sentAt).toISOString()}` };
    const { verdict } = await books.commit(this.#failedBatch(attempt, failed, await isDecided(store, value)), value, job.id);
    if (verdict === 'stale') return; // it was heard after all
    this.#tell(attempt, { state: 'failed', ...failed });
  }

  #failedBatch(attempt: Attempt, failed: Failed, decided: boolean): Batch {
    const { channels, now } = this.#options;
    const { job, value } = attempt;
    const { retry } = codes[failed.code];
    const terms = channels.of(value.party);
    const tried = attemptOf(value, job);
    const isOver = retry !== 'backoff' || (terms && now() - (value.since ?? job.created) >= terms.delivery.retry.for);
    if (isOver) return failedBatch(attempt, failed, retry === 'never' ? 'never' : 'after-fix', decided);
    const due = nextAttempt(job.id, tried - 1, now(), terms?.delivery.retry);
    const batch = failedBatch(attempt, { ...failed, due }, 'after-fix', decided);
    return { ...batch, jobs: { done: [job.id], add: [againJob(value, tried, terms, due)] } };
  }

  /** It was told before: what stands in the books of it. */
  async #before(owner: string, party: string, delivery: string): Promise<Settled | undefined> {
    const { store } = this.#options;
    const steps = (await store.timeline(owner)).filter(
      ({ record }) => record?.party === party && (record.detail as { delivery?: unknown } | undefined)?.delivery === delivery,
    );
    const last = steps.findLast(({ record }) => record?.kind === 'delivered') ?? steps.at(-1);
    return last && { index: last.index, interchange: owner.split('-')[0]!, duplicate: true, receipt: await store.receipt(last.index) };
  }

  #tell({ job, value, channel }: Attempt, handed: Handed): void {
    const { interchange, message, party } = value;
    const code: Code | undefined = handed.state === 'failed' ? handed.code : undefined;
    const who = code === undefined ? {} : { code, actor: codes[code].actor, retry: codes[code].retry };
    this.#options.report({ event: handed.state === 'failed' ? 'delivery failed' : handed.state, ...who, interchange, ...(message === undefined ? {} : { message }), party, channel, delivery: deliveryId(value), attempt: attemptOf(value, job) }); // prettier-ignore
  }
}

const isOf = ({ kind, value }: StandingJob, party: string, delivery: string): boolean => {
  const job = value as unknown as DeliverJob;
  return (kind === 'deliver' || kind === 'confirm') && job.party === party && deliveryId(job) === delivery;
};
