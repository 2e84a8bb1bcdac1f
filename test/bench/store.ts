import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store/open.ts';
import { sealedSize } from '../../src/store/seal.ts';
import { openDatabase } from '../../src/store/sqlite.ts';
import type { Batch } from '../../src/store/store.ts';
import { row, type Row } from './measure.ts';

const body = randomBytes(4096);
const inFlight = 64;
const milliseconds = 1_000;

/**
 * Durable appends a second with 64 in flight (4 KB each: content, record, entry, duplicate key, state, job; sealed,
 * hashed, in the tree, signed) against SQLite alone writing the same rows with the same number of bytes, in batches of
 * 64, in the same schema under the same pragmas. Budget: 0.6.
 */
export async function run(rounds: number): Promise<readonly Row[]> {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const bare = sqliteAlone();
    ratios.push((await appends()) / bare);
  }
  return [row('store append, 64 in flight', 'SQLite alone, same rows and bytes, batches of 64', 0.6, ratios)];
}

/** Appends a second. */
async function appends(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
  const store = openStore({ folder, origin: 'bench.invalid/log' });
  let n = 0;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (performance.now() - started < milliseconds) (await store.commit(intake(n++))).receipt();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const rate = (n / (performance.now() - started)) * 1_000;
  await store.close();
  rmSync(folder, { recursive: true });
  return rate;
}

function intake(n: number): Batch {
  const owner = `01J${String(n).padStart(23, '0')}`;
  const content = { owner, stage: 'original' };
  return {
    duplicates: [{ key: `carrier\0gateway\0${n}`, content }],
    contents: [{ ...content, media: 'application/edifact', bytes: body }],
    records: [{ kind: 'received', interchange: owner, party: 'carrier', grade: 'D', content, detail: { reference: 'x', channel: 'http' } }],
    states: [{ id: owner, interchange: owner, state: 'received', partner: 'carrier' }],
    jobs: { add: [{ kind: 'translate', owner, value: { content: `${owner}/original` } }] },
  };
}

/** Rows a second of the same kinds and sizes, without hashing, sealing, tree or signature. */
function sqliteAlone(): number {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
  const db = openDatabase(folder);
  const statements = {
    content: db.prepare('insert into content values (?, ?, ?, ?, ?, ?, ?, ?)'),
    entry: db.prepare('insert into entry values (?, ?, ?, ?, ?)'),
    checkpoint: db.prepare('insert into checkpoint values (?, ?)'),
    duplicate: db.prepare('insert into duplicate values (?, ?, null, ?)'),
    state: db.prepare("insert into state (id, interchange, state, partner, received, updated) values (?, ?, 'received', 'carrier', ?, ?)"),
    job: db.prepare("insert into job (id, kind, value, owner, state, due, attempts, created) values (?, 'translate', ?, ?, 'ready', ?, 0, ?)"),
  };
  const random = randomBytes(32 * 4096);
  const sealedBody = randomBytes(sealedSize(4096));
  const sealedRecord = randomBytes(sealedSize(302));
  const leaf = randomBytes(95);
  const blob = (n: number, size: number): Buffer => random.subarray((n % 4096) * 32, (n % 4096) * 32 + size);
  const begin = db.prepare('begin immediate');
  const commit = db.prepare('commit');
  let n = 0;
  const started = performance.now();
  while (performance.now() - started < milliseconds) {
    begin.run();
    for (let i = 0; i < inFlight; i++, n++) {
      const owner = `01J${String(n).padStart(23, '0')}`;
      const hash = Buffer.from(blob(n, 16)); // spread like an HMAC, a hundred references beside each other
      hash.set(blob(Math.floor(n / 100), 6));
      hash.writeUInt32LE(n, 12);
      statements.content.run(n, owner, 'original', 'application/edifact', 4096, blob(n, 32), blob(n + 1, 32), sealedBody);
      statements.entry.run(n, leaf, owner, blob(n + 2, 32), sealedRecord);
      statements.duplicate.run(hash, n, n);
      statements.state.run(owner, owner, n, n);
      statements.job.run(n, `{"content":"${owner}/original"}`, owner, n, n);
    }
    statements.checkpoint.run(n, 'x'.repeat(220));
    commit.run();
  }
  const rate = (n / (performance.now() - started)) * 1_000;
  db.close();
  rmSync(folder, { recursive: true });
  return rate;
}
