import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs, { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import t from 'tap';
import { openEvidence } from '../../src/store/evidence-source.ts';
import { isOfStore, StoreError } from '../../src/store/fault.ts';
import { openStore, readStore } from '../../src/store/open.ts';
import { verifyReceipt } from '../../src/store/receipt.ts';
import { verifyStore } from '../../src/store/verify-store.ts';
import type { Batch } from '../../src/store/store.ts';
import { intakeOf, remove, sampleStore, verifyFolder } from './damage.ts';

const child = fileURLToPath(new URL('./crash-child.js', import.meta.url));

function temporary(test: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-faults-'));
  test.teardown(() => remove(folder));
  return folder;
}

t.test('killed at random under load: what was acknowledged is there once', async (t) => {
  const folder = temporary(t);
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round++) {
    const load = spawn(process.execPath, [child, 'load', folder, `${round}X`], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    load.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > 2_000 * (round + 1)) load.kill('SIGKILL');
    });
    await once(load, 'close');
    acknowledged.push(...output.split('\n').slice(0, -1));
    t.match(verifyFolder(folder), { ok: true });
  }
  const store = openStore({ folder });
  for (const id of acknowledged) {
    const steps = await store.timeline(id);
    const receipt = await store.receipt(steps[0]!.index);
    if (steps.length !== 1 || !receipt || 'broken' in verifyReceipt(receipt, store.verifierKey)) t.fail(id);
  }
  const jobs = await store.claim(['translate'], 100_000);
  t.equal(new Set(jobs.map((job) => job.owner)).size, jobs.length);
  t.ok(
    acknowledged.every((id) => jobs.some((job) => job.owner === id)),
    `${acknowledged.length} acknowledged, ${jobs.length} there`,
  );
  await store.close();
});

t.test('a read that the database does not answer is a fault of the store, whatever was asked', async (t) => {
  const folder = await sampleStore(temporary(t));
  const store = readStore(folder);
  t.teardown(() => store.close());
  const { counting, retention } = store;
  const days = { from: '2026-01-01', until: '2027-01-01', by: ['day'], delivered: false } as const;
  const content = { owner: '01A', stage: 'original' };
  const reads: Readonly<Record<string, () => Promise<unknown>>> = {
    state: () => store.state('01A'),
    messagesOf: () => store.messagesOf('01A'),
    hasOutcome: () => store.hasOutcome('01A', 'sent'),
    timeline: () => store.timeline('01A'),
    last: () => store.last('01A'),
    search: () => store.search({ state: 'sent' }),
    'search by reference': () => store.search({ reference: 'X', exact: true }),
    contents: () => store.contents('01A'),
    content: () => store.content(content),
    inbox: () => store.inbox('customs', 0, 10),
    inboxItem: () => store.inboxItem('customs', 1),
    receipt: () => store.receipt(0),
    checkpoint: () => store.checkpoint(),
    size: () => store.size(),
    queue: () => store.queue(),
    jobsOf: () => store.jobsOf('01A'),
    stopped: () => store.stopped(0, 10),
    backlog: () => store.backlog('translate', 10),
    filed: () => store.filed(['X']),
    runs: () => store.runs(),
    alerts: () => store.alerts(),
    usedBy: () => store.usedBy('X'),
    steps: () => counting.steps(0, 10),
    indexAt: () => counting.indexAt('2026-11-22T10:30:00Z'),
    origins: () => counting.origins(['01A-1']),
    volumes: () => counting.volumes(days),
    tolerated: () => counting.tolerated('2026-01-01', '2026-12-31'),
    uncounted: () => counting.uncounted(),
    senders: () => retention.senders('', 10),
    lapsed: () => retention.lapsed('carrier'),
    interchanges: () => retention.interchanges('carrier', '', '1', 10),
    count: () => retention.count('carrier', '', '1', 10),
    deferred: () => retention.deferred(0, 10),
    deferredOf: () => retention.deferredOf('carrier', 'content', 10),
    needed: () => retention.needed('01A'),
    'contents that are left': () => retention.contents('01A'),
    owners: () => retention.owners('01A', 10),
    isHeld: () => retention.isHeld('01A-1'),
    holds: () => retention.holds('', 10),
  };
  for (const [what, read] of Object.entries(reads)) await t.resolves(read(), what);
  const other = new Database(join(folder, 'portolan.db'));
  other.pragma('foreign_keys = off');
  const tables = other.prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'").pluck().all() as string[];
  for (const table of tables) other.exec(`drop table ${table}`);
  other.close();
  for (const [what, read] of Object.entries(reads)) {
    const fault: unknown = await read().catch((error: unknown) => error);
    t.ok(fault instanceof StoreError && fault.code === 'STORE_FAULT', `${what}: ${String(fault)}`);
  }
});

