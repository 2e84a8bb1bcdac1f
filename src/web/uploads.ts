import { finding } from '../diagnostics/diagnostic.ts';
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

  /** Counts one more, until the function is called that it returns; ends the request where there are `most` already. */
  begin(caller: string, most: number): () => void {
    const count = this.#open.get(caller) ?? 0;
    if (count >= most) throw new ProblemException(finding('WEB_UPLOADS', { limit: String(most) }), {}, 5);
    this.#open.set(caller, count + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = this.#open.get(caller)! - 1;
      if (left === 0) this.#open.delete(caller);
      else this.#open.set(caller, left);
    };
  }
}
