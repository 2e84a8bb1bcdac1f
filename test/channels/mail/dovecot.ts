import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { basename, join } from 'node:path';

type Test = { teardown(end: () => unknown): unknown };

export const noDovecot: string | false =
  spawnSync('dovecot', ['--version']).status !== 0 ? 'dovecot is not installed' : process.getuid?.() === 0 ? false : 'dovecot is run by root alone';

export interface MailboxServer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Puts a mail into a folder, as a delivery agent does; how the name of its file begins. */
  put(mail: string, folder?: string): string;
  /** The files of the mails that lie in a folder. */
  names(folder?: string): string[];
  /** What lies in a folder. */
  mails(folder?: string): string[];
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Dovecot, which serves one maildir over IMAP on a port of its own. */
export async function dovecot(t: Test): Promise<MailboxServer> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-dovecot-'));
  const { username } = userInfo();
  const port = await freePort();
  const maildir = join(folder, 'mail');
  for (const each of ['cur', 'new', 'tmp']) mkdirSync(join(maildir, each), { recursive: true });
  spawnSync('chown', ['-R', 'dovecot:dovecot', maildir]);
  spawnSync('chmod', ['755', folder]);
  const uid = Number(spawnSync('id', ['-u', 'dovecot'], { encoding: 'utf8' }).stdout);
  const config = join(folder, 'dovecot.conf');
  writeFileSync(
    config,
    `protocols = imap
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:${maildir}
first_valid_uid = 1
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${uid} gid=${uid} home=${folder}/home
}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
namespace inbox {
  inbox = yes
}
`,
  );
  const stop = async (): Promise<void> => {
    spawnSync('dovecot', ['-c', config, 'stop']);
    for (let tries = 0; existsSync(join(folder, 'run/master.pid')) && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const start = async (): Promise<void> => {
    const [code] = (await once(spawn('dovecot', ['-c', config], { stdio: 'ignore' }), 'exit')) as [number];
    if (code !== 0) throw new Error(`dovecot does not start as ${username}: ${readFileSync(join(folder, 'log'), 'utf8')}`);
    await answering(port);
  };
  await start();
  t.teardown(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  let number = 0;
  const place = (name: string): string => (name === 'INBOX' ? maildir : join(maildir, `.${name}`));
  const filesOf = (name: string): string[] =>
    ['new', 'cur'].flatMap((each) => {
      const at = join(place(name), each);
      return existsSync(at) ? readdirSync(at).map((file) => join(at, file)) : [];
    });
  return {
    port,
    user: 'acme',
    password: 'secret',
    put(mail, name = 'INBOX') {
      const file = `${Date.now()}.M${++number}.test`;
      const written = join(place(name), 'tmp', file);
      writeFileSync(written, mail.replace(/\r?\n/g, '\r\n'), { mode: 0o666 });
      chownSync(written, uid, uid);
      renameSync(written, join(place(name), 'new', file));
      return file;
    },
    names: (name = 'INBOX') => filesOf(name).map((file) => basename(file)),
    mails: (name = 'INBOX') => filesOf(name).map((file) => readFileSync(file, 'latin1')),
    stop,
    start,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 250; tries++) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await Promise.race([once(socket, 'data').then(() => true), once(socket, 'error').then(() => false, () => false)]); // prettier-ignore
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('dovecot does not answer');
}
