import { createDecipheriv, createHash, createPublicKey, verify as verifySignature, type KeyObject } from 'node:crypto';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { readArchive, type ArchiveFile, type ByteSource } from './verify-archive.ts';

/**
 * The stranger: checks evidence without trusting, importing or resembling what wrote it. `verify-store.ts` does the same
 * for a whole data folder, `bin/verify-bundle.mjs` once more, on its own, for bundles.
 */
export interface Verification {
  readonly ok: boolean;
  readonly subject?: string;
  readonly party?: string;
  readonly origin?: string;
  readonly key?: string; // the key that signed; whoever verifies compares it with the one it knows
  readonly size?: number; // of the log at the checkpoint
  readonly steps: readonly VerifiedStep[];
  readonly findings: readonly Diagnostic[];
}

export interface VerifiedStep {
  readonly index: number;
  readonly at: string;
  readonly kind?: string; // undefined where the record was erased, or is not shown
  readonly party?: string;
  readonly grade?: string;
  readonly content: 'shown' | 'committed' | 'none';
}

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** Of a file, piece by piece, behind what stands before it. */
function hashOf(file: ArchiveFile | undefined, before = Buffer.alloc(0)): Buffer {
  const digest = createHash('sha256').update(before);
  for (const chunk of file?.chunks() ?? []) digest.update(chunk);
  return digest.digest();
}

/** The counter and the data key, wrapped by AES-256-CTR; the bytes by AES-256-GCM under that key, with their tag. */
export function open(key: KeyObject, place: string, sealed: Buffer): Buffer | undefined {
  try {
    const own = createDecipheriv('aes-256-ctr', key, sealed.subarray(0, 16)).update(sealed.subarray(16, 48));
    const cipher = createDecipheriv('aes-256-gcm', own, Buffer.alloc(12)).setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(-16));
    return Buffer.concat([cipher.update(sealed.subarray(48, -16)), cipher.final()]);
  } catch {
    return undefined;
  }
}

/** What a note of the log's key says. Every byte of the signature line counts, also those that base64 would forgive. */
export function readNote(note: string, vkey: string): { readonly lines: readonly string[] } | { readonly fault: string } {
  const key = readVerifierKey(vkey);
  if (!key) return { fault: 'the verifier key is not one of Ed25519' };
  const parts = /^((?:[^\n]+\n)+)\n((?:— [^\n ]+ [^\n ]+\n)+)$/.exec(note);
  if (!parts) return { fault: 'not a signed note' };
  for (const line of parts[2]!.split('\n')) {
    const [, name, encoded = ''] = line.split(' ');
    if (name !== key.name) continue;
    const bytes = Buffer.from(encoded, 'base64');
    if (bytes.toString('base64') !== encoded || bytes.length !== 68 || bytes.readUInt32BE(0) !== key.id) return { fault: 'the signature line is damaged' };
    if (!verifySignature(null, Buffer.from(parts[1]!), key.publicKey, bytes.subarray(4))) return { fault: 'the signature does not match the text' };
    return { lines: parts[1]!.split('\n').slice(0, -1) };
  }
  return { fault: `no signature by ${key.name}` };
}

function readVerifierKey(vkey: string): { readonly name: string; readonly id: number; readonly publicKey: KeyObject } | undefined {
  const parts = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(vkey);
  if (!parts) return undefined;
  const bytes = Buffer.from(parts[3]!, 'base64');
  if (bytes[0] !== 1 || bytes.toString('base64') !== parts[3]) return undefined;
  const id = sha256(Buffer.from(`${parts[1]}\n`), bytes).readUInt32BE(0);
  if (id !== Number.parseInt(parts[2]!, 16)) return undefined;
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)]); // RFC 8410, section 4
  return { name: parts[1]!, id, publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
}

/** Size and root of a checkpoint text, where it is one of this log. */
export function readCheckpoint(note: string, vkey: string): { readonly size: number; readonly root: Buffer } | { readonly fault: string } {
  const read = readNote(note, vkey);
  if ('fault' in read) return read;
  const [origin, size, root] = read.lines;
  if (origin !== vkey.slice(0, vkey.indexOf('+'))) return { fault: `it is of the log ${origin}` };
  if (!/^(0|[1-9]\d*)$/.test(size ?? '') || Buffer.from(root ?? '', 'base64').length !== 32) return { fault: 'it does not state a size and a root' };
  return { size: Number(size), root: Buffer.from(root!, 'base64') };
}

