import type { Code } from '../../diagnostics/codes.ts';
import type { DeliveryTerms } from '../../partners/delivery.ts';
import type { Claim, Lane } from '../../store/queue.ts';
import { closed, type Circuit } from './breaker.ts';

/** A party for which something waits, is under way, or went wrong. */
export interface Party {
  readonly id: string;
  circuit: Circuit;
  readonly quick: Strand;
  readonly bulk: Strand; // what is large goes beside what is small, never before it
  timer: NodeJS.Timeout | undefined;
}

export interface Strand {
  running: number;
  due: number; // of the first that waits; Infinity: none
}

/** How it stands with a party, for those who watch. */
export interface PartyStatus {
  readonly party: string;
  readonly channel: string;
  readonly circuit: Circuit['state'];
  readonly failures: number;
  readonly code: Code | null; // of the last failure
  readonly running: number;
  readonly until: string | null; // nothing is tried before
  readonly why: 'circuit' | 'hours' | null;
}

export const quickLanes: readonly Lane[] = [0, 1];
export const bulkLanes: readonly Lane[] = [2];
const allLanes: readonly Lane[] = [0, 1, 2];

export const newParty = (id: string): Party => ({
  id,
  circuit: closed,
  quick: { running: 0, due: Infinity },
  bulk: { running: 0, due: Infinity },
  timer: undefined,
});

/** What it may be given now: as many as were agreed, one of what is large beside them, and less where something went wrong. */
export function claimsOf({ id, circuit, quick, bulk }: Party, { concurrency, ordered }: DeliveryTerms): Claim[] {
  const running = quick.running + bulk.running;
  if (circuit.state === 'trial' || ordered) return running > 0 ? [] : [{ queue: id, lanes: allLanes, limit: 1 }];
  const few = circuit.failures > 0 ? 1 : concurrency;
  const strands = [
    { queue: id, lanes: quickLanes, limit: few - quick.running },
    { queue: id, lanes: bulkLanes, limit: 1 - bulk.running },
  ];
  return strands.filter(({ limit }) => limit > 0);
}

/** When the first of what is claimed is due. */
export const dueOf = ({ quick, bulk }: Party, { lanes }: Claim): number =>
  lanes === bulkLanes ? bulk.due : lanes === quickLanes ? quick.due : Math.min(quick.due, bulk.due);
