import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import type { CommitStep } from '../../src/store/commit.ts';
import { openEvidence } from '../../src/store/evidence-source.ts';
import { openStore, readStore } from '../../src/store/open.ts';
import { verifyReceipt } from '../../src/store/receipt.ts';
import { sourceOf } from '../../src/store/verify-archive.ts';
import { verifyBundle } from '../../src/store/verify.ts';
import { verifyStore } from '../../src/store/verify-store.ts';
import { intakeOf, outcomeOf, remove, verifyFolder, walk, wholeBundle } from './damage.ts';

const child = fileURLToPath(new URL('./crash-child.js', import.meta.url));

function temporary(test: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-faults-'));
  test.teardown(() => remove(folder));
  return folder;
}

/*
 * The fault table: every step of the three commits of a message, and of the checkpoint that is published after them, each
 * failed, and failed in what was told only (it persisted). Then: does the store go on (progress), or take nothing more
 * (halt)? Opened again, whoever was not told does it again, as a sender or a worker does; afterwards everything is there
 * once, and the store, its bundle and a checkpoint kept from before say so to a stranger.
 */
const commits = ['intake', 'outcome', 'dispatch'] as const;
const entriesAfter = [0, 1, 3, 4] as const; // of none of the commits, of one, of two, of all

interface Fault {
  readonly step: CommitStep;
  readonly persisted: boolean; // the step is after the commit point
}

const steps: readonly Fault[] = [
  { step: 'prepared', persisted: false },
  { step: 'begun', persisted: false },
  { step: 'applied', persisted: false },
  { step: 'signed', persisted: false },
  { step: 'committed', persisted: true },
  { step: 'adopted', persisted: true },
];

