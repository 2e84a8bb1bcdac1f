import type { FastifyReply } from 'fastify';

/** The requests that are being received or answered. Streams of events have no end of their own and do not count. */
export class Underway {
  readonly #open = new Set<FastifyReply>();
  #empty: (() => void)[] = [];

  begin(reply: FastifyReply): void {
    this.#open.add(reply);
    reply.raw.once('close', () => this.end(reply));
  }

  end(reply: FastifyReply): void {
    if (!this.#open.delete(reply) || this.#open.size > 0) return;
    for (const resume of this.#empty.splice(0)) resume();
  }

  /** Resolves when there are none, or after so many milliseconds; how many there are then. */
  async none(ms: number): Promise<number> {
    if (this.#open.size === 0) return 0;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#empty.push(resolve);
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    return this.#open.size;
  }
}