t.test('the data folder is refused with its remedy', async (t) => {
  const folder = await sampleStore(temporary(t));
  const refused = (code: string): void => void t.throws(() => openStore({ folder }), { code });
  const aside = (file: string, change: (path: string) => void, code: string): void => {
    const path = join(folder, file);
    const before = readFileSync(path);
    change(path);
    refused(code);
    writeFileSync(path, before);
  };
  t.throws(() => readStore(join(folder, 'nowhere')), { code: 'STORE_ABSENT' });
  aside('keys/content.key', rmSync, 'STORE_KEYS_MISSING');
  aside('keys/log.pem', (path) => writeFileSync(path, 'x'), 'STORE_KEYS_MISSING');
  aside('keys/origin', (path) => writeFileSync(path, 'other.test/log\n'), 'STORE_KEYS_WRONG');
  aside('portolan.db', (path) => truncateSync(path, statSync(path).size - 8192), 'STORE_FAULT');
  const sql = (text: string): void => void new Database(join(folder, 'portolan.db')).exec(text).close();
  const versions = new Database(join(folder, 'portolan.db'), { readonly: true });
  const version = Number(versions.pragma('user_version', { simple: true }));
  versions.close();
  sql('pragma user_version = 99');
  refused('STORE_NEWER');
  t.throws(() => readStore(folder), { code: 'STORE_NEWER' });
  sql(`pragma user_version = ${version - 1}`);
  t.throws(() => readStore(folder), { code: 'STORE_OLDER', args: { found: String(version - 1), known: String(version) } });
  readStore(folder, { older: true }).close();
  sql(`pragma user_version = ${version}`);
  sql('create table aside as select * from entry where idx = 290; delete from entry where idx = 290');
  refused('EVIDENCE_ROLLED_BACK');
  sql("insert into entry select * from aside; update entry set leaf = x'00' where idx = 290");
  refused('EVIDENCE_LOG_BROKEN');
  sql('update entry set leaf = (select leaf from aside) where idx = 290; drop table aside');
  const store = openStore({ folder });
  refused('STORE_LOCKED');
  await store.close();
});

t.test('a database that cannot be read is a fault of the store, and none of what was asked', async (t) => {
  const folder = await sampleStore(temporary(t));
  const store = readStore(folder);
  await store.size();
  truncateSync(join(folder, 'portolan.db'), 4 * 4096);
  await t.rejects(store.timeline('01J7'), { name: 'StoreError', code: 'STORE_FAULT' });
  await store.close();
  const broken = new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_READ');
  t.same([broken, new StoreError('STORE_FAULT'), new StoreError('STORE_DISK_FULL')].map(isOfStore), [true, true, true], 'the same may succeed later');
  t.same([new StoreError('STORE_BATCH'), new TypeError('a defect'), undefined].map(isOfStore), [false, false, false], 'the same fails again');
});

t.test('a folder that is gone while the store is open is a disk that failed: what was mounted there may come back', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder });
  rmSync(folder, { recursive: true });
  await t.rejects(store.room(), { code: 'STORE_FAULT' });
  await store.close().catch(() => undefined);
});

t.test('an older copy that was put back shows', async (t) => {
  const folder = await sampleStore(temporary(t));
  const store = openStore({ folder });
  const backup = join(folder, 'backup.db');
  await store.backup(backup);
  await store.commit(intakeOf('01JLATER', Buffer.from('later')));
  const kept = await store.checkpoint();
  await store.close();
  cpSync(backup, join(folder, 'portolan.db'));
  t.throws(() => openStore({ folder }), { code: 'EVIDENCE_ROLLED_BACK' }, 'to the gateway, by the checkpoint it published');
  t.match(verifyFolder(folder).findings, [{ args: { part: 'log/checkpoint', message: /an older copy was put back/ } }]);
  rmSync(join(folder, 'log'), { recursive: true });
  const source = openEvidence(folder);
  t.match(verifyStore(source).ok, true, 'without any later checkpoint the older copy is consistent in itself');
  t.match(verifyStore(source, kept).findings, [{ args: { message: /an older copy was put back/ } }], 'to a stranger, by one checkpoint kept');
  source.close();
});

