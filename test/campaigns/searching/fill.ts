import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Committer } from '../../../src/store/commit.ts';
import { makeKeys, readKeys } from '../../../src/store/keys.ts';
import { TileReader } from '../../../src/store/log.ts';
import { Preparer } from '../../../src/store/prepare.ts';
import { verifyReceipt } from '../../../src/store/receipt.ts';
import { entrySource } from '../../../src/store/rows.ts';
import { pooled, Sealer } from '../../../src/store/seal.ts';
import { databaseFile, openDatabase } from '../../../src/store/sqlite.ts';
import { frontierOf, Tree } from '../../../src/store/tree.ts';
import { Writes } from '../../../src/store/writes.ts';
import type { Committed } from '../../../src/store/store.ts';
import { interchange, perInterchange } from './messages.ts';

const atOnce = 128; // interchanges of a commit

/**
 * Fills a store by its own commits: sealed, keyed, in the log and signed as in earnest. What is left out is the waiting for the disk after
 * each, and the files of the log, which are derived. Goes on where it was when the process ended; gives the seconds it took.
 */
export async function fill(folder: string, count: number): Promise<number> {
  const began = performance.now();
  if (!existsSync(databaseFile(folder))) makeKeys(folder, 'portolan.test/search', randomBytes);
  const keys = readKeys(folder);
  const db = openDatabase(folder);
  db.prepare("insert or replace into meta (name, value) values ('log.vkey', ?)").run(keys.log.verifierKey);
  for (const pragma of ['journal_mode = truncate', 'synchronous = off', 'cache_size = -2000000', 'secure_delete = off']) db.pragma(pragma);
  const random = pooled(randomBytes);
  const tiles = new TileReader(folder, entrySource(db));
  const writes = new Writes(db);
  const size = writes.entries.get() as number;
  const tree = Tree.restore(
    size,
    frontierOf(size, (level, i) => tiles.node(level, i, false)),
  );
  const never = (): never => {
    throw new Error('nothing is asked of the store while it is filled');
  };
  const committer = new Committer({
    db,
    writes,
    folder,
    tree,
    preparer: new Preparer(new Sealer(keys.content, random), random, never, () => writes.nextContent()),
    signer: keys.log,
    index: keys.index,
    clock: Date.now,
    lastAt: Date.now(),
    read: { pieces: never, receipt: never },
    onLeaf: () => undefined,
    onCommit: () => undefined,
  });
  const last = Math.ceil(count / perInterchange);
  for (let next = size / (perInterchange + 1); next < last; next += atOnce) {
    const some = Array.from(
      { length: Math.min(atOnce, last - next) },
      (_, i) => new Promise<Committed>((resolve, reject) => committer.take(interchange(next + i), resolve, reject)),
    );
    const committed = await Promise.all(some);
    for (const { verdict } of committed) if (verdict !== 'first') throw new Error(`it was committed as ${verdict}`);
    const proof = verifyReceipt(committed.at(-1)!.receipt(perInterchange), keys.log.verifierKey);
    if ('broken' in proof) throw new Error(`the receipt of ${next} has a broken ${proof.broken}`);
    const messages = (next + some.length) * perInterchange;
    const before = next * perInterchange;
    if (Math.floor(messages / 500_000) > Math.floor(before / 500_000)) process.stderr.write(`${messages} messages, ${((performance.now() - began) / 1000).toFixed(0)} s\n`); // prettier-ignore
  }
  committer.close();
  db.close();
  return (performance.now() - began) / 1_000;
}
