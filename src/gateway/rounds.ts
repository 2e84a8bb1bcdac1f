import type { Configuration } from '../partners/config.ts';
import type { Store } from '../store/store.ts';
import type { Report } from './delivery/dispatch.ts';
import { Quotas } from './intake/quotas.ts';
import { Sequences } from './intake/sequence.ts';
import { RetentionSweep } from './retention/sweep.ts';
import { VolumeCounter } from './views/volume-counter.ts';

/** What rounds are made of: all as it is in force when it is looked at. */
export interface RoundsOf {
  readonly store: Store;
  readonly configuration: Configuration;
  readonly now: () => number;
  readonly report: Report;
}

/** What a gateway does at its own pace beside the work: volumes are counted, gaps told, what was kept long enough erased. */
export class Rounds {
  readonly counter: VolumeCounter;
  readonly sequences: Sequences;
  readonly quotas: Quotas;
  readonly #sweep: RetentionSweep;
  readonly #of: RoundsOf;

  constructor(of: RoundsOf) {
    this.#of = of;
    this.counter = new VolumeCounter(of.store, (error) => of.report({ event: 'volumes not counted', err: String(error) }));
    this.sequences = new Sequences(of.store);
    this.quotas = new Quotas(of.store);
    this.#sweep = new RetentionSweep(of, this.counter);
  }

  start(): void {
    this.counter.start();
    this.sequences.watch(this.#of);
    this.#sweep.start();
  }

  async close(): Promise<void> {
    this.sequences.close();
    await this.#sweep.close();
    await this.counter.close();
  }
}
