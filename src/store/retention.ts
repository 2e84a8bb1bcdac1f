import type { Ask } from './filings.ts';
import type { Db } from './sqlite.ts';
import type { Needed, Retention } from './erasure.ts';
import { stoppedOf } from './standing.ts';
import type { Batch, ContentId, Owner } from './store.ts';

/** An interchange and all its messages: ids from the first to below the second. */
const rangeOf = (interchange: string): readonly [string, string] => [interchange, `${interchange}.`];

/** The condition of the index on the owners of jobs; what it leaves out is told by the state of its interchange. */
const standing = "queue is not null or kind = 'confirm' or state <> 'ready' or kind <> 'translate' or instr(owner, '-') > 0";

/** Why an interchange may not lose anything yet; every question is one look at an index. Work that stopped before a time is no reason. */
export function neededBy(ask: Ask, interchange: Owner, stopped = 0): Needed | undefined {
  const range = rangeOf(interchange);
  const is = (sql: string, ...more: readonly number[]): boolean => ask(`select 1 from ${sql} limit 1`).get(...range, ...more) !== undefined;
  if (is('hold where message >= ? and message < ?')) return 'hold';
  const isUnderWay =
    is("state where id >= ? and id < ? and state = 'received'") ||
    is(`job where owner >= ? and owner < ? and (${standing}) and (state = 'ready' or due >= ?)`, stopped) ||
    is("outcome where message >= ? and message < ? and state in ('queued', 'retrying', 'held', 'waiting')") ||
    is('inbox where receipted is null and owner >= ? and owner < ?');
  return isUnderWay ? 'work' : undefined;
}

export function retentionOf(ask: Ask): Retention {
  return {
    async senders(after, limit) {
      const next = ask('select min(partner) from state where id = interchange and partner > ?').pluck();
      const found: string[] = [];
      for (let at: string | null = after; found.length < limit;) {
        at = next.get(at) as string | null;
        if (at === null) break;
        found.push(at);
      }
      return found;
    },
    async lapsed(partner) {
      const rows = ask('select kind, upto from lapsed where partner = ?').all(partner) as { readonly kind: string; readonly upto: string }[];
      return Object.fromEntries(rows.map(({ kind, upto }) => [kind, upto]));
    },
    async interchanges(partner, after, below, limit) {
      const sql = 'select id from state where partner = ? and id > ? and id < ? and id = interchange order by id limit ?';
      return ask(sql).pluck().all(partner, after, below, limit) as string[];
    },
    async count(partner, after, below, most) {
      const sql = 'select count(*) from (select 1 from state where partner = ? and id > ? and id < ? and id = interchange limit ?)';
      return ask(sql).pluck().get(partner, after, below, most) as number;
    },
    async deferred(due, limit) {
      const sql = 'select interchange, kind, partner from deferred where due <= ? order by due limit ?';
      return ask(sql).all(due, limit) as { readonly interchange: string; readonly kind: string; readonly partner: string }[];
    },
    async deferredOf(partner, kind, limit) {
      return ask('select interchange from deferred where partner = ? and kind = ? limit ?').pluck().all(partner, kind, limit) as Owner[];
    },
    needed: async (interchange, stopped) => neededBy(ask, interchange, stopped),
    stopped: async (interchange, before) => stoppedOf(ask, rangeOf(interchange), before),
    async contents(interchange) {
      const range = rangeOf(interchange);
      const sql = `select owner, stage from content where owner >= ? and owner < ? and salt <> x''
        union all select id, 'detail' from state where id >= ? and id < ? and detail is not null`;
      return ask(sql).all(...range, ...range) as ContentId[];
    },
    async owners(interchange, limit) {
      const sql = "select distinct owner from entry where owner >= ? and owner < ? and sealed <> x'' limit ?";
      return ask(sql)
        .pluck()
        .all(...rangeOf(interchange), limit) as Owner[];
    },
    isHeld: async (message) => ask('select 1 from hold where message = ?').get(message) !== undefined,
    holds: async (after, limit) => ask('select message from hold where message > ? order by message limit ?').pluck().all(after, limit) as Owner[],
  };
}

/** Writes how far an interchange came, and who is held. Whoever calls is inside the transaction. */
export function settleRetention(db: Db, { lapsed, holds = [] }: Batch): void {
  for (const { message, held } of holds)
    db.prepare(held ? 'insert or ignore into hold (message) values (?)' : 'delete from hold where message = ?').run(message);
  if (!lapsed || lapsed.more) return;
  const { interchange, kind, partner, again } = lapsed;
  db.prepare('insert into lapsed (partner, kind, upto) values (?, ?, ?) on conflict do update set upto = max(upto, excluded.upto)').run(
    partner,
    kind,
    interchange,
  );
  if (again === undefined) db.prepare('delete from deferred where partner = ? and kind = ? and interchange = ?').run(partner, kind, interchange);
  else db.prepare('insert or replace into deferred (interchange, kind, partner, due) values (?, ?, ?, ?)').run(interchange, kind, partner, again);
}

/** Content that is added to an interchange whose time was over before: it is looked at again. Whoever calls is inside the transaction. */
export function addLate(db: Db, contents: Iterable<{ readonly owner: Owner }>, now: number): void {
  const add = db.prepare(`insert or ignore into deferred (partner, kind, interchange, due)
    select l.partner, l.kind, s.id, ? from state s join lapsed l on l.partner = s.partner and l.upto >= s.id where s.id = ?`);
  for (const interchange of new Set(Array.from(contents, ({ owner }) => owner.split('-')[0]!))) add.run(now, interchange);
}
