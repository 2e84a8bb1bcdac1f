import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import t from 'tap';
import { readKeys } from '../../src/store/keys.ts';
import { openStore } from '../../src/store/open.ts';
import { verifyReceipt } from '../../src/store/receipt.ts';
import { openDatabase } from '../../src/store/sqlite.ts';
import type { Batch, Store, Verdict } from '../../src/store/store.ts';
import { keepingOf } from '../../src/store/used-keys.ts';
import { intakeOf, outcomeOf, remove, verifyFolder } from './damage.ts';

function temporary(test: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-commit-'));
  test.teardown(() => remove(folder));
  return folder;
}

const origin = 'portolan.test/log';

/*
 * The policy of duplicates as evidence.md tables it. Each row: what was sent before under the reference R, whether that
 * failed, what is sent now, and what becomes of it.
 */
const policy: readonly {
  readonly before?: string;
  readonly failed?: true;
  readonly now: string;
  readonly policy?: 'mark';
  readonly verdict: Verdict;
  readonly written: string;
}[] = [
  { now: 'bytes', verdict: 'first', written: 'received' },
  { before: 'bytes', now: 'bytes', verdict: 'duplicate', written: 'acknowledged' },
  { before: 'bytes', now: 'other bytes', verdict: 'conflict', written: 'quarantined' },
  { before: 'bytes', failed: true, now: 'bytes', verdict: 'retry', written: 'received' },
  { before: 'bytes', failed: true, now: 'other bytes', verdict: 'retry', written: 'received' },
  { before: 'bytes', now: 'bytes', policy: 'mark', verdict: 'resubmission', written: 'received' },
  { before: 'bytes', now: 'other bytes', policy: 'mark', verdict: 'first', written: 'received' },
];

function submission(id: string, text: string, mode: 'refuse' | 'mark', until?: number): Batch {
  const content = { owner: id, stage: 'original' };
  const body = [{ ...content, media: 'application/edifact', bytes: Buffer.from(text) }];
  return {
    duplicates: [
      {
        key: 'R',
        content,
        policy: mode,
        ...(until === undefined ? {} : { until }),
        same: { records: [{ kind: 'acknowledged', interchange: id }] },
        other: { contents: body, records: [{ kind: 'quarantined', interchange: id, content }] },
      },
    ],
    contents: body,
    records: [{ kind: 'received', interchange: id, content }],
    jobs: { add: [{ kind: 'translate', value: id }] },
  };
}

/** Keys as stores before schema 9 kept them: each somewhere, and not beside its neighbours. */
function keepApart(folder: string, key: string): void {
  const db = openDatabase(folder);
  const { beside, apart } = keepingOf(readKeys(folder).index)(key);
  db.prepare('insert into duplicate_apart select ?, content, until from duplicate where hash = ?').run(apart, beside);
  db.prepare('delete from duplicate').run();
  db.close();
}

for (const row of policy)
  for (const schema of row.before === undefined ? [9] : [9, 8]) {
    t.test(
      `duplicates, schema ${schema}: ${row.before === undefined ? 'nothing' : `the same reference${row.failed ? ', which failed,' : ''}`} before, ${row.now} now${row.policy ? ', to be marked' : ''}: ${row.verdict}`,
      async (t) => {
        const folder = temporary(t);
        let store = openStore({ folder, origin });
        const first = row.before === undefined ? undefined : await store.commit(submission('01A', row.before, 'refuse'));
        if (schema === 8) {
          await store.close();
          keepApart(folder, 'R');
          store = openStore({ folder, origin });
          t.same(await store.usedBy('R'), { owner: '01A', failed: false });
        }
        if (row.failed) await store.commit({ release: ['01A'] });
        const committed = await store.commit(submission('01B', row.now, row.policy ?? 'refuse'));
        t.equal(committed.verdict, row.verdict);
        const [step] = await store.timeline('01B');
        t.equal(step?.record?.kind, row.written);
        const link = { duplicate: 'duplicate-of', conflict: 'conflict-with', retry: 'retry-of', resubmission: 'resubmission-of' }[row.verdict as string];
        t.same(step?.record?.refs, link === undefined ? undefined : [{ kind: link, id: '01A' }]);
        if (row.verdict === 'duplicate') t.same(committed.receipt(), first!.receipt(), 'the original receipt again');
        const isWritten = row.verdict !== 'duplicate' && row.verdict !== 'conflict';
        t.equal((await store.claim(['translate'], 10)).length, (row.before === undefined ? 0 : 1) + (isWritten ? 1 : 0), 'nothing is processed twice');
        await store.close();
      },
    );
  }

