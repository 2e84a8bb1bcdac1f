import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import type { CommitStep } from '../../src/store/commit.ts';
import { isOfDisk, StoreError } from '../../src/store/fault.ts';
import { Disk } from '../../src/gateway/intake/disk.ts';
import { openStore, type OwnStore, type StoreOptions } from '../../src/store/open.ts';
import { readerParts } from '../../src/store/parts.ts';
import { placeOf } from '../../src/store/place.ts';
import { verifyReceipt } from '../../src/store/receipt.ts';
import { Reopening } from '../../src/store/reopening.ts';
import { lockFolder, openDatabase } from '../../src/store/sqlite.ts';
import type { Batch } from '../../src/store/store.ts';
import { openThreadedStore } from '../../src/store/threaded.ts';
import { intakeOf, outcomeOf, remove, verifyFolder } from './damage.ts';

/*
 * A disk that fails leaves nobody knowing what is on it. The store is opened again by the same process, as by a start; what differs from
 * a start is here: what is under way stays so, what was told must be there, and nothing is made where nothing is.
 */
function temporary(test: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-reopen-'));
  test.teardown(() => remove(folder));
  return folder;
}

/** A store whose next commit fails at a step, as the database says it. */
interface Failing {
  readonly options: StoreOptions;
  next: { readonly step: CommitStep; readonly code: string } | undefined;
}

function failing(folder: string): Failing {
  const made: Failing = {
    next: undefined,
    options: {
      folder,
      origin: 'portolan.test/log',
      onStep(step) {
        const { next } = made;
        if (next?.step !== step) return;
        made.next = undefined;
        throw new Database.SqliteError('disk I/O error', next.code);
      },
    },
  };
  return made;
}

async function again(options: StoreOptions, former: OwnStore): Promise<OwnStore> {
  const { before } = former;
  await former.close();
  return openStore(options, before);
}

for (const step of ['prepared', 'begun', 'applied', 'signed'] as const)
  for (const code of ['SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_READ'])
    t.test(`${code} when ${step}: nothing more is taken, and once it is opened again all goes on`, async (t) => {
      const folder = temporary(t);
      const made = failing(folder);
      const store = openStore(made.options);
      const kept = await store.commit(intakeOf('01A', Buffer.from('UNB+one')));
      await store.commit(intakeOf('01B', Buffer.from('UNB+two')));
      const big = { owner: '01BIG', stage: 'original', media: 'text/plain' };
      const staged = await store.stage(big, [Buffer.alloc(2_000_000, 'x')]);
      const [job] = await store.claim(['translate'], 1);
      const outcome = outcomeOf('01A', job!.id);
      made.next = { step, code };
      await t.rejects(store.commit(outcome), { code: 'STORE_FAULT' });
      t.ok(isOfDisk(store.fault), 'it was the disk');
      await t.rejects(store.probe(), { code: 'STORE_FAULT' });
      await t.rejects(store.commit(intakeOf('01C', Buffer.from('UNB+three'))), { code: 'STORE_HALTED' });
      await t.rejects(store.stage(big, [Buffer.from('x')]), { code: 'STORE_HALTED' });
      const reopened = await again(made.options, store);
      await reopened.probe();
      t.equal(await reopened.size(), 2, 'what was refused is not there');
      t.match(await reopened.claim(['translate'], 10), [{ owner: '01B' }], 'what somebody works on is not given to another');
      t.match(await reopened.commit(outcome), { verdict: 'first', indexes: [2, 3] }, 'and is written down now');
      t.match(await reopened.commit(outcome), { verdict: 'stale' }, 'once');
      const content = { owner: '01BIG', stage: 'original' };
      await reopened.commit({
        contents: [{ ...big, bytes: staged }],
        records: [{ kind: 'received', interchange: '01BIG', content }],
        states: [{ id: '01BIG', interchange: '01BIG', state: 'received' }],
      });
      t.equal((await reopened.content(content))?.length, 2_000_000, 'a body that was written ahead is there for who names it');
      t.same((await reopened.receipt(0, 1))?.checkpoint, kept.receipt().checkpoint, 'what was told before holds');
      t.notOk('broken' in verifyReceipt((await reopened.receipt(0))!, reopened.verifierKey));
      await reopened.close();
      t.match(verifyFolder(folder), { ok: true, entries: 5 });
    });

