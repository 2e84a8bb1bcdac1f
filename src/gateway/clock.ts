import { codes } from '../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { ReadStore } from '../store/store.ts';
import type { Report } from './delivery/dispatch.ts';

const tolerated = 60_000; // ms by which clocks are corrected
const pause = 60_000; // ms until it is looked again

/** Of when the newest entry of the log is, in ms since 1970; 0 where there is none. */
export async function newestEntry(store: Pick<ReadStore, 'size' | 'counting'>): Promise<number> {
  const size = await store.size();
  const [step] = size === 0 ? [] : await store.counting.steps(size - 1, 1);
  return step ? Date.parse(step.at) : 0;
}

/** What there is to say where the log is ahead of the clock: entries are never older than the one before, so each follows by a millisecond. */
export function clockBehind(newest: number, now: number): Diagnostic | undefined {
  if (newest - now <= tolerated) return undefined;
  return finding('STORE_CLOCK', { at: new Date(newest).toISOString(), seconds: String(Math.round((newest - now) / 1_000)) });
}

export interface ClockOf {
  readonly store: Pick<ReadStore, 'size' | 'counting'>;
  readonly report: Report;
  readonly now: () => number;
}

/** Tells the operator's log when the clock is behind the log, and when it has caught up. */
export class ClockWatch {
  readonly #of: ClockOf;
  #timer: NodeJS.Timeout | undefined;
  #isBehind = false;

  constructor(of: ClockOf) {
    this.#of = of;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), pause).unref();
    void this.look();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async look(): Promise<void> {
    const { store, now, report } = this.#of;
    const newest = await newestEntry(store).catch(() => undefined); // a store that cannot be read is told by whoever needs it
    if (newest === undefined) return;
    const found = clockBehind(newest, now());
    if ((found !== undefined) === this.#isBehind) return;
    this.#isBehind = found !== undefined;
    const { actor, retry } = codes.STORE_CLOCK;
    report(found ? { event: 'clock behind the log', code: found.code, actor, retry, ...found.args } : { event: 'clock has caught up with the log' });
  }
}
