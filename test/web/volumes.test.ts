import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { VolumeCounter } from '../../src/gateway/views/volume-counter.ts';
import { bucketOf, countPage, percentile, recount, volumesOf } from '../../src/gateway/views/volumes.ts';
import { openStore } from '../../src/store/open.ts';
import { sample, startGateway, type TestGateway } from './fixture.ts';

const today = (): string => new Date().toISOString().slice(0, 10);
const everything = { from: '0000', until: '9999', by: ['day', 'partner', 'agency', 'type'] as const };

/** Two manifests, one that is rejected, and an agency's answer to the first. */
async function busy(t: { teardown(end: () => unknown): void }): Promise<TestGateway> {
  const gateway = await startGateway(t);
  for (const name of ['two-bills', 'forty-containers', 'wrong-structure']) await gateway.send('blue-anchor', sample(name));
  await gateway.send('quay-net', sample('cargo-report-xml', 'input.xml'), { 'content-type': 'application/xml' });
  return gateway;
}

t.test('volumes by partner and type are what was received; by agency, what was delivered', async (t) => {
  const { call } = await busy(t);
  const of = async (more: string, who: Parameters<typeof call>[0] = 'operator'): ReturnType<typeof call> =>
    call(who, 'GET', `/v1/volumes?from=${today()}&to=${today()}&${more}`);
  const { items } = (await of('by=partner,type')).json;
  t.match(items, [
    { partner: 'blue-anchor', type: 'CUSCAR', messages: 3, failures: 1, documents: 10 }, // four bills, five, and one at least
    { partner: 'quay-net', type: 'Declaration', messages: 1, failures: 0 },
  ]);
  t.equal(items.length, 2);
  const size = (name: string): number => {
    const text = sample(name).toString('latin1');
    return text.lastIndexOf("'", text.indexOf('UNZ')) + 1 - text.indexOf('UNH');
  };
  t.equal(items[0].kiloCharacters, (size('two-bills') + size('forty-containers') + size('wrong-structure')) / 1000, 'from UNH to UNT, as sent');
  t.ok(items[0].medianMs > 0 && items[0].p95Ms >= items[0].medianMs);
  t.match((await of('by=agency')).json.items, [
    { agency: 'customs', messages: 3, failures: 0 },
    { agency: 'port-health', messages: 3 },
  ]);
  t.match((await of('')).json.items, [{ day: today(), messages: 4, failures: 1 }], 'by day unless said');
  t.match((await of('by=type', 'quay-net')).json.items, [{ type: 'Declaration', messages: 1 }], 'a partner sees its own');
  t.equal((await of('partner=blue-anchor', 'quay-net')).status, 403);
  t.equal((await of('', 'customs')).status, 403, 'what others send is not for an agency to know');
  t.equal((await of('by=size')).status, 400);
  t.equal((await call('operator', 'GET', '/v1/volumes?from=2026-02-02&to=2026-02-01')).status, 400);
  t.same((await call('operator', 'GET', '/v1/volumes?from=2001-01-01&to=2001-12-31&by=partner')).json, { items: [] });
  const csv = await of('by=day,partner&format=csv');
  t.match(String(csv.headers['content-type']), 'text/csv');
  t.match(csv.body.split('\r\n'), [
    'day,partner,messages,documents,kiloCharacters,failures,medianMs,p95Ms',
    new RegExp(`^${today()},blue-anchor,3,10,[\\d.]+,1,\\d+,\\d+$`),
    /,quay-net,1,/,
    '',
  ]);
});

t.test('what was counted as it came is what the log says, however often it is counted', async (t) => {
  const { gateway, data, send } = await busy(t);
  const { store } = gateway;
  const counted = async (delivered: boolean): ReturnType<typeof volumesOf> => volumesOf(store, { ...everything, delivered });
  const before = [...(await counted(false)), ...(await counted(true))];
  t.same(
    before,
    [...(await recount(store, 0, await store.size()))].sort((a, b) => Number(a.agency !== '') - Number(b.agency !== '')),
    'nobody counted yet',
  );
  await gateway.rounds.counter.count();
  t.equal(await store.counting.uncounted(), await store.size());
  t.same([...(await counted(false)), ...(await counted(true))], before, 'and as it was kept');
  await send('blue-anchor', sample('latin-1'));
  await Promise.all([gateway.rounds.counter.count(), gateway.rounds.counter.count(), gateway.rounds.counter.count()]);
  const size = await store.size();
  t.same(
    [...(await counted(false)), ...(await counted(true))],
    [...(await recount(store, 0, size))].sort((a, b) => Number(a.agency !== '') - Number(b.agency !== '')),
  );
  const stale = await store.commit({ counted: { from: 0, until: size, volumes: before } });
  t.equal(stale.verdict, 'stale', 'a count that somebody else has made is not added');
  const told: string[] = [];
  const code = await main(['volumes', '--from', today(), '--to', today(), '--by', 'partner', '--data', data], {
    out: (text) => void told.push(String(text)),
    tell: () => undefined,
  });
  t.equal(code, 0);
  t.match(told.join(''), /^partner +messages[^]*blue-anchor +4 /, 'and beside the gateway');
});

