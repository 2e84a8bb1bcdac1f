import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import ssh2, { type ConnectConfig, type SFTPWrapper } from 'ssh2';
import t from 'tap';
import { sftpIncoming } from '../../../src/channels/sftp/incoming.ts';
import { sftpOutgoing } from '../../../src/channels/sftp/outgoing.ts';
import { book, parcelOf, patience, surroundingsIn, temporaryFolder, texts, until } from '../surroundings.ts';
import { keyPair, missing, sftp } from './openssh.ts';
import { hashOf, served, type Served } from './served.ts';

const skip = missing('sftp', 'ssh-keygen');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A raw client, for what no polite one does. */
async function raw(
  t: Parameters<typeof temporaryFolder>[0],
  { port }: Served,
  config: ConnectConfig,
): Promise<{ readonly client: ssh2.Client; readonly sftp: SFTPWrapper }> {
  const client = new ssh2.Client();
  t.teardown(() => client.destroy());
  client.on('connect', () => client.setNoDelay(true));
  client.connect({ host: '127.0.0.1', port, ...config });
  await once(client, 'ready');
  const wrapper = await new Promise<SFTPWrapper>((resolve, reject) => client.sftp((error, it) => (error ? reject(error) : resolve(it))));
  return { client, sftp: wrapper };
}
type Callback<T> = (error: Error | null | undefined, value: T) => void;
const asked = <T>(ask: (answer: Callback<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => ask((error, value) => (error ? reject(error) : resolve(value))));

t.test("OpenSSH's client", { skip }, async (t) => {
  t.test('puts a file: OK means that it is taken', async (t) => {
    const here = await served(t);
    const key = keyPair(here.folder, 'acme');
    await here.register('acme', { keys: [key.publicKey] });
    writeFileSync(join(here.folder, 'orders.edi'), "UNB+UNOC:3'");
    const { status, out } = await sftp(here.as('acme', key), ['put orders.edi in/orders.edi', 'ls -l in', 'ls'], here.folder);
    t.equal(status, 0, out);
    t.match(here.book.arrivals, [{ channel: 'sftp', party: 'acme', grade: 'B', name: 'orders.edi' }]);
    t.same(texts(here.book), ["UNB+UNOC:3'"]);
    t.match(out, /-r--------.* 11 .*orders\.edi/, 'it is seen as taken');
    t.match(out, /in +out/);
  });

  t.test('is told a refusal, in our code and words; what is busy may come again', async (t) => {
    const here = await served(t);
    const key = keyPair(here.folder, 'acme');
    await here.register('acme', { keys: [key.publicKey] });
    writeFileSync(join(here.folder, 'a'), 'a');
    here.book.instead.push({ taken: false, code: 'GATEWAY_UNKNOWN_SENDER', reason: 'the interchange names `X` as its sender' });
    const refused = await sftp(here.as('acme', key), ['put a in/a'], here.folder);
    t.equal(refused.status, 1, 'the script of the partner fails');
    t.match(refused.out, /Failure/i);
    const { sftp: wrapper } = await raw(t, here, { username: 'acme', privateKey: readFileSync(key.file) });
    here.book.instead.push({ taken: false, code: 'GATEWAY_BUSY', reason: 'the disk is slow', retryAfter: 5 }, new Error('the disk is gone'));
    await t.rejects(
      asked<void>((answer) => wrapper.writeFile('/in/a', 'a', (error) => answer(error, undefined))),
      { message: 'GATEWAY_BUSY: the disk is slow; send it again in 5 s' },
    );
    await t.rejects(
      asked<void>((answer) => wrapper.writeFile('/in/a', 'a', (error) => answer(error, undefined))),
      { message: /^FETCH_NOT_TAKEN: the disk is gone/ },
    );
    t.same(here.book.arrivals, []);
  });

  t.test('puts under another name and renames: it is taken by the rename, also over another connection', async (t) => {
    const here = await served(t);
    const key = keyPair(here.folder, 'acme');
    await here.register('acme', { keys: [key.publicKey], discard: ['*.ok'] });
    writeFileSync(join(here.folder, 'a'), 'a');
    writeFileSync(join(here.folder, 'ok'), '');
    const put = await sftp(here.as('acme', key), ['put a in/a.tmp', 'put a in/.b', 'ls -la in'], here.folder);
    t.equal(put.status, 0, put.out);
    t.match(put.out, /-rw-------.*a\.tmp/);
    t.same(here.book.arrivals, [], 'nothing is taken yet');
    const renamed = await sftp(here.as('acme', key), ['rename in/a.tmp in/a.edi', 'rename in/.b in/b.edi', 'put ok in/b.edi.ok', 'ls in'], here.folder);
    t.equal(renamed.status, 0, renamed.out);
    t.same(here.book.arrivals.map(({ name }) => name), ['a.edi', 'b.edi']); // prettier-ignore
    const again = await sftp(here.as('acme', key), ['rename in/a.tmp in/a.edi'], here.folder);
    t.equal(again.status, 1, 'what does not wait cannot be renamed');
  });

  t.test('fetches its mailbox; to remove a file is to acknowledge it', async (t) => {
    const here = await served(t);
    const key = keyPair(here.folder, 'acme');
    await here.register('acme', { keys: [key.publicKey] });
    await here.register('other', { keys: [keyPair(here.folder, 'other').publicKey] });
    for (const content of ['first', 'second', 'third']) here.post('acme', content);
    here.post('acme', '<a/>', 'application/xml');
    here.post('other', 'not for acme');
    const { status, out } = await sftp(
      here.as('acme', key),
      ['ls -1 out', 'get out/0000000002-01JM-2.edi got', 'rm out/0000000002-01JM-2.edi', 'rm out/0000000003-01JM-3.edi', 'ls -1 out'],
      here.folder,
    );
    t.equal(status, 0, out);
    t.equal(readFileSync(join(here.folder, 'got'), 'utf8'), 'second');
    t.same(here.receipts, [
      { party: 'acme', number: 2, sha256: sha256('second') },
      { party: 'acme', number: 3, sha256: undefined },
    ], 'with the hash of what was read'); // prettier-ignore
    const lists = out.split('sftp> ls -1 out').slice(1).map((text) => [...text.matchAll(/out\/(\S+)/g)].map(([, name]) => name).filter((name) => /^\d{10}/.test(name!))); // prettier-ignore
    t.same(lists[0]!.slice(0, 4), ['0000000001-01JM-1.edi', '0000000002-01JM-2.edi', '0000000003-01JM-3.edi', '0000000004-01JM-4.xml']);
    t.same(lists[1], ['0000000001-01JM-1.edi', '0000000004-01JM-4.xml'], 'the numbers stay');
  });

  t.test('gets to nothing else', async (t) => {
    const here = await served(t);
    const key = keyPair(here.folder, 'acme');
    await here.register('acme', { keys: [key.publicKey] });
    here.post('acme', 'mine');
    writeFileSync(join(here.folder, 'a'), 'a');
    const mine = '0000000001-01JM-1.edi';
    const refused = [
      'get /etc/passwd x',
      'get ../../etc/passwd x',
      'get in/../../etc/passwd x',
      'put a /tmp/a',
      'put a a',
      'put a out/a',
      'put a in/below/a',
      'mkdir in/below',
      'rmdir in',
      `put a in/${'x'.repeat(256)}`,
      'get in/a x',
      `rename out/${mine} out/b`,
      `rename out/${mine} in/b`,
      'rename in/nothing in/b',
      `get out/0000000001-01JM-2.edi x`,
      'get out/0000000002-01JM-2.edi x',
      'rm out/0000000009-x.edi',
      'rm in/nothing',
      'ln -s /etc/passwd in/link',
      'ln a in/hard',
      'ls /etc',
    ];
    for (const command of refused) t.equal((await sftp(here.as('acme', key), [command], here.folder)).status, 1, command);
    t.notOk(existsSync(join(here.folder, 'x')));
    t.same([here.book.arrivals, here.receipts], [[], []]);
    const allowed = await sftp(
      here.as('acme', key),
      ['cd in/..', 'cd ../../..', 'pwd', 'put -p a in/../in/./a', 'chmod 600 in/a', 'stat in'].slice(0, 5),
      here.folder,
    );
    t.equal(allowed.status, 0, allowed.out);
    t.match(allowed.out, /working directory: \/\n/);
    t.same(texts(here.book), ['a']);
  });

  t.test('gets no shell, no command, no forwarding', { skip: missing('sftp') }, async (t) => {
    const here = await served(t);
    const key = keyPair(here.folder, 'acme');
    await here.register('acme', { keys: [key.publicKey] });
    const { client } = await raw(t, here, { username: 'acme', privateKey: readFileSync(key.file) });
    await t.rejects(
      asked((answer) => client.exec('id', answer)),
      'a command',
    );
    await t.rejects(
      asked((answer) => client.shell(answer)),
      'a shell',
    );
    await t.rejects(
      asked((answer) => client.subsys('netconf', answer)),
      'another subsystem',
    );
    await t.rejects(
      asked((answer) => client.forwardOut('127.0.0.1', 1, '127.0.0.1', here.port, answer)),
      'to others',
    );
    await t.rejects(
      asked((answer) => client.forwardIn('127.0.0.1', 0, answer)),
      'from others',
    );
    await t.rejects(
      asked((answer) => client.openssh_forwardOutStreamLocal('/tmp/x', answer)),
      'to sockets',
    );
  });
});

t.test('who is let in', { skip }, async (t) => {
  const here = await served(t, { attempts: 4 });
  const [old, young, stranger] = ['old', 'young', 'stranger'].map((name) => keyPair(here.folder, name)) as [KeyPairOf, KeyPairOf, KeyPairOf];
  const rsa = keyPair(here.folder, 'rsa', 'rsa');
  await here.register('acme', { user: 'ACME', keys: [old.publicKey, young.publicKey, rsa.publicKey], passwords: [hashOf('yesterday'), hashOf('today')] });
  await here.register('keyless', { passwords: [hashOf('today')] });
  const login = async (config: ConnectConfig): Promise<string> => {
    const client = new ssh2.Client();
    client.connect({ host: '127.0.0.1', port: here.port, ...config });
    try {
      const outcome = await Promise.race([
        once(client, 'ready').then(() => 'in'),
        once(client, 'error').then(([error]) => (error as { level?: string }).level ?? 'error'),
      ]);
      return outcome;
    } catch (error) {
      return (error as { level?: string }).level ?? 'error';
    } finally {
      client.destroy();
    }
  };
  const file = (name: string): Buffer => readFileSync(join(here.folder, name));
  const table: readonly (readonly [what: string, config: ConnectConfig, outcome: string])[] = [
    ['by the old key', { username: 'ACME', privateKey: file('old') }, 'in'],
    ['by the new', { username: 'ACME', privateKey: file('young') }, 'in'],
    ['by RSA, signed with SHA-2', { username: 'ACME', privateKey: file('rsa') }, 'in'],
    ['by the old password', { username: 'ACME', password: 'yesterday' }, 'in'],
    ['by the new', { username: 'ACME', password: 'today' }, 'in'],
    ["not by another's key", { username: 'ACME', privateKey: file('stranger') }, 'client-authentication'],
    ['not by a key under another name', { username: 'acme', privateKey: file('old') }, 'client-authentication'],
    ['not by a wrong password', { username: 'ACME', password: 'tomorrow' }, 'client-authentication'],
    ['not by an empty one', { username: 'keyless', password: '' }, 'client-authentication'],
    ['nobody who is not there', { username: 'root', password: 'today' }, 'client-authentication'],
    ['nor without anything', { username: 'ACME' }, 'client-authentication'],
  ];
  for (const [what, config, outcome] of table) t.equal(await login(config), outcome, what);
  t.match(here.told, [{ event: 'login refused', code: 'SFTP_LOGIN', user: 'ACME', address: '127.0.0.1', reason: 'publickey of no use' }]);
  void stranger;
  for (const kind of ['rsa', 'ecdsa'] as const) {
    const key = keyPair(here.folder, `openssh_${kind}`, kind);
    await here.register(kind, { keys: [key.publicKey] });
    t.equal((await sftp(here.as(kind, key), ['ls'])).status, 0, `OpenSSH's client by ${kind}`);
  }
  const { sftp: byPassword } = await raw(t, here, { username: 'keyless', password: 'today' });
  await asked<void>((answer) => byPassword.writeFile('/in/a', 'a', (error) => answer(error, undefined)));
  t.match(here.book.arrivals, [{ party: 'keyless', grade: 'D' }], 'a password is a label alone');
  await t.rejects(here.register('none', {}), /neither `keys` nor `passwords`/);
  await t.rejects(here.register('third', { user: 'ACME' }), /the login `ACME` is another party's/);
  await t.rejects(here.register('fourth', { keys: ['ssh-ed25519 nonsense'] }), /key 1 is no public key/);
  await t.rejects(here.register('fifth', { passwords: ['secret'] }), /password 1 is no hash/);
});
type KeyPairOf = ReturnType<typeof keyPair>;

t.test('old algorithms are for those who are given them', { skip }, async (t) => {
  const here = await served(t);
  const key = keyPair(here.folder, 'key');
  const as = (user: string): string[] => [
    '-o',
    'KexAlgorithms=diffie-hellman-group14-sha1',
    '-o',
    'Ciphers=aes128-cbc',
    '-o',
    'MACs=hmac-sha1',
    ...here.as(user, key),
  ];
  await here.register('young', { keys: [key.publicKey] });
  const nobody = await sftp(as('young'), ['ls']);
  t.match(nobody, { status: 255, out: /closed/i }, 'while nobody is, they are not even offered');
  await here.register('old', { keys: [key.publicKey], old: true });
  const given = await sftp(as('old'), ['ls']);
  t.match(given, { status: 0 }, given.out);
  t.equal((await sftp(as('young'), ['ls'])).status, 255, 'nor does another profit from it');
  t.match(here.told, [{ code: 'SFTP_LOGIN', user: 'young', reason: /speaks only what is old: diffie-hellman-group14-sha1, aes128-cbc, hmac-sha1/ }]);
  t.equal((await sftp(here.as('young', key), ['ls'])).status, 0, 'who speaks better is let in');
});

t.test('limits', { skip }, async (t) => {
  const here = await served(t, { handles: 3, held: 300_000, idle: 1_500, login: 1_500, sessions: 2 });
  const key = keyPair(here.folder, 'acme');
  const login = { username: 'acme', privateKey: readFileSync(key.file) };
  await here.register('acme', { keys: [key.publicKey], connections: 2 });
  t.test('connections of one partner', async (t) => {
    await raw(t, here, login);
    const second = await raw(t, here, login);
    const ended = once(second.client, 'close');
    await t.rejects(raw(t, here, login));
    t.match(here.told.at(-1), { code: 'SFTP_LOGIN', reason: 'too many connections' });
    await ended; // idle
    await until('another is let in', async () => raw(t, here, login).then(() => true, () => false)); // prettier-ignore
    t.pass('who is idle is sent away, and makes room');
  });
  t.test('handles, bytes under way, and a file that is too large', async (t) => {
    await until('there is room', async () => raw(t, here, login).then(({ client }) => (client.end(), true), () => false)); // prettier-ignore
    const { sftp: wrapper } = await raw(t, here, login);
    const open = (name: string): Promise<Buffer> => asked((answer) => wrapper.open(name, 'w', answer));
    const handles = [await open('/in/1'), await open('/in/2'), await open('/in/3')];
    await t.rejects(open('/in/4'), { message: /^SFTP_LIMIT: more than 3 files are open/ });
    const write = (handle: Buffer, at: number, size: number): Promise<void> =>
      asked((answer) => wrapper.write(handle, Buffer.alloc(size, 'x'), 0, size, at, (error) => answer(error, undefined)));
    const close = (handle: Buffer): Promise<void> => asked((answer) => wrapper.close(handle, (error) => answer(error, undefined)));
    await write(handles[0]!, 0, 200_000);
    await t.rejects(write(handles[1]!, 0, 200_000), { message: /^SFTP_LIMIT: more than 300000 bytes of yours/ });
    await t.rejects(close(handles[1]!), { message: /^SFTP_LIMIT/ }, 'a file of which a piece was refused is never taken');
    await close(handles[0]!);
    await t.rejects(write(handles[2]!, 9_999_999, 10), { message: /^FETCH_TOO_LARGE/ });
    await t.rejects(close(handles[2]!), { message: /^FETCH_TOO_LARGE/ });
    const holed = await open('/in/5');
    await write(holed, 10, 10);
    await write(holed, 0, 5);
    await t.rejects(close(holed), { message: 'SFTP_INCOMPLETE: of 20 bytes those from 5 on did not come' });
    const late = await open('/in/6');
    await write(late, 10, 10);
    await write(late, 0, 10);
    await close(late);
    t.same(here.book.arrivals.map(({ name, bytes }) => [name, bytes.length]), [['1', 200_000], ['6', 20]], 'pieces may come in any order'); // prettier-ignore
    await t.rejects(open('/in/a\nb'), { message: /^SFTP_NAME/ });
    await t.rejects(close(Buffer.from('none')), { message: 'there is no such handle' });
  });
  t.test('what is fetched counts too, from when it is opened until it is closed', async (t) => {
    await until('there is room', async () => raw(t, here, login).then(({ client }) => (client.end(), true), () => false)); // prettier-ignore
    here.post('acme', Buffer.alloc(400_000, 'x'));
    here.post('acme', Buffer.alloc(200_000, 'y'));
    here.post('acme', Buffer.alloc(200_000, 'z'));
    const { client, sftp: wrapper } = await raw(t, here, login);
    const open = (name: string): Promise<Buffer> => asked((answer) => wrapper.open(name, 'r', answer));
    const close = (handle: Buffer): Promise<void> => asked((answer) => wrapper.close(handle, (error) => answer(error, undefined)));
    const name = (number: number): string => `/out/000000000${number}-01JM-${number}.edi`;
    const large = await open(name(1)); // alone it may have more than there is room for
    await t.rejects(open(name(2)), { message: /^SFTP_LIMIT: more than 300000 bytes of yours are under way$/ });
    await close(large);
    await t.rejects(open(`${name(2)}x`), { message: /No such file/i });
    await open(name(2));
    await t.rejects(open(name(3)), { message: /^SFTP_LIMIT/ });
    client.end();
    await once(client, 'close');
    const again = await raw(t, here, login);
    await until('what was open is given back', async () => asked<Buffer>((answer) => again.sftp.open(name(3), 'r', answer)).then(() => true, () => false)); // prettier-ignore
    again.client.end();
  });
  t.test('who connects and does not log in is sent away', async (t) => {
    const socket = connect(here.port, '127.0.0.1');
    socket.resume();
    t.teardown(() => socket.destroy());
    await once(socket, 'close');
    t.pass('after its time');
  });
});

t.test('a client that is cut off in the middle of a file has put nothing, and leaves nothing', { skip }, async (t) => {
  const here = await served(t);
  const key = keyPair(here.folder, 'acme');
  await here.register('acme', { keys: [key.publicKey], connections: 1 });
  writeFileSync(join(here.folder, 'large'), Buffer.alloc(9_000_000, 'manifest '));
  for (let i = 0; i < 3; i++) {
    const env = { ...process.env };
    delete env['NODE_OPTIONS'];
    const child = spawn('/usr/bin/sftp', ['-l', '8000', '-b', '-', ...here.as('acme', key)], { cwd: here.folder, stdio: ['pipe', 'ignore', 'ignore'], env });
    child.stdin.end('put large in/large\n');
    await new Promise((resolve) => setTimeout(resolve, 700));
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  t.same(here.book.arrivals, []);
  const whole = await sftp(here.as('acme', key), ['put large in/large'], here.folder);
  t.equal(whole.status, 0, whole.out);
  t.same(here.book.arrivals.map(({ bytes }) => bytes.length), [9_000_000]); // prettier-ignore
});

t.test('a mailbox of 100,000 files is listed page by page', { skip }, async (t) => {
  let most = 0;
  const count = 100_000;
  const item = (number: number) => ({ number, kind: 'message', message: `01JM-${number}`, media: 'application/xml', size: 10, at: 0 });
  const here = await served(t, {}, {
    mailbox: {
      list: (_, after, limit) => {
        most = Math.max(most, limit);
        return Promise.resolve(Array.from({ length: Math.min(limit, count - after) }, (_, i) => item(after + i + 1)));
      },
      item: (_, number) => Promise.resolve(item(number)),
      read: () => Promise.resolve(undefined),
      acknowledge: () => Promise.resolve(false),
    },
  }); // prettier-ignore
  const key = keyPair(here.folder, 'acme');
  await here.register('acme', { keys: [key.publicKey] });
  const { sftp: wrapper } = await raw(t, here, { username: 'acme', privateKey: readFileSync(key.file) });
  const before = process.cpuUsage();
  const list = await asked<{ filename: string }[]>((answer) => wrapper.readdir('/out', answer));
  const { user, system } = process.cpuUsage(before);
  t.comment(`${Math.round((user + system) / 1000)} ms of CPU for both sides`);
  t.equal(list.length, count);
  t.equal(list.at(-1)!.filename, '0000100000-01JM-100000.xml');
  t.ok(most <= 100, 'never more than a page is asked for');
});

t.test('our own client and our own server', { skip }, async (t) => {
  const here = await served(t);
  const key = keyPair(here.folder, 'acme');
  await here.register('acme', { keys: [key.publicKey], discard: ['*.ok'] });
  const peer = { host: '127.0.0.1', port: here.port, user: 'acme', hostKeys: [here.hostKey.fingerprint], keys: [{ file: key.file }] };
  const out = sftpOutgoing({ ...peer, folder: '/in', companion: '{name}.ok' }, surroundingsIn(temporaryFolder(t)));
  t.teardown(() => out.close());
  t.match(await out.send(parcelOf('hello'), patience()), { state: 'delivered' });
  t.same(texts(here.book), ['hello']);
  here.post('acme', 'an answer');
  const pages = book();
  const fetching = await sftpIncoming({ ...peer, folder: '/out', every: 0.1 }, 'hub', surroundingsIn(temporaryFolder(t)), pages.take);
  t.teardown(() => fetching.close());
  await pages.count(1);
  await until('it is acknowledged', () => here.receipts.length === 1);
  t.same([texts(pages), here.receipts[0]!.sha256], [['an answer'], sha256('an answer')]);
});

t.test('keyboard and password: our client logs in by password', { skip }, async (t) => {
  const here = await served(t);
  await here.register('acme', { passwords: [hashOf('open sesame')] });
  const peer = { host: '127.0.0.1', port: here.port, user: 'acme', hostKeys: [here.hostKey.fingerprint], folder: 'in' };
  const right = sftpOutgoing({ ...peer, password: { env: 'WORD' } }, surroundingsIn(temporaryFolder(t), { WORD: 'open sesame\n' }));
  const wrong = sftpOutgoing({ ...peer, password: { env: 'WORD' } }, surroundingsIn(temporaryFolder(t), { WORD: 'sesame' }));
  t.teardown(() => Promise.all([right.close(), wrong.close()]));
  t.match(await right.send(parcelOf('x'), patience()), { state: 'delivered' });
  t.match(await wrong.send(parcelOf('x'), patience()), { state: 'failed', code: 'SEND_AUTH' });
});

t.test('closing takes what is under way to its end, and lets nobody in', { skip }, async (t) => {
  const here = await served(t);
  const key = keyPair(here.folder, 'acme');
  const login = { username: 'acme', privateKey: readFileSync(key.file) };
  const incoming = await here.register('acme', { keys: [key.publicKey] });
  const { sftp: wrapper } = await raw(t, here, login);
  const { take } = here.book;
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await incoming.close();
  await t.rejects(raw(t, here, login), 'the login is gone');
  const slow = await here.server.kind.incoming!({ keys: [key.publicKey] }, 'acme', surroundingsIn(here.folder), async (arrival) => (await held, take(arrival)));
  const again = await raw(t, here, login);
  const put = asked<void>((answer) => again.sftp.writeFile('/in/a', 'a', (error) => answer(error, undefined)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closing = slow.close();
  release();
  await put;
  await closing;
  t.same(texts(here.book), ['a'], 'and its client is told OK');
  void wrapper;
  t.same(
    readdirSync(here.folder).filter((name) => name.includes('upload')),
    [],
  );
});
