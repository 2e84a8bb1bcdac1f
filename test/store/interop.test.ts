import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openNote } from '../../src/store/checkpoint.ts';
import { parseTilePath, tilePath, tilesOf } from '../../src/store/log.ts';
import { openStore } from '../../src/store/open.ts';
import { remove } from './damage.ts';

/*
 * The formats as a client that never heard of us reads them: C2SP signed-note, tlog-checkpoint and tlog-tiles, written
 * here from their texts alone.
 */
const folder = mkdtempSync(join(tmpdir(), 'portolan-interop-'));
t.teardown(() => remove(folder));
const store = openStore({ folder, origin: 'portolan.test/log' });
await store.commit({ records: Array.from({ length: 700 }, (_, detail) => ({ kind: 'read', detail }) as const) });
await store.close();
const file = (path: string): Buffer => readFileSync(join(folder, 'log', path));
const vkey = readFileSync(join(folder, 'keys', 'log.vkey'), 'utf8').trim();
const note = file('checkpoint').toString();
const [text, signatures] = [note.slice(0, note.lastIndexOf('\n\n') + 1), note.slice(note.lastIndexOf('\n\n') + 2)];
const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

t.test('a note that the Go checksum database publishes as its example opens', (t) => {
  const example =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  t.type(openNote(example, 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'), 'string');
  t.equal(openNote(example.replace('answer', 'solution'), 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'), undefined);
  t.equal(openNote(example, vkey), undefined);
  t.end();
});

t.test('the checkpoint is signed as signed-note says', (t) => {
  const [name, id, key] = vkey.split('+') as [string, string, string];
  const publicKey = Buffer.from(vkey.slice(name.length + id.length + 2), 'base64');
  t.equal(publicKey[0], 1, 'type: Ed25519');
  t.equal(
    sha(Buffer.from(`${name}\n`), publicKey)
      .subarray(0, 4)
      .toString('hex'),
    id,
    'key id',
  );
  t.ok(key.length > 0);
  const [, encoded] = /^— portolan\.test\/log (\S+)\n$/.exec(signatures)!;
  const signature = Buffer.from(encoded!, 'base64');
  t.equal(signature.subarray(0, 4).toString('hex'), id);
  const spki = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey.subarray(1)]), format: 'der', type: 'spki' });
  t.ok(verify(null, Buffer.from(text), spki, signature.subarray(4)));
  t.end();
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

t.test('OpenSSL says so too', { skip: !hasOpenssl && 'there is no openssl here' }, (t) => {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(vkey.split('+').slice(2).join('+'), 'base64').subarray(1)]);
  const path = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const signature = Buffer.from(signatures.trim().split(' ')[2]!, 'base64').subarray(4);
  const run = (body: string): number | null =>
    spawnSync('openssl', [
      'pkeyutl',
      '-verify',
      '-pubin',
      '-keyform',
      'DER',
      '-inkey',
      path('key.der', der),
      '-rawin',
      '-in',
      path('text', Buffer.from(body)),
      '-sigfile',
      path('sig', signature),
    ]).status;
  t.equal(run(text), 0);
  t.not(run(text.replace('700', '701')), 0);
  t.end();
});

t.test('the tiles of 700 entries, and what they hold', (t) => {
  const present = ['tile/0/000', 'tile/0/001', 'tile/0/002.p/188', 'tile/1/000.p/2', 'tile/entries/000', 'tile/entries/001', 'tile/entries/002.p/188'];
  const hashes = [file('tile/0/000'), file('tile/0/001'), file('tile/0/002.p/188')];
  t.same(
    hashes.map((bytes) => bytes.length),
    [8192, 8192, 188 * 32],
  );
  const bundles = ['tile/entries/000', 'tile/entries/001', 'tile/entries/002.p/188'].map((path) => {
    const bytes = file(path);
    const entries: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at)) entries.push(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at)));
    return entries;
  });
  t.ok(Buffer.concat(bundles.flat().map((entry) => sha(Buffer.of(0), entry))).equals(Buffer.concat(hashes)), 'each entry hashes to its place');
  const mth = (nodes: readonly Buffer[]): Buffer => {
    if (nodes.length === 1) return nodes[0]!;
    let k = 1;
    while (k * 2 < nodes.length) k *= 2;
    return sha(Buffer.of(1), mth(nodes.slice(0, k)), mth(nodes.slice(k)));
  };
  const leaves = Array.from({ length: 700 }, (_, i) => Buffer.concat(hashes).subarray(32 * i, 32 * i + 32));
  t.ok(file('tile/1/000.p/2').equals(Buffer.concat([mth(leaves.slice(0, 256)), mth(leaves.slice(256, 512))])));
  t.equal(text, `portolan.test/log\n700\n${mth(leaves).toString('base64')}\n`);
  t.same([...tilesOf(0, 700)].map(tilePath).sort(), present);
  t.end();
});

t.test('tile paths have one spelling', (t) => {
  // The first three are the examples of tlog-tiles.
  const good = ['tile/0/x001/x234/067', 'tile/entries/000.p/7', 'tile/1/000', 'tile/entries/x001/234'];
  for (const path of good) t.equal(tilePath(parseTilePath(path)!), path);
  const bad = [
    'tile/0/1',
    'tile/0/0000',
    'tile/00/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/x000/001',
    'tile/9/000',
    'tile/0/000/',
    'checkpoint',
    'tile/0/../../keys',
    'tile/64/000',
  ];
  for (const path of bad) t.equal(parseTilePath(path), undefined, path);
  t.end();
});

t.test('a size of 70,000 as tlog-tiles counts it', (t) => {
  const names = [...tilesOf(0, 70_000)].filter((name) => name.level !== 'entries');
  const of = (level: number, full: boolean): number => names.filter((name) => name.level === level && (name.width === 256) === full).length;
  t.same([of(0, true), of(0, false), of(1, true), of(1, false), of(2, true), of(2, false)], [273, 1, 1, 1, 0, 1]);
  t.same(
    names.filter((name) => name.width < 256).map((name) => name.width),
    [112, 17, 1],
  );
  t.end();
});
