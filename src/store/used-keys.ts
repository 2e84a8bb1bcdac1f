import type { KeyObject } from 'node:crypto';
import type { DuplicateKey } from './filings.ts';
import { indexHash } from './seal.ts';
import type { Owner } from './store.ts';
import type { Writes } from './writes.ts';

/** The row of a key that was used, with the content that used it. */
export interface Used {
  readonly owner: Owner;
  readonly idx: number | null;
  readonly until: number | null; // ms since 1970; for ever where null
  readonly no: number;
  readonly size: number;
  readonly salt: Buffer;
  readonly commitment: Buffer;
  readonly failed: number;
}

/** How a key is kept: beside its neighbours, and as stores before schema 9 kept it, apart from them. */
export interface KeptAs {
  readonly beside: Buffer;
  readonly apart: Buffer;
}

const varying = 2; // last characters, in which neighbours may differ
const shared = 6; // bytes of a hash that neighbours have in common

/**
 * References run on: those of one sender are used one after the other and differ in their last characters. So the first bytes of a hash are
 * those of what a key shares with its neighbours, and a new key falls on the page of the one before it. Without that each key of a store
 * of ten million messages is a page read and a page written somewhere in gigabytes.
 */
export function keepingOf(index: KeyObject): (key: string) => KeptAs {
  let last = { common: '', hash: indexHash(index, 'duplicate', '') };
  return (key) => {
    const apart = indexHash(index, 'duplicate', key);
    const common = key.slice(0, -varying);
    if (common !== last.common) last = { common, hash: indexHash(index, 'duplicate', common) };
    const beside = Buffer.from(apart);
    beside.set(last.hash.subarray(0, shared));
    return { beside, apart };
  };
}

/** What a row of a key says, in 32 bits: of all that is kept, a key alone is under no seal and in no proof, and one that is not found any more is used twice. */
function sumOf(hash: Buffer, content: number, until = -1): number {
  let sum = 0;
  for (let at = 0; at < hash.length; at += 4) sum = mixed(sum, hash.readInt32LE(at));
  for (const value of [content, until]) sum = mixed(mixed(sum, value), Math.floor(value / 2 ** 32));
  return sum;
}

/** One to one in each of the two: no change of one of them alone is lost. */
function mixed(sum: number, word: number): number {
  const product = Math.imul(sum ^ word, 0x9e3779b1);
  return product ^ (product >>> 15);
}

/** The keys that may be used once. Whoever asks is inside the transaction of `commit.ts`. */
export class UsedKeys {
  readonly #writes: Writes;
  readonly #kept: (key: string) => KeptAs;

  constructor(writes: Writes, index: KeyObject) {
    this.#writes = writes;
    this.#kept = keepingOf(index);
  }

  /** Uses a key for a content. False: it was used before, or may have been. */
  claim({ key, until }: DuplicateKey, content: number): boolean {
    const { beside, apart } = this.#kept(key);
    return this.#writes.claimKey.run(beside, content, until ?? null, sumOf(beside, content, until), apart).changes === 1;
  }

  /** Who used a key before within its window. */
  of({ key }: DuplicateKey, now: number): Used | undefined {
    const { beside, apart } = this.#kept(key);
    const row = (this.#writes.used.get(beside) ?? this.#writes.usedApart.get(apart)) as Used | undefined;
    return row && (row.until === null || row.until > now) ? row : undefined;
  }

  /** Uses a key for a content, whoever used it before. */
  take({ key, until }: DuplicateKey, content: number): void {
    const { beside } = this.#kept(key);
    this.#writes.duplicate.run(beside, content, until ?? null, sumOf(beside, content, until));
  }
}
