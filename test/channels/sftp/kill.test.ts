import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { sftpOutgoing } from '../../../src/channels/sftp/outgoing.ts';
import { parcelOf, patience, surroundingsIn, temporaryFolder, until } from '../surroundings.ts';
import { keyPair, missing, openSshServer } from './openssh.ts';

const falling = fileURLToPath(new URL('falling.js', import.meta.url));
const kills = Number(process.env['PORTOLAN_KILLS'] ?? 3); // more in a campaign
const files = 12; // between two kills
let seed = Number(process.env['PORTOLAN_SEED'] ?? Date.now() % 2 ** 31);
t.comment(`seed ${seed}`);
const chance = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;

interface Child {
  readonly process: ChildProcess;
  /** Resolves with the first line from now on that begins so, or with the n-th: several may come at once, and none waits to be asked for. */
  line(beginning: string, n?: number): Promise<string>;
  kill(): Promise<void>;
}

function start(t: Parameters<typeof temporaryFolder>[0], role: 'serve' | 'fetch', store: string, settings: object): Child {
  const env = { ...process.env };
  delete env['NODE_OPTIONS']; // what the test runner loads is none of its business
  const child = spawn(process.execPath, [falling, role, store, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'], env });
  t.teardown(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout! });
  return {
    process: child,
    line: (beginning, n = 1) =>
      new Promise((resolve) => {
        let left = n;
        const seen = (line: string): void => {
          if (!line.startsWith(beginning) || --left > 0) return;
          lines.off('line', seen);
          resolve(line);
        };
        lines.on('line', seen);
      }),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

const stored = (store: string): string[] =>
  readdirSync(store)
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((name) => readFileSync(join(store, name), 'utf8'))
    .sort();

t.test(`our server, killed ${kills} times: an OK is backed by what is stored`, { skip: missing('ssh-keygen') }, async (t) => {
  const folder = temporaryFolder(t);
  const store = join(folder, 'store');
  mkdirSync(store);
  const [host, key] = [keyPair(folder, 'host'), keyPair(folder, 'acme')];
  const waiting = Array.from({ length: kills * files }, (_, i) => `file ${i} ${'x'.repeat(i * 97)}`);
  const all = [...waiting].sort();
  const told: string[] = [];
  for (let kill = 0; waiting.length > 0; kill++) {
    const server = start(t, 'serve', store, { hostKey: host.file, login: { keys: [key.publicKey] } });
    const port = Number((await server.line('port ')).slice(5));
    const out = sftpOutgoing(
      { host: '127.0.0.1', port, user: 'acme', hostKeys: [host.fingerprint], keys: [{ file: key.file }], folder: 'in' },
      surroundingsIn(folder),
    );
    let left = kill < kills ? 1 + Math.floor(chance() * files) : Infinity;
    while (waiting.length > 0) {
      const content = waiting[0]!;
      const isLast = --left <= 0;
      const fall = isLast ? server.line('taken').then(() => server.kill()) : undefined; // after it is stored, before or while it is told
      const handed = await out.send(parcelOf(content, { filename: `${all.indexOf(content)}.edi` }), patience());
      await fall;
      if (handed.state === 'delivered') {
        told.push(content);
        if (!stored(store).includes(content)) t.fail(`${content.slice(0, 10)} was said to be there`);
        waiting.shift();
      }
      if (isLast) break;
    }
    await out.close();
    await server.kill();
  }
  t.same(stored(store), all, 'each is there once, and none in part');
  t.same(told.sort(), all);
});

t.test(`fetching, killed ${kills} times: each file is taken once, and then gone`, { skip: missing('sshd', 'sftp-server', 'ssh-keygen') }, async (t) => {
  const server = await openSshServer(t);
  const store = temporaryFolder(t);
  const settings = { ...server.peer, folder: '.', every: 0.05 };
  const all: string[] = [];
  for (let kill = 0; kill <= kills; kill++) {
    for (let i = 0; i < files && kill < kills; i++) {
      all.push(`file ${all.length}`);
      writeFileSync(join(server.home, `${all.length}.edi`), all.at(-1)!);
    }
    const child = start(t, 'fetch', store, settings);
    if (kill === kills) {
      await until('nothing is left', () => readdirSync(server.home).length === 0, 60_000);
      await child.kill();
      break;
    }
    await child.line('taken', 1 + Math.floor(chance() * files));
    await child.kill();
  }
  t.same(stored(store), all.sort());
});
