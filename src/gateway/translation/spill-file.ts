import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Spill } from '../../dictionary/paging.ts';

/** Where a block lies. */
export interface Block {
  readonly at: number;
  readonly size: number;
  readonly no: number; // never the same twice for one key: the nonce
}

/** What another thread of the process needs to read blocks. A plain value, good as long as the file is open. */
export interface SpillKey {
  readonly file: number; // descriptor
  readonly key: Uint8Array;
}

const tagSize = 16;
const nearby = 16; // free places looked at

/**
 * What has no room in memory, in a file that nobody else can read: it has no name from the beginning, so it ends with the
 * process however that ends, and every block is sealed (AES-256-GCM) under a key that is in memory only. Made at the first block.
 */
export class SpillFile implements Spill {
  readonly #folder: string;
  #key: Uint8Array | undefined;
  readonly #blocks: (Block & { readonly room: number })[] = [];
  readonly #free: number[] = [];
  #file: number | undefined;
  #end = 0;
  #no = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  put(data: unknown, instead?: number): number {
    const block = serialize(data);
    const size = block.length + tagSize;
    const number = instead ?? this.#freed(size) ?? this.#blocks.length;
    const room = this.#blocks[number]?.room ?? 0;
    const at = room >= size ? this.#blocks[number]!.at : this.#end;
    if (at === this.#end) this.#end += size;
    const no = this.#no++;
    this.#blocks[number] = { at, size, no, room: Math.max(size, room >= size ? room : 0) };
    const cipher = createCipheriv('aes-256-gcm', (this.#key ??= randomBytes(32)), nonce(no));
    this.#write(cipher.update(block), at);
    cipher.final(); // of this cipher nothing is left
    this.#write(cipher.getAuthTag(), at + block.length);
    return number;
  }

  get(number: number): unknown {
    return readBlock(this.handle, this.#blocks[number]!);
  }

  free(number: number): void {
    this.#free.push(number);
  }

  block(number: number): Block {
    const { at, size, no } = this.#blocks[number]!;
    return { at, size, no };
  }

  get handle(): SpillKey {
    return { file: this.#file!, key: this.#key! };
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#blocks.length = this.#free.length = 0;
    this.#end = 0;
  }

  #freed(size: number): number | undefined {
    for (let i = this.#free.length - 1; i >= Math.max(0, this.#free.length - nearby); i--)
      if (this.#blocks[this.#free[i]!]!.room >= size) return this.#free.splice(i, 1)[0];
    return undefined;
  }

  #write(bytes: Uint8Array, at: number): void {
    this.#file ??= openNameless(this.#folder);
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done, bytes.length - done, at + done);
  }
}

let scratch = Buffer.alloc(0); // sealed bytes pass through it

/** What is in a block, whoever wrote it. Throws where it is not what was written. */
export function readBlock({ file, key }: SpillKey, { at, size, no }: Block): unknown {
  if (scratch.length < size) scratch = Buffer.allocUnsafe(size);
  const sealed = scratch.subarray(0, size);
  for (let done = 0; done < size;) {
    const read = readSync(file, sealed, done, size - done, at + done);
    if (read === 0) throw new Error('a block ends before its end');
    done += read;
  }
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(no));
  decipher.setAuthTag(sealed.subarray(size - tagSize));
  const block = decipher.update(sealed.subarray(0, size - tagSize));
  decipher.final(); // throws where the block is another
  return deserialize(block);
}

function nonce(no: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(no), 4);
  return bytes;
}

function openNameless(folder: string): number {
  const made = mkdtempSync(join(folder, '.spill-'));
  try {
    return openSync(join(made, 'blocks'), 'wx+', 0o600);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
