import { createCipheriv, createDecipheriv, createHash, createHmac, type KeyObject } from 'node:crypto';

/**
 * What is private is sealed before it reaches the disk, from the first commit on.
 *
 * Each owner (interchange, message) has two random data keys, one for content and one for records, so that content can
 * be erased while records stay. Both are wrapped together by the key of the store (AES key wrap, RFC 3394). Pieces are
 * sealed by AES-256-GCM under a fresh nonce: `nonce (12) ‖ ciphertext ‖ tag (16)`. The associated data name the place
 * of the piece, so that pieces cannot be exchanged, and say which is the last, so that none can be cut off.
 */
export interface DataKeys {
  readonly content: Buffer | undefined; // undefined once erased
  readonly record: Buffer | undefined;
}

export type Random = (size: number) => Buffer;

export const chunkSize = 1 << 20;
const nonceSize = 12;
const tagSize = 16;
const wrapIv = Buffer.alloc(8, 0xa6); // RFC 3394, 2.2.3.1

/** Wrapped form: both keys, or the record key alone. */
export function wrapKeys(keys: DataKeys, store: KeyObject): Buffer {
  const plain = Buffer.concat([keys.record!, keys.content ?? Buffer.alloc(0)]);
  const cipher = createCipheriv('id-aes256-wrap', store, wrapIv);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

/** Undefined where the wrapped bytes were changed or another key wrapped them. */
export function unwrapKeys(wrapped: Uint8Array, store: KeyObject): DataKeys | undefined {
  try {
    const decipher = createDecipheriv('id-aes256-wrap', store, wrapIv);
    const plain = Buffer.concat([decipher.update(wrapped), decipher.final()]);
    return { record: plain.subarray(0, 32), content: plain.length === 64 ? plain.subarray(32) : undefined };
  } catch {
    return undefined;
  }
}

export function seal(key: Buffer, place: string, bytes: Uint8Array, random: Random): Buffer {
  const nonce = random(nonceSize);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place));
  const body = cipher.update(bytes);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()], nonceSize + body.length + tagSize);
}

/** Undefined where one bit of the sealed bytes, or their place, was changed. */
export function unseal(key: Buffer, place: string, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < nonceSize + tagSize) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceSize));
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(sealed.subarray(sealed.length - tagSize));
    const body = decipher.update(sealed.subarray(nonceSize, sealed.length - tagSize));
    decipher.final();
    return body;
  } catch {
    return undefined;
  }
}

/** The places of sealed pieces, as associated data. `verify` spells them again on its own. */
export const places = {
  chunk: (owner: string, stage: string, n: number, last: boolean): string => `content\n${owner}/${stage}\n${n}${last ? '\nlast' : ''}`,
  record: (owner: string): string => `record\n${owner}`,
  detail: (id: string): string => `state\n${id}`,
};

/** The pieces of a body: at most 1 MiB each, at least one. */
export function* pieces(bytes: Uint8Array): Generator<{ piece: Uint8Array; last: boolean }> {
  for (let at = 0; ; at += chunkSize) {
    const last = at + chunkSize >= bytes.length;
    yield { piece: bytes.subarray(at, at + chunkSize), last };
    if (last) return;
  }
}

/** `SHA-256(salt ‖ bytes)`: binds without showing, as nobody can try out bytes against it who lacks the salt. */
export function commitmentOf(salt: Uint8Array, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(salt).update(bytes).digest();
}

/** Business and duplicate keys are found again by this, and are nowhere in clear. 128 bits suffice to find. */
export function indexHash(key: KeyObject, use: 'business' | 'duplicate', value: string): Buffer {
  return createHmac('sha256', key).update(`${use}\n`).update(value).digest().subarray(0, 16);
}

/** Random bytes drawn in larger pieces: a call for each salt and nonce would cost more than sealing a record. */
export function pooled(source: (size: number) => Uint8Array): Random {
  let pool = Buffer.alloc(0);
  let used = 0;
  return (size) => {
    if (used + size > pool.length) {
      pool = Buffer.from(source(Math.max(size, 8192)));
      used = 0;
    }
    used += size;
    return pool.subarray(used - size, used);
  };
}
