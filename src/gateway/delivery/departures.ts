import type { Handed } from '../../channels/channel.ts';
import { putIntoMailbox } from '../../channels/mailbox.ts';
import { codes, type Code } from '../../diagnostics/codes.ts';
import { defaultTerms, type DeliveryTerms } from '../../partners/delivery.ts';
import { openBetween, opensAt } from '../../partners/hours.ts';
import { nextAttempt } from '../../store/queue.ts';
import type { Job, Lane, NewJob } from '../../store/queue.ts';
import type { Batch, Store } from '../../store/store.ts';
import { expectedOf, withJobs } from '../answers/expecting.ts';
import type { Books } from './books.ts';
import { afterFailure, closed, onTrial, type Circuit } from './breaker.ts';
import { isFault, type Channels } from './channels.ts';
import { failedBatch, outcomeOf, sentBatch, sinceOf, type Attempt, type Failed } from './delivery.ts';
import type { Disk } from '../intake/disk.ts';
import type { Report } from './dispatch.ts';
import { isDecided } from '../outcome/fates.ts';
import { attemptOf, deliveryId, type DeliverJob } from '../outcome/jobs.ts';
import { bulkLanes, claimsOf, dueOf, newParty, quickLanes, type Party, type PartyStatus, type Strand } from './party.ts';
import { Sender } from './sender.ts';

export interface DeparturesOptions {
  readonly store: Store;
  readonly books: Books;
  readonly disk: Pick<Disk, 'writable'>;
  readonly channels: Channels;
  readonly report: Report;
  readonly now: () => number;
}

const asked = 64; // parties in one look into the queues
const most = 2_000; // deliveries under way at a time, of all parties together
const unopened = 60_000; // ms until a channel that could not be opened is tried again

/**
 * Delivers by channels, each party for itself: its queue, its few deliveries under way, its circuit, its hours. Nobody waits for
 * another but for the machine: parties that have something due take turns.
 */
export class Departures {
  readonly #options: DeparturesOptions;
  readonly #parties = new Map<string, Party>();
  readonly #ready = new Set<Party>();
  readonly #running = new Set<Promise<void>>();
  readonly #sender: Sender;
  #latest = -Infinity; // ms since 1970: when it was looked last
  #draining = false;
  #closing = false;

  constructor(options: DeparturesOptions) {
    this.#options = options;
    this.#sender = new Sender(options.store, options.report);
  }

  /** What a former process left, and from then on whatever is added. */
  async start(): Promise<void> {
    const { store } = this.#options;
    store.onJob((job) => this.#added(job));
    for (const { queue, lane, due } of await store.queues('deliver')) this.#waits(queue, lane, due);
  }

  /** Nothing new; what is under way is given `ms` to come to its end, and then ended: it is due again. */
  async close(ms = 10_000): Promise<void> {
    this.#closing = true;
    this.#ready.clear();
    for (const { timer } of this.#parties.values()) clearTimeout(timer);
    const limit = setTimeout(() => this.#sender.abort(), ms);
    while (this.#running.size > 0) await Promise.all(this.#running);
    clearTimeout(limit);
  }

  /** The configuration changed: what waited for a channel, or for hours, may go on. */
  changed(): void {
    for (const party of this.#parties.values()) {
      if (party.circuit.code === 'SEND_SETTINGS') party.circuit = closed;
      this.#look(party);
    }
  }

  /** The parties with which not all is as it should be, or something is under way. */
  get status(): PartyStatus[] {
    const now = this.#options.now();
    return [...this.#parties.values()].map((party) => {
      const { id, circuit, quick, bulk } = party;
      const channel = this.#options.channels.of(id)?.channel;
      const hold = this.#holdOf(party, now);
      return {
        party: id,
        channel: channel === undefined ? '' : channel === 'mailbox' ? channel : channel.kind,
        circuit: circuit.state,
        failures: circuit.failures,
        code: circuit.code ?? null,
        running: quick.running + bulk.running,
        until: hold && Number.isFinite(hold.until) ? new Date(hold.until).toISOString() : null,
        why: hold?.why ?? null,
      };
    });
  }

  /** Before when nothing is tried, and why; undefined where it may be now. */
  holdOf(party: string): { readonly until: number; readonly why: 'circuit' | 'hours' } | undefined {
    const now = this.#options.now();
    return this.#holdOf(this.#parties.get(party) ?? { id: party, circuit: closed }, now);
  }

  #holdOf({ id, circuit }: Pick<Party, 'id' | 'circuit'>, now: number): { readonly until: number; readonly why: 'circuit' | 'hours' } | undefined {
    if (circuit.state === 'open' && circuit.until > now) return { until: circuit.until, why: 'circuit' };
    const { hours } = this.#termsOf(id);
    const opens = hours ? opensAt(hours, now) : now;
    return opens > now ? { until: opens, why: 'hours' } : undefined;
  }

  #termsOf(party: string): DeliveryTerms {
    return this.#options.channels.of(party)?.delivery ?? defaultTerms;
  }

  #added({ kind, queue, lane = 1, due }: NewJob): void {
    if (kind === 'deliver' && queue !== undefined) this.#waits(queue, lane, due ?? this.#options.now());
  }

