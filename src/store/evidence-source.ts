import { createSecretKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync, statSync, type Dirent } from 'node:fs';
import { basename, join } from 'node:path';
import { contentColumns } from './rows.ts';
import { closeRead, databaseFile, readDatabase, schemaChanges, type Db, type Statement } from './sqlite.ts';

/**
 * The evidence of a data folder as it lies there: rows and files, not yet believed. `verify-store.ts` works on this, so
 * that it needs no SQL and another database needs no other verifier. All rows are of one moment.
 */
export interface EvidenceSource {
  readonly verifierKey: string | undefined; // keys/log.vkey, else what the database states
  readonly statedKey: string | undefined; // what the database states
  readonly contentKey: KeyObject | undefined; // without it nothing sealed can be opened
  readonly publishedCheckpoint: string | undefined; // read before the rows, so never ahead of them
  damage(): readonly string[]; // what the database itself finds wrong with its pages
  entries(): Iterable<StoredEntry>;
  checkpoints(): Iterable<{ readonly size: number; readonly note: string }>;
  checkpointNote(size: number): string | undefined;
  contents(): Iterable<StoredContent>;
  content(owner: string, stage: string): StoredContent | undefined;
  pieceCount(no: number): number;
  piece(no: number, n: number): Buffer | undefined; // sealed
  orphans(): readonly number[]; // numbers of pieces that belong to no content
  inboxGaps(): readonly string[]; // parties whose numbers do not run from 1 without gaps
  inbox(): readonly { readonly party: string; readonly number: number; readonly owner: string; readonly stage: string }[];
  states(): readonly { readonly id: string; readonly interchange: string; readonly partner: string }[];
  given(): readonly { readonly message: string; readonly agency: string }[]; // outcomes that let an agency see a message
  jobs(): readonly { readonly id: number; readonly value: string }[]; // that may still run
  stagedAgain(): readonly string[]; // content that has a row and is marked as staged
  usedKeys(): Iterable<StoredKey>; // keys of duplicates, each with the content that used it
  stray(): readonly { readonly part: string; readonly message: string }[]; // rows of work that name what is not there
  hasState(id: string): boolean;
  sealedStates(): Iterable<{ readonly id: string; readonly detail: Buffer }>;
  runs(): readonly { readonly partner: string; readonly detail: Buffer }[]; // of references
  keyed(): Iterable<{ readonly message: string; readonly hashes: Buffer }>; // business keys, by message
  keyCount(): number; // of business keys
  hasKey(hash: Buffer, message: string): boolean;
  held(): readonly string[]; // what an operator keeps
  schemaChanges(): readonly { readonly name: string; readonly change: string }[]; // against what the program makes
  logFile(path: string): Buffer | undefined;
  lastWrites(): string; // where the entries written last are, and what is wrong there
  logFiles(): readonly string[]; // listed before the rows were read, so never ahead of them
  close(): void;
}

/** A public leaf, and the record under it. */
export interface StoredEntry {
  readonly idx: number;
  readonly leaf: Buffer;
  readonly owner: string;
  readonly salt: Buffer;
  readonly sealed: Buffer;
}

export interface StoredContent {
  readonly no: number;
  readonly owner: string;
  readonly stage: string;
  readonly media: string;
  readonly size: number;
  readonly salt: Buffer;
  readonly commitment: Buffer;
}

/** A row of `duplicate` or, without a sum, of `duplicate_apart`. */
export interface StoredKey {
  readonly hash: Buffer;
  readonly content: number;
  readonly until: number | null;
  readonly sum: number | null; // null: of a program that made none
  readonly isThere: number; // 1: there is such a content
}

const chunksOf = 2 ** 20;

