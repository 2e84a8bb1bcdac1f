import { constants, createHash, createVerify, sign, verify, type Hash, type KeyObject } from 'node:crypto';
import { fromBER } from 'asn1js';
import { RSASSAPSSParams } from 'pkijs';
import { digestByOid, digests, oids, type Digest } from './algorithms.ts';
import {
  algorithm,
  content,
  context,
  der,
  derInteger,
  derNull,
  derOid,
  elementAt,
  elementsOf,
  octetsOf,
  oidOf,
  tags,
  whole,
  Malformed,
  type Element,
} from './ber.ts';
import { isNamed, valid, type Certificate, type Identity } from './certificates.ts';
import { hashed, inSlices } from './slices.ts';
import { crlf } from './mime.ts';

/** How a signature is made: RSA by PKCS #1 v1.5 or, where `pss`, by RSASSA-PSS (RFC 8551, 2.2); ECDSA by the key. */
export interface SignatureKind {
  readonly digest: Digest;
  readonly pss: boolean;
}

/** A signature apart from what it signs: `ContentInfo` of `SignedData` without content (RFC 5652, 5), in DER. */
export async function signDetached(
  parts: readonly Uint8Array[],
  { key, x509, issuer, serial }: Identity,
  { digest, pss }: SignatureKind,
  now: number,
): Promise<Buffer> {
  const { oid, ecdsa } = digests[digest];
  const digestAlgorithm = algorithm(oid, derNull);
  const attribute = (type: string, value: Buffer): Buffer => der(tags.sequence, derOid(type), der(tags.set, value));
  const attributes = [
    attribute(oids.contentType, derOid(oids.data)),
    attribute(oids.signingTime, der(0x17, Buffer.from(utcTime(now)))),
    attribute(oids.messageDigest, der(tags.octets, (await hashed(digest, parts)).digest())),
  ].sort((a, b) => Buffer.compare(a, b)); // DER orders a set
  const probabilistic = key.asymmetricKeyType !== 'ec' && (pss || key.asymmetricKeyType === 'rsa-pss');
  const padding = probabilistic ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {};
  const value = sign(digest, der(tags.set, ...attributes), { key, ...padding });
  const signer = der(
    tags.sequence,
    derInteger(1),
    der(tags.sequence, issuer, der(tags.integer, serial)),
    digestAlgorithm,
    der(context(0), ...attributes),
    key.asymmetricKeyType === 'ec' ? algorithm(ecdsa) : probabilistic ? algorithm(oids.rsaPss, pssParameters(digest)) : algorithm(oids.rsa, derNull),
    der(tags.octets, value),
  );
  const signedData = der(
    tags.sequence,
    derInteger(1),
    der(tags.set, digestAlgorithm),
    der(tags.sequence, derOid(oids.data)),
    der(context(0), x509.raw),
    der(tags.set, signer),
  );
  return der(tags.sequence, derOid(oids.signedData), der(context(0), signedData));
}

/** The same digest for content and mask, a salt as long as it (RFC 4055, 3.1). */
function pssParameters(digest: Digest): Buffer {
  const hash = algorithm(digests[digest].oid, derNull);
  const salt = derInteger(createHash(digest).digest().length);
  return der(tags.sequence, der(context(0), hash), der(context(1), algorithm(oids.mgf1, hash)), der(context(2), salt));
}

/** YYMMDDHHMMSSZ (RFC 5652, 11.3: UTCTime up to 2049) */
const utcTime = (now: number): string => `${new Date(now).toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`;

/** What a signature says of the bytes. */
export type Verdict =
  | { readonly verified: true; readonly kind: SignatureKind; readonly certificate: Certificate; readonly form: number }
  | { readonly verified: false; readonly why: 'integrity' | 'authentication' | 'malformed'; readonly reason: string };

