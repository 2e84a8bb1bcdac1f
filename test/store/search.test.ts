import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { schema0001 } from '../../src/store/migrations/0001.ts';
import { eraOf, inEra } from '../../src/store/eras.ts';
import { readKeys } from '../../src/store/keys.ts';
import { openStore, readStore } from '../../src/store/open.ts';
import { indexHash } from '../../src/store/seal.ts';
import { latest, match, next, nextLong, stated, streamsOf, type Query } from '../../src/store/search.ts';
import { databaseFile, openDatabase, type Db } from '../../src/store/sqlite.ts';
import type { Search, StateChange } from '../../src/store/state.ts';
import type { BusinessKey, ReadStore, Store } from '../../src/store/store.ts';
import { Writes } from '../../src/store/writes.ts';
import { remove } from './damage.ts';

function temporary(test: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-search-'));
  test.teardown(() => remove(folder));
  return folder;
}

/** Every set of conditions that may be asked for together. */
function combinations(): Search[] {
  const all: Search = {
    reference: 'X',
    type: 'T',
    partner: 'p',
    agency: 'a',
    state: 's',
    from: '0',
    below: '1',
    since: 1,
    until: 2,
    paths: ['P'],
    exact: true,
  };
  const names = ['reference', 'type', 'partner', 'agency', 'state', 'from', 'paths', 'exact'] as const;
  return Array.from({ length: 2 ** names.length }, (_, bits) => Object.fromEntries(Object.entries(all).filter(([name]) => !names.some((each, i) => each === name && !(bits & (2 ** i)))))); // prettier-ignore
}

const planOf = (db: Db, { sql, values }: Query): string[] =>
  (db.prepare(`explain query plan ${sql}`).all(...values) as { readonly detail: string }[]).map(({ detail }) => detail);

/** Steps that look at rows that nobody asked for, or that must see all before the first. */
const isScan = (detail: string): boolean => (/\bSCAN\b/.test(detail) && !detail.startsWith('SCAN json_each')) || /TEMP B-TREE|AUTOMATIC/.test(detail);

t.test('no combination of conditions is answered by a scan or a sort', async (t) => {
  const db = openDatabase(temporary(t));
  t.teardown(() => db.close());
  const seen = new Set<string>();
  for (const query of combinations()) {
    const hashes = query.reference === undefined ? undefined : [Buffer.alloc(16)];
    const [{ sql, values }, key] = [match(query), stated(query)];
    for (const statement of [
      { sql, values: ['id', ...values] },
      ...(hashes && key ? [{ sql: key.sql, values: [hashes[0], 'id', ...key.values] }] : []),
      ...streamsOf(query, hashes).flatMap((stream) => [
        { sql: next(stream), values: [...stream.runs[0]!, '', '~'] },
        { sql: nextLong(stream), values: [...stream.runs[0]!, '', '~', 28] },
      ]),
    ]) {
      const plan = planOf(db, statement);
      seen.add(plan.join(' · '));
      t.same(plan.filter(isScan), [], statement.sql);
    }
  }
  for (const query of combinations())
    for (const stream of streamsOf(query, query.reference === undefined ? undefined : [Buffer.alloc(16)])) {
      const plan = planOf(db, { sql: latest(stream), values: [...stream.runs[0]!, '1-', '1.'] });
      t.match(plan, [/^SEARCH/], 'what is sorted is one interchange, by a range of the same index');
    }
  t.ok(
    [...seen].some((plan) => plan.includes('state_partner_state (partner=? AND state=? AND id>? AND id<?)')),
    'partner, state and time are one range of an index',
  );
  t.ok([...seen].some((plan) => plan.includes('outcome_agency_state (agency=? AND state=? AND message>? AND message<?)')));
});

const letters = ['a', 'b', 'c'] as const;
const pad = (n: number): string => String(n).padStart(26, '0');

