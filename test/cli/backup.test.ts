import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { openStore } from '../../src/store/open.ts';
import { sample, startGateway } from '../web/fixture.ts';

const body = sample('two-bills').toString('latin1');

async function portolan(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly told: string }> {
  let out = '';
  let told = '';
  const code = await main(args, { out: (text) => void (out += Buffer.from(text).toString()), tell: (text) => void (told += text) });
  return { code, out, told };
}

t.test('a backup under load is restored whole, and an older one under a published checkpoint is not', async (t) => {
  const gateway = await startGateway(t);
  const folder = mkdtempSync(join(tmpdir(), 'portolan-backup-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const accepted: string[] = [];
  let number = 0;
  let isOver = false;
  const load = Promise.all(
    Array.from({ length: 3 }, async () => {
      while (!isOver) {
        const reference = `B${String(++number).padStart(8, '0')}`;
        const { json } = await gateway.send('blue-anchor', Buffer.from(body.replaceAll('BA0438001', reference), 'latin1'), { prefer: 'respond-async' });
        accepted.push(json.id);
      }
    }),
  );
  const grown = async (count: number): Promise<void> => {
    while (accepted.length < count) await new Promise(setImmediate);
  };
  await grown(20);
  const before = [...accepted];
  const file = join(folder, 'backup.db');
  t.match(await portolan('backup', '--data', gateway.data, '--out', file), { code: 0, told: /keys .* are not in it/ });
  await grown(accepted.length + 10); // the log goes on
  isOver = true;
  await load;
  await gateway.gateway.store.publish();
  t.match(await portolan('backup', '--data', gateway.data, '--out', file), { code: 2 }, 'nothing is overwritten');

  const data = join(folder, 'data');
  mkdirSync(data);
  t.match(await portolan('restore', file, '--data', data), { code: 2, told: /STORE_KEYS_MISSING/ }, 'without keys it is said what is missing');
  cpSync(join(gateway.data, 'keys'), join(data, 'keys'), { recursive: true });
  t.match(await portolan('restore', file, '--data', data), { code: 0, out: /restored and verified/ });
  t.match(await portolan('restore', file, '--data', data), { code: 2, told: /is not empty/ }, 'what is there is not replaced');
  const store = openStore({ folder: data });
  const missing: string[] = [];
  for (const id of before) if (!(await store.state(id))) missing.push(id);
  t.same(missing, [], `all ${before.length} that were accepted before are there`);
  await store.close();
  t.match(await portolan('verify', '--data', data), { code: 0 });

  const behind = join(folder, 'behind');
  mkdirSync(behind);
  for (const name of ['keys', 'log']) cpSync(join(gateway.data, name), join(behind, name), { recursive: true });
  t.match(await portolan('restore', file, '--data', behind), { code: 1, out: /NOT restored/, told: /an older copy was put back/ });
  t.same(readdirSync(behind).sort(), ['keys', 'log'], 'and nothing is left of it');
  const damaged = join(folder, 'damaged.db');
  copyFileSync(file, damaged);
  const other = join(folder, 'other');
  mkdirSync(other);
  cpSync(join(gateway.data, 'keys'), join(other, 'keys'), { recursive: true });
  const { default: Database } = await import('better-sqlite3');
  new Database(damaged).exec('delete from entry where idx = 5').close();
  t.match(await portolan('restore', damaged, '--data', other), { code: 1 });
  t.notOk(existsSync(join(other, 'portolan.db')));
});

t.test('a backup, and what is restored, that has no room or may not be written says so, and leaves nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-backup-'));
  const at = join(folder, 'small');
  mkdirSync(at);
  const mount = (...options: string[]): boolean => spawnSync('mount', [...options, at]).status === 0;
  const isSmall = mount('-t', 'tmpfs', '-o', 'size=1m', 'none');
  t.teardown(() => {
    spawnSync('umount', ['-l', at]);
    rmSync(folder, { recursive: true, force: true });
  });
  t.match(await portolan('inspect', 'a'.repeat(300)), { code: 2, told: /CLI_FILE[^]*the name is too long/ });
  if (!isSmall) return t.pass('a small disk', { skip: 'no disk may be mounted here' });
  const data = join(folder, 'data');
  const store = openStore({ folder: data });
  await store.commit({ contents: [{ owner: '01JD0000000000000000000001', stage: 'original', media: 'text/plain', bytes: randomBytes(2_000_000) }] });
  const [file, kept] = [join(at, 'backup.db'), join(folder, 'kept.db')];
  t.match(await portolan('backup', '--data', data, '--out', file), { code: 2, told: /CLI_FILE[^]*backup\.db: the disk is full/ });
  t.match(await portolan('backup', '--data', data, '--out', kept), { code: 0 });
  mount('-o', 'remount,ro');
  t.match(await portolan('backup', '--data', data, '--out', file), { code: 2, told: /CLI_FILE[^]*backup\.db: it may not be written/ });
  mount('-o', 'remount,rw');
  await store.close();
  cpSync(join(data, 'keys'), join(at, 'keys'), { recursive: true });
  rmSync(data, { recursive: true });
  t.same(readdirSync(at), ['keys']);
  mkdirSync(join(at, 'data'));
  cpSync(join(at, 'keys'), join(at, 'data', 'keys'), { recursive: true });
  t.match(
    await portolan('restore', kept, '--data', join(at, 'data')),
    { code: 2, told: /CLI_FILE[^]*small\/[^]*: the disk is full/ },
    'it is not the backup that is full',
  );
  t.same(readdirSync(join(at, 'data')), ['keys']);
  t.end();
});

