import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openStore } from '../../src/store/open.ts';
import { readerParts } from '../../src/store/parts.ts';
import { placeOf } from '../../src/store/place.ts';
import { verifyReceipt } from '../../src/store/receipt.ts';
import { databaseFile } from '../../src/store/sqlite.ts';
import { openThreadedStore } from '../../src/store/threaded.ts';
import { intakeOf, outcomeOf, remove, verifyFolder } from './damage.ts';

/*
 * The store in a thread of its own: the same committer, spoken to by messages. What the other tests say of the store holds
 * for the committer; here is what the way there could change.
 */
function temporary(test: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-thread-'));
  test.teardown(() => remove(folder));
  return folder;
}

const origin = 'portolan.test/log';

t.test('one message from intake to outcome, as in the thread that calls', async (t) => {
  const folder = temporary(t);
  const store = await openThreadedStore({ folder, origin });
  const shared = Buffer.from('....UNB+one.UNB+two');
  const [one, two] = await Promise.all([store.commit(intakeOf('01A', shared.subarray(4, 11))), store.commit(intakeOf('01B', shared.subarray(12)))]);
  t.match([one!.verdict, two!.verdict, one!.indexes, two!.indexes], ['first', 'first', [0], [1]]);
  for (const committed of [one!, two!]) t.notOk('broken' in verifyReceipt(committed.receipt(), store.verifierKey), 'a receipt that holds');
  t.same(JSON.parse(one!.receiptJson()), await store.receipt(0), 'as JSON it is the same as read again');
  t.match(one!.receiptJson(), /^[\x20-\x7f]+$/, 'and ASCII');
  t.equal(Buffer.from((await store.content({ owner: '01B', stage: 'original' }))!).toString(), 'UNB+two', 'what was committed can be read at once');
  t.equal(shared.toString(), '....UNB+one.UNB+two', 'the bytes of the caller stay its own');
  const [job, ...others] = await store.claim(['translate'], 10);
  t.equal(others.length, 1);
  t.same(await store.claim(['translate'], 10), []);
  store.release(others.map(({ id }) => id));
  t.match(await store.claim(['translate'], 10), [{ owner: '01B' }], 'what was released is given again');
  const outcome = await store.commit(outcomeOf('01A', job!.id));
  t.equal(outcome.indexes.length, 2);
  t.notOk('broken' in verifyReceipt(outcome.receipt(1), store.verifierKey), 'the receipt of the second record');
  t.match(await store.commit(outcomeOf('01A', job!.id)), { verdict: 'stale', indexes: [] });
  t.type(await store.nextDue(['deliver']), 'number');
  t.throws(() => openStore({ folder }), { code: 'STORE_LOCKED' }, 'it is the owner');
  await store.backup(join(folder, 'copy.db'));
  await store.publish();
  await store.close();
  t.match(verifyFolder(folder), { ok: true, entries: 4 });
  const again = await openThreadedStore({ folder });
  const duplicate = await again.commit(intakeOf('01C', Buffer.from('UNB+one'), '01A'));
  t.match([duplicate.verdict, duplicate.previous], ['duplicate', '01A']);
  t.same(duplicate.receipt(), one!.receipt(), 'the original receipt, after a restart too');
  await again.close();
});

t.test('what has patience waits for others, and shares their transaction', async (t) => {
  const store = await openThreadedStore({ folder: temporary(t), origin });
  const begun = performance.now();
  const alone = await store.commit(intakeOf('01A', Buffer.from('UNB+one')), 60);
  t.ok(performance.now() - begun >= 55, 'alone it waits so long, and no longer');
  t.equal(alone.verdict, 'first');
  const patient = ['01B', '01C'].map((id) => store.commit(intakeOf(id, Buffer.from(`UNB+${id}`)), 60_000));
  t.match(
    (await store.claim(['translate'], 10)).map(({ owner }) => owner),
    ['01A'],
    'who looks for work hurries nobody',
  );
  const together = await Promise.all([...patient, store.commit(intakeOf('01D', Buffer.from('UNB+four')))]);
  t.equal(new Set(together.map(({ at }) => at)).size, 1, 'what has none takes it along');
  t.same(together.map(({ indexes: [index] }) => index), [1, 2, 3], 'in the order in which it was asked'); // prettier-ignore
  const last = store.commit(intakeOf('01E', Buffer.from('UNB+five')), 60_000);
  await store.close();
  t.match(await last, { verdict: 'first' }, 'and nothing waits beyond the end');
});

t.test('the owner reads the database itself: where it cannot be opened, no copy is read in its place', async (t) => {
  const folder = temporary(t);
  await openStore({ folder, origin }).close();
  symlinkSync('nowhere', `${databaseFile(folder)}-shm`); // what a connection shares cannot be opened, as when no more files may be open
  const { db } = readerParts(folder);
  t.not(db.name, databaseFile(folder), 'whoever reads beside it reads a copy');
  db.close();
  t.throws(() => readerParts(folder, placeOf(folder)), { code: 'STORE_READ_ONLY' }, 'which passes: it is tried again');
});

