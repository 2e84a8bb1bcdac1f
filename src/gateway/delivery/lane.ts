import type { Claimed, Job, NewJob } from '../../store/queue.ts';
import type { Store } from '../../store/store.ts';

/** Which jobs a lane takes, how many pieces of work are under way at a time, and of how many jobs one is made. */
export interface LaneTerms {
  readonly kind: string;
  readonly queue?: string; // of the kind, where it is apart from the others
  readonly width: number;
  readonly jobs: number;
  readonly ahead: number; // pieces of work that are claimed before there is room for them: one look into the queue for many
  readonly linger: number; // ms that work is given to gather
}

export interface LaneOptions {
  readonly store: Pick<Store, 'claim' | 'claimFrom' | 'nextDue'>;
  readonly now: () => number;
  readonly writable: () => Promise<void>; // resolves when something can be written
  readonly isOver: () => boolean; // nothing more is begun
  readonly work: (jobs: readonly Job[]) => Promise<void>;
  readonly failed: (error: unknown, jobs: readonly Job[]) => void; // of work, or of looking into the queue
}

const soonest = 10; // ms between two looks of which nobody asked for the second
const latest = 60_000;

/** Work of one kind. Whatever is done makes room for the next at once: what takes long holds up nobody behind it. */
export class Lane {
  readonly #terms: LaneTerms;
  readonly #options: LaneOptions;
  readonly #running = new Set<Promise<void>>();
  readonly #ahead: Job[] = []; // claimed, and not begun; what is left of them at the end is due again
  #isWoken = false;
  #resume: (() => void) | undefined;

  constructor(terms: LaneTerms, options: LaneOptions) {
    this.#terms = terms;
    this.#options = options;
  }

  /** A job of its kind was added. */
  added({ kind, queue }: NewJob): void {
    if (kind === this.#terms.kind && queue === this.#terms.queue) this.wake();
  }

  /** There may be work: look now. */
  wake(): void {
    this.#isWoken = true;
    this.#resume?.();
  }

  /** Resolves when it is over and what was under way came to its end. */
  async run(): Promise<void> {
    const { writable, isOver, failed, now } = this.#options;
    const { width, jobs, linger } = this.#terms;
    while (!isOver()) {
      try {
        await writable();
        this.#isWoken = false;
        const due = this.#ahead.length > 0 || this.#running.size >= width ? Infinity : await this.#claim();
        while (this.#running.size < width && this.#ahead.length > 0) this.#begin(this.#ahead.splice(0, jobs));
        if (due <= now() && this.#running.size < width) continue;
        await this.#idle(due);
        if (linger > 0) await new Promise((resolve) => setTimeout(resolve, linger));
      } catch (error) {
        failed(error, []);
        await this.#idle(now() + 1_000);
      }
    }
    await Promise.all(this.#running);
  }

  #begin(jobs: readonly Job[]): void {
    const { work, failed } = this.#options;
    const one = work(jobs)
      .catch((error: unknown) => failed(error, jobs))
      .finally(() => {
        this.#running.delete(one);
        this.wake();
      });
    this.#running.add(one);
  }

  /** Claims what there is room for, and when it is to be looked again: at once where there is more. */
  async #claim(): Promise<number> {
    const { kind, queue, width, jobs, ahead } = this.#terms;
    const { store } = this.#options;
    const limit = (width - this.#running.size + ahead) * jobs;
    const claimed: Claimed =
      queue === undefined
        ? await Promise.all([store.claim([kind], limit), store.nextDue([kind])]).then(([jobs, next]) => ({ jobs, ...(next !== undefined && { next }) }))
        : (await store.claimFrom(kind, [{ queue, lanes: [1], limit }]))[0]!;
    this.#ahead.push(...claimed.jobs);
    return claimed.next ?? Infinity;
  }

  async #idle(due: number): Promise<void> {
    const { isOver, now } = this.#options;
    if (isOver() || this.#isWoken) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      timer = setTimeout(resolve, Math.min(Math.max(due - now(), soonest), latest));
    });
    this.#resume = undefined;
    clearTimeout(timer);
  }
}
