import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { openEvidence } from '../../src/store/evidence-source.ts';
import { verifyStore } from '../../src/store/verify-store.ts';
import { pause, serve, type Serving } from '../campaigns/serving/process.ts';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { root } from '../root.ts';

const run = (command: string, ...args: string[]) => spawnSync(command, args, { encoding: 'utf8' });
const body = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1');
let number = 0;

/** A disk of its own, of so many megabytes; undefined where nobody may mount one here. */
function disk(t: Test, megabytes: number): string | undefined {
  const at = mkdtempSync(join(tmpdir(), 'portolan-disk-'));
  const mounted = run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none', at);
  t.teardown(() => {
    if (mounted.status === 0) run('umount', '-l', at);
    rmSync(at, { recursive: true, force: true });
  });
  return mounted.status === 0 ? at : undefined;
}

async function post({ url }: Serving): Promise<{ status: number; retryAfter: string | null; json: { id?: string; detail?: string; code?: string } }> {
  const bytes = body.replaceAll('BA0438001', `F${String(++number).padStart(8, '0')}`);
  const response = await fetch(`${url}/v1/interchanges`, { method: 'POST', headers: { authorization: 'Bearer demo-blue-anchor' }, body: bytes });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), json: (await response.json()) as { id?: string } };
}

const get = async ({ url }: Serving, path: string) => fetch(url + path, { headers: { authorization: 'Bearer demo-operator' } });

/** Sends until it is refused. */
async function fill(gateway: Serving, accepted: string[]): Promise<Awaited<ReturnType<typeof post>>> {
  for (;;) {
    const answer = await post(gateway);
    if (answer.status !== 202) return answer;
    accepted.push(answer.json.id!);
  }
}

async function accepts(gateway: Serving, accepted: string[]): Promise<void> {
  for (;;) {
    const answer = await post(gateway);
    if (answer.status === 202) return void accepted.push(answer.json.id!);
    await pause(100);
  }
}

/** Until nothing waits to be worked off. */
async function idle(gateway: Serving): Promise<void> {
  for (;;) {
    const { queue } = (await (await get(gateway, '/v1/status')).json()) as { queue: readonly unknown[] };
    if (queue.length === 0) return;
    await pause(50);
  }
}

async function whole(t: Test, gateway: Serving, data: string, accepted: readonly string[]): Promise<void> {
  await idle(gateway);
  const states = await Promise.all(accepted.map(async (id) => ((await (await get(gateway, `/v1/interchanges/${id}`)).json()) as { state: string }).state));
  t.same(new Set(states), new Set(['processed']), `all ${accepted.length} that were accepted came to their end`);
  gateway.signal('SIGTERM');
  t.equal(await gateway.ended, 0);
  const evidence = openEvidence(data);
  const { ok, findings } = verifyStore(evidence);
  t.ok(ok, `and the store verifies ${findings.map(sentence).join('; ')}`);
  evidence.close();
}

t.test('a full disk stops acceptance with a reason, reads go on, and with room all goes on by itself', { timeout: 120_000 }, async (t) => {
  const at = disk(t, 24);
  if (!at) return t.plan(0, 'no disk may be mounted here');
  const data = join(at, 'data');
  const gateway = await serve(data);
  t.teardown(() => gateway.kill());
  const accepted: string[] = [];
  await accepts(gateway, accepted);
  const ballast = join(at, 'ballast');
  // Somebody else fills the disk to the last byte while messages come.
  const filling = once(spawn('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'], { stdio: 'ignore' }), 'exit');
  await fill(gateway, accepted);
  await filling;
  const refused = await fill(gateway, accepted);
  t.match(refused, { status: 503, retryAfter: /^\d+$/, json: { code: 'GATEWAY_BUSY', detail: /disk is full/ } });
  t.equal((await get(gateway, '/health/ready')).status, 503);
  t.equal((await get(gateway, `/v1/interchanges/${accepted[0]}`)).status, 200, 'what is there can be read');
  t.equal((await get(gateway, '/v1/inbox?after=0')).status, 403, 'and keys are still asked for');
  const status = (await (await get(gateway, '/v1/status')).json()) as { halted: string | null };
  t.equal(status.halted, null, 'a disk that was full needs no restart');
  rmSync(ballast);
  await accepts(gateway, accepted);
  await whole(t, gateway, data, accepted);
});

/**
 * A file system of its own, in a file, that an error of the disk makes read-only at once, also for files that are open; why there can be
 * none. `again`: what is on it is mended, and mounted in its place, while the files that are open remain those of the one that failed.
 */
