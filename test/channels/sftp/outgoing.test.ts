import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import type { Handed, Outgoing } from '../../../src/channels/channel.ts';
import { sftpError } from '../../../src/channels/sftp/faults.ts';
import { sftpOutgoing, type SftpOutgoing } from '../../../src/channels/sftp/outgoing.ts';
import { codes, type Code } from '../../../src/diagnostics/codes.ts';
import { parcelOf, patience, surroundingsIn, temporaryFolder, until } from '../surroundings.ts';
import { keyPair, line, missing, openSshServer } from './openssh.ts';

const skip = missing('sshd', 'sftp-server', 'ssh-keygen');
const name = '01JDELIVERY-1.edi';
const outcome = (handed: Handed): string => (handed.state === 'failed' ? handed.code : handed.state);

function channel(t: Parameters<typeof temporaryFolder>[0], settings: SftpOutgoing, env: Readonly<Record<string, string>> = {}): Outgoing {
  const made = sftpOutgoing(settings, surroundingsIn(temporaryFolder(t), env));
  t.teardown(() => made.close());
  return made;
}

t.test("against OpenSSH's server", { skip }, async (t) => {
  t.test('a parcel is there whole under its name, and the same attempt again changes nothing', async (t) => {
    const server = await openSshServer(t);
    mkdirSync(join(server.home, 'in'));
    const out = channel(t, { ...server.peer, folder: 'in', companion: '{name}.ok' });
    for (const attempt of [1, 2]) {
      t.match(await out.send(parcelOf("UNB+UNOC:3'", { attempt }), patience()), { state: 'delivered', detail: { host: '127.0.0.1', file: name } });
      t.same(readdirSync(join(server.home, 'in')).sort(), [name, `${name}.ok`]);
    }
    t.equal(readFileSync(join(server.home, 'in', name), 'utf8'), "UNB+UNOC:3'");
    t.equal(server.connections(), 1, 'over one connection');
  });

  t.test('many at once, large ones among them', async (t) => {
    const server = await openSshServer(t);
    const out = channel(t, server.peer);
    const large = Buffer.alloc(5_000_000, 'manifest ');
    const parcels = Array.from({ length: 20 }, (_, i) => parcelOf(i === 7 ? large : `message ${i}`, { filename: `${i}.edi` }));
    t.same(
      (await Promise.all(parcels.map((each) => out.send(each, patience())))).map(outcome),
      parcels.map(() => 'delivered'),
    );
    t.ok(readFileSync(join(server.home, '7.edi')).equals(large));
    t.equal(server.connections(), 1);
  });

  t.test('other bytes under the name are never overwritten', async (t) => {
    const server = await openSshServer(t);
    const out = channel(t, server.peer);
    for (const theirs of ['theirs, longer', 'OURS']) {
      writeFileSync(join(server.home, name), theirs);
      t.equal(outcome(await out.send(parcelOf('ours'), patience())), 'SEND_NAME_TAKEN', theirs);
      t.equal(readFileSync(join(server.home, name), 'utf8'), theirs);
    }
    rmSync(join(server.home, name));
    mkdirSync(join(server.home, name));
    t.equal(outcome(await out.send(parcelOf('ours'), patience())), 'SEND_NAME_TAKEN', 'a folder');
    t.same(readdirSync(server.home), [name], 'nothing is left');
  });

  t.test('a line that is cut in the middle: nothing under the name, and the next attempt delivers', async (t) => {
    const server = await openSshServer(t);
    const cut = await line(t, server.port);
    const out = channel(t, { ...server.peer, port: cut.port });
    const large = Buffer.alloc(3_000_000, 'manifest ');
    cut.cutAfter = 1_000_000;
    t.equal(outcome(await out.send(parcelOf(large), patience())), 'SEND_INTERRUPTED');
    t.same(readdirSync(server.home), [`${name}.tmp`], 'what came so far has another name');
    cut.cutAfter = Infinity;
    t.equal(outcome(await out.send(parcelOf(large, { attempt: 2 }), patience())), 'delivered');
    t.same(readdirSync(server.home), [name]);
    t.ok(readFileSync(join(server.home, name)).equals(large));
  });

  t.test('a server that ends the connection without a word, while idle or at work, does not stall us', async (t) => {
    const server = await openSshServer(t);
    const out = channel(t, server.peer);
    t.equal(outcome(await out.send(parcelOf('1', { filename: '1' }), patience())), 'delivered');
    server.drop();
    await until('the connection is given up', async () => outcome(await out.send(parcelOf('2', { filename: '2' }), patience())) === 'delivered');
    t.same(readdirSync(server.home).filter((name) => !name.endsWith('.tmp')).sort(), ['1', '2']); // prettier-ignore
    const slow = parcelOf('', {
      size: 10,
      filename: '3',
      async *chunks() {
        yield Buffer.from('half ');
        server.drop();
        await new Promise((resolve) => setTimeout(resolve, 50));
        yield Buffer.from('whole');
      },
    });
    t.equal(outcome(await out.send(slow, patience())), 'SEND_INTERRUPTED');
  });

  t.test('a line that falls silent ends in time', async (t) => {
    const server = await openSshServer(t);
    const silent = await line(t, server.port);
    const out = channel(t, { ...server.peer, port: silent.port, timeout: 1 });
    t.equal(outcome(await out.send(parcelOf('1', { filename: '1' }), patience())), 'delivered');
    silent.isSilent = true;
    t.match(await out.send(parcelOf('2', { filename: '2' }), patience()), { state: 'failed', code: 'SEND_TIMEOUT', reason: 'no answer within 1 s' });
    t.equal(outcome(await out.send(parcelOf('2', { filename: '2' }), AbortSignal.timeout(100))), 'SEND_TIMEOUT', 'or when the dispatcher says so');
    silent.isSilent = false;
    await until('it is delivered after all', async () => outcome(await out.send(parcelOf('2', { filename: '2' }), patience())) === 'delivered');
  });

  t.test('a host key that is not pinned is refused, whoever shows it', async (t) => {
    const server = await openSshServer(t, { hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
    const [ed25519, ecdsa, rsa] = server.hostKeys.map(({ fingerprint }) => fingerprint) as [string, string, string];
    const stranger = keyPair(temporaryFolder(t), 'stranger').fingerprint;
    const cases: readonly (readonly [what: string, pinned: string[], outcome: string])[] = [
      ['the key that is shown first', [ed25519], 'delivered'],
      ['a key of another kind that it has too', [rsa], 'delivered'],
      ['or of a third', [ecdsa], 'delivered'],
      ['the old and the new, while they change', [stranger, ed25519], 'delivered'],
      ['none of its keys', [stranger], 'SEND_HOST_KEY'],
    ];
    for (const [what, hostKeys, expected] of cases) {
      const handed = await channel(t, { ...server.peer, hostKeys }).send(parcelOf('x'), patience());
      t.equal(outcome(handed), expected, what);
      if (handed.state === 'failed')
        t.match(handed.reason, new RegExp(`shows ${ed25519.replace(/[+/]/g, '\\$&')}, .*agreed are ${stranger.replace(/[+/]/g, '\\$&')}`));
    }
    const [row] = [codes.SEND_HOST_KEY];
    t.match(row, { retry: 'after-fix', actor: 'operator' }, 'a person decides');
  });

  t.test('several keys of ours, while they change; one with a passphrase', async (t) => {
    const server = await openSshServer(t);
    const folder = temporaryFolder(t);
    const [old, sealed] = [keyPair(folder, 'old'), keyPair(folder, 'sealed', 'rsa', 'open sesame')];
    const keys = [{ file: old.file }, { file: server.client.file }];
    t.equal(outcome(await channel(t, { ...server.peer, keys }).send(parcelOf('x', { filename: 'a' }), patience())), 'delivered', 'the second is tried too');
    t.equal(
      outcome(await channel(t, { ...server.peer, keys: [{ file: old.file }] }).send(parcelOf('x', { filename: 'b' }), patience())),
      'SEND_AUTH',
      'none is let in',
    );
    const phrase = { ...server.peer, keys: [{ file: sealed.file }], passphrase: { env: 'PHRASE' } };
    writeFileSync(join(server.home, '..', 'authorized'), sealed.publicKey);
    t.equal(outcome(await channel(t, phrase, { PHRASE: 'open sesame\n' }).send(parcelOf('x', { filename: 'c' }), patience())), 'delivered');
    t.match(await channel(t, phrase, { PHRASE: 'wrong' }).send(parcelOf('x'), patience()), { code: 'SEND_SETTINGS', reason: /the private key cannot be read/ });
    t.match(await channel(t, phrase).send(parcelOf('x'), patience()), { code: 'SEND_SETTINGS', reason: 'the environment has no PHRASE' });
  });

  t.test('no folder, no right, and what is not SFTP', async (t) => {
    const server = await openSshServer(t);
    t.equal(outcome(await channel(t, { ...server.peer, folder: 'nowhere' }).send(parcelOf('x'), patience())), 'SEND_FOLDER');
    const readOnly = await openSshServer(t, { subsystem: '-R' });
    t.equal(outcome(await channel(t, readOnly.peer).send(parcelOf('x'), patience())), 'SEND_PERMISSION');
    readOnly.configure(['Ciphers 3des-cbc']);
    t.match(await channel(t, readOnly.peer).send(parcelOf('x'), patience()), { code: 'SEND_SETTINGS', reason: /no matching/i });
    const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    t.teardown(() => web.close());
    await once(web, 'listening');
    const { port } = web.address() as AddressInfo;
    t.match(outcome(await channel(t, { ...server.peer, port, timeout: 3 }).send(parcelOf('x'), patience())), /^SEND_(INTERRUPTED|TIMEOUT)$/);
  });

  t.test('a server that offers neither to rename in one step nor to make durable', async (t) => {
    const server = await openSshServer(t, { subsystem: '-P posix-rename,fsync' });
    t.equal(outcome(await channel(t, server.peer).send(parcelOf('x'), patience())), 'delivered');
    t.same(readdirSync(server.home), [name]);
  });

  t.test('an old server, where its setting says so', async (t) => {
    const server = await openSshServer(t, { hostKeys: ['rsa'] });
    server.configure(['KexAlgorithms diffie-hellman-group14-sha1', 'Ciphers aes128-cbc', 'MACs hmac-sha1', 'HostKeyAlgorithms ssh-rsa']);
    t.equal(outcome(await channel(t, server.peer).send(parcelOf('x'), patience())), 'SEND_SETTINGS');
    t.equal(outcome(await channel(t, { ...server.peer, old: true }).send(parcelOf('x'), patience())), 'delivered');
  });
});

t.test('nobody there', async (t) => {
  const peer = { host: '127.0.0.1', port: 1, user: 'x', hostKeys: ['SHA256:x'], password: { env: 'P' } };
  t.equal(outcome(await channel(t, peer, { P: 'x' }).send(parcelOf('x'), patience())), 'SEND_UNREACHABLE');
  t.match(await channel(t, { host: '127.0.0.1', user: 'x', hostKeys: [] }).send(parcelOf('x'), patience()), { code: 'SEND_SETTINGS', reason: /neither/ });
  t.equal(outcome(await channel(t, { ...peer, host: 'nowhere.invalid' }, { P: 'x' }).send(parcelOf('x'), patience())), 'SEND_UNREACHABLE');
});

t.test('what a server answers, and what becomes of the delivery', (t) => {
  const table: readonly (readonly [status: number, message: string, code: Code, retry: string])[] = [
    [2, 'No such file', 'SEND_FOLDER', 'backoff'],
    [3, 'Permission denied', 'SEND_PERMISSION', 'after-fix'],
    [4, 'Failure', 'SEND_WRITE', 'backoff'],
    [4, 'No space left on device', 'SEND_NO_SPACE', 'backoff'],
    [14, 'no space', 'SEND_NO_SPACE', 'backoff'],
    [15, 'Disk quota exceeded', 'SEND_NO_SPACE', 'backoff'],
    [7, 'Connection lost', 'SEND_INTERRUPTED', 'backoff'],
    [8, 'Operation unsupported', 'SEND_WRITE', 'backoff'],
  ];
  for (const [status, message, code, retry] of table) {
    t.match(sftpError(Object.assign(new Error(message), { code: status })), { code, status, message }, message);
    t.equal(codes[code].retry, retry);
  }
  t.end();
});
