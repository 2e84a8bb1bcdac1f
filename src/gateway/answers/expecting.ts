import { codes } from '../../diagnostics/codes.ts';
import type { DeliveryTerms } from '../../partners/delivery.ts';
import { answers, dueAt, type Answered, type AnswerStage } from '../../partners/expectations.ts';
import type { Job, NewJob, StandingJob } from '../../store/queue.ts';
import type { Batch, Json, NewRecord, ReadStore, Step, Store } from '../../store/store.ts';
import { contradicts, type Books } from '../delivery/books.ts';
import type { Report } from '../delivery/dispatch.ts';
import { receivedAt } from '../ids.ts';
import { deliveryId, type DeliverJob } from '../outcome/jobs.ts';

/** The value of an `expect` job: a delivery that came to its end, and the answer that is owed to it. It is due when the answer is. */
export interface ExpectJob extends Pick<DeliverJob, 'interchange' | 'party'> {
  readonly message: string;
  readonly delivery: string;
  readonly answer: AnswerStage;
  readonly by?: readonly string[];
  readonly since: number; // when it was delivered, ms since 1970
  readonly due: number;
}

const kind = 'expect';
export const expectKinds: readonly string[] = [kind];

/** What is owed to a delivery, written with its success. Our own answers are never answered. */
export async function expectedOf(
  store: Pick<ReadStore, 'state'>,
  value: DeliverJob,
  terms: DeliveryTerms | undefined,
  inMailbox: boolean,
  now: number,
): Promise<NewJob[]> {
  const { interchange, message, party, kind: what = 'message' } = value;
  const owed = (terms?.expects ?? []).filter(({ answer }) => inMailbox || answer !== 'receipt'); // a channel's own is there already
  if (owed.length === 0 || message === undefined || what !== 'message') return [];
  const type = owed.some(({ to }) => to) ? ((await store.state(message))?.type ?? '') : '';
  return owed.flatMap((each) => {
    const due = dueAt(each, now);
    if (!Number.isFinite(due) || each.to?.includes(type) === false) return [];
    const { answer, by } = each;
    const job: ExpectJob = { interchange, message, party, delivery: deliveryId(value), answer, ...(by && { by }), since: now, due };
    return [{ kind, value: job as unknown as Json, owner: message, queue: kind, due }];
  });
}

/** The same batch with more to be done. */
export const withJobs = (batch: Batch, jobs: readonly NewJob[]): Batch =>
  jobs.length === 0 ? batch : { ...batch, jobs: { ...batch.jobs, add: [...(batch.jobs?.add ?? []), ...jobs] } };

export const expectIn = ({ value }: Pick<Job, 'value'>): ExpectJob => value as unknown as ExpectJob;

/** Of the jobs of a message those that wait for an answer of a party. */
export const expectedFrom = (jobs: readonly StandingJob[], party: string): StandingJob[] =>
  jobs.filter((job) => job.kind === kind && expectIn(job).party === party);

/** What of a message is owed, and since when it is overdue. */
export async function owedFor(store: Pick<ReadStore, 'jobsOf'>, message: string): Promise<Json[]> {
  const jobs = (await store.jobsOf(message)).filter((job) => job.kind === kind);
  return jobs.map((job) => {
    const { party, answer, by, due } = expectIn(job);
    return { party, answer, ...(by && { by }), due: new Date(due).toISOString(), state: job.state === 'ready' ? 'awaited' : 'overdue' };
  });
}

export interface ExpectingOptions {
  readonly store: Store;
  readonly books: Pick<Books, 'trouble' | 'halted'>;
  readonly report: Report;
  readonly now: () => number;
}

const together = 100; // jobs in one look into the queue
const longest = 3_600_000; // ms until the queue is looked at again

/**
 * Waits for the answers that are owed. Whether one has come is read from the log, whoever asks: the clock, when the answer is due; the answer,
 * once its outcome is committed; and the start, for what a crash left between the two. So nothing is told as overdue that was answered.
 */
export class Expecting {
  readonly #options: ExpectingOptions;
  #due = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #closing = false;

