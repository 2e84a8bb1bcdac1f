import { constants, createHmac, createPrivateKey, createPublicKey, createSecretKey, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto';

/** The algorithms of RFC 9421, 3.3 that are signed and verified here. */
export const algorithms = ['ed25519', 'ecdsa-p256-sha256', 'rsa-pss-sha512', 'hmac-sha256'] as const;
export type Algorithm = (typeof algorithms)[number];

interface Row {
  readonly fits: (key: KeyObject) => boolean;
  readonly sign: (key: KeyObject, data: Buffer) => Buffer;
  readonly verify: (key: KeyObject, data: Buffer, signature: Buffer) => boolean;
}

const p1363 = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' as const }); // r and s, each of 32 bytes
const pss = (key: KeyObject) => ({ key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 });
const hmac = (key: KeyObject, data: Buffer): Buffer => createHmac('sha256', key).update(data).digest();

const rows: Readonly<Record<Algorithm, Row>> = {
  ed25519: {
    fits: (key) => key.asymmetricKeyType === 'ed25519',
    sign: (key, data) => sign(null, data, key),
    verify: (key, data, signature) => verify(null, data, key, signature),
  },
  'ecdsa-p256-sha256': {
    fits: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
    sign: (key, data) => sign('sha256', data, p1363(key)),
    verify: (key, data, signature) => verify('sha256', data, p1363(key), signature),
  },
  'rsa-pss-sha512': {
    fits: (key) => /^rsa/.test(key.asymmetricKeyType ?? '') && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048,
    sign: (key, data) => sign('sha512', data, pss(key)),
    verify: (key, data, signature) => verify('sha512', data, pss(key), signature),
  },
  'hmac-sha256': {
    fits: (key) => (key.symmetricKeySize ?? 0) >= 32,
    sign: hmac,
    verify: (key, data, signature) => signature.length === 32 && timingSafeEqual(hmac(key, data), signature),
  },
};

/** A key and the only algorithm it is used with: what a message says of the algorithm never chooses it. */
export interface SignatureKey {
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

/** A shared secret in Base64, a key in PEM, or for verifying a certificate in PEM. Throws where it is none, or not of the algorithm. */
export function readKey(id: string, algorithm: Algorithm, text: Buffer, use: 'sign' | 'verify'): SignatureKey {
  const key = parse(algorithm, text, use);
  if (!rows[algorithm].fits(key)) throw new Error(`the key \`${id}\` is not one of ${algorithm}${algorithm === 'hmac-sha256' ? ', of 32 bytes at least' : ''}`);
  return { id, algorithm, key };
}

function parse(algorithm: Algorithm, text: Buffer, use: 'sign' | 'verify'): KeyObject {
  if (algorithm === 'hmac-sha256') return createSecretKey(Buffer.from(text.toString('latin1'), 'base64'));
  return use === 'sign' ? createPrivateKey(text) : createPublicKey(text);
}

export const signWith = ({ algorithm, key }: SignatureKey, data: Buffer): Buffer => rows[algorithm].sign(key, data);
export const verifyWith = ({ algorithm, key }: SignatureKey, data: Buffer, signature: Buffer): boolean => rows[algorithm].verify(key, data, signature);
