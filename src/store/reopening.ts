import { isOfDisk, StoreError } from './fault.ts';
import type { Before, OwnStore } from './open.ts';
import type { Place } from './place.ts';

/** The store of an owner, which is closed where its disk fails and opened again when it is looked at. */
export class Reopening<S extends Pick<OwnStore, 'before' | 'place' | 'probe' | 'close'>> {
  readonly #open: (before?: Before) => S;
  #store: S | undefined; // undefined where it was closed, since its disk failed, and could not be opened again yet
  #before: Before | undefined;
  #isAnew = false; // it was opened again, and who asks was not told yet
  #isClosed = false;
  #probing: Promise<Place | undefined> | undefined;

  constructor(open: (before?: Before) => S) {
    this.#open = open;
    this.#store = open();
  }

  get store(): S | undefined {
    return this.#store;
  }

  get before(): Before {
    return (this.#store?.before ?? this.#before)!;
  }

  /** What is still under way in a store that was closed ends with it, whatever it says: nothing is wrong with what was asked. */
  async held<T>(work: (owned: S) => Promise<T>): Promise<T> {
    const owned = this.#store;
    try {
      if (owned) return await work(owned);
    } catch (error) {
      throw this.errorOf(error, owned);
    }
    throw this.errorOf();
  }

  /** What is told of an error of a store that may have been closed since. */
  errorOf(error?: unknown, owned?: S): unknown {
    return owned && owned === this.#store ? error : new StoreError('STORE_HALTED');
  }

  /**
   * Rejects where nothing can be written. Where the store is now, if it was opened again since the last time, as a start does, because its disk
   * had failed. Whoever asks meanwhile gets the same answer: there is one store to be closed, and one to be opened.
   */
  probe(): Promise<Place | undefined> {
    return (this.#probing ??= this.#probe().finally(() => (this.#probing = undefined)));
  }

  async #probe(): Promise<Place | undefined> {
    if (this.#isClosed) throw new StoreError('STORE_HALTED');
    try {
      await this.#store?.probe();
    } catch (error) {
      if (!isOfDisk(error)) throw error;
      const former = this.#store!;
      this.#before = former.before;
      this.#store = undefined;
      await former.close().catch(() => undefined);
      if (this.#isClosed) throw new StoreError('STORE_HALTED');
    }
    if (!this.#store) {
      this.#store = this.#open(this.#before);
      this.#isAnew = true;
      await this.#store.probe();
    }
    const place = this.#isAnew ? this.#store.place : undefined;
    this.#isAnew = false;
    return place;
  }

  /** Nothing is opened behind it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#probing?.catch(() => undefined);
    await this.#store?.close();
  }
}
