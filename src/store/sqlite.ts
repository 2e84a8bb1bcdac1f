import Database from 'better-sqlite3';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schema0001 } from './migrations/0001.ts';
import { schema0002 } from './migrations/0002.ts';
import { schema0003 } from './migrations/0003.ts';
import { schema0006 } from './migrations/0006.ts';
import { schema0007 } from './migrations/0007.ts';
import { schema0008 } from './migrations/0008.ts';
import { schema0009 } from './migrations/0009.ts';
import { schema0010 } from './migrations/0010.ts';
import type { Cut } from './cut.ts';
import { folderFault } from './room.ts';
import { diskFault, StoreError } from './fault.ts';

/**
 * The one door to better-sqlite3: opening, locking, migrating, and what its faults mean. All statements on the database
 * are in `writes.ts`, `read.ts` and `search.ts`, which are handed a `Db`.
 */
export type Db = Database.Database;
export type Statement = Database.Statement<unknown[], unknown>;

const migrations: readonly string[] = [schema0001, schema0002, schema0003, schema0006, schema0007, schema0008, schema0009, schema0010];

const patience = 5_000; // ms for which the lock of another is waited for

/** Opens the database of a data folder for its owner; makes it where there is none. `again`: after a fault of the disk, when nothing is made. */
export function openDatabase(folder: string, again = false): Db {
  if (!again) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = guarded(folder, () => new Database(databaseFile(folder), { timeout: patience, fileMustExist: again }));
  try {
    return guarded(folder, () => {
      db.pragma('journal_mode = wal');
      db.pragma('synchronous = full'); // a commit is on the disk when it returns
      db.pragma('secure_delete = on'); // what is erased is overwritten
      db.pragma('foreign_keys = on');
      db.pragma('cache_size = -16384'); // one in which a whole group finds room: each commit walks through all of it, and what is larger is not at hand anyway
      db.pragma('wal_autocheckpoint = 4000');
      db.exec(`begin immediate; pragma user_version = ${schemaVersion(db)}; rollback`); // fails at once where nothing can be written
      migrate(db, folder);
      writeThrough(db, folder, again);
      return db;
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Where a flush failed, what can be read of the write-ahead log may be in memory alone, and would be gone when the machine falls. So it is
 * written anew, into the database, and flushed, before anything is built upon it.
 */
function writeThrough(db: Db, folder: string, isNeeded: boolean): void {
  const [done] = db.pragma(`wal_checkpoint(${isNeeded ? 'truncate' : 'passive'})`) as { busy: number }[];
  if (isNeeded && done?.busy !== 0) throw new StoreError('STORE_BUSY', { folder });
}

/**
 * Empties the write-ahead log, in which what was erased may still stand. False where somebody reads what stands there: nobody waits for that, it
 * is done again later. Throws a StoreError where the database fails.
 */
export function emptyLog(db: Db, folder: string): boolean {
  db.pragma('busy_timeout = 0');
  try {
    return (db.pragma('wal_checkpoint(truncate)') as { busy: number }[])[0]?.busy === 0;
  } catch (error) {
    const fault = machineFault(error, folder);
    if (fault.code === 'STORE_FAULT') throw fault;
    return false;
  } finally {
    db.pragma(`busy_timeout = ${patience}`);
  }
}

/** Opens the database beside its owner; it can change nothing. `live`: what is committed from now on must be seen, which in a copy it is not. */
export function readDatabase(folder: string, live = false): Db {
  const file = databaseFile(folder);
  if (!existsSync(file)) throw new StoreError('STORE_ABSENT', { folder });
  try {
    const isAtRest = besides.every((ending) => !existsSync(`${file}${ending}`));
    const db = reading(folder, file);
    if (isAtRest) atRest.set(db, file);
    return db;
  } catch (error) {
    if (live || !(error instanceof StoreError && error.code === 'STORE_READ_ONLY')) throw error;
    return readCopy(folder);
  }
}

const besides = ['-wal', '-shm'] as const;
const atRest = new WeakMap<Db, string>(); // connections that read a database beside which nothing lay

/**
 * Closes what was opened for reading. Who may only read leaves a log and its index beside a database that nobody else has open; one who may write
 * takes them away, and SQLite sees to it that nobody came meanwhile.
 */
export function closeRead(db: Db): void {
  const file = atRest.get(db);
  db.close();
  if (file === undefined) return;
  try {
    const last = new Database(file, { timeout: 0, fileMustExist: true });
    last.pragma('schema_version');
    last.close();
  } catch {
    // they are empty, and harm nobody
  }
}

/**
 * Whoever reads a database with a write-ahead log shares an index beside it, which SQLite makes; in a folder that cannot
 * be written (a mounted backup) it cannot. So a copy is read, with what its log holds. Its names are gone once it is
 * open: nothing is left behind, however this process ends.
 */
function readCopy(folder: string, size = 0): Db {
  const own = mkdtempSync(join(tmpdir(), 'portolan-read-'));
  try {
    for (const ending of ['', '-wal']) {
      const file = `${databaseFile(folder)}${ending}`;
      if (!existsSync(file)) continue;
      copyFileSync(file, `${databaseFile(own)}${ending}`);
      chmodSync(`${databaseFile(own)}${ending}`, 0o600); // a copy has the rights of what was copied
    }
    if (size > statSync(databaseFile(own)).size) truncateSync(databaseFile(own), size);
    guarded(folder, () => {
      const copy = new Database(databaseFile(own));
      copy.pragma('journal_mode = delete');
      copy.close();
    });
    return reading(folder, databaseFile(own));
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/**
 * What can still be read of a database whose file was cut short: a copy, as long as it was, of which what is missing is no page. Undefined
 * where nothing can, since even what says which tables there are is gone.
 */
export function readCut(folder: string, { stated }: Cut): Db | undefined {
  try {
    return readCopy(folder, stated);
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'STORE_FAULT' || error.code === 'STORE_ABSENT')) return undefined;
    throw error;
  }
}

function reading(folder: string, file: string): Db {
  const db = guarded(folder, () => new Database(file, { readonly: true, fileMustExist: true, timeout: patience }));
  try {
    const version = guarded(folder, () => schemaVersion(db));
    if (version > migrations.length) throw newer(folder, version);
    // What is empty, since its first start did not come so far, or is of another program: as if nothing were there.
    if (guarded(folder, () => db.prepare("select 1 from sqlite_schema where name = 'meta'").get()) === undefined)
      throw new StoreError('STORE_ABSENT', { folder });
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * The exclusive lock on a data folder: a transaction held open on a database of its own. The operating system ends it
 * with the process, however that ends, and readers of the real database are not disturbed. `again`: only where there is a store to be locked.
 */
export function lockFolder(folder: string, again = false): () => void {
  if (!again) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'portolan.lock');
  const isThere = existsSync(file);
  if (again && !isThere && !existsSync(databaseFile(folder))) throw new StoreError('STORE_ABSENT', { folder });
  const lock = guarded(folder, () => new Database(file, { timeout: 0, fileMustExist: again && isThere }));
  try {
    lock.pragma('journal_mode = memory');
    lock.exec('begin exclusive');
  } catch (cause) {
    lock.close();
    throw codeOf(cause).startsWith('SQLITE_BUSY') ? new StoreError('STORE_LOCKED', { folder }, cause) : machineFault(cause, folder);
  }
  return () => lock.close();
}

export function databaseFile(folder: string): string {
  return join(folder, 'portolan.db');
}

/** Runs the migrations that are missing, as one: where one of them fails the store is as it was, and its former program still opens it. */
function migrate(db: Db, folder: string): void {
  const version = schemaVersion(db);
  if (version > migrations.length) throw newer(folder, version);
  if (version < migrations.length) db.transaction(() => db.exec(`${migrations.slice(version).join('')}pragma user_version = ${migrations.length}`))();
}

/** Where the schema is not as its migrations made it: a trigger that somebody planted would act with the owner's hand. */
export function schemaChanges(db: Db): { name: string; change: string }[] {
  const made = new Database(':memory:');
  for (const migration of migrations.slice(0, schemaVersion(db))) made.exec(migration);
  const ours = schemaOf(made);
  const found = schemaOf(db);
  made.close();
  return [...new Set([...ours.keys(), ...found.keys()])]
    .filter((name) => ours.get(name) !== found.get(name))
    .map((name) => ({ name, change: !ours.has(name) ? 'it is not of this program' : !found.has(name) ? 'it is missing' : 'it was changed' }));
}

function schemaOf(db: Db): Map<string, string> {
  const rows = db.prepare('select type, name, tbl_name, sql from sqlite_schema').all() as Record<'type' | 'name' | 'tbl_name' | 'sql', string | null>[];
  return new Map(rows.map(({ type, name, tbl_name, sql }) => [`${type} ${name}`, `${tbl_name}\n${sql}`]));
}

/** A store that its owner has not brought up to date yet: what this program would ask of it may not be there. It is closed then. */
export function checkCurrent(db: Db, folder: string): void {
  const version = schemaVersion(db);
  if (version === migrations.length) return;
  db.close();
  throw new StoreError('STORE_OLDER', { folder, found: String(version), known: String(migrations.length) });
}

function schemaVersion(db: Db): number {
  return Number(db.pragma('user_version', { simple: true }));
}

function newer(folder: string, version: number): StoreError {
  return new StoreError('STORE_NEWER', { folder, found: String(version), known: String(migrations.length) });
}

/** Whether the fault is the machine's (then the whole group fails) and not that of one batch. */
export function isMachineFault(error: unknown): boolean {
  const code = codeOf(error);
  return code !== '' && !code.startsWith('SQLITE_CONSTRAINT') && !code.startsWith('SQLITE_MISMATCH') && !code.startsWith('SQLITE_TOOBIG');
}

/** What a fault of SQLite means: who must act, and whether the same call may succeed later. */
export function machineFault(error: unknown, folder: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  if (code.startsWith('SQLITE_FULL')) return new StoreError('STORE_DISK_FULL', { folder }, error);
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_PERM'))
    return new StoreError('STORE_READ_ONLY', { folder }, error);
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return new StoreError('STORE_BUSY', { folder }, error);
  if (code === '' || code.startsWith('SQLITE_CONSTRAINT'))
    return new StoreError('STORE_BATCH', { message: error instanceof Error ? error.message : String(error) }, error);
  // Of what could not be written nothing was: the folder itself is asked whether there is no room or no right, which passes. What could not
  // be flushed is another matter: nobody knows what is on the disk.
  const passing = unwritten.has(code) ? folderFault(folder) : undefined;
  if (passing) return passing;
  return new StoreError('STORE_FAULT', { folder, message: error instanceof Error ? error.message : String(error), sqlite: code }, error);
}

const unwritten: ReadonlySet<string> = new Set(['WRITE', 'SHMSIZE', 'SHMOPEN', 'SHMMAP', 'TRUNCATE'].map((what) => `SQLITE_IOERR_${what}`));

/**
 * A file as large as what a commit writes, then a commit of the database that changes nothing; throws what forbids it. Where the folder can
 * be written and the database cannot, its files are not those that are open here: of a file system that failed, or was mounted anew.
 */
export function probeWriting(db: Db, folder: string): void {
  const fault = folderFault(folder);
  if (fault) throw fault;
  try {
    db.exec(`begin immediate; pragma user_version = ${schemaVersion(db)}; commit`);
  } catch (error) {
    if (db.inTransaction) db.exec('rollback');
    const fault = machineFault(error, folder);
    throw fault.code === 'STORE_READ_ONLY' ? new StoreError('STORE_FAULT', { folder, message: fault.message, sqlite: 'SQLITE_IOERR' }, error) : fault;
  }
}

/** What the database answers; a fault of it is one of the store, and says nothing of what was asked. */
export function asked<T>(folder: string, question: () => T): T {
  try {
    return question();
  } catch (error) {
    throw codeOf(error) === '' ? error : machineFault(error, folder);
  }
}

/** What fails of the store as a whole, its database or a file beside it: a fault of the machine says who must act. Another stays what it is. */
export function faultOf(error: unknown, folder: string): unknown {
  return diskFault(error, folder) ?? (codeOf(error) === '' ? error : machineFault(error, folder));
}

function guarded<T>(folder: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw machineFault(error, folder);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}
