/** What happens to an atom of a matched unit. */
export const action = { lost: -1, selector: -2, fixed: -3, ignored: -4 } as const;

/** By atom key: the text an atom goes into, or what else becomes of it. It is asked for every atom that is read, and set when a plan is made. */
export class Actions {
  readonly #byKey = new Map<number, number>();
  #table: Int16Array | undefined; // by element and component
  #elements = 0;
  #components = 0;

  /** `action.lost` where nothing was said. */
  get(key: number): number {
    const table = this.#table ?? this.#tabulate();
    const element = key >>> 16; // `keyElement`; an array to take both from would be made for every atom
    const component = key & 0xffff;
    return element < this.#elements && component < this.#components ? table[element * this.#components + component]! : action.lost;
  }

  set(key: number, act: number): void {
    this.#byKey.set(key, act);
    this.#table = undefined;
  }

  delete(key: number): void {
    this.#byKey.delete(key);
    this.#table = undefined;
  }

  [Symbol.iterator](): IterableIterator<[key: number, act: number]> {
    return this.#byKey.entries();
  }

  #tabulate(): Int16Array {
    this.#elements = this.#components = 0;
    for (const key of this.#byKey.keys()) {
      this.#elements = Math.max(this.#elements, (key >>> 16) + 1);
      this.#components = Math.max(this.#components, (key & 0xffff) + 1);
    }
    const table = new Int16Array(this.#elements * this.#components).fill(action.lost);
    for (const [key, act] of this.#byKey) table[(key >>> 16) * this.#components + (key & 0xffff)] = act;
    return (this.#table = table);
  }
}
