import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../../src/cli/main.ts';
import { forecast, type Forecast } from '../../../src/gateway/retention/forecast.ts';
import { kindOf, restAfter, RetentionSweep, type SweepOf } from '../../../src/gateway/retention/sweep.ts';
import { retentionFor, retentionRules, type RetentionText } from '../../../src/partners/retention.ts';
import { idMaker } from '../../../src/gateway/ids.ts';
import { openStore } from '../../../src/store/open.ts';
import { root } from '../../root.ts';
import { verifyFolder } from '../../store/damage.ts';
import { sample, startGateway, type TestGateway } from '../../web/fixture.ts';

const day = 86_400_000;

/** Sweeps by these rules as if so many days had gone by, until nothing is due. */
async function sweep({ gateway }: TestGateway, days: number, rules: RetentionText, partner?: RetentionText): Promise<void> {
  const { store, rounds, configuration } = gateway;
  const ruled = {
    gateway: { ...configuration.gateway, retention: rules },
    partners: configuration.partners.map((each) => (partner ? { ...each, retention: partner } : each)),
  };
  const report = (event: object): never => {
    throw new Error(JSON.stringify(event));
  };
  const swept = new RetentionSweep({ store, configuration: ruled, now: () => Date.now() + days * day, report }, rounds.counter);
  while (await swept.sweep());
  await swept.close();
}

/** What would be erased by these rules so many days from now. */
const told = async ({ gateway: { store, configuration } }: TestGateway, days: number, rules: RetentionText): Promise<readonly Forecast[]> =>
  (await forecast(store, retentionRules(rules, configuration.partners), Date.now() + days * day)).items;

async function command(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly told: string }> {
  const out: string[] = [];
  const said: string[] = [];
  const code = await main(args, { out: (text) => void out.push(String(text)), tell: (text) => void said.push(text) });
  return { code, out: out.join(''), told: said.join('') };
}

/** Everybody fetches what is in the mailboxes. */
async function fetchAll({ gateway: { store } }: TestGateway): Promise<void> {
  for (const party of ['blue-anchor', 'customs', 'port-health'])
    for (const { number } of await store.inbox(party, 0, 100)) await store.commit({ receipts: [{ party, number }] });
}

const left = async ({ gateway: { store } }: TestGateway, id: string): Promise<string[]> => [
  ...new Set((await store.retention.contents(id)).map(({ stage }) => kindOf(stage))),
].sort(); // prettier-ignore

t.test('a turn rests as long as it took twice, so that what is due is caught up with, and never longer than a second', (t) => {
  t.same([20, 150, 500, 3_000].map(restAfter), [40, 300, 1_000, 1_000]);
  t.end();
});

t.test('how long: the partner before the gateway, and records as long as what they are about', (t) => {
  t.same(retentionFor(), { original: Infinity, canonical: Infinity, outputs: Infinity, records: Infinity });
  t.same(retentionFor({ original: '2d', canonical: '1d', outputs: '1d', records: '1d' }, { canonical: '3d' }), {
    original: 2 * day,
    canonical: 3 * day,
    outputs: day,
    records: 3 * day,
  });
  t.equal(retentionFor({ original: '1d' }, { original: 'keep' }).original, Infinity);
  t.end();
});

