import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { openStore } from '../../src/store/open.ts';
import { remove, sampleStore, verifyFolder } from './damage.ts';

/*
 * Somebody who can write to the data folder and has no key: what is done leaves a store that opens, and must show to
 * whoever verifies it.
 */
const sample = await sampleStore();
t.teardown(() => remove(sample));

function temporary(test: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-attacker-'));
  test.teardown(() => remove(folder));
  return folder;
}

function found(folder: string): string[] {
  return verifyFolder(folder)
    .findings.filter(({ severity }) => severity !== 'info')
    .map(({ args }) => `${args['part']}: ${args['message']}`);
}

function change(folder: string, sql: string): void {
  const db = new Database(join(folder, 'portolan.db'));
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

t.test('each checkpoint that is taken away is missed', (t) => {
  const folder = temporary(t);
  cpSync(sample, folder, { recursive: true });
  const db = new Database(join(folder, 'portolan.db'));
  const rows = db.prepare('select size, note from checkpoint order by size').all() as { size: number; note: string }[];
  const put = db.prepare('insert into checkpoint (size, note) values (?, ?)');
  const missed = rows.slice(0, -1).filter(({ size, note }) => {
    db.prepare('delete from checkpoint where size = ?').run(size);
    const lines = found(folder);
    put.run(size, note);
    return lines.join('\n') !== `checkpoint over ${size} entries: it is missing`;
  });
  t.same(missed, []);
  t.ok(rows.length > 20);
  db.exec('delete from checkpoint where size > 100 and size < (select max(size) from checkpoint)');
  t.equal(found(folder).length, rows.length - 1, 'and so is each of many');
  db.close();
  t.end();
});

t.test('commits within one millisecond have times of their own, so that the checkpoint between them is missed too', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin: 'portolan.test/log', clock: () => 1_000_000 });
  const [first] = [await store.commit({ records: [{ kind: 'read' }] }), await store.commit({ records: [{ kind: 'sent' }] })];
  const { jobs } = await store.commit({ jobs: { add: [{ kind: 'a', value: 1 }] }, records: [{ kind: 'read' }] });
  t.match(await store.claim(['a'], 1), [{ id: jobs[0]! }], 'work is due by the clock, not by the time of the log');
  await store.close();
  t.equal(Date.parse(first.at), 1_000_000);
  t.same(found(folder), []);
  change(folder, 'delete from checkpoint where size = 1');
  t.same(found(folder), ['checkpoint over 1 entries: it is missing']);
});
