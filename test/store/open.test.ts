import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openStore, readStore } from '../../src/store/open.ts';
import { verifyReceipt } from '../../src/store/receipt.ts';
import type { Batch } from '../../src/store/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'portolan-store-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

function intake(id: string, text: string, key = id): Batch {
  const content = { owner: id, stage: 'original' };
  return {
    duplicates: [{ key, content, same: { records: [{ kind: 'received', interchange: key, detail: 'again' }] } }],
    contents: [{ ...content, media: 'application/edifact', bytes: Buffer.from(text) }],
    records: [{ kind: 'received', interchange: id, party: 'carrier', grade: 'D', content }],
    states: [{ id, interchange: id, state: 'received', partner: 'carrier' }],
    jobs: { add: [{ kind: 'translate', value: { content: 'original' }, owner: id }] },
  };
}

t.test('what was committed is there after a restart, with its receipt', async (t) => {
  let now = Date.UTC(2026, 0, 1);
  const options = { folder, clock: () => now++, origin: 'portolan.test/log' };
  const store = openStore(options);
  const [first, second, again, other] = await Promise.all([
    store.commit(intake('A', 'one')),
    store.commit(intake('B', 'two')),
    store.commit(intake('C', 'one', 'A')),
    store.commit(intake('D', 'x', 'A')),
  ]);
  t.match([first?.verdict, second?.verdict, again?.verdict, other?.verdict], ['first', 'first', 'duplicate', 'conflict']);
  t.match(again?.previous, 'A');
  t.match(verifyReceipt(first!.receipt(), store.verifierKey), { checkpoint: { size: 3 } });
  t.same(again!.receipt(), first!.receipt());
  for (let i = 0; i < 300; i++) await store.commit(intake(`X${i}`, 'text'));
  const receipt = first!.receipt();
  t.same(await store.receipt(0), receipt);
  t.throws(() => openStore(options), { code: 'STORE_LOCKED' });
  const beside = readStore(folder);
  t.same(Buffer.from((await beside.content({ owner: 'A', stage: 'original' }))!).toString(), 'one');
  t.match(await beside.timeline('A'), [{ index: 0, record: { kind: 'received' } }, {}]);
  t.equal((await beside.contents('C')).length, 0);
  await beside.close();
  await store.close();
  const reopened = openStore(options);
  t.same(await reopened.receipt(0), receipt);
  for (const index of [0, 5, 255, 256, 257, 302])
    t.match(verifyReceipt((await reopened.receipt(index))!, store.verifierKey), { checkpoint: { origin: 'portolan.test/log' } });
  t.equal((await reopened.claim(['translate'], 5)).length, 5);
  t.equal((await reopened.claim(['translate'], 500)).length, 297);
  await reopened.close();
});
