import type { Db, Statement } from './sqlite.ts';
import type { Claim, Claimed, Job, Lane, QueueHead } from './queue.ts';
import type { Json } from './store.ts';

interface JobRow {
  readonly id: number;
  readonly kind: string;
  readonly value: string;
  readonly owner: string | null;
  readonly attempts: number;
  readonly created: number;
  readonly lane: Lane;
  readonly sequence: string | null;
  readonly due: number;
}

const columns = 'id, kind, value, owner, attempts, created, lane, sequence, due';

/** Of a sequence only the first that is still to be done. */
const first = `(sequence is null or not exists (
  select 1 from job as before
  where before.state = 'ready' and before.sequence = job.sequence and before.kind = job.kind and before.id < job.id))`;

/** Who works on what: known in memory only, for the owner of the folder gives all work out, and a crash makes every job due again. */
export class Claims {
  readonly #db: Db;
  readonly #clock: () => number;
  readonly claimed: Set<number>;
  readonly #inLane: Statement;
  readonly #prepared = new Map<string, Statement>();
  #latest: number; // ms since 1970

  /** `latest`: a time at which it was later than some job. */
  constructor(db: Db, clock: () => number, latest: number, claimed = new Set<number>()) {
    this.claimed = claimed;
    this.#db = db;
    this.#clock = clock;
    this.#latest = latest;
    this.#inLane = db.prepare(
      `select ${columns} from job where kind = ? and queue = ? and lane = ? and state = 'ready' and queue is not null and ${first} order by due, id`,
    );
  }

  claim(kinds: readonly string[], limit: number): Job[] {
    const rows = this.#free(this.#due(kinds, 'due <= ?'), limit, ...kinds, this.#now());
    for (const { id } of rows) this.claimed.add(id);
    return rows.map(jobOf);
  }

  nextDue(kinds: readonly string[]): number | undefined {
    this.#now();
    return this.#free(this.#due(kinds, '1 = 1'), 1, ...kinds)[0]?.due;
  }

  /** Costs what is claimed, and a look into each lane: what waits elsewhere is not passed by. */
  claimFrom(kind: string, claims: readonly Claim[]): Claimed[] {
    const now = this.#now();
    return claims.map(({ queue, lanes, limit }) => {
      const taken: JobRow[] = [];
      let next: number | undefined;
      for (const lane of lanes) {
        const most = limit - taken.length;
        const rows = this.#free(this.#inLane, most + 1, kind, queue, lane);
        const due = rows.filter((row) => row.due <= now).slice(0, most);
        const left = rows[due.length];
        if (left) next = Math.min(left.due, next ?? Infinity);
        taken.push(...due);
      }
      for (const { id } of taken) this.claimed.add(id);
      return { jobs: taken.map(jobOf), ...(next === undefined ? {} : { next }) };
    });
  }

  /** One seek for each queue, and one for each of its lanes. */
  queues(kind: string): QueueHead[] {
    this.#now();
    return this.#db
      .prepare(
        `with recursive found(queue) as (
           select min(queue) from job where kind = @kind and state = 'ready' and queue is not null
           union all
           select (select min(queue) from job where kind = @kind and state = 'ready' and queue is not null and queue > found.queue)
           from found where found.queue is not null),
         heads as (
           select found.queue, lanes.lane, (select min(due) from job
             where kind = @kind and job.queue = found.queue and job.lane = lanes.lane and state = 'ready' and job.queue is not null) as due
           from found, (select 0 as lane union all select 1 union all select 2) as lanes where found.queue is not null)
         select * from heads where due is not null`,
      )
      .all({ kind }) as QueueHead[];
  }

  /** They are nobody's any more: given back, or ended. */
  release(ids: readonly number[]): void {
    for (const id of ids) this.claimed.delete(id);
  }

  /** Where the clock was set back, what was made by the former one is due so long from now as it was to be from then: it does not wait for it to come again. */
  #now(): number {
    const now = this.#clock();
    if (now < this.#latest - 1_000)
      this.#db.prepare("update job set due = @now + max(0, due - created), created = @now where state = 'ready' and created > @now").run({ now });
    this.#latest = now;
    return now;
  }

  #due(kinds: readonly string[], condition: string): Statement {
    const sql = `select ${columns} from job
       where state = 'ready' and queue is null and kind in (${kinds.map(() => '?').join(', ')}) and ${condition} and ${first} order by due, id`;
    let statement = this.#prepared.get(sql);
    if (!statement) this.#prepared.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  /** The first rows that nobody works on. */
  #free(statement: Statement, limit: number, ...values: unknown[]): JobRow[] {
    const rows: JobRow[] = [];
    if (limit <= 0) return rows;
    for (const row of statement.iterate(...values) as IterableIterator<JobRow>) {
      if (this.claimed.has(row.id)) continue;
      if (rows.push(row) === limit) break;
    }
    return rows;
  }
}

const jobOf = ({ id, kind, value, owner, attempts, created, lane, sequence }: JobRow): Job => ({
  id,
  kind,
  value: JSON.parse(value) as Json,
  owner: owner ?? undefined,
  attempts,
  created,
  lane,
  sequence: sequence ?? undefined,
});