/** Rows of work that name what is not there: where they stand, what they are called, and what is missing. */
const strays: readonly { readonly table: string; readonly rows: string; readonly message: string }[] = [
  {
    table: 'released',
    rows: `select 'released key of content number ' || content from released where content not in (select no from content)`,
    message: 'no content has that number',
  },
  { table: 'outcome', rows: `select distinct 'outcome of ' || message from outcome where message not in (select id from state)`, message: 'it has no state' },
  { table: 'filing', rows: `select distinct 'filing of ' || message from filing where message not in (select id from state)`, message: 'it has no state' },
  {
    table: 'key_of',
    rows: `select distinct 'business key of ' || message from key_of where path not in (select no from key_path)`,
    message: 'what it is a key of was changed',
  },
  { table: 'job', rows: `select 'job ' || id from job where not json_valid(value)`, message: 'what it is to do cannot be read' },
  {
    table: 'job',
    rows: `select 'job ' || id from job where json_valid(value) and json_extract(value, '$.content.owner') is not null
      and not exists (select 1 from content where owner = json_extract(value, '$.content.owner') and stage = json_extract(value, '$.content.stage'))`,
    message: 'the content that it is about is not there',
  },
];

/** Opens a data folder for verification, beside its owner or without one. Throws a StoreError where there is none. */
export function openEvidence(folder: string, read: (folder: string) => Db = readDatabase): EvidenceSource {
  const publishedCheckpoint = readText(join(folder, 'log', 'checkpoint'));
  const logFiles = filesBelow(join(folder, 'log')); // behind the checkpoint, which needs them, and before the rows: the owner may be writing both
  const db = read(folder);
  db.exec('begin');
  const keyText = readText(join(folder, 'keys', 'content.key'))?.trim();
  const stated = db.prepare("select value from meta where name = 'log.vkey'").pluck().get() as string | undefined;
  const checkpointNote = db.prepare('select note from checkpoint where size = ?').pluck();
  const content = db.prepare(`select ${contentColumns} from content where owner = ? and stage = ?`);
  const only = db.prepare('select sealed from content where no = ? and sealed is not null').pluck();
  const chunk = db.prepare('select sealed from chunk where id = ?').pluck();
  const chunkCount = db.prepare('select count(*) from chunk where id >= ? and id < ?').pluck();
  const tables = new Set(db.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[]); // an older store has not all of them
  const asked = (table: string, sql: string): unknown[] => (tables.has(table) ? db.prepare(sql).pluck().all() : []);
  let key: Statement | undefined;
  const state = db.prepare('select 1 from state where id = ?').pluck();
  /** Read in pages by key: an open cursor would keep the other statements waiting. */
  function* pages<Row extends object>(sql: string, key: keyof Row & string, start: string | number | Buffer, and = ''): Generator<Row> {
    const page = db.prepare(`${sql} where ${key} > ? ${and} order by ${key} limit 512`);
    const next = db.prepare(`${sql} where ${key} > ? ${and} order by ${key} limit 1`);
    let damaged: unknown;
    for (let after: unknown = start; ;) {
      let found: Row[];
      try {
        found = (damaged ? next : page).all(after) as Row[];
      } catch (error) {
        if (damaged) throw error;
        damaged = error; // one by one, up to the one that cannot be read
        continue;
      }
      yield* found;
      const last = found.at(-1);
      if (!last) return;
      after = last[key];
    }
  }
  return {
    verifierKey: readText(join(folder, 'keys', 'log.vkey'))?.trim() ?? stated,
    statedKey: stated,
    contentKey: keyText !== undefined && /^[0-9a-f]{64}$/.test(keyText) ? createSecretKey(Buffer.from(keyText, 'hex')) : undefined,
    publishedCheckpoint,
    damage: () => (db.pragma('integrity_check(20)') as { integrity_check: string }[]).map((row) => row.integrity_check).filter((line) => line !== 'ok'),
    entries: () => pages('select * from entry', 'idx', Number.MIN_SAFE_INTEGER),
    checkpoints: () => pages('select size, note from checkpoint', 'size', Number.MIN_SAFE_INTEGER),
    checkpointNote: (size) => checkpointNote.get(size) as string | undefined,
    contents: () => pages(`select ${contentColumns} from content`, 'no', Number.MIN_SAFE_INTEGER),
    content: (owner, stage) => content.get(owner, stage) as StoredContent | undefined,
    pieceCount: (no) => (only.get(no) === undefined ? 0 : 1) + (chunkCount.get(no * chunksOf, (no + 1) * chunksOf) as number),
    piece: (no, n) => ((n === 0 ? only.get(no) : undefined) ?? chunk.get(no * chunksOf + n)) as Buffer | undefined,
    orphans: () =>
      db
        .prepare(`select distinct id / ${chunksOf} from chunk where id / ${chunksOf} not in (select no from content union select no from staged)`)
        .pluck()
        .all() as number[],
    inboxGaps: () => db.prepare('select party from inbox group by party having count(*) <> max(number) or min(number) <> 1').pluck().all() as string[],
    inbox: () => db.prepare('select party, number, owner, stage from inbox').all() as ReturnType<EvidenceSource['inbox']>,
    states: () => db.prepare('select id, interchange, partner from state where partner is not null').all() as ReturnType<EvidenceSource['states']>,
    given: () =>
      db
        .prepare("select message, agency from outcome where state in ('sent', 'delivered', 'acknowledged', 'accepted', 'partly', 'rejected')")
        .all() as ReturnType<EvidenceSource['given']>,
    jobs: () => db.prepare("select id, value from job where state <> 'dead'").all() as ReturnType<EvidenceSource['jobs']>,
    stagedAgain: () => db.prepare("select owner || '/' || stage from content where no in (select no from staged)").pluck().all() as string[],
    *usedKeys() {
      const isThere = 'exists (select 1 from content where no = d.content) as isThere';
      const hasSum = asked('duplicate', "select 1 from pragma_table_info('duplicate') where name = 'sum'").length > 0;
      yield* pages<StoredKey>(`select hash, content, until, ${hasSum ? 'sum' : 'null as sum'}, ${isThere} from duplicate d`, 'hash', Buffer.alloc(0));
      if (tables.has('duplicate_apart'))
        yield* pages<StoredKey>(`select hash, content, until, null as sum, ${isThere} from duplicate_apart d`, 'hash', Buffer.alloc(0));
    },
    stray: () => strays.flatMap(({ table, rows, message }) => (asked(table, rows) as string[]).map((part) => ({ part, message }))),
    hasState: (id) => state.get(id) !== undefined,
    sealedStates: () => pages('select id, detail from state', 'id', '', 'and detail is not null'),
    runs: () => (tables.has('run') ? (db.prepare('select partner, detail from run').all() as ReturnType<EvidenceSource['runs']>) : []),
    keyed: () => (tables.has('keyed') ? pages('select message, hashes from keyed', 'message', '') : []),
    keyCount: () => (asked('key_of', 'select count(*) from key_of')[0] ?? 0) as number,
    hasKey: (hash, message) => (key ??= db.prepare('select 1 from key_of where hash = ? and message = ? limit 1').pluck()).get(hash, message) !== undefined,
    held: () => asked('hold', 'select message from hold') as string[],
    schemaChanges: () => schemaChanges(db),
    logFile: (path) => readBytes(join(folder, 'log', path)),
    lastWrites: () => lastWrites(databaseFile(folder), db.pragma('page_size', { simple: true }) as number),
    logFiles: () => logFiles,
    close: () => closeRead(db),
  };
}

/** The write-ahead log holds what was written last: a head of 32 bytes, then pages with 24 bytes before each. What is cut off it never was, for SQLite. */
function lastWrites(file: string, page: number): string {
  const name = `${basename(file)}-wal`;
  const size = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  return size > 0 && (size - 32) % (page + 24) !== 0
    ? `${name}, which holds what was written last, ends within a page at byte ${size}: it was cut short`
    : `an older copy was put back, or ${name}, which holds what was written last, was cut short or taken away`;
}

/** Files below a folder, by their paths in it. What goes meanwhile, as a partial tile does that became full, is not there. */
function filesBelow(folder: string, within = ''): string[] {
  return entriesOf(join(folder, within)).flatMap((each) => {
    const path = within === '' ? each.name : `${within}/${each.name}`;
    return each.isDirectory() ? filesBelow(folder, path) : each.isFile() ? [path] : [];
  });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readText(path: string): string | undefined {
  return readBytes(path)?.toString('utf8');
}

function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