t.test('a duplicate and a conflict write what was given for them, bytes too', async (t) => {
  const store = await openThreadedStore({ folder: temporary(t), origin });
  const content = { owner: '01B', stage: 'original' };
  const other = { contents: [{ ...content, media: 'text/plain', bytes: Buffer.from('two') }], records: [{ kind: 'quarantined' as const, content }] };
  const second = intakeOf('01B', Buffer.from('two'), '01A');
  await store.commit(intakeOf('01A', Buffer.from('one')));
  const committed = await store.commit({ ...second, duplicates: second.duplicates!.map((key) => ({ ...key, other })) });
  t.match([committed.verdict, committed.previous, committed.indexes], ['conflict', '01A', [1]]);
  t.equal(Buffer.from((await store.content(content))!).toString(), 'two');
  await store.close();
});

t.test('a fault keeps its code, and fails alone', async (t) => {
  const folder = temporary(t);
  const store = await openThreadedStore({ folder, origin });
  const [good, bad] = await Promise.allSettled([
    store.commit({ records: [{ kind: 'read' }] }),
    store.commit({ records: [{ kind: 'sent', content: { owner: '01Z', stage: 'x' } }] }),
  ]);
  t.equal(good.status, 'fulfilled');
  t.match(bad, { reason: { name: 'StoreError', code: 'STORE_BATCH', message: /01Z\/x, which is not stored/ } });
  await t.rejects(openThreadedStore({ folder }), { code: 'STORE_LOCKED' });
  await t.rejects(store.backup(join(folder, 'nowhere', 'copy.db')));
  await store.close();
  await t.rejects(store.commit({ records: [{ kind: 'read' }] }), { code: 'STORE_HALTED' });
});

t.test('a large body goes piece by piece; one whose source breaks off is swept', async (t) => {
  const folder = temporary(t);
  const store = await openThreadedStore({ folder, origin });
  const body = Buffer.from(Array.from({ length: 2_500_000 }, (_, i) => i % 251));
  const cut = function* (fails: boolean): Generator<Uint8Array> {
    for (let at = 0; at < body.length; at += 300_000) yield body.subarray(at, at + 300_000);
    if (fails) throw new Error('the sender went away');
  };
  const id = { owner: '01BIG', stage: 'original' };
  const staged = await store.stage({ ...id, media: 'text/plain' }, cut(false));
  await store.commit({
    contents: [{ ...id, media: 'text/plain', bytes: staged }],
    records: [{ kind: 'received', interchange: '01BIG', content: id }],
    states: [{ id: '01BIG', interchange: '01BIG', state: 'received' }],
  });
  t.ok(body.equals((await store.content(id))!));
  await t.rejects(store.stage({ owner: '01GONE', stage: 'original', media: 'text/plain' }, cut(true)), { message: 'the sender went away' });
  await store.close();
  await (await openThreadedStore({ folder })).close();
  t.match(verifyFolder(folder), { ok: true, contents: 1 });
});

t.test('what is under way when the store is closed is written first', async (t) => {
  const folder = temporary(t);
  const store = await openThreadedStore({ folder, origin });
  const under = Array.from({ length: 40 }, (_, i) => store.commit(intakeOf(`01${i}`, Buffer.alloc(2_000, i))));
  await store.close();
  t.equal((await Promise.all(under)).length, 40);
  t.match(verifyFolder(folder), { ok: true, entries: 40 });
});

t.test('a thread that falls takes nothing that was acknowledged with it, and nothing more is accepted', async (t) => {
  const folder = temporary(t);
  const store = await openThreadedStore({ folder, origin, limits: { maxOldGenerationSizeMb: 80 } });
  await store.commit(intakeOf('01A', Buffer.from('one')));
  const detail = Array.from({ length: 1_500_000 }, (_, n) => `a long list that does not fit, line ${n}`);
  const falling = store.commit({ records: [{ kind: 'read', detail }] });
  await new Promise(setImmediate);
  const behind = store.commit(intakeOf('01C', Buffer.from('three'))); // waits until the group before it is answered
  await Promise.all([t.rejects(falling, { code: 'STORE_FAULT', retry: 'halt' }), t.rejects(behind, { code: 'STORE_HALTED' })]);
  await t.rejects(store.commit(intakeOf('01B', Buffer.from('two'))), { code: 'STORE_HALTED' });
  t.ok(await store.state('01A'), 'it goes on to be read');
  await store.close();
  const reopened = openStore({ folder });
  t.equal(await reopened.size(), 1);
  await reopened.close();
  rmSync(join(folder, 'log'), { recursive: true, force: true });
});