t.test('duplicates: the window ends, and the reference may be used again', async (t) => {
  let now = 1_000;
  const store = openStore({ folder: temporary(t), origin, clock: () => now });
  t.equal((await store.commit(submission('01A', 'x', 'refuse', 2_000))).verdict, 'first');
  t.equal((await store.commit(submission('01B', 'x', 'refuse', 2_000))).verdict, 'duplicate');
  now = 2_000;
  t.equal((await store.commit(submission('01C', 'x', 'refuse', 3_000))).verdict, 'first');
  t.same(await store.usedBy('R'), { owner: '01C', failed: false });
  t.equal((await store.commit(submission('01D', 'x', 'refuse', 3_000))).previous, '01C');
  await store.close();
});

t.test('duplicates: many at once, one is first', async (t) => {
  const store = openStore({ folder: temporary(t), origin });
  const verdicts = (await Promise.all(Array.from({ length: 50 }, (_, i) => store.commit(submission(`01${i}`, 'x', 'refuse'))))).map(
    (committed) => committed.verdict,
  );
  t.same([verdicts.filter((v) => v === 'first').length, verdicts.filter((v) => v === 'duplicate').length], [1, 49]);
  await store.close();
});

t.test('an outcome happens once: a second one for the same job is stale and writes nothing', async (t) => {
  const store = openStore({ folder: temporary(t), origin });
  const { jobs } = await store.commit(intakeOf('01A', Buffer.from('x')));
  t.equal((await store.commit(outcomeOf('01A', jobs[0]!))).verdict, 'first');
  const again = await store.commit(outcomeOf('01A', jobs[0]!));
  t.match(again, { verdict: 'stale', indexes: [], jobs: [] });
  t.equal(await store.size(), 3);
  await store.close();
});

t.test('a batch that contradicts itself fails alone', async (t) => {
  const store = openStore({ folder: temporary(t), origin });
  const bad: readonly [string, Batch][] = [
    ['content that is there already', { contents: [{ owner: '01A', stage: 'original', media: 'text/plain', bytes: Buffer.alloc(1) }] }],
    ['a record about content that is not there', { records: [{ kind: 'sent', content: { owner: '01Z', stage: 'x' } }] }],
    ['an owner that is no name', { records: [{ kind: 'sent', interchange: 'a/b' }] }],
    ['a lone surrogate', { records: [{ kind: 'sent', detail: '\ud800' }] }],
    ['nothing to erase', { erase: [{ owner: '01Z', what: 'content' }], records: [{ kind: 'erased', refs: [{ kind: 'content', id: '01Z' }] }] }],
    ['an erasure without its record', { erase: [{ owner: '01A', what: 'content' }] }],
    [
      'an erasure that goes further than its record',
      { erase: [{ owner: '01A', what: 'all' }], records: [{ kind: 'erased', refs: [{ kind: 'content', id: '01A' }] }] },
    ],
  ];
  await store.commit(intakeOf('01A', Buffer.from('x')));
  for (const [name, batch] of bad) {
    const [good, failed] = await Promise.allSettled([store.commit({ records: [{ kind: 'read', detail: name }] }), store.commit(batch)]);
    t.equal(good.status, 'fulfilled', `${name}: the one beside it is written`);
    t.equal(failed.status, 'rejected', name);
  }
  t.equal(await store.size(), 1 + bad.length);
  await store.close();
});

