#!/usr/bin/env node
/*
 * Verifies an evidence bundle of a Portolan gateway, alone: this file, Node and the bundle are all it takes.
 *
 *     node verify-bundle.mjs evidence.zip [KEY]
 *
 * KEY is the key of the log as you know it from elsewhere (name+id+base64). Without it the key inside the bundle is
 * used, and printed for you to compare. Exit 0: everything holds. 1: something does not. 2: wrong usage.
 *
 * It shares no code with the gateway nor with the gateway's own verifier, so that a mistake in one shows in the other.
 */
import crypto from 'node:crypto';
import fs from 'node:fs';
import zlib from 'node:zlib';

const problems = [];
const complain = (part, what) => problems.push({ part, what });

const hash = (...parts) => hashAll(parts);

function hashAll(parts) {
  const digest = crypto.createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/* ---- files: read piece by piece, as the bytes in a bundle may be more than there is memory ---- */

function openFile(path) {
  const file = fs.openSync(path, 'r');
  const { size } = fs.fstatSync(file);
  const read = (at, count) => {
    const bytes = Buffer.alloc(Math.max(0, Math.min(count, size - at)));
    let done = 0;
    for (let more = 1; more > 0 && done < bytes.length; done += more) more = fs.readSync(file, bytes, done, bytes.length - done, at + done);
    return bytes.subarray(0, done);
  };
  return { length: size, read, u16: (at) => read(at, 2).readUInt16LE(), u32: (at) => read(at, 4).readUInt32LE() };
}

function* behind(before, pieces) {
  yield before;
  yield* pieces;
}

/* Part of a file: `bytes` of all but contents, which are only passed over. */
function part(file, start, length) {
  const pieces = function* () {
    for (let at = 0; at < length; at += 1 << 20) yield file.read(start + at, Math.min(1 << 20, length - at));
  };
  return { length, pieces, bytes: () => file.read(start, length), hash: (before = '') => hashAll(behind(before, pieces())) };
}

/* ---- the archive: one form only, so that no byte in it is without meaning ---- */

/*
 * Reads on from `state.at`, checking each field against what it must be. A damaged length is told from damaged bytes by
 * looking for the place where the next part begins.
 */
function unzip(zip) {
  const files = new Map();
  const central = [];
  let at = 0;
  while (at + 30 <= zip.length && isLocal(zip, at)) {
    const nameLength = zip.u16(at + 26);
    const name = zip.read(at + 30, nameLength).toString('latin1');
    const start = at + 30 + nameLength;
    let size = zip.u32(at + 18);
    if (start + size > zip.length || !isPart(zip, start + size)) {
      complain(`header of ${printable(name)}`, `the archive does not go on where its length says (byte ${at + 18})`);
      size = nextPart(zip, start) - start;
    }
    const bytes = part(zip, start, size);
    if (name <= (central.at(-1)?.[0] ?? '')) complain(printable(name), 'is there twice, or not in order');
    const crc = zip.u32(at + 14);
    let found = 0;
    for (const piece of bytes.pieces()) found = zlib.crc32(piece, found);
    if (crc !== found) complain(printable(name), `checksum differs from the bytes (header at byte ${at})`);
    const fixed = Buffer.concat([u32(0x04034b50), u16(20), u16(0), u16(0), u16(0), u16(33), u32(crc), u32(size), u32(size), u16(nameLength), u16(0)]);
    difference(zip, at, fixed, `header of ${printable(name)}`);
    files.set(name, bytes);
    central.push([name, Buffer.concat([u32(0x02014b50), u16(20), fixed.subarray(4), u16(0), u16(0), u16(0), u32(0), u32(at), Buffer.from(name, 'latin1')])]);
    at = start + size;
  }
  const directory = at;
  for (const [name, expected] of central) {
    difference(zip, at, expected, `directory entry of ${printable(name)}`);
    at += expected.length;
  }
  difference(
    zip,
    at,
    Buffer.concat([u32(0x06054b50), u16(0), u16(0), u16(central.length), u16(central.length), u32(at - directory), u32(directory), u16(0)]),
    'end of the archive',
  );
  if (zip.length !== at + 22) complain('end of the archive', `${zip.length - at - 22} bytes too many or too few`);
  return files;
}

const u16 = (n) => Buffer.of(n & 255, n >> 8);
const u32 = (n) => Buffer.of(n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24);
const isLocal = (zip, at) => zip.u32(at) === 0x04034b50;
const isPart = (zip, at) => at + 4 <= zip.length && [0x04034b50, 0x02014b50].includes(zip.u32(at));
const printable = (name) => name.replace(/[^ -~]/g, '?');

function nextPart(zip, from) {
  for (let at = from; at < zip.length; at += 1 << 20) {
    const piece = zip.read(at, (1 << 20) + 3);
    for (let i = piece.indexOf('PK'); i >= 0 && i < 1 << 20; i = piece.indexOf('PK', i + 1)) if (isPart(zip, at + i)) return at + i;
  }
  return zip.length;
}

function difference(zip, at, expected, part) {
  const found = zip.read(at, expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (found[i] !== expected[i]) return complain(part, `byte ${at + i} is ${found[i]}, must be ${expected[i]}`);
  }
}

/* ---- signed notes: c2sp.org/signed-note, Ed25519 ---- */

function openKey(text) {
  const [name, id, ...rest] = text.split('+');
  const bytes = Buffer.from(rest.join('+'), 'base64');
  const expected = hash(Buffer.from(name), Buffer.of(10), bytes).subarray(0, 4).toString('hex');
  if (bytes.length !== 33 || bytes[0] !== 1 || id !== expected || /\s/.test(name) || rest.join('+') !== bytes.toString('base64'))
    return complain('key', 'not a verifier key of Ed25519');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(1).toString('base64url') };
  return { name, id, key: crypto.createPublicKey({ key: jwk, format: 'jwk' }) };
}

