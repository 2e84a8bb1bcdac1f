import { finding } from '../diagnostics/diagnostic.ts';
import type { Admission, Pressure } from '../gateway/intake/door.ts';
import type { Limits } from '../partners/limits.ts';
import { ProblemException } from './problem.ts';

/** The bodies that are being received, by caller: one that sends slowly in many places at once does not crowd out the others. */
export class Uploads {
  readonly #open = new Map<string, number>();
  readonly #held = new Map<string, number>(); // bytes

  /** Charges a caller with bytes that have come; false where it would hold more than its `share`. */
  hold(caller: string, bytes: number, share: number): boolean {
    const held = (this.#held.get(caller) ?? 0) + bytes;
    if (held > share) return false;
    this.#held.set(caller, held);
    return true;
  }

  give(caller: string, bytes: number): void {
    const left = (this.#held.get(caller) ?? 0) - bytes;
    if (left > 0) this.#held.set(caller, left);
    else this.#held.delete(caller);
  }

  /** Counts one more; ends the request where there are `most` already. */
  begin(caller: string, most: number): Upload {
    const count = this.#open.get(caller) ?? 0;
    if (count >= most) throw new ProblemException(finding('WEB_UPLOADS', { limit: String(most) }), {}, 5);
    this.#open.set(caller, count + 1);
    return new Upload(this, caller);
  }

  end(caller: string): void {
    const left = this.#open.get(caller)! - 1;
    if (left === 0) this.#open.delete(caller);
    else this.#open.set(caller, left);
  }
}

/** A body that is being received, and then held until its answer is out: by the gateway, and by its caller. */
export class Upload {
  readonly #uploads: Uploads;
  readonly #caller: string;
  #admission: Admission | undefined;
  #share = 0; // bytes
  #held = 0;
  #isReceived = false;

  constructor(uploads: Uploads, caller: string) {
    this.#uploads = uploads;
    this.#caller = caller;
  }

  /** Of the room for bodies one caller has half at most, or one body: with a few large ones that it does not end it would shut out all others. */
  admitted(admission: Admission, { body, inFlight }: Pick<Limits, 'body' | 'inFlight'>): void {
    this.#admission = admission;
    this.#share = Math.max(body, inFlight / 2);
  }

  /** Takes so many bytes more: they have come. */
  more(bytes: number): Pressure | undefined {
    if (!this.#uploads.hold(this.#caller, bytes, this.#share))
      return { finding: finding('GATEWAY_BUSY', { reason: `more than ${Math.floor(this.#share)} bytes of this caller are being received` }), retryAfter: 5 };
    this.#held += bytes;
    return this.#admission!.more(bytes);
  }

  /** It came, or it does not come any more. */
  received(): void {
    if (!this.#isReceived) this.#uploads.end(this.#caller);
    this.#isReceived = true;
  }

  /** It was answered. */
  release(): void {
    this.received();
    if (this.#held > 0) this.#uploads.give(this.#caller, this.#held);
    this.#held = 0;
    this.#admission?.release();
  }
}
