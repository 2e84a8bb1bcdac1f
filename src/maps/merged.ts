import { KeyTable } from '../dictionary/key-table.ts';
import type { Pool } from '../dictionary/paging.ts';

const few = 8; // that are looked through: to write them down costs more

interface Known {
  readonly cls: number; // index of the class
  readonly parent: number;
  readonly key: string;
  readonly row: number;
}

/** The rows of a message with which others may merge: each by its class, its parent and its key. */
export class Merged {
  readonly #pool: Pool | undefined;
  readonly #first: Known[] = [];
  #table: KeyTable | undefined; // where there are more than a few: all of them

  constructor(pool: Pool | undefined) {
    this.#pool = pool;
  }

  /** The row that is known under a key; -1 where there is none. */
  find(cls: number, parent: number, key: string): number {
    if (this.#table) return this.#table.get(`${cls} ${parent} ${key}`) ?? -1;
    for (let i = this.#first.length - 1; i >= 0; i--) {
      const known = this.#first[i]!;
      if (known.parent === parent && known.cls === cls && known.key === key) return known.row;
    }
    return -1;
  }

  add(cls: number, parent: number, key: string, row: number): void {
    if (!this.#table && this.#first.length < few) return void this.#first.push({ cls, parent, key, row });
    if (!this.#table) {
      this.#table = new KeyTable(this.#pool);
      for (const known of this.#first) this.#table.set(`${known.cls} ${known.parent} ${known.key}`, known.row);
    }
    this.#table.set(`${cls} ${parent} ${key}`, row);
  }

  clear(): void {
    this.#table?.clear();
  }
}
