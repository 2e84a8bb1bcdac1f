import type { ServerResponse } from 'node:http';

declare module 'node:http' {
  interface ServerResponse {
    underway?: Underway | undefined; // in which it counts
  }
}

/**
 * The requests that are being received or answered. Streams of events have no end of their own and do not count. They are counted and not
 * kept: the tables that a Set outgrows refer to those that follow, and would hold every request until all of the memory is looked through.
 */
export class Underway {
  #open = 0;
  #empty: (() => void)[] = [];

  begin(response: ServerResponse): void {
    this.#open++;
    response.underway = this;
    response.on('close', ended);
  }

  end(response: ServerResponse): void {
    if (response.underway !== this) return;
    response.underway = undefined;
    if (--this.#open > 0) return;
    for (const resume of this.#empty.splice(0)) resume();
  }

  /** Resolves when there are none, or after so many milliseconds; how many there are then. */
  async none(ms: number): Promise<number> {
    if (this.#open === 0) return 0;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#empty.push(resolve);
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    return this.#open;
  }
}

/** One listener for all: a function made for each request would be one more thing that is thrown away. */
function ended(this: ServerResponse): void {
  this.underway?.end(this);
}
