import { digests, type Cipher } from './algorithms.ts';
import type { Certificate, Identity } from './certificates.ts';
import { compress } from './compression.ts';
import { encrypt, type KeyTransport } from './envelope.ts';
import { base64Lines, entity, multipart, quoted } from './mime.ts';
import { signDetached, type SignatureKind } from './signature.ts';

/** What is agreed upon with a partner for what it is sent. */
export interface Protection {
  readonly sign: SignatureKind | undefined;
  readonly encrypt: Cipher | undefined;
  readonly keyTransport: KeyTransport;
  readonly compress: 'before' | 'after' | undefined; // before or after it is signed (RFC 5402, 3)
  readonly encoding: 'binary' | 'base64';
}

export interface Payload {
  readonly bytes: readonly Uint8Array[];
  readonly media: string;
  readonly name?: string | undefined;
}

/** Fields and body; the fields of the outermost are those of the HTTP request. */
export interface Mime {
  readonly fields: readonly (readonly [string, string])[];
  readonly body: readonly Uint8Array[];
}

export interface Composed extends Mime {
  readonly micOver: readonly Uint8Array[]; // what the message integrity check is made over
}

const bytesOf = ({ fields, body }: Mime): Uint8Array[] => entity(fields, body);

/**
 * Payload → message. The integrity check is over what was signed; where nothing was, over the innermost entity with its
 * header if that is encrypted or compressed (RFC 5402, 4), and over the payload alone if it is neither (RFC 4130, 7.3.1).
 */
export async function compose(
  { bytes, media, name }: Payload,
  { sign, encrypt: cipher, keyTransport, compress: when, encoding: agreed }: Protection,
  { signer, recipient, boundary, now }: { signer: Identity | undefined; recipient: Certificate | undefined; boundary: string; now: number },
): Promise<Composed> {
  const bare = sign === undefined && cipher === undefined && when === undefined;
  const encoding = bare ? 'binary' : agreed; // of a bare payload some would check the encoded form, others the decoded one
  const encoded = encoding === 'base64' ? [base64Lines(bytes)] : bytes;
  const inner: Mime = {
    fields: [
      ['Content-Type', media],
      ['Content-Transfer-Encoding', encoding],
      ...(name === undefined ? [] : [['Content-Disposition', `attachment; filename=${quoted(name)}`] as const]),
    ],
    body: encoded,
  };
  const pkcs7 = (kind: string, body: readonly Uint8Array[]): Mime => ({
    fields: [
      ['Content-Type', `application/pkcs7-mime; smime-type=${kind}; name=smime.p7${kind === 'compressed-data' ? 'z' : 'm'}`],
      ['Content-Transfer-Encoding', encoding],
      ['Content-Disposition', `attachment; filename=smime.p7${kind === 'compressed-data' ? 'z' : 'm'}`],
    ],
    body: encoding === 'base64' ? [base64Lines(body)] : body,
  });
  let message: Mime = inner;
  let micOver = bare ? bytes : bytesOf(inner);
  if (when !== undefined && (when === 'before' || sign === undefined)) message = pkcs7('compressed-data', await compress(bytesOf(message)));
  if (sign !== undefined) {
    micOver = bytesOf(message);
    message = await signed(message, sign, signer!, boundary, now);
    if (when === 'after') message = pkcs7('compressed-data', await compress(bytesOf(message)));
  }
  if (cipher !== undefined) message = pkcs7('enveloped-data', await encrypt(bytesOf(message), recipient!, cipher, keyTransport));
  return { ...message, micOver };
}

/** `multipart/signed` (RFC 5751, 3.4.3) */
export async function signed(part: Mime, kind: SignatureKind, signer: Identity, boundary: string, now: number): Promise<Mime> {
  const bytes = bytesOf(part);
  const signature: Mime = {
    fields: [
      ['Content-Type', 'application/pkcs7-signature; name=smime.p7s'],
      ['Content-Transfer-Encoding', 'base64'],
      ['Content-Disposition', 'attachment; filename=smime.p7s'],
    ],
    body: [base64Lines([await signDetached(bytes, signer, kind, now)])],
  };
  return {
    fields: [['Content-Type', `multipart/signed; protocol="application/pkcs7-signature"; micalg=${digests[kind.digest].micalg}; boundary="${boundary}"`]],
    body: multipart(boundary, [bytes, bytesOf(signature)]),
  };
}
