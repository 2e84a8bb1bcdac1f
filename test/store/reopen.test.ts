import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import type { CommitStep } from '../../src/store/commit.ts';
import { isOfDisk } from '../../src/store/fault.ts';
import { openStore, type OwnStore, type StoreOptions } from '../../src/store/open.ts';
import { verifyReceipt } from '../../src/store/receipt.ts';
import type { Batch } from '../../src/store/store.ts';
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
      await reopened.commit({ contents: [{ ...big, bytes: staged }], records: [{ kind: 'received', interchange: '01BIG', content }] });
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
