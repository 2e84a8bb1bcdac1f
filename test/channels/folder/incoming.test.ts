import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Incoming } from '../../../src/channels/channel.ts';
import { Claims } from '../../../src/channels/folder/claims.ts';
import { folderIncoming, type FolderIncoming } from '../../../src/channels/folder/incoming.ts';
import { book, surroundingsIn, temporaryFolder, texts, until, type Book, type Told } from '../surroundings.ts';

interface Watched {
  readonly path: string;
  readonly data: string;
  readonly book: Book;
  readonly told: readonly Told[];
  readonly in: (...parts: string[]) => string;
  readonly files: (...parts: string[]) => string[];
  open(more?: Partial<FolderIncoming>): Promise<Incoming>;
}

/** A folder with a gateway behind it, looked at every tenth of a second. */
function watched(t: Parameters<typeof temporaryFolder>[0], settings: Partial<FolderIncoming> = {}): Watched {
  const path = temporaryFolder(t);
  const data = temporaryFolder(t);
  const surroundings = surroundingsIn(data);
  const pages = book();
  const open: Incoming[] = [];
  t.teardown(() => Promise.all(open.map((each) => each.close())));
  return {
    path,
    data,
    book: pages,
    told: surroundings.told,
    in: (...parts) => join(path, ...parts),
    files: (...parts) => (existsSync(join(path, ...parts)) ? readdirSync(join(path, ...parts), { withFileTypes: true }) : []).filter((each) => !each.isDirectory()).map((each) => each.name).sort(), // prettier-ignore
    async open(more = {}) {
      const incoming = await folderIncoming({ path, every: 0.1, ...settings, ...more }, 'acme', surroundings, pages.take);
      open.push(incoming);
      return incoming;
    },
  };
}

t.test('a file that is renamed into place is taken, and lies in done with its receipt', async (t) => {
  const folder = watched(t);
  writeFileSync(folder.in('orders.edi.tmp'), 'half');
  writeFileSync(folder.in('.hidden'), 'not ours');
  await folder.open();
  renameSync(folder.in('orders.edi.tmp'), folder.in('orders.edi'));
  await until('the file in done', () => folder.files('done').includes('orders.edi'));
  t.match(folder.book.arrivals, [{ channel: 'folder', party: 'acme', grade: 'D', name: 'orders.edi', key: /^[0-9a-f]{64}$/ }]);
  t.same(folder.files('done'), ['orders.edi', 'orders.edi.receipt.json']);
  t.same(JSON.parse(readFileSync(folder.in('done', 'orders.edi.receipt.json'), 'utf8')), { id: 'T1' });
  t.same(folder.files(), ['.hidden'], 'and is gone from the folder');
});

t.test('the same name later is another arrival, and neither overwrites what was told of the other', async (t) => {
  const folder = watched(t);
  await folder.open();
  for (const [i, content] of ['first', 'second', 'second'].entries()) {
    writeFileSync(folder.in('x.tmp'), content);
    utimesSync(folder.in('x.tmp'), 1000 + i, 1000 + i);
    renameSync(folder.in('x.tmp'), folder.in('daily.txt'));
    await folder.book.count(i + 1);
    await until('it is out of the way', () => folder.files('working').length === 0 && !existsSync(folder.in('daily.txt')));
  }
  t.same(texts(folder.book), ['first', 'second', 'second'], 'three files, three arrivals: whether they are duplicates is not the folder to judge');
  await until('all three lie in done', () => folder.files('done').length === 6);
  t.match(folder.files('done')[2], /^daily\.txt\.[0-9a-f]{12}/);
});

t.test('what is taken may be deleted instead', async (t) => {
  const folder = watched(t, { afterwards: 'delete' });
  writeFileSync(folder.in('a'), 'a');
  await folder.open();
  await folder.book.count(1);
  await until('nothing is left', () => !existsSync(folder.in('a')) && folder.files('done').length === 0 && readdirSync(folder.in('working', readdirSync(folder.in('working'))[0]!)).length === 0); // prettier-ignore
  t.pass('the file is in the store alone');
});

