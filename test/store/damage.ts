import Database from 'better-sqlite3';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { hasError } from '../../src/diagnostics/diagnostic.ts';
import { openBundle, wholeView } from '../../src/store/bundle.ts';
import { openEvidence } from '../../src/store/evidence-source.ts';
import type { CommitStep } from '../../src/store/commit.ts';
import { openStore } from '../../src/store/open.ts';
import type { Batch, ReadStore, Store } from '../../src/store/store.ts';
import { sourceOf } from '../../src/store/verify-archive.ts';
import { verifyStore } from '../../src/store/verify-store.ts';
import { verifyBundle, type Verification } from '../../src/store/verify.ts';

/** Numbers that look random and come again with the same seed (mulberry32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A bundle in memory. */
export async function wholeBundle(store: ReadStore, id: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await openBundle(store, id, wholeView('auditor'))).chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An intake as the gateway makes it. */
export function intakeOf(id: string, bytes: Uint8Array, key = id): Batch {
  const content = { owner: id, stage: 'original' };
  return {
    duplicates: [{ key, content }],
    contents: [{ ...content, media: 'application/edifact', bytes }],
    records: [{ kind: 'received', interchange: id, party: 'carrier', grade: 'D', content, detail: { reference: key } }],
    states: [{ id, interchange: id, state: 'received', partner: 'carrier' }],
    jobs: { add: [{ kind: 'translate', value: { content: `${id}/original` }, owner: id }] },
  };
}

/** An outcome: the canonical form, one output, a delivery. */
export function outcomeOf(id: string, job: number): Batch {
  const message = `${id}-1`;
  const output = { owner: message, stage: 'customs' };
  return {
    contents: [
      { owner: message, stage: 'canonical', media: 'application/json', bytes: Buffer.from(`{"of":"${id}"}`) },
      { ...output, media: 'application/xml', bytes: Buffer.from(`<Declaration>${id}</Declaration>`) },
    ],
    records: [
      { kind: 'translated', interchange: id, message, content: { owner: message, stage: 'canonical' }, detail: { plan: 'sha256:0' } },
      { kind: 'translated', interchange: id, message, party: 'customs', content: output },
    ],
    states: [
      { id: message, interchange: id, state: 'translated', partner: 'carrier', type: 'CUSCAR', agencies: { customs: 'waiting' }, detail: { losses: [] } },
    ],
    keys: [{ message, kind: 'bill', path: 'Consignment/TransportContractDocument/ID', value: `BILL-${id}` }],
    jobs: { done: [job], add: [{ kind: 'deliver', owner: message, value: { party: 'customs', content: output } }] },
  };
}

/** One message from intake to mailbox, as the gateway leads it; what was done before is not done again. `after` sees what a fault left. */
export async function walk(
  folder: string,
  onStep: (step: CommitStep) => void = () => undefined,
  after: (store: Store) => Promise<void> = async () => undefined,
): Promise<unknown> {
  const store = openStore({ folder, origin: 'portolan.test/log', onStep });
  const fault = await steps(store).catch((error: unknown) => error);
  if (fault !== undefined) await after(store);
  await store.close();
  return fault;
}

async function steps(store: Store): Promise<void> {
  await store.commit(intakeOf('01A', Buffer.from('UNB+')));
  for (const job of await store.claim(['translate'], 1)) await store.commit(outcomeOf(job.owner!, job.id));
  for (const job of await store.claim(['deliver'], 1)) {
    const content = { owner: job.owner!, stage: 'customs' };
    await store.commit({
      inbox: [{ party: 'customs', key: `${job.owner!}/customs`, kind: 'message', content, message: job.owner! }],
      records: [{ kind: 'sent', interchange: '01A', message: job.owner!, party: 'customs', content }],
      jobs: { done: [job.id] },
    });
  }
}

