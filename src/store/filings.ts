import { indexHash, places } from './seal.ts';
import type { ReaderParts } from './read.ts';
import { StoreError } from './fault.ts';
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
  readonly until?: number; // ms since 1970: the end of the window; for ever where absent
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

/** What a reader knows of keys that were used: those of duplicates, of what was filed, and of runs of references. */
export class FilingReader {
  readonly #db: ReaderParts['db'];
  readonly #keys: ReaderParts['keys'];
  readonly #sealer: ReaderParts['sealer'];

  constructor({ db, keys, sealer }: ReaderParts) {
    this.#db = db;
    this.#keys = keys;
    this.#sealer = sealer;
  }

  async usedBy(key: string): Promise<{ readonly owner: Owner; readonly failed: boolean } | undefined> {
    const find = this.#db.prepare(
      'select c.owner, exists (select 1 from released where content = c.no) as failed from duplicate d join content c on c.no = d.content where d.hash = ?',
    );
    const row = find.get(indexHash(this.#keys.index, 'duplicate', key)) as { owner: Owner; failed: number } | undefined;
    return row && { owner: row.owner, failed: row.failed === 1 };
  }

  async filed(keys: readonly string[]): Promise<readonly (Filed | undefined)[]> {
    if (keys.length === 0) return [];
    const find = this.#db.prepare('select f.message, f.until, s.state from filing f left join state s on s.id = f.message where f.hash = ?');
    return keys.map((key) => {
      const row = find.get(indexHash(this.#keys.index, 'filing', key)) as { message: Owner; until: number | null; state: string | null } | undefined;
      if (!row) return undefined;
      const { message, until, state } = row;
      return { message, failed: state === null || state === 'rejected' || state === 'failed', ...(until === null ? {} : { until }) };
    });
  }

  async alerts(): Promise<readonly Json[]> {
    return (this.#db.prepare('select detail from alert order by id').pluck().all() as string[]).map((detail) => JSON.parse(detail) as Json);
  }

  async runs(partner?: string): Promise<readonly Omit<Run, 'key'>[]> {
    const rows = this.#db.prepare('select partner, detail from run where ? is null or partner = ? order by partner, id').all(partner ?? null, partner ?? null);
    return (rows as { partner: string; detail: Buffer }[]).map(({ partner: of, detail }) => {
      const text = this.#sealer.unseal(places.run(of), detail);
      if (!text) throw new StoreError('STORE_CONTENT_BROKEN', { content: `a run of references of ${of}`, message: 'its sealed bytes were changed' });
      return { partner: of, detail: JSON.parse(text.toString()) as Json };
    });
  }
}
