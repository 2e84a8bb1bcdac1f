import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from './checkpoint.ts';
import type { Keys } from './keys.ts';
import { LogPublisher } from './log.ts';
import type { ReaderParts } from './read.ts';
import { parseEntry } from './receipt.ts';
import { StoreError } from './fault.ts';
import { frontierOf, rootOf, Tree } from './tree.ts';

/** What a start finds: the tree at its last checkpoint, and how far the files of the log go. */
export interface Recovered {
  readonly tree: Tree;
  readonly publisher: LogPublisher;
  readonly note: string | undefined;
  readonly lastAt: number;
}

/**
 * The ordinary first step after any end. The last checkpoint in the database must be signed by this log and cover
 * exactly the entries that are there; files that are missing or torn are made again; a checkpoint that was published, or
 * that this very process has `told`, and says more than the database shows that an older copy was put back. One that is whole
 * and that this log did not sign is no checkpoint of it: somebody has to look.
 */
export function recover({ db, folder, keys, tiles }: Pick<ReaderParts, 'db' | 'folder' | 'keys' | 'tiles'>, told?: string): Recovered {
  const size = db.prepare('select coalesce(max(idx) + 1, 0) from entry').pluck().get() as number;
  const note = db.prepare('select note from checkpoint order by size desc limit 1').pluck().get() as string | undefined;
  const broken = (message: string): StoreError => new StoreError('EVIDENCE_LOG_BROKEN', { folder, message });
  const opened = (signed: string | undefined): ReturnType<typeof openCheckpoint> =>
    signed === undefined ? undefined : openCheckpoint(signed, keys.log.verifierKey);
  const checkpoint = opened(note);
  if (note !== undefined && !checkpoint) throw broken('the last checkpoint is not signed by this log');
  const { checkpoint: published, isTorn } = publishedCheckpoint(folder, keys, broken);
  const known = opened(told);
  if (told !== undefined && !known) throw new StoreError('STORE_KEYS_WRONG', { folder });
  for (const given of [published, known])
    if (given && given.size > size) throw new StoreError('EVIDENCE_ROLLED_BACK', { folder, found: String(size), published: String(given.size) });
  if ((checkpoint?.size ?? 0) !== size) throw broken(`it covers ${checkpoint?.size ?? 0} entries, ${size} are there`);
  const frontier = (fromFiles: boolean): ReturnType<typeof frontierOf> => frontierOf(size, (level, i) => tiles.node(level, i, fromFiles));
  const publisher = new LogPublisher(tiles, isTorn ? 0 : (published?.size ?? 0));
  let found = frontier(true);
  if (checkpoint && !rootOf(size, found).equals(checkpoint.root)) {
    found = frontier(false);
    if (!rootOf(size, found).equals(checkpoint.root)) throw broken('the entries do not have the root it states');
    publisher.discard();
  }
  const rootAt = (entries: number): Buffer =>
    rootOf(
      entries,
      frontierOf(entries, (level, i) => tiles.node(level, i)),
    );
  for (const given of [published, known])
    if (given && !rootAt(given.size).equals(given.root)) throw broken(`the published checkpoint over ${given.size} entries has another root`);
  publisher.inspect(size);
  const last =
    size === 0
      ? undefined
      : (db
          .prepare('select leaf from entry where idx = ?')
          .pluck()
          .get(size - 1) as Buffer);
  return { tree: Tree.restore(size, found), publisher, note, lastAt: Date.parse(parseEntry(last?.toString() ?? '')?.at ?? '') || 0 };
}

interface Published {
  readonly checkpoint?: ReturnType<typeof openCheckpoint>;
  readonly isTorn?: boolean; // the file has to be made again, even where only its last byte is missing
}

/** Nothing where none was published. What cannot be read may say that more was published. */
function publishedCheckpoint(folder: string, keys: Keys, broken: (message: string) => StoreError): Published {
  let note: string;
  try {
    note = readFileSync(join(folder, 'log', 'checkpoint'), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw code === 'EACCES' || code === 'EPERM' ? new StoreError('STORE_READ_ONLY', { folder }, error) : error;
  }
  const checkpoint = openCheckpoint(note, keys.log.verifierKey);
  const isTorn = !isWhole.test(note);
  if (!checkpoint && !isTorn) throw broken('log/checkpoint is not signed by this log');
  return { checkpoint, isTorn };
}

/** A note has its signatures behind an empty line, and ends with a line: one that was cut, or ends in zeros, does not. */
const isWhole = /\n\n[^\n].*\n$/s;
