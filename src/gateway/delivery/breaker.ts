import { codes, type Code } from '../../diagnostics/codes.ts';
import type { CircuitTerms } from '../../partners/delivery.ts';

/**
 * Whether a party's channel is tried at all. After so many failures in a row, as was agreed, it opens: what is for the party waits, and no wait is
 * counted as an attempt. When the pause is over one delivery goes out on trial; it closes the circuit, or opens it for longer.
 */
export interface Circuit {
  readonly state: 'closed' | 'open' | 'trial';
  readonly failures: number; // of the channel, in a row
  readonly until: number; // of an open circuit, ms since 1970
  readonly code?: Code; // of the last failure
}

export const closed: Circuit = { state: 'closed', failures: 0, until: 0 };

/**
 * After one more failure of the channel. What a person must mend opens the circuit at once: each delivery that is tried meanwhile is one
 * more that has to be replayed. `seed`: whatever differs, so that those that fell together do not come back together.
 */
export function afterFailure(circuit: Circuit, code: Code, { failures: most, pause, longest }: CircuitTerms, now: number, seed: number): Circuit {
  if (circuit.state === 'open') return circuit; // one that was under way when it opened
  const failures = Math.max(circuit.failures + 1, codes[code].retry === 'backoff' ? 0 : most);
  if (failures < most) return { state: 'closed', failures, until: 0, code };
  const wait = Math.min(pause * 2 ** Math.min(failures - most, 20), longest);
  const spread = ((seed * 2_654_435_761) % 2 ** 32) / 2 ** 32;
  return { state: 'open', failures, until: now + Math.round(wait * (1 + spread / 4)), code };
}

/** The pause is over: the next delivery is a trial. */
export const onTrial = (circuit: Circuit): Circuit => ({ ...circuit, state: 'trial' });
