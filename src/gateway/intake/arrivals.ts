import type { Arrival, Taken } from '../../channels/channel.ts';
import { sentence, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { senderOf } from '../../partners/config.ts';
import type { Gateway } from '../gateway.ts';

/** What a channel brings goes the way of every request: the same limits, receipt, duplicates and evidence. */
export async function take(gateway: Gateway, arrival: Arrival): Promise<Taken> {
  const { party, channel, about, bytes } = arrival;
  if (about) {
    const settled = await gateway.settle(party, about.delivery, channel, about.handed);
    if (!settled) return { taken: false, code: 'SEND_UNKNOWN', reason: about.delivery };
    return { taken: true, id: settled.interchange, receipt: settled.receipt ? JSON.stringify(settled.receipt) : '', duplicate: settled.duplicate };
  }
  const partner = senderOf(gateway.configuration, party);
  if (!partner) return { taken: false, code: 'SEND_SETTINGS', reason: `the configuration has no party \`${party}\`` };
  if (bytes.length === 0) return { taken: false, code: 'FETCH_EMPTY', reason: 'it has no bytes' };
  const admitted = await gateway.admit(bytes.length);
  if ('finding' in admitted) return { ...refused([admitted.finding]), retryAfter: admitted.retryAfter };
  try {
    const pressure = admitted.more(bytes.length);
    if (pressure) return { ...refused([pressure.finding]), retryAfter: pressure.retryAfter };
    const received = await gateway.submit({ bytes, partner, grade: arrival.grade, media: arrival.media, arrival });
    if (!received.accepted) return refused(received.findings);
    const { id, receipt, duplicate } = received;
    return { taken: true, id, receipt: Buffer.from(receipt).toString(), duplicate };
  } finally {
    admitted.release();
  }
}

/** By its first finding; the others are said with it. */
const refused = (findings: readonly Diagnostic[]): Extract<Taken, { taken: false }> => ({
  taken: false,
  code: findings[0]!.code,
  reason: findings.map((each) => sentence(each)).join('; '),
});