t.test('an entry that was left out, with its record, shows', async (t) => {
  const folder = await sampleStore(temporary(t));
  const db = new Database(join(folder, 'portolan.db'));
  db.exec('delete from entry where idx = 100; update entry set idx = idx - 1 where idx > 100');
  db.close();
  t.match(verifyFolder(folder), { ok: false });
  t.throws(() => openStore({ folder }), { code: /EVIDENCE/ });
});

t.test('files of the log that are missing, torn or foreign are made again from the entries', async (t) => {
  const folder = await sampleStore(temporary(t));
  const tile = join(folder, 'log', 'tile', '0', '000');
  const entries = join(folder, 'log', 'tile', 'entries', '000');
  const whole = readFileSync(tile);
  const bundle = readFileSync(entries);
  const note = readFileSync(join(folder, 'log', 'checkpoint'));
  const below = join(folder, 'log', 'tile');
  const partial = (readdirSync(below, { recursive: true }) as string[]).filter((path) => /\.p\/\d+$/.test(path)).map((path) => join(below, path));
  t.ok(partial.length >= 3, partial.join(', '));
  const damages: readonly (() => void)[] = [
    () => truncateSync(tile, 100),
    () => rmSync(tile),
    () => truncateSync(entries, 0),
    () => rmSync(join(folder, 'log'), { recursive: true }),
    () => writeFileSync(join(folder, 'log', 'checkpoint'), 'torn'),
    ...[0, 1, 30, note.indexOf('\n\n') + 1, note.indexOf('\n\n') + 2, note.length - 1].flatMap((size) => [
      () => writeFileSync(join(folder, 'log', 'checkpoint'), note.subarray(0, size)),
      () => writeFileSync(join(folder, 'log', 'checkpoint'), Buffer.concat([note.subarray(0, size), Buffer.alloc(note.length - size)])),
    ]),
    () => writeFileSync(tile, Buffer.alloc(whole.length)),
    ...partial.flatMap((file) => [() => writeFileSync(file, Buffer.alloc(statSync(file).size)), () => truncateSync(file, 0)]),
  ];
  for (const damage of damages) {
    damage();
    const store = openStore({ folder });
    const receipt = await store.receipt(17, 290);
    t.notMatch(verifyReceipt(receipt!, store.verifierKey), { broken: /./ }, 'a proof does not depend on the files');
    await store.close();
    t.ok(readFileSync(tile).equals(whole) && readFileSync(entries).equals(bundle), String(damage));
    t.match(verifyFolder(folder), { ok: true });
  }
});

t.test('a published checkpoint that cannot be read, or is of another log, is not taken for none', async (t) => {
  const folder = await sampleStore(temporary(t));
  const file = join(folder, 'log', 'checkpoint');
  const note = readFileSync(file, 'utf8');
  const others: readonly (readonly [what: string, note: string])[] = [
    ['another size', note.replace(/\n\d/, (digit) => `\n${(Number(digit) + 1) % 10}`)],
    ['another name', note.replaceAll('portolan.test', 'other.test')],
    ['another signature', note.replace(/.{8}=\n$/, 'AAAAAAAA=\n')],
    ['no size at all', note.replace(/\n\d+/, '\nmany')],
  ];
  for (const [what, other] of others) {
    writeFileSync(file, other);
    t.throws(() => openStore({ folder }), { code: 'EVIDENCE_LOG_BROKEN', args: { message: /log\/checkpoint is not signed/ } }, what);
  }
  writeFileSync(file, note);
  const { readFileSync: read } = fs;
  t.teardown(() => {
    fs.readFileSync = read;
    syncBuiltinESMExports();
  });
  for (const [code, says] of [
    ['EIO', { code: 'STORE_FAULT', args: { sqlite: 'SQLITE_IOERR' } }],
    ['EACCES', { code: 'STORE_READ_ONLY' }],
  ] as const) {
    fs.readFileSync = ((path: string, ...more: []) => {
      if (path === file) throw Object.assign(new Error(`${code}: it cannot be read`), { code });
      return read(path, ...more);
    }) as typeof read;
    syncBuiltinESMExports();
    t.throws(() => openStore({ folder }), says, code);
  }
  fs.readFileSync = read;
  syncBuiltinESMExports();
  await openStore({ folder }).close();
});

