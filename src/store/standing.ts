import type { Code, Retry } from '../diagnostics/codes.ts';
import type { Ask } from './filings.ts';
import type { Lane, QueueGroup, StandingJob } from './queue.ts';
import type { Json, Owner, ReadStore } from './store.ts';

/** The work as it stands, for whoever looks at it; who works on it is in `claims.ts`. */
interface StandingRow {
  readonly id: number;
  readonly kind: string;
  readonly value: string;
  readonly owner: string | null;
  readonly queue: string | null;
  readonly lane: Lane;
  readonly sequence: string | null;
  readonly state: StandingJob['state'];
  readonly due: number;
  readonly attempts: number;
  readonly created: number;
  readonly code: string | null;
  readonly retry: string | null;
}

function standingJob({ id, kind, value, owner, queue, lane, sequence, state, due, attempts, created, code, retry }: StandingRow): StandingJob {
  return {
    id,
    kind,
    value: JSON.parse(value) as Json,
    owner: owner ?? undefined,
    queue: queue ?? undefined,
    lane,
    sequence: sequence ?? undefined,
    state,
    due,
    attempts,
    created,
    code: (code ?? undefined) as Code | undefined,
    retry: (retry ?? undefined) as Retry | undefined,
  };
}

export function queueGroups(ask: Ask): QueueGroup[] {
  const rows = ask(
    'select kind, state, code, retry, count(*) as count, min(created) as oldest from job group by kind, state, code, retry order by kind, state, code',
  ).all() as { kind: string; state: QueueGroup['state']; code: string | null; retry: string | null; count: number; oldest: number }[];
  return rows.map((row) => ({ ...row, code: row.code ?? undefined, retry: row.retry ?? undefined }));
}

export function backlog(ask: Ask, kind: string, most: number): number {
  const apart = (queue: string): string => `select 1 from job where kind = ? and state = 'ready' and queue is ${queue}`;
  const sql = `select count(*) from (select 1 from (${apart('null')}) union all select 1 from (${apart('not null')}) limit ?)`;
  return ask(sql).pluck().get(kind, kind, most) as number;
}

export function jobsOf(ask: Ask, owner: Owner): StandingJob[] {
  const sql = "select * from job where owner = ? and (queue is not null or kind = 'confirm' or state <> 'ready') order by id";
  return (ask(sql).all(owner) as StandingRow[]).map(standingJob);
}

/** Of owners from the first to below the second. */
export function stoppedOf(ask: Ask, range: readonly [string, string], before: number): StandingJob[] {
  const sql = "select * from job where owner >= ? and owner < ? and state <> 'ready' and due < ? order by id";
  return (ask(sql).all(...range, before) as StandingRow[]).map(standingJob);
}

export function stopped(ask: Ask, after: number, limit: number, { code, kinds }: NonNullable<Parameters<ReadStore['stopped']>[2]>): StandingJob[] {
  const among = 'and (? is null or kind in (select value from json_each(?)))';
  const sql = `select * from job where state <> 'ready' and id > ? and code = coalesce(?, code) ${among} order by id limit ?`;
  const named = kinds === undefined ? null : JSON.stringify(kinds);
  return (ask(sql).all(after, code ?? null, named, named, limit) as StandingRow[]).map(standingJob);
}
