import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Take } from '../../../src/channels/channel.ts';
import { sftpIncoming, type SftpIncoming } from '../../../src/channels/sftp/incoming.ts';
import type { SftpLogin } from '../../../src/channels/sftp/login.ts';
import { SftpServer } from '../../../src/channels/sftp/server.ts';
import { surroundingsIn } from '../surroundings.ts';

/** A gateway that is killed: what it takes is a file in its store, under its key, or, as in the gateway, under its bytes. */
const [role, store, settings] = process.argv.slice(2) as ['serve' | 'fetch', string, string];
const surroundings = surroundingsIn(store);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const take: Take = async ({ bytes, key = createHash('sha256').update(bytes).digest('hex') }) => {
  const file = join(store, key);
  const duplicate = existsSync(file);
  if (!duplicate) {
    writeFileSync(`${file}.tmp`, bytes);
    renameSync(`${file}.tmp`, file);
  }
  say('taken');
  await new Promise((resolve) => setImmediate(resolve)); // between the store and the answer there is time to fall
  return { taken: true, id: key, receipt: '{}', duplicate };
};

if (role === 'fetch') {
  await sftpIncoming(JSON.parse(settings) as SftpIncoming, 'acme', surroundings, take);
} else {
  const { hostKey, login } = JSON.parse(settings) as { readonly hostKey: string; readonly login: SftpLogin };
  const nothing = {
    list: () => Promise.resolve([]),
    item: () => Promise.resolve(undefined),
    read: () => Promise.resolve(undefined),
    acknowledge: () => Promise.resolve(false),
  };
  const server = new SftpServer({
    host: '127.0.0.1',
    port: 0,
    hostKeys: [readFileSync(hostKey)],
    mailbox: nothing,
    admit: () => Promise.resolve({ more: () => undefined, release: () => undefined }),
    report: () => undefined,
    now: Date.now,
    largest: () => 1_000_000,
  });
  const { port } = await server.listen();
  await server.kind.incoming!(login, 'acme', surroundings, take);
  say(`port ${port}`);
}
