import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { diskFault, StoreError } from './fault.ts';
import { placeFault, type Place } from './place.ts';

/** What room the disk of the data folder has, and what the store takes of it; bytes. */
export interface Room {
  readonly free: number; // for us
  readonly disk: number; // all of it
  readonly database: number; // with its write-ahead log
  readonly fault?: StoreError | undefined; // it is no longer the store that is open
}

/** Throws the fault of the disk where the folder cannot be looked at, as when what was mounted there is gone. `place`: of the store that is open. */
export function roomOf(folder: string, place?: Place): Room {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    const database = sizeOf(join(folder, 'portolan.db')) + sizeOf(join(folder, 'portolan.db-wal'));
    return { free: bavail * bsize, disk: blocks * bsize, database, fault: place && placeFault(folder, place) };
  } catch (error) {
    throw diskFault(error, folder, 'ENOENT') ?? error;
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

const full: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const forbidden: ReadonlySet<string | undefined> = new Set(['EROFS', 'EACCES', 'EPERM']);
const piece = Buffer.alloc(1 << 18);

/** Why nothing can be written in the folder at present, found by writing; undefined where it can, or where nobody knows why it cannot. */
export function folderFault(folder: string): StoreError | undefined {
  const file = join(folder, 'portolan.probe');
  let open: number | undefined;
  try {
    open = openSync(file, 'w', 0o600);
    writeSync(open, piece);
    fsyncSync(open);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (full.has(code)) return new StoreError('STORE_DISK_FULL', { folder }, error);
    return forbidden.has(code) ? new StoreError('STORE_READ_ONLY', { folder }, error) : undefined;
  } finally {
    if (open !== undefined) closeSync(open);
    try {
      rmSync(file, { force: true });
    } catch {
      // where nothing can be written nothing can be removed either
    }
  }
}
