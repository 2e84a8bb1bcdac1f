import { hash } from 'node:crypto';

/**
 * SHA-256 of bytes that are at hand. By way of a string the result lies in the pool of small buffers; a buffer of its own
 * for each hash would cost the allocator and the collector as much again as hashing.
 */
export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}
