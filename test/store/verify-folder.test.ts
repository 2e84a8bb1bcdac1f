import { cpSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openStore } from '../../src/store/open.ts';
import { verifyFolder } from '../../src/store/verify-folder.ts';
import { intakeOf, remove, sampleStore } from './damage.ts';

/*
 * A file of a store of which the end is missing: a copy that was broken off, a disk that was full. It is damage, and told as that: how much is
 * missing, what it hits, what to do.
 */
const sample = await sampleStore();
t.teardown(() => remove(sample));
const size = statSync(join(sample, 'portolan.db')).size;

function copyOf(folder: string, test: { teardown(run: () => void): void }): string {
  const copy = mkdtempSync(join(tmpdir(), 'portolan-cut-'));
  test.teardown(() => remove(copy));
  cpSync(folder, copy, { recursive: true });
  return copy;
}

function told(folder: string): { readonly ok: boolean; readonly entries: number; readonly lines: readonly string[] } {
  const { ok, entries, findings } = verifyFolder(folder);
  return { ok, entries, lines: findings.filter(({ severity }) => severity === 'error').map(({ args }) => `${args['part']}: ${args['message']}`) };
}

t.test('a whole store verifies, and nothing is told of its file', (t) => {
  t.same(told(sample), { ok: true, entries: 291, lines: [] });
  t.end();
});

t.test('a database that was cut short, wherever, is damage of so many bytes', (t) => {
  const page = 4096;
  const cuts = [0, 50, 100, 1000, page, page + 1, 10 * page, size >> 1, (size >> 1) + 100, size - 2 * page, size - page, size - 1];
  for (const left of cuts.toReversed()) {
    const folder = copyOf(sample, t);
    truncateSync(join(folder, 'portolan.db'), left);
    const { ok, lines } = told(folder);
    const bytes = left < 100 ? `only ${left} bytes` : `${left} of ${size} bytes`;
    t.match({ ok, first: lines[0] }, { ok: false, first: `the database file: it was cut short: ${bytes} are there` }, `${left} bytes`);
    t.match(lines[0], /portolan restore/, 'and what to do');
  }
  t.end();
});

t.test('what is left is verified, and what is hit is named', (t) => {
  const half = copyOf(sample, t);
  truncateSync(join(half, 'portolan.db'), size >> 1);
  const { entries, lines } = told(half);
  t.equal(entries, 291, 'each entry that can be read was');
  t.match(lines[0], /pages from \d+ to \d+ are gone; .*what can be read of the rest follows/);
  t.ok(lines.includes('content 01JBIG/original: it cannot be read: database disk image is malformed'), 'the body that lay there', { lines });
  t.ok(
    lines.some((line) => /^checkpoints over more than \d+ entries: it cannot be read/.test(line)),
    'and the checkpoints',
  );
  t.notOk(
    lines.some((line) => /it is missing|no record says|older copy/.test(line)),
    'what nobody could read is not said to be missing',
    { lines },
  );
  t.end();
});

t.test('a database that is none any more is damage too; a folder without a store is none', (t) => {
  const folder = copyOf(sample, t);
  writeFileSync(join(folder, 'portolan.db'), Buffer.alloc(size, 'x'));
  t.match(told(folder), { ok: false, lines: [/^the database file: it cannot be read: file is not a database/] });
  rmSync(join(folder, 'portolan.db'));
  t.throws(() => verifyFolder(folder), { code: 'STORE_ABSENT' });
  t.end();
});

t.test('a write-ahead log that was cut short: the entries that it held are gone, by their numbers', async (t) => {
  const folder = copyOf(sample, t);
  const store = openStore({ folder });
  await store.publish(); // which empties it, as an erasure is owed
  for (let n = 0; n < 20; n++) await store.commit(intakeOf(`01K${n}`, Buffer.from(`UNB+${n}`)));
  await store.publish();
  const fallen = copyOf(folder, t); // as when the machine fell
  await store.close();
  rmSync(join(fallen, 'portolan.db-shm'));
  t.same(told(copyOf(fallen, t)), { ok: true, entries: 311, lines: [] });
  const log = statSync(join(fallen, 'portolan.db-wal')).size;
  for (const [left, why] of [
    [log - 1, /portolan\.db-wal, which holds what was written last, ends within a page at byte \d+: it was cut short$/],
    [log >> 1, /those from \d+ on are gone: portolan\.db-wal/],
    [32, /those from 291 on are gone: an older copy was put back, or portolan\.db-wal, .* was cut short or taken away$/],
    [0, /those from 291 on are gone: an older copy was put back, or portolan\.db-wal/],
  ] as const) {
    const cut = copyOf(fallen, t);
    truncateSync(join(cut, 'portolan.db-wal'), left);
    const { ok, lines } = told(cut);
    t.match({ ok, first: lines[0] }, { ok: false, first: /^log\/checkpoint: it covers 311 entries, only \d+ are there/ }, `${left} of ${log} bytes`);
    t.match(lines[0], why);
  }
});
