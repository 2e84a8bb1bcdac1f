import type { Code } from '../diagnostics/codes.ts';
import { worded } from '../diagnostics/diagnostic.ts';
import type { Loss } from './account.ts';

/** What is done with losses: `lose` takes each as it comes; without it so many are kept, and those beyond only counted by the account. */
export interface LossOptions {
  readonly losses?: number | undefined; // kept; all where absent
  readonly lose?: ((loss: Loss) => void) | undefined;
}

/** The losses of one message, one way. */
export class Losses {
  readonly kept: Loss[] = [];
  readonly #most: number;
  readonly #lose: ((loss: Loss) => void) | undefined;

  constructor({ losses = Infinity, lose }: LossOptions) {
    this.#most = losses;
    this.#lose = lose;
  }

  /** `make` is asked only for what is told: where it stands costs more than reading it did. */
  add(code: Code, args: Readonly<Record<string, string>>, make: (code: Code, reason: string) => Loss): void {
    if (!this.#lose && this.kept.length >= this.#most) return;
    const told = make(code, worded(code, args));
    if (this.#lose) this.#lose(told);
    else this.kept.push(told);
  }
}
