import { keptKinds, retentionRules, type KeptKind } from '../../partners/retention.ts';
import type { Configuration } from '../../partners/config.ts';
import type { Erasure, Lapse } from '../../store/erasure.ts';
import type { StandingJob } from '../../store/queue.ts';
import type { Json, Owner, Store } from '../../store/store.ts';
import type { Report } from '../delivery/dispatch.ts';
import { firstIdAt, receivedAt } from '../ids.ts';
import type { LeapGuard } from './leap.ts';

/** What is erased when its time is over. It looks at the sequence of ids, sender by sender, and goes on where it was. */
export interface SweepOf {
  readonly store: Pick<Store, 'retention' | 'commit'>;
  readonly configuration: Pick<Configuration, 'gateway' | 'partners'>; // in force
  readonly now: () => number;
  readonly report: Report;
}

const rest = 1_000; // ms from one turn to the next while something is due, at most: with one a second more would come than goes
const pause = 60_000; // ms, after which it is looked again
const interchangesOfTurn = 50;
const sendersOfTurn = 50;
const erasuresOfCommit = 200;
const patience = 86_400_000; // ms after which what was needed is looked at again
const remedied = 30 * 86_400_000; // ms for which work that stopped keeps what it is about, at least: somebody may mend what stopped it

/** Work that stopped before this keeps nothing any more: the time of what it is about has gone by once more, and nobody took it up again. */
export const givenUpBefore = (now: number, keep: number): number => now - Math.max(keep, remedied);

/** Two thirds of the time are left to live traffic, and where it is slow nearly all of it. */
export const restAfter = (took: number): number => Math.min(rest, 2 * took);

/** Erases in the background, little by little: live traffic shares the disk with it. */
export class RetentionSweep {
  readonly #of: SweepOf;
  readonly #counter: { count(): Promise<void> };
  readonly #guard: Pick<LeapGuard, 'holds'> | undefined;
  #sender = ''; // up to whom this round has come
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<boolean> = Promise.resolve(false);
  #isClosed = false;

  /** Volumes are counted of records: they are counted before those are erased. */
  constructor(of: SweepOf, counter: { count(): Promise<void> }, guard?: Pick<LeapGuard, 'holds'>) {
    this.#of = of;
    this.#guard = guard;
    this.#counter = counter;
  }

  start(wait = pause): void {
    this.#timer = setTimeout(() => {
      const began = performance.now();
      this.#allowed().then(
        (more) => this.#isClosed || this.start(more ? restAfter(performance.now() - began) : pause),
        (error: unknown) => {
          this.#of.report({ event: 'retention not swept', err: String(error) });
          if (!this.#isClosed) this.start();
        },
      );
    }, wait);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running.catch(() => undefined);
  }

  /** One turn, unless the clock has leapt. */
  async #allowed(): Promise<boolean> {
    const { gateway, partners } = this.#of.configuration;
    const erases = gateway.retention !== undefined || partners.some(({ retention }) => retention !== undefined);
    return erases && (await this.#guard?.holds()) !== true ? this.sweep() : false;
  }

  /** One turn; whether more may be due. */
  sweep(): Promise<boolean> {
    return (this.#running = this.#running.catch(() => false).then(() => this.#sweep()));
  }

  async #sweep(): Promise<boolean> {
    const { store, now, configuration } = this.#of;
    const keepsOf = retentionRules(configuration.gateway.retention, configuration.partners);
    const deferred = await store.retention.deferred(now(), interchangesOfTurn);
    for (const { interchange, kind, partner } of deferred) await this.#lapse(partner, kind as KeptKind, interchange, keepsOf(partner)[kind as KeptKind]);
    let left = interchangesOfTurn - deferred.length;
    if (left <= 0) return true;
    const senders = await store.retention.senders(this.#sender, sendersOfTurn);
    for (const partner of senders) {
      const keeps = keepsOf(partner);
      const ending = keptKinds.filter((kind) => keeps[kind] !== Infinity);
      const lapsed = ending.length === 0 ? {} : await store.retention.lapsed(partner);
      for (const kind of ending) {
        const due = await store.retention.interchanges(partner, lapsed[kind] ?? '', firstIdAt(now() - keeps[kind]), left);
        for (const id of due) await this.#lapse(partner, kind, id, keeps[kind]);
        if ((left -= due.length) <= 0 || this.#isClosed) return true;
      }
      this.#sender = partner;
    }
    if (senders.length < sendersOfTurn) this.#sender = '';
    return senders.length === sendersOfTurn;
  }

  /** Erases one kind of one interchange, in parts where it is large; what is needed is looked at again later. */
  async #lapse(partner: string, kind: KeptKind, interchange: Owner, keep: number): Promise<void> {
    const { store, now } = this.#of;
    const stopped = givenUpBefore(now(), keep);
    const lapse: Lapse = { interchange, kind, partner, stopped };
    const over = receivedAt(interchange) + keep;
    if (over > now()) return void (await store.commit({ lapsed: { ...lapse, again: Number.isFinite(over) ? over : now() + patience } }));
    if (kind === 'records') await this.#counter.count();
    while (!this.#isClosed) {
      const due = await this.#due(kind, interchange);
      const part = due.slice(0, erasuresOfCommit);
      const more = part.length < due.length || (kind === 'records' && part.length === erasuresOfCommit);
      if (part.length === 0) {
        if ((await store.commit({ lapsed: lapse })).verdict === 'stale') await store.commit({ lapsed: { ...lapse, again: now() + patience } });
        return;
      }
      const refs = part.flatMap(({ owner, what, stages }) => (stages ?? ['']).map((stage) => ({ kind: what, id: stage === '' ? owner : `${owner}/${stage}` })));
      const ended = (await store.retention.stopped(interchange, stopped)).filter((job) => kind === 'records' || needs(job) === kind);
      const givenUp = ended.map(({ owner = interchange, kind: work, code = 'BUG' }) => ({ id: owner, work, code }));
      const detail: Json = { rule: 'retention', kind, partner, keep, ...(givenUp.length > 0 && { givenUp }) };
      const { verdict } = await store.commit({
        erase: part,
        lapsed: { ...lapse, ...(more && { more }) },
        records: [{ kind: 'erased', refs, detail }],
        jobs: { done: ended.map(({ id }) => id) },
      });
      if (verdict !== 'stale') for (const each of givenUp) this.#of.report({ event: 'given up', ...each, partner, kind });
      if (verdict === 'stale') return void (await store.commit({ lapsed: { ...lapse, again: now() + patience } }));
      if (!more) return;
    }
  }

  async #due(kind: KeptKind, interchange: Owner): Promise<readonly Erasure[]> {
    const { retention } = this.#of.store;
    if (kind === 'records') return (await retention.owners(interchange, erasuresOfCommit)).map((owner) => ({ owner, what: 'all' }));
    const contents = await retention.contents(interchange);
    return contents.filter(({ stage }) => kindOf(stage) === kind).map(({ owner, stage }) => ({ owner, what: 'content', stages: [stage] }));
  }
}

/** What a job works on: of which kind that is. */
function needs({ value }: StandingJob): KeptKind {
  const { content } = value as { readonly content?: { readonly stage: string } };
  return content ? kindOf(content.stage) : 'original';
}

/** Of which kind a content is, by its stage without the number of an attempt. */
export function kindOf(stage: string): KeptKind {
  const name = stage.replace(/~\d+$/, '');
  if (name === 'original' || name === 'proof' || name === 'edited' || name === 'difference') return 'original';
  return name === 'canonical' || name === 'report' || name === 'detail' ? 'canonical' : 'outputs';
}