/** 600 messages whose partner, type, state, agency and keys follow from their number. */
async function filled(store: Store): Promise<StateChange[]> {
  const all: StateChange[] = [];
  const keys: BusinessKey[] = [];
  for (let n = 0; n < 600; n++) {
    const [id, interchange] = [`${pad(n)}-1`, pad(n)];
    const agencies = n % 4 === 0 ? { [`agency-${letters[n % 3]!}`]: n % 8 === 0 ? 'sent' : 'failed' } : {};
    all.push({
      id,
      interchange,
      partner: `partner-${letters[(n >> 1) % 3]!}`,
      type: `T${n % 5}`,
      state: n % 7 === 0 ? 'rejected' : 'translated',
      received: n,
      agencies,
    });
    keys.push({ message: id, kind: 'container', path: 'A', value: `C${n % 50}` }, { message: id, kind: 'bill', path: 'B', value: `C${n % 50}` });
    if (n % 2 === 0) keys.push({ message: id, kind: 'bill', path: 'B', value: 'ALL', prefix: 'AL' });
  }
  await store.commit({ states: all, keys });
  return all;
}

/** Keys of every third message as those of a later era, of every third as before there were eras; the log as long as that. */
function spread(folder: string): void {
  const db = openDatabase(folder);
  const { index } = readKeys(folder);
  const as = (at: number, hash: (plain: Buffer) => Buffer): void => {
    const move = db.prepare('update key_of set hash = ? where hash = ? and cast(substr(message, 1, 26) as integer) % 3 = ?');
    for (const text of ['ALL', 'AL', ...Array.from({ length: 50 }, (_, n) => `C${n}`)]) {
      const plain = indexHash(index, 'business', text);
      move.run(hash(plain), inEra(plain, 0), at);
    }
  };
  as(1, (plain) => inEra(plain, eraOf(3 * 2 ** 19)));
  as(2, (plain) => plain);
  db.prepare("insert into entry (idx, leaf, owner, salt, sealed) values (?, x'', 'x', x'', x'')").run(3 * 2 ** 19);
  db.close();
}

t.test('every combination gives what a scan of everything would give, page by page', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin: 'portolan.test/log' });
  const all = (await filled(store)).toReversed();
  await store.close();
  for (const eras of [1, 4]) {
    if (eras > 1) spread(folder);
    const reading = readStore(folder);
    await asScanned(t, reading, all);
    await reading.close();
  }
});

async function asScanned(t: Test, store: ReadStore, all: readonly StateChange[]): Promise<void> {
  const numberOf = ({ received }: StateChange): number => received!;
  const conditions: readonly (readonly [Search, (state: StateChange) => boolean])[] = [
    [{ reference: 'C7' }, (s) => numberOf(s) % 50 === 7],
    [{ reference: 'AL' }, (s) => numberOf(s) % 2 === 0],
    [{ reference: 'C7', paths: ['B'] }, (s) => numberOf(s) % 50 === 7],
    [{ reference: 'ALL', paths: ['A'] }, () => false],
    [{ type: 'T3' }, (s) => s.type === 'T3'],
    [{ partner: 'partner-b' }, (s) => s.partner === 'partner-b'],
    [{ agency: 'agency-a' }, (s) => 'agency-a' in s.agencies!],
    [{ state: 'rejected' }, (s) => s.state === 'rejected'],
    [{ agency: 'agency-a', state: 'failed' }, (s) => s.agencies!['agency-a'] === 'failed'],
    [{ since: 100, until: 400, from: pad(100), below: pad(400) }, (s) => numberOf(s) >= 100 && numberOf(s) < 400],
  ];
  for (let i = 0; i < conditions.length; i++)
    for (let j = i; j < conditions.length; j++) {
      const [query, holds] = [{ ...conditions[i]![0], ...conditions[j]![0] }, [conditions[i]!, conditions[j]!]];
      if (Object.keys(conditions[i]![0]).some((name) => i !== j && Object.hasOwn(conditions[j]![0], name))) continue; // they ask for two values of one thing
      const isAgencys = query.agency !== undefined && query.state === 'rejected';
      const expected = isAgencys ? [] : all.filter((state) => holds.every(([, each]) => each(state))).map(({ id }) => id);
      const found: string[] = [];
      for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages++) {
        const page = await store.search({ ...query, limit: 37, ...(cursor === undefined ? {} : { cursor }) });
        found.push(...page.items.map(({ id }) => id));
        cursor = page.cursor;
      }
      t.same(found, expected, JSON.stringify(query));
    }
}

