import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { Lane, type LaneTerms } from '../../../src/gateway/delivery/lane.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Job, NewJob } from '../../../src/store/queue.ts';
import type { Store } from '../../../src/store/store.ts';
import { remove } from '../../store/damage.ts';

interface Test {
  teardown(run: () => unknown): void;
}

function opened(t: Test): Store {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => remove(folder));
  const store = openStore({ folder, origin: 'portolan.test/log' });
  t.teardown(() => store.close());
  return store;
}

const terms: LaneTerms = { kind: 'translate', width: 2, jobs: 1, ahead: 0, linger: 0 };
const named = (name: string, more: Partial<NewJob> = {}): NewJob => ({ kind: 'translate', value: name, owner: name, ...more });

/** A lane at work: what was begun, in order; how often it looked into the queue; work that ends when it is told to. */
function atWork(t: Test, store: Store, own: Partial<LaneTerms> = {}, how: (jobs: readonly Job[]) => Promise<void> = () => Promise.resolve()) {
  const seen = { begun: [] as string[], together: [] as number[], under: 0, most: 0, looks: 0, failed: [] as string[] };
  let over = false;
  const lane = new Lane(
    { ...terms, ...own },
    {
      store: {
        claim: (...of) => (seen.looks++, store.claim(...of)),
        nextDue: (of) => store.nextDue(of),
        claimFrom: (...of) => (seen.looks++, store.claimFrom(...of)),
      },
      now: Date.now,
      writable: () => Promise.resolve(),
      isOver: () => over,
      work: async (jobs) => {
        seen.begun.push(...jobs.map(({ value }) => String(value)));
        seen.together.push(jobs.length);
        seen.most = Math.max(seen.most, ++seen.under);
        await how(jobs).finally(() => seen.under--);
        await store.commit({ jobs: { done: jobs.map(({ id }) => id) } });
      },
      failed: (error, jobs) => void seen.failed.push(`${String(error)} ${jobs.map(({ value }) => value).join()}`),
    },
  );
  store.onJob((job) => lane.added(job));
  const end = lane.run();
  const stop = async (): Promise<void> => {
    over = true;
    lane.wake();
    await end;
  };
  t.teardown(stop);
  return { seen, stop };
}

async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; !holds() && n < 500; n++) await pause(5);
}

const add = (store: Store, ...jobs: NewJob[]): Promise<unknown> => store.commit({ jobs: { add: jobs } });
const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `job ${n}`);

t.test('what is added is begun at once, in its order, no more than so many at a time', async (t) => {
  const store = opened(t);
  await add(store, ...names(3).map((name) => named(name)));
  const { seen } = atWork(t, store, {}, () => pause(5));
  await until(() => seen.begun.length === 3);
  await add(store, named('later'));
  await until(() => seen.begun.length === 4);
  t.same(seen.begun, [...names(3), 'later']);
  t.equal(seen.most, 2);
  await until(() => seen.under === 0);
  t.same(await store.queue(), []);
});

t.test('what is claimed ahead costs one look for many', async (t) => {
  const store = opened(t);
  await add(store, ...names(200).map((name) => named(name)));
  const far = atWork(t, store, { ahead: 48 });
  await until(() => far.seen.begun.length === 200);
  t.same(far.seen.begun, names(200));
  t.ok(far.seen.looks <= 200 / 48 + 3, `${far.seen.looks} looks`);
});

t.test('what was claimed ahead and not begun is due again at the next start', async (t) => {
  const store = opened(t);
  await add(store, ...names(10).map((name) => named(name)));
  let let_go = (): void => undefined;
  const held = new Promise<void>((resolve) => (let_go = resolve));
  const { seen, stop } = atWork(t, store, { ahead: 48 }, () => held);
  await until(() => seen.under === 2);
  const stopped = stop();
  let_go();
  await stopped;
  t.same(seen.begun, ['job 0', 'job 1'], 'nothing is begun after the end');
  t.match(await store.queue(), [{ kind: 'translate', state: 'ready', count: 8 }]);
});

t.test('of a sequence one at a time, though all could be claimed', async (t) => {
  const store = opened(t);
  await add(store, ...names(5).map((name) => named(name, { sequence: 'a trader' })));
  const { seen } = atWork(t, store, { ahead: 48 }, () => pause(2));
  await until(() => seen.begun.length === 5);
  t.same(seen.begun, names(5));
  t.equal(seen.most, 1);
});

t.test('many jobs in one piece of work, where a lane is made so', async (t) => {
  const store = opened(t);
  await add(store, ...names(5).map((name) => named(name)));
  const { seen } = atWork(t, store, { width: 1, jobs: 3 });
  await until(() => seen.begun.length === 5);
  t.same(seen.together, [3, 2]);
});

t.test('a queue of its own, and other kinds, are no work of a lane', async (t) => {
  const store = opened(t);
  await add(store, named('large', { queue: 'large' }), named('other', { kind: 'deliver' }), named('ours'));
  const { seen } = atWork(t, store);
  const large = atWork(t, store, { queue: 'large' });
  await until(() => seen.begun.length === 1 && large.seen.begun.length === 1);
  await add(store, named('large again', { queue: 'large' }), named('other again', { kind: 'deliver' }));
  await until(() => large.seen.begun.length === 2);
  t.same([seen.begun, large.seen.begun], [['ours'], ['large', 'large again']]);
});

t.test('what is due later is begun then, without being told', async (t) => {
  const store = opened(t);
  const due = Date.now() + 150;
  await add(store, named('later', { due }));
  const { seen } = atWork(t, store);
  await until(() => seen.begun.length === 1);
  t.ok(Date.now() >= due);
});

t.test('what fails takes nothing with it', async (t) => {
  const store = opened(t);
  await add(store, ...names(3).map((name) => named(name)));
  const { seen } = atWork(t, store, {}, ([job]) => (job!.value === 'job 0' ? Promise.reject(new Error('no')) : Promise.resolve()));
  await until(() => seen.begun.length === 3 && seen.failed.length === 1);
  t.same(seen.failed, ['Error: no job 0']);
  t.same(seen.begun, names(3));
});