t.test('a process that ended while it counted: the next goes on where the last commit ends', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const first = openStore({ folder, origin: 'portolan.test/log' });
  const id = (n: number): string => `01JD8Z6Q00000000000000000${n}`;
  for (let n = 0; n < 4; n++)
    await first.commit({
      records: [
        { kind: 'translated', interchange: id(n), message: `${id(n)}-1`, party: 'line', detail: { volume: { type: 'T', characters: 100, documents: 2 } } },
      ],
      states: [{ id: `${id(n)}-1`, interchange: id(n), state: 'translated', partner: 'line', type: 'T' }],
    });
  const { until, volumes } = await countPage(first, 0, 2);
  await first.commit({ counted: { from: 0, until, volumes } });
  await first.close();
  const second = openStore({ folder });
  t.equal(await second.counting.uncounted(), 2);
  const counter = new VolumeCounter(second, (error) => t.fail(String(error)));
  await counter.count();
  await counter.close();
  const kept = await second.counting.volumes({ ...everything, delivered: false });
  t.same(kept, await recount(second, 0, await second.size()));
  t.match(kept, [{ partner: 'line', type: 'T', messages: 4, documents: 8, characters: 400 }]);
  await second.close();
});

t.test('a latency is in its bucket to 5 %', async (t) => {
  for (const ms of [1, 2, 3, 17, 250, 9_999, 86_400_000]) {
    const kept = percentile([[bucketOf(ms), 1]], 0.5)!;
    t.ok(kept >= ms && kept <= ms * 1.05 + 1, `${ms}: ${kept}`);
  }
  t.equal(percentile([], 0.5), null);
  t.equal(percentile([[bucketOf(10), 95], [bucketOf(1_000), 5]], 0.95), 10); // prettier-ignore
});

const register = `  deviations:
    - { name: slants-between-fields, rule: a flight has no slant inside, seen: BKD/CX/0255/, verdict: accepted }
`;

t.test('what an agreement accepts although the standard forbids it is counted, by day, partner and code', async (t) => {
  const gateway = await startGateway(t, (config) => {
    const file = join(config, 'partners/blue-anchor.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('  tolerance:\n', `${register}  tolerance:\n    EDIFACT_COUNT_MISMATCH: warning\n`));
  });
  const miscounted = (reference: string): string =>
    sample('two-bills')
      .toString('latin1')
      .replace(/UNT\+\d+/, 'UNT+99')
      .replaceAll(/(?<=UNB\+(?:[^+']*\+){4})[^+']*|(?<=UNZ\+\d+\+)[^']*/g, reference);
  const days = `from=${today()}&to=${today()}`;
  for (const reference of ['TOL1', 'TOL2']) t.equal((await gateway.send('blue-anchor', miscounted(reference))).status, 202);
  await gateway.send('blue-anchor', sample('forty-containers'));
  const row = { day: today(), partner: 'blue-anchor', code: 'EDIFACT_COUNT_MISMATCH', messages: 2 };
  t.same((await gateway.call('operator', 'GET', `/v1/tolerated?${days}`)).json, { items: [row] });
  await gateway.send('blue-anchor', miscounted('TOL3'));
  t.same((await gateway.call('blue-anchor', 'GET', `/v1/tolerated?${days}`)).json, { items: [{ ...row, messages: 3 }] }, 'added to what was counted before');
  t.same((await gateway.call('operator', 'GET', `/v1/tolerated?${days}&partner=quay-net`)).json, { items: [] });
  t.equal((await gateway.call('quay-net', 'GET', `/v1/tolerated?${days}&partner=blue-anchor`)).status, 403);
  const csv = await gateway.call('operator', 'GET', `/v1/tolerated?${days}&format=csv`);
  t.equal(csv.body, `day,partner,code,messages,deviation\r\n${today()},blue-anchor,EDIFACT_COUNT_MISMATCH,3,\r\n`);
  let text = '';
  await main(['volumes', 'tolerated', '--from', today(), '--to', today(), '--format', 'csv', '--data', gateway.data], {
    out: (said) => void (text += said),
    tell: () => undefined,
  });
  t.equal(text, csv.body, 'the same beside the gateway');
  const slanted = ['FSU/14', '160-12345675HKGLHR/T3K75.0', 'BKD/CX/0255/16NOV/HKG/LHR', ''].join('\r\n');
  t.equal((await gateway.send('blue-anchor', slanted)).status, 202);
  const deviation = { ...row, code: 'DEVIATION_ACCEPTED', messages: 1, deviation: 'slants-between-fields' };
  const { items } = (await gateway.call('operator', 'GET', `/v1/tolerated?${days}`)).json as { items: unknown };
  t.same(items, [deviation, { ...row, messages: 3 }], 'a deviation of the register too, by its name');
});