t.test('messages of one interchange are found by their numbers, in any combination, page by page, from any of them on', async (t) => {
  const store = openStore({ folder: temporary(t), origin: 'portolan.test/log' });
  t.teardown(() => store.close());
  const counts = [1, 12, 0, 120, 3, 1, 1_050];
  const all = counts.flatMap((count, n) =>
    Array.from({ length: count }, (_, i): StateChange => {
      const number = i + 1;
      return { id: `${pad(n)}-${number}`, interchange: pad(n), partner: number % 3 === 0 ? 'three' : 'other', type: number % 2 === 0 ? 'EVEN' : 'ODD', state: number % 5 === 0 ? 'held' : 'sent', received: n, agencies: number % 7 === 0 ? { seven: 'sent' } : {} }; // prettier-ignore
    }),
  );
  const keys = all.flatMap(({ id }, i) => (i % 4 === 0 ? [{ message: id, kind: 'bill', path: 'B', value: 'KEY' }] : []));
  await store.commit({ states: [...all, ...counts.map((_, n): StateChange => ({ id: pad(n), interchange: pad(n), state: 'processed', received: n }))], keys });
  const found = async (query: Search, from?: string): Promise<string[]> => {
    const ids: string[] = [];
    for (let cursor = from, pages = 0; pages === 0 || cursor !== undefined; pages++) {
      const page = await store.search({ ...query, limit: 7, ...(cursor === undefined ? {} : { cursor }) });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.cursor;
    }
    return ids;
  };
  const keyed = new Set(keys.map(({ message }) => message));
  const conditions: readonly (readonly [Search, (state: StateChange) => boolean])[] = [
    [{}, () => true],
    [{ partner: 'three' }, ({ partner }) => partner === 'three'],
    [{ type: 'EVEN', partner: 'three' }, ({ type, partner }) => type === 'EVEN' && partner === 'three'],
    [{ reference: 'KEY' }, ({ id }) => keyed.has(id)],
    [{ reference: 'KEY', agency: 'seven' }, ({ id, agencies }) => keyed.has(id) && 'seven' in agencies!],
    [{ reference: 'KEY', state: 'held', type: 'ODD' }, ({ id, state, type }) => keyed.has(id) && state === 'held' && type === 'ODD'],
    [{ type: 'ODD', since: 1, until: 4, from: pad(1), below: pad(4) }, ({ type, received }) => type === 'ODD' && received! >= 1 && received! < 4],
  ];
  for (const [query, holds] of conditions) {
    const expected = all.filter(holds).map(({ id }) => id).toReversed(); // prettier-ignore
    t.same(await found(query), expected, JSON.stringify(query));
    for (const at of [0, 1, Math.floor(expected.length / 2), expected.length - 1]) t.same(await found(query, expected[at]), expected.slice(at + 1), `${JSON.stringify(query)} from ${expected[at]} on`); // prettier-ignore
  }
  const withWhole = counts.flatMap((_, n) => [pad(n), ...all.filter(({ received }) => received === n).map(({ id }) => id)]).toReversed();
  t.same(await found({ interchanges: true }), withWhole, 'a whole one comes after its messages');
});