/** The root that `path` gives leaf `index` of `size`: RFC 6962, 2.1.1, taken apart from the top, as the text defines it. */
export function rootOfPath(index: number, size: number, leaf: Buffer, path: readonly Buffer[]): Buffer | undefined {
  if (size === 1) return index === 0 && path.length === 0 ? leaf : undefined;
  const top = path.at(-1);
  if (!top || index >= size || index < 0) return undefined;
  let left = 1;
  while (left * 2 < size) left *= 2;
  const isLeft = index < left;
  const below = isLeft ? rootOfPath(index, left, leaf, path.slice(0, -1)) : rootOfPath(index - left, size - left, leaf, path.slice(0, -1));
  return below && (isLeft ? sha256(Buffer.of(1), below, top) : sha256(Buffer.of(1), top, below));
}

/** The public leaf, in its only spelling. */
export function readEntry(text: string): { readonly at: string; readonly record: string } | undefined {
  const parts = /^\{"at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","record":"([A-Za-z0-9_-]{43})","v":1\}$/.exec(text);
  return parts ? { at: parts[1]!, record: parts[2]! } : undefined;
}

interface Manifest {
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly size: number }>>;
  readonly for: string;
  readonly origin: string;
  readonly size: number;
  readonly subject: string;
}

interface Proof {
  readonly content?: { readonly file: string; readonly salt: string };
  readonly hashes: readonly string[];
  readonly index: number;
  readonly salt: string;
  readonly size: number;
}

/**
 * Verifies a bundle. `trusted` is the key of the log as the reader knows it from elsewhere; without it the key in the
 * bundle is used, and the result says which it was.
 */
export function verifyBundle(bytes: ByteSource, trusted?: string): Verification {
  const archive = readArchive(bytes);
  const findings: Diagnostic[] = [...archive.findings];
  const broken = (part: string, message: string): void => void findings.push(finding('EVIDENCE_BROKEN', { part, message }));
  const text = (name: string): string => archive.files.get(name)?.text() ?? '';
  const key = trusted ?? text('certificates/log.vkey').trimEnd();
  if (archive.files.size === 0) return { ok: false, steps: [], findings };

  const note = readNote(text('manifest.note'), key);
  if ('fault' in note) broken('manifest.note', note.fault);
  else if (note.lines[0] !== 'portolan bundle') broken('manifest.note', 'it signs something else');
  else if (note.lines[1] !== hashOf(archive.files.get('manifest.json')).toString('base64')) broken('manifest.json', 'it is not what was signed');
  const manifest = parse<Manifest>(text('manifest.json')) as Manifest | undefined;
  if (!isObject(manifest) || !isObject(manifest.files) || !Object.values(manifest.files).every(isObject)) {
    broken('manifest.json', 'it cannot be read');
    return { ok: false, steps: [], findings };
  }
  for (const [name, stated] of Object.entries(manifest.files)) {
    const file = archive.files.get(name);
    if (!file) broken(name, 'it is missing');
    else if (file.size !== stated.size || hashOf(file).toString('base64url') !== stated.sha256) broken(name, 'its bytes are not those the manifest states');
  }
  for (const name of archive.files.keys())
    if (!Object.hasOwn(manifest.files, name) && name !== 'manifest.json' && name !== 'manifest.note') broken(name, 'the manifest does not know it');

  const checkpoint = readCheckpoint(text('checkpoint'), key);
  if ('fault' in checkpoint) broken('checkpoint', checkpoint.fault);
  for (const name of looseFiles(archive.files)) broken(name, 'it belongs to no entry, so nothing proves it');
  const steps: VerifiedStep[] = [];
  for (const name of [...archive.files.keys()].filter((each) => each.startsWith('entries/')).sort()) {
    const step = verifyStep(name.slice('entries/'.length), archive.files, 'fault' in checkpoint ? undefined : checkpoint, broken, findings);
    if (step) steps.push(step);
  }
  if (steps.length === 0) broken('entries', 'there is none');
  const ok = !findings.some((each) => each.severity !== 'info');
  return { ok, subject: manifest.subject, party: manifest.for, origin: manifest.origin, key, size: manifest.size, steps, findings };
}