t.test('a slow writer that neither renames nor tells: the file must stay as it is for the time agreed', async (t) => {
  const folder = watched(t, { complete: { stable: 0.5 } });
  writeFileSync(folder.in('large.edi'), '');
  await folder.open();
  for (let i = 0; i < 12; i++) {
    appendFileSync(folder.in('large.edi'), `line ${i}\n`);
    await new Promise((resolve) => setTimeout(resolve, 100)); // it writes for longer than it must then rest
  }
  t.equal(folder.book.arrivals.length, 0, 'it is not taken while it grows');
  await folder.book.count(1);
  t.match(texts(folder.book)[0], /^line 0\n[^]*line 11\n$/, 'and then whole');
});

t.test('an empty file under that rule is one that is about to be written', async (t) => {
  const folder = watched(t, { complete: { stable: 0.1 } });
  writeFileSync(folder.in('empty'), '');
  writeFileSync(folder.in('other'), 'x');
  await folder.open();
  await folder.book.count(1);
  await until('the other is done', () => folder.files('done').includes('other'));
  t.same(folder.files(), ['empty']);
});

t.test('a companion vouches for its own file once, and is no message', async (t) => {
  for (const [pattern, companion] of [
    ['{name}.done', 'orders.edi.done'],
    ['{stem}.trg', 'orders.trg'],
  ] as const) {
    const folder = watched(t, { complete: { companion: pattern } });
    writeFileSync(folder.in('orders.edi'), 'first');
    writeFileSync(folder.in('late.edi'), 'its companion is not there yet');
    await folder.open();
    writeFileSync(folder.in(companion), '');
    await until('it is done', () => folder.files('done').includes('orders.edi'));
    t.same(folder.files(), ['late.edi'], `${pattern}: the companion is gone with it`);
    t.same(texts(folder.book), ['first']);
  }
});

t.test('a companion whose file we had not claimed when we fell goes back to it', async (t) => {
  const folder = watched(t, { complete: { companion: '{name}.done' } });
  await (await folder.open()).close();
  const owner = `${readFileSync(join(folder.data, 'folder-owner'), 'utf8')}-acme`;
  mkdirSync(folder.in('working', `${owner}.companions`), { recursive: true });
  writeFileSync(folder.in('working', `${owner}.companions`, 'a.edi.done'), '');
  writeFileSync(folder.in('a.edi'), 'a');
  // and one whose file was claimed: a second file of this name is not vouched for
  mkdirSync(folder.in('working', owner), { recursive: true });
  writeFileSync(folder.in('working', `${owner}.companions`, 'b.edi.done'), '');
  writeFileSync(folder.in('working', owner, 'b.edi'), 'b');
  writeFileSync(folder.in('b.edi'), 'half of the next');
  await folder.open();
  await folder.book.count(2);
  await until('both are done', () => folder.files('done').length === 4);
  t.same(texts(folder.book).sort(), ['a', 'b']);
  t.same(folder.files(), ['b.edi']);
});

t.test('a refusal is told beside the file, in words for its sender', async (t) => {
  const folder = watched(t);
  folder.book.instead.push({ taken: false, code: 'WEB_BODY_EMPTY', reason: 'the request has no body' });
  writeFileSync(folder.in('empty.edi'), '');
  await folder.open();
  await until('it is refused', () => folder.files('refused').length === 2);
  t.same(folder.files('refused'), ['empty.edi', 'empty.edi.findings.txt']);
  t.match(
    readFileSync(folder.in('refused', 'empty.edi.findings.txt'), 'utf8'),
    /^REFUSED {2}empty\.edi\n\nWEB_BODY_EMPTY: the request has no body\nwhat to do: send the interchange/,
  );
  t.match(folder.told, [{ event: 'file refused', code: 'WEB_BODY_EMPTY', party: 'acme', file: 'empty.edi' }]);
});

