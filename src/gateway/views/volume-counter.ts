import type { Store } from '../../store/store.ts';
import { countPage } from './volumes.ts';

const pause = 30_000; // ms between counts that nobody asked for

/**
 * Counts the log as it grows: page by page, each with the number of its last entry in one commit. Whoever asks for volumes has them
 * counted first; in between a pause bounds what there is to do.
 */
export class VolumeCounter {
  readonly #store: Store;
  readonly #onError: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(store: Store, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.count()
        .catch(this.#onError)
        .finally(() => this.#isClosed || this.start());
    }, pause);
    this.#timer.unref();
  }

  /** Resolves when everything is counted that was in the log before. */
  async count(): Promise<void> {
    await this.#running?.catch(() => undefined);
    this.#running ??= this.#count().finally(() => (this.#running = undefined));
    await this.#running;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => undefined);
  }

  async #count(): Promise<void> {
    const { counting } = this.#store;
    const size = await this.#store.size();
    for (let from = await counting.uncounted(); from < size && !this.#isClosed; from = await counting.uncounted()) {
      const { until, volumes, tolerated } = await countPage(this.#store, from);
      await this.#store.commit({ counted: { from, until, volumes, tolerated } }); // counted by somebody else it is stale, and the next page is asked for
    }
  }
}
