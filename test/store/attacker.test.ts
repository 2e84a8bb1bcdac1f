import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { openStore } from '../../src/store/open.ts';
import { remove, sampleStore, verifyFolder } from './damage.ts';

/*
 * Somebody who can write to the data folder and has no key: what is done leaves a store that opens, and must show to
 * whoever verifies it.
 */
const sample = await sampleStore();
t.teardown(() => remove(sample));

function temporary(test: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-attacker-'));
  test.teardown(() => remove(folder));
  return folder;
}

function found(folder: string): string[] {
  return verifyFolder(folder)
    .findings.filter(({ severity }) => severity !== 'info')
    .map(({ args }) => `${args['part']}: ${args['message']}`);
}

function change(folder: string, sql: string): void {
  const db = new Database(join(folder, 'portolan.db'));
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

t.test('each checkpoint that is taken away is missed', (t) => {
  const folder = temporary(t);
  cpSync(sample, folder, { recursive: true });
  const db = new Database(join(folder, 'portolan.db'));
  const rows = db.prepare('select size, note from checkpoint order by size').all() as { size: number; note: string }[];
  const put = db.prepare('insert into checkpoint (size, note) values (?, ?)');
  const missed = rows.slice(0, -1).filter(({ size, note }) => {
    db.prepare('delete from checkpoint where size = ?').run(size);
    const lines = found(folder);
    put.run(size, note);
    return lines.join('\n') !== `checkpoint over ${size} entries: it is missing`;
  });
  t.same(missed, []);
  t.ok(rows.length > 20);
  db.exec('delete from checkpoint where size > 100 and size < (select max(size) from checkpoint)');
  t.equal(found(folder).length, rows.length - 1, 'and so is each of many');
  db.close();
  t.end();
});

t.test('commits within one millisecond have times of their own, so that the checkpoint between them is missed too', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin: 'portolan.test/log', clock: () => 1_000_000 });
  const [first] = [await store.commit({ records: [{ kind: 'read' }] }), await store.commit({ records: [{ kind: 'sent' }] })];
  const { jobs } = await store.commit({ jobs: { add: [{ kind: 'a', value: 1 }] }, records: [{ kind: 'read' }] });
  t.match(await store.claim(['a'], 1), [{ id: jobs[0]! }], 'work is due by the clock, not by the time of the log');
  await store.close();
  t.equal(Date.parse(first.at), 1_000_000);
  t.same(found(folder), []);
  change(folder, 'delete from checkpoint where size = 1');
  t.same(found(folder), ['checkpoint over 1 entries: it is missing']);
});

/*
 * What can be done to the rows without a key. The sample has the content of 01J3 erased, lawfully and with its record,
 * and an item in the mailbox of customs.
 */