t.test('a file that is too large is not even read', async (t) => {
  const folder = watched(t, { largest: 10 });
  writeFileSync(folder.in('large'), 'eleven byte');
  writeFileSync(folder.in('small'), 'ten bytes.');
  await folder.open();
  await until('one is refused, one taken', () => folder.files('refused').length === 2 && folder.files('done').length === 2);
  t.match(readFileSync(folder.in('refused', 'large.findings.txt'), 'utf8'), /FETCH_TOO_LARGE: the file has 11 bytes\n/);
  t.same(texts(folder.book), ['ten bytes.']);
});

t.test('what cannot be taken now waits, and nothing overtakes it', async (t) => {
  const folder = watched(t);
  folder.book.instead.push({ taken: false, code: 'GATEWAY_BUSY', reason: 'the disk is slow', retryAfter: 1 }, new Error('the disk is gone'));
  writeFileSync(folder.in('1'), 'first');
  utimesSync(folder.in('1'), 1000, 1000);
  writeFileSync(folder.in('2'), 'second');
  await folder.open();
  await until('it was told', () => folder.told.some(({ code }) => code === 'GATEWAY_BUSY'));
  t.same(folder.files('refused'), [], 'busy is no refusal');
  await until('what throws is told too', () => folder.told.some(({ code }) => code === 'FETCH_NOT_TAKEN'));
  t.same(folder.book.arrivals, []);
  await folder.book.count(2);
  t.same(texts(folder.book), ['first', 'second']);
});

t.test('links are not followed, neither files nor folders, and folders below are read where agreed', async (t) => {
  const folder = watched(t, { subfolders: true });
  const outside = temporaryFolder(t);
  writeFileSync(join(outside, 'secret'), 'not for you');
  symlinkSync(join(outside, 'secret'), folder.in('link'));
  symlinkSync(outside, folder.in('linked-folder'));
  mkdirSync(folder.in('a', 'b'), { recursive: true });
  writeFileSync(folder.in('a', 'b', 'deep.edi'), 'deep');
  await folder.open();
  await until('what lies below is done, in a folder like its own', () => folder.files('done', 'a', 'b').length === 2);
  t.same(texts(folder.book), ['deep']);
  t.equal(folder.book.arrivals[0]!.name, 'a/b/deep.edi');
  t.same(folder.files(), ['link', 'linked-folder']);
  const flat = watched(t);
  mkdirSync(flat.in('a'));
  writeFileSync(flat.in('a', 'below'), 'x');
  writeFileSync(flat.in('top'), 'y');
  await flat.open();
  await until('only the top is read', () => flat.files('done').length === 2);
  t.same(flat.files('a'), ['below']);
});

t.test('a link that takes the place of a file between the look and the claim is refused, not read', async (t) => {
  const path = temporaryFolder(t);
  const claims = new Claims(path, 'abc');
  writeFileSync(join(path, 'secret'), 'not for you');
  writeFileSync(join(path, 'a'), 'a');
  const [file] = await claims.list(false);
  rmSync(join(path, 'a'));
  symlinkSync(join(path, 'secret'), join(path, 'a'));
  t.ok(await claims.claim({ file: { ...file!, path: 'a' } }));
  t.equal(await claims.read('a', 100), 'link');
  t.same(await claims.claimed(), [], 'nor is it found again');
});

t.test('names of any bytes', async (t) => {
  const folder = watched(t);
  const names = ['ü.edi', 'a b\n.edi', '100%.edi', 'x'.repeat(255), '表.edi'].map((name) => Buffer.from(name));
  names.push(Buffer.from([0xe4, 0xff, 0x2e, 0x65])); // no UTF-8
  for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), name]), name);
  await folder.open();
  await folder.book.count(names.length);
  await until('each is done, with a receipt', () => readdirSync(folder.in('done')).length === 2 * names.length);
  t.same(folder.book.arrivals.map(({ name }) => name).sort(), ['%E4%FF.e', '100%25.edi', 'a b%0A.edi', 'x'.repeat(255), 'ü.edi', '表.edi']);
  for (const { name, bytes } of folder.book.arrivals) if (name === '%E4%FF.e') t.ok(Buffer.from(bytes).equals(names.at(-1)!));
});