t.test('each kind has its time; what is needed or held stays, and all of it verifies', async (t) => {
  const gateway = await startGateway(t);
  const { store } = gateway.gateway;
  const { json } = await gateway.send('blue-anchor', sample('two-bills'));
  const id = json.id as string;
  const kinds = ['canonical', 'original', 'outputs'];
  t.same(await left(gateway, id), kinds);
  const until = Date.parse(json.receivedAt as string) + 30 * day;
  t.match(await told(gateway, 25, { original: '30d', outputs: '90d' }), [
    { kind: 'original', days: 30, erased: 0, held: 0, needed: 0, unseen: 0, week: 1, month: 1, next: new Date(until).toISOString() },
    { kind: 'outputs', days: 90, week: 0, month: 0 },
  ]);
  t.match(await command('retention', '--dry-run', '--data', gateway.data), { code: 0, out: /everything is kept/ });
  const stricter = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(stricter, { recursive: true, force: true }));
  cpSync(join(root, 'samples/gateway'), stricter, { recursive: true });
  appendFileSync(join(stricter, 'gateway.yaml'), 'retention: { canonical: 0d }\n');
  const dry = await command('retention', '--dry-run', '--config', stricter, '--data', gateway.data);
  t.match(dry, { code: 0, out: /blue-anchor +canonical +0 days +0 +0 +1 /, told: '' }, 'by rules that are not in force yet');
  t.equal((await command('retention')).code, 2);

  await sweep(gateway, 40, { original: '30d' });
  t.same(await left(gateway, id), kinds, 'nobody fetched it: it is kept');
  t.match(await told(gateway, 41, { original: '30d' }), [{ kind: 'original', needed: 1, erased: 0, unseen: 0 }]);
  await fetchAll(gateway);
  await sweep(gateway, 40.5, { original: '30d' });
  t.same(await left(gateway, id), kinds, 'and looked at again only after a day');
  await sweep(gateway, 42, { original: '30d' }, { original: '50d' });
  t.same(await left(gateway, id), kinds, 'the partner has a longer time');

  t.equal((await gateway.call('blue-anchor', 'POST', `/v1/messages/${id}-1/hold`)).status, 403);
  t.equal((await gateway.call('operator', 'POST', `/v1/messages/${id}-9/hold`)).status, 404);
  t.same((await gateway.call('operator', 'POST', `/v1/messages/${id}-1/hold?note=case+7`)).json, { id: `${id}-1`, held: true });
  await sweep(gateway, 60, { original: '30d' });
  t.same(await left(gateway, id), kinds, 'an operator holds it');
  t.match((await gateway.call('operator', 'GET', '/v1/holds')).json, { items: [{ id: `${id}-1`, by: 'operator', note: 'case 7', since: /^20/ }], next: null });
  t.match(await told(gateway, 60, { original: '30d' }), [{ party: 'blue-anchor', kind: 'original', days: 30, held: 1, erased: 0, needed: 0, next: null }]);
  t.match(await command('retention', 'holds', '--data', gateway.data), { code: 0, out: /-1 .*operator +case 7/ });
  t.same((await gateway.call('operator', 'POST', `/v1/messages/${id}-1/hold/release`)).json, { id: `${id}-1`, held: false });
  t.same((await gateway.call('operator', 'GET', '/v1/holds')).json, { items: [], next: null });
  t.match(await told(gateway, 60, { original: '30d' }), [{ held: 0, erased: 1, needed: 0 }], 'from now on it is erased');
  t.match(
    (await store.timeline(`${id}-1`)).flatMap(({ record }) => (record?.kind.startsWith('hold') ? [record] : [])),
    [{ kind: 'hold', detail: { by: 'operator' } }, { kind: 'hold-released' }],
  );

  await sweep(gateway, 62, { original: '30d' });
  t.same(await left(gateway, id), ['canonical', 'outputs']);
  t.match((await store.last('gateway'))?.record, { kind: 'erased', refs: [{ kind: 'content', id: `${id}/original` }], detail: { rule: 'retention', kind: 'original' } }); // prettier-ignore
  t.equal((await gateway.call('operator', 'GET', `/v1/messages/${id}-1`)).status, 200);
  const size = await store.size();
  await sweep(gateway, 70, { original: '30d' });
  t.equal(await store.size(), size, 'once');

  await sweep(gateway, 70, { original: '30d', canonical: '60d', outputs: '60d', records: '60d' });
  t.same(await left(gateway, id), []);
  t.ok((await store.timeline(id)).every(({ record }) => record === undefined));
  await gateway.gateway.close();
  t.match(verifyFolder(gateway.data), { ok: true });
});

t.test('a turn erases so much and no more, whatever is due, and the next goes on there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const store = openStore({ folder, clock: () => 3 * day });
  const next = idMaker(() => day);
  const ids = Array.from({ length: 60 }, () => next().id);
  const stages = ['original', 'canonical'];
  await Promise.all(
    ids.map((id) =>
      store.commit({
        contents: stages.map((stage) => ({ owner: id, stage, media: 'text/plain', bytes: Buffer.from(id) })),
        records: stages.map((stage) => ({ kind: 'received', interchange: id, party: 'blue-anchor', content: { owner: id, stage } })),
        states: [{ id, interchange: id, state: 'accepted', partner: 'blue-anchor' }],
      }),
    ),
  );
  const configuration = { gateway: { retention: { original: '1d', canonical: '1d' } }, partners: [] } as unknown as SweepOf['configuration'];
  const swept = new RetentionSweep({ store, configuration, now: () => 3 * day, report: () => undefined }, { count: async () => undefined });
  const kept = async (): Promise<number> => (await Promise.all(ids.map((id) => store.retention.contents(id)))).flat().length;
  const turns: (readonly [boolean, number])[] = [];
  for (let more = true; more;) turns.push([(more = await swept.sweep()), await kept()]);
  t.same(turns, [[true, 70], [true, 20], [false, 0]]); // prettier-ignore
  const late = { owner: ids[7]!, stage: 'canonical~2' };
  await store.commit({
    contents: [{ ...late, media: 'text/plain', bytes: Buffer.from('more') }],
    records: [{ kind: 'translated', interchange: ids[7]!, content: late }],
  });
  t.equal(await kept(), 1, 'what is made of it later');
  t.equal(await swept.sweep(), false);
  t.equal(await kept(), 0, 'is erased too');
  await swept.close();
  await store.close();
  t.match(verifyFolder(folder), { ok: true });
});

