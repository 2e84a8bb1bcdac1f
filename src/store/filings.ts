import { indexHash, places } from './seal.ts';
import type { ReaderParts } from './read.ts';
import { StoreError } from './fault.ts';
import { asked, type Statement } from './sqlite.ts';
import { keepingOf } from './used-keys.ts';
import type { Batch, ContentId, Json, Owner } from './store.ts';

/**
 * A key that may be used once, for example sender, recipient and interchange reference joined by U+0000.
 *
 *   on the same bytes   policy `refuse`: nothing of the batch is written, `same` is written instead, the original receipt is returned
 *                       policy `mark`:   the batch is written with a reference `resubmission-of`, and `same` as well
 *   on other bytes      nothing of the batch is written, `other` is written instead
 *   after a failure     the batch is written with a reference `retry-of`
 */
export interface DuplicateKey {
  readonly key: string; // kept as an HMAC only
  readonly content: ContentId; // the content whose bytes decide between "same" and "other", in this batch; its owner uses the key
  readonly ofBytes?: boolean; // it is made of them: whoever used it used these bytes, also where they were erased since
  readonly until?: number | undefined; // ms since 1970: the end of the window; for ever where absent
  readonly policy?: 'refuse' | 'mark';
  readonly same?: Batch;
  readonly other?: Batch;
}

/**
 * That a message files something under a key that may be used again, but not unseen: where the key was last used by another message
 * than the batch says (`seen`), nothing of the batch is written (`raced`).
 */
export interface Filing {
  readonly key: string; // kept as an HMAC only
  readonly message: Owner;
  readonly until?: number; // ms since 1970; for ever where absent
  readonly seen?: Owner; // who used it last
}

/** Who filed something under a key last, and whether it was rejected, failed or is gone. */
export interface Filed {
  readonly message: Owner;
  readonly until?: number;
  readonly failed: boolean;
}

/** Where a run of references has come to: what it says is the gateway's; the last one written counts. */
export interface Run {
  readonly key: string; // kept as an HMAC only
  readonly partner: string;
  readonly detail: Json; // sealed
}

/** What the database is asked: a statement, or one whose faults are those of the store. */
export interface Question {
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  pluck(): Question;
}
export type Ask = (sql: string) => Question;

/** What a reader knows of keys that were used: those of duplicates, of what was filed, and of runs of references. */
export class FilingReader {
  protected parts: ReaderParts;
  protected readonly statements = new Map<string, Statement>();

  constructor(parts: ReaderParts) {
    this.parts = parts;
  }

  async usedBy(key: string): Promise<{ readonly owner: Owner; readonly failed: boolean } | undefined> {
    const { beside, apart } = keepingOf(this.parts.keys.index)(key);
    const used = (table: string, hash: Buffer): { owner: Owner; failed: number } | undefined =>
      this.get(
        `select c.owner, exists (select 1 from released where content = c.no) as failed from ${table} d join content c on c.no = d.content where d.hash = ?`,
        hash,
      );
    const row = used('duplicate', beside) ?? used('duplicate_apart', apart);
    return row && { owner: row.owner, failed: row.failed === 1 };
  }

  async filed(keys: readonly string[]): Promise<readonly (Filed | undefined)[]> {
    if (keys.length === 0) return [];
    return keys.map((key) => {
      const row = this.get<{ message: Owner; until: number | null; state: string | null }>(
        'select f.message, f.until, s.state from filing f left join state s on s.id = f.message where f.hash = ?',
        indexHash(this.parts.keys.index, 'filing', key),
      );
      if (!row) return undefined;
      const { message, until, state } = row;
      return { message, failed: state === null || state === 'rejected' || state === 'failed', ...(until === null ? {} : { until }) };
    });
  }

  async alerts(): Promise<readonly Json[]> {
    return this.all<{ detail: string }>('select detail from alert order by id').map(({ detail }) => JSON.parse(detail) as Json);
  }

  async runs(partner?: string): Promise<readonly Omit<Run, 'key'>[]> {
    const rows = this.all<{ partner: string; detail: Buffer }>(
      'select partner, detail from run where ? is null or partner = ? order by partner, id',
      partner ?? null,
      partner ?? null,
    );
    return rows.map(({ partner: of, detail }) => {
      const text = this.parts.sealer.unseal(places.run(of), detail);
      if (!text) throw new StoreError('STORE_CONTENT_BROKEN', { content: `a run of references of ${of}`, message: 'its sealed bytes were changed' });
      return { partner: of, detail: JSON.parse(text.toString()) as Json };
    });
  }

  protected get<Row>(sql: string, ...values: unknown[]): Row | undefined {
    return asked(this.parts.folder, () => this.prepare(sql).get(...values)) as Row | undefined;
  }

  protected all<Row>(sql: string, ...values: unknown[]): Row[] {
    return asked(this.parts.folder, () => this.prepare(sql).all(...values)) as Row[];
  }

  /** For whoever asks more than `get` and `all` do. */
  protected readonly ask: Ask = (sql) => {
    const { folder } = this.parts;
    const question = (statement: Statement): Question => ({
      get: (...values) => asked(folder, () => statement.get(...values)),
      all: (...values) => asked(folder, () => statement.all(...values)),
      pluck: () => question(statement.pluck()),
    });
    return question(asked(folder, () => this.prepare(sql)));
  };

  protected prepare(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.parts.db.prepare(sql)));
    return statement;
  }
}
