import { randomUUID } from 'node:crypto';
import type { Handed, Outgoing, Parcel, Surroundings } from '../channel.ts';
import { retryAfter, settingsFault, statusFault } from '../faults.ts';
import { exchange } from '../push/exchange.ts';
import { openConnections, type Answer, type Connections } from '../push/http.ts';
import { headerLines } from '../push/signature.ts';
import { digests, type Digest } from './algorithms.ts';
import { inForce, type Certificate, type Identity } from './certificates.ts';
import { compose, type Composed } from './compose.ts';
import { writeName, type Headers } from './headers.ts';
import { judge, type Sent } from './judge.ts';
import { isReport } from './mdn.ts';
import { open } from './open.ts';
import { keyringOf, protectionOf, type Keyring, type OutgoingSettings } from './settings.ts';
import { micOf, sizeOf } from './slices.ts';
import { awaitedIn, messageIdOf } from './waiting.ts';

const receiptLimit = 1 << 20; // bytes, unpacked
const version = '1.1'; // compression is known (RFC 5402, 5)

/** Sends each parcel as an AS2 message; what its receipt says becomes what was handed over. */
export function openOutgoing(settings: OutgoingSettings, _party: string, surroundings: Surroundings): Outgoing {
  const connections = openConnections();
  const parsed = new Map<string, Certificate | Identity>();
  keyringOf(settings, surroundings.secret, parsed); // what cannot be read is told at once
  return {
    async send(parcel, signal) {
      let keyring: Keyring;
      try {
        keyring = keyringOf(settings, surroundings.secret, parsed);
      } catch (error) {
        return { state: 'failed', ...settingsFault(error) };
      }
      return sendWith({ settings, keyring, parcel, surroundings, connections, signal });
    },
    close: () => Promise.resolve(connections.close()),
  };
}

interface Sending {
  readonly settings: OutgoingSettings;
  readonly keyring: Keyring;
  readonly parcel: Parcel;
  readonly surroundings: Surroundings;
  readonly connections: Connections;
  readonly signal: AbortSignal;
}

/**
 * With the certificates in force. A partner that has not yet heard of ours, or no longer has its own, says so by its
 * disposition: then once with the one beside it, where there is one.
 */
async function sendWith(sending: Sending): Promise<Handed> {
  const { settings, keyring, surroundings } = sending;
  const { sign, encrypt } = protectionOf(settings);
  const signers = sign === undefined ? [undefined] : inForce(keyring.ours, 'signature', surroundings.now());
  const recipients =
    encrypt === undefined
      ? [undefined]
      : inForce(keyring.theirs, 'encryption', surroundings.now()).filter(({ x509 }) => x509.publicKey.asymmetricKeyType === 'rsa');
  const lacks =
    signers.length === 0
      ? 'no certificate of ours is valid'
      : recipients.length === 0
        ? 'no RSA certificate of the partner is valid for encryption'
        : undefined;
  if (lacks !== undefined) return { state: 'failed', code: 'SEND_SETTINGS', reason: lacks };
  const first = await sendAs(sending, signers[0], recipients[0]);
  if (first.state !== 'failed' || first.code !== 'AS2_REFUSED') return first;
  if (/authentication-failed/i.test(first.reason) && signers[1]) return sendAs(sending, signers[1], recipients[0]);
  if (/decryption-failed/i.test(first.reason) && recipients[1]) return sendAs(sending, signers[0], recipients[1]);
  return first;
}

async function sendAs(sending: Sending, signer: Identity | undefined, recipient: Certificate | undefined): Promise<Handed> {
  const { settings, keyring, parcel, surroundings, connections, signal } = sending;
  const { wanted = 'synchronous', signed = true } = settings.receipt ?? {};
  const now = surroundings.now();
  const messageId = messageIdOf(parcel.delivery, settings.us.name);
  const payload = { bytes: [await parcel.bytes()], media: parcel.media, name: parcel.filename };
  const message = await compose(payload, protectionOf(settings), { signer, recipient, boundary: randomUUID(), now });
  const sent: Sent = { messageId, signed, mic: (digest) => micOf(digest, message.micOver) };
  if (wanted === 'asynchronous') await remember(sent, settings, surroundings, parcel.delivery);
  const headers = headersOf(message, settings, messageId, now);
  const { receipt: _, ...reached } = settings; // it means something else over plain HTTP
  const reply = await exchange(
    reached,
    parcel,
    { media: headers['content-type']!, size: sizeOf(message.body), headers, chunks: () => inTurn(message.body) },
    connections,
    surroundings,
    signal,
  );
  if ('state' in reply) return reply;
  const { answer } = reply;
  if (answer.body.length > 0) {
    const opened = await open(fieldsOf(answer), answer.body, { ...keyring, now, limit: receiptLimit });
    const about = opened.opened ? isReport(opened.content) : wanted === 'synchronous' && isSuccess(answer);
    if (about) return judge(opened, sent);
  }
  const status = { status: answer.status };
  if (!isSuccess(answer)) {
    const wait = retryAfter(headerLines(answer.raw).get('retry-after')?.[0], now);
    return {
      state: 'failed',
      code: statusFault(answer.status),
      reason: `${answer.status} ${answer.message}`,
      ...(wait !== undefined && { retryAfter: wait }),
      detail: status,
    };
  }
  if (wanted === 'asynchronous') return { state: 'sent', detail: { ...status, messageId } };
  if (wanted === 'none') return { state: 'delivered', detail: { ...status, messageId } };
  return { state: 'failed', code: 'SEND_ANSWER', reason: 'the answer holds no receipt', detail: status };
}

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

const fieldsOf = ({ raw }: Answer): Headers => Object.fromEntries([...headerLines(raw)].map(([name, values]) => [name, values[0]]));

async function* inTurn(parts: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(part);
}

/** Before it is sent: the receipt may come before the answer does. */
async function remember(sent: Sent, settings: OutgoingSettings, { data, now }: Surroundings, delivery: string): Promise<void> {
  const { sign } = protectionOf(settings);
  const mics: Record<string, string> = {};
  for (const digest of new Set<Digest>([sign?.digest ?? 'sha256', 'sha256', 'sha1'])) mics[digest] = (await sent.mic(digest))!;
  await (await awaitedIn(data)).put(delivery, { messageId: sent.messageId, signed: sent.signed, at: now(), mics });
}

function headersOf({ fields }: Composed, settings: OutgoingSettings, messageId: string, now: number): Record<string, string> {
  const { us, partner, subject, receipt = {} } = settings;
  const { wanted = 'synchronous', signed = true, url } = receipt;
  const micalg = digests[protectionOf(settings).sign?.digest ?? 'sha256'].micalg;
  return {
    accept: '*/*',
    ...Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value])),
    'mime-version': '1.0',
    'as2-version': version,
    'as2-from': writeName(us.name),
    'as2-to': writeName(partner.name),
    'message-id': messageId,
    date: new Date(now).toUTCString(),
    ...(subject === undefined ? {} : { subject }),
    ...(wanted === 'none' ? {} : { 'disposition-notification-to': writeName(us.name) }),
    ...(wanted === 'none' || !signed
      ? {}
      : { 'disposition-notification-options': `signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, ${micalg}` }),
    ...(wanted === 'asynchronous' && url !== undefined ? { 'receipt-delivery-option': url } : {}),
  };
}
