import { createHash, type Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Digest } from './algorithms.ts';

const slice = 1024 * 1024; // bytes that are worked off before others have their turn

/** Hands `parts` on in slices, and gives way to others between them: a manifest of 50 MB holds up nobody. */
export async function inSlices(parts: readonly Uint8Array[], work: (bytes: Uint8Array) => void): Promise<void> {
  let since = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += slice) {
      const bytes = part.subarray(at, at + slice);
      work(bytes);
      since += bytes.length;
      if (since < slice) continue;
      since = 0;
      await setImmediate();
    }
  }
}

export async function hashed(digest: Digest, parts: readonly Uint8Array[]): Promise<Hash> {
  const hash = createHash(digest);
  await inSlices(parts, (bytes) => hash.update(bytes));
  return hash;
}

/** The message integrity check: a digest in base64 (RFC 4130, 7.3.1). */
export const micOf = async (digest: Digest, parts: readonly Uint8Array[]): Promise<string> => (await hashed(digest, parts)).digest('base64');

export const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

/** One buffer of the parts; the part itself where there is one. */
export const joined = (parts: readonly Uint8Array[]): Uint8Array => (parts.length === 1 ? parts[0]! : Buffer.concat(parts));
