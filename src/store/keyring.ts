import type { KeyObject } from 'node:crypto';
import { StoreError, type Owner } from './store.ts';
import { Wrapper, type DataKeys, type Random } from './seal.ts';
import type { Db, Statement } from './sqlite.ts';

/** The data keys of one owner, and whether their row is in the database yet. */
export interface RingEntry {
  readonly owner: Owner;
  readonly keys: DataKeys;
  readonly wrapped: Buffer;
  stored: boolean;
}

const remembered = 4096;

/** The data keys by owner: read, made, remembered for a while, forgotten on erasure. */
export class KeyRing {
  readonly #wrapper: Wrapper;
  readonly #random: Random;
  readonly #select: Statement;
  readonly #entries = new Map<Owner, RingEntry>();
  /** Pushed out before they had a row: found again as long as a batch holds them, as other keys would not open what they sealed. */
  readonly #unstored = new Map<Owner, WeakRef<RingEntry>>();
  readonly #dropped = new FinalizationRegistry<Owner>((owner) => {
    if (!this.#unstored.get(owner)?.deref()) this.#unstored.delete(owner);
  });
  #greatest: Owner; // of the owners named by time (ULIDs begin with 0 to 7): a greater one has no row yet

  constructor(db: Db, store: KeyObject, random: Random) {
    this.#wrapper = new Wrapper(store, random);
    this.#random = random;
    this.#select = db.prepare('select wrapped from data_key where owner = ?').pluck();
    this.#greatest = (db.prepare("select max(owner) from data_key where owner < '8'").pluck().get() as Owner | null) ?? '';
  }

  /** The keys of an owner that has some. Throws where their row was changed. */
  find(owner: Owner): RingEntry | undefined {
    const known = this.#entries.get(owner) ?? this.#unstored.get(owner)?.deref();
    if (known) return known;
    const wrapped = this.#select.get(owner) as Buffer | undefined;
    if (!wrapped) return undefined;
    const keys = this.#wrapper.unwrap(wrapped);
    if (!keys) throw new StoreError('STORE_CONTENT_BROKEN', { content: owner, message: 'its data key does not unwrap' });
    return this.#remember({ owner, keys, wrapped, stored: true });
  }

  /** The keys of an owner, made where there are none; the row is written with the batch that first uses them. */
  of(owner: Owner): RingEntry {
    const isNew = owner > this.#greatest && owner < '8' && !this.#entries.has(owner);
    const found = isNew ? undefined : this.find(owner);
    if (found) return found;
    if (isNew) this.#greatest = owner;
    const drawn = Buffer.from(this.#random(64));
    const keys = { record: drawn.subarray(0, 32), content: drawn.subarray(32) };
    return this.#remember({ owner, keys, wrapped: this.#wrapper.wrap(keys), stored: false });
  }

  /** The wrapped form once the content key is gone. */
  withoutContent(entry: RingEntry): Buffer {
    return this.#wrapper.wrap({ record: entry.keys.record, content: undefined });
  }

  forget(owner: Owner): void {
    this.#entries.delete(owner);
    this.#unstored.delete(owner);
  }

  #remember(entry: RingEntry): RingEntry {
    if (this.#entries.size >= remembered) this.#pushOut(this.#entries.values().next().value!);
    this.#entries.set(entry.owner, entry);
    return entry;
  }

  #pushOut(entry: RingEntry): void {
    this.#entries.delete(entry.owner);
    if (entry.stored) return;
    this.#unstored.set(entry.owner, new WeakRef(entry));
    this.#dropped.register(entry, entry.owner);
  }
}
