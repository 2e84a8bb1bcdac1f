import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { Handed } from '../../../src/channels/channel.ts';
import { failureOfFile, folderOutgoing } from '../../../src/channels/folder/outgoing.ts';
import { codes, type Code } from '../../../src/diagnostics/codes.ts';
import { parcelOf, patience, temporaryFolder } from '../surroundings.ts';

const failedWith = (handed: Handed): string => (handed.state === 'failed' ? handed.code : handed.state);
const name = '01JDELIVERY-1.edi';

t.test('a parcel becomes a file that is there whole, and the same attempt again changes nothing', async (t) => {
  const path = temporaryFolder(t);
  const channel = folderOutgoing({ path });
  for (const attempt of [1, 2]) {
    t.match(await channel.send(parcelOf("UNB+UNOC:3'", { attempt }), patience()), { state: 'delivered', detail: { file: name } }, `attempt ${attempt}`);
    t.same(readdirSync(path), [name], 'and nothing is left beside it');
    t.equal(readFileSync(join(path, name), 'utf8'), "UNB+UNOC:3'");
  }
  await channel.close();
});

t.test('what an attempt that broke off has left is written anew', async (t) => {
  const path = temporaryFolder(t);
  writeFileSync(join(path, `.${name}.tmp`), 'half of i');
  t.equal((await folderOutgoing({ path }).send(parcelOf('the whole of it', { attempt: 2 }), patience())).state, 'delivered');
  t.same(readdirSync(path), [name]);
  t.equal(readFileSync(join(path, name), 'utf8'), 'the whole of it');
});

t.test('a temporary name that is a link is not written through', async (t) => {
  const path = temporaryFolder(t);
  const elsewhere = join(temporaryFolder(t), 'theirs');
  writeFileSync(elsewhere, 'theirs');
  symlinkSync(elsewhere, join(path, `.${name}.tmp`));
  t.equal((await folderOutgoing({ path }).send(parcelOf('ours'), patience())).state, 'delivered');
  t.equal(readFileSync(elsewhere, 'utf8'), 'theirs');
});

t.test('other bytes under the name are never overwritten, be they a file, a link or a folder', async (t) => {
  const others: Readonly<Record<string, (path: string) => void>> = {
    'a file': (path) => writeFileSync(path, 'theirs'),
    'a file of the same length': (path) => writeFileSync(path, 'OURS'),
    'a link to the same bytes': (path) => (writeFileSync(`${path}.to`, 'ours'), symlinkSync(`${path}.to`, path)),
    'a folder': (path) => mkdirSync(path),
  };
  for (const [what, make] of Object.entries(others)) {
    const path = temporaryFolder(t);
    make(join(path, name));
    const before = readdirSync(path);
    t.equal(failedWith(await folderOutgoing({ path }).send(parcelOf('ours'), patience())), 'SEND_NAME_TAKEN', what);
    t.same(readdirSync(path), before, `${what}: nothing is left`);
  }
});

t.test('an empty file tells the receiver that the other is whole, where it waits for that', async (t) => {
  const path = temporaryFolder(t);
  const channel = folderOutgoing({ path, temporary: '{name}.part', companion: '{name}.ok' });
  writeFileSync(join(path, name), 'ours'); // we fell between the two
  t.equal((await channel.send(parcelOf('ours', { attempt: 2 }), patience())).state, 'delivered');
  t.same(readdirSync(path), [name, `${name}.ok`]);
});

t.test('large parcels are streamed, and one that breaks off leaves nothing', async (t) => {
  const path = temporaryFolder(t);
  const large = Buffer.alloc(9_000_000, 'manifest ');
  t.equal((await folderOutgoing({ path }).send(parcelOf(large), patience())).state, 'delivered');
  t.ok(readFileSync(join(path, name)).equals(large));
  rmSync(join(path, name));
  const end = new AbortController();
  const slow = parcelOf('', {
    size: 10,
    async *chunks() {
      yield Buffer.from('half ');
      end.abort();
      await Promise.resolve();
      yield Buffer.from('whole');
    },
  });
  t.equal(failedWith(await folderOutgoing({ path }).send(slow, end.signal)), 'SEND_TIMEOUT');
  t.same(readdirSync(path), []);
});

t.test('a folder that is not there, or that is a file, is a failure that is tried again', async (t) => {
  const path = join(temporaryFolder(t), 'mounted-later');
  const channel = folderOutgoing({ path });
  t.equal(failedWith(await channel.send(parcelOf('x'), patience())), 'SEND_FOLDER');
  writeFileSync(path, 'a file');
  t.equal(failedWith(await channel.send(parcelOf('x'), patience())), 'SEND_FOLDER');
  rmSync(path);
  mkdirSync(path);
  t.equal((await channel.send(parcelOf('x'), patience())).state, 'delivered', 'as soon as it is there');
});

t.test('a folder that may not be written to', async (t) => {
  const asRoot = process.getuid?.() === 0; // who may write everywhere but where the kernel alone does
  const path = asRoot ? '/sys/kernel' : temporaryFolder(t);
  if (!asRoot) chmodSync(path, 0o500);
  t.equal(failedWith(await folderOutgoing({ path }).send(parcelOf('x'), patience())), 'SEND_PERMISSION');
});

t.test('a full disk', { skip: existsSync('/dev/full') ? false : 'there is no /dev/full' }, async (t) => {
  const full: unknown = await writeFile('/dev/full', 'x').catch((error: unknown) => error);
  t.match(failureOfFile(full), { code: 'SEND_NO_SPACE', reason: /no space left/ });
});

t.test('what the system calls a fault, and what becomes of the delivery', (t) => {
  const table: readonly (readonly [name: string, code: Code, retry: string])[] = [
    ['ENOENT', 'SEND_FOLDER', 'backoff'],
    ['ENOSPC', 'SEND_NO_SPACE', 'backoff'],
    ['EDQUOT', 'SEND_NO_SPACE', 'backoff'],
    ['EACCES', 'SEND_PERMISSION', 'after-fix'],
    ['EROFS', 'SEND_PERMISSION', 'after-fix'],
    ['EIO', 'SEND_WRITE', 'backoff'],
  ];
  for (const [error, code, retry] of table) {
    t.equal(failureOfFile(Object.assign(new Error('…'), { code: error })).code, code, error);
    t.equal(codes[code].retry, retry, code);
  }
  t.end();
});
