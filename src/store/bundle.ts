import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { canonicalJson } from './canonical.ts';
import { StoreError } from './fault.ts';
import type { Receipt } from './receipt.ts';
import { contentName, type ContentId, type EvidenceRecord, type ReadStore, type Step } from './store.ts';
import { mostBytes, mostFiles, zip, type Zip, type ZipFile } from './zip.ts';

/** For whom a bundle is made, and what that party may see. What it may not see is not in the bundle, or only as its commitment. */
export interface BundleView {
  readonly party: string;
  readonly step: (step: Step) => boolean; // may this step be disclosed?
  readonly record: (record: EvidenceRecord) => boolean; // may the record of such a step?
  readonly content: (id: ContentId) => boolean; // may these bytes be handed out?
}

/** Whoever may see all. */
export const wholeView = (party: string): BundleView => ({ party, step: () => true, record: () => true, content: () => true });

/**
 * The evidence of an interchange or message as one file that verifies offline. The same store, subject and view give the
 * same bytes. They are made as they are asked for: a content is read once to be hashed, and again to be handed out, so that
 * memory does not grow with it.
 *
 *   README.txt             what this is and how to check it without us
 *   manifest.json          RFC 8785: what it is about, and the SHA-256 and size of every other file
 *   manifest.note          the signature over it (C2SP signed note)
 *   checkpoint             the signed root of the log that all proofs lead to
 *   certificates/log.vkey  the key of the log
 *   custody.txt            the steps as a table
 *   entries/N.json         the public leaf at index N
 *   records/N.json         the record that the leaf hides; absent where erased, or not for this party
 *   proofs/N.json          salts and audit path, and which content belongs to the step
 *   content/…              the bytes
 *   verify.mjs             a verifier that needs nothing but Node
 */
export async function openBundle(store: ReadStore, subject: string, view: BundleView): Promise<Zip> {
  const size = await store.size();
  const checkpoint = size === 0 ? undefined : await store.checkpoint(size);
  const steps = (await store.timeline(subject)).filter((step) => step.index < size && view.step(step));
  if (checkpoint === undefined || steps.length === 0) throw new StoreError('EVIDENCE_NOTHING', { subject });
  const files: BundleFile[] = [];
  const room = roomFor(subject, aroundSteps + steps.reduce((sum, { record }) => sum + (record ? 3 : 2), 0));
  const add = (name: string, text: string | Uint8Array): number => files.push(wholeFile(name, Buffer.from(text)));
  const contents = new Map<string, string>(); // content → its file in the bundle
  const told: ToldStep[] = [];
  for (const [i, each] of steps.entries()) {
    if (i % turn === turn - 1) await setImmediate(); // others have their turn
    const receipt = await store.receipt(each.index, size);
    if (!receipt) throw new StoreError('EVIDENCE_NOTHING', { subject });
    const step = receipt.record === '' ? { ...each, record: undefined } : each; // it may have been erased since it was read
    const isShown = step.record !== undefined && view.record(step.record);
    told.push({ ...step, isShown });
    const number = numbered(step.index);
    const content = isShown && step.record?.content ? await shownContent(store, step.record.content, view, contents, files, room) : undefined;
    add(`entries/${number}.json`, receipt.entry);
    if (isShown) add(`records/${number}.json`, receipt.record);
    add(`proofs/${number}.json`, proofFile(isShown || !step.record ? receipt : { ...receipt, salt: '' }, size, content));
  }
  add('checkpoint', checkpoint);
  add('certificates/log.vkey', `${store.verifierKey}\n`);
  add('custody.txt', custodySheet(store, subject, told, contents, checkpoint));
  add('README.txt', readme(store.origin, subject, view.party));
  add('verify.mjs', verifierScript());
  const listed = Object.fromEntries(files.map(({ name, sha256, size: length }) => [name, { sha256: sha256.toString('base64url'), size: length }]));
  const manifest = canonicalJson({ files: listed, for: view.party, origin: store.origin, size, subject, v: 1 });
  const { sha256 } = files[add('manifest.json', manifest) - 1]!;
  add('manifest.note', store.signManifest(sha256));
  return zip(files);
}

/** A step of the bundle, and whether its record is in it. */
interface ToldStep extends Step {
  readonly isShown: boolean;
}

const aroundSteps = 7; // files: checkpoint, key, custody sheet, README, verifier, manifest and its note
const turn = 50; // steps that are proved before others have their turn

/** Takes room for so many files more, with so many bytes. Throws a StoreError where there is none. */
type Room = (files: number, bytes: number) => void;

/** What a bundle has room for, asked before anything is proved or read: what is around a content is short. */
function roomFor(subject: string, files: number): Room {
  const [all, around] = [{ files: 0, bytes: 0 }, 4_096];
  const room: Room = (more, bytes) => {
    all.files += more;
    all.bytes += bytes + more * around;
    if (all.files > mostFiles || all.bytes > mostBytes) throw new StoreError('EVIDENCE_TOO_LARGE', { subject });
  };
  room(files, 0);
  return room;
}

/** The script that verifies a bundle alone: it travels in each bundle. */
export function verifierScript(): Buffer {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, 'bin', 'verify-bundle.mjs');
    if (existsSync(path)) return readFileSync(path);
    if (folder === dirname(folder)) throw new Error('bin/verify-bundle.mjs is missing from this installation');
  }
}

interface BundleFile extends ZipFile {
  readonly sha256: Buffer;
}

const wholeFile = (name: string, bytes: Uint8Array): BundleFile => ({ name, ...digestOf([bytes]), chunks: () => [bytes] });

interface Digest {
  readonly size: number;
  readonly crc: number;
  readonly sha256: Buffer;
}

