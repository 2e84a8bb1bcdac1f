import { statSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from './fault.ts';

/** Which files a store has open: device and number of each, in the order of `files`. */
export type Place = readonly string[];

const files = ['portolan.db', 'portolan.lock'] as const;

export function placeOf(folder: string): Place {
  return files.map((file) => numberOf(join(folder, file)));
}

function numberOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev} ${ino}`;
}

/**
 * The fault of the disk where the folder no longer shows the files of an open store: it was renamed, or another was mounted over it. What is
 * open goes on to take what is written, where nobody will find it. Undefined where they are there, or where nobody may look.
 */
export function placeFault(folder: string, place: Place): StoreError | undefined {
  const gone = (message: string, cause?: unknown): StoreError => new StoreError('STORE_FAULT', { folder, message, sqlite: 'SQLITE_IOERR' }, cause);
  try {
    const now = placeOf(folder);
    return now.every((file, i) => file === place[i]) ? undefined : gone('another folder was put in its place');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? undefined : gone(message, error);
  }
}
