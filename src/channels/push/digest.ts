import { createHash, timingSafeEqual } from 'node:crypto';
import { fieldBytes, readDictionary } from './fields.ts';

/** The digests of RFC 9530, 5 that are not broken, the strongest first. */
const algorithms: readonly (readonly [name: string, hash: string])[] = [
  ['sha-512', 'sha512'],
  ['sha-256', 'sha256'],
];

/** `Content-Digest` (RFC 9530, 2) of what comes in pieces. */
export async function contentDigest(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return `sha-256=${fieldBytes(hash.digest())}`;
}

/** Whether the field is that of the bytes: by every digest in it that is known here, and by one at least. */
export function isDigestOf(field: string, bytes: Uint8Array): boolean {
  const stated = readDictionary(field);
  const known = algorithms.flatMap(([name, hash]) => {
    const member = stated?.get(name);
    return member === undefined ? [] : [{ value: member.value, hash }];
  });
  return known.length > 0 && known.every(({ value, hash }) => Buffer.isBuffer(value) && same(value, createHash(hash).update(bytes).digest()));
}

const same = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