/* The lines of the text, if the key signed it. Must be spelt exactly as a signer spells it; behind the text are signatures, and nothing else. */
function openNote(part, note, signer) {
  const cut = note.indexOf('\n\n') + 1;
  const text = note.slice(0, cut);
  const behind = note.slice(cut + 1).split('\n');
  for (const line of behind.filter((each) => each.startsWith(`— ${signer.name} `))) {
    const signature = Buffer.from(line.slice(signer.name.length + 3), 'base64');
    if (`— ${signer.name} ${signature.toString('base64')}` !== line) return complain(part, 'the signature line is damaged');
    if (signature.subarray(0, 4).toString('hex') !== signer.id) return complain(part, 'signed with another key');
    if (!crypto.verify(null, Buffer.from(text), signer.key, signature.subarray(4))) return complain(part, 'the signature does not hold');
    if (behind.pop() !== '') return complain(part, 'its end is missing');
    if (!behind.every((each) => /^— [^ ]+ [^ ]+$/.test(each))) return complain(part, 'more stands in it than a text and its signatures');
    return text.split('\n');
  }
  return complain(part, `not signed by ${signer.name}`);
}

/* ---- the tree: RFC 6962, section 2.1 ---- */

/*
 * Climbs from leaf `index` to the root. `first` and `last` are the positions of the node and of the rightmost node on
 * the level reached; a rightmost node without a right sibling is carried up as it is.
 */
function climb(index, size, leaf, path) {
  let first = index;
  let last = size - 1;
  let node = leaf;
  let used = 0;
  while (last > 0) {
    if (first % 2 === 1) node = hash(Buffer.of(1), path[used++] ?? Buffer.alloc(0), node);
    else if (first < last) node = hash(Buffer.of(1), node, path[used++] ?? Buffer.alloc(0));
    first = (first - (first % 2)) / 2;
    last = (last - (last % 2)) / 2;
  }
  return used === path.length ? node : undefined;
}

/* ---- the bundle ---- */

const text = (files, name) => files.get(name)?.bytes().toString('utf8') ?? '';

