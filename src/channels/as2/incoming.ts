import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { codes } from '../../diagnostics/codes.ts';
import { worded } from '../../diagnostics/diagnostic.ts';
import type { Arrival, HttpAnswer, HttpRequest, Incoming, Proof, Surroundings, Take } from '../channel.ts';
import { digests } from './algorithms.ts';
import { inForce, valid, type Certificate, type Identity } from './certificates.ts';
import type { Mime } from './compose.ts';
import { chooseMicalg, headerOf, readHead, writeName, type Head, type Headers, type Micalg, type ReceiptRequest } from './headers.ts';
import { judge } from './judge.ts';
import { isReport, readNotice, writeNotice } from './mdn.ts';
import { entity, fieldOf, readParameters } from './mime.ts';
import { faults, open, payloadOf, type Fault, type Layers, type Opened } from './open.ts';
import { openReceipts, type Receipts } from './receipts.ts';
import { keyringOf, requirementsOf, type IncomingSettings, type Keyring, type Requirements } from './settings.ts';
import { micOf } from './slices.ts';
import { awaitedIn, deliveryOf, type Awaited, type Kept } from './waiting.ts';

const unpackedUnlessSaid = 256; // MB

/** For which exchange a message is: who sends it, to whom of us. */
export const addressOf = (headers: HttpRequest['headers']): string | undefined => {
  const { from, to } = readHead(headers);
  return from === '' || to === '' ? undefined : address(from, to);
};
const address = (from: string, to: string): string => `${from}\0${to}`;

interface Endpoint {
  readonly settings: IncomingSettings;
  readonly party: string;
  readonly surroundings: Surroundings;
  readonly take: Take;
  readonly receipts: Receipts;
  readonly awaited: Kept<Awaited>;
  readonly keyring: () => Keyring;
}

/** Takes what a partner sends by AS2, and answers with receipts; takes its receipts for what it was sent. */
export async function openIncoming(settings: IncomingSettings, party: string, surroundings: Surroundings, take: Take): Promise<Incoming> {
  const parsed = new Map<string, Certificate | Identity>();
  const keyring = (): Keyring => keyringOf(settings, surroundings.secret, parsed);
  keyring(); // what cannot be read is told at once
  const own = address(settings.partner.name, settings.us.name);
  const folder = join(surroundings.data, 'receipts', createHash('sha256').update(own).digest('hex').slice(0, 16));
  const receipts = await openReceipts(folder, party, surroundings);
  const endpoint: Endpoint = { settings, party, surroundings, take, receipts, awaited: await awaitedIn(surroundings.data), keyring };
  const underWay = new Set<Promise<HttpAnswer>>();
  return {
    address: own,
    async answer(request) {
      const answering = answer(endpoint, request);
      underWay.add(answering);
      return answering.finally(() => underWay.delete(answering));
    },
    async close() {
      await Promise.allSettled(underWay);
      await receipts.close();
    },
  };
}

async function answer(endpoint: Endpoint, { headers, body }: HttpRequest): Promise<HttpAnswer> {
  const { settings, surroundings, keyring } = endpoint;
  const head = readHead(headers);
  const keys = keyring();
  const limit = (settings.unpacked ?? unpackedUnlessSaid) * 1_000_000;
  const opened = await open(headers, body, { ...keys, now: surroundings.now(), limit });
  if (opened.opened && isReport(opened.content)) return settle(endpoint, opened);
  if (!opened.opened && saysReport(body)) return refused(endpoint, head, opened.fault); // whatever it asks for
  if (head.messageId === '') return refused(endpoint, head, faults.malformed('it has no Message-ID'));
  return message(endpoint, { head, headers, keys, opened });
}

/** Whether what cannot be opened was meant as a receipt: then it is none, and no message either. */
const saysReport = (body: Uint8Array): boolean =>
  /disposition-notification/i.test(Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 64 * 1024)).toString('latin1'));

interface Message {
  readonly head: Head;
  readonly headers: Headers;
  readonly keys: Keyring;
  readonly opened: Opened;
}