/** A signature with what it signs, where that is inside it (RFC 5751, 3.4.2). */
export interface SignedData {
  readonly bytes: Uint8Array;
  readonly inside: readonly Uint8Array[] | undefined;
  readonly signers: readonly Element[];
}

/** Throws `Malformed`. */
export function readSignedData(bytes: Uint8Array): SignedData {
  const [type, wrapped] = elementsOf(bytes, elementAt(bytes, 0));
  if (oidOf(bytes, type) !== oids.signedData || !wrapped) throw new Malformed('it is not SignedData');
  const fields = elementsOf(bytes, elementAt(bytes, wrapped.start, wrapped.end));
  const encapsulated = elementsOf(bytes, fields[2] ?? wrapped)[1];
  const signers = fields.at(-1);
  if (signers?.tag !== tags.set) throw new Malformed('it has no signers');
  const octets = encapsulated && elementsOf(bytes, encapsulated)[0];
  return { bytes, inside: octets && octetsOf(bytes, octets), signers: elementsOf(bytes, signers) };
}

/**
 * Whether one of the certificates made the signature over the content, in one of the forms the content may have been signed
 * in. The first signer that one of the certificates made decides; certificates inside the message are not trusted.
 */
export async function verifySignature(signed: SignedData, forms: readonly Form[], certificates: readonly Certificate[], now: number): Promise<Verdict> {
  let worst: Verdict = { verified: false, why: 'malformed', reason: 'it has no signer' };
  for (const signer of signed.signers) {
    const verdict = await verifySigner(signed.bytes, signer, forms, certificates, now);
    if (verdict.verified) return verdict;
    worst = verdict;
  }
  return worst;
}

/** One form in which the content may have been signed. */
export interface Form {
  readonly parts: readonly Uint8Array[]; // what was signed; forms with the same first part share its hash
  readonly content: Uint8Array;
}

/**
 * The forms in which senders sign a part: as it is, with its lines ended by CRLF, and each of these with the line break before the
 * delimiter, which is not of the part, or without its own last one.
 */
export function formsOf(part: Uint8Array, canonical: Uint8Array): Form[] {
  return [part, ...(canonical === part ? [] : [canonical])].flatMap((bytes) => {
    const ends = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? 2 : 1) : 0;
    const [most, last] = [bytes.subarray(0, bytes.length - ends), bytes.subarray(bytes.length - ends)];
    return [{ parts: [most, last], content: bytes }, { parts: [most, last, crlf], content: bytes }, ...(ends > 0 ? [{ parts: [most], content: most }] : [])];
  });
}

async function verifySigner(bytes: Uint8Array, signer: Element, forms: readonly Form[], certificates: readonly Certificate[], now: number): Promise<Verdict> {
  const [, identifier, digestAlgorithm, ...rest] = elementsOf(bytes, signer);
  const attributes = rest[0]?.tag === context(0) ? rest.shift() : undefined;
  const [signatureAlgorithm, value] = rest;
  if (!identifier || !digestAlgorithm || !signatureAlgorithm || value?.tag !== tags.octets) throw new Malformed('the signer is not whole');
  const digest = digestByOid(oidOf(bytes, elementsOf(bytes, digestAlgorithm)[0]));
  if (!digest) return { verified: false, why: 'authentication', reason: 'it is made with a digest that is not known here' };
  const kind: SignatureKind = { digest, pss: oidOf(bytes, elementsOf(bytes, signatureAlgorithm)[0]) === oids.rsaPss };
  const named = certificates.filter((each) => isNamed(bytes, identifier, each));
  const known = [...named, ...certificates.filter((each) => !named.includes(each))];
  const signature: Signature = { bytes, algorithm: signatureAlgorithm, value: content(bytes, value), digest };

  if (!attributes) {
    for (const [form, each] of forms.entries())
      for (const certificate of known) if (await overContent(signature, each, certificate.x509.publicKey)) return trusted(certificate, kind, form, now);
    if (named.length === 0) return stranger(certificates);
    return { verified: false, why: 'integrity', reason: 'the signature is not one over these bytes' };
  }
  const signer_ = known.find(({ x509 }) => overAttributes(signature, attributes, x509.publicKey));
  if (!signer_)
    return named.length === 0
      ? stranger(certificates)
      : { verified: false, why: 'authentication', reason: 'the signature is not that of the certificate it names' };
  const stated = messageDigest(bytes, attributes);
  const form = await matching(forms, digest, stated);
  if (form === undefined) return { verified: false, why: 'integrity', reason: `the ${digest} of the content is not the one that was signed` };
  return trusted(signer_, kind, form, now);
}

