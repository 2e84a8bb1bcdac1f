import type { Handed, Parcel, Proof, SecretReference, Surroundings } from '../channel.ts';
import { networkFault, settingsFault, stopped } from '../faults.ts';
import { contentDigest, isDigestOf } from './digest.ts';
import { fieldString } from './fields.ts';
import { NotAllowed, type Answer, type Connections, type Timeouts, type Tls } from './http.ts';
import { readKey, type Algorithm, type SignatureKey } from './keys.ts';
import { headerLines, signMessage, verifyMessage, type Component, type SignedMessage } from './signature.ts';

/** How a party is reached over HTTP; `schemas/config/channel.schema.json` explains each. */
export interface HttpSettings {
  readonly url: string;
  readonly auth?: { readonly bearer: SecretReference } | { readonly basic: { readonly user: string; readonly password: SecretReference } };
  readonly tls?: TlsSettings;
  readonly signature?: KeySettings;
  readonly receipt?: { readonly keys: readonly KeySettings[]; readonly required?: boolean };
  readonly redirects?: readonly string[]; // origins
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeouts?: Partial<Timeouts>; // seconds
}

interface KeySettings {
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly key: SecretReference;
}

interface TlsSettings {
  readonly authorities?: readonly SecretReference[];
  readonly certificate?: SecretReference;
  readonly key?: SecretReference;
  readonly name?: string;
}

/** A body and what is said of it: the parcel itself, or what another channel makes of it. */
export interface Payload {
  readonly media: string;
  readonly size: number; // bytes
  readonly chunks: () => AsyncIterable<Uint8Array>; // asked for more than once
  readonly headers?: Readonly<Record<string, string>>;
}

export type Failed = Extract<Handed, { state: 'failed' }>;

/** What came back. `signer` is the key by which the answer is signed; `unsigned` is why there is none. */
export interface Reply {
  readonly answer: Answer;
  readonly proof?: Proof;
  readonly signer?: string;
  readonly unsigned?: string;
}

const usual: Timeouts = { connect: 10, answer: 60, whole: 900 }; // seconds
const answerLimit = 1024 * 1024; // bytes
const mostRedirects = 3;

/** What is covered by our signatures, besides `@query` where there is one. */
const covered = ['@method', '@authority', '@path', 'content-type', 'content-length', 'content-digest', 'portolan-delivery', 'portolan-kind'];

/** Posts a payload for a parcel, and verifies what is answered. Throws only for what is a fault of ours. */
export async function exchange(
  settings: HttpSettings,
  parcel: Parcel,
  payload: Payload,
  connections: Connections,
  { now, secret }: Pick<Surroundings, 'now' | 'secret'>,
  signal: AbortSignal,
): Promise<Reply | Failed> {
  let secrets: Secrets;
  let url: URL;
  try {
    url = new URL(settings.url);
    secrets = secretsOf(settings, secret);
  } catch (error) {
    return { state: 'failed', ...settingsFault(error) };
  }
  const timeouts = inMilliseconds({ ...usual, ...settings.timeouts });
  const digest = await contentDigest(payload.chunks());
  try {
    for (let hops = 0; ; hops++) {
      const request = requestOf(settings, secrets, parcel, payload, digest, url, now());
      const answer = await connections.post({ url, headers: request.sent, body: payload.chunks, timeouts, limit: answerLimit, tls: secrets.tls, signal });
      const next = redirection(answer, url);
      if (next === undefined || hops === mostRedirects || !settings.redirects?.includes(next.origin)) {
        return verified(answer, request.message, secrets.receiptKeys, parcel.delivery, now());
      }
      url = next;
    }
  } catch (error) {
    return failure(error, signal);
  }
}

const inMilliseconds = ({ connect, answer, whole }: Timeouts): Timeouts => ({ connect: connect * 1000, answer: answer * 1000, whole: whole * 1000 });

function failure(error: unknown, signal: AbortSignal): Failed {
  if (signal.aborted) return { state: 'failed', ...stopped(signal) };
  const fault = error instanceof NotAllowed ? settingsFault(error) : networkFault(error);
  if (fault === undefined) throw error;
  return { state: 'failed', ...fault };
}

interface Secrets {
  readonly authorization?: string;
  readonly tls: Tls;
  readonly signature?: SignatureKey;
  readonly receiptKeys: readonly SignatureKey[];
}

/** Read for each delivery: a key that was exchanged counts from the next one on. Throws, by name, where one is not there. */
function secretsOf({ auth, tls = {}, signature, receipt }: HttpSettings, secret: Surroundings['secret']): Secrets {
  const text = (reference: SecretReference): string => secret(reference).toString('utf8').trim();
  const { authorities, certificate, key, name } = tls;
  if (auth && 'bearer' in auth && !/^[!-~]+$/.test(text(auth.bearer))) throw new Error('the bearer token is empty, or holds what a header cannot');
  const authorization =
    auth && ('bearer' in auth ? `Bearer ${text(auth.bearer)}` : `Basic ${Buffer.from(`${auth.basic.user}:${text(auth.basic.password)}`).toString('base64')}`);
  return {
    ...(authorization !== undefined && { authorization }),
    tls: {
      ...(authorities && { ca: authorities.map(secret) }),
      ...(certificate && { cert: secret(certificate) }),
      ...(key && { key: secret(key) }),
      ...(name !== undefined && { servername: name }),
    },
    ...(signature && { signature: readKey(signature.id, signature.algorithm, secret(signature.key), 'sign') }),
    receiptKeys: (receipt?.keys ?? []).map(({ id, algorithm, key: of }) => readKey(id, algorithm, secret(of), 'verify')),
  };
}