/** Judged, taken, and only then answered. */
async function message(endpoint: Endpoint, { head, headers, keys, opened }: Message): Promise<HttpAnswer> {
  const { settings, party, take, surroundings } = endpoint;
  const { layers } = opened;
  const micalg = head.receipt && chooseMicalg(head.receipt, layers.signature?.kind.digest, (digest) => digests[digest].micalg);
  const refuse = (fault: Fault): Promise<HttpAnswer> => answerWith(endpoint, { head, keys, layers, micalg, disposition: fault.disposition, fault });
  if (head.receipt) {
    const fault = receiptFault(head.receipt, micalg, settings);
    if (fault) return refuse(fault);
  }
  if (!opened.opened) return refuse(opened.fault);
  const lacking = lacks(layers, requirementsOf(settings));
  if (lacking !== undefined) return refuse(faults.security(lacking));

  const name = nameOf(opened, headers);
  const arrival: Arrival = {
    channel: 'as2',
    party,
    grade: layers.signature ? 'A' : 'D',
    bytes: payloadOf(opened.content),
    media: opened.media,
    key: head.messageId,
    ...(name === undefined ? {} : { name }),
    ...(layers.signature ? { proof: proofOf(layers.signature) } : {}),
  };
  const taken = await take(arrival);
  // ── from here it is durable, and only now is anything said of it ──
  if (!taken.taken) {
    if (taken.retryAfter !== undefined || codes[taken.code].retry === 'backoff')
      return problem(503, taken.reason, { 'retry-after': String(taken.retryAfter ?? 60) });
    return refuse({ code: taken.code, disposition: 'processed/error: unexpected-processing-error', reason: taken.reason });
  }
  surroundings.report({ event: 'as2 taken', messageId: head.messageId, interchange: taken.id, duplicate: taken.duplicate });
  const mic = micalg && { value: await micOf(micalg.digest, opened.micOver), word: micalg.word };
  return answerWith(endpoint, { head, keys, layers, micalg, disposition: taken.duplicate ? 'processed/warning: duplicate-document' : 'processed', mic });
}

/** Whether the receipt can be made and sent as it is asked for. */
function receiptFault({ signed, format, micalgs, url }: ReceiptRequest, micalg: Micalg | undefined, { receipts = [] }: IncomingSettings): Fault | undefined {
  if (signed === 'required' && !format) return faults.format('the only format that is known here is pkcs7-signature');
  if (!micalg) return faults.micalg(`none of ${micalgs.join(', ')} is known here`);
  if (url === undefined) return undefined;
  const allowed = URL.canParse(url) && receipts.includes(new URL(url).origin);
  return allowed
    ? undefined
    : {
        code: 'AS2_RECEIPT_ADDRESS',
        disposition: 'processed/error: unexpected-processing-error',
        reason: worded('AS2_RECEIPT_ADDRESS', { url: url.slice(0, 200) }),
      };
}

function lacks({ signature, encryption }: Layers, requires: Requirements): string | undefined {
  if (requires.signed && !signature) return 'it is not signed';
  if (requires.encrypted && !encryption) return 'it is not encrypted';
  if (signature && !requires.digests.includes(signature.kind.digest))
    return `${signature.kind.digest} is not among the digests that were agreed: ${requires.digests.join(', ')}`;
  if (encryption && !requires.ciphers.includes(encryption.cipher))
    return `${encryption.cipher} is not among the ciphers that were agreed: ${requires.ciphers.join(', ')}`;
  return undefined;
}

/** The signed entity as it came, with the certificate of this moment: anybody can verify it again. */
const proofOf = ({ bytes, certificate }: NonNullable<Layers['signature']>): Proof => ({
  media: 'multipart/signed',
  bytes,
  grade: 'A',
  certificate: certificate.x509.toString(),
});

function nameOf(opened: Extract<Opened, { opened: true }>, headers: Headers): string | undefined {
  const ofPart = readParameters(fieldOf(opened.content, 'content-disposition') ?? '').parameters['filename'];
  const name = ofPart ?? readParameters(fieldOf(opened.content, 'content-type') ?? '').parameters['name'] ?? headerOf(headers, 'subject');
  return name?.replace(/[\p{Cc}/\\]/gu, '_').slice(0, 200);
}

interface Said {
  readonly head: Head;
  readonly keys: Keyring;
  readonly layers: Layers;
  readonly micalg: Micalg | undefined;
  readonly disposition: string;
  readonly fault?: Fault;
  readonly mic?: { readonly value: string; readonly word: string } | undefined;
}