  constructor(options: ExpectingOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { store } = this.#options;
    store.onJob((job) => job.kind === kind && this.#waits(job.due ?? 0));
    for (const { due } of await store.queues(kind)) this.#waits(due);
    await this.#review();
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  /** Something was said of a message: what was waited for is cleared, in a commit of its own. */
  async heard(message: string, party: string): Promise<void> {
    const { store, books } = this.#options;
    try {
      for (const job of expectedFrom(await store.jobsOf(message), party)) await this.#judge(job, false);
    } catch (error) {
      books.trouble(error, kind); // the clock, or the next start, looks again
    }
  }

  #waits(due: number): void {
    if (due >= this.#due) return;
    this.#due = due;
    this.#look();
  }

  #look(): void {
    clearTimeout(this.#timer);
    if (this.#closing || this.#working || !Number.isFinite(this.#due)) return;
    const wait = Math.min(Math.max(this.#due - this.#options.now(), 0), longest);
    this.#timer = setTimeout(() => {
      this.#working = this.#work().finally(() => {
        this.#working = undefined;
        this.#look();
      });
    }, wait).unref();
  }

  /** All that is due by now. */
  async #work(): Promise<void> {
    const { store, books, now } = this.#options;
    let jobs: readonly Job[] = [];
    try {
      for (;;) {
        this.#due = Infinity;
        const [claimed] = await store.claimFrom(kind, [{ queue: kind, lanes: [1], limit: together }]);
        jobs = claimed?.jobs ?? [];
        if (jobs.length === 0) return void (this.#due = Math.min(this.#due, claimed?.next ?? Infinity));
        for (const job of jobs) if (!this.#closing) await this.#judge(job, true);
        if (this.#closing) return;
      }
    } catch (error) {
      books.trouble(error, kind);
      store.release(jobs.map(({ id }) => id));
      this.#due = books.halted === undefined ? now() + 1_000 : Infinity;
    }
  }

  /** What is overdue and was answered: the process ended before it was cleared. */
  async #review(): Promise<void> {
    const { store, books } = this.#options;
    try {
      for (let after = 0; !this.#closing;) {
        const jobs = await store.stopped(after, together, { kinds: expectKinds });
        for (const job of jobs) await this.#judge(job, false);
        if (jobs.length < together) return;
        after = jobs.at(-1)!.id;
      }
    } catch (error) {
      books.trouble(error, kind);
    }
  }

  async #judge(job: Pick<Job, 'id' | 'value'>, isDue: boolean): Promise<void> {
    const { store, report } = this.#options;
    const value = expectIn(job);
    const said = answerTo(value, await store.timeline(value.message));
    if (!said && !isDue) return;
    const { interchange, message, party, answer, delivery, due } = value;
    const at = new Date(due).toISOString();
    const about = { interchange, message, party };
    const late = said ? Math.max(0, said.at - due) : 0;
    const told: Json = { answer, delivery, due: at, ...(late > 0 ? { late } : {}) };
    const record: NewRecord = { kind: said ? 'settled' : 'overdue', ...about, ...(said?.id === undefined ? {} : { refs: [{ kind: 'answered-by', id: said.id }] }), detail: told }; // prettier-ignore
    const batch: Batch = said
      ? { records: late > 0 ? [record] : [], jobs: { done: [job.id] } }
      : { records: [record], jobs: { failed: [{ id: job.id, code: 'ANSWER_OVERDUE', due }] } };
    const { verdict } = await store.commit(batch).catch((error: unknown) => {
      if (!contradicts(error)) throw error;
      return store.commit({ jobs: { done: [job.id] } }); // what it was about was erased
    });
    if (verdict === 'stale' || (said && late === 0)) return;
    const { actor, retry } = codes.ANSWER_OVERDUE;
    report({ event: said ? 'answer late' : 'answer overdue', ...(said ? {} : { code: 'ANSWER_OVERDUE', actor, retry }), ...about, answer, due: at, ...(said ? { late } : {}) }); // prettier-ignore
  }
}

/** The first answer: when it came, and which it is. What was said before it was given once more is no answer to that. */
function answerTo(value: ExpectJob, steps: readonly Step[]): { readonly at: number; readonly id: string | undefined } | undefined {
  const asked = steps.findLastIndex(({ record }) => record?.kind === 'replayed' && isGivenAgain(record.detail, value.delivery));
  for (const step of steps.slice(asked + 1)) {
    const said = step.record?.message === value.message && step.record.party === value.party ? answeredBy(step, value) : undefined;
    if (!said || !answers(said, value)) continue;
    const id = step.record?.refs?.find(({ kind }) => kind === 'answered-by')?.id;
    const at = id === undefined ? Date.parse(step.at) : receivedAt(id);
    return { at, id };
  }
  return undefined;
}

const isGivenAgain = (detail: Json | undefined, delivery: string): boolean => {
  const said = detail as { readonly delivery?: string; readonly again?: number } | undefined;
  return said?.delivery === delivery && said.again !== undefined;
};

/** What a step says of the answer that came. */
function answeredBy({ record }: Step, { delivery }: ExpectJob): Answered | undefined {
  if (!record || typeof record.detail !== 'object' || record.detail === null) return undefined;
  const { kind, detail } = record;
  const said = detail as { readonly by?: string; readonly action?: string; readonly positive?: boolean; readonly type?: string; readonly delivery?: string };
  if (kind === 'delivered') return (said.delivery ?? delivery) === delivery ? { stage: 'receipt', type: undefined, positive: true } : undefined;
  if (kind !== 'acknowledged' || said.by !== 'recipient') return undefined;
  return { stage: said.action === undefined ? 'response' : 'acknowledgement', type: said.type, positive: said.positive === true };
}
