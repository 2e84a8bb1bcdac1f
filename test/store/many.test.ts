import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openStore } from '../../src/store/open.ts';
import type { Batch } from '../../src/store/store.ts';
import { intakeOf, remove, verifyFolder } from './damage.ts';

/* What a single batch may bring: sizes at which a bounded memory or a search within a search shows. */

function temporary(test: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-many-'));
  test.teardown(() => remove(folder));
  return folder;
}

const origin = 'portolan.test/log';

/** The outcome of an interchange of many messages: each with content, a record and a state of its own. */
function outcomeOfMany(id: string, count: number): Batch {
  const messages = Array.from({ length: count }, (_, n) => `${id}-${n + 1}`);
  return {
    contents: messages.map((owner) => ({ owner, stage: 'canonical', media: 'application/json', bytes: Buffer.from(`{"of":"${owner}"}`) })),
    records: messages.map((owner) => ({ kind: 'translated', interchange: id, message: owner, content: { owner, stage: 'canonical' } })),
    states: messages.map((owner) => ({ id: owner, interchange: id, state: 'translated', partner: 'carrier', detail: { of: owner } })),
  };
}

t.test('an interchange of 5,000 messages is one batch, and each message has one data key', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin });
  const { jobs } = await store.commit(intakeOf('01A', Buffer.from('UNB+')));
  const beside = store.commit(intakeOf('01B', Buffer.from('UNB+')));
  const committed = await store.commit({ ...outcomeOfMany('01A', 5_000), jobs: { done: jobs } });
  t.equal((await beside).verdict, 'first', 'what was prepared before it is written too');
  t.equal(committed.indexes.length, 5_000);
  t.equal((await store.messagesOf('01A')).length, 5_000);
  for (const n of [1, 904, 905, 4_096, 4_097, 5_000]) {
    t.equal(Buffer.from((await store.content({ owner: `01A-${n}`, stage: 'canonical' }))!).toString(), `{"of":"01A-${n}"}`);
    t.match(await store.state(`01A-${n}`), { detail: { of: `01A-${n}` } });
  }
  await store.close();
  t.match(verifyFolder(folder), { ok: true, records: 5_002, contents: 5_002 });
});

t.test('a batch of 5,000 messages that fails leaves nothing behind that hinders the next', async (t) => {
  const folder = temporary(t);
  const store = openStore({ folder, origin });
  await store.commit(intakeOf('01A', Buffer.from('UNB+')));
  const { records = [], ...batch } = outcomeOfMany('01A', 5_000);
  await t.rejects(store.commit({ ...batch, records: [...records, { kind: 'sent', content: { owner: '01Z', stage: 'absent' } }] }), { code: 'STORE_BATCH' });
  await t.rejects(
    store.commit({ ...batch, records, erase: [{ owner: '01Z', what: 'all' }] }),
    { code: 'STORE_BATCH' },
    'and one that fails when it is written',
  );
  t.equal((await store.commit({ ...batch, records })).indexes.length, 5_000);
  await store.close();
  t.match(verifyFolder(folder), { ok: true, records: 5_001, contents: 5_001 });
});

t.test('eight times the messages take some eight times as long to prepare, not sixty-four', async (t) => {
  const store = openStore({ folder: temporary(t), origin });
  /** Work spent on a batch whose last record is in error, so that all of it is prepared and nothing written. */
  const time = async (id: string, count: number): Promise<number> => {
    const { contents = [], records = [] } = outcomeOfMany(id, count);
    const batch = { contents, records: [...[...records].reverse(), { kind: 'sent', content: { owner: id, stage: 'absent' } } as const] };
    const start = process.cpuUsage();
    await t.rejects(store.commit(batch), { code: 'STORE_BATCH' });
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
  await time('01A', 2_500);
  const few = await time('01B', 5_000);
  const many = await time('01C', 40_000);
  t.ok(many < 20 * few, `${Math.round(few)} ms of work for 5,000, ${Math.round(many)} ms for 40,000`);
  await store.close();
});

for (const [how, failed] of [
  ['to be marked', false],
  ['which failed', true],
] as const) {
  t.test(`300 references used before, ${how}: a large body is hashed against the earlier one once, not for each`, async (t) => {
    const store = openStore({ folder: temporary(t), origin });
    const bytes = Buffer.alloc(4 << 20, 'segment');
    const submission = (id: string, count: number): Batch => {
      const content = { owner: id, stage: 'original' };
      const duplicates = Array.from({ length: count }, (_, n) => ({ key: `R${n}`, content, policy: 'mark' }) as const);
      return { duplicates, contents: [{ ...content, media: 'application/edifact', bytes }], records: [{ kind: 'received', interchange: id, content }] };
    };
    const time = async (id: string, count: number): Promise<number> => {
      const start = process.cpuUsage();
      t.equal((await store.commit(submission(id, count))).verdict, failed ? 'retry' : 'resubmission');
      const { user, system } = process.cpuUsage(start);
      if (failed) await store.commit({ release: [id] });
      return (user + system) / 1_000;
    };
    await store.commit(submission('01A', 300));
    if (failed) await store.commit({ release: ['01A'] });
    await time('01B', 1);
    const once = await time('01C', 1);
    const many = await time('01D', 300);
    t.ok(many < 20 * once, `${Math.round(once)} ms of work for one, ${Math.round(many)} ms for 300`);
    await store.close();
  });
}