  #waits(id: string, lane: Lane, due: number): void {
    let party = this.#parties.get(id);
    if (!party) this.#parties.set(id, (party = newParty(id)));
    const strand = lane === 2 ? party.bulk : party.quick;
    strand.due = Math.min(strand.due, due);
    this.#look(party);
  }

  /** What waits for a time waits for it no longer than it was to, where the clock was set back. */
  #time(): number {
    const now = this.#options.now();
    const back = this.#latest - now;
    this.#latest = now;
    if (back < 1_000) return now;
    for (const party of this.#parties.values()) {
      for (const strand of [party.quick, party.bulk]) if (Number.isFinite(strand.due)) strand.due = Math.min(strand.due, now); // the store knows when
      const { circuit } = party;
      if (circuit.state === 'open') party.circuit = { ...circuit, until: circuit.until - back };
    }
    return now;
  }

  /** When the party can go on: at once, at a time, or when something happens. */
  #look(party: Party): void {
    clearTimeout(party.timer);
    if (this.#closing) return;
    const now = this.#time();
    const { quick, bulk, circuit } = party;
    if (circuit.state === 'open' && circuit.until <= now) party.circuit = onTrial(circuit);
    const due = Math.min(...claimsOf(party, this.#termsOf(party.id)).map((claim) => dueOf(party, claim)));
    const at = Math.max(due, this.#holdOf(party, now)?.until ?? now);
    if (at <= now) {
      this.#ready.add(party);
      this.#drain();
    } else if (Number.isFinite(at)) party.timer = setTimeout(() => this.#look(party), Math.min(at - now, 60_000)).unref();
    else if (quick.running + bulk.running === 0 && quick.due + bulk.due === Infinity && party.circuit.failures === 0) this.#parties.delete(party.id);
  }

  /** Those that can go on take turns, in the order in which they came. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    void this.#turns()
      .catch((error: unknown) => {
        this.#options.books.trouble(error, 'deliver');
        for (const party of this.#ready) party.timer = setTimeout(() => this.#look(party), 1_000).unref();
        this.#ready.clear();
      })
      .finally(() => (this.#draining = false));
  }

  async #turns(): Promise<void> {
    const { store, books, disk } = this.#options;
    await disk.writable(); // what cannot be written down is not sent
    while (this.#ready.size > 0 && this.#running.size < most && !this.#closing && books.halted === undefined) {
      const parties = [...this.#ready].slice(0, asked);
      const claims = parties.flatMap((party) => claimsOf(party, this.#termsOf(party.id)).map((claim) => ({ party, claim })));
      const claimed = await store.claimFrom('deliver', claims.map(({ claim }) => claim)); // prettier-ignore
      for (const party of parties) this.#ready.delete(party);
      for (const [i, { jobs, next = Infinity }] of claimed.entries()) {
        const { party, claim } = claims[i]!;
        if (claim.lanes !== bulkLanes) party.quick.due = next;
        if (claim.lanes !== quickLanes) party.bulk.due = next;
        for (const job of jobs) this.#begin(party, claim.lanes === bulkLanes ? party.bulk : party.quick, job);
      }
      for (const party of parties) this.#look(party);
    }
  }

  #begin(party: Party, strand: Strand, job: Job): void {
    strand.running++;
    const one = this.#deliver(party, job)
      .catch((error: unknown) => {
        this.#options.books.trouble(error, 'deliver');
        this.#options.store.release([job.id]);
        strand.due = Math.min(strand.due, this.#options.now() + 1_000);
      })
      .finally(() => {
        this.#running.delete(one);
        strand.running--;
        if (job.sequence !== undefined) strand.due = Math.min(strand.due, this.#options.now()); // what waited for it
        this.#look(party);
        if (this.#ready.size > 0) this.#drain();
      });
    this.#running.add(one);
  }

  async #deliver(party: Party, job: Job): Promise<void> {
    const { channels, books, now } = this.#options;
    const value = job.value as unknown as DeliverJob;
    const terms = channels.of(party.id);
    const line = channels.use(party.id);
    const attempt = { job, value, channel: line?.channel ?? 'mailbox' };
    if (!terms) return this.#failed(party, attempt, { code: 'SEND_SETTINGS', reason: 'the configuration has no party of that name' });
    if (!line) return void (await books.commit(await this.#owing(inMailbox(job, value), value, true), value, job.id));
    try {
      if (isFault(line.outgoing)) return this.#stall(party, job, line.outgoing.code);
      const started = now();
      const handed = await this.#sender.send(line.outgoing, job, value);
      await this.#told(party, { ...attempt, ms: now() - started }, handed);
    } finally {
      line.done();
    }
  }

  /** Nothing was tried: it waits, and that is no attempt. */
  #stall(party: Party, job: Job, code: Code): void {
    const { store, now } = this.#options;
    store.release([job.id]);
    const strand = party.quick;
    strand.due = Math.min(strand.due, now());
    party.bulk.due = Math.min(party.bulk.due, now());
    this.#turn(party, { state: 'open', failures: party.circuit.failures + 1, until: now() + unopened, code });
  }

  async #told(party: Party, attempt: Attempt, handed: Handed): Promise<void> {
    const { books, report, now, store } = this.#options;
    if (handed.state === 'failed') return this.#failed(party, attempt, handed);
    this.#turn(party, closed);
    const { value } = attempt;
    const batch = sentBatch(attempt, handed, now(), this.#termsOf(party.id).confirmed, await isDecided(store, value));
    const { verdict } = await books.commit(handed.state === 'delivered' ? await this.#owing(batch, value) : batch, value, attempt.job.id);
    if (verdict === 'stale') return; // the receiver's word was faster
    const { interchange, message } = value;
    report({ event: handed.state, interchange, ...(message === undefined ? {} : { message }), party: party.id, channel: attempt.channel, delivery: deliveryId(value), attempt: attemptOf(value, attempt.job), ms: attempt.ms ?? 0 }); // prettier-ignore
  }

  /** With what the party owes to it from now on. */
  async #owing(batch: Batch, value: DeliverJob, inMailbox = false): Promise<Batch> {
    const { store, now } = this.#options;
    return withJobs(batch, await expectedOf(store, value, this.#termsOf(value.party), inMailbox, now()));
  }

  async #failed(party: Party, attempt: Attempt, handed: Failed & { readonly retryAfter?: number }): Promise<void> {
    const { books, report, now, store } = this.#options;
    const { job, value, channel } = attempt;
    const { code, reason } = handed;
    const { actor, retry } = codes[code];
    this.#turn(party, retry === 'never' ? closed : afterFailure(party.circuit, code, this.#termsOf(party.id).circuit, now(), job.id));
    const due = this.#dueAgain(attempt, handed);
    const batch = failedBatch(
      attempt,
      { ...handed, ...(due === undefined ? {} : { due }) },
      retry === 'never' ? 'never' : 'after-fix',
      await isDecided(store, value),
    );
    const { verdict } = await books.commit(batch, value, job.id);
    if (verdict === 'stale') return; // the receiver's word was faster
    const strand = job.lane === 2 ? party.bulk : party.quick;
    if (due !== undefined) strand.due = Math.min(strand.due, due);
    const { interchange, message } = value;
    report({ event: 'delivery failed', code, actor, retry, interchange, ...(message === undefined ? {} : { message }), party: party.id, channel, delivery: deliveryId(value), attempt: attemptOf(value, job), reason, ...(due === undefined ? {} : { next: new Date(due).toISOString() }) }); // prettier-ignore
  }

  /** When it is tried again; undefined where a person must look. */
  #dueAgain(attempt: Attempt, { code, retryAfter = 0 }: Failed & { readonly retryAfter?: number }): number | undefined {
    if (codes[code].retry !== 'backoff') return undefined;
    const now = this.#options.now();
    const { retry, hours } = this.#termsOf(attempt.value.party);
    const since = sinceOf(attempt);
    const tried = attemptOf(attempt.value, attempt.job);
    if (tried > 1 && (hours ? openBetween(hours, since, now) : now - since) >= retry.for) return undefined;
    return Math.max(nextAttempt(attempt.job.id, attempt.job.attempts, now, retry), now + retryAfter * 1_000);
  }

  #turn(party: Party, circuit: Circuit): void {
    const before = party.circuit;
    party.circuit = circuit;
    if (circuit.state === 'open' && before.state === 'closed') {
      const { actor, retry } = codes[circuit.code!];
      this.#options.report({ event: 'circuit opened', code: circuit.code!, actor, retry, party: party.id, failures: circuit.failures, until: new Date(circuit.until).toISOString() }); // prettier-ignore
    }
    if (circuit.state === 'closed' && before.state !== 'closed') this.#options.report({ event: 'circuit closed', party: party.id, failures: before.failures });
  }
}

/** The party fetches by now: the delivery is part of the commit that says so. */
function inMailbox({ id }: Job, value: DeliverJob): Batch {
  const states = outcomeOf(value, 'sent');
  return { ...putIntoMailbox(value), states, jobs: { done: [id] } };
}
