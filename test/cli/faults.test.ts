import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openStore } from '../../src/store/open.ts';
import { root } from '../root.ts';

const program = join(import.meta.dirname, '..', 'portolan.js');
const folder = mkdtempSync(join(tmpdir(), 'portolan-faults-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** Who may not write what is not theirs: root may, and so would be no test. */
const anybody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
chmodSync(folder, 0o755);

// The runner of the tests has every Node write down that it ran, where nobody else may write.
const plainly = ['-c', 'unset NODE_OPTIONS; exec "$0" "$@"', process.execPath];

/** A gateway that cannot start: its process, which must end by itself. */
function serve(data: string, as: object, ...args: readonly string[]): { code: number | null; told: string } {
  const all = [...plainly, program, 'serve', '--config', 'samples/gateway', '--data', data, ...args];
  const { status, stderr } = spawnSync('sh', all, { cwd: root, encoding: 'utf8', timeout: 20_000, ...as });
  return { code: status, told: stderr };
}

const made = join(folder, 'made');
await openStore({ folder: made }).close();
const copyOf = (name: string): string => {
  cpSync(made, join(folder, name), { recursive: true });
  return join(folder, name);
};

t.test('a gateway that cannot start says why, and its process ends', async (t) => {
  const held = openStore({ folder: made });
  t.match(serve(made, {}, '--port', '0'), { code: 2, told: /STORE_LOCKED/ }, 'the data folder is in use');
  await held.close();

  const keyless = copyOf('keyless');
  rmSync(join(keyless, 'keys'), { recursive: true });
  t.match(serve(keyless, {}, '--port', '0'), { code: 2, told: /STORE_KEYS_MISSING/ }, 'its keys are missing');

  const damaged = copyOf('damaged');
  writeFileSync(join(damaged, 'portolan.db'), 'this is no database, and it is longer than the head of one: '.repeat(20));
  t.match(serve(damaged, {}, '--port', '0'), { code: 1, told: /STORE_/ }, 'its database is damaged');

  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const taken = serve(join(folder, 'fresh'), {}, '--port', String(port));
  t.match(taken, { code: 2, told: new RegExp(`CLI_ADDRESS[\\s\\S]*127\\.0\\.0\\.1:${port}[\\s\\S]*--port`) }, 'its port is in use');
  t.notMatch(taken.told, /BUG|\n {4}at /, 'which is no defect of ours');
  const start = spawnSync(process.execPath, [join(import.meta.dirname, '../../src/cli/start.js'), '--data', join(folder, 'start'), '--port', String(port)], {
    cwd: root,
    encoding: 'utf8',
    timeout: 20_000,
  });
  t.match(start, { status: 2, stderr: /CLI_ADDRESS/ }, 'nor with npm start');
  other.close();

  writeFileSync(join(folder, 'file'), '');
  t.match(
    serve(join(folder, 'file'), {}, '--port', '0'),
    { code: 2, told: /CLI_FILE\s+= .*\/file: it is there and is no folder/ },
    'its data folder is a file',
  );

  t.match(serve(join(folder, 'fresh'), {}, '--port', '0', '--host', '192.0.2.1'), { code: 1, told: /CONFIG_DEMO_KEY_EXPOSED/ });
});

t.test('a copy that nobody may write is read', async (t) => {
  const copy = copyOf('copy');
  spawnSync('chmod', ['-R', 'a+rX,a-w', copy]);
  for (const command of ['verify', 'status', 'messages']) {
    const { status, stderr } = spawnSync(process.execPath, [program, command, '--data', copy], { cwd: root, encoding: 'utf8', ...anybody });
    t.equal(status, 0, command, { stderr });
  }
  t.same(readdirSync(copy).sort(), readdirSync(made).sort(), 'and nothing is made in it');
  t.notOk(
    readdirSync(tmpdir()).some((name) => name.startsWith('portolan-read-')),
    'nor left behind elsewhere',
  );
  spawnSync('chmod', ['-R', 'u+w', copy]);
});

t.test('a data folder that may not be written', async (t) => {
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o555 });
  const { code, told } = serve(closed, anybody, '--port', '0');
  t.match({ code, told }, { code: 2, told: /STORE_READ_ONLY|CLI_FILE/ }, told.slice(-600));
  chmodSync(closed, 0o700);
});
