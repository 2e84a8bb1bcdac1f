import type { Code } from './codes.ts';
import { finding, type Diagnostic } from './diagnostic.ts';

/**
 * A list of findings that stays bounded whatever comes in: of each code the first so many are kept, the others counted,
 * and said at the end. What decides (is there an error?) is never among those left out: the first of each code is there.
 */
export class BoundedFindings {
  readonly #limit: number;
  readonly #kept: Diagnostic[] = [];
  #counts: Map<Code, number> | undefined; // most messages have none

  constructor(limit = 1_000) {
    this.#limit = limit;
  }

  push(diagnostic: Diagnostic): void {
    this.tell(diagnostic.code, () => diagnostic);
  }

  /** Makes the finding only where it is kept: a sender can cause more of them than it has bytes to say them with. */
  tell(code: Code, make: () => Diagnostic): void {
    const counts = (this.#counts ??= new Map());
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    if (count <= this.#limit) this.#kept.push(make());
  }

  /** What was kept, and for each code that had more how many. */
  all(): Diagnostic[] {
    if (!this.#counts || this.#kept.length === 0) return [];
    const more = [...this.#counts].filter(([, count]) => count > this.#limit);
    return [...this.#kept, ...more.map(([code, count]) => finding('FINDINGS_MORE', { code, count: String(count - this.#limit) }))];
  }
}
