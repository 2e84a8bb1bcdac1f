import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '../surroundings.ts';

type Test = { teardown(end: () => unknown): unknown };

const programs = { sshd: '/usr/sbin/sshd', 'sftp-server': '/usr/lib/openssh/sftp-server', sftp: '/usr/bin/sftp', 'ssh-keygen': '/usr/bin/ssh-keygen' } as const; // prettier-ignore
export const missing = (...names: (keyof typeof programs)[]): string | false => {
  const absent = names.filter((name) => !existsSync(programs[name]));
  return absent.length > 0 ? `${absent.join(', ')} of OpenSSH is not installed` : false;
};

const plainly = (): NodeJS.ProcessEnv => {
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  return env;
};

export interface KeyPair {
  readonly file: string;
  readonly publicKey: string;
  readonly fingerprint: string; // SHA256:…
}

export function keyPair(folder: string, name: string, kind: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519', passphrase = ''): KeyPair {
  const file = join(folder, name);
  const made = spawnSync(programs['ssh-keygen'], ['-q', '-t', kind, ...(kind === 'rsa' ? ['-b', '2048'] : []), '-N', passphrase, '-C', name, '-f', file]);
  if (made.status !== 0) throw new Error(String(made.stderr));
  const [, fingerprint] = spawnSync(programs['ssh-keygen'], ['-l', '-f', `${file}.pub`], { encoding: 'utf8' }).stdout.split(' ');
  return { file, publicKey: readFileSync(`${file}.pub`, 'utf8').trim(), fingerprint: fingerprint! };
}

export interface OpenSshServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly home: string; // where a client comes to
  readonly hostKeys: readonly KeyPair[];
  readonly client: KeyPair;
  readonly connections: () => number; // there were so far
  /** The settings of a channel that is let in. */
  readonly peer: { readonly host: string; readonly port: number; readonly user: string; readonly hostKeys: string[]; readonly keys: { file: string }[] };
  configure(lines: readonly string[]): void;
  /** Ends every connection, as a server does that is started anew. */
  drop(): void;
}

/** OpenSSH's server with its own sftp-server, one process for each connection, on a port of its own. */
export async function openSshServer(
  t: Test,
  { hostKeys = ['ed25519'], subsystem = '' }: { hostKeys?: ('ed25519' | 'ecdsa' | 'rsa')[]; subsystem?: string } = {},
): Promise<OpenSshServer> {
  const folder = temporaryFolder(t);
  const home = join(folder, 'home');
  mkdirSync(home);
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 }); // where sshd confines itself, when root starts it
  const keys = hostKeys.map((kind) => keyPair(folder, `host_${kind}`, kind));
  const client = keyPair(folder, 'client');
  writeFileSync(join(folder, 'authorized'), `${client.publicKey}\n`);
  const configure = (lines: readonly string[]): void =>
    writeFileSync(
      join(folder, 'sshd_config'),
      [
        ...lines,
        ...keys.map(({ file }) => `HostKey ${file}`),
        'UsePAM no',
        'StrictModes no',
        'PasswordAuthentication no',
        'PermitRootLogin yes',
        'PidFile none',
        `AuthorizedKeysFile ${join(folder, 'authorized')}`,
        `Subsystem sftp ${programs['sftp-server']} -d ${home} ${subsystem}`,
      ].join('\n'),
    );
  configure([]);
  const children = new Set<ChildProcess>();
  let count = 0;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    count++;
    const child = spawn(programs.sshd, ['-i', '-e', '-f', join(folder, 'sshd_config')], { stdio: [socket, socket, 'ignore'], env: plainly() });
    children.add(child);
    child.once('exit', () => children.delete(child));
    socket.destroy(); // the child has it
  });
  const port = await listening(server);
  const drop = (): void => {
    for (const child of children) spawnSync('pkill', ['-KILL', '-P', String(child.pid)]); // the process of the session, below it
    for (const child of children) child.kill('SIGKILL');
  };
  t.teardown(async () => {
    drop();
    server.close();
    await once(server, 'close');
  });
  const user = userInfo().username;
  return {
    host: '127.0.0.1',
    port,
    user,
    home,
    hostKeys: keys,
    client,
    connections: () => count,
    peer: { host: '127.0.0.1', port, user, hostKeys: keys.map(({ fingerprint }) => fingerprint), keys: [{ file: client.file }] },
    configure,
    drop,
  };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A line between client and server that is cut, with a reset, once so many bytes went to the server; or that falls silent. */
export async function line(t: Test, port: number): Promise<{ readonly port: number; cutAfter: number; isSilent: boolean }> {
  const sockets = new Set<Socket>();
  const state = { port: 0, cutAfter: Infinity, isSilent: false };
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let sent = 0;
    for (const each of [near, far]) {
      sockets.add(each);
      each.on('error', () => undefined);
      each.on('close', () => (near.destroy(), far.destroy()));
    }
    near.on('data', (chunk) => {
      if (state.isSilent) return;
      sent += chunk.length;
      if (sent > state.cutAfter) near.resetAndDestroy();
      else far.write(chunk);
    });
    far.on('data', (chunk) => void (state.isSilent || near.write(chunk)));
  });
  state.port = await listening(server);
  t.teardown(async () => {
    for (const each of sockets) each.destroy();
    server.close();
    await once(server, 'close');
  });
  return state;
}

export interface Ran {
  readonly status: number | null;
  readonly out: string;
}

/** OpenSSH's `sftp`, given commands one a line; it ends at the first that fails. */
export async function sftp(options: readonly string[], commands: readonly string[], cwd?: string): Promise<Ran> {
  const child = spawn(programs.sftp, ['-b', '-', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', ...options], {
    env: plainly(),
    ...(cwd !== undefined && { cwd }),
  });
  child.stdin.end(`${commands.join('\n')}\n`);
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (out += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, out };
}
