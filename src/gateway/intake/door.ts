import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Limits } from '../../partners/limits.ts';
import type { ReadStore } from '../../store/store.ts';
import { diskReason, type Disk } from './disk.ts';

/** Why nothing more is taken at present, and when to come again. */
export interface Pressure {
  readonly finding: Diagnostic;
  readonly retryAfter: number; // seconds
}

/** A request that may be taken: what it holds of the memory for bodies. */
export interface Admission {
  /** Takes so many bytes more: they have come. */
  more(bytes: number): Pressure | undefined;
  /** Gives all of them back. */
  release(): void;
}

export interface DoorOptions {
  readonly store: Pick<ReadStore, 'backlog'>;
  readonly disk: Pick<Disk, 'pressure' | 'isDue' | 'known'>;
  readonly now: () => number;
  readonly limits: () => Limits;
  /** Why nothing at all is taken. */
  readonly closed: () => { readonly reason: string; readonly retryAfter: number } | undefined | '';
}

/** When no more is taken: what comes is told when to come again instead of being taken and not worked off. */
export class Door {
  readonly #options: DoorOptions;
  #queued = 0; // interchanges without an outcome
  #queuedAt = 0;
  #commits = 0; // under way
  #oldestCommit = 0;
  #lastCommit = 0; // milliseconds it took
  #bytes = 0; // of requests being received

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Something is being committed, until the function is called that it returns. */
  committing(): () => void {
    const { now } = this.#options;
    const at = now();
    if (this.#commits++ === 0) this.#oldestCommit = at;
    return () => {
      this.#commits--;
      this.#lastCommit = now() - at;
      this.#oldestCommit = now();
    };
  }

  /** One more waits for its outcome. */
  accepted(): void {
    this.#queued++;
  }

  async admit(bytes: number): Promise<Pressure | Admission> {
    const { now, closed, disk } = this.#options;
    const limits = this.#options.limits();
    const why = closed();
    if (why) return busy(why.reason, why.retryAfter);
    const fault = disk.isDue ? await disk.pressure() : disk.known; // who must wait waits, and nobody else
    if (fault) return busy(diskReason(fault), 10);
    if (this.#commits > 0 && now() - this.#oldestCommit > limits.commit) return busy('the disk is slow', 5);
    if (this.#lastCommit > limits.commit && this.#commits > 0) return busy('the disk is slow', 5);
    if (Math.abs(now() - this.#queuedAt) > 1_000) await this.#count();
    if (this.#queued >= limits.queue) return busy(`${limits.queue} interchanges wait for their outcome`, 10);
    return this.#full(bytes) ?? new Held(this.#hold);
  }

  /** Interchanges without an outcome: counted in the store once a second, and upward in between. */
  async #count(): Promise<void> {
    const { now, store, limits } = this.#options;
    this.#queuedAt = now(); // also where the clock was set back
    this.#queued = await store.backlog('translate', limits().queue);
  }

  #full(bytes: number): Pressure | undefined {
    const { inFlight } = this.#options.limits();
    return this.#bytes + bytes > inFlight ? busy(`more than ${inFlight} bytes are being received`, 1) : undefined;
  }

  /** Fewer than none: they are given back. */
  readonly #hold = (bytes: number): Pressure | undefined => {
    const full = bytes > 0 ? this.#full(bytes) : undefined;
    if (!full) this.#bytes += bytes;
    return full;
  };
}

/** What one request holds of the memory for bodies, until it is released. */
class Held implements Admission {
  readonly #hold: (bytes: number) => Pressure | undefined;
  #bytes: number | undefined = 0;

  constructor(hold: (bytes: number) => Pressure | undefined) {
    this.#hold = hold;
  }

  more(bytes: number): Pressure | undefined {
    if (this.#bytes === undefined) return undefined;
    const full = this.#hold(bytes);
    if (!full) this.#bytes += bytes;
    return full;
  }

  release(): void {
    this.#hold(-(this.#bytes ?? 0));
    this.#bytes = undefined;
  }
}

const busy = (reason: string, retryAfter: number): Pressure => ({ finding: finding('GATEWAY_BUSY', { reason }), retryAfter });