t.test('a folder that is not there is told once, and read as soon as it is', async (t) => {
  const folder = watched(t);
  rmSync(folder.path, { recursive: true });
  await folder.open();
  await until('it is told', () => folder.told.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 350));
  t.match(folder.told, [{ event: 'folder cannot be read', code: 'FETCH_FOLDER', reason: /no such file/ }]);
  t.equal(folder.told.length, 1, 'not at every look');
  mkdirSync(folder.path);
  writeFileSync(folder.in('a'), 'a');
  await folder.book.count(1);
  t.match(folder.told.at(-1), { event: 'folder is read again' });
});

t.test('two gateways on one folder: each file is taken by one', async (t) => {
  const one = watched(t);
  const pages = book();
  const names = Array.from({ length: 60 }, (_, i) => `f${i}`);
  for (const name of names) writeFileSync(one.in(name), name);
  const other = await folderIncoming({ path: one.path, every: 0.1 }, 'acme', surroundingsIn(temporaryFolder(t)), pages.take);
  t.teardown(() => other.close());
  await one.open();
  await until('all are done', () => one.files('done').length === 120);
  t.same([...texts(one.book), ...texts(pages)].sort(), names.sort());
  t.comment(`${one.book.arrivals.length} and ${pages.arrivals.length}`);
});

t.test('what a gateway had claimed that is gone is told, not taken', async (t) => {
  const folder = watched(t);
  mkdirSync(folder.in('working', '0123456789ab-acme'), { recursive: true });
  writeFileSync(folder.in('working', '0123456789ab-acme', 'theirs'), 'x');
  let now = Date.now();
  const surroundings = { ...surroundingsIn(folder.data), now: () => (now += 20_000) };
  const incoming = await folderIncoming({ path: folder.path, every: 0.02 }, 'acme', surroundings, folder.book.take);
  t.teardown(() => incoming.close());
  await until('it is told', () => surroundings.told.length > 0);
  t.match(surroundings.told, [{ code: 'FETCH_STRANDED', files: 1, folder: folder.in('working') }]);
  t.same(folder.book.arrivals, []);
});

t.test('reading again after a change of settings waits for the one before to end', async (t) => {
  const folder = watched(t);
  const before = await folder.open();
  const after = await folder.open({ names: ['*.edi'] });
  writeFileSync(folder.in('a.txt'), 'before');
  await folder.book.count(1);
  await before.close();
  writeFileSync(folder.in('b.txt'), 'after');
  writeFileSync(folder.in('c.EDI'), 'after, and by the pattern');
  await folder.book.count(2);
  await after.close();
  t.same(texts(folder.book), ['before', 'after, and by the pattern']);
});

const many = Number(process.env['PORTOLAN_FILES'] ?? 2_000); // 10,000 in a campaign

t.test(`${many} files at once, in the order in which they were written`, async (t) => {
  const folder = watched(t, { afterwards: 'delete' });
  const count = many;
  for (let i = 0; i < count; i++) {
    const name = folder.in(`f${String((i * 7919) % count).padStart(6, '0')}`);
    writeFileSync(name, String(i));
    utimesSync(name, 1_000_000 + i, 1_000_000 + i);
  }
  const before = process.cpuUsage();
  await folder.open();
  await folder.book.count(count);
  const { user, system } = process.cpuUsage(before);
  t.comment(`${Math.round((user + system) / count)} µs of CPU a file`);
  t.same(texts(folder.book).slice(0, 3), ['0', '1', '2']);
  t.strictSame(
    texts(folder.book),
    Array.from({ length: count }, (_, i) => String(i)),
  );
});