t.test('group commit: what arrives together shares one checkpoint, and each receipt holds alone', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 8 }), async (sizes) => {
      for (const count of sizes) {
        const before = await store.size();
        const group = await Promise.all(
          Array.from({ length: count }, (_, i) =>
            store.commit({
              records: [
                { kind: 'read', detail: i },
                { kind: 'exported', detail: i },
              ],
            }),
          ),
        );
        const receipts = group.flatMap((committed) => [committed.receipt(0), committed.receipt(1)]);
        const notes = new Set(receipts.map((receipt) => receipt.checkpoint));
        if (notes.size > 1 || receipts.some((receipt) => 'broken' in verifyReceipt(receipt, store.verifierKey))) return false;
        if (receipts.some((receipt, i) => receipt.index !== before + i)) return false;
        for (const receipt of receipts.slice(0, 3)) if (JSON.stringify(await store.receipt(receipt.index)) !== JSON.stringify(receipt)) return false;
      }
      return true;
    }),
    { numRuns: 15 },
  );
  await store.close();
  t.match(verifyFolder(folder), { ok: true });
});

t.test('a receipt that was changed does not hold, and says where', async (t) => {
  const store = openStore({ folder: temporary(t), origin });
  const [{ receipt }] = [await store.commit({ records: [{ kind: 'read' }, { kind: 'sent' }] })];
  const good = receipt(1);
  t.match(verifyReceipt(good, store.verifierKey), { checkpoint: { size: 2 } });
  t.match(verifyReceipt({ ...good, record: '{}' }, store.verifierKey), { broken: 'record' });
  t.match(verifyReceipt({ ...good, index: 0 }, store.verifierKey), { broken: 'proof' });
  t.match(verifyReceipt({ ...good, proof: [] }, store.verifierKey), { broken: 'proof' });
  t.match(verifyReceipt({ ...good, entry: good.entry.replace('20', '19') }, store.verifierKey), { broken: 'proof' });
  t.match(verifyReceipt({ ...good, entry: ` ${good.entry}` }, store.verifierKey), { broken: 'entry' });
  t.match(verifyReceipt({ ...good, checkpoint: good.checkpoint.replace('\n2\n', '\n3\n') }, store.verifierKey), { broken: 'checkpoint' });
  await store.close();
});

t.test('a job that stopped when it was first tried is given to nobody, and stands among what stopped', async (t) => {
  const store = openStore({ folder: temporary(t), origin });
  await store.commit({
    jobs: {
      add: [
        { kind: 'tell', value: {}, owner: '01A', failed: { code: 'ANSWER_UNTOLD' } },
        { kind: 'tell', value: {} },
      ],
    },
  });
  t.equal((await store.claim(['tell'], 10)).length, 1, 'the other one');
  t.match(await store.stopped(0, 10, { kinds: ['tell'] }), [{ owner: '01A', state: 'parked', code: 'ANSWER_UNTOLD', retry: 'after-fix', attempts: 1 }]);
  t.match(await store.jobsOf('01A'), [{ kind: 'tell' }]);
  await store.close();
});

