import type { Partner } from '../../partners/partner.ts';
import { senderOfInterchange } from '../../partners/identities.ts';
import { isTest } from '../../partners/test-mode.ts';
import type { Grade } from '../../store/store.ts';
import type { Interchange } from '../../syntax/unit.ts';

/** In which mode something was sent, and for whom. Absent: in production, for the sender itself. */
export interface Mode {
  readonly test?: boolean;
  readonly trader?: string;
}

/** As it is recorded: what is absent is not said. */
export const saidMode = ({ test, trader }: Mode): { readonly test?: true; readonly trader?: string } => ({
  ...(test === true ? { test } : {}),
  ...(trader === undefined ? {} : { trader }),
});

/** What the envelope says of it. */
export function modeOf(partner: Partner, interchange: Interchange | undefined, byTestKey?: boolean): Mode {
  const trader = interchange && senderOfInterchange(partner, interchange)?.trader?.trader;
  return { test: isTest(partner, interchange, byTestKey), ...(trader === undefined ? {} : { trader }) };
}

/** What a network sends for a trader is asserted by the network, however it itself has signed; a mere label stays one. */
export const gradeFor = (grade: Grade, { trader }: Mode): Grade => (trader !== undefined && grade !== 'D' ? 'C' : grade);
