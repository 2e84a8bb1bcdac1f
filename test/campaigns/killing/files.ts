import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../channels/adapter/port.ts';
import { keyPair, openSshServer } from '../../channels/sftp/openssh.ts';
import { sftpIncoming } from '../../../src/channels/sftp/incoming.ts';
import { sftpOutgoing } from '../../../src/channels/sftp/outgoing.ts';
import { pause } from '../serving/process.ts';
import { acknowledged, parcelOf, partySurroundings, persistently, type Party, type World } from './world.ts';

/** Puts a file that is there whole or not at all. */
function put(folder: string, name: string, bytes: Buffer): void {
  writeFileSync(join(folder, `.${name}`), bytes);
  renameSync(join(folder, `.${name}`), join(folder, name));
}

/** Takes the files that stand in a folder whole; the delivery is in the name. */
function emptying(world: World, id: string, folder: string): () => Promise<void> {
  const look = async (): Promise<void> => {
    for (; !world.done; await pause(40))
      for (const name of readdirSync(folder).filter((each) => !each.startsWith('.') && !each.endsWith('.tmp'))) {
        const content = readFileSync(join(folder, name), 'latin1');
        world.got(id, acknowledged(content), name, content);
        rmSync(join(folder, name));
      }
  };
  const looking = look();
  return () => looking;
}

const folders = (at: string, id: string): { readonly way: string; readonly back: string } => {
  const [way, back] = [join(at, `${id}-in`), join(at, `${id}-out`)];
  for (const each of [way, back]) mkdirSync(each);
  return { way, back };
};

/** Files of a folder: what was taken lies in `done` with its receipt. */
export function folder(world: World): Party {
  const { way, back } = folders(world.folder, 'folder');
  const done = (reference: string): boolean => ['', '.receipt.json'].every((ending) => existsSync(join(way, 'done', `${reference}.edi${ending}`)));
  return {
    id: 'folder',
    channel: { folder: { path: back } },
    arrivals: [{ folder: { path: way, every: 0.5 } }],
    async send(reference, bytes) {
      put(way, `${reference}.edi`, bytes);
      await persistently(world, reference, () => Promise.resolve(done(reference) || undefined));
      return undefined;
    },
    *faults(references) {
      const names = readdirSync(join(way, 'done')).filter((name) => name.endsWith('.edi'));
      if (names.length !== references.size) yield `folder: ${names.length} files are done, and ${references.size} were put`;
      if (existsSync(join(way, 'refused'))) yield `folder: ${readdirSync(join(way, 'refused')).join(', ')} were refused`;
    },
    close: emptying(world, 'folder', back),
  };
}

/** Files of a server of the party's, OpenSSH's: what was taken is gone. */
export async function sftp(world: World): Promise<Party> {
  const ssh = await openSshServer(world);
  const { way, back } = folders(ssh.home, 'sftp');
  return {
    id: 'sftp',
    channel: { sftp: { ...ssh.peer, folder: 'sftp-out' } },
    arrivals: [{ sftp: { ...ssh.peer, folder: 'sftp-in', every: 0.5 } }],
    async send(reference, bytes) {
      put(way, `${reference}.edi`, bytes);
      await persistently(world, reference, () => Promise.resolve(!existsSync(join(way, `${reference}.edi`)) || undefined));
      return undefined;
    },
    *faults() {
      for (const name of readdirSync(way)) yield `sftp: ${name} is still there`;
    },
    close: emptying(world, 'sftp', back),
  };
}

/** The gateway's own server of files: the party puts into `in`, and what it removes from `out` it has acknowledged. */
export async function sftpServer(world: World): Promise<Party & { readonly server: object }> {
  const [host, client] = [keyPair(world.folder, 'host_key'), keyPair(world.folder, 'client_key')];
  const port = await freePort();
  const peer = { host: '127.0.0.1', port, user: 'sftp-server', hostKeys: [host.fingerprint], keys: [{ file: client.file }], timeout: 10 };
  const surroundings = partySurroundings(join(world.folder, 'sftp-server'));
  const out = sftpOutgoing({ ...peer, folder: 'in' }, surroundings);
  const fetch = async (): Promise<void> => {
    while (!world.done) {
      // Anew after each failure: a channel that waits longer each time would sleep through the lives of the gateway.
      await world.alive;
      let failed = false;
      const back = await sftpIncoming(
        { ...peer, folder: 'out', every: 0.2 },
        'portolan',
        { ...surroundings, report: () => (failed = true) },
        ({ bytes, name = '' }) => {
          const content = Buffer.from(bytes).toString('latin1');
          world.got('sftp-server', acknowledged(content), name, content);
          return Promise.resolve({ taken: true, id: name, receipt: '', duplicate: false });
        },
      );
      while (!world.done && !failed) await pause(50);
      await back.close();
      await pause(200);
    }
  };
  const fetching = fetch();
  return {
    id: 'sftp-server',
    server: { listen: { port }, hostKeys: [{ file: host.file }] },
    channel: 'mailbox',
    arrivals: [{ sftpServer: { keys: [client.publicKey] } }],
    async send(reference, bytes) {
      await persistently(world, reference, async (attempt) => {
        const handed = await out.send(parcelOf(reference, attempt, bytes), AbortSignal.timeout(30_000));
        if (handed.state === 'failed') throw new Error(`${handed.code}: ${handed.reason}`);
        return true;
      });
      return undefined;
    },
    async close() {
      await out.close();
      await fetching;
    },
  };
}