t.test('what is in memory alone after a flush that failed is written anew before anything is built upon it', async (t) => {
  const made = failing(temporary(t));
  const { folder } = made.options;
  const store = openStore(made.options);
  await store.commit(intakeOf('01A', Buffer.from('UNB+one')));
  const waiting = (): number => statSync(join(folder, 'portolan.db-wal')).size;
  made.next = { step: 'signed', code: 'SQLITE_IOERR_FSYNC' };
  await t.rejects(store.commit(intakeOf('01B', Buffer.from('UNB+two'))), { code: 'STORE_FAULT' });
  const beside = new Database(join(folder, 'portolan.db'), { readonly: true }); // whoever reads keeps the write-ahead log from being emptied as it is closed
  t.teardown(() => beside.close());
  beside.prepare('select count(*) from entry').get();
  t.ok(waiting() > 0, 'there is something in the write-ahead log');
  const reopened = await again(made.options, store);
  t.equal(waiting(), 0, 'and nothing when it is open again');
  t.equal(await reopened.size(), 1);
  await reopened.close();
});

t.test('what was refused may be there after all: a job that ended so is not ended again, nor another in its place', async (t) => {
  const made = failing(temporary(t));
  const store = openStore(made.options);
  await store.commit(intakeOf('01A', Buffer.from('UNB+one')));
  const [job] = await store.claim(['translate'], 1);
  const outcome: Batch = { records: [{ kind: 'rejected', interchange: '01A' }], jobs: { done: [job!.id] } };
  made.next = { step: 'committed', code: 'SQLITE_IOERR_FSYNC' };
  await t.rejects(store.commit(outcome), { code: 'STORE_FAULT' });
  const reopened = await again(made.options, store);
  t.equal(await reopened.size(), 2, 'it is there');
  await reopened.commit(intakeOf('01B', Buffer.from('UNB+two')));
  t.match(await reopened.claim(['translate'], 10), [{ owner: '01B' }], 'what came meanwhile is nobody’s yet');
  t.match(await reopened.commit(outcome), { verdict: 'stale' });
  t.match(await reopened.queue(), [{ kind: 'translate', count: 1 }]);
  t.equal(await reopened.size(), 3);
  await reopened.close();
});

t.test('where what was told is not there, it is not gone on from', async (t) => {
  const made = failing(temporary(t));
  const { folder } = made.options;
  const older = join(temporary(t), 'older.db');
  const store = openStore(made.options);
  await store.commit(intakeOf('01A', Buffer.from('UNB+one')));
  await store.backup(older);
  await store.commit(intakeOf('01B', Buffer.from('UNB+two')));
  const { before } = store;
  await store.close();
  const aside = `${folder}-aside`;
  renameSync(folder, aside);
  t.throws(() => openStore(made.options, before), { code: 'STORE_ABSENT' }, 'nothing is mounted there');
  t.notOk(existsSync(folder), 'and nothing is made there');
  renameSync(aside, folder);
  const whole = join(temporary(t), 'whole');
  cpSync(folder, whole, { recursive: true });
  cpSync(older, join(folder, 'portolan.db'));
  rmSync(join(folder, 'log'), { recursive: true });
  t.throws(() => openStore(made.options, before), { code: 'EVIDENCE_ROLLED_BACK', args: { found: '1', published: '2' } }, 'an older copy, without its log');
  const other = openStore(made.options);
  await other.commit(intakeOf('01C', Buffer.from('UNB+three')));
  await other.close();
  t.throws(() => openStore(made.options, before), { code: 'EVIDENCE_LOG_BROKEN' }, 'another future of it');
  rmSync(folder, { recursive: true });
  cpSync(whole, folder, { recursive: true });
  await openStore(made.options, before).close();
});

t.test('a fault that is not of the disk stays one', async (t) => {
  const made = failing(temporary(t));
  const store = openStore(made.options);
  made.next = { step: 'applied', code: 'SQLITE_CORRUPT' };
  await t.rejects(store.commit(intakeOf('01A', Buffer.from('UNB+one'))), { code: 'STORE_FAULT' });
  t.notOk(isOfDisk(store.fault));
  await store.close();
});

