import { setImmediate } from 'node:timers/promises';
import type { Ask, Question } from './filings.ts';
import type { StateRow } from './rows.ts';
import type { Search } from './state.ts';

/**
 * Search without scans. Each index that serves some of the conditions is a *stream* of ids, newest first; those of one interchange go by their
 * numbers, ten before nine, though an index has them as texts. All streams are walked at
 * once: each is asked for its next id at or below the one that another has, so that whatever one of them lacks is leaped over, until
 * they agree. Only of what they agree on is the row read. A stream of keys has a run for each era (`eras.ts`). Nothing depends on statistics that somebody has to renew.
 *
 * Whoever walks far gives way in between: no search holds up those who send.
 */
export interface Stream {
  readonly id: 'id' | 'message';
  readonly from: string; // with an open `where`
  readonly runs: readonly (readonly unknown[])[]; // values of the `where`: one set, or several whose ids are one stream
}

const turn = 1_000; // steps before others have their turn
const sorting = 100; // so many steps is it to put the messages of an interchange in order

/** Up to where is looked: ids below one, or that one too. */
interface Bound {
  readonly id: string;
  readonly inclusive: boolean;
}

const highest = '\u{10ffff}';

/** Messages of one interchange are in the order of their numbers: of two, the longer one is later. */
function isBefore(one: string, other: string): boolean {
  if (one.length === other.length) return one < other;
  const [mine, theirs] = [ownerOf(one), ownerOf(other)];
  return mine === theirs ? one.length < other.length : mine < theirs;
}

/** The interchange that an id names, alone or with a number. */
function ownerOf(id: string): string {
  const at = id.indexOf('-');
  return at < 0 ? id : id.slice(0, at);
}

const isWithin = (id: string, bound: Bound): boolean => (bound.inclusive && id === bound.id) || isBefore(id, bound.id);

