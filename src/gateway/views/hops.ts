import type { Json } from '../../store/store.ts';

/** A step of a timeline, as it is shown. */
export interface HopStep {
  readonly at: string;
  readonly kind: string;
  readonly party: string | undefined;
}

/** One hop of a message on its way: when, how long after the hop before it on the same way, and how long after the receipt. */
export interface Hop {
  readonly hop: string;
  readonly party: string | null;
  readonly at: string;
  readonly tookMs: number;
  readonly afterMs: number;
}

const looks: ReadonlySet<string> = new Set(['read', 'exported', 'erased']); // who looked at it moved nothing

/**
 * The way of a message: what happened to it first at each place, received → acknowledged → translated → sent → delivered →
 * receipt, for each party its own. Steps of a party follow that party's last, or where it has none what we did last before.
 */
export function hopsOf(receivedAt: number, steps: readonly HopStep[], sender: string | undefined): readonly Hop[] {
  const hops = new Map<string, Hop>();
  const last = new Map<string, number>(); // ms, by party; '' is the way through us
  for (const { at, kind, party } of steps) {
    const to = party === undefined || party === sender ? '' : party;
    const name = `${kind}\0${to}`;
    if (looks.has(kind) || hops.has(name)) continue;
    const ms = Date.parse(at);
    const before = last.get(to) ?? last.get('') ?? receivedAt;
    hops.set(name, { hop: kind, party: party ?? null, at, tookMs: Math.max(0, ms - before), afterMs: Math.max(0, ms - receivedAt) });
    last.set(to, ms);
  }
  return [...hops.values()];
}

export const hopsJson = (hops: readonly Hop[]): Json => hops.map((hop) => ({ ...hop }));
