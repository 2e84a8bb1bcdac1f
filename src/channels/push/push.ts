import type { ChannelKind, Handed, Parcel } from '../channel.ts';
import { retryAfter, statusFault } from '../faults.ts';
import { exchange, type HttpSettings, type Reply } from './exchange.ts';
import { openConnections } from './http.ts';
import { headerLines } from './signature.ts';

const repeated = 1024; // bytes of an answer that a reason repeats

/** Pushes each parcel to its party, as it is, by POST. */
export const http: ChannelKind<HttpSettings> = {
  kind: 'http',
  outgoing(settings, _party, surroundings) {
    const connections = openConnections();
    return {
      async send(parcel, signal) {
        const payload = { media: parcel.media, size: parcel.size, chunks: () => parcel.chunks() };
        const reply = await exchange(settings, parcel, payload, connections, surroundings, signal);
        return 'state' in reply ? reply : judge(reply, parcel, settings, surroundings.now());
      },
      close: () => Promise.resolve(connections.close()),
    };
  },
};

/** What an answer says of the delivery. */
export function judge(reply: Reply, { delivery }: Parcel, { receipt }: HttpSettings, now: number): Handed {
  const { answer, proof, signer, unsigned } = reply;
  const { status } = answer;
  const before = status === 409 && names(reply, delivery);
  const detail = { status, ...(signer !== undefined && { signer }), ...(unsigned !== undefined && { unsigned }), ...(before && { before }) };
  const shown = { detail, ...(proof && { proof }) };
  if (before || (status >= 200 && status < 300)) {
    if (receipt?.required !== true || signer !== undefined) return { state: 'delivered', ...shown };
    return { state: 'failed', code: 'SEND_ANSWER', reason: `it holds no receipt: ${unsigned ?? 'it is not signed'}`, ...shown };
  }
  const wait = retryAfter(headerLines(answer.raw).get('retry-after')?.[0], now);
  return { state: 'failed', code: statusFault(status), reason: reasonOf(reply), ...(wait !== undefined && { retryAfter: wait }), ...shown };
}

/** Whether the other side names our delivery: then it is one that it has already, and no conflict. */
function names({ answer }: Reply, delivery: string): boolean {
  const header = headerLines(answer.raw).get('portolan-delivery');
  if (header !== undefined) return header.includes(delivery);
  return new RegExp(`(?<![A-Za-z0-9-])${delivery}(?![A-Za-z0-9-])`).test(answer.body.toString('utf8'));
}

/** Status and the beginning of the body, on one line. */
function reasonOf({ answer: { status, message, body } }: Reply): string {
  const text = body
    .subarray(0, repeated)
    .toString('utf8')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\uFFFD+$/, '')
    .trim();
  return `${status} ${message}`.trim() + (text === '' ? '' : `: ${text}`);
}
