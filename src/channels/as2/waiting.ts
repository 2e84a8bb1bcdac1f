import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Values that are kept over a restart, a file each: whole or not there. */
export interface Kept<T> {
  put(name: string, value: T): Promise<void>;
  get(name: string): Promise<T | undefined>;
  drop(name: string): Promise<void>;
  names(): Promise<string[]>;
}

export async function keepIn<T>(folder: string): Promise<Kept<T>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = (name: string): string => join(folder, `${name}.json`);
  return {
    async put(name, value) {
      const file = await open(`${path(name)}~`, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify(value));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path(name)}~`, path(name));
      await synced(folder);
    },
    async get(name) {
      try {
        return JSON.parse(await readFile(path(name), 'utf8')) as T;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    drop: (name) => rm(path(name), { force: true }),
    names: async () => (await readdir(folder)).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length)),
  };
}

async function synced(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What was sent and waits for a receipt that comes later, by delivery. */
export interface Awaited {
  readonly messageId: string;
  readonly signed: boolean;
  readonly at: number;
  readonly mics: Readonly<Record<string, string>>; // by digest
}

export const awaitedIn = (data: string): Promise<Kept<Awaited>> => keepIn(join(data, 'awaited'));

/** The Message-ID of a delivery: the same at every attempt. */
export const messageIdOf = (delivery: string, name: string): string => `<${delivery}@${name.replace(/[^A-Za-z0-9.-]+/g, '-')}>`;
/** The delivery of a Message-ID of ours. */
export const deliveryOf = (messageId: string): string | undefined => /^<?([A-Za-z0-9-]{1,64})@/.exec(messageId.trim())?.[1];