const done: readonly { readonly what: string; readonly sql: string; readonly names: RegExp }[] = [
  {
    what: 'a trigger that would take each delivery away',
    sql: "create trigger quiet after insert on job when new.kind = 'deliver' begin delete from job where id = new.id; end",
    names: /^the schema of the database, trigger quiet: it is not of this program$/,
  },
  {
    what: 'a view in place of a table',
    sql: 'alter table job rename to job_; create view job as select * from job_',
    names: /schema of the database, view job/,
  },
  { what: 'an index taken away', sql: 'drop index entry_owner', names: /schema of the database, index entry_owner: it is missing/ },
  { what: 'the key of another log', sql: "update meta set value = replace(value, 'portolan', 'other')", names: /^the key of the log: / },
  { what: 'no key of a log', sql: 'delete from meta', names: /^the key of the log: / },
  {
    what: 'a witness that never was',
    sql: "update checkpoint set note = note || '— witness.test AAAA' || char(10) where size = 168",
    names: /^checkpoint over 168 entries: /,
  },
  {
    what: 'content marked as never used, so that the next start removes it',
    sql: "insert into staged select no from content where owner = '01J5'",
    names: /^content 01J5\/original: it is marked as never used/,
  },
  {
    what: 'content handed to another party',
    sql: "insert into inbox values ('rival', 1, 'k', 'message', '01J5', 'original', null, 0, null)",
    names: /^mailbox of rival, number 1: no record says that it was sent to that party$/,
  },
  {
    what: 'an item of a mailbox exchanged',
    sql: "update inbox set owner = '01J6-1' where party = 'customs' and number = 1",
    names: /^mailbox of customs, number 1: /,
  },
  {
    what: 'a delivery led to another party',
    sql: "update job set value = json_set(value, '$.party', 'rival') where owner = '01J6-1'",
    names: /^job \d+: no record says that 01J6-1\/customs was made for rival$/,
  },
  {
    what: 'a delivery of other bytes',
    sql: "update job set value = json_set(value, '$.content.stage', 'canonical') where owner = '01J6-1'",
    names: /^job \d+: no record says that 01J6-1\/canonical was made for customs$/,
  },
  {
    what: 'an interchange made to be of another partner',
    sql: "update state set partner = 'rival' where id = '01J5'",
    names: /^state of 01J5: no record says that it came from rival$/,
  },
  {
    what: 'a message made to be of another interchange, whose partner may see it',
    sql: "update state set interchange = '01J6' where id = '01J5-1'",
    names: /^state of 01J5-1: it names another interchange$/,
  },
  {
    what: 'a message that waits made to be delivered, so that the agency may see it',
    sql: "update outcome set state = 'delivered' where message = '01J6-1'",
    names: /^state of 01J6-1: no record says that it was sent to customs$/,
  },
  {
    what: 'a message given to an agency that has no part in it',
    sql: "insert into outcome values ('01J5-1', 'rival', 'sent')",
    names: /^state of 01J5-1: no record says that it was sent to rival$/,
  },
  {
    what: 'the record blanked of an owner whose content alone was erased',
    sql: "update entry set salt = x'', sealed = x'' where owner = '01J3'",
    names: /^record \d+: it is blank, and no record says that it was erased$/,
  },
  {
    what: 'a record blanked that was written after all of its owner was erased',
    sql: "update entry set salt = x'', sealed = x'' where owner = '01J4' and idx = (select max(idx) from entry where owner = '01J4')",
    names: /^record \d+: it is blank, and no record says that it was erased$/,
  },
  {
    what: 'another number of what was erased, so that its key finds nobody',
    sql: "update content set no = no + 4096 where owner = '01J3'",
    names: /^duplicate key of content number \d+: no content has that number/,
  },
  {
    what: 'a key that some other content used',
    sql: "update duplicate set content = content + 1 where content = (select no from content where owner = '01J3')",
    names: /^duplicate key of content number \d+: it was changed/,
  },
  {
    what: 'a key that may be used again sooner',
    sql: "update duplicate set until = 1 where content = (select no from content where owner = '01J5')",
    names: /^duplicate key of content number \d+: it was changed/,
  },
  {
    what: 'a key kept before keys had sums, of a content that is not there',
    sql: 'insert into duplicate_apart select hash, content + 4096, until from duplicate limit 1',
    names: /^duplicate key of content number \d+: no content has that number/,
  },
  {
    what: 'a key released of a content that is not there',
    sql: 'insert into released values (4096)',
    names: /^released key of content number 4096: no content has that number$/,
  },
  { what: 'what an operator keeps, let go', sql: 'delete from hold', names: /^hold of 01J7-1: record \d+ says that it is kept, and its row is missing$/ },
  {
    what: 'what nobody keeps, kept',
    sql: "insert into hold values ('01J8')",
    names: /^hold of 01J8: no record says that it is kept$/,
  },
  {
    what: 'a business key taken away',
    sql: "delete from key_of where message = '01J5-1'",
    names: /^business keys of 01J5-1: it is not found by one of them$/,
  },
  {
    what: 'all business keys of a message taken away',
    sql: "delete from keyed where message = '01J5-1'",
    names: /^business keys: there are 40, and messages have 39$/,
  },
  { what: 'a state taken away', sql: "delete from state where id = '01J5-1'", names: /^state of 01J5-1: record \d+ is about it, and it is missing$/ },
  {
    what: 'what a state says, exchanged',
    sql: "update state set detail = (select detail from state where id = '01J6-1') where id = '01J5-1'",
    names: /^state of 01J5-1: what it says, or its data key, was changed$/,
  },
  { what: 'a job that cannot be read', sql: "update job set value = '{' where owner = '01J6-1'", names: /^job \d+: what it is to do cannot be read$/ },
];

t.test('each thing that is done to the rows shows', async (t) => {
  const folder = temporary(t);
  cpSync(sample, folder, { recursive: true });
  const store = openStore({ folder });
  const content = { owner: '01J5-1', stage: 'customs' };
  await store.commit({
    inbox: [{ party: 'customs', key: 'k', kind: 'message', content, message: '01J5-1' }],
    records: [{ kind: 'sent', interchange: '01J5', message: '01J5-1', party: 'customs', content }],
  });
  await store.commit({ erase: [{ owner: '01J4', what: 'all' }], records: [{ kind: 'erased', refs: [{ kind: 'all', id: '01J4' }] }] });
  await store.commit({ records: [{ kind: 'read', interchange: '01J4' }] });
  await store.close();
  t.same(found(folder), [], 'as it was left, it verifies');
  for (const { what, sql, names } of done) {
    const copy = temporary(t);
    cpSync(folder, copy, { recursive: true });
    change(copy, sql);
    const lines = found(copy);
    t.ok(
      lines.some((line) => names.test(line)),
      what,
      { lines },
    );
    remove(copy);
  }
});