/** How a step fails: as the database says it, or by a defect of ours. After the commit point nobody may go on as if nothing had happened. */
const failures: readonly { readonly what: string; readonly error: Error; readonly code: string; readonly halts: boolean }[] = [
  { what: 'a full disk', error: new Database.SqliteError('database or disk is full', 'SQLITE_FULL'), code: 'STORE_DISK_FULL', halts: false },
  { what: 'a busy database', error: new Database.SqliteError('database is locked', 'SQLITE_BUSY'), code: 'STORE_BUSY', halts: false },
  { what: 'a disk that fails', error: new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC'), code: 'STORE_FAULT', halts: true },
  { what: 'a defect', error: new Error('a defect'), code: 'STORE_BATCH', halts: false },
];

/** Does what was not done, and looks from outside whether all of it is there once. */
async function completes(t: Test, folder: string, what: string): Promise<void> {
  const kept = await (async () => {
    const store = readStore(folder);
    const checkpoint = (await store.size()) > 0 ? await store.checkpoint() : undefined;
    await store.close();
    return checkpoint;
  })();
  t.match(verifyFolder(folder), { ok: true }, `${what}: what is there verifies`);
  await walk(folder);
  const after = readStore(folder);
  t.same(
    (await after.timeline('01A')).map(({ record }) => record?.kind),
    ['received', 'translated', 'translated', 'sent'],
    `${what}: everything once`,
  );
  t.match(await after.inbox('customs', 0, 10), [{ number: 1, message: '01A-1' }]);
  t.equal((await after.inbox('customs', 0, 10)).length, 1);
  t.same(await after.queue(), []);
  await after.close();
  const store = openStore({ folder });
  const bundle = await wholeBundle(store, '01A');
  const key = store.verifierKey;
  await store.close();
  t.match(verifyBundle(sourceOf(bundle), key), { ok: true }, `${what}: its bundle verifies`);
  const source = openEvidence(folder);
  t.match(verifyStore(source, kept), { ok: true }, `${what}: all of it verifies, and continues what was signed before`);
  source.close();
}

for (const { step, persisted } of steps) {
  t.test(`killed when ${step}, in each of the three commits`, async (t) => {
    for (const [i, commit] of commits.entries()) {
      const folder = temporary(t);
      const { signal } = spawnSync(process.execPath, [child, 'walk', folder, step, String(i + 1)]);
      t.equal(signal, 'SIGKILL', commit);
      const found = openStore({ folder });
      t.equal(await found.size(), entriesAfter[i + (persisted ? 1 : 0)], `${commit}: the entries that are there`);
      await found.close();
      await completes(t, folder, commit);
    }
  });

  for (const { what, error, code, halts } of failures) {
    t.test(`${what} when ${step}, in each of the three commits`, async (t) => {
      for (const [i, commit] of commits.entries()) {
        const folder = temporary(t);
        let seen = 0;
        const fault = await walk(
          folder,
          (now) => {
            if (now === step && ++seen === i + 1) throw error;
          },
          async (store) => {
            const next = await store.commit({ records: [{ kind: 'read', party: 'auditor' }] }).catch((refused: unknown) => refused);
            if (halts || persisted) t.match(next, { code: 'STORE_HALTED', retry: 'halt' }, `${commit}: halts`);
            else t.match(next, { verdict: 'first', indexes: [entriesAfter[i]] }, `${commit}: goes on`);
            t.equal(await store.size(), entriesAfter[i + (persisted ? 1 : 0)]! + (halts || persisted ? 0 : 1), `${commit}: reads are served`);
          },
        );
        t.match(fault, { code: persisted ? 'STORE_FAULT' : code }, `${commit}: told`);
        await completes(t, folder, commit);
      }
    });
  }
}

t.test('the checkpoint is published after the commits and never in their way: whatever fails there is done again', async (t) => {
  const at = (folder: string, name: string): string => join(folder, 'log', name);
  const inTheWay = (folder: string, name: string): (() => void) => {
    rmSync(at(folder, name), { recursive: true, force: true });
    mkdirSync(join(at(folder, name), 'x'), { recursive: true });
    return () => rmSync(at(folder, name), { recursive: true, force: true });
  };
  const faults: readonly (readonly [what: string, obstruct: (folder: string) => () => void])[] = [
    ['no folder for the tile can be made', (folder) => (rmSync(at(folder, 'tile'), { recursive: true }), writeFileSync(at(folder, 'tile'), ''), () => rmSync(at(folder, 'tile')))],
    ['the tile cannot be written', (folder) => inTheWay(folder, 'tile/0/000.p/3.new')],
    ['the tile is written, and cannot take its place', (folder) => inTheWay(folder, 'tile/0/000.p/3')],
    ['the entries cannot be written', (folder) => inTheWay(folder, 'tile/entries/000.p/3.new')],
    ['the checkpoint cannot be written', (folder) => inTheWay(folder, 'checkpoint.new')],
    ['the checkpoint is written, and cannot take its place', (folder) => inTheWay(folder, 'checkpoint')],
    [
      'the checkpoint has its place, and nobody was told',
      (folder) => {
        const free = inTheWay(folder, 'checkpoint');
        return () => {
          free();
          renameSync(at(folder, 'checkpoint.new'), at(folder, 'checkpoint'));
        };
      },
    ],
  ]; // prettier-ignore
  for (const [what, obstruct] of faults) {
    const folder = temporary(t);
    const store = openStore({ folder, origin: 'portolan.test/log', publishEvery: 1_000_000 });
    await store.commit(intakeOf('01A', Buffer.from('UNB+')));
    await store.publish();
    for (const job of await store.claim(['translate'], 1)) await store.commit(outcomeOf(job.owner!, job.id));
    const clear = obstruct(folder);
    await t.rejects(store.publish(), what);
    t.match(await store.commit({ records: [{ kind: 'read', party: 'auditor' }] }), { verdict: 'first', indexes: [3] }, 'progress: commits go on');
    t.notMatch(verifyReceipt((await store.receipt(3))!, store.verifierKey), { broken: /./ }, 'with receipts that hold');
    clear();
    if (what.endsWith('nobody was told')) t.match(readFileSync(at(folder, 'checkpoint'), 'utf8'), /\n3\n/, 'it is there');
    await store.publish();
    t.match(readFileSync(at(folder, 'checkpoint'), 'utf8'), /\n4\n/, 'and it is done again');
    await store.close();
    t.match(verifyFolder(folder), { ok: true }, what);
  }
});