const stranger = (certificates: readonly Certificate[]): Verdict => ({
  verified: false,
  why: 'authentication',
  reason: certificates.length === 0 ? 'there is no certificate of the partner' : 'none of the certificates of the partner made the signature',
});

function trusted(certificate: Certificate, kind: SignatureKind, form: number, now: number): Verdict {
  if (certificate.use === 'encryption') return { verified: false, why: 'authentication', reason: 'the certificate is not one for signatures' };
  if (valid(certificate, now)) return { verified: true, kind, certificate, form };
  const said =
    now > certificate.until ? `expired on ${new Date(certificate.until).toISOString()}` : `is valid from ${new Date(certificate.notBefore).toISOString()}`;
  return { verified: false, why: 'authentication', reason: `the certificate of the signer ${said}` };
}

interface Signature {
  readonly bytes: Uint8Array;
  readonly algorithm: Element;
  readonly value: Uint8Array;
  readonly digest: Digest;
}

/** The key with the padding that the algorithm asks for. */
function keyFor({ bytes, algorithm: identifier }: Signature, key: KeyObject): Parameters<typeof verify>[2] {
  const [oid, parameters] = elementsOf(bytes, identifier);
  if (oidOf(bytes, oid) !== oids.rsaPss) return key;
  const { saltLength } = parameters ? new RSASSAPSSParams({ schema: fromBER(whole(bytes, parameters).slice()).result }) : { saltLength: 20 };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
}

/** Over the attributes, written as a SET (RFC 5652, 5.4). */
function overAttributes(signature: Signature, attributes: Element, key: KeyObject): boolean {
  const signed = der(tags.set, content(signature.bytes, attributes));
  return quietly(() => verify(signature.digest, signed, keyFor(signature, key), signature.value));
}

async function overContent(signature: Signature, form: Form, key: KeyObject): Promise<boolean> {
  const verifier = createVerify(signature.digest);
  await inSlices(form.parts, (bytes) => verifier.update(bytes));
  return quietly(() => verifier.verify(keyFor(signature, key), signature.value));
}

/** A key of another kind than the signature's is no match; OpenSSL throws for some. */
function quietly(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

function messageDigest(bytes: Uint8Array, attributes: Element): Uint8Array {
  for (const attribute of elementsOf(bytes, attributes)) {
    const [type, values] = elementsOf(bytes, attribute);
    if (oidOf(bytes, type) !== oids.messageDigest || !values) continue;
    const value = elementsOf(bytes, values)[0];
    if (value) return content(bytes, value);
  }
  throw new Malformed('the signed attributes have no message digest');
}

/** The first form with this digest. */
async function matching(forms: readonly Form[], digest: Digest, stated: Uint8Array): Promise<number | undefined> {
  const hashes = new Map<Uint8Array, Hash>();
  for (const [i, { parts }] of forms.entries()) {
    const [first = new Uint8Array(), ...rest] = parts;
    const begun = hashes.get(first) ?? (await hashed(digest, [first]));
    hashes.set(first, begun);
    const hash = begun.copy();
    await inSlices(rest, (bytes) => hash.update(bytes));
    if (Buffer.compare(hash.digest(), stated) === 0) return i;
  }
  return undefined;
}