/** What a gateway is told of its disk, and what it halts for. */
function watching(store: Pick<OwnStore, 'room' | 'probe'>): { disk: Disk; told: (string | undefined)[]; on: Promise<void> } {
  let now = 0;
  const told: (string | undefined)[] = [];
  let goesOn: () => void = () => undefined;
  const on = new Promise<void>((resolve) => (goesOn = resolve));
  const disk = new Disk({
    store,
    now: () => (now += 2_000),
    floor: () => 0,
    told(fault) {
      told.push(fault?.code);
      if (!fault) goesOn();
    },
    halt(code) {
      told.push(`halted ${code}`);
      goesOn();
    },
    halted: () => false,
  });
  return { disk, told, on };
}

t.test('another folder in the place of the one that is open: it is closed, and the other opened where it has what was told', async (t) => {
  for (const { what, isOlder } of [
    { what: 'a whole copy', isOlder: false },
    { what: 'an older one', isOlder: true },
  ]) {
    const parent = temporary(t);
    const folder = join(parent, 'data');
    const old = join(parent, 'old');
    const copy = join(parent, 'copy');
    const store = await openThreadedStore({ folder, origin: 'portolan.test/log' });
    const { disk, told, on } = watching(store);
    const copied = async (): Promise<void> => {
      cpSync(folder, copy, { recursive: true });
      rmSync(join(copy, 'portolan.db-wal'));
      rmSync(join(copy, 'portolan.db-shm'));
      rmSync(join(copy, 'portolan.db'));
      await store.backup(join(copy, 'portolan.db'));
    };
    await store.commit(intakeOf('01A', Buffer.from('UNB+one')));
    if (isOlder) await copied();
    await store.commit(intakeOf('01B', Buffer.from('UNB+two')));
    if (!isOlder) await copied();
    t.equal(await disk.pressure(), undefined, what);
    renameSync(folder, old);
    renameSync(copy, folder);
    const published = existsSync(join(folder, 'log', 'checkpoint'));
    await t.rejects(store.publish(), { code: 'STORE_FAULT' }, `${what}: the log of one is not written beside the database of the other`);
    t.equal(existsSync(join(folder, 'log', 'checkpoint')), published);
    t.equal((await store.room()).fault?.code, 'STORE_FAULT', `${what}: whoever asks how much room there is is answered`);
    t.equal((await disk.pressure())?.code, 'STORE_FAULT', `${what}: nothing is accepted`);
    await on;
    t.same(told, ['STORE_FAULT', isOlder ? 'halted EVIDENCE_ROLLED_BACK' : undefined], what);
    if (isOlder) await t.rejects(store.commit(intakeOf('01C', Buffer.from('UNB+three'))), { code: 'STORE_HALTED' }, what);
    else {
      await store.commit(intakeOf('01C', Buffer.from('UNB+three')));
      t.equal(await store.size(), 3, 'it is read where it is written');
      t.equal((await store.room()).fault, undefined);
    }
    disk.close();
    await store.close();
    t.match(verifyFolder(folder), { ok: true, entries: isOlder ? 1 : 3 }, what);
    t.match(verifyFolder(old), { ok: true, entries: 2 }, `${what}: and nothing came to the other`);
  }
});

t.test('a lock that was taken away is no lock: it is taken again', async (t) => {
  const { options } = failing(temporary(t));
  const store = openStore(options);
  await store.commit(intakeOf('01A', Buffer.from('UNB+one')));
  rmSync(join(options.folder, 'portolan.lock'));
  await t.rejects(store.probe(), { code: 'STORE_FAULT' });
  await t.rejects(store.commit(intakeOf('01B', Buffer.from('UNB+two'))), { code: 'STORE_HALTED' });
  t.ok(isOfDisk(store.fault));
  const reopened = await again(options, store);
  t.throws(() => openStore(options), { code: 'STORE_LOCKED' });
  await reopened.probe();
  await reopened.close();
});