/** What can be walked, each along the index that is named. `hashes`: of the reference, in each era; the first of the streams. */
export function streamsOf({ partner, type, agency, state, interchanges }: Search, hashes: readonly Buffer[] | undefined): readonly Stream[] {
  const streams: Stream[] = [];
  const add = (id: Stream['id'], from: string, ...values: readonly unknown[]): void => void streams.push({ id, from, runs: [values] });
  if (hashes) streams.push({ id: 'message', from: 'key_of where hash = ?', runs: hashes.map((hash) => [hash]) });
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

/** The greatest id of a run, from the first value that is added to below the second. */
export const next = ({ id, from }: Stream): string => `select ${id} from ${from} and ${id} >= ? and ${id} < ? order by ${id} desc limit 1`;

/** The same among ids of one length. */
export const nextLong = ({ id, from }: Stream): string =>
  `select ${id} from ${from} and ${id} >= ? and ${id} < ? and length(${id}) = ? order by ${id} desc limit 1`;

/** The latest of a range that is the messages of one interchange: what stands last among texts may be `9` of twelve. */
export const latest = ({ id, from }: Stream): string =>
  `select ${id} from ${from} and ${id} >= ? and ${id} < ? order by length(${id}) desc, ${id} desc limit 1`;

/** Of one id, its row where all conditions hold that are not of the reference. */
export function match(query: Search): Query {
  const where: string[] = [];
  const values: unknown[] = [];
  const and = (condition: string, ...more: readonly unknown[]): void => {
    where.push(` and ${condition}`);
    values.push(...more);
  };
  const { interchanges, type, partner, agency, state, since, until } = query;
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
  return { sql: `select s.* from state s where s.id = ?${where.join('')}`, values };
}

/** Whether a message has the reference, by its hash, as it is asked for; undefined where any way will do. */
export function stated({ paths, exact }: Search): Query | undefined {
  if (!paths && exact !== true) return undefined;
  const value = exact === true ? " and p.part = 'value'" : '';
  const along = paths ? ' and p.path in (select value from json_each(?))' : '';
  return {
    sql: `select 1 from key_of k cross join key_path p on p.no = k.path where k.hash = ? and k.message = ?${value}${along} limit 1`,
    values: paths ? [JSON.stringify(paths)] : [],
  };
}

/** A stream while it is walked, always downward: of each run the id at which it stands. */
class Walk {
  readonly #next: Question;
  readonly #stream: Stream;
  steps = 0; // that were taken
  readonly #ask: Ask; // for what only interchanges of several messages need
  readonly #runs: readonly (readonly unknown[])[];
  readonly #from: string;
  readonly #heads: (string | undefined)[];

  constructor(stream: Stream, from: string, ask: Ask) {
    this.#next = ask(next(stream)).pluck();
    this.#stream = stream;
    this.#ask = ask;
    this.#runs = stream.runs;
    this.#from = from;
    this.#heads = stream.runs.map(() => highest);
  }

  /** The greatest id within a bound, which is never above the one before. */
  within(bound: Bound): string | undefined {
    let found: string | undefined;
    for (const [i, values] of this.#runs.entries()) {
      let head = this.#heads[i];
      if (head !== undefined && !isWithin(head, bound)) this.#heads[i] = head = this.#find(values, bound);
      if (head !== undefined && (found === undefined || isBefore(found, head))) found = head;
    }
    return found;
  }

  #find(values: readonly unknown[], { id, inclusive }: Bound): string | undefined {
    let end = inclusive ? `${id} ` : id; // a blank is below all characters of ids
    if (id.includes('-') && !id.endsWith('-1')) {
      const owner = ownerOf(id);
      for (let { length } = id; length > owner.length + 1; length--) {
        const found = this.#ask(nextLong(this.#stream))
          .pluck()
          .get(...values, this.#firstOf(owner), end, length) as string | undefined;
        if (found !== undefined) return found;
        end = `${owner}-${'9'.repeat(Math.max(0, length - owner.length - 2))} `;
      }
      end = `${owner} `; // what is left of it is its own row
    }
    this.steps++;
    const found = this.#next.get(...values, this.#from, end) as string | undefined;
    const isAlone = found === undefined || !found.includes('-') || found.endsWith('-1'); // the last text is its first message: there is no other
    return isAlone ? found : this.#latestOf(values, ownerOf(found));
  }

  #latestOf(values: readonly unknown[], owner: string): string {
    this.steps += sorting;
    return this.#ask(latest(this.#stream))
      .pluck()
      .get(...values, this.#firstOf(owner), `${owner}.`) as string;
  }

  #firstOf(owner: string): string {
    return this.#from > owner ? this.#from : `${owner}-`;
  }

  /** The runs that stand at an id. */
  *at(id: string): Generator<readonly unknown[]> {
    for (const [i, values] of this.#runs.entries()) if (this.#heads[i] === id) yield values;
  }
}

/** One page: the rows, and whether there are more. `hashes`: of the reference, in each era. */
export async function search(
  query: Search,
  hashes: readonly Buffer[] | undefined,
  ask: Ask,
): Promise<{ readonly rows: readonly StateRow[]; readonly more: boolean }> {
  const limit = Math.min(Math.max(query.limit ?? 50, 1), 500);
  const { from = '', cursor = highest, below = highest } = query;
  const walks = streamsOf(query, hashes).map((stream) => new Walk(stream, from, ask));
  const { sql, values } = match(query);
  const matching = ask(sql);
  const key = hashes && stated(query);
  const has = key && ask(key.sql);
  const rows: StateRow[] = [];
  let bound: Bound = { id: isBefore(cursor, below) ? cursor : below, inclusive: false };
  let id = ''; // that so many streams have, one after the other
  let agreed = 0;
  for (let step = 0; ; step++) {
    const walk = walks[step % walks.length]!;
    const found = walk.within(bound);
    if (found === undefined) return { rows, more: false };
    agreed = found === id ? agreed + 1 : 1;
    id = found;
    bound = { id, inclusive: true }; // the next stream may have it too
    if (agreed === walks.length) {
      const isStated = !has || [...walks[0]!.at(id)].some((hash) => has.get(...hash, id, ...key!.values) !== undefined);
      const row = isStated ? (matching.get(id, ...values) as StateRow | undefined) : undefined;
      if (row && rows.length === limit) return { rows, more: true };
      if (row) rows.push(row);
      bound = { id, inclusive: false };
      agreed = 0;
      id = '';
    }
    if (walk.steps >= turn || step % turn === turn - 1) {
      walk.steps = 0;
      await setImmediate();
    }
  }
}
