/** What is looked at again and again by one at a time, however many there are in this process: `lock` names it. */
export interface PollOptions {
  readonly lock: string;
  readonly every: number; // seconds
  /** Returns the seconds until the next look, where it is not the usual time. */
  readonly round: (signal: AbortSignal) => Promise<number | undefined>;
  /** After so many looks that failed one after the other. Returns the seconds until the next, where it is not the usual time. */
  readonly failed: (error: unknown, failures: number) => number | undefined;
}

const held = new Map<string, Promise<void>>();

/** Looks at once, then every so often, and sooner where told. A look that fails is told, and never the last. */
export class Poll {
  readonly #options: PollOptions;
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  #wake: () => void = () => undefined;
  #hinted = false;

  constructor(options: PollOptions) {
    this.#options = options;
    const before = held.get(options.lock) ?? Promise.resolve();
    this.#done = before.then(() => this.#run());
    held.set(options.lock, this.#done);
  }

  soon(): void {
    this.#hinted = true;
    this.#wake();
  }

  /** Brings the look that is under way to the end of its file. */
  async close(): Promise<void> {
    this.#end.abort();
    this.#wake();
    await this.#done;
    if (held.get(this.#options.lock) === this.#done) held.delete(this.#options.lock);
  }

  async #run(): Promise<void> {
    const { round, failed, every } = this.#options;
    const { signal } = this.#end;
    let failures = 0;
    while (!signal.aborted) {
      this.#hinted = false;
      let wait: number | undefined;
      let isBound = false; // a hint does not shorten the time that is asked for
      try {
        wait = await round(signal);
        isBound = wait !== undefined;
        failures = 0;
      } catch (error) {
        if (!signal.aborted) wait = failed(error, ++failures);
        isBound = wait !== undefined;
      }
      await this.#sleep((wait ?? every) * 1_000, isBound);
    }
  }

  async #sleep(ms: number, isBound: boolean): Promise<void> {
    if (this.#end.signal.aborted || (this.#hinted && !isBound)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (isBound && !this.#end.signal.aborted) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }
}
