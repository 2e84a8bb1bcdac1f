import { setImmediate } from 'node:timers/promises';
import type { StateRow } from './rows.ts';
import type { Statement } from './sqlite.ts';
import type { Search } from './store.ts';

/**
 * Search without scans. Each index that serves some of the conditions is a *stream* of ids, newest first. All streams are walked at
 * once: each is asked for its next id at or below the one that another has, so that whatever one of them lacks is leaped over, until
 * they agree. Only of what they agree on is the row read. Nothing depends on statistics that somebody has to renew.
 *
 * Whoever walks far gives way in between: no search holds up those who send.
 */
export interface Stream {
  readonly id: 'id' | 'message';
  readonly from: string; // with an open `where`
  readonly values: readonly unknown[];
}

const turn = 1_000; // steps before others have their turn
const highest = '\u{10ffff}';

/** What can be walked, each along the index that is named. `hash`: of the reference. */
export function streamsOf({ partner, type, agency, state, interchanges }: Search, hash: Buffer | undefined): readonly Stream[] {
  const streams: Stream[] = [];
  const add = (id: Stream['id'], from: string, ...values: readonly unknown[]): void => void streams.push({ id, from, values });
  if (hash) add('message', 'key_of where hash = ?', hash);
  if (agency !== undefined && state !== undefined) add('message', 'outcome indexed by outcome_agency_state where agency = ? and state = ?', agency, state);
  else if (agency !== undefined) add('message', 'outcome indexed by outcome_agency where agency = ?', agency);
  if (interchanges !== true) {
    const own = agency === undefined ? state : undefined;
    const messages = (index: string, where: string, ...values: readonly unknown[]): void =>
      add('id', `state indexed by ${index} where instr(id, '-') > 0 and ${where}`, ...values);
    if (partner !== undefined && own !== undefined) messages('state_partner_state', 'partner = ? and state = ?', partner, own);
    else if (own !== undefined) messages('state_state', 'state = ?', own);
    if (partner !== undefined && type !== undefined) messages('state_partner_type', 'partner = ? and type = ?', partner, type);
    else if (type !== undefined) messages('state_type', 'type = ?', type);
    if (partner !== undefined && own === undefined && type === undefined) messages('state_partner', 'partner = ?', partner);
  }
  if (streams.length === 0) add('id', 'state where true');
  return streams;
}

/** A statement with its values. */
export interface Query {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** The greatest id of a stream, from the first value that is added to below the second. */
export function next({ id, from, values }: Stream): Query {
  return { sql: `select ${id} from ${from} and ${id} >= ? and ${id} < ? order by ${id} desc limit 1`, values };
}

/** Of one id, its row where all conditions hold. */
export function match(query: Search, hash: Buffer | undefined): Query {
  const where: string[] = [];
  const values: unknown[] = [];
  const and = (condition: string, ...more: readonly unknown[]): void => {
    where.push(` and ${condition}`);
    values.push(...more);
  };
  const { interchanges, type, partner, agency, state, since, until, paths, exact } = query;
  if (interchanges !== true) and('s.id <> s.interchange');
  if (type !== undefined) and('s.type = ?', type);
  if (partner !== undefined) and('s.partner = ?', partner);
  if (since !== undefined) and('s.received >= ?', since);
  if (until !== undefined) and('s.received < ?', until);
  if (agency === undefined && state !== undefined) and('s.state = ?', state);
  if (agency !== undefined) {
    const ofState = state === undefined ? '' : ' and o.state = ?';
    and(`exists (select 1 from outcome o where o.message = s.id and o.agency = ?${ofState})`, agency, ...(state === undefined ? [] : [state]));
  }
  if (hash) {
    const stated = exact === true ? " and exists (select 1 from key_path p where p.no = k.path and p.part = 'value')" : '';
    const along = paths ? ' and exists (select 1 from key_path p where p.no = k.path and p.path in (select value from json_each(?)))' : '';
    and(`exists (select 1 from key_of k where k.hash = ? and k.message = s.id${stated}${along})`, hash, ...(paths ? [JSON.stringify(paths)] : []));
  }
  return { sql: `select s.* from state s where s.id = ?${where.join('')}`, values };
}

/** One page: the rows, and whether there are more. */
export async function search(
  query: Search,
  hash: Buffer | undefined,
  prepare: (sql: string) => Statement,
): Promise<{ readonly rows: readonly StateRow[]; readonly more: boolean }> {
  const limit = Math.min(Math.max(query.limit ?? 50, 1), 500);
  const { from = '', cursor = highest, below = highest } = query;
  const streams = streamsOf(query, hash)
    .map(next)
    .map(({ sql, values }) => ({ statement: prepare(sql).pluck(), values }));
  const { sql, values } = match(query, hash);
  const matching = prepare(sql);
  const rows: StateRow[] = [];
  let end = cursor < below ? cursor : below;
  let id = ''; // that so many streams have, one after the other
  let agreed = 0;
  for (let step = 0; ; step++) {
    const stream = streams[step % streams.length]!;
    const found = stream.statement.get(...stream.values, from, end) as string | undefined;
    if (found === undefined) return { rows, more: false };
    agreed = found === id ? agreed + 1 : 1;
    id = found;
    end = `${id} `; // the next stream may have it too: a blank is below all characters of ids
    if (agreed === streams.length) {
      const row = matching.get(id, ...values) as StateRow | undefined;
      if (row && rows.length === limit) return { rows, more: true };
      if (row) rows.push(row);
      end = id;
      agreed = 0;
      id = '';
    }
    if (step % turn === turn - 1) await setImmediate();
  }
}