/** A closed store with some 290 entries (a full tile and a part of one), a body of two pieces, and an erased interchange. */
export async function sampleStore(folder = mkdtempSync(join(tmpdir(), 'portolan-damage-'))): Promise<string> {
  let now = Date.UTC(2026, 0, 1);
  const store = openStore({ folder, clock: () => now++, origin: 'portolan.test/log' });
  await store.commit({ records: Array.from({ length: 168 }, (_, n) => ({ kind: 'read', party: 'auditor', detail: n }) as const) });
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 4 }, (_, i) => store.commit(intakeOf(`01J${round * 4 + i}`, Buffer.from(`UNB+${round}+${i}'`)))));
    await Promise.all((await store.claim(['translate'], 4)).map((job) => store.commit(outcomeOf(job.owner!, job.id))));
  }
  await store.commit(intakeOf('01JBIG', Buffer.alloc(1_100_000, 'segment')));
  await store.commit({
    holds: [{ message: '01J7-1', held: true }],
    records: [{ kind: 'hold', interchange: '01J7', message: '01J7-1' }],
    runs: [{ key: 'carrier', partner: 'carrier', detail: { next: 7 } }],
  });
  await store.commit({ erase: [{ owner: '01J3', what: 'content' }], records: [{ kind: 'erased', refs: [{ kind: 'content', id: '01J3' }] }] });
  await store.close();
  return folder;
}

