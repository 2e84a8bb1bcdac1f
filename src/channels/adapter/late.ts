import type { Handed } from '../channel.ts';

/**
 * What an adapter says of deliveries for which nobody waits any more: it is for their next attempt, which then has its outcome and is not
 * told. What is said twice is for none, and what is forgotten, since there is too much of it, is told again.
 */
export interface Late {
  /** Nobody waits for this one any more. */
  giveUp(delivery: string): void;
  /** It was handed over after all. */
  heard(delivery: string, handed: Handed): void;
  /** What was heard of it; from now on it is waited for. */
  take(delivery: string): Handed | undefined;
}

/** Of so many deliveries, and with so many bytes of proofs, at most: those that came first go first. */
export function keepLate(most: number, mostBytes: number): Late {
  const kept = new Map<string, Handed | undefined>();
  let bytes = 0;
  const drop = (delivery: string): Handed | undefined => {
    const handed = kept.get(delivery);
    kept.delete(delivery);
    bytes -= sizeOf(handed);
    return handed;
  };
  return {
    giveUp(delivery) {
      drop(delivery);
      kept.set(delivery, undefined);
      if (kept.size > most) drop(kept.keys().next().value!);
    },
    heard(delivery, handed) {
      if (handed.state === 'failed' || !kept.has(delivery)) return;
      drop(delivery);
      if (sizeOf(handed) > mostBytes) return;
      kept.set(delivery, handed);
      bytes += sizeOf(handed);
      for (const [name, each] of kept) {
        if (bytes <= mostBytes) break;
        if (sizeOf(each) > 0) drop(name);
      }
    },
    take: drop,
  };
}

const sizeOf = (handed: Handed | undefined): number => (handed === undefined || handed.state === 'sent' ? 0 : (handed.proof?.bytes.length ?? 0));