t.test('jobs: claimed once, back when released, due again later when they failed, dead when they cannot succeed', async (t) => {
  let now = 1_000_000;
  const folder = temporary(t);
  const store = openStore({ folder, origin, clock: () => now });
  await store.commit({
    jobs: {
      add: [
        { kind: 'a', value: 1 },
        { kind: 'b', value: { of: 2 } },
        { kind: 'a', value: 3, due: now + 50 },
      ],
    },
  });
  const [first] = await store.claim(['a'], 10);
  t.match(first, { value: 1, attempts: 0 });
  t.same(await store.claim(['a'], 10), [], 'nobody gets it twice, nor before it is due');
  t.equal(await store.nextDue(['a']), now + 50);
  store.release([first!.id]);
  t.equal((await store.claim(['a', 'b'], 10)).length, 2);
  await store.commit({ jobs: { failed: [{ id: first!.id, code: 'STORE_BUSY' }] } });
  t.same(await store.claim(['a'], 10), []);
  const due = (await store.nextDue(['a']))!;
  t.equal(due, now + 50);
  now += 10_000;
  const again = await store.claim(['a'], 10);
  t.match(again, [{ value: 3 }, { value: 1, attempts: 1 }]);
  await store.commit({ jobs: { failed: [{ id: again[1]!.id, code: 'STORE_BUSY', retry: 'never' }], done: [again[0]!.id] } });
  now += 10_000_000;
  t.same(await store.claim(['a'], 10), []);
  t.match(await store.queue(), [
    { kind: 'a', state: 'dead', code: 'STORE_BUSY', count: 1 },
    { kind: 'b', state: 'ready', count: 1 },
  ]);
  await store.close();
  const reopened = openStore({ folder, clock: () => now });
  t.match(await reopened.claim(['b'], 10), [{ value: { of: 2 } }], 'claims end with the process');
  await reopened.close();
});

t.test('a mailbox: numbered without gaps, each item once, acknowledged by receipt', async (t) => {
  const store = openStore({ folder: temporary(t), origin });
  const item = (party: string, key: string): Batch => ({
    inbox: [{ party, key, kind: 'message', content: { owner: '01A', stage: 'original' }, message: key }],
  });
  const numbers = await Promise.all(
    [item('customs', 'x'), item('health', 'x'), item('customs', 'y'), item('customs', 'x')].map((batch) => store.commit(batch)),
  );
  t.same(
    numbers.map((committed) => committed.inbox),
    [[1], [1], [2], [1]],
  );
  t.match(await store.inbox('customs', 0, 10), [{ number: 1, key: 'x', receipted: undefined }, { number: 2 }]);
  t.match(await store.inbox('customs', 1, 10), [{ number: 2, key: 'y' }]);
  await store.commit({ receipts: [{ party: 'customs', number: 1 }] });
  t.type((await store.inboxItem('customs', 1))?.receipted, 'number');
  t.equal(await store.inboxItem('health', 2), undefined);
  await store.close();
});

async function filled(store: Store): Promise<void> {
  for (const [i, partner] of ['ships', 'ships', 'rail'].entries()) {
    const id = `01${i}`;
    await store.commit(intakeOf(id, Buffer.from(`UNB+UNOA:2+${id}`)));
    const given = i === 0 ? ['customs'] : ['customs', 'health'];
    await store.commit({
      records: [
        { kind: 'received', interchange: id, party: partner },
        ...given.map((party) => ({ kind: 'sent', interchange: id, message: `${id}-1`, party }) as const),
      ],
      states: [
        { id, interchange: id, state: 'translated', partner, received: i * 100 },
        {
          id: `${id}-1`,
          interchange: id,
          state: i === 1 ? 'held' : 'translated',
          partner,
          type: 'CUSCAR',
          received: i * 100,
          agencies: { customs: 'sent', health: i === 0 ? 'rejected' : 'sent' },
          detail: { losses: [i] },
        },
      ],
      keys: [
        { message: `${id}-1`, kind: 'container', path: 'Consignment/TransportEquipment/ID', value: `MSKU000000${i}`, prefix: 'MSKU' },
        { message: `${id}-1`, kind: 'bill', path: 'Consignment/TransportContractDocument/ID', value: 'B1' },
      ],
    });
  }
}

