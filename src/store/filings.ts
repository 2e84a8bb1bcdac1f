import { indexHash, places } from './seal.ts';
import type { ReaderParts } from './read.ts';
import { StoreError, type Filed, type Json, type Owner, type Run } from './store.ts';

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
