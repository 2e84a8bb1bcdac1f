import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import t from 'tap';
import { canonicalJson } from '../../src/store/canonical.ts';
import { readKeys } from '../../src/store/keys.ts';
import { sourceOf } from '../../src/store/verify-archive.ts';
import { verifyBundle } from '../../src/store/verify.ts';
import { root } from '../root.ts';
import { remove, sampleBundle, sampleStore } from './damage.ts';

/*
 * Archives that a forger makes from a good bundle: each well-formed as a zip, each with all that was signed still in it.
 * Both verifiers must refuse each, as another reader of the same archive may see something else than they do.
 */
interface Member {
  readonly name: string;
  readonly bytes: Buffer;
}

const folder = await sampleStore();
t.teardown(() => remove(folder));
const { bytes: good } = await sampleBundle(folder);
const members = membersOf(good);
const extra = (name: string): Member => ({ name, bytes: Buffer.from('forged') });
const inOrder = (all: readonly Member[]): Member[] => [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
const twice = (name: string, isForgedFirst: boolean): Member[] =>
  members.flatMap((each) => (each.name !== name ? [each] : isForgedFirst ? [extra(name), each] : [each, extra(name)]));
const shown = members.find(({ name }) => name.startsWith('content/'))!.name;

const at = (folder: string): string => members.findLast(({ name }) => name.startsWith(folder))!.name;
const replaced = (name: string, bytes: string): Member[] => members.map((each) => (each.name === name ? { name, bytes: Buffer.from(bytes) } : each));

/** Files of which the log's own key signed a list: whoever holds it may say anything, but not that it is in the log. */
function signedAnew(all: readonly Member[]): Buffer {
  const listed = inOrder(all).filter(({ name }) => !name.startsWith('manifest.'));
  const hashOf = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
  const files = Object.fromEntries(listed.map(({ name, bytes }) => [name, { sha256: hashOf(bytes).toString('base64url'), size: bytes.length }]));
  const stated = JSON.parse(members.find(({ name }) => name === 'manifest.json')!.bytes.toString()) as Record<string, string>;
  const manifest = Buffer.from(canonicalJson({ ...stated, files }));
  const note = Buffer.from(readKeys(folder).log.sign(`portolan bundle\n${hashOf(manifest).toString('base64')}\n`));
  return archiveOf(inOrder([...listed, { name: 'manifest.json', bytes: manifest }, { name: 'manifest.note', bytes: note }]));
}

const noteText = members.find(({ name }) => name === 'manifest.note')!.bytes.toString();
const proofOfShown = members.find(({ name, bytes }) => name.startsWith('proofs/') && bytes.includes(shown))!.name;

const forged: readonly { readonly how: string; readonly archive: Buffer; readonly names: RegExp }[] = [
  { how: 'a file twice, the forged one first', archive: archiveOf(twice(shown, true)), names: /content\/001/ },
  { how: 'a file twice, the forged one last', archive: archiveOf(twice(shown, false)), names: /content\/001/ },
  { how: 'a file twice, both alike', archive: archiveOf(members.flatMap((each) => (each.name === shown ? [each, each] : [each]))), names: /content\/001/ },
  { how: 'the manifest twice', archive: archiveOf(twice('manifest.json', true)), names: /manifest\.json/ },
  ...['constructor', '__proto__', 'toString', 'manifest.txt', 'manifest.', 'content/999-forged'].map((name) => ({
    how: `a file more, named ${name}`,
    archive: archiveOf(inOrder([...members, extra(name)])),
    names: new RegExp(name.replace('.', '\\.')),
  })),
  { how: 'the files in reverse order', archive: archiveOf([...members].reverse()), names: /order/ },
  { how: 'two files exchanged', archive: archiveOf([members[1]!, members[0]!, ...members.slice(2)]), names: /order/ },
  { how: 'a line behind the signature', archive: archiveOf(replaced('manifest.note', `${noteText}and more\n`)), names: /manifest\.note/ },
  ...['null', '0', '""', '{}'].flatMap((text) =>
    ['entries/', 'proofs/', 'records/'].map((folder) => ({
      how: `${at(folder)} is ${text}, and the log's key signs it`,
      archive: signedAnew(replaced(at(folder), text)),
      names: new RegExp(at(folder).replace('.', '\\.')),
    })),
  ),
  ...['records/0000009999.json', 'proofs/0000009999.json', 'content/999-forged'].map((name) => ({
    how: `${name} without an entry, and the log's key signs it`,
    archive: signedAnew([...members, { name, bytes: members.find((each) => each.name === at(name.split('/')[0]!))!.bytes }]),
    names: new RegExp(name.replace('.', '\\.')),
  })),
  {
    how: "a content whose record is said to be erased, and the log's key signs it",
    archive: signedAnew(members.filter(({ name }) => name !== proofOfShown.replace('proofs', 'records'))),
    names: /content\/001/,
  },
  { how: 'a file less', archive: archiveOf(members.filter(({ name }) => name !== shown)), names: /content\/001/ },
];

t.test('made again from its files, the bundle is itself', (t) => {
  t.ok(archiveOf(members).equals(good));
  t.match(verifyBundle(sourceOf(good)), { ok: true });
  t.match(verifyBundle(sourceOf(signedAnew(members))), { ok: true });
  t.end();
});

for (const { how, archive, names } of forged) {
  t.test(`forged: ${how}`, (t) => {
    const { ok, findings } = verifyBundle(sourceOf(archive));
    t.equal(ok, false, 'the verifier of the gateway');
    t.match(findings.map(({ args }) => args['part']).join('\n'), names, 'names what it is');
    const path = join(folder, 'forged.zip');
    writeFileSync(path, archive);
    const alone = spawnSync(process.execPath, [join(root, 'bin', 'verify-bundle.mjs'), path], { encoding: 'utf8' });
    t.equal(alone.status, 1, 'the one that stands alone');
    t.match(alone.stdout.slice(alone.stdout.lastIndexOf('problem')), names, 'names it too');
    t.end();
  });
}

function membersOf(archive: Buffer): Member[] {
  const found: Member[] = [];
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50;) {
    const start = at + 30 + archive.readUInt16LE(at + 26);
    const end = start + archive.readUInt32LE(at + 18);
    found.push({ name: archive.toString('latin1', at + 30, start), bytes: archive.subarray(start, end) });
    at = end;
  }
  return found;
}

/** A zip of the members in the order given, whatever their names. */
function archiveOf(all: readonly Member[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of all) {
    const common = Buffer.alloc(26);
    [20, 0, 0, 0, 0x21].forEach((field, i) => common.writeUInt16LE(field, 2 * i));
    [crc32(bytes), bytes.length, bytes.length].forEach((field, i) => common.writeUInt32LE(field, 10 + 4 * i));
    common.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), bytes]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.of(20, 0), common, place, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  [all.length, all.length].forEach((count, i) => end.writeUInt16LE(count, 8 + 2 * i));
  [listed.length, offset].forEach((count, i) => end.writeUInt32LE(count, 12 + 4 * i));
  return Buffer.concat([...parts, listed, end]);
}
