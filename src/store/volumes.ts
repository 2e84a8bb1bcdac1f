import { parseEntry } from './receipt.ts';
import type { EntryRow } from './rows.ts';
import type { Ask } from './filings.ts';
import type { Db } from './sqlite.ts';
import type { Counting, MessageOrigin, Tolerated, Volume, VolumeDimension, VolumeQuery } from './counting.ts';
import type { Step } from './store.ts';

const next = 'volume.next'; // in `meta`: the first entry that is not counted

/** The first entry that is in no volume. */
export function uncounted(ask: Ask): number {
  const row = ask('select value from meta where name = ?').get(next) as { readonly value: string } | undefined;
  return Number(row?.value ?? 0);
}

/** Reads for whoever counts. */
export function countingOf(ask: Ask, step: (row: EntryRow) => Step): Counting {
  return {
    async steps(from, limit) {
      const rows = ask('select idx, owner, sealed, leaf from entry where idx >= ? order by idx limit ?').all(from, limit) as EntryRow[];
      return rows.map(step);
    },
    async indexAt(at) {
      // Times grow with the index, so a few entries tell.
      let [low, high] = [0, (ask('select coalesce(max(idx) + 1, 0) as size from entry').get() as { readonly size: number }).size];
      while (low < high) {
        const middle = Math.floor((low + high) / 2); // an index may need more than 31 bits
        const { leaf } = ask('select leaf from entry where idx = ?').get(middle) as { readonly leaf: Buffer };
        if ((parseEntry(leaf.toString())?.at ?? '') < at) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    async origins(messages) {
      const rows = ask('select id, partner, type from state where id in (select value from json_each(?))').all(JSON.stringify(messages));
      return new Map((rows as ({ readonly id: string } & { readonly [name in keyof MessageOrigin]: string | null })[]).map(({ id, partner, type }) => [id, { partner: partner ?? '', type: type ?? '' }])); // prettier-ignore
    },
    volumes: async (query) => volumes(query, ask),
    tolerated: async (from, to, partner) => {
      const sql =
        'select day, partner, code, messages from tolerated where day >= ? and day <= ? and partner = coalesce(?, partner) order by day, partner, code';
      return ask(sql).all(from, to, partner ?? null) as Tolerated[];
    },
    uncounted: async () => uncounted(ask),
  };
}

/** Adds what was counted. Whoever calls is inside the transaction, and has seen that the entries were not counted before. */
export function addVolumes(db: Db, until: number, volumes: readonly Volume[], tolerated: readonly Tolerated[] = []): void {
  const add = db.prepare(`insert into volume (day, partner, agency, type, messages, documents, characters, failures) values (?, ?, ?, ?, ?, ?, ?, ?)
    on conflict do update set messages = messages + excluded.messages, documents = documents + excluded.documents,
      characters = characters + excluded.characters, failures = failures + excluded.failures`);
  const addLatency = db.prepare(`insert into latency (day, partner, agency, type, bucket, count) values (?, ?, ?, ?, ?, ?)
    on conflict do update set count = count + excluded.count`);
  for (const { day, partner, agency, type, messages, documents, characters, failures, latencies } of volumes) {
    add.run(day, partner, agency, type, messages, documents, characters, failures);
    for (const [bucket, count] of latencies) addLatency.run(day, partner, agency, type, bucket, count);
  }
  const addTolerated = db.prepare('insert into tolerated (day, partner, code, messages) values (?, ?, ?, ?) on conflict do update set messages = messages + excluded.messages'); // prettier-ignore
  for (const { day, partner, code, messages } of tolerated) addTolerated.run(day, partner, code, messages);
  db.prepare('insert into meta (name, value) values (?, ?) on conflict do update set value = excluded.value').run(next, String(until));
}

const dimensions: readonly VolumeDimension[] = ['day', 'partner', 'agency', 'type'];

/** Volumes added up, in the order of their dimensions. */
function volumes({ from, until, by, delivered, partner, agency }: VolumeQuery, ask: Ask): Volume[] {
  const columns = dimensions.map((name) => (by.includes(name) ? name : `'' as ${name}`)).join(', ');
  const grouped = dimensions.filter((name) => by.includes(name)).join(', ');
  const group = grouped === '' ? '' : `group by ${grouped}`;
  const conditions = [`day >= ? and day < ?`, delivered ? "agency <> ''" : "agency = ''"];
  const values: string[] = [from, until];
  for (const [name, value] of [
    ['partner', partner],
    ['agency', agency],
  ] as const) {
    if (value === undefined) continue;
    conditions.push(`${name} = ?`);
    values.push(value);
  }
  const where = conditions.join(' and ');
  const sums = ask(`select ${columns}, sum(messages) as messages, sum(documents) as documents, sum(characters) as characters, sum(failures) as failures
    from volume where ${where} ${group}`).all(...values) as (Omit<Volume, 'latencies'> & { readonly messages: number | null })[];
  const latencies = ask(
    `select ${columns}, bucket, sum(count) as count from latency where ${where} group by ${grouped === '' ? '' : `${grouped}, `}bucket`,
  ).all(...values) as (Pick<Volume, VolumeDimension> & { readonly bucket: number; readonly count: number })[];
  const of = new Map<string, [number, number][]>();
  for (const { bucket, count, ...row } of latencies) {
    const list = of.get(keyOf(row)) ?? [];
    of.set(keyOf(row), list);
    list.push([bucket, count]);
  }
  return sums.filter(({ messages }) => messages !== null).map((row) => ({ ...row, latencies: of.get(keyOf(row)) ?? [] }));
}

const keyOf = ({ day, partner, agency, type }: Pick<Volume, VolumeDimension>): string => [day, partner, agency, type].join('\0');
