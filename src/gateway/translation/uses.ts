import type { Translator } from './translator.ts';

/** Who works by which translator: one that was replaced is closed when nobody works by it any more. */
export class Uses {
  readonly #uses = new Map<Translator, Set<Promise<unknown>>>();
  readonly #retiring = new Set<Promise<void>>();

  /** One piece of work is done by one translator and its partners from its beginning to its end, whatever is put in force meanwhile. */
  async using<T>(translator: Translator, work: (translator: Translator) => Promise<T>): Promise<T> {
    const uses = this.#uses.get(translator) ?? new Set();
    this.#uses.set(translator, uses);
    const use = work(translator.asItIs?.() ?? translator);
    uses.add(use);
    return use.finally(() => uses.delete(use));
  }

  retire(translator: Translator): void {
    const retired = (async () => {
      await Promise.allSettled([...(this.#uses.get(translator) ?? [])]);
      this.#uses.delete(translator);
      await translator.close();
    })();
    this.#retiring.add(retired);
    void retired.finally(() => this.#retiring.delete(retired));
  }

  /** Resolves when all that were replaced are closed. */
  async retired(): Promise<void> {
    await Promise.all([...this.#retiring]);
  }
}