function mounted(t: Test, megabytes: number): { readonly at: string; fail(): void; again(): void } | string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-disk-'));
  const [image, at] = [join(folder, 'image'), join(folder, 'mounted')];
  mkdirSync(at);
  writeFileSync(image, '');
  truncateSync(image, megabytes * 1_048_576);
  t.teardown(() => {
    run('umount', '-l', at);
    rmSync(folder, { recursive: true, force: true });
  });
  const mount = (file = image): boolean => run('mount', '-o', 'loop,errors=remount-ro', file, at).status === 0;
  if (run('mkfs.ext4', '-q', '-O', '^has_journal', image).status !== 0) return 'mkfs.ext4 is not installed';
  if (!mount()) return 'no file system may be mounted here';
  const device = basename(run('findmnt', '-no', 'SOURCE', at).stdout.trim());
  const trigger = `/sys/fs/ext4/${device}/trigger_fs_error`;
  if (!existsSync(trigger)) return 'this system makes no errors of disks';
  return {
    at,
    fail: () => writeFileSync(trigger, '1'),
    again() {
      const mended = join(folder, 'mended');
      if (run('umount', '-l', at).status !== 0) throw new Error('it cannot be unmounted');
      copyFileSync(image, mended);
      if (run('fsck.ext4', '-y', '-f', mended).status! > 1 || !mount(mended)) throw new Error('it cannot be mounted again');
    },
  };
}

/** How the disk of a gateway fails when it is told to (`disk.c`); why it cannot be told here. */
function failing(t: Test, data: string): { readonly env: Readonly<Record<string, string>>; fail(how: 'flush' | 'read-only' | ''): void } | string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-disk-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [library, order] = [join(folder, 'disk.so'), join(folder, 'order')];
  if (run('cc', '-shared', '-fPIC', '-O1', '-o', library, join(root, 'test/cli/disk.c'), '-ldl').status !== 0) return 'there is no compiler for C here';
  return {
    env: { LD_PRELOAD: library, DISK_FOLDER: data, DISK_ORDER: order },
    fail: (how) => (how === '' ? rmSync(order) : writeFileSync(order, how)),
  };
}

t.test('a disk that fails or may not be written is the same, and needs no restart', { timeout: 180_000 }, async (t) => {
  const disk = mounted(t, 96);
  const data = join(typeof disk === 'string' ? mkdtempSync(join(tmpdir(), 'portolan-disk-')) : disk.at, 'data');
  mkdirSync(data);
  // Also of files that are open. Not of the index of the log, which SQLite writes as memory: it is taken from it a moment before or after the
  // log itself, as by no disk, and a commit that is between the two would end by SIGBUS.
  const written = (may: boolean): boolean => run('find', data, '!', '-name', '*-shm', '-exec', 'chattr', may ? '-i' : '+i', '{}', '+').status === 0;
  const isOurs = written(false);
  written(true);
  t.teardown(() => {
    written(true);
    rmSync(data, { recursive: true, force: true });
  });
  const told = failing(t, data);
  if (typeof told !== 'string') Object.assign(process.env, told.env);
  const gateway = await serve(data);
  for (const name of Object.keys(typeof told === 'string' ? {} : told.env)) delete process.env[name];
  t.teardown(() => gateway.kill());
  const accepted: string[] = [];
  const refuses = async (what: string, detail = /cannot be written/): Promise<void> => {
    const refused = await fill(gateway, accepted);
    t.match(refused, { status: 503, retryAfter: /^\d+$/, json: { code: 'GATEWAY_BUSY', detail } }, what);
    t.equal((await get(gateway, '/health/ready')).status, 503);
    t.equal((await get(gateway, `/v1/interchanges/${accepted[0]}`)).status, 200, 'what is there can be read');
    t.match(await (await get(gateway, '/v1/status')).json(), { halted: null }, 'and nobody has to restart it');
  };
  for (let i = 0; i < 5; i++) await accepts(gateway, accepted);
  if (typeof told === 'string') t.pass('a disk that fails', { skip: told });
  else {
    told.fail('flush');
    await refuses('nothing can be flushed', /cannot write at present/);
    await pause(1_500); // in which it is tried again, and fails again
    await refuses('nor a second later', /cannot write at present/);
    told.fail('');
    await accepts(gateway, accepted);
    told.fail('read-only');
    await refuses('the file system is read-only');
    told.fail(''); // but not for the files that are open
    await accepts(gateway, accepted);
  }
  if (!isOurs) t.pass('files that may not be written', { skip: 'no file can be made unwritable here' });
  else {
    written(false);
    await refuses('no file may be written');
    written(true);
    await accepts(gateway, accepted);
  }
  if (typeof disk === 'string') t.pass('a file system that has failed', { skip: disk });
  else {
    await idle(gateway); // what it finds then depends on nothing else that is under way
    disk.fail();
    await refuses('the file system has failed');
    disk.again();
    await accepts(gateway, accepted);
  }
  await whole(t, gateway, data, accepted);
});
