import type { Code } from '../../diagnostics/codes.ts';
import { oids, type Cipher } from './algorithms.ts';
import { elementAt, elementsOf, Malformed, oidOf } from './ber.ts';
import type { Certificate, Identity } from './certificates.ts';
import { decompress } from './compression.ts';
import { decrypt } from './envelope.ts';
import { headerOf, type Headers } from './headers.ts';
import { canonical, decodeBody, entity, fieldOf, partsOf, readEntity, readParameters, type Entity } from './mime.ts';
import { formsOf, readSignedData, verifySignature, type Form, type SignatureKind, type SignedData } from './signature.ts';
import { joined } from './slices.ts';

/** With what a message is opened. */
export interface Keys {
  readonly ours: readonly Identity[];
  readonly theirs: readonly Certificate[];
  readonly now: number;
  readonly limit: number; // bytes that compressed content may grow to
}

/** What was found on the way in; filled as far as it went. */
export interface Layers {
  readonly encryption?: { readonly cipher: Cipher; readonly identity: Identity };
  readonly signature?: { readonly kind: SignatureKind; readonly certificate: Certificate; readonly bytes: Uint8Array }; // with the whole signed entity
  readonly compressed: boolean;
}

/** The sentence of a disposition (RFC 4130, 7.4.3 and 7.5), with our code for it. */
export interface Fault {
  readonly code: Code;
  readonly disposition: string;
  readonly reason: string;
}

export type Opened =
  | { readonly opened: true; readonly layers: Layers; readonly content: Entity; readonly media: string; readonly micOver: readonly Uint8Array[] }
  | { readonly opened: false; readonly layers: Layers; readonly fault: Fault };

export const faults = {
  decryption: (reason: string): Fault => ({ code: 'AS2_DECRYPTION', disposition: 'processed/error: decryption-failed', reason }),
  authentication: (reason: string): Fault => ({ code: 'AS2_AUTHENTICATION', disposition: 'processed/error: authentication-failed', reason }),
  integrity: (reason: string): Fault => ({ code: 'AS2_INTEGRITY', disposition: 'processed/error: integrity-check-failed', reason }),
  decompression: (reason: string): Fault => ({ code: 'AS2_DECOMPRESSION', disposition: 'processed/error: decompression-failed', reason }),
  security: (reason: string): Fault => ({ code: 'AS2_SECURITY', disposition: 'processed/error: insufficient-message-security', reason }),
  malformed: (reason: string): Fault => ({ code: 'AS2_MALFORMED', disposition: 'processed/error: unexpected-processing-error', reason }),
  micalg: (reason: string): Fault => ({ code: 'AS2_MIC_ALGORITHM', disposition: 'failed/failure: unsupported MIC-algorithms', reason }),
  format: (reason: string): Fault => ({ code: 'AS2_RECEIPT_FORMAT', disposition: 'failed/failure: unsupported format', reason }),
} as const;

const deepest = 8; // layers
const pkcs7 = /^application\/(?:x-)?pkcs7-mime$/;

/**
 * Headers and body → what they hold, layer by layer: decrypted, verified, decompressed, in whichever order they were
 * wrapped. A fault is a value with its disposition; whatever the bytes, nothing is thrown.
 */
export async function open(headers: Headers, body: Uint8Array, keys: Keys): Promise<Opened> {
  let part: Entity = httpEntity(headers, body);
  let layers: Layers = { compressed: false };
  let micOver: readonly Uint8Array[] | undefined;
  for (let depth = 0; depth <= deepest; depth++) {
    const header = fieldOf(part, 'content-type') ?? '';
    const type = readParameters(header);
    const found =
      type.value === 'multipart/signed'
        ? await openMultipart(part, type.parameters['boundary'], keys)
        : pkcs7.test(type.value)
          ? await openCms(part, keys)
          : undefined;
    if (!found) {
      const wrapped = layers.encryption !== undefined || layers.compressed;
      return { opened: true, layers, content: part, media: header === '' ? 'application/octet-stream' : header, micOver: micOver ?? (wrapped ? [lineBased(part) ? canonical(part.bytes) : part.bytes] : [part.body]) }; // prettier-ignore
    }
    if ('fault' in found) return { opened: false, layers: { ...layers, ...found.layers }, fault: found.fault };
    layers = { ...layers, ...found.layers };
    micOver ??= found.signedParts;
    part = readEntity(found.inner);
  }
  return { opened: false, layers, fault: faults.malformed(`there are more than ${deepest} layers`) };
}

