import { constants } from 'node:fs';
import { lstat, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import type { Code } from '../../diagnostics/codes.ts';
import type { Handed, Outgoing, Parcel } from '../channel.ts';

/** Names of what is put: `{name}` is that of the parcel, and has its delivery in it. */
export interface Naming {
  readonly temporary?: string; // while it is written; `.{name}.tmp` unless said
  readonly companion?: string; // an empty file that is put afterwards, where the receiver waits for it: `{name}.ok`
}

export interface FolderOutgoing extends Naming {
  readonly path: string;
}

/**
 * Puts each parcel into a folder as a file that is there whole or not at all: written under another name in the same file system,
 * made durable, renamed. A file of that name with the same bytes is what an earlier attempt left, with others it is not touched.
 */
export function folderOutgoing({ path, temporary = '.{name}.tmp', companion }: FolderOutgoing): Outgoing {
  return {
    async send(parcel, signal): Promise<Handed> {
      const file = join(path, parcel.filename);
      const detail = { file: parcel.filename };
      try {
        const there = await lstat(file).catch(absent);
        if (there && !(there.isFile() && there.size === parcel.size && (await isSame(file, parcel))))
          return { state: 'failed', code: 'SEND_NAME_TAKEN', reason: `${file} is there with other content`, detail };
        if (!there) await putWhole(file, named(path, temporary, parcel), parcel.chunks(), signal);
        if (companion !== undefined)
          await putWhole(named(path, companion, parcel), named(path, temporary, { filename: `${parcel.filename}.companion` }), [], signal);
        return { state: 'delivered', detail };
      } catch (error) {
        if (signal.aborted) return { state: 'failed', code: 'SEND_TIMEOUT', reason: `writing ${file} took too long`, detail };
        return { state: 'failed', ...failureOfFile(error), detail };
      }
    },
    close: () => Promise.resolve(),
  };
}

export const named = (folder: string, pattern: string, { filename }: Pick<Parcel, 'filename'>): string =>
  join(
    folder,
    pattern.replaceAll('{name}', () => filename),
  );

/** Writes a file so that it is there whole under its name, or not at all, and stays there when the machine falls. */
export async function putWhole(file: string, temporary: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
  await rm(temporary, { force: true }); // what an attempt that broke off left; never followed where it is a link
  const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o640);
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(dirname(file));
}

/** Makes durable that a name is in a folder. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    if (!['EISDIR', 'EINVAL', 'EPERM', 'ENOTSUP'].includes(codeOf(error))) throw error; // file systems that know no such thing
  } finally {
    await handle?.close();
  }
}

async function isSame(file: string, parcel: Parcel): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const chunk of parcel.chunks()) hash.update(chunk);
  return createHash('sha256')
    .update(await readFile(file))
    .digest()
    .equals(hash.digest());
}

export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** Undefined for what is not there; any other fault is one. */
export function absent(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

const failures: Readonly<Record<string, Code>> = {
  ENOENT: 'SEND_FOLDER',
  ENOTDIR: 'SEND_FOLDER',
  ESTALE: 'SEND_FOLDER',
  EACCES: 'SEND_PERMISSION',
  EPERM: 'SEND_PERMISSION',
  EROFS: 'SEND_PERMISSION',
  ENOSPC: 'SEND_NO_SPACE',
  EDQUOT: 'SEND_NO_SPACE',
};

export const failureOfFile = (error: unknown): { readonly code: Code; readonly reason: string } => ({
  code: failures[codeOf(error)] ?? 'SEND_WRITE',
  reason: error instanceof Error ? error.message : String(error),
});
