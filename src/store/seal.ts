import { createCipheriv, createDecipheriv, createHash, type KeyObject } from 'node:crypto';
import { sha256 } from './sha256.ts';

/**
 * What is private is sealed before it reaches the disk, from the first commit on.
 *
 * Each owner (interchange, message) has two random data keys, one for content and one for records, so that content can
 * be erased while records stay. Both are wrapped by the key of the store (`Wrapper`). Pieces are sealed by AES-256-GCM
 * under a fresh nonce: `nonce (12) ‖ ciphertext ‖ tag (16)`. The associated data name the place of the piece, so that
 * pieces cannot be exchanged, and say which is the last, so that none can be cut off.
 */
export interface DataKeys {
  readonly content: Buffer | undefined; // undefined once erased
  readonly record: Buffer | undefined;
}

export type Random = (size: number) => Buffer;

export const chunkSize = 1 << 20;
const nonceSize = 12;
const tagSize = 16;
const slabSize = 512 << 10;

/**
 * Wraps data keys: `nonce (12) ‖ block (4) ‖ AES-256-CTR(keys) ‖ check (8)`, the record key first, then the content key
 * while there is one. The check is of SHA-256 over both, so that a changed row is told from changed content; that a key
 * is the right one is shown by the tag of everything it seals. One cipher runs for the life of the process, its nonce
 * drawn at the start and no block used twice: a cipher made for each message would cost more than sealing its record.
 */
export class Wrapper {
  readonly #key: KeyObject;
  readonly #random: Random;
  #counter = Buffer.alloc(16);
  #cipher: ReturnType<typeof createCipheriv> | undefined;

  constructor(key: KeyObject, random: Random) {
    this.#key = key;
    this.#random = random;
  }

  wrap({ record, content }: DataKeys): Buffer {
    if (!record) throw new RangeError('nothing to wrap');
    const block = this.#counter.readUInt32BE(12);
    if (!this.#cipher || block > 0xffff_0000) {
      this.#counter = Buffer.concat([this.#random(nonceSize), Buffer.alloc(4)]);
      this.#cipher = createCipheriv('aes-256-ctr', this.#key, this.#counter);
    }
    const plain = content ? Buffer.concat([record, content]) : record;
    const wrapped = Buffer.concat([this.#counter, this.#cipher.update(plain), checkOf(plain)]);
    this.#counter.writeUInt32BE(this.#counter.readUInt32BE(12) + plain.length / 16, 12);
    return wrapped;
  }

  /** Undefined where the wrapped bytes were changed or another key wrapped them. */
  unwrap(wrapped: Buffer): DataKeys | undefined {
    const size = wrapped.length - 24;
    if (size !== 32 && size !== 64) return undefined;
    const plain = createDecipheriv('aes-256-ctr', this.#key, wrapped.subarray(0, 16)).update(wrapped.subarray(16, -8));
    if (!checkOf(plain).equals(wrapped.subarray(-8))) return undefined;
    return { record: plain.subarray(0, 32), content: size === 64 ? plain.subarray(32) : undefined };
  }
}

function checkOf(keys: Buffer): Buffer {
  return sha256(keys).subarray(0, 8);
}

export function seal(key: Buffer, place: string, bytes: Uint8Array, random: Random): Buffer {
  const nonce = random(nonceSize);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place));
  const sealed = slice(nonceSize + bytes.length + tagSize);
  sealed.set(nonce);
  sealed.set(cipher.update(bytes), nonceSize);
  cipher.final();
  sealed.set(cipher.getAuthTag(), nonceSize + bytes.length);
  return sealed;
}

/** Room for sealed bytes, cut from larger pieces: a buffer of its own for each would keep the collector busy. */
let slab = Buffer.alloc(0);
let slabUsed = 0;

function slice(size: number): Buffer {
  if (size > slabSize / 4) return Buffer.allocUnsafeSlow(size);
  if (slabUsed + size > slab.length) {
    slab = Buffer.allocUnsafeSlow(slabSize);
    slabUsed = 0;
  }
  slabUsed += size;
  return slab.subarray(slabUsed - size, slabUsed);
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
  chunk: (id: { readonly owner: string; readonly stage: string; readonly media: string }, n: number, last: boolean): string =>
    `content\n${id.owner}/${id.stage}\n${id.media}\n${n}${last ? '\nlast' : ''}`,
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
export function commitmentOf(salt: Uint8Array, bytes: Iterable<Uint8Array>): Buffer {
  const commitment = createHash('sha256').update(salt);
  for (const piece of bytes) commitment.update(piece);
  return Buffer.from(commitment.digest('binary'), 'latin1'); // in the pool, as of `sha256`
}

/** Business and duplicate keys are found again by their HMAC-SHA-256, and are nowhere in clear. 128 bits suffice to find. */
export function indexHash(key: KeyObject, use: 'business' | 'duplicate', value: string): Buffer {
  const { inner, outer } = pads(key);
  // RFC 2104 over one-shot hashes: an Hmac object costs more than the two hashes together, and there is one for each key.
  const first = sha256(Buffer.concat([inner, Buffer.from(`${use}\n${value}`)]));
  return sha256(Buffer.concat([outer, first])).subarray(0, 16);
}

const padsOf = new WeakMap<KeyObject, { inner: Buffer; outer: Buffer }>();

function pads(key: KeyObject): { inner: Buffer; outer: Buffer } {
  let found = padsOf.get(key);
  if (!found) {
    const block = Buffer.alloc(64);
    key.export().copy(block);
    padsOf.set(key, (found = { inner: block.map((byte) => byte ^ 0x36) as Buffer, outer: block.map((byte) => byte ^ 0x5c) as Buffer }));
  }
  return found;
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
