/** Memory that is shared: whoever wants bytes waits until they have room beside those of others. What is alone always has. */
export class Room {
  readonly #size: number;
  readonly #waiting: (() => void)[] = [];
  #held = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Takes so many bytes; gives them back by what is returned. */
  async take(size: number): Promise<() => void> {
    while (this.#held > 0 && this.#held + size > this.#size) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#held += size;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#held -= size;
      for (const resume of this.#waiting.splice(0)) resume();
    };
  }
}