/** Records and proofs without an entry, and contents that no proof names: all of them signed as part of the bundle, and not in the log. */
function looseFiles(files: ReadonlyMap<string, ArchiveFile>): string[] {
  const names = [...files.keys()];
  const shown = new Set(names.filter((name) => name.startsWith('proofs/')).map((name) => asProof(parse(files.get(name)!.text()))?.content?.file));
  return names.filter((name) =>
    name.startsWith('content/') ? !shown.has(name) : /^(records|proofs)\//.test(name) && !files.has(name.replace(/^\w+/, 'entries')),
  );
}

/** One step: its record under its entry, its entry under the root, its content under the record. */
function verifyStep(
  name: string,
  files: ReadonlyMap<string, ArchiveFile>,
  checkpoint: { readonly size: number; readonly root: Buffer } | undefined,
  broken: (part: string, message: string) => void,
  findings: Diagnostic[],
): VerifiedStep | undefined {
  const leaf = files.get(`entries/${name}`)!;
  const entry = readEntry(leaf.text());
  const proof = asProof(parse(files.get(`proofs/${name}`)?.text() ?? ''));
  if (!entry) broken(`entries/${name}`, 'it is not an entry');
  if (!proof) broken(`proofs/${name}`, 'it cannot be read');
  if (!entry || !proof) return undefined;
  if (proof.index !== Number(name.replace('.json', ''))) broken(`proofs/${name}`, 'it is of another index');
  const root = rootOfPath(
    proof.index,
    proof.size,
    hashOf(leaf, Buffer.of(0)),
    proof.hashes.map((hash) => Buffer.from(hash, 'base64')),
  );
  if (checkpoint && (proof.size !== checkpoint.size || !root?.equals(checkpoint.root)))
    broken(`entries/${name}`, 'the entry is not under the root of the checkpoint');
  const hidden = files.get(`records/${name}`);
  if (!hidden) {
    if (proof.content) broken(proof.content.file, `there is no record ${proof.index} that commits to it`);
    findings.push(finding('EVIDENCE_ERASED', { part: `records/${name}` }));
    return { index: proof.index, at: entry.at, content: 'none' };
  }
  if (hashOf(hidden, Buffer.from(proof.salt, 'base64url')).toString('base64url') !== entry.record)
    broken(`records/${name}`, 'the record is not the one its entry hides');
  const record = parse<{ kind: string; party?: string; grade?: string; content?: { commitment: string; size: number } }>(hidden.text());
  if (!isObject(record)) {
    broken(`records/${name}`, 'it cannot be read');
    return undefined;
  }
  const { content } = proof;
  const file = content && files.get(content.file);
  if (content && file && hashOf(file, Buffer.from(content.salt, 'base64url')).toString('base64url') !== record.content?.commitment) {
    broken(content.file, `the bytes are not those that record ${proof.index} commits to`);
  }
  if (content && !file) broken(content.file, 'it is missing');
  const shown: VerifiedStep['content'] = record.content ? (content ? 'shown' : 'committed') : 'none';
  return {
    index: proof.index,
    at: entry.at,
    kind: record.kind,
    ...(record.party === undefined ? {} : { party: record.party }),
    ...(record.grade === undefined ? {} : { grade: record.grade }),
    content: shown,
  };
}

/** A proof, where the value has the form of one: a bundle may come from anybody. */
function asProof(value: unknown): Proof | undefined {
  if (!isObject(value)) return undefined;
  const { content, hashes, index, salt, size } = value as Partial<Proof>;
  const isContent = content === undefined || (isObject(content) && typeof content.file === 'string' && typeof content.salt === 'string');
  const isSized = Number.isSafeInteger(index) && Number.isSafeInteger(size) && size! > 0;
  const isPath = Array.isArray(hashes) && hashes.length <= 64 && hashes.every((each) => typeof each === 'string');
  return isContent && isSized && isPath && typeof salt === 'string' ? (value as unknown as Proof) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON, or undefined: what a changed byte made of it is reported by its hash. */
export function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
