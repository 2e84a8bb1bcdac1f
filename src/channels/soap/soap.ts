import type { ChannelKind, Handed, Parcel } from '../channel.ts';
import { settingsFault } from '../faults.ts';
import { exchange, type HttpSettings, type Payload, type Reply } from '../push/exchange.ts';
import { openConnections } from '../push/http.ts';
import { judge } from '../push/push.ts';
import { headerLines } from '../push/signature.ts';
import type { Surroundings } from '../channel.ts';
import { faultCode, readAnswer } from './answer.ts';
import { writeEnvelope, type Template } from './envelope.ts';
import { place, Unplaceable } from './place.ts';

/** What `http` is told, and the envelope. */
export interface SoapSettings extends HttpSettings, Omit<Template, 'version'> {
  readonly version?: Template['version'];
  readonly action?: string;
  readonly accepted?: { readonly element: string; readonly values: readonly string[] };
}

/** Pushes each parcel to its party in a SOAP envelope. */
export const soap: ChannelKind<SoapSettings> = {
  kind: 'soap',
  outgoing(settings, _party, surroundings) {
    const connections = openConnections();
    return {
      async send(parcel, signal) {
        const payload = await envelop(settings, parcel, surroundings);
        if ('state' in payload) return payload;
        const reply = await exchange(settings, parcel, payload, connections, surroundings, signal);
        return 'state' in reply ? reply : judgeEnvelope(reply, parcel, settings, surroundings.now());
      },
      close: () => Promise.resolve(connections.close()),
    };
  },
};

async function envelop(settings: SoapSettings, parcel: Parcel, { now, secret }: Surroundings): Promise<Payload | Extract<Handed, { state: 'failed' }>> {
  const { version = '1.2', action } = settings;
  const contentId = `${parcel.delivery}.${parcel.attempt}@portolan`;
  const [media, headers] =
    version === '1.1'
      ? ['text/xml; charset=utf-8', { soapaction: `"${action ?? ''}"` }]
      : [`application/soap+xml; charset=utf-8${action === undefined ? '' : `; action="${action}"`}`, {}];
  try {
    const envelope = writeEnvelope({ ...settings, version }, parcel, contentId, now(), secret);
    const document = { media: parcel.media, size: parcel.size, chunks: () => parcel.chunks() };
    return { ...(await place(envelope, document, media, contentId)), headers };
  } catch (error) {
    if (error instanceof Unplaceable) return { state: 'failed', code: 'SEND_CONTENT', reason: error.message };
    return { state: 'failed', ...settingsFault(error) };
  }
}

/** A fault decides, whatever the status; then the element by which the party says that it took it; then the status. */
function judgeEnvelope(reply: Reply, parcel: Parcel, settings: SoapSettings, now: number): Handed {
  const { answer } = reply;
  const judged = judge(reply, parcel, settings, now);
  const said = answer.body.length > 0 && !answer.cut ? readAnswer(answer.body, headerLines(answer.raw).get('content-type')?.[0] ?? '') : undefined;
  const shown = { ...(reply.proof && { proof: reply.proof }), detail: { status: answer.status } };
  if (said?.fault) {
    const { code, subcodes, reason } = said.fault;
    const wait = judged.state === 'failed' ? judged.retryAfter : undefined;
    return {
      state: 'failed',
      code: faultCode(said.fault),
      reason: `${[code, ...subcodes].join('.')}: ${reason.slice(0, 1024)}`,
      ...(wait !== undefined && { retryAfter: wait }),
      ...shown,
    };
  }
  if (judged.state !== 'delivered') return judged;
  if (answer.body.length > 0 && said === undefined) return { state: 'failed', code: 'SEND_ANSWER', reason: 'it is no SOAP envelope', ...shown };
  const { accepted } = settings;
  const value = accepted && said?.texts.get(accepted.element);
  if (accepted && value === undefined) return { state: 'failed', code: 'SEND_ANSWER', reason: `it has no ${accepted.element}`, ...shown };
  if (accepted && !value?.every((one) => accepted.values.includes(one))) {
    return { state: 'failed', code: 'SEND_REFUSED', reason: `${accepted.element} is ${value?.join(', ') ?? ''}`, ...shown };
  }
  return judged;
}
