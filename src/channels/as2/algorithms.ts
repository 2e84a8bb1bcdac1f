/** What this channel can compute, and what others call it. Sources: RFC 5754 (digests), RFC 3565 and 5084 (AES), RFC 3370 (3DES, RSA), RFC 5753 (ECDSA). */
export type Digest = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';
export type Cipher = '3des' | 'aes128' | 'aes192' | 'aes256' | 'aes128-gcm' | 'aes256-gcm';

export interface DigestRow {
  readonly oid: string;
  readonly micalg: string; // RFC 5751, 3.4.3.2; both spellings are read
  readonly ecdsa: string; // object identifier of ECDSA with it
}

export const digests: Readonly<Record<Digest, DigestRow>> = {
  md5: { oid: '1.2.840.113549.2.5', micalg: 'md5', ecdsa: '' },
  sha1: { oid: '1.3.14.3.2.26', micalg: 'sha-1', ecdsa: '1.2.840.10045.4.1' },
  sha256: { oid: '2.16.840.1.101.3.4.2.1', micalg: 'sha-256', ecdsa: '1.2.840.10045.4.3.2' },
  sha384: { oid: '2.16.840.1.101.3.4.2.2', micalg: 'sha-384', ecdsa: '1.2.840.10045.4.3.3' },
  sha512: { oid: '2.16.840.1.101.3.4.2.3', micalg: 'sha-512', ecdsa: '1.2.840.10045.4.3.4' },
};

export const digestByOid = (oid: string): Digest | undefined => (Object.keys(digests) as Digest[]).find((name) => digests[name].oid === oid);

/** By the word in `micalg` and `Received-Content-MIC`: `sha-256`, `SHA256`, `"sha1"`, `rsa-sha256`. */
export function digestByMicalg(word: string): Digest | undefined {
  const name = word.trim().toLowerCase().replace(/^"|"$/g, '').replace(/^rsa-/, '').replace('-', '');
  return Object.hasOwn(digests, name) ? (name as Digest) : undefined;
}

export interface CipherRow {
  readonly oid: string;
  readonly node: string; // what node:crypto calls it
  readonly key: number; // bytes
  readonly iv: number; // bytes
  readonly sealed: boolean; // authenticated: AuthEnvelopedData
}

export const ciphers: Readonly<Record<Cipher, CipherRow>> = {
  '3des': { oid: '1.2.840.113549.3.7', node: 'des-ede3-cbc', key: 24, iv: 8, sealed: false },
  aes128: { oid: '2.16.840.1.101.3.4.1.2', node: 'aes-128-cbc', key: 16, iv: 16, sealed: false },
  aes192: { oid: '2.16.840.1.101.3.4.1.22', node: 'aes-192-cbc', key: 24, iv: 16, sealed: false },
  aes256: { oid: '2.16.840.1.101.3.4.1.42', node: 'aes-256-cbc', key: 32, iv: 16, sealed: false },
  'aes128-gcm': { oid: '2.16.840.1.101.3.4.1.6', node: 'aes-128-gcm', key: 16, iv: 12, sealed: true },
  'aes256-gcm': { oid: '2.16.840.1.101.3.4.1.46', node: 'aes-256-gcm', key: 32, iv: 12, sealed: true },
};

export const cipherByOid = (oid: string): Cipher | undefined => (Object.keys(ciphers) as Cipher[]).find((name) => ciphers[name].oid === oid);

export const oids = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  envelopedData: '1.2.840.113549.1.7.3',
  authEnvelopedData: '1.2.840.113549.1.9.16.1.23',
  compressedData: '1.2.840.113549.1.9.16.1.9',
  zlib: '1.2.840.113549.1.9.16.3.8',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  rsa: '1.2.840.113549.1.1.1',
  rsaOaep: '1.2.840.113549.1.1.7',
  rsaPss: '1.2.840.113549.1.1.10',
  mgf1: '1.2.840.113549.1.1.8',
} as const;
