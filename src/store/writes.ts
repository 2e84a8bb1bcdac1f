import type { KeyRing } from './keyring.ts';
import type { Db, Statement } from './sqlite.ts';
import { stateBy, StoreError, type Erasure, type NewInboxItem, type StateChange } from './store.ts';

/** Pieces of one content lie side by side: `id = no * 2^20 + n`. */
export const chunkId = (no: number, n: number): number => no * 2 ** 20 + n;

/** The writing statements, prepared once. Whoever runs one is inside the transaction of `commit.ts`. */
export class Writes {
  readonly begin: Statement;
  readonly commit: Statement;
  readonly rollback: Statement;
  readonly dataKey: Statement;
  readonly content: Statement;
  readonly record: Statement;
  readonly entry: Statement;
  readonly checkpoint: Statement;
  readonly claimKey: Statement;
  readonly duplicate: Statement;
  readonly used: Statement;
  readonly release: Statement;
  readonly businessKey: Statement;
  readonly receipted: Statement;
  readonly isReceipted: Statement;
  readonly job: Statement;
  readonly jobDone: Statement;
  readonly jobAttempts: Statement;
  readonly jobFailed: Statement;
  readonly stage: Statement;
  readonly unstage: Statement;
  readonly #db: Db;
  readonly #chunk: Statement;
  readonly #state: Statement;
  readonly #outcome: Statement;
  readonly #outcomes: Statement;
  readonly #inboxKey: Statement;
  readonly #inboxNext: Statement;
  readonly #inbox: Statement;
  #contents: number;

  constructor(db: Db) {
    this.#db = db;
    this.begin = db.prepare('begin immediate');
    this.commit = db.prepare('commit');
    this.rollback = db.prepare('rollback');
    this.dataKey = db.prepare('insert into data_key (owner, wrapped) values (?, ?)');
    this.content = db.prepare('insert into content (no, owner, stage, media, size, salt, commitment) values (?, ?, ?, ?, ?, ?, ?)');
    this.#chunk = db.prepare('insert into chunk (id, sealed) values (?, ?)');
    this.record = db.prepare('insert into record (idx, owner, salt, sealed) values (?, ?, ?, ?)');
    this.entry = db.prepare('insert into entry (idx, leaf) values (?, ?)');
    this.checkpoint = db.prepare('insert into checkpoint (size, note) values (?, ?)');
    this.claimKey = db.prepare('insert or ignore into duplicate (hash, content, idx, failed, until) values (?, ?, ?, 0, ?)');
    this.duplicate = db.prepare(`insert into duplicate (hash, content, idx, failed, until) values (?, ?, ?, 0, ?)
      on conflict (hash) do update set content = excluded.content, idx = excluded.idx, failed = 0, until = excluded.until`);
    this.used = db.prepare(
      `select c.owner, d.idx, d.failed, d.until, c.no, c.size, c.salt, c.commitment from duplicate d join content c on c.no = d.content where d.hash = ?`,
    );
    this.release = db.prepare('update duplicate set failed = 1 where content in (select no from content where owner = ?)');
    this.businessKey = db.prepare('insert or ignore into business_key (hash, message, kind, path) values (?, ?, ?, ?)');
    this.#state = db.prepare(`insert into state (id, interchange, state, partner, type, received, updated, detail) values (?, ?, ?, ?, ?, ?, ?, ?)
      on conflict (id) do update set state = excluded.state, partner = coalesce(excluded.partner, partner), type = coalesce(excluded.type, type),
        updated = excluded.updated, detail = coalesce(excluded.detail, detail)`);
    this.#outcome = db.prepare(
      'insert into outcome (message, agency, state) values (?, ?, ?) on conflict (message, agency) do update set state = excluded.state',
    );
    this.#outcomes = db.prepare('select state from outcome where message = ?').pluck();
    this.#inboxKey = db.prepare('select number from inbox where party = ? and key = ?').pluck();
    this.#inboxNext = db.prepare('select coalesce(max(number), 0) + 1 from inbox where party = ?').pluck();
    this.#inbox = db.prepare('insert into inbox (party, number, key, kind, owner, stage, message, at) values (?, ?, ?, ?, ?, ?, ?, ?)');
    this.receipted = db.prepare('update inbox set receipted = coalesce(receipted, ?) where party = ? and number = ?');
    this.isReceipted = db.prepare('select receipted is not null from inbox where party = ? and number = ?').pluck();
    this.job = db.prepare("insert into job (kind, value, owner, state, due, attempts, created) values (?, ?, ?, 'ready', ?, 0, ?)");
    this.jobDone = db.prepare('delete from job where id = ?');
    this.jobAttempts = db.prepare('select attempts from job where id = ?').pluck();
    this.jobFailed = db.prepare('update job set attempts = attempts + 1, state = ?, due = ?, code = ?, retry = ? where id = ?');
    this.stage = db.prepare('insert into staged (no) values (?)');
    this.unstage = db.prepare('delete from staged where no = ?');
    this.#contents = Number(db.prepare('select max(coalesce((select max(no) from content), 0), coalesce((select max(no) from staged), 0))').pluck().get());
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

  addChunk(no: number, n: number, sealed: Buffer): void {
    this.#chunk.run(chunkId(no, n), sealed);
  }

  changeState(state: StateChange, detail: Buffer | null, now: number): void {
    for (const [agency, outcome] of Object.entries(state.agencies ?? {})) this.#outcome.run(state.id, agency, outcome);
    const name = typeof state.state === 'string' ? state.state : stateBy(state.state, this.#outcomes.all(state.id) as string[]);
    this.#state.run(state.id, state.interchange, name, state.partner ?? null, state.type ?? null, state.received ?? now, now, detail);
  }

  /** Adds an item under the party's next number; one that is there already keeps its own. */
  addToInbox(item: NewInboxItem, now: number): number {
    const known = this.#inboxKey.get(item.party, item.key) as number | undefined;
    if (known !== undefined) return known;
    const number = this.#inboxNext.get(item.party) as number;
    this.#inbox.run(item.party, number, item.key, item.kind, item.content.owner, item.content.stage, item.message ?? null, now);
    return number;
  }

  /** Destroys the data key, the salts and the bytes. Entries stay, and so do all proofs. */
  erase({ owner, what }: Erasure, ring: KeyRing): void {
    const entry = ring.find(owner);
    if (!entry) throw new StoreError('STORE_BATCH', { message: `there is nothing of ${owner} to erase` });
    const run = (sql: string, ...values: unknown[]): unknown => this.#db.prepare(sql).run(...values);
    for (const no of this.#db.prepare('select no from content where owner = ?').pluck().all(owner) as number[]) {
      run('delete from chunk where id >= ? and id < ?', chunkId(no, 0), chunkId(no + 1, 0));
    }
    run("update content set salt = x'' where owner = ?", owner);
    run('delete from business_key where message = ?', owner);
    run('update state set detail = null where id = ?', owner);
    if (what === 'all') {
      run("update record set salt = x'', sealed = x'' where owner = ?", owner);
      run('delete from data_key where owner = ?', owner);
    } else run('update data_key set wrapped = ? where owner = ?', ring.withoutContent(entry), owner);
  }
}
