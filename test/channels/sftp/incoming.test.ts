import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Incoming } from '../../../src/channels/channel.ts';
import { sftpIncoming, type SftpIncoming } from '../../../src/channels/sftp/incoming.ts';
import { book, surroundingsIn, temporaryFolder, texts, until, type Book, type Told } from '../surroundings.ts';
import { line, missing, openSshServer, type OpenSshServer } from './openssh.ts';

const skip = missing('sshd', 'sftp-server', 'ssh-keygen');

interface Fetched {
  readonly server: OpenSshServer;
  readonly book: Book;
  readonly told: readonly Told[];
  put(name: string, content: string | Buffer): void;
  files(folder?: string): string[];
  open(more?: Partial<SftpIncoming>): Promise<Incoming>;
}

async function fetched(t: Parameters<typeof temporaryFolder>[0], settings: Partial<SftpIncoming> = {}): Promise<Fetched> {
  const server = await openSshServer(t);
  const surroundings = surroundingsIn(temporaryFolder(t));
  const pages = book();
  mkdirSync(join(server.home, 'out'));
  const folder = join(server.home, 'out');
  return {
    server,
    book: pages,
    told: surroundings.told,
    put: (name, content) => writeFileSync(join(folder, name), content),
    files: (below = '') => (existsSync(join(folder, below)) ? readdirSync(join(folder, below)).sort() : []),
    async open(more = {}) {
      const incoming = await sftpIncoming({ ...server.peer, folder: 'out', every: 0.2, ...settings, ...more }, 'acme', surroundings, pages.take);
      t.teardown(() => incoming.close());
      return incoming;
    },
  };
}

