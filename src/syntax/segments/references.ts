const REMEMBERED = 100_000; // references of messages and groups that are compared in an interchange: memory is bounded

/** The references that an interchange has given. */
export class References {
  #first = '';
  #others: Set<string> | undefined; // most have none

  /** Remembers one; true: it was given before. */
  isAgain(key: string): boolean {
    if (key === this.#first || this.#others?.has(key)) return true;
    if (this.#first === '') this.#first = key;
    else if ((this.#others ??= new Set()).size < REMEMBERED) this.#others.add(key);
    return false;
  }

  clear(): void {
    this.#first = '';
    this.#others = undefined;
  }
}