/* An object, or nothing and a complaint. */
function json(part, file) {
  try {
    const value = JSON.parse(file.bytes().toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  return complain(part, 'cannot be read');
}

/* Manifest against signature, files against manifest. */
function checkManifest(files, signer) {
  const signed = openNote('manifest.note', text(files, 'manifest.note'), signer);
  const bytes = files.get('manifest.json');
  if (!bytes) return complain('manifest.json', 'is missing');
  if (signed && signed[0] !== 'portolan bundle') complain('manifest.note', 'signs something else');
  if (signed && signed[1] !== bytes.hash().toString('base64')) complain('manifest.json', 'is not what was signed');
  const manifest = json('manifest.json', bytes);
  for (const [name, { sha256, size }] of Object.entries(manifest?.files ?? {})) {
    const file = files.get(name);
    if (!file) complain(name, 'is missing');
    else if (size !== file.length || sha256 !== file.hash().toString('base64url')) complain(name, 'is not what the manifest states');
  }
  for (const name of files.keys()) {
    if (name !== 'manifest.json' && name !== 'manifest.note' && !Object.hasOwn(manifest?.files ?? {}, name))
      complain(printable(name), 'is not in the manifest');
  }
  return manifest;
}

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isProof = ({ hashes, index, salt, size, content = { file: '', salt: '' } }) =>
  isCount(index) && isCount(size) && [salt, content?.file, content?.salt, ...(Array.isArray(hashes) ? hashes : [0])].every((each) => typeof each === 'string');

/* The only spelling of an entry. */
const isEntry = ({ at, record }, bytes) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at) && /^[\w-]{43}$/.test(record) && JSON.stringify({ at, record, v: 1 }) === bytes.toString('utf8');

/* Record under entry, entry under root, content under record. Gives a line for the reader. */
function checkStep(number, files, checkpoint) {
  const entryBytes = files.get(`entries/${number}`);
  const entry = json(`entries/${number}`, entryBytes);
  const proof = files.has(`proofs/${number}`) ? json(`proofs/${number}`, files.get(`proofs/${number}`)) : complain(`proofs/${number}`, 'is missing');
  if (!entry || !proof) return `${number}  cannot be read`;
  if (!isEntry(entry, entryBytes.bytes())) complain(`entries/${number}`, 'is no entry');
  if (!isProof(proof)) return complain(`proofs/${number}`, 'is no proof') ?? `${number}  cannot be read`;
  const path = proof.hashes.map((text) => Buffer.from(text, 'base64'));
  const root = climb(proof.index, proof.size, entryBytes.hash(Buffer.of(0)), path);
  if (checkpoint && (String(proof.size) !== checkpoint[1] || root?.toString('base64') !== checkpoint[2]))
    complain(`entries/${number}`, 'is not under the root of the checkpoint');
  if (proof.index !== Number.parseInt(number, 10)) complain(`proofs/${number}`, 'is of another entry');
  const recordBytes = files.get(`records/${number}`);
  if (!recordBytes && proof.content) complain(proof.content.file, 'no record is there that commits to it');
  if (!recordBytes) return `${proof.index}  ${entry.at}  (the record is not shown, or was erased; that there was one is proved)`;
  if (recordBytes.hash(Buffer.from(String(proof.salt), 'base64url')).toString('base64url') !== entry.record)
    complain(`records/${number}`, 'is not what the entry hides');
  const record = json(`records/${number}`, recordBytes) ?? {};
  let shown = record.content ? `${record.content.size} bytes, not shown` : '';
  if (proof.content) {
    const bytes = files.get(proof.content.file);
    if (!bytes) complain(proof.content.file, 'is missing');
    else if (bytes.hash(Buffer.from(String(proof.content.salt), 'base64url')).toString('base64url') !== record.content?.commitment)
      complain(proof.content.file, `is not what record ${proof.index} commits to`);
    shown = proof.content.file;
  }
  return [proof.index, entry.at, record.kind, record.party ?? '', record.grade ?? '', shown].join('  ');
}

/* What hangs on no entry is proved by nothing, whoever signed the list of files. */
function checkLoose(files) {
  const named = new Set();
  for (const [name, file] of files) if (name.startsWith('proofs/')) named.add(json(name, file)?.content?.file);
  for (const name of files.keys()) {
    const [folder, rest] = name.split('/');
    const isLoose = folder === 'content' ? !named.has(name) : ['records', 'proofs'].includes(folder) && !files.has(`entries/${rest}`);
    if (isLoose) complain(printable(name), 'belongs to no entry');
  }
}

function main([path, trusted]) {
  if (!path || path.startsWith('-')) {
    console.error('usage: node verify-bundle.mjs evidence.zip [KEY]');
    return 2;
  }
  const files = unzip(openFile(path));
  const key = trusted?.trim() ?? text(files, 'certificates/log.vkey').trimEnd();
  const signer = openKey(key);
  const lines = [];
  if (signer) {
    const manifest = checkManifest(files, signer);
    const checkpoint = openNote('checkpoint', text(files, 'checkpoint'), signer);
    if (checkpoint && checkpoint[0] !== signer.name) complain('checkpoint', 'is of another log');
    const numbers = [...files.keys()].filter((name) => name.startsWith('entries/')).map((name) => name.slice(8));
    if (numbers.length === 0) complain('entries', 'there is none');
    lines.push(
      `Evidence of ${manifest?.subject}, made for ${manifest?.for}`,
      `Log of ${checkpoint?.[1]} entries, signed by`,
      `  ${key}`,
      trusted ? '  (the key you gave)' : '  (the key in the bundle: compare it with one you got elsewhere)',
      '',
    );
    for (const number of numbers) lines.push(checkStep(number, files, checkpoint));
    checkLoose(files);
  }
  console.log(lines.join('\n'));
  if (problems.length === 0) {
    console.log('\nEverything holds.');
    return 0;
  }
  console.log(`\n${problems.length} problem${problems.length === 1 ? '' : 's'}:`);
  for (const { part, what } of problems) console.log(`  ${part}: ${what}`);
  return 1;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.log(`This is not a bundle that can be read: ${error.message}`);
  process.exitCode = 1;
}
