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
const names = ['day', 'minute'] as const; // the one that lasts longest first

interface Count {
  readonly begin: number;
  messages: number;
  bytes: number;
}

/** What was sent on the day that began then, ms since 1970. */
export type Kept = Readonly<Count>;

/**
 * Counts what partners send, by minute and by day of UTC. What is taken is counted when it was taken, so that the one that reaches a limit is
 * still taken whole, and the next is told when to come again.
 */
export class Meter {
  readonly #counts = { day: new Map<string, Count>(), minute: new Map<string, Count>() };

  /** The limit that is reached on a meter, if one is, as it is told of the partner; of several the one that lasts longest. `now` in milliseconds. */
  beyond(meter: string, quota: Quota | undefined, now: number, partner = meter): Beyond | undefined {
    if (!quota) return undefined;
    for (const window of names)
      for (const what of ['messages', 'bytes'] as const) {
        const limit = quota[what]?.[window];
        const count = this.#count(meter, window, now);
        if (limit === undefined || count[what] < limit) continue;
        const seconds = Math.ceil((count.begin + windows[window] - now) / 1_000);
        return { finding: finding('PARTNER_QUOTA', { partner, what, window, limit: String(limit), seconds: String(seconds) }), seconds };
      }
    return undefined;
  }

  add(meter: string, messages: number, bytes: number, now: number): void {
    for (const window of names) {
      const count = this.#count(meter, window, now);
      count.messages += messages;
      count.bytes += bytes;
    }
  }

  /** What was sent on that day. */
  day(meter: string, now: number): Kept {
    return { ...this.#count(meter, 'day', now) };
  }

  /** What a former process counted; of another day it is nothing any more. */
  restore(meter: string, { begin, messages, bytes }: Kept): void {
    this.#counts.day.set(meter, { begin, messages, bytes });
  }

  #count(meter: string, window: 'minute' | 'day', now: number): Count {
    const begin = now - (now % windows[window]);
    const known = this.#counts[window].get(meter);
    if (known && known.begin >= begin) return known;
    const count = { begin, messages: 0, bytes: 0 };
    this.#counts[window].set(meter, count);
    return count;
  }
}
