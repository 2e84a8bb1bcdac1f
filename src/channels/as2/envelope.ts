import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  type CipherGCM,
  type DecipherGCM,
  type KeyObject,
} from 'node:crypto';
import { fromBER } from 'asn1js';
import { RSAESOAEPParams } from 'pkijs';
import { cipherByOid, ciphers, digestByOid, digests, oids, type Cipher, type Digest } from './algorithms.ts';
import {
  algorithm,
  content,
  context,
  der,
  derInteger,
  derNull,
  derOid,
  derPieces,
  elementAt,
  elementsOf,
  Malformed,
  octetsOf,
  oidOf,
  tags,
  whole,
  type Element,
} from './ber.ts';
import { isNamed, type Certificate, type Identity } from './certificates.ts';
import { inSlices, sizeOf } from './slices.ts';

export type KeyTransport = 'rsa' | 'oaep';

/** `ContentInfo` of `EnvelopedData` (RFC 5652, 6) or, where the cipher authenticates, `AuthEnvelopedData` (RFC 5083), in DER, in pieces. */
export async function encrypt(
  parts: readonly Uint8Array[],
  { x509, issuer, serial }: Certificate,
  cipher: Cipher,
  transport: KeyTransport,
): Promise<Uint8Array[]> {
  const { oid, node, key: keySize, iv: ivSize, sealed } = ciphers[cipher];
  const key = randomBytes(keySize);
  const iv = randomBytes(ivSize);
  const recipient = der(
    tags.sequence,
    derInteger(0),
    der(tags.sequence, issuer, der(tags.integer, serial)),
    transport === 'rsa' ? algorithm(oids.rsa, derNull) : algorithm(oids.rsaOaep, oaepParameters),
    der(tags.octets, wrap(key, x509.publicKey, transport)),
  );
  const engine = createCipheriv(node, key, iv);
  const encrypted: Uint8Array[] = [];
  await inSlices(parts, (bytes) => encrypted.push(engine.update(bytes)));
  encrypted.push(engine.final());
  const parameters = sealed ? der(tags.sequence, der(tags.octets, iv), derInteger(16)) : der(tags.octets, iv);
  const info = derPieces(tags.sequence, [derOid(oids.data), algorithm(oid, parameters), ...derPieces(context(0, false), encrypted)]);
  const fields = [derInteger(0), der(tags.set, recipient), ...info, ...(sealed ? [der(tags.octets, (engine as CipherGCM).getAuthTag())] : [])];
  return derPieces(tags.sequence, [derOid(sealed ? oids.authEnvelopedData : oids.envelopedData), ...derPieces(context(0), derPieces(tags.sequence, fields))]);
}

/** RSAES-OAEP with SHA-256 in both places (RFC 4055, 4.1). */
const sha256 = algorithm(digests.sha256.oid, derNull);
const oaepParameters = der(tags.sequence, der(context(0), sha256), der(context(1), algorithm(oids.mgf1, sha256)));

function wrap(key: Buffer, publicKey: KeyObject, transport: KeyTransport): Buffer {
  return transport === 'rsa'
    ? publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, key)
    : publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, key);
}

export type Decrypted =
  | { readonly opened: true; readonly bytes: Uint8Array; readonly cipher: Cipher; readonly identity: Identity }
  | { readonly opened: false; readonly reason: string };

const unopened = (reason: string): Decrypted => ({ opened: false, reason });

/** Opens with whichever of ours is a recipient, still in force or not. Throws `Malformed`. */
export async function decrypt(bytes: Uint8Array, identities: readonly Identity[]): Promise<Decrypted> {
  const [type, wrapped] = elementsOf(bytes, elementAt(bytes, 0));
  const sealed = oidOf(bytes, type) === oids.authEnvelopedData;
  if (!wrapped) throw new Malformed('there is no content');
  const fields = elementsOf(bytes, elementAt(bytes, wrapped.start, wrapped.end)).filter(({ tag }) => tag !== context(0)); // who sent it is not asked here
  const [, recipients, info, ...rest] = fields;
  if (recipients?.tag !== tags.set || info?.tag !== tags.sequence) throw new Malformed('recipients or content are missing');
  const [, identifier, encrypted] = elementsOf(bytes, info);
  const [cipherOid, parameters] = identifier ? elementsOf(bytes, identifier) : [];
  const cipher = cipherByOid(oidOf(bytes, cipherOid));
  if (!cipher) return unopened(`the cipher ${oidOf(bytes, cipherOid)} is not known here`);
  if (!parameters || !encrypted) throw new Malformed('the cipher has no parameters, or there is no content');
  const iv = parameters.tag === tags.sequence ? elementsOf(bytes, parameters)[0] : parameters;
  const pieces = octetsOf(bytes, encrypted);
  const size = sizeOf(pieces);
  const work: Work = { cipher, iv: iv ? content(bytes, iv) : new Uint8Array(), pieces, size };
  if (ciphers[cipher].sealed) {
    const mac = sealed ? rest.find(({ tag }) => tag === tags.octets) : undefined;
    const attributes = sealed ? rest.find(({ tag }) => tag === context(1)) : undefined;
    work.tag = mac ? content(bytes, mac) : undefined;
    if (attributes) work.associated = der(tags.set, content(bytes, attributes)); // RFC 5083, 2.2
  }
  const transported = elementsOf(bytes, recipients).filter(({ tag }) => tag === tags.sequence);
  let reason = 'it is encrypted for none of our certificates';
  for (const recipient of transported) {
    const [, name, how, encryptedKey] = elementsOf(bytes, recipient);
    if (!name || !how || !encryptedKey) throw new Malformed('a recipient is not whole');
    for (const identity of identities.filter((each) => isNamed(bytes, name, each))) {
      const key = unwrap(bytes, how, content(bytes, encryptedKey), identity.key, ciphers[cipher].key);
      const opened = key && (await decipher(work, key));
      if (opened) return { opened: true, bytes: opened, cipher, identity };
      reason = 'it cannot be decrypted with our key that it names';
    }
  }
  return unopened(reason);
}