/** With a receipt where one is asked for: in the answer, or later at an address that was agreed. */
async function answerWith(endpoint: Endpoint, { head, keys, layers, micalg, disposition, fault, mic }: Said): Promise<HttpAnswer> {
  const { settings, surroundings, receipts } = endpoint;
  if (fault) reportFault(endpoint, head, fault);
  const { receipt } = head;
  if (!receipt)
    return fault ? problem(codes[fault.code].http || 400, worded(fault.code, { reason: fault.reason })) : { status: 200, headers: {}, body: new Uint8Array() };
  const now = surroundings.now();
  const signer = receipt.signed === 'no' || !receipt.format ? undefined : signerFor(keys, layers, now);
  const notice = {
    originalMessageId: head.messageId,
    recipient: writeName(settings.us.name),
    disposition,
    mic,
    text: fault ? `The message was not taken: ${worded(fault.code, { reason: fault.reason })}` : 'The message was taken, and is kept.',
  };
  const signing = signer && { signer, kind: { digest: micalg?.digest ?? 'sha256', pss: layers.signature?.kind.pss ?? false } as const };
  const mime = await writeNotice(notice, { software: 'Portolan', boundary: randomUUID(), now }, signing);
  const headers = receiptHeaders(mime, settings, now);
  const unallowed = fault?.code === 'AS2_RECEIPT_ADDRESS';
  if (receipt.url === undefined || unallowed) return { status: 200, headers, body: Buffer.concat(mime.body) };
  await receipts.send(receipt.url, mime, headers);
  return { status: 200, headers: {}, body: new Uint8Array() };
}

/**
 * The certificate for which the message was encrypted, where that still signs: its sender is sure to know it, while one
 * follows another. Otherwise the newest.
 */
function signerFor({ ours }: Keyring, { encryption }: Layers, now: number): Identity | undefined {
  const known = encryption?.identity;
  return known && known.use !== 'encryption' && valid(known, now) ? known : inForce(ours, 'signature', now)[0];
}

const receiptHeaders = ({ fields }: Mime, { us, partner }: IncomingSettings, now: number): Record<string, string> => ({
  ...Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value])),
  'mime-version': '1.0',
  'as2-version': '1.1',
  'as2-from': writeName(us.name),
  'as2-to': writeName(partner.name),
  'message-id': `<${randomUUID()}@${us.name.replace(/[^A-Za-z0-9.-]+/g, '-')}>`,
  date: new Date(now).toUTCString(),
  subject: 'Message Disposition Notification',
});

function reportFault({ surroundings }: Endpoint, { messageId }: Head, { code, disposition, reason }: Fault): void {
  surroundings.report({ event: 'as2 refused', code, messageId: messageId.slice(0, 200), disposition, reason });
}

function refused(endpoint: Endpoint, head: Head, fault: Fault): HttpAnswer {
  reportFault(endpoint, head, fault);
  return problem(400, worded(fault.code, { reason: fault.reason }));
}

const problem = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body: Buffer.from(`${text}\n`),
});

/** Who comes to us shows by its signature alone who it is: anybody who knows the names may say no without one. In an answer it is who was asked. */
const unsigned = { state: 'failed', code: 'SEND_ANSWER', reason: 'the receipt is not signed' } as const;

/** A receipt that comes for what was sent before: it settles the delivery, and is itself never answered with one. */
async function settle({ party, surroundings, take, awaited }: Endpoint, opened: Extract<Opened, { opened: true }>): Promise<HttpAnswer> {
  const done: HttpAnswer = { status: 200, headers: {}, body: new Uint8Array() };
  const stated = readNotice(opened.content)?.originalMessageId ?? '';
  const delivery = deliveryOf(stated);
  const sent = delivery === undefined ? undefined : await awaited.get(delivery);
  if (delivery === undefined || !sent) {
    surroundings.report({ event: 'as2 receipt', code: 'AS2_RECEIPT_UNEXPECTED', reason: stated.slice(0, 200) });
    return done;
  }
  const said = await judge(opened, { messageId: sent.messageId, signed: sent.signed, mic: (digest) => Promise.resolve(sent.mics[digest]) });
  const handed = sent.signed && !opened.layers.signature ? unsigned : said;
  if (handed.state === 'failed' && handed.code === 'SEND_ANSWER') {
    surroundings.report({ event: 'as2 receipt', code: handed.code, messageId: sent.messageId, reason: handed.reason });
    return problem(400, handed.reason); // whoever sent it, it shows nothing
  }
  const { signature } = opened.layers;
  const taken = await take({
    channel: 'as2',
    party,
    grade: signature ? 'A' : 'D',
    bytes: signature?.bytes ?? Buffer.concat(entity([], [opened.content.bytes])),
    media: opened.media,
    about: { delivery, handed },
  });
  if (!taken.taken)
    return problem(taken.retryAfter === undefined ? 400 : 503, taken.reason, taken.retryAfter === undefined ? {} : { 'retry-after': String(taken.retryAfter) });
  if (handed.state === 'delivered') await awaited.drop(delivery);
  return done;
}
