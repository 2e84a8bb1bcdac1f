import type { FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyReply {
    isUnderway: boolean; // counts
  }
}

/**
 * The requests that are being received or answered. Streams of events have no end of their own and do not count. They are counted and not
 * kept: the tables that a Set outgrows refer to those that follow, and would hold every request until all of the memory is looked through.
 */
export class Underway {
  #open = 0;
  #empty: (() => void)[] = [];

  begin(reply: FastifyReply): void {
    this.#open++;
    reply.isUnderway = true;
    reply.raw.once('close', () => this.end(reply));
  }

  end(reply: FastifyReply): void {
    if (!reply.isUnderway) return;
    reply.isUnderway = false;
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
