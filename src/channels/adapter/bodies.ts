import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inFrame, type Body } from './frames.ts';

/** Puts bytes where the other side finds them: in the frame where they are few, otherwise as a file named `name`. */
export async function putBody(folder: string, name: string, size: number, chunks: () => AsyncIterable<Uint8Array>): Promise<Body> {
  const hash = createHash('sha256');
  if (size <= inFrame) {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks()) parts.push(chunk);
    const bytes = Buffer.concat(parts);
    return { size: bytes.length, sha256: hash.update(bytes).digest('hex'), base64: bytes.toString('base64') };
  }
  let written = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      written += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(Readable.from(chunks()), counting, createWriteStream(join(folder, name), { mode: 0o600 }));
  return { size: written, sha256: hash.digest('hex'), file: name };
}

export async function dropBody(folder: string, { file }: Body): Promise<void> {
  if (file !== undefined) await rm(join(folder, file), { force: true });
}

/** The bytes of the other side; throws, with a reason for it, where they are not what it states. */
export async function takeBody(folder: string, { file, base64, size, sha256 }: Body, most: number): Promise<Buffer> {
  if (size > most) throw new Error(`it states ${size} bytes, more than ${most}`);
  const bytes = file === undefined ? Buffer.from(base64 ?? '', 'base64') : await readPlainFile(join(folder, file), size);
  if (bytes.length !== size) throw new Error(`it states ${size} bytes, there are ${bytes.length}`);
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error('the bytes are not those of the stated hash');
  return bytes;
}

async function readPlainFile(path: string, size: number): Promise<Buffer> {
  const stat = await lstat(path).catch(() => undefined);
  if (!stat?.isFile()) throw new Error('there is no such file in the folder');
  if (stat.size !== size) throw new Error(`it states ${size} bytes, the file has ${stat.size}`);
  return readFile(path);
}