t.test('search: every condition, by exact business key or declared prefix, only along granted paths', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin });
  await filled(store);
  const found = async (query: Parameters<Store['search']>[0]): Promise<string[]> => (await store.search(query)).items.map((state) => state.id);
  t.same(await found({}), ['012-1', '011-1', '010-1'], 'newest first');
  t.same(await found({ reference: 'MSKU0000001' }), ['011-1']);
  t.same(await found({ reference: 'MSKU' }), ['012-1', '011-1', '010-1'], 'a declared prefix');
  t.same(await found({ reference: 'MSK' }), [], 'not any beginning');
  t.same(await found({ reference: 'B1', paths: ['Consignment/TransportEquipment/ID'] }), [], 'a path that is not granted');
  t.same(await found({ reference: 'B1', paths: ['Consignment/TransportContractDocument/ID'], partner: 'rail' }), ['012-1']);
  t.same(await found({ state: 'held' }), ['011-1']);
  t.same(await found({ agency: 'health', state: 'rejected' }), ['010-1']);
  t.same(await found({ type: 'CUSCAR', since: 100, until: 200 }), ['011-1']);
  t.same(await found({ interchanges: true, partner: 'rail' }), ['012-1', '012']);
  const page = await store.search({ limit: 2 });
  t.same(
    (await store.search({ limit: 2, cursor: page.cursor! })).items.map((state) => state.id),
    ['010-1'],
  );
  t.match(await store.state('011-1'), { agencies: { customs: 'sent', health: 'sent' }, detail: { losses: [1] } });
  t.same(
    (await store.messagesOf('011')).map((state) => state.id),
    ['011-1'],
  );
  await store.close();
  const bytes = Buffer.concat(
    readdirSync(folder)
      .filter((file) => file.startsWith('portolan.db'))
      .map((file) => readFileSync(join(folder, file))),
  );
  for (const clear of ['MSKU', 'losses', 'UNB+UNOA', 'received"']) t.notOk(bytes.includes(clear), `${clear} is nowhere in clear on the disk`);
});

t.test('erasure: the bytes are gone, the proofs hold', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin });
  await filled(store);
  const before = await store.receipt(0);
  await store.commit({
    erase: [
      { owner: '010', what: 'content' },
      { owner: '010-1', what: 'all' },
    ],
    records: [
      {
        kind: 'erased',
        refs: [
          { kind: 'content', id: '010' },
          { kind: 'all', id: '010-1' },
        ],
      },
    ],
  });
  t.equal(await store.content({ owner: '010', stage: 'original' }), undefined);
  t.match(await store.contentInfo({ owner: '010', stage: 'original' }), { erased: true, salt: '', size: 14 });
  t.same(await store.receipt(0), before, 'the record of an erased content, and its proof, stay');
  t.equal((await store.search({ reference: 'MSKU0000000' })).items.length, 0);
  await store.close();
  t.match(verifyFolder(folder), { ok: true, erased: 2 });
});

t.test('a long timeline is read in turns with others, a short one at once', async (t) => {
  const store = openStore({ folder: temporary(t) });
  await store.commit(intakeOf('01A', Buffer.from('a')));
  await store.commit({
    records: Array.from({ length: 1_200 }, (_, i) => ({ kind: 'translated' as const, interchange: '01A', message: `01A-${i + 1}`, party: 'carrier' })),
  });
  const turned = async (id: string): Promise<{ steps: number; isTurned: boolean }> => {
    let isTurned = false;
    setImmediate(() => (isTurned = true));
    const steps = (await store.timeline(id)).length;
    return { steps, isTurned };
  };
  t.same(await turned('01A'), { steps: 1_201, isTurned: true });
  t.same(await turned('01A-7'), { steps: 2, isTurned: false });
  await store.close();
});

t.test('a content that is erased while it is read is not taken for a shorter one, nor for a broken one', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder });
  const bytes = Buffer.alloc(3 << 20, 'x');
  const content = { owner: '01A', stage: 'original' };
  await store.commit(intakeOf('01A', bytes));
  const read = async (meanwhile: () => Promise<unknown>): Promise<number> => {
    let size = 0;
    for await (const chunk of store.contentChunks(content)) {
      size += chunk.length;
      await meanwhile();
    }
    return size;
  };
  t.equal(await read(() => Promise.resolve()), bytes.length);
  let erased = 0;
  const erase = async (): Promise<unknown> =>
    ++erased > 1 || store.commit({ erase: [{ owner: '01A', what: 'content' }], records: [{ kind: 'erased', refs: [{ kind: 'content', id: '01A' }] }] });
  await t.rejects(read(erase), { code: 'EVIDENCE_NOTHING' });
  t.equal(await read(erase), 0);
  await store.close();
});

