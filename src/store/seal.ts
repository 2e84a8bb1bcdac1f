import { createCipheriv, createDecipheriv, createHash, hash, type KeyObject } from 'node:crypto';
import { sha256 } from './sha256.ts';

export type Random = (size: number) => Buffer;

export const chunkSize = 1 << 20;
const counterSize = 16;
const keySize = 32;
const tagSize = 16;
const headSize = counterSize + keySize;
const slabSize = 512 << 10;
const nonce = Buffer.alloc(12); // a key seals once, so no two seals are alike

/**
 * What is private is sealed before it reaches the disk, from the first commit on, each piece under a random key of its own
 * which lies in front of it, wrapped by the key of the store. Erasing a piece destroys its key with it.
 *
 *   counter (16) ‖ AES-256-CTR of the key (32) ‖ AES-256-GCM of the bytes ‖ tag (16)
 *
 * The associated data name the place of the piece, so that pieces cannot be exchanged, and say which is the last, so that
 * none can be cut off. One cipher wraps for the life of the process, its counter begun at random and no block used twice; that
 * a key is the right one is shown by the tag of what it seals.
 */
export class Sealer {
  readonly #store: KeyObject;
  readonly #random: Random;
  readonly #counter = Buffer.alloc(counterSize);
  #wrapping: ReturnType<typeof createCipheriv> | undefined;

  constructor(store: KeyObject, random: Random) {
    this.#store = store;
    this.#random = random;
  }

  seal(place: string, bytes: Uint8Array): Buffer {
    const key = this.#random(keySize);
    const sealed = slice(headSize + bytes.length + tagSize);
    this.#wrap(key, sealed);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(Buffer.from(place));
    sealed.set(cipher.update(bytes), headSize);
    cipher.final();
    sealed.set(cipher.getAuthTag(), headSize + bytes.length);
    return sealed;
  }

  /** Undefined where one bit of the sealed bytes, or their place, was changed. */
  unseal(place: string, sealed: Uint8Array): Buffer | undefined {
    if (sealed.length < sealedSize(0)) return undefined;
    try {
      const key = createDecipheriv('aes-256-ctr', this.#store, sealed.subarray(0, counterSize)).update(sealed.subarray(counterSize, headSize));
      const decipher = createDecipheriv('aes-256-gcm', key, nonce);
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(sealed.subarray(sealed.length - tagSize));
      const bytes = decipher.update(sealed.subarray(headSize, sealed.length - tagSize));
      decipher.final();
      return bytes;
    } catch {
      return undefined;
    }
  }

  #wrap(key: Buffer, sealed: Buffer): void {
    const block = this.#counter.readUInt32BE(12);
    if (!this.#wrapping || block > 0xffff_0000) {
      this.#random(12).copy(this.#counter);
      this.#counter.writeUInt32BE(0, 12);
      this.#wrapping = createCipheriv('aes-256-ctr', this.#store, this.#counter);
    }
    sealed.set(this.#counter);
    sealed.set(this.#wrapping.update(key), counterSize);
    this.#counter.writeUInt32BE(this.#counter.readUInt32BE(12) + keySize / 16, 12);
  }
}

/** How many bytes so many become. */
export const sealedSize = (size: number): number => headSize + size + tagSize;

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

/** The places of sealed pieces, as associated data. `verify` spells them again on its own. */
export const places = {
  piece: (id: { readonly no: number; readonly owner: string; readonly stage: string; readonly media: string }, n: number, last: boolean): string =>
    `content\n${id.no}\n${id.owner}/${id.stage}\n${id.media}\n${n}${last ? '\nlast' : ''}`,
  record: (owner: string): string => `record\n${owner}`,
  detail: (id: string): string => `state\n${id}`,
  run: (partner: string): string => `run\n${partner}`,
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
export function commitmentOf(salt: Uint8Array, bytes: Uint8Array | Iterable<Uint8Array>): Buffer {
  if (bytes instanceof Uint8Array && salt.length + bytes.length <= joined.length) {
    joined.set(salt);
    joined.set(bytes, salt.length);
    return sha256(joined.subarray(0, salt.length + bytes.length)); // one call for most, instead of an object of four
  }
  const commitment = createHash('sha256').update(salt);
  for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) commitment.update(piece);
  return Buffer.from(commitment.digest('binary'), 'latin1'); // in the pool, as of `sha256`
}

const joined = Buffer.allocUnsafeSlow(64 << 10);

/** Business and duplicate keys are found again by their HMAC-SHA-256, and are nowhere in clear. 128 bits suffice to find. */
export function indexHash(key: KeyObject, use: 'business' | 'duplicate' | 'filing' | 'run', value: string): Buffer {
  const { inner, outer } = pads(key);
  // RFC 2104 over one-shot hashes: an Hmac object costs more than the two hashes together, and there is one for each key.
  const text = `${use}\n${value}`;
  const size = blockSize + Buffer.byteLength(text);
  const first = size <= joined.length ? joined.subarray(0, size) : Buffer.allocUnsafe(size);
  first.set(inner);
  first.write(text, blockSize);
  outer.write(hash('sha256', first, 'binary'), blockSize, 'latin1');
  return sha256(outer).subarray(0, 16);
}

const blockSize = 64; // bytes, of SHA-256

const padsOf = new WeakMap<KeyObject, { inner: Buffer; outer: Buffer }>();

function pads(key: KeyObject): { inner: Buffer; outer: Buffer } {
  let found = padsOf.get(key);
  if (!found) {
    const block = Buffer.alloc(blockSize);
    key.export().copy(block);
    const outer = Buffer.alloc(blockSize + 32); // and room for the inner hash
    outer.set(block.map((byte) => byte ^ 0x5c));
    padsOf.set(key, (found = { inner: block.map((byte) => byte ^ 0x36) as Buffer, outer }));
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
