import type { Partner } from '../../partners/partner.ts';
import { Meter, type Beyond, type Kept } from '../../partners/quotas.ts';
import type { Run } from '../../store/filings.ts';
import type { Json, ReadStore } from '../../store/store.ts';

const what = 'quota';

/** Whether a run is of a quota, and not of references. */
export const isOfQuota = ({ detail }: Pick<Run, 'detail'>): boolean => (detail as { readonly kind?: string }).kind === what;

/** What something that comes in adds to what was sent before. */
export interface Taken {
  readonly run?: Run; // for the commit that takes it
  undo(): void; // it was not taken after all
}

/**
 * What partners may send, test and production each for itself. What counts for the day is kept in the very commit that takes it in, a row for each
 * sender, so that no restart gives anybody the day once more; a minute is not worth that.
 */
export class Quotas {
  readonly #meter = new Meter();
  readonly #store: Pick<ReadStore, 'runs'>;
  #loading: Promise<void> | undefined;

  constructor(store: Pick<ReadStore, 'runs'>) {
    this.#store = store;
  }

  /** To be awaited before anything is counted: what a former process counted. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    }));
  }

  async #load(): Promise<void> {
    for (const run of await this.#store.runs()) if (isOfQuota(run)) this.#meter.restore(meterOf(run.partner, isTestIn(run)), keptIn(run));
  }

  beyond({ id, agreement }: Partner, test: boolean, now: number): Beyond | undefined {
    return this.#meter.beyond(meterOf(id, test), agreement.quota, now, id);
  }

  take({ id, agreement }: Partner, test: boolean, messages: number, bytes: number, now: number): Taken {
    const meter = meterOf(id, test);
    this.#meter.add(meter, messages, bytes, now);
    const undo = (): void => void this.#meter.add(meter, -messages, -bytes, now);
    if (agreement.quota?.messages?.day === undefined && agreement.quota?.bytes?.day === undefined) return { undo };
    return { run: { key: [what, meter].join('\0'), partner: id, detail: { kind: what, test, ...this.#meter.day(meter, now) } satisfies Json }, undo };
  }
}

const meterOf = (partner: string, test: boolean): string => (test ? `${partner} test` : partner); // no id has a blank
const isTestIn = ({ detail }: Pick<Run, 'detail'>): boolean => (detail as { readonly test?: boolean }).test === true;
const keptIn = ({ detail }: Pick<Run, 'detail'>): Kept => detail as unknown as Kept;