t.test('a data folder that is a disk of its own is restored into, also where a restore was ended before', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-backup-'));
  const [data, disk, file] = [join(folder, 'data'), join(folder, 'disk'), join(folder, 'kept.db')];
  mkdirSync(disk);
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', disk]).status === 0;
  t.teardown(() => {
    spawnSync('umount', ['-l', disk]);
    rmSync(folder, { recursive: true, force: true });
  });
  const store = openStore({ folder: data });
  await store.commit({ contents: [{ owner: '01JD0000000000000000000001', stage: 'original', media: 'text/plain', bytes: Buffer.from('UNB') }] });
  await store.close();
  t.match(await portolan('backup', '--data', data, '--out', file), { code: 0 });
  cpSync(join(data, 'keys'), join(disk, 'keys'), { recursive: true });
  mkdirSync(join(disk, '.restoring'));
  copyFileSync(file, join(disk, '.restoring', 'portolan.db'));
  t.match(await portolan('restore', file, '--data', disk), { code: 0, out: /restored and verified/ });
  t.same(readdirSync(disk).sort(), ['keys', 'portolan.db']);
  if (!isMounted) t.pass('a disk of its own', { skip: 'no disk may be mounted here' });
});

t.test('who only reads leaves nothing beside a store at rest, and changes nothing of it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-backup-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const data = join(folder, 'data');
  const store = openStore({ folder: data });
  const id = '01JD0000000000000000000001';
  await store.commit({
    contents: [{ owner: id, stage: 'original', media: 'text/plain', bytes: Buffer.from('UNB') }],
    records: [{ kind: 'received', interchange: id, party: 'carrier' }],
    states: [{ id, interchange: id, state: 'received', partner: 'carrier' }],
  });
  await store.close();
  const lies = (): unknown => [
    readdirSync(data).sort(),
    statSync(join(data, 'portolan.db')).mtimeMs,
    readFileSync(join(data, 'portolan.db')).toString('base64'),
  ];
  const before = lies();
  t.notMatch(readdirSync(data).join(), /-(wal|shm)/);
  for (const command of [['backup', '--out', join(folder, 'kept.db')], ['verify'], ['status'], ['messages'], ['show', id]] as const) {
    t.match(await portolan(...command, '--data', data), { code: 0 }, command[0]);
    t.same(lies(), before, `after ${command[0]}`);
  }
  const owner = openStore({ folder: data });
  t.match(await portolan('status', '--data', data), { code: 0 });
  t.ok(existsSync(join(data, 'portolan.db-wal')), 'what its owner has open stays');
  await owner.commit({ records: [{ kind: 'read' }] });
  await owner.close();
  t.match(await portolan('verify', '--data', data), { code: 0, out: /verified: 2 entries/ });
});

t.test('what is no store is neither backed up nor restored, and it is said of which file', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-backup-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [data, file] = [join(folder, 'data'), join(folder, 'kept.db')];
  const store = openStore({ folder: data });
  await store.commit({ contents: [{ owner: '01JD0000000000000000000001', stage: 'original', media: 'text/plain', bytes: Buffer.from('UNB') }] });
  await store.close();
  t.match(await portolan('backup', '--data', data, '--out', file), { code: 0 });
  for (const name of readdirSync(data)) if (name !== 'keys') rmSync(join(data, name), { recursive: true });
  const { default: Database } = await import('better-sqlite3');
  const bytes = readFileSync(file);
  for (const [how, wrong] of [
    ['empty', Buffer.alloc(0)],
    ['a text', Buffer.from('# Notes\n'.repeat(1_000))],
    ['cut off', bytes.subarray(0, 50_000)],
    ['of another program', new Database(':memory:').exec('create table other (a); pragma user_version = 3').serialize()],
  ] as const) {
    const other = join(folder, 'other.db');
    writeFileSync(other, wrong);
    t.match(await portolan('restore', other, '--data', data), { code: 1, told: /EVIDENCE_NOT_A_BACKUP[^]*other\.db is no backup/ }, `restored: ${how}`);
    t.same(readdirSync(data), ['keys']);
  }
  copyFileSync(file, join(folder, 'newer.db'));
  new Database(join(folder, 'newer.db')).exec('pragma user_version = 99').close();
  t.match(await portolan('restore', join(folder, 'newer.db'), '--data', data), { code: 2, told: /STORE_NEWER[^]*newer\.db/ });
  writeFileSync(join(data, 'portolan.db'), '');
  for (const args of [['verify'], ['status'], ['backup', '--out', join(folder, 'none.db')]])
    t.match(await portolan(...args, '--data', data), { code: 2, told: /STORE_ABSENT/ }, `${args[0]!} of a first start that did not come so far`);
  t.notOk(existsSync(join(folder, 'none.db')));
});