type Layer =
  | { readonly inner: Uint8Array; readonly layers: Partial<Layers>; readonly signedParts?: readonly Uint8Array[] }
  | { readonly fault: Fault; readonly layers?: Partial<Layers> };

/** The fields of the request that are those of its body. */
function httpEntity(headers: Headers, body: Uint8Array): Entity {
  const fields = ['content-type', 'content-transfer-encoding', 'content-disposition'].flatMap((name) => {
    const value = headerOf(headers, name)?.replace(/[\r\n]+\s*/g, ' ');
    return value === undefined ? [] : [{ name, value }];
  });
  const written = fields.map(({ name, value }) => [name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()), value] as const);
  return { fields, body, get bytes() { return Buffer.concat(entity(written, [body])); } }; // prettier-ignore
}

const lineBased = (part: Entity): boolean => /^(?:7bit|8bit|base64|quoted-printable)$/i.test(fieldOf(part, 'content-transfer-encoding')?.trim() ?? '');

/** The payload itself, without its transfer encoding. */
export const payloadOf = (content: Entity): Uint8Array => decodeBody(content.body, fieldOf(content, 'content-transfer-encoding'));

async function openMultipart(part: Entity, boundary: string | undefined, keys: Keys): Promise<Layer> {
  const [content, signature] = boundary ? partsOf(part.body, boundary) : [];
  if (!content || !signature) return { fault: faults.malformed('multipart/signed without its two parts') };
  const { body, ...rest } = readEntity(signature);
  return verified(part, cmsBytes(decodeBody(body, fieldOf(rest, 'content-transfer-encoding'))), () => formsOf(content, canonical(content)), keys);
}

async function verified(part: Entity, signature: Uint8Array, formsOf: (signed: SignedData) => Form[], keys: Keys): Promise<Layer> {
  try {
    const signed = readSignedData(signature);
    const forms = formsOf(signed);
    const verdict = await verifySignature(signed, forms, keys.theirs, keys.now);
    if (!verdict.verified) return { fault: faults[verdict.why === 'integrity' ? 'integrity' : 'authentication'](verdict.reason) };
    const { parts, content } = forms[verdict.form]!;
    const { kind, certificate } = verdict;
    return {
      inner: content,
      signedParts: parts,
      layers: { signature: { kind, certificate, bytes: part.bytes } },
    };
  } catch (error) {
    return { fault: faults.authentication(reasonOf(error, 'the signature cannot be read')) };
  }
}

async function openCms(part: Entity, keys: Keys): Promise<Layer> {
  const bytes = cmsBytes(payloadOf(part));
  let kind: string;
  try {
    kind = oidOf(bytes, elementsOf(bytes, elementAt(bytes, 0))[0]);
  } catch (error) {
    const named = readParameters(fieldOf(part, 'content-type') ?? '').parameters['smime-type'];
    const fault =
      named === 'enveloped-data' ? 'decryption' : named === 'compressed-data' ? 'decompression' : named === 'signed-data' ? 'authentication' : 'malformed';
    return { fault: faults[fault](reasonOf(error, 'the content cannot be read')) };
  }
  switch (kind) {
    case oids.signedData:
      return verified(part, bytes, ({ inside = [] }) => [{ parts: inside, content: joined(inside) }], keys);
    case oids.envelopedData:
    case oids.authEnvelopedData:
      return attempt('decryption', async () => {
        const result = await decrypt(bytes, keys.ours);
        if (!result.opened) return { fault: faults.decryption(result.reason) };
        return { inner: result.bytes, layers: { encryption: { cipher: result.cipher, identity: result.identity } } };
      });
    case oids.compressedData:
      return attempt('decompression', async () => {
        const result = await decompress(bytes, keys.limit);
        return result.opened ? { inner: result.bytes, layers: { compressed: true } } : { fault: faults.decompression(result.reason) };
      });
    default:
      return { fault: faults.malformed(`CMS content of the type ${kind} is not known here`) };
  }
}

async function attempt(fault: 'decryption' | 'decompression', work: () => Promise<Layer>): Promise<Layer> {
  try {
    return await work();
  } catch (error) {
    return { fault: faults[fault](reasonOf(error, 'the content cannot be read')) };
  }
}

/** What bytes may be wrong in is said; anything else is a defect of the library that reads them. */
const reasonOf = (error: unknown, what: string): string => (error instanceof Malformed ? `${what}: ${error.message}` : what);

/** Some send base64 without saying so. */
function cmsBytes(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0x30) return bytes;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return /^\s*MI[A-Za-z0-9+/\s]{1,100}/.test(text.toString('latin1', 0, 120)) ? Buffer.from(text.toString('latin1'), 'base64') : bytes;
}