t.test("files of OpenSSH's server", { skip }, async (t) => {
  t.test('are taken, then deleted', async (t) => {
    const there = await fetched(t);
    const large = Buffer.alloc(2_000_001, 'manifest ');
    there.put('large.edi', large);
    there.put('ü 1.edi', 'small');
    there.put('half.tmp', 'not yet');
    symlinkSync('/etc/hostname', join(there.server.home, 'out', 'link'));
    await there.open();
    await there.book.count(2);
    await until('both are gone', () => there.files().length === 2);
    t.same(there.files(), ['half.tmp', 'link']);
    t.match(
      there.book.arrivals.find(({ name }) => name === 'ü 1.edi'),
      { channel: 'sftp', party: 'acme', grade: 'C', key: /^[0-9a-f]{64}$/ },
    );
    t.ok(there.book.arrivals.some(({ bytes }) => large.equals(bytes)));
    t.equal(there.server.connections(), 1);
  });

  t.test('or moved, with the receipt beside; or left, and not taken again', async (t) => {
    const moved = await fetched(t, { afterwards: 'move' });
    moved.put('a.edi', 'a');
    await moved.open();
    await until('it is moved', () => moved.files().join() === 'done');
    t.same(moved.files('done'), ['a.edi', 'a.edi.receipt.json']);
    moved.put('a.edi', 'a second of this name');
    await until('it is moved too', () => moved.files('done').length === 4);
    const left = await fetched(t, { afterwards: 'leave' });
    left.put('a.edi', 'a');
    const first = await left.open();
    await left.book.count(1);
    left.put('b.edi', 'b');
    await left.book.count(2);
    t.same(texts(left.book), ['a', 'b']);
    await first.close();
    await left.open(); // knows nothing of before
    left.put('c.edi', 'c');
    await left.book.count(3);
    t.same(texts(left.book), ['a', 'b', 'c'], 'what is read again after a restart is the same arrival');
  });

  t.test('while they are still written, by the rule agreed upon', async (t) => {
    const companion = await fetched(t, { complete: { companion: '{name}.ok' } });
    companion.put('a.edi', 'half');
    await companion.open();
    companion.put('b.edi', 'b');
    companion.put('b.edi.ok', '');
    await until('the other is gone with its companion', () => companion.files().length === 1);
    t.same([companion.files(), texts(companion.book)], [['a.edi'], ['b']]);
    const stable = await fetched(t, { complete: { stable: 0.6 } });
    stable.put('a.edi', 'half');
    await stable.open();
    await new Promise((resolve) => setTimeout(resolve, 400));
    stable.put('a.edi', 'the whole of it');
    await stable.book.count(1);
    t.same(texts(stable.book), ['the whole of it']);
  });

  t.test('a refusal is told where they lie; what is busy stays', async (t) => {
    const there = await fetched(t);
    there.book.instead.push(
      { taken: false, code: 'WEB_BODY_EMPTY', reason: 'the request has no body' },
      { taken: false, code: 'GATEWAY_BUSY', reason: 'later', retryAfter: 1 },
    );
    there.put('a.edi', '');
    await there.open({ largest: 100 });
    await until('it is refused', () => there.files('refused').length === 2);
    t.match(readFileSync(join(there.server.home, 'out/refused/a.edi.findings.txt'), 'utf8'), /WEB_BODY_EMPTY: the request has no body/);
    there.put('large.edi', 'x'.repeat(101));
    await until('it is refused unread', () => there.files('refused').includes('large.edi.findings.txt'));
    there.put('b.edi', 'b');
    await there.book.count(1);
    t.match(there.told, [{ code: 'WEB_BODY_EMPTY' }, { code: 'FETCH_TOO_LARGE' }, { code: 'GATEWAY_BUSY' }]);
  });

  t.test('where nothing may be deleted: taken once, told once', async (t) => {
    const there = await fetched(t);
    const readOnly = await openSshServer(t, { subsystem: '-R' });
    writeFileSync(join(readOnly.home, 'a.edi'), 'a');
    await there.open({ ...readOnly.peer, folder: '.' });
    await there.book.count(1);
    await until('it is told', () => there.told.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 700));
    t.match(there.told, [{ event: 'file cannot be put away', code: 'FETCH_FOLDER', reason: /^a\.edi stays where it is: SEND_PERMISSION/ }]);
    t.equal(there.told.length, 1);
  });

  t.test('a line that is cut again and again does not stall the polling', async (t) => {
    const there = await fetched(t);
    const cut = await line(t, there.server.port);
    await there.open({ port: cut.port, every: 0.05 });
    for (let i = 0; i < 12; i++) {
      cut.cutAfter = [1_500, 4_000, 6_000][i % 3]!; // in the handshake, at the login, among the requests
      if (i % 4 === 0) there.server.drop();
      there.put(`${i}.edi`, String(i));
      await new Promise((resolve) => setTimeout(resolve, 100));
      cut.cutAfter = Infinity;
      await until(`${i} is taken`, () => there.book.arrivals.length > i);
    }
    t.same(texts(there.book).sort(), Array.from({ length: 12 }, (_, i) => String(i)).sort(), 'each once');
    await until('and gone', () => there.files().length === 0);
  });

  t.test('what fails lastingly is told once, and asked for ever more seldom', async (t) => {
    const there = await fetched(t);
    const before = there.server.connections();
    await there.open({ hostKeys: ['SHA256:another'], every: 0.1 });
    await until('it is told', () => there.told.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    t.match(there.told, [{ event: 'folder cannot be read', code: 'FETCH_FOLDER', reason: /^SEND_HOST_KEY: 127\.0\.0\.1 shows SHA256:/ }]);
    t.equal(there.told.length, 1);
    t.ok(there.server.connections() - before < 12, `${there.server.connections() - before} connections`);
  });

  t.test('a folder that comes later is read then', async (t) => {
    const there = await fetched(t);
    await there.open({ folder: 'later', every: 0.1 });
    await until('it is told', () => there.told.length > 0);
    t.match(there.told, [{ code: 'FETCH_FOLDER', reason: /^SEND_FOLDER/ }]);
    mkdirSync(join(there.server.home, 'later'));
    writeFileSync(join(there.server.home, 'later', 'a'), 'a');
    await there.book.count(1);

    t.match(there.told.at(-1), { event: 'folder is read again' });
  });
});
