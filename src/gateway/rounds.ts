import { Alerts } from './alerts/alerts.ts';
import { ClockWatch } from './clock.ts';
import type { Gateway } from './gateway.ts';
import { Quotas } from './intake/quotas.ts';
import { Sequences } from './intake/sequence.ts';
import { LeapGuard } from './retention/leap.ts';
import { RetentionSweep } from './retention/sweep.ts';
import { concernsIn } from './views/concerns.ts';
import { VolumeCounter } from './views/volume-counter.ts';

/** What a gateway does at its own pace beside the work: volumes are counted, gaps told, what was kept long enough erased, alerts sent. */
export class Rounds {
  readonly counter: VolumeCounter;
  readonly sequences: Sequences;
  readonly quotas: Quotas;
  readonly leap: LeapGuard;
  readonly #sweep: RetentionSweep;
  readonly #clock: ClockWatch;
  readonly alerts: Alerts;
  readonly #of: Gateway;
  #isLoaded = false;

  /** All of it as it is in force when it is looked at. */
  constructor(of: Gateway) {
    this.#of = of;
    this.counter = new VolumeCounter(of.store, (error) => of.report({ event: 'volumes not counted', err: String(error) }));
    this.sequences = new Sequences(of.store);
    this.quotas = new Quotas(of.store);
    this.leap = new LeapGuard(of);
    this.#sweep = new RetentionSweep(of, this.counter, this.leap);
    this.#clock = new ClockWatch(of);
    this.alerts = new Alerts(of, () => concernsIn(of));
  }

  /** To be awaited before anything is counted: what a former process counted. */
  async load(): Promise<void> {
    await Promise.all([this.sequences.load(), this.quotas.load()]);
    this.#isLoaded = true;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  start(): void {
    this.counter.start();
    this.sequences.watch(this.#of);
    this.#sweep.start();
    this.#clock.start();
    this.alerts.start();
  }

  async close(): Promise<void> {
    await this.alerts.close();
    this.sequences.close();
    this.#clock.close();
    await this.#sweep.close();
    await this.counter.close();
  }
}
