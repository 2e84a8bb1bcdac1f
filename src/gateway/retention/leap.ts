import { codes } from '../../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ReadStore } from '../../store/store.ts';
import type { Report } from '../delivery/dispatch.ts';

const day = 86_400_000; // ms
const leap = 7 * day; // between two entries of the log: a clock that was set forward, or a long standstill

/** Of when the entry before a leap is, in ms since 1970; undefined where the log of the last day follows what came before it. */
export async function leapIn(store: Pick<ReadStore, 'size' | 'counting'>, now: number): Promise<number | undefined> {
  const entries = await store.size();
  const at = async (index: number): Promise<number> => Date.parse((await store.counting.steps(index, 1))[0]!.at);
  let [low, high] = [0, entries];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await at(middle)) < now - day) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return undefined;
  const before = await at(low - 1);
  return (low < entries ? await at(low) : now) - before > leap ? before : undefined;
}

export interface LeapOf {
  readonly store: Pick<ReadStore, 'size' | 'counting'>;
  readonly report: Report;
  readonly now: () => number;
}

/**
 * Holds erasure up for a day where the clock has leapt: by one that is wrong everything is due, and what is erased does not come back. Where a
 * gateway really stood still for so long, a day later is soon enough.
 */
export class LeapGuard {
  readonly #of: LeapOf;
  readonly #uptime: () => number;
  #before: number | undefined; // the leap that is known
  #since = 0; // of the uptime
  found: Diagnostic | undefined; // while erasure waits

  constructor(of: LeapOf, uptime: () => number = () => performance.now()) {
    this.#of = of;
    this.#uptime = uptime;
  }

  async holds(): Promise<boolean> {
    const { store, now, report } = this.#of;
    const before = await leapIn(store, now());
    const isNew = before !== undefined && before !== this.#before;
    this.#before = before;
    if (isNew) this.#since = this.#uptime();
    const isHeld = before !== undefined && this.#uptime() - this.#since < day;
    this.found = isHeld ? finding('RETENTION_CLOCK', { at: new Date(before).toISOString() }) : undefined;
    const { actor, retry } = codes.RETENTION_CLOCK;
    if (isNew) report({ event: 'nothing is erased for a day', code: 'RETENTION_CLOCK', actor, retry, ...this.found!.args });
    return isHeld;
  }
}
