import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { openEvidence } from './evidence-source.ts';
import { isOfDisk, StoreError } from './fault.ts';
import { readKeys } from './keys.ts';
import { closeRead, databaseFile, readDatabase } from './sqlite.ts';
import { verifyStore, type StoreVerification } from './verify-store.ts';

/**
 * A consistent copy of the database of a data folder, beside its owner: the state of one moment, however much is written meanwhile. Keys are
 * not in it. Nothing is overwritten, and a copy that is not whole has another name.
 */
export async function backupFolder(folder: string, file: string): Promise<void> {
  if (existsSync(file)) throw Object.assign(new Error(`${file} is there`), { code: 'EEXIST', path: file });
  const part = `${file}.part`;
  const db = readDatabase(folder);
  try {
    // All pages in one step: one that is interrupted by a commit would begin again, and under load it would never end.
    await db.backup(part, { progress: () => 2 ** 31 - 1 });
    chmodSync(part, 0o600);
    flush(part);
    renameSync(part, file);
    flush(dirname(resolve(file)));
  } finally {
    closeRead(db);
    rmSync(part, { force: true });
  }
}

/** What may lie in a folder that is restored into: what backups do not contain, and what was published. */
const kept: ReadonlySet<string> = new Set(['keys', 'log']);

/** Where it is verified: in the folder itself, which may be a disk of its own. What is left there, by a restore that was ended, is nothing. */
const stagingName = '.restoring';

/** What stands in the way of restoring into a folder; nothing where nothing does. */
export const inTheWay = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => !kept.has(name) && name !== stagingName) : []);

/**
 * Puts a backup into a data folder whose keys are there. It is verified before it is there: every entry, record and content, and against
 * `checkpoint`, or the one that was published from this folder. Where it does not verify, the folder stays as it was. Throws a
 * StoreError where keys are missing.
 */
export function restoreFolder(file: string, folder: string, checkpoint?: string): StoreVerification {
  readKeys(folder);
  const staging = join(resolve(folder), stagingName);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { mode: 0o700 });
  try {
    copyFileSync(file, databaseFile(staging));
    chmodSync(databaseFile(staging), 0o600);
    for (const name of kept) if (existsSync(join(folder, name))) symlinkSync(join(resolve(folder), name), join(staging, name));
    const verified = verifiedAs(file, staging, checkpoint ?? published(folder));
    if (!verified.ok) return verified;
    flush(databaseFile(staging));
    renameSync(databaseFile(staging), databaseFile(folder));
    flush(folder);
    return verified;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** What cannot even be opened is said of the backup: where it lay to be verified is gone. */
function verifiedAs(file: string, folder: string, checkpoint: string | undefined): StoreVerification {
  try {
    return verifiedIn(folder, checkpoint);
  } catch (error) {
    if (isOfDisk(error) || !(error instanceof StoreError)) throw error;
    const { code, args } = error;
    if (code !== 'STORE_FAULT' && code !== 'STORE_ABSENT') throw new StoreError(code, { ...args, folder: file }, error);
    throw new StoreError('EVIDENCE_NOT_A_BACKUP', { file, message: args['message'] ?? 'there is no store in it' }, error);
  }
}

function verifiedIn(folder: string, checkpoint: string | undefined): StoreVerification {
  const source = openEvidence(folder);
  try {
    return verifyStore(source, checkpoint);
  } finally {
    source.close();
  }
}

function published(folder: string): string | undefined {
  const file = join(folder, 'log', 'checkpoint');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function flush(path: string): void {
  const open = openSync(path, 'r');
  try {
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}