t.test('what is far down is found, and others have their turn in between', async (t) => {
  const store = openStore({ folder: temporary(t), origin: 'portolan.test/log' });
  t.teardown(() => store.close());
  const states: StateChange[] = Array.from({ length: 9_000 }, (_, n) => ({
    id: `${pad(n)}-1`,
    interchange: pad(n),
    partner: n % 2 === 0 ? 'even' : 'odd',
    type: n === 1 ? 'RARE' : n % 3 === 0 ? 'ONE' : 'TWO',
    state: n % 2 === 0 ? 'held' : 'translated',
    received: n,
  }));
  for (let i = 0; i < states.length; i += 3_000) await store.commit({ states: states.slice(i, i + 3_000) });
  let turns = 0;
  let isDone = false;
  const count = (): void => void (isDone || (turns++, setImmediate(count)));
  setImmediate(count);
  t.same((await store.search({ type: 'ONE', partner: 'odd', state: 'held' })).items, [], 'nothing is both');
  isDone = true;
  t.ok(turns <= 2, `an index knows it at once: ${turns} turns`);
  t.same((await store.search({ type: 'RARE' })).items.map(({ id }) => id), [`${pad(1)}-1`]); // prettier-ignore
  t.same((await store.search({ since: 0, until: 1 })).items.map(({ id }) => id), [`${pad(0)}-1`], 'times alone, without what they say of ids'); // prettier-ignore
});

t.test('keys of an erased message are gone, those of others stay', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin: 'portolan.test/log' });
  await filled(store);
  await store.commit({ keys: [{ message: `${pad(50)}-1`, kind: 'bill', path: 'B', value: 'LATER' }] });
  await store.commit({
    contents: [{ owner: `${pad(50)}-1`, stage: 'canonical', media: 'application/json', bytes: Buffer.from('{}') }],
    records: [{ kind: 'translated', interchange: pad(50), message: `${pad(50)}-1` }],
  });
  const found = async (reference: string): Promise<number> => (await store.search({ reference, limit: 500 })).items.length;
  t.same([await found('C0'), await found('ALL'), await found('LATER')], [12, 300, 1]);
  await store.commit({ records: [{ kind: 'erased', refs: [{ kind: 'all', id: `${pad(50)}-1` }] }], erase: [{ owner: `${pad(50)}-1`, what: 'all' }] });
  t.same([await found('C0'), await found('ALL'), await found('AL'), await found('LATER')], [11, 299, 299, 0]);
  await store.close();
});

t.test('keys of a store of schema 1 are found and erased as before', async (t) => {
  const folder = temporary(t);
  const before = new Database(databaseFile(folder));
  before.exec(schema0001);
  before.pragma('user_version = 1');
  const hashes = [Buffer.alloc(16, 1), Buffer.alloc(16, 0x80), Buffer.alloc(16, 3)];
  const add = before.prepare('insert into business_key (hash, message, kind, path) values (?, ?, ?, ?)');
  for (const hash of hashes) add.run(hash, '01-1', hash === hashes[2] ? 'container-prefix' : 'container', 'A');
  before.close();
  const db = openDatabase(folder);
  t.same(
    db.prepare("select k.hash, k.message, p.kind, p.part from key_of k join key_path p on p.no = k.path where p.path = 'A' order by k.hash").all(),
    [hashes[0], hashes[2], hashes[1]].map((hash) => ({ hash, message: '01-1', kind: 'container', part: hash === hashes[2] ? 'prefix' : 'value' })),
  );
  db.prepare("insert into state (id, interchange, state, received, updated, detail) values ('01-1', '01', 'held', 1, 1, x'00')").run();
  new Writes(db).erase({ owner: '01-1', what: 'content' });
  t.equal(db.prepare('select count(*) from key_of').pluck().get(), 0);
  db.close();
});

t.test('a store of schema 1 that cannot be brought up to date stays as it was', async (t) => {
  const folder = temporary(t);
  const before = new Database(databaseFile(folder));
  before.exec(`${schema0001} pragma user_version = 1; create table alert (of_schema_7 text)`);
  const schema = before.serialize();
  before.close();
  t.throws(() => openDatabase(folder), { code: 'STORE_FAULT', message: /alert/ });
  const after = new Database(databaseFile(folder), { readonly: true });
  const read = (db: Db): unknown => [db.pragma('user_version'), db.prepare('select name, sql from sqlite_schema').all()];
  t.same(read(after), read(new Database(schema)));
  after.close();
});