t.test('a disk that cannot be read while the store is opened again failed still, and is waited for', async (t) => {
  const { options } = failing(temporary(t));
  const { folder } = options;
  const store = openStore(options);
  await store.commit(intakeOf('01A', Buffer.from('UNB+one')));
  const { before } = store;
  await store.close();
  const { prepare } = Database.prototype;
  t.teardown(() => (Database.prototype.prepare = prepare));
  for (const statement of ['from meta', 'from checkpoint', 'from entry', 'from job', 'begin immediate']) {
    let failed = 0;
    Database.prototype.prepare = function (this: Database.Database, sql: string) {
      if (!sql.includes(statement)) return prepare.call(this, sql);
      failed++;
      throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_READ');
    } as typeof prepare;
    const error = caught(() => openStore(options, before));
    t.ok(isOfDisk(error), `${statement}: ${String(error)}`);
    if (statement === 'from meta') t.ok(isOfDisk(caught(() => readerParts(folder, placeOf(folder)))), 'and beside it');
    t.ok(failed > 0);
  }
  Database.prototype.prepare = prepare;
  await openStore(options, before).close();
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

t.test('who looks while somebody looks gets the same answer, and nothing is opened once it was closed', async (t) => {
  const { options } = failing(temporary(t));
  const closing: (() => void)[] = [];
  let opened = 0;
  let open = 0;
  const before = { note: undefined, claimed: new Set<number>(), jobs: 0 };
  const failed = new StoreError('STORE_FAULT', { folder: options.folder, sqlite: 'SQLITE_IOERR' });
  const made = () =>
    new Reopening(() => {
      const isFirst = ++opened === 1;
      open++;
      return {
        before,
        place: [String(opened)],
        probe: () => (isFirst ? Promise.reject(failed) : Promise.resolve()),
        close: () => new Promise<void>((resolve) => closing.push(resolve)).then(() => void open--),
      };
    });
  const twice = made();
  const both = [twice.probe(), twice.probe()];
  await new Promise(setImmediate);
  t.equal(closing.length, 1, 'it is closed once');
  closing.pop()!();
  t.same(await Promise.all(both), [['2'], ['2']]);
  t.same([opened, open, await twice.probe()], [2, 1, undefined]);
  opened = open = 0;
  const ended = made();
  const looking = ended.probe();
  await new Promise(setImmediate);
  let isClosed = false;
  const close = ended.close().then(() => (isClosed = true));
  await new Promise(setImmediate);
  t.notOk(isClosed, 'what is under way is waited for');
  closing.pop()!();
  await t.rejects(looking, { code: 'STORE_HALTED' });
  await close;
  t.same([opened, open], [1, 0], 'it was not opened again');
  await t.rejects(ended.probe(), { code: 'STORE_HALTED' });
});

t.test('what vanishes while it is opened again is not made anew', async (t) => {
  const { options } = failing(temporary(t));
  const { folder } = options;
  const store = openStore(options);
  await store.commit(intakeOf('01A', Buffer.from('UNB+one')));
  const { before } = store;
  await store.close();
  const aside = `${folder}-aside`;
  t.teardown(() => remove(aside));
  renameSync(folder, aside);
  t.throws(() => lockFolder(folder, true), { code: 'STORE_ABSENT' });
  t.throws(() => openDatabase(folder, true));
  t.notOk(existsSync(folder), 'no folder');
  mkdirSync(folder);
  t.throws(() => lockFolder(folder, true), { code: 'STORE_ABSENT' });
  t.throws(() => openDatabase(folder, true), { code: 'STORE_READ_ONLY' });
  t.same(readdirSync(folder), [], 'and nothing in the one on which it is mounted');
  rmSync(folder, { recursive: true });
  renameSync(aside, folder);
  const { pragma } = Database.prototype;
  t.teardown(() => (Database.prototype.pragma = pragma));
  Database.prototype.pragma = function (this: Database.Database, ...asked: Parameters<typeof pragma>) {
    if (existsSync(folder)) renameSync(folder, aside); // with the first question
    return pragma.apply(this, asked);
  };
  t.throws(() => openStore(options, before), { code: 'STORE_ABSENT' }, 'whatever was asked when it went');
  t.notOk(existsSync(folder));
  Database.prototype.pragma = pragma;
  renameSync(aside, folder);
  rmSync(join(folder, 'portolan.lock'));
  await openStore(options, before).close();
});
