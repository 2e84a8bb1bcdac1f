import type { Search } from './store.ts';

/** The conditions of a search as one statement over the states, newest first, with one row more than the page holds. */
export function searchStatement(
  query: Search,
  hashOf: (reference: string) => Buffer,
): { readonly sql: string; readonly values: readonly unknown[]; readonly limit: number } {
  const limit = Math.min(Math.max(query.limit ?? 50, 1), 500);
  const where: string[] = [];
  const values: unknown[] = [];
  const and = (condition: string, ...more: readonly unknown[]): void => {
    where.push(condition);
    values.push(...more);
  };
  if (query.cursor !== undefined) and('s.id < ?', query.cursor);
  if (query.interchanges !== true) and('s.id <> s.interchange');
  if (query.type !== undefined) and('s.type = ?', query.type);
  if (query.partner !== undefined) and('s.partner = ?', query.partner);
  if (query.since !== undefined) and('s.received >= ?', query.since);
  if (query.until !== undefined) and('s.received < ?', query.until);
  if (query.agency !== undefined && query.state !== undefined) {
    and('s.id in (select message from outcome where agency = ? and state = ?)', query.agency, query.state);
  } else if (query.agency !== undefined) and('s.id in (select message from outcome where agency = ?)', query.agency);
  else if (query.state !== undefined) and('s.state = ?', query.state);
  if (query.reference !== undefined) {
    const paths = query.paths ? ` and path in (${query.paths.map(() => '?').join(', ')})` : '';
    and(`s.id in (select message from business_key where hash = ?${paths})`, hashOf(query.reference), ...(query.paths ?? []));
  }
  const conditions = where.length > 0 ? `where ${where.join(' and ')} ` : '';
  return { sql: `select s.* from state s ${conditions}order by s.id desc limit ?`, values: [...values, limit + 1], limit };
}
