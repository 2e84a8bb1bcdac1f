import { createHash } from 'node:crypto';
import type { Handed, Outgoing, Parcel, Surroundings } from '../channel.ts';
import type { Naming } from '../folder/outgoing.ts';
import { isStatus, type Remote } from './remote.ts';
import { statusCodes, SftpError } from './faults.ts';
import { Link, type SftpPeer } from './link.ts';

export interface SftpOutgoing extends SftpPeer, Naming {
  readonly folder?: string; // where we come to unless said
}

/** Puts each parcel onto a server as a file that is there whole or not at all. */
export function sftpOutgoing(settings: SftpOutgoing, surroundings: Surroundings): Outgoing {
  const link = new Link(settings, surroundings);
  return {
    async send(parcel, signal): Promise<Handed> {
      const detail = { host: settings.host, file: parcel.filename };
      try {
        await link.use(signal, (remote) => put(remote, parcel, settings, signal));
        return { state: 'delivered', detail };
      } catch (error) {
        const { code, message } = error as SftpError;
        return { state: 'failed', code, reason: message, detail };
      }
    },
    close: () => link.close(),
  };
}

async function put(remote: Remote, parcel: Parcel, { folder = '', temporary = '{name}.tmp', companion }: SftpOutgoing, signal: AbortSignal): Promise<void> {
  const named = (pattern: string, name = parcel.filename): string =>
    inFolder(
      folder,
      pattern.replaceAll('{name}', () => name),
    );
  const file = inFolder(folder, parcel.filename);
  const there = await remote.stat(file);
  if (there && !(there.isFile && there.size === parcel.size && (await isSame(remote, file, parcel))))
    throw new SftpError({ code: 'SEND_NAME_TAKEN', reason: `${file} is there with other content` });
  if (!there) await putWhole(remote, file, named(temporary), parcel.chunks(), parcel.size, signal);
  if (companion !== undefined) await putWhole(remote, named(companion), named(temporary, `${parcel.filename}.companion`), [], 0, signal);
}

/** What an attempt that broke off left under the temporary name is written over from the beginning: whether its server kept every byte of it nobody knows. */
async function putWhole(
  remote: Remote,
  file: string,
  temporary: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  await remote.write(temporary, chunks, signal);
  const written = await remote.stat(temporary);
  if (written && written.size !== size) throw new SftpError({ code: 'SEND_WRITE', reason: `${temporary} has ${written.size} bytes of ${size} on the server` });
  if (temporary !== file) await remote.rename(temporary, file);
}

/** A file that may not be read back is taken for ours: our delivery is in its name, and its size is right. */
async function isSame(remote: Remote, file: string, parcel: Parcel): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const chunk of parcel.chunks()) hash.update(chunk);
  try {
    const bytes = await remote.read(file, parcel.size);
    return bytes !== undefined && createHash('sha256').update(bytes).digest().equals(hash.digest());
  } catch (error) {
    if (isStatus(error, statusCodes.denied)) return true;
    throw error;
  }
}

export const inFolder = (folder: string, name: string): string => (folder === '' ? name : `${folder.replace(/\/$/, '')}/${name}`);
