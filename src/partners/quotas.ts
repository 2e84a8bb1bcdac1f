import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';

/** What a partner may send at most; absent: as much as it likes. */
export interface Quota {
  readonly messages?: Window;
  readonly bytes?: Window;
}

interface Window {
  readonly minute?: number;
  readonly day?: number; // UTC
}

/** A limit that is reached, and when it is no longer. */
export interface Beyond {
  readonly finding: Diagnostic;
  readonly seconds: number;
}

const windows = { minute: 60_000, day: 86_400_000 } as const;

interface Count {
  readonly begin: number;
  messages: number;
  bytes: number;
}

/**
 * Counts what partners send, by minute and by day of UTC. What is taken is counted when it was taken, so that the one that reaches a limit is
 * still taken whole, and the next is told when to come again. The counts begin anew with the process.
 */
export class Meter {
  readonly #counts = new Map<string, Count>();

  /** The limit that a partner has reached, if it has; of several the one that lasts longest. `now` in milliseconds. */
  beyond(partner: string, quota: Quota | undefined, now: number): Beyond | undefined {
    if (!quota) return undefined;
    for (const window of ['day', 'minute'] as const)
      for (const what of ['messages', 'bytes'] as const) {
        const limit = quota[what]?.[window];
        const count = this.#count(partner, window, now);
        if (limit === undefined || count[what] < limit) continue;
        const seconds = Math.ceil((count.begin + windows[window] - now) / 1_000);
        return { finding: finding('PARTNER_QUOTA', { partner, what, window, limit: String(limit), seconds: String(seconds) }), seconds };
      }
    return undefined;
  }

  add(partner: string, messages: number, bytes: number, now: number): void {
    for (const window of ['day', 'minute'] as const) {
      const count = this.#count(partner, window, now);
      count.messages += messages;
      count.bytes += bytes;
    }
  }

  #count(partner: string, window: 'minute' | 'day', now: number): Count {
    const key = `${window} ${partner}`;
    const begin = now - (now % windows[window]);
    const known = this.#counts.get(key);
    if (known?.begin === begin) return known;
    const count = { begin, messages: 0, bytes: 0 };
    this.#counts.set(key, count);
    return count;
  }
}
