import type { PreparedContent } from './prepare.ts';
import { addLate, neededBy, settleRetention } from './retention.ts';
import type { Db, Statement } from './sqlite.ts';
import { addVolumes, uncounted } from './volumes.ts';
import type { Erasure } from './erasure.ts';
import { StoreError } from './fault.ts';
import type { NewJob } from './queue.ts';
import { stateBy, type StateChange } from './state.ts';
import type { Batch, Json, NewInboxItem } from './store.ts';

/** Pieces of one content lie side by side: `id = no * 2^20 + n`. */
export const chunkId = (no: number, n: number): number => no * 2 ** 20 + n;

/** A key, or a part of one, as it is kept. */
export interface HashedKey {
  readonly hash: Buffer;
  readonly message: string;
  readonly kind: string;
  readonly path: string;
  readonly part: string; // `value`, `form` or `prefix`
}

const hashSize = 16; // bytes, of `indexHash`

/** The keys of a large interchange in the order of their tree, so that they fall on its pages one after the other. */
function inOrder(keys: readonly HashedKey[]): readonly HashedKey[] {
  const places = 2 ** 20;
  if (keys.length < 64 || keys.length > places) return keys;
  const order = Float64Array.from(keys, ({ hash }, place) => hash.readUInt32BE(2) * places + place).sort(); // behind the era
  return Array.from(order, (each) => keys[each % places]!);
}

/** The writing statements, prepared once. Whoever runs one is inside the transaction of `commit.ts`. */
export class Writes {
  readonly begin: Statement;
  readonly commit: Statement;
  readonly rollback: Statement;
  readonly entry: Statement;
  readonly entries: Statement; // how many there are
  readonly checkpoint: Statement;
  readonly claimKey: Statement;
  readonly duplicate: Statement;
  readonly used: Statement;
  readonly usedApart: Statement;
  readonly release: Statement;
  readonly receipted: Statement;
  readonly isReceipted: Statement;
  readonly jobDone: Statement;
  readonly jobAttempts: Statement;
  readonly jobFailed: Statement;
  readonly stage: Statement;
  readonly unstage: Statement;
  readonly filedBy: Statement;
  readonly filing: Statement;
  readonly run: Statement;
  readonly #db: Db;
  readonly #content: Statement;
  readonly #chunk: Statement;
  readonly #knownPath: Statement;
  readonly #newPath: Statement;
  readonly #key: Statement;
  readonly #keyed: Statement;
  readonly #paths = new Map<string, number>(); // of `key_path`, written or of the transaction under way
  readonly #job: Statement;
  readonly #state: Statement;
  readonly #outcome: Statement;
  readonly #outcomes: Statement;
  readonly #inboxKey: Statement;
  readonly #inboxNext: Statement;
  readonly #inbox: Statement;
  #contents: number; // the greatest number of content
  #jobs: number; // and of a job

  #erases: boolean | undefined; // something lapsed; undefined: nobody looked