/** The headers as they are sent, and the request as signatures see it. */
function requestOf(settings: HttpSettings, secrets: Secrets, parcel: Parcel, payload: Payload, digest: string, url: URL, now: number) {
  const headers: Record<string, string> = {
    'user-agent': 'Portolan',
    accept: 'application/json, application/problem+json, */*;q=0.5',
    'accept-encoding': 'identity',
    ...lowerCase(settings.headers ?? {}),
    ...payload.headers,
    ...(secrets.authorization !== undefined && { authorization: secrets.authorization }),
    'content-type': payload.media,
    'content-length': String(payload.size),
    'content-digest': digest,
    'idempotency-key': fieldString(parcel.delivery),
    'portolan-delivery': parcel.delivery,
    'portolan-attempt': String(parcel.attempt),
    'portolan-kind': parcel.kind,
    ...(parcel.interchange !== '' && { 'portolan-interchange': parcel.interchange }),
    ...(parcel.message !== undefined && { 'portolan-message': parcel.message }),
  };
  const message = (): SignedMessage => ({ method: 'POST', url, headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])) });
  if (secrets.signature) {
    const names = [...covered, ...(url.search === '' ? [] : ['@query'])];
    const components = names.map((name): Component => ({ name }));
    Object.assign(headers, signMessage(message(), components, secrets.signature, { label: 'portolan', created: Math.floor(now / 1000), tag: 'portolan' }));
  }
  return { sent: headers, message: message() };
}

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** Where an answer leads, with method and body kept (RFC 9110, 15.4.8 and 15.4.9). */
function redirection({ status, raw }: Answer, from: URL): URL | undefined {
  const [location] = headerLines(raw).get('location') ?? [];
  return (status === 307 || status === 308) && location !== undefined && URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
}

/**
 * The answer and what it proves. A signature counts where it covers the status and the body, and this delivery: by a component
 * of the request, or by our delivery id in a header of its own. Otherwise an old receipt would prove a new delivery.
 */
function verified(answer: Answer, request: SignedMessage, keys: readonly SignatureKey[], delivery: string, now: number): Reply {
  const headers = headerLines(answer.raw);
  const message = { status: answer.status, headers, request };
  const result = keys.length === 0 ? undefined : verifyMessage(message, keys, Math.floor(now / 1000));
  const reason = result?.verified === true ? lacks(answer, headers, result.components, delivery) : result?.reason;
  if (result?.verified !== true || reason !== undefined) {
    const proof = unsignedProof(answer, headers, request.url?.protocol === 'https:');
    return { answer, ...(proof && { proof }), ...(reason !== undefined && { unsigned: reason }) };
  }
  const grade = result.key.algorithm === 'hmac-sha256' ? 'C' : 'A'; // a shared secret is ours too: it proves nothing to others
  return { answer, signer: result.key.id, proof: { media: 'message/http', bytes: wire(answer), grade } };
}

function lacks({ body, cut }: Answer, headers: ReadonlyMap<string, readonly string[]>, components: readonly Component[], delivery: string): string | undefined {
  const covers = (name: string, ofRequest = false): boolean => components.some((one) => one.name === name && (one.ofRequest ?? false) === ofRequest);
  if (cut) return `it is larger than ${answerLimit} bytes`;
  if (!covers('@status')) return 'its signature does not cover the status';
  if (body.length > 0 && !covers('content-digest')) return 'its signature does not cover the digest of the body';
  if (body.length > 0 && !isDigestOf(headers.get('content-digest')?.join(', ') ?? '', body)) return 'its digest is not that of the body';
  const own = covers('portolan-delivery') && headers.get('portolan-delivery')?.join() === delivery;
  return own || covers('portolan-delivery', true) || covers('signature', true) ? undefined : 'its signature does not cover the delivery';
}

function unsignedProof({ body, cut }: Answer, headers: ReadonlyMap<string, readonly string[]>, encrypted: boolean): Proof | undefined {
  if (body.length === 0 || cut) return undefined;
  return { media: headers.get('content-type')?.[0] ?? 'application/octet-stream', bytes: body, grade: encrypted ? 'B' : 'D' };
}

/** The answer as a message (RFC 9112): its signature can be verified from these bytes and those of the request. */
function wire({ status, message, raw, body }: Answer): Buffer {
  const lines = [`HTTP/1.1 ${status} ${message}`];
  for (let i = 0; i + 1 < raw.length; i += 2) lines.push(`${raw[i]}: ${raw[i + 1]}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}