t.test('a clock that goes backwards does not make the log older', async (t) => {
  const times = [5_000, 1_000, 6_000];
  const store = openStore({ folder: temporary(t), clock: () => times.shift() ?? 0 });
  const at = [
    await store.commit(intakeOf('A', Buffer.from('a'))),
    await store.commit(intakeOf('B', Buffer.from('b'))),
    await store.commit(intakeOf('C', Buffer.from('c'))),
  ].map((committed) => Date.parse(committed.at));
  t.same(at, [5_000, 5_001, 6_000]);
  await store.close();
});

t.test('a clock that was set back holds up no work: neither while it runs, nor after a start', async (t) => {
  const folder = temporary(t);
  let now = 100 * 3_600_000;
  const clock = (): number => now;
  const hour = 3_600_000;
  const later = (owner: string): Batch => ({ jobs: { add: [{ kind: 'confirm', value: {}, owner, due: now + hour }] } });
  const first = openStore({ folder, clock });
  await first.commit(intakeOf('01A', Buffer.from('a')));
  await first.commit(later('01A'));
  t.equal(await first.nextDue(['translate']), now);
  now -= 5 * hour;
  t.match(await first.claim(['translate'], 10), [{ owner: '01A' }], 'while it runs');
  t.same(await first.claim(['confirm'], 10), [], 'what was to wait waits');
  t.equal(await first.nextDue(['confirm']), now + hour, 'as long as it was to');
  await first.commit(intakeOf('01B', Buffer.from('b')));
  await first.close();
  now -= 5 * hour;
  const second = openStore({ folder, clock });
  t.equal(await second.nextDue(['translate']), now);
  t.match(await second.claim(['translate'], 10), [{ owner: '01A' }, { owner: '01B' }], 'after a start');
  now += hour;
  t.match(await second.claim(['confirm'], 10), [{ owner: '01A' }]);
  await second.close();
});

const mounted = join(tmpdir(), `portolan-small-${process.pid}`);
mkdirSync(mounted, { recursive: true });
const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0;
const canMount = mount('-t', 'tmpfs', '-o', 'size=3m', 'portolan', mounted);
t.teardown(() => {
  if (canMount) spawnSync('umount', [mounted]);
  remove(mounted);
});

t.test(
  'a full disk: nothing is acknowledged that is not stored, and it goes on when there is space',
  { skip: !canMount && 'a file system of 3 MB cannot be mounted here' },
  async (t) => {
    const folder = join(mounted, 'data');
    const store = openStore({ folder });
    const acknowledged: string[] = [];
    writeFileSync(join(mounted, 'ballast'), Buffer.alloc(600_000));
    const fault = await (async () => {
      for (let i = 0; i < 100; i++) {
        await store.commit(intakeOf(`01${i}`, Buffer.alloc(100_000, 'x')));
        acknowledged.push(`01${i}`);
      }
    })().catch((error: unknown) => error);
    t.match(fault, { code: 'STORE_DISK_FULL', retry: 'backoff' });
    t.ok(acknowledged.length > 2);
    rmSync(join(mounted, 'ballast'));
    await store.commit(intakeOf('01AGAIN', Buffer.alloc(10_000, 'y')));
    for (const id of acknowledged) t.ok(await store.content({ owner: id, stage: 'original' }));
    await store.close();
    t.match(verifyFolder(folder), { ok: true });
  },
);

t.test('a disk that can only be read', { skip: !canMount && 'a file system cannot be mounted here' }, async (t) => {
  const folder = join(mounted, 'data');
  t.ok(mount('-o', 'remount,ro', mounted));
  t.throws(() => openStore({ folder }), { code: 'STORE_READ_ONLY' });
  t.ok(mount('-o', 'remount,rw', mounted));
});