t.test('what was erased stays in the write-ahead log while somebody reads it, and no longer', async (t) => {
  const folder = temporary(t);
  const log = join(folder, 'portolan.db-wal');
  const options = { folder, origin, publishEvery: 20 };
  const erase = (owner: string): Batch => ({ erase: [{ owner, what: 'content' }], records: [{ kind: 'erased', refs: [{ kind: 'content', id: owner }] }] });
  const emptied = async (): Promise<boolean> => {
    for (let i = 0; i < 200 && statSync(log).size > 0; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    return statSync(log).size === 0;
  };
  let store = openStore(options);
  await store.commit({ records: [{ kind: 'read' }] });
  t.ok(await emptied(), 'nobody reads: a start leaves nothing there');
  for (const how of ['the same owner', 'another owner'] as const) {
    const beside = new Database(join(folder, 'portolan.db'), { readonly: true });
    await store.commit(intakeOf(how, Buffer.from('secret')));
    const sealed = beside.prepare('select sealed from content where owner = ?').pluck().get(how) as Buffer;
    beside.exec('begin');
    beside.prepare('select count(*) from entry').get();
    const began = performance.now();
    await store.commit(erase(how));
    t.ok(performance.now() - began < 4_000, `${how}: nobody waits for who reads`);
    t.ok(readFileSync(log).includes(sealed), `${how}: it is read`);
    if (how === 'another owner') {
      await store.close();
      t.ok(readFileSync(log).includes(sealed), `${how}: it is read still`);
      store = openStore(options);
    }
    await store.publish();
    beside.exec('commit');
    t.ok(await emptied(), `${how}: it is not read any more`);
    beside.close();
  }
  await store.close();
  t.match(verifyFolder(folder), { ok: true });
});

t.test('all of an owner erased: the records are blank, the entries still prove that there were some', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin });
  await store.commit(intakeOf('01A', Buffer.from('secret')));
  await store.commit({ erase: [{ owner: '01A', what: 'all' }], records: [{ kind: 'erased', refs: [{ kind: 'all', id: '01A' }] }] });
  t.match(await store.timeline('01A'), [{ index: 0, record: undefined }]);
  const receipt = await store.receipt(0);
  t.match(receipt, { record: '' });
  t.match(verifyReceipt(receipt!, store.verifierKey), { checkpoint: { size: 1 } });
  await store.close();
  t.match(verifyFolder(folder), { ok: true, erased: 2 });
});

t.test('staged content: a body in pieces, the same when it is read, and swept where no batch named it', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin });
  const body = Buffer.from(Array.from({ length: 2_500_000 }, (_, i) => i % 251));
  const cut = function* (size: number): Generator<Uint8Array> {
    for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
  };
  const id = { owner: '01BIG', stage: 'original' };
  const staged = await store.stage({ ...id, media: 'text/plain' }, cut(77_777));
  t.equal((await store.commit({ ...intakeOf('01BIG', body), contents: [{ ...id, media: 'text/plain', bytes: staged }] })).verdict, 'first');
  t.ok(body.equals((await store.content(id))!));
  const sizes: number[] = [];
  for await (const piece of store.contentChunks(id)) sizes.push(piece.length);
  t.same(sizes, [1 << 20, 1 << 20, body.length - (2 << 20)]);
  const same = await store.stage({ owner: '01TWO', stage: 'original', media: 'text/plain' }, cut(1 << 20));
  t.equal(
    (await store.commit({ ...intakeOf('01TWO', body, '01BIG'), contents: [{ owner: '01TWO', stage: 'original', media: 'text/plain', bytes: same }] })).verdict,
    'duplicate',
    'compared piece by piece',
  );
  await store.close();
  const reopened = openStore({ folder });
  await reopened.close();
  t.match(verifyFolder(folder), { ok: true, contents: 1 });
});
