import { randomFillSync } from 'node:crypto';
import { decodeTime, encodeTime, monotonicFactory } from 'ulid';

/**
 * Ids of interchanges: ULIDs, each greater than the one before it. The time in an id is the time at which the interchange
 * was received; where the clock goes back it stands still, so that ids and times have one order.
 */
export function idMaker(now: () => number): () => { readonly id: string; readonly at: number } {
  const next = monotonicFactory(pooledRandom());
  let at = 1; // a clock may be before 1970, where no id is; 0 would be taken for none
  return () => {
    at = Math.max(at, now());
    return { id: next(at), at };
  };
}

const greatest = 2 ** 48 - 1; // ms that an id can state

/** What every id of this time or later is not below. */
export const firstIdAt = (ms: number): string => encodeTime(Math.min(Math.max(Math.floor(ms), 0), greatest));

/** When the interchange was received, in ms since 1970. */
export const receivedAt = (id: string): number => decodeTime(id.slice(0, 26));

/** Numbers from 0 to below 1 out of random bytes drawn in larger pieces: an identifier asks sixteen times. */
function pooledRandom(): () => number {
  const pool = Buffer.alloc(4096);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    return pool[used++]! / 256;
  };
}