export function verifyFolder(folder: string): ReturnType<typeof verifyStore> {
  const source = openEvidence(folder);
  try {
    return verifyStore(source);
  } finally {
    source.close();
  }
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** What one flipped bit hit, and what the verifier said about it. */
export interface Flip {
  readonly what: string; // for whoever reads the test's output
  readonly names: RegExp; // what a finding must name
  readonly found: readonly string[]; // the findings: `part: message`
}

const columns = {
  content: ['no', 'owner', 'stage', 'media', 'size', 'salt', 'commitment', 'sealed'],
  chunk: ['id', 'sealed'],
  entry: ['idx', 'leaf', 'owner', 'salt', 'sealed'],
  checkpoint: ['size', 'note'],
  duplicate: ['hash', 'content', 'sum'],
  state: ['id', 'interchange', 'partner', 'detail'],
  outcome: ['message'],
  key_of: ['hash', 'message', 'path'],
  keyed: ['message', 'hashes'],
  hold: ['message'],
  run: ['detail', 'partner'],
} as const;

type Table = keyof typeof columns;

/** Flips a bit of a closed store, verifies, and flips it back. */
export function flipStore(folder: string, draw: (below: number) => number): Flip {
  const targets = [...Object.keys(columns), 'file', 'file'];
  const target = targets[draw(targets.length)]!;
  return target === 'file' ? flipFile(folder, draw) : flipRow(folder, target as Table, draw);
}

function flipFile(folder: string, draw: (below: number) => number): Flip {
  const log = join(folder, 'log');
  const files = readdirSync(log, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
  const path = files[draw(files.length)]!;
  const bytes = readFileSync(path);
  const bit = draw(bytes.length * 8);
  writeFileSync(path, flipped(bytes, bit));
  const found = messages(verifyFolder(folder).findings);
  writeFileSync(path, bytes);
  const name = relative(folder, path);
  return { what: `bit ${bit} of ${name}`, names: new RegExp(`^${escape(name)}: `), found };
}

function flipRow(folder: string, table: Table, draw: (below: number) => number): Flip {
  const db = new Database(join(folder, 'portolan.db'));
  try {
    const column = columns[table][draw(columns[table].length)]!;
    const rows = db.prepare(`select * from ${table} where length(${column}) > 0`).all() as Record<string, unknown>[]; // what was erased is empty
    const row = rows[draw(rows.length)]!;
    const key = columns[table][0];
    const others = table === 'outcome' ? ` and agency = '${String(row['agency'])}'` : table === 'key_of' && column !== 'message' ? ` and message = '${String(row['message'])}'` : ''; // prettier-ignore
    const value = row[column];
    const bit = draw(typeof value === 'number' ? 40 : Buffer.from(value as string).length * 8);
    const changed = typeof value === 'number' ? value ^ bit || value + 2 ** bit : flipped(Buffer.from(value as string), bit);
    const number = typeof value === 'number' ? value + (Math.floor(value / 2 ** bit) % 2 === 0 ? 1 : -1) * 2 ** bit : undefined;
    const set = (to: unknown, where: unknown): void => {
      const as = (old: unknown): string => (typeof old === 'string' ? 'cast(? as text)' : '?');
      db.prepare(`update or rollback ${table} set ${column} = ${as(value)} where ${key} = ${as(row[key])}${others}`).run(to, where);
    };
    try {
      set(number ?? changed, row[key]);
    } catch {
      return flipRow(folder, table, draw); // the place is taken: no such damage can be
    }
    const found = messages(verifyFolder(folder).findings);
    set(typeof value === 'string' ? Buffer.from(value) : value, column === key ? (number ?? changed) : row[key]);
    return { what: `bit ${bit} of ${table}.${column} where ${key} = ${String(row[key])}`, names: namesOf(db, table, column, row), found };
  } finally {
    db.close();
  }
}

/** How a finding names what a row is. */
function namesOf(db: Database.Database, table: Table, column: string, row: Record<string, unknown>): RegExp {
  const name = (text: string): RegExp => new RegExp(`^${text}: `);
  if (working.has(table)) return working.get(table)!(row);
  // Of what was erased nothing is sealed under its number; what used a key is known by it.
  if (table === 'content' && column === 'no' && (row['salt'] as Buffer).length === 0) return name(`duplicate key of content number ${String(row['no'])}`);
  if (table === 'content') return name(`content ${escape(`${String(row['owner'])}/${String(row['stage'])}`)}`);
  if (table === 'chunk') {
    const content = db.prepare('select owner, stage from content where no = ?').get(Math.floor(Number(row['id']) / 2 ** 20)) as {
      owner: string;
      stage: string;
    };
    return name(`content ${escape(`${content.owner}/${content.stage}`)}`);
  }
  if (table === 'checkpoint') return new RegExp(`^checkpoint over (${String(row['size'])} entries: |.*it states ${String(row['size'])}$)`);
  return name(`${column === 'idx' || column === 'leaf' ? 'entry' : 'record'} ${String(row['idx'])}`);
}

const at = (part: string): RegExp => new RegExp(`^${part}: `);

/** Rows of work, of which a finding may name what they are about. */
const working: ReadonlyMap<string, (row: Record<string, unknown>) => RegExp> = new Map<string, (row: Record<string, unknown>) => RegExp>([
  ['duplicate', () => at('duplicate key of content number \\d+')],
  ['state', ({ id }) => at(`state of ${escape(String(id))}`)],
  ['outcome', () => at('outcome of [^]+')],
  ['key_of', ({ message }) => at(`business keys? of ${escape(String(message))}`)],
  ['keyed', () => at('business keys of [^]+')],
  ['hold', ({ message }) => at(`hold of ${escape(String(message))}`)],
  ['run', () => at('run of references of [^]+')],
]);

function messages(findings: Verification['findings']): string[] {
  return hasError(findings) ? findings.map(({ args }) => `${args['part'] ?? args['offset']}: ${args['message'] ?? ''}`) : [];
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

export interface Bundle {
  readonly bytes: Buffer;
  readonly key: string;
  partAt(offset: number): Part;
}

interface Part {
  readonly end: number;
  readonly file: string; // '' in the directory
  readonly names: RegExp;
}

/** The bundle of one interchange of the sample store, and where its parts lie. */
export async function sampleBundle(folder: string): Promise<Bundle> {
  const store = openStore({ folder });
  const bytes = await wholeBundle(store, '01J5');
  const key = store.verifierKey;
  await store.close();
  const parts: Part[] = [];
  let at = 0;
  while (bytes.readUInt32LE(at) === 0x04034b50) {
    const start = at + 30 + bytes.readUInt16LE(at + 26);
    const file = bytes.toString('latin1', at + 30, start);
    parts.push({ end: start, file, names: new RegExp(`header of ${escape(file)}`) });
    at = start + bytes.readUInt32LE(at + 18);
    parts.push({ end: at, file, names: new RegExp(escape(file)) });
  }
  parts.push({ end: bytes.length, file: '', names: /directory|end of the archive/ });
  return { bytes, key, partAt: (offset) => parts.find((part) => offset < part.end)! };
}

export function flipBundle(bundle: Bundle, draw: (below: number) => number): Flip & { readonly flipped: Buffer; readonly file: string } {
  const bit = draw(bundle.bytes.length * 8);
  const changed = flipped(bundle.bytes, bit);
  const { findings } = verifyBundle(sourceOf(changed));
  const found = hasError(findings) ? findings.map(({ args }) => `${args['part'] ?? ''}: ${args['message'] ?? `byte ${args['offset']}`}`) : [];
  const { names, file } = bundle.partAt(bit >> 3);
  return { what: `bit ${bit} of the bundle`, names, found, flipped: changed, file };
}
