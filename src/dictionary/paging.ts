/** Where goes what has no room in memory: a file, for whoever may write one. It is plain data, as `structuredClone` takes it. */
export interface Spill {
  /** Keeps data; `instead` of earlier data it takes its number. The number under which it is found. */
  put(data: unknown, instead?: number): number;
  get(number: number): unknown;
  /** It is wanted no more. */
  free(number: number): void;
}

/** What a pool sees of a page. */
interface Held {
  size: number; // bytes in memory, estimated
  used: boolean; // since the hand passed
  leave(spill: Spill): void;
}

/**
 * Memory that tables share. Beyond the budget pages leave for the spill, those first that were not used since they were last
 * looked at (the clock algorithm), and come back when they are asked for. What a table holds is the same either way.
 */
export class Pool {
  readonly #spill: Spill;
  readonly #budget: number;
  readonly grain: number;
  readonly #held: Held[] = [];
  #hand = 0;
  #size = 0;

  /** `budget`: bytes. `grain`: entries of a page; a power of two. */
  constructor(spill: Spill, budget: number, grain = 512) {
    this.#spill = spill;
    this.#budget = budget;
    this.grain = grain;
  }

  get spill(): Spill {
    return this.#spill;
  }

  admit(page: Held): void {
    this.#held.push(page);
    this.weigh(page, page.size, 0);
  }

  /** A page has another size now; what it says of itself is `size`. */
  weigh(page: Held, size: number, before = page.size): void {
    page.size = size;
    this.#size += size - before;
    while (this.#size > this.#budget && this.#held.length > 1) this.#turn(page);
  }

  forget(pages: ReadonlySet<Held>): void {
    let kept = 0;
    for (const each of this.#held) {
      if (pages.has(each)) this.#size -= each.size;
      else this.#held[kept++] = each;
    }
    this.#held.length = kept;
    this.#hand = 0;
  }

  /** Looks at one page: it leaves, or gets a second chance. `staying` is being worked on. */
  #turn(staying: Held): void {
    this.#hand = (this.#hand + 1) % this.#held.length;
    const page = this.#held[this.#hand]!;
    if (page === staying) return;
    if (page.used) page.used = false;
    else {
      page.leave(this.#spill);
      this.#size -= page.size;
      this.#held[this.#hand] = this.#held.at(-1)!;
      this.#held.pop();
    }
  }
}

/** Data in memory, or out of it. */
class Page<C> implements Held {
  content: C | undefined;
  size: number;
  used = true;
  changed = true;
  #number: number | undefined;

  constructor(content: C, size: number) {
    this.content = content;
    this.size = size;
  }

  leave(spill: Spill): void {
    if (this.changed) this.#number = spill.put(this.content, this.#number);
    this.content = undefined;
    this.changed = false;
  }

  forget(spill: Spill | undefined): void {
    if (this.#number !== undefined) spill?.free(this.#number);
  }

  back(spill: Spill): C {
    return (this.content = spill.get(this.#number!) as C);
  }
}

/**
 * Pages of one table. What `read` and `change` give is good until the next page is asked for, of this or any other table: it
 * may then be out of memory, and a change of it would be lost.
 */
export class Pages<C> {
  readonly #pool: Pool | undefined;
  readonly #pages: Page<C>[] = []; // where there is a pool
  #here: C[] = []; // where there is none: then nothing ever leaves
  #near = -1; // of those, the number of the one that was asked for last: most often it is asked for again
  #page: C | undefined; // which is this

  constructor(pool: Pool | undefined) {
    this.#pool = pool;
  }

  get length(): number {
    return this.#pool ? this.#pages.length : this.#here.length;
  }

  /** Adds a page after the last. `size`: bytes, estimated. */
  add(content: C, size: number): void {
    if (!this.#pool) return void this.#here.push(content);
    const page = new Page(content, size);
    this.#pages.push(page);
    this.#pool.admit(page);
  }

  read(index: number): C {
    if (index === this.#near) return this.#page!;
    if (!this.#pool) return this.#turn(index);
    const page = this.#pages[index]!;
    page.used = true;
    return page.content ?? this.#fetch(page);
  }

  /** The same, to be written to. */
  change(index: number): C {
    if (index === this.#near) return this.#page!;
    if (!this.#pool) return this.#turn(index);
    const page = this.#pages[index]!;
    page.used = true;
    const content = page.content ?? this.#fetch(page);
    page.changed = true;
    return content;
  }

  /** Says how large a page has become, or by how much it grew. */
  weigh(index: number, size: number): void {
    this.#pool?.weigh(this.#pages[index]!, size);
  }

  /** Forgets all pages; gives back those that are in memory. */
  clear(): C[] {
    if (!this.#pool) {
      const here = this.#here;
      this.#here = [];
      this.#near = -1;
      this.#page = undefined;
      return here;
    }
    this.#pool.forget(new Set(this.#pages));
    const here: C[] = [];
    for (const page of this.#pages) {
      page.forget(this.#pool.spill);
      if (page.content !== undefined) here.push(page.content);
    }
    this.#pages.length = 0;
    return here;
  }

  #turn(index: number): C {
    this.#near = index;
    return (this.#page = this.#here[index]!);
  }

  #fetch(page: Page<C>): C {
    const content = page.back(this.#pool!.spill);
    page.used = true;
    this.#pool!.admit(page);
    return content;
  }
}
