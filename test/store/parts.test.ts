import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openStore } from '../../src/store/open.ts';
import { type Batch, type Store } from '../../src/store/store.ts';
import { openThreadedStore } from '../../src/store/threaded.ts';
import { intakeOf, remove, verifyFolder } from './damage.ts';

/* A batch that comes in parts is one batch: all of it or nothing, in the order of its parts, and others have their turn in between. */

const origin = 'portolan.test/log';
const messages = 12;
const idOf = (n: number): string => `01A-${n}`;
const textOf = (n: number): string => `{"of":"${idOf(n)}"}`;

function partOf(n: number): Batch {
  const content = { owner: idOf(n), stage: 'canonical' };
  return {
    contents: [{ ...content, media: 'application/json', bytes: Buffer.from(textOf(n)) }],
    records: [{ kind: 'translated', interchange: '01A', message: idOf(n), content }],
    states: [{ id: idOf(n), interchange: '01A', state: 'translated', detail: { of: idOf(n) } }],
    keys: [{ message: idOf(n), kind: 'reference', path: '', value: `R${n}` }],
    jobs: { add: [{ kind: 'deliver', value: {}, owner: idOf(n) }] },
  };
}

function* partsOf(jobs: readonly number[], last: Batch = {}): Generator<Batch> {
  for (let n = 1; n <= messages; n++) yield partOf(n);
  yield { states: [{ id: '01A', interchange: '01A', state: 'processed' }], jobs: { done: jobs }, ...last };
}

const ways: readonly (readonly [string, (folder: string) => Promise<Store>])[] = [
  ['in this thread', async (folder) => openStore({ folder, origin })],
  ['in a thread of its own', (folder) => openThreadedStore({ folder, origin })],
];

for (const [way, open] of ways) {
  t.test(`a batch in parts, ${way}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'portolan-parts-'));
    t.teardown(() => remove(folder));
    const store = await open(folder);
    await store.commit(intakeOf('01A', Buffer.from('UNB+')));
    const [job] = await store.claim(['translate'], 1);
    const nothingOfIt = async (why: string): Promise<void> => {
      t.equal(await store.size(), 1, `${why}: no entry`);
      t.same(await store.messagesOf('01A'), [], 'no state');
      t.equal(await store.content({ owner: idOf(1), stage: 'canonical' }), undefined, 'no bytes');
      t.same((await store.search({ reference: 'R1' })).items, [], 'no key');
      t.same(await store.claim(['deliver'], 9), [], 'no job');
    };

    const broken = function* (): Generator<Batch> {
      yield partOf(1);
      throw new Error('its maker fell');
    };
    await t.rejects(store.commitParts(broken()), { message: 'its maker fell' });
    await nothingOfIt('the parts end in the middle');
    await t.rejects(store.commitParts(partsOf([job!.id], { records: [{ kind: 'sent', content: { owner: '01Z', stage: 'absent' } }] })), {
      code: 'STORE_BATCH',
    });
    await nothingOfIt('the last contradicts the store');
    await t.rejects(store.commitParts([partOf(1), partOf(1)]), { code: 'STORE_BATCH' });
    await nothingOfIt('the same content in two of them');
    await t.rejects(store.commitParts([partOf(1), intakeOf('01B', Buffer.from('UNB+'))]), { code: 'STORE_BATCH' });
    await nothingOfIt('a duplicate key in one of them');

    let between: number | undefined;
    const watched = async function* (): AsyncGenerator<Batch> {
      for (const part of partsOf([job!.id])) {
        yield part;
        if (between === undefined) await nothingOfIt('one part was taken');
        between ??= (await store.commit({ records: [{ kind: 'exported', party: 'somebody' }] })).indexes[0];
      }
    };
    const committed = await store.commitParts(watched());
    t.equal(between, 1, 'another batch is written meanwhile');
    t.match(committed, { verdict: 'first', indexes: Array.from({ length: messages }, (_, n) => 2 + n) }, 'the records are in the order of the parts');
    t.equal(committed.jobs.length, messages);
    for (let n = 1; n <= messages; n++) {
      t.equal(Buffer.from((await store.content({ owner: idOf(n), stage: 'canonical' }))!).toString(), textOf(n));
      t.match(await store.state(idOf(n)), { detail: { of: idOf(n) } });
    }
    t.match(await store.commitParts(partsOf([job!.id])), { verdict: 'stale', indexes: [] }, 'and once');
    await store.close();
    t.match(verifyFolder(folder), { ok: true, entries: messages + 2, contents: messages + 1 });
    const again = await open(folder);
    t.equal((await again.messagesOf('01A')).length, messages, 'what was written ahead for nothing is swept, and nothing else');
    await again.close();
    t.match(verifyFolder(folder), { ok: true, entries: messages + 2, contents: messages + 1 });
  });
}