function digestOf(chunks: Iterable<Uint8Array>): Digest {
  const digest = new Digester();
  for (const chunk of chunks) digest.update(chunk);
  return digest.end();
}

class Digester {
  readonly #sha256 = createHash('sha256');
  #size = 0;
  #crc = 0;

  update(chunk: Uint8Array): void {
    this.#sha256.update(chunk);
    this.#crc = crc32(chunk, this.#crc);
    this.#size += chunk.length;
  }

  end(): Digest {
    return { size: this.#size, crc: this.#crc, sha256: this.#sha256.digest() };
  }
}

/** Adds a content once. Gives its file and salt; undefined where it may not be seen or was erased. */
async function shownContent(
  store: ReadStore,
  id: ContentId,
  view: BundleView,
  contents: Map<string, string>,
  files: BundleFile[],
  room: Room,
): Promise<{ file: string; salt: string } | undefined> {
  const info = await store.contentInfo(id);
  if (!info || info.erased || !view.content(id)) return undefined;
  const known = contents.get(contentName(id));
  if (known !== undefined) return { file: known, salt: info.salt };
  room(1, info.size);
  const file = `content/${String(contents.size + 1).padStart(3, '0')}-${id.stage.replace(/[^A-Za-z0-9.-]/g, '_')}`;
  const digest = new Digester();
  for await (const chunk of store.contentChunks(id)) digest.update(chunk);
  const told = digest.end();
  if (told.size !== info.size) return undefined; // erased since
  contents.set(contentName(id), file);
  files.push({ name: file, ...told, chunks: () => sameAgain(store, id, told.size) });
  return { file, salt: info.salt };
}

/** The content again. Where it was erased between the two readings, there is no bundle. */
async function* sameAgain(store: ReadStore, id: ContentId, size: number): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of store.contentChunks(id)) {
    read += chunk.length;
    yield chunk;
  }
  if (read !== size) throw new StoreError('EVIDENCE_NOTHING', { subject: contentName(id) });
}

function proofFile(receipt: Receipt, size: number, content: { file: string; salt: string } | undefined): string {
  return canonicalJson({ ...(content ? { content } : {}), hashes: receipt.proof, index: receipt.index, salt: receipt.salt, size });
}

/** Zero-padded, so that the order of names is the order of the log. */
function numbered(index: number): string {
  return String(index).padStart(10, '0');
}

function custodySheet(store: ReadStore, subject: string, steps: readonly ToldStep[], contents: ReadonlyMap<string, string>, checkpoint: string): string {
  const rows = steps.map(({ index, at, record, isShown }) => [
    String(index),
    at,
    record?.kind ?? '(erased)',
    ...(isShown || !record
      ? [record?.party ?? '', record?.grade ?? '', describeContent(record, contents), describeRefs(record)]
      : ['', '', '(record not shown)', '']),
  ]);
  const table = [['entry', 'time (UTC)', 'step', 'party', 'grade', 'bytes', 'refers to'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return `Custody of ${subject}\nLog ${store.origin}\n\n${lines.join('\n')}\n\nCheckpoint\n\n${checkpoint}`;
}

function describeContent(record: EvidenceRecord | undefined, contents: ReadonlyMap<string, string>): string {
  if (!record?.content) return '';
  const { size, commitment } = record.content;
  return `${contents.get(contentName(record.content)) ?? `not shown, commitment ${commitment}`} (${size} bytes)`;
}

function describeRefs(record: EvidenceRecord | undefined): string {
  return (record?.refs ?? []).map(({ kind, id }) => `${kind} ${id}`).join(', ');
}

function readme(origin: string, subject: string, party: string): string {
  return `EVIDENCE OF ${subject}
made for ${party} by the gateway whose log is named ${origin}

WHAT THIS IS
Each step of this message (received, translated, delivered …) is a record. When the step happened, the gateway put a
blinded hash of the record into a public log that can only grow. This archive holds the records that ${party} may see,
the bytes they are about as far as it may see them, and the proof that each record is in the log. Where a record is
missing it was erased, or holds names or words of others: what is left proves that there was one, and when.

CHECK IT
With Node (https://nodejs.org), and nothing else, in the folder of this archive:

    unzip evidence.zip verify.mjs
    node verify.mjs evidence.zip

Whoever does not trust a verifier that came with the evidence takes bin/verify-bundle.mjs from the source of Portolan, or
follows the steps below with tools of their own.

COMPARE THE KEY
certificates/log.vkey says who signed. Compare it with the key that the operator of the gateway publishes, or that a
witness of the log knows. Everything below shows that the holder of this key said so, not who the holder is.

CHECK IT BY HAND
N is the number of a step. Base64url has no padding; SHA-256 of "a, b" means of a's bytes followed by b's.
1  manifest.note is a signed note (c2sp.org/signed-note, Ed25519). Its second line is the SHA-256 of manifest.json in
   base64. manifest.json lists every other file with its SHA-256 in base64url.
2  "record" in entries/N.json is the base64url SHA-256 of: the salt of proofs/N.json (decoded), records/N.json.
3  Where proofs/N.json names a content file: "content.commitment" in records/N.json is the base64url SHA-256 of: its salt
   (decoded), the file. Without a file the commitment stands for bytes that are not shown here.
4  The leaf is the SHA-256 of: one byte 00, entries/N.json. With "hashes" of proofs/N.json it leads to the root hash of
   the checkpoint as RFC 6962, section 2.1.1 says, at "index" in a tree of "size".
5  checkpoint is a signed note: the name of the log, the size, the root hash.
6  The times are the gateway's own. A time-stamp of an authority, where there is one, is in timestamps/.
`;
}
