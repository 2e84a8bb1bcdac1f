import { Pages, type Pool } from './paging.ts';

/**
 * Texts to numbers, as many as there are: a `Map` in pages. Linear hashing: a page that should be split is split in its turn,
 * so that the table grows by one page at a time and finds a text by looking at one page.
 */
export class KeyTable {
  readonly #pages: Pages<Map<string, number>>;
  readonly #most: number; // entries of a page, on the average
  #size = 0;
  #bytes = 0; // of all texts
  #round = 1; // pages at the beginning of this round of splits
  #next = 0; // the page that is split next

  constructor(pool: Pool | undefined) {
    this.#pages = new Pages(pool);
    this.#most = pool?.grain ?? Infinity;
  }

  get(key: string): number | undefined {
    if (this.#size === 0) return undefined;
    return this.#pages.read(this.#pageOf(key)).get(key);
  }

  /** The number of the key before, if any. */
  set(key: string, value: number): number | undefined {
    if (this.#pages.length === 0) this.#pages.add(new Map(), 0); // most tables are never written to
    const at = this.#pageOf(key);
    const page = this.#pages.change(at);
    const before = page.get(key);
    page.set(key, value);
    if (before !== undefined) return before;
    this.#size++;
    this.#bytes += key.length;
    if (this.#most === Infinity) return undefined;
    this.#weigh(at, page);
    if (this.#size > this.#most * this.#pages.length) this.#split();
    return undefined;
  }

  /** Gives its memory back. It is empty then. */
  clear(): void {
    if (this.#size === 0) return;
    if (this.#pages.length === 1) {
      this.#pages.change(0).clear();
      this.#pages.weigh(0, 0);
    } else this.#pages.clear();
    this.#size = this.#bytes = this.#next = 0;
    this.#round = 1;
  }

  #pageOf(key: string): number {
    if (this.#pages.length <= 1) return 0;
    const hash = hashOf(key);
    const at = hash % this.#round;
    return at < this.#next ? hash % (this.#round * 2) : at;
  }

  /** What hashes to the second half of a doubled round goes to the new page. */
  #split(): void {
    const from = this.#next;
    const to = this.#pages.length;
    const doubled = this.#round * 2;
    const page = this.#pages.change(from);
    const moved = new Map([...page].filter(([key]) => hashOf(key) % doubled === to));
    for (const key of moved.keys()) page.delete(key);
    this.#weigh(from, page);
    this.#pages.add(moved, this.#sizeOf(moved));
    if (++this.#next < this.#round) return;
    this.#round = doubled;
    this.#next = 0;
  }

  #weigh(at: number, page: ReadonlyMap<string, number>): void {
    this.#pages.weigh(at, this.#sizeOf(page));
  }

  /** A text of average length, its header and its place in the map. */
  #sizeOf(page: ReadonlyMap<string, number>): number {
    return page.size * (64 + (this.#size === 0 ? 0 : this.#bytes / this.#size));
  }
}

/** FNV-1a over UTF-16. A sender that makes all texts collide makes one page large: it is slow then, and still right. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