t.test('work that stopped keeps what it is about for 30 days, or for its own time again; then it is given up, and the log says so', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  let now = day;
  const store = openStore({ folder, clock: () => now });
  const { id } = idMaker(() => day)();
  const message = `${id}-1`;
  const [original, output] = [
    { owner: id, stage: 'original' },
    { owner: message, stage: 'customs' },
  ];
  now = 20 * day; // it was tried for so long
  const { jobs } = await store.commit({
    contents: [original, output].map((each) => ({ ...each, media: 'text/plain', bytes: Buffer.from(id) })),
    records: [
      { kind: 'received', interchange: id, party: 'blue-anchor', content: original },
      { kind: 'translated', interchange: id, message, party: 'customs', content: output },
    ],
    states: [
      { id, interchange: id, state: 'processed', partner: 'blue-anchor' },
      { id: message, interchange: id, state: 'failed', partner: 'blue-anchor', agencies: { customs: 'failed' } },
    ],
    jobs: {
      add: [
        { kind: 'deliver', value: { party: 'customs', content: output, interchange: id, message }, owner: message, queue: 'customs', failed: { code: 'SEND_AUTH' } },
        { kind: 'translate', value: { interchange: id, partner: 'blue-anchor', content: original }, owner: message, failed: { code: 'GATEWAY_NOT_READ' } },
        { kind: 'tell', value: { interchange: id, message, party: 'blue-anchor', agency: 'customs', answer: 'x' }, owner: message, failed: { code: 'ANSWER_UNTOLD' } },
      ],
    },
  }); // prettier-ignore
  t.equal(jobs.length, 3);
  const configuration = { gateway: { retention: { original: '1d', outputs: '40d' } }, partners: [] } as unknown as SweepOf['configuration'];
  const events: object[] = [];
  const swept = new RetentionSweep({ store, configuration, now: () => now, report: (event) => void events.push(event) }, { count: async () => undefined });
  const rules = retentionRules(configuration.gateway.retention, []);
  const after = async (days: number): Promise<readonly [string[], number]> => {
    now = days * day;
    while (await swept.sweep());
    return [(await store.retention.contents(id)).map(({ stage }) => stage), (await store.stopped(0, 10)).length];
  };
  t.same(await after(49), [['original', 'customs'], 3], 'somebody may still mend what stopped it');
  t.match((await forecast(store, rules, now)).items, [
    { kind: 'original', needed: 1 },
    { kind: 'outputs', needed: 1 },
  ]);
  t.same(await after(51), [['customs'], 1], 'what needs the original is given up with it, the delivery has what it needs');
  t.same(
    events,
    [
      { event: 'given up', id: message, work: 'translate', code: 'GATEWAY_NOT_READ', partner: 'blue-anchor', kind: 'original' },
      { event: 'given up', id: message, work: 'tell', code: 'ANSWER_UNTOLD', partner: 'blue-anchor', kind: 'original' },
    ],
    'and the operator is told',
  );
  t.match((await store.last('gateway'))?.record, {
    kind: 'erased',
    detail: {
      kind: 'original',
      givenUp: [
        { id: message, work: 'translate' },
        { id: message, work: 'tell', code: 'ANSWER_UNTOLD' },
      ],
    },
  });
  t.same(await after(59), [['customs'], 1]);
  t.same(await after(61), [[], 0]);
  t.match((await store.last('gateway'))?.record, {
    kind: 'erased',
    detail: { kind: 'outputs', givenUp: [{ id: message, work: 'deliver', code: 'SEND_AUTH' }] },
  });
  await swept.close();
  await store.close();
  t.match(verifyFolder(folder), { ok: true });
});