interface Work {
  readonly cipher: Cipher;
  readonly iv: Uint8Array;
  readonly pieces: readonly Uint8Array[];
  readonly size: number;
  tag?: Uint8Array | undefined; // absent: the last 16 bytes of the content, as some write AES-GCM into EnvelopedData
  associated?: Uint8Array;
}

/** Into one buffer of the size of the encrypted content; undefined where padding or tag are wrong. */
async function decipher({ cipher, iv, pieces, size, tag, associated }: Work, key: Uint8Array): Promise<Uint8Array | undefined> {
  const { node, sealed, iv: ivSize } = ciphers[cipher];
  try {
    if (!sealed && iv.length !== ivSize) return undefined;
    const engine = createDecipheriv(node, key, iv);
    const out = Buffer.allocUnsafe(size + 32);
    const end = sealed && !tag ? size - 16 : size;
    if (sealed) {
      (engine as DecipherGCM).setAuthTag(tag ?? Buffer.concat(pieces).subarray(end));
      if (associated) (engine as DecipherGCM).setAAD(associated);
    }
    let read = 0;
    let at = 0;
    await inSlices(pieces, (bytes) => {
      at += engine.update(bytes.subarray(0, Math.max(0, end - read))).copy(out, at);
      read += bytes.length;
    });
    at += engine.final().copy(out, at);
    return out.subarray(0, at);
  } catch {
    return undefined;
  }
}

/** The key of the content; undefined where it cannot be had. */
function unwrap(bytes: Uint8Array, how: Element, encrypted: Uint8Array, key: KeyObject, size: number): Uint8Array | undefined {
  const [oid, parameters] = elementsOf(bytes, how);
  try {
    if (oidOf(bytes, oid) === oids.rsaOaep) {
      const oaepHash: Digest = parameters ? oaepDigest(whole(bytes, parameters)) : 'sha1';
      const opened = privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, encrypted);
      return opened.length === size ? opened : undefined;
    }
    return unpad(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted), encrypted, key, size);
  } catch {
    return undefined;
  }
}

function oaepDigest(parameters: Uint8Array): Digest {
  const { hashAlgorithm } = new RSAESOAEPParams({ schema: fromBER(parameters.slice()).result });
  return digestByOid(hashAlgorithm.algorithmId) ?? 'sha1';
}

/**
 * PKCS #1 v1.5 (RFC 8017, 7.2.2) for a key whose size is known. Wrong padding gives a key that nobody knows, always the same for the
 * same bytes, so that no answer of ours and no time it takes says whether the padding was right (RFC 3218, 2.3.2). Done here
 * because the runtime refuses to.
 */
export function unpad(padded: Uint8Array, encrypted: Uint8Array, key: KeyObject, size: number): Uint8Array {
  const secret = createHmac('sha256', key.export({ type: 'pkcs8', format: 'der' }))
    .update(encrypted)
    .digest();
  const at = padded.length - size;
  let wrong = at < 11 ? 1 : 0;
  wrong |= padded[0]! | (padded[1]! ^ 2) | padded[at - 1]!;
  for (let i = 2; i < at - 1; i++) wrong |= padded[i] === 0 ? 1 : 0;
  const mask = wrong === 0 ? 0 : 0xff;
  const made = Buffer.alloc(size);
  for (let i = 0; i < size; i++) made[i] = (padded[at + i]! & ~mask) | (secret[i]! & mask);
  return made;
}