  /** `jobs`: a number up to which this process has given some out. */
  constructor(db: Db, jobs = 0) {
    this.#db = db;
    this.begin = db.prepare('begin immediate');
    this.entries = db.prepare('select coalesce(max(idx) + 1, 0) from entry').pluck();
    this.commit = db.prepare('commit');
    this.rollback = db.prepare('rollback');
    this.#content = db.prepare(`insert into content (no, owner, stage, media, size, salt, commitment, sealed)
      select ?, ?, ?, ?, ?, ?, ?, ? where not exists (select 1 from closed where owner = ?)`);
    this.#chunk = db.prepare('insert into chunk (id, sealed) values (?, ?)');
    this.entry = db.prepare('insert into entry (idx, leaf, owner, salt, sealed) values (?, ?, ?, ?, ?)');
    this.checkpoint = db.prepare('insert into checkpoint (size, note) values (?, ?)');
    this.claimKey = db.prepare(
      'insert or ignore into duplicate (hash, content, until, sum) select ?, ?, ?, ? where not exists (select 1 from duplicate_apart where hash = ?)',
    );
    this.duplicate = db.prepare('insert or replace into duplicate (hash, content, until, sum) values (?, ?, ?, ?)');
    const used = (table: string): Statement =>
      db.prepare(`select c.owner, (select min(idx) from entry where owner = c.owner) as idx, d.until, c.no, c.size, c.salt, c.commitment,
      exists (select 1 from released where content = c.no) as failed from ${table} d join content c on c.no = d.content where d.hash = ?`);
    this.used = used('duplicate');
    this.usedApart = used('duplicate_apart');
    this.release = db.prepare('insert or ignore into released select no from content where owner = ?');
    this.filedBy = db.prepare('select message from filing where hash = ?').pluck();
    this.filing = db.prepare('insert or replace into filing (hash, message, until) values (?, ?, ?)');
    this.run = db.prepare('insert or replace into run (id, partner, detail) values (?, ?, ?)');
    this.#knownPath = db.prepare('select no from key_path where path = ? and kind = ? and part = ?').pluck();
    this.#newPath = db.prepare('insert into key_path (path, kind, part) values (?, ?, ?) returning no').pluck();
    this.#key = db.prepare('insert or ignore into key_of (hash, message, path) values (?, ?, ?)');
    this.#keyed = db.prepare(`insert into keyed (message, hashes) values (?, ?)
      on conflict (message) do update set hashes = cast(hashes || excluded.hashes as blob)`);
    this.#state = db.prepare(`insert into state (id, interchange, state, partner, type, received, updated, detail, grade) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
      on conflict (id) do update set state = excluded.state, partner = coalesce(excluded.partner, partner), type = coalesce(excluded.type, type),
        updated = excluded.updated, detail = coalesce(excluded.detail, detail), grade = coalesce(excluded.grade, grade)`);
    this.#outcome = db.prepare(
      'insert into outcome (message, agency, state) values (?, ?, ?) on conflict (message, agency) do update set state = excluded.state',
    );
    this.#outcomes = db.prepare('select state from outcome where message = ?').pluck();
    this.#inboxKey = db.prepare('select number from inbox where party = ? and key = ?').pluck();
    this.#inboxNext = db.prepare('select coalesce(max(number), 0) + 1 from inbox where party = ?').pluck();
    this.#inbox = db.prepare('insert into inbox (party, number, key, kind, owner, stage, message, at) values (?, ?, ?, ?, ?, ?, ?, ?)');
    this.receipted = db.prepare('update inbox set receipted = coalesce(receipted, ?) where party = ? and number = ?');
    this.isReceipted = db.prepare('select receipted is not null from inbox where party = ? and number = ?').pluck();
    this.#job = db.prepare(
      "insert into job (id, kind, value, owner, sequence, queue, lane, state, due, attempts, created) values (?, ?, ?, ?, ?, ?, ?, 'ready', ?, 0, ?)",
    );
    this.jobDone = db.prepare('delete from job where id = ?');
    this.jobAttempts = db.prepare('select attempts from job where id = ?').pluck();
    this.jobFailed = db.prepare('update job set attempts = attempts + 1, state = ?, due = ?, code = ?, retry = ? where id = ?');
    this.stage = db.prepare('insert into staged (no) values (?)');
    this.unstage = db.prepare('delete from staged where no = ?');
    const greatest = (of: string): number =>
      db
        .prepare(`select coalesce(max(${of.split('.')[1]}), 0) from ${of.split('.')[0]}`)
        .pluck()
        .get() as number;
    this.#contents = Math.max(greatest('content.no'), greatest('staged.no'));
    this.#jobs = Math.max(greatest('job.id'), jobs);
  }

  get jobs(): number {
    return this.#jobs;
  }

  /** A transaction of its own, for what belongs to no batch. */
  transaction(run: () => void): void {
    this.#db.transaction(run).immediate();
  }

  /** Removes what was staged and never named by a batch. */
  sweep(): void {
    this.transaction(() => {
      for (const no of this.#db.prepare('select no from staged').pluck().all() as number[]) {
        this.#db.prepare('delete from chunk where id >= ? and id < ?').run(chunkId(no, 0), chunkId(no + 1, 0));
        this.unstage.run(no);
      }
    });
  }

  /** The next content number. A number whose batch failed is never used again. */
  nextContent(): number {
    return ++this.#contents;
  }

  /** One piece lies in the row of the content, more lie beside each other. */
  addContent({ no, owner, stage, media, size, salt, commitment, sealed, bytes }: PreparedContent): void {
    const only = sealed.length === 1 ? sealed[0]! : null;
    if (this.#content.run(no, owner, stage, media, size, salt, commitment, only, owner).changes === 0)
      throw new StoreError('STORE_BATCH', { message: `the content of ${owner} was erased` });
    if (only === null) sealed.forEach((piece, n) => this.addChunk(no, n, piece));
    if (!(bytes instanceof Uint8Array)) this.unstage.run(no);
  }

  addChunk(no: number, n: number, sealed: Buffer): void {
    this.#chunk.run(chunkId(no, n), sealed);
  }

  /** Adds a job and gives its number, which no other job of this process has had. */
  addJob({ kind, value, owner, sequence, queue, lane, due }: NewJob, now: number): number {
    const id = ++this.#jobs;
    this.#job.run(id, kind, JSON.stringify(value), owner ?? null, sequence ?? null, queue ?? null, lane ?? 1, due ?? now, now);
    return id;
  }

  changeState(state: StateChange, detail: Buffer | null, now: number): void {
    for (const [agency, outcome] of Object.entries(state.agencies ?? {})) this.#outcome.run(state.id, agency, outcome);
    const name = typeof state.state === 'string' ? state.state : stateBy(state.state, this.#outcomes.all(state.id) as string[]);
    this.#state.run(state.id, state.interchange, name, state.partner ?? null, state.type ?? null, state.received ?? now, now, detail, state.grade ?? null);
  }

  /** Adds up what was counted of the log. */
  addCounted({ until, volumes, tolerated }: NonNullable<Batch['counted']>): void {
    addVolumes(this.#db, until, volumes, tolerated);
  }

  uncounted(): number {
    return uncounted((sql) => this.#db.prepare(sql));
  }

  /** What the transaction under way added is not there: it was rolled back. */
  forget(): void {
    this.#paths.clear();
  }

  /** Business keys of messages, as their hashes. */
  addKeys(keys: Iterable<HashedKey>): void {
    const of = new Map<string, Buffer[]>();
    for (const { hash, message, ...key } of inOrder([...keys])) {
      if (this.#key.run(hash, message, this.#pathNumber(key)).changes === 0) continue;
      const hashes = of.get(message);
      if (hashes) hashes.push(hash);
      else of.set(message, [hash]);
    }
    for (const [message, hashes] of of) this.#keyed.run(message, Buffer.concat(hashes));
  }

  #pathNumber({ path, kind, part }: Pick<HashedKey, 'path' | 'kind' | 'part'>): number {
    const name = `${path}\0${kind}\0${part}`;
    let no = this.#paths.get(name);
    if (no === undefined) this.#paths.set(name, (no = (this.#knownPath.get(path, kind, part) ?? this.#newPath.get(path, kind, part)) as number));
    return no;
  }

  #eraseKeys(message: string): void {
    const hashes = this.#db.prepare('select hashes from keyed where message = ?').pluck().get(message) as Buffer | undefined;
    const erase = this.#db.prepare('delete from key_of where hash = ? and message = ?');
    for (let at = 0; at < (hashes?.length ?? 0); at += hashSize) erase.run(hashes!.subarray(at, at + hashSize), message);
    this.#db.prepare('delete from keyed where message = ?').run(message);
  }

  /** Adds an item under the party's next number; one that is there already keeps its own. */
  addToInbox(item: NewInboxItem, now: number): number {
    const known = this.#inboxKey.get(item.party, item.key) as number | undefined;
    if (known !== undefined) return known;
    const number = this.#inboxNext.get(item.party) as number;
    this.#inbox.run(item.party, number, item.key, item.kind, item.content.owner, item.content.stage, item.message ?? null, now);
    return number;
  }

  /** Destroys bytes, the keys that lie with them, and salts. Entries stay, and so do all proofs. */
  erase({ owner, what, stages }: Erasure): void {
    const run = (sql: string, ...values: unknown[]): number => this.#db.prepare(sql).run(...values).changes;
    const wanted = stages ? JSON.stringify(stages) : null;
    const among = 'owner = ? and (? is null or stage in (select value from json_each(?)))';
    for (const no of this.#db.prepare(`select no from content where ${among}`).pluck().all(owner, wanted, wanted) as number[])
      run('delete from chunk where id >= ? and id < ?', chunkId(no, 0), chunkId(no + 1, 0));
    const contents = run(`update content set salt = x'', sealed = null where ${among}`, owner, wanted, wanted);
    const details = !stages || stages.includes('detail') ? run('update state set detail = null where id = ?', owner) : 0;
    const records = what === 'all' ? run("update entry set salt = x'', sealed = x'' where owner = ?", owner) : 0;
    if (contents + details + records === 0) throw new StoreError('STORE_BATCH', { message: `there is nothing of ${owner} to erase` });
    if (stages) return;
    run('insert or ignore into closed (owner) values (?)', owner);
    this.#eraseKeys(owner);
  }

  setAlert(id: string, detail: Json | null): void {
    if (detail === null) this.#db.prepare('delete from alert where id = ?').run(id);
    else this.#db.prepare('insert or replace into alert (id, detail) values (?, ?)').run(id, JSON.stringify(detail));
  }

  /** Where anything was erased because its time was over: looks for content that comes after that. */
  addLate(contents: Iterable<{ readonly owner: string }>, now: number): void {
    this.#erases ??= this.#db.prepare('select 1 from lapsed limit 1').get() !== undefined;
    if (this.#erases) addLate(this.#db, contents, now);
  }

  isNeeded(interchange: string, stopped?: number): boolean {
    return neededBy((sql) => this.#db.prepare(sql), interchange, stopped) !== undefined;
  }

  settleRetention(batch: Batch): void {
    settleRetention(this.#db, batch);
    this.#erases ||= batch.lapsed !== undefined;
  }
}
