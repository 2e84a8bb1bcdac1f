import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openGateway } from '../../../src/cli/running.ts';
import { receive } from '../../../src/gateway/intake/intake.ts';
import { loadConfigurationFolder } from '../../../src/gateway/library/library.ts';
import { root } from '../../root.ts';
import { library, sample, startGateway } from '../../web/fixture.ts';

// The duplicate rule holds for every interchange of a body, wherever it stands. Here: bodies of several interchanges.

const text = sample('latin-1').toString('latin1');
const under = (reference: string): string => text.replaceAll('BA0612001', reference);
const bytes = (...interchanges: string[]): Buffer => Buffer.from(interchanges.join(''), 'latin1');

const config = join(root, 'samples/gateway');
const loaded = loadConfigurationFolder(config, library);
const partner = loaded.configuration!.partners.find(({ id }) => id === 'blue-anchor')!;

/** The interchange with its message so often that it has at least `size` bytes. */
function large(interchange: string, size: number): string {
  const [start, end] = [interchange.indexOf('UNH'), interchange.indexOf('UNZ')];
  const message = interchange.slice(start, end);
  return interchange.slice(0, start) + message.repeat(Math.ceil(size / message.length)) + interchange.slice(end);
}

t.test('one reference twice in one body: the first counts, the second is a duplicate', async (t) => {
  const gateway = await startGateway(t);
  const { json } = await gateway.send('blue-anchor', bytes(under('BA1'), under('BA1').replaceAll('18200', '18201'), under('BA2')));
  t.match(json.outcome, { state: 'processed', messages: [{ state: 'sent' }, { state: 'rejected' }, { state: 'sent' }] });
  t.match(json.outcome.findings, [{ code: 'GATEWAY_DUPLICATE' }]);
  t.equal((await gateway.call('customs', 'GET', '/v1/inbox')).json.items.length, 2);
});

t.test('what the acknowledgement that it asks for could not name is refused at once: nobody could be answered', async (t) => {
  const gateway = await startGateway(t);
  const nameless = await gateway.send('blue-anchor', bytes(under('').replace(/(UNB[^']*)'/, "$1++++1'")));
  t.match(nameless, { status: 422, json: { code: 'GATEWAY_UNNAMED', errors: [{ place: { tag: 'UNB', element: '0020' } }] } });
  const asking = under('BA0612001-ROTTERDAM').replace("ROTTERDAM'", "ROTTERDAM++++1'");
  for (const body of [bytes(asking), bytes(under('BA1'), asking)]) {
    const { status, json } = await gateway.send('blue-anchor', body);
    t.match({ status, json }, { status: 422, json: { code: 'GATEWAY_UNANSWERABLE', errors: [{ place: { tag: 'UNB', element: '0020' }, actual: 'BA0612001-ROTTERDAM' }] } }); // prettier-ignore
  }
  const quiet = await gateway.send('blue-anchor', bytes(asking.replace("++++1'", "'")));
  t.match(
    quiet,
    { status: 202, json: { outcome: { state: 'processed', findings: [{ code: 'EDIFACT_TOO_LONG', severity: 'warning' }] } } },
    'who asks for none is read as ever',
  );
  t.match((await gateway.call('blue-anchor', 'GET', '/v1/inbox')).json, { items: [] });
});

t.test('a used reference far into a large body is found before the answer', async (t) => {
  const gateway = await startGateway(t);
  await gateway.send('blue-anchor', bytes(under('BA1')));
  const answer = await gateway.send('blue-anchor', bytes(large(under('BA2'), 8_500_000), under('BA1').replaceAll('18200', '18201')));
  t.match(answer, { status: 409, json: { code: 'GATEWAY_DUPLICATE' } });
  t.equal((await gateway.call('customs', 'GET', '/v1/inbox')).json.items.length, 1);
});

t.test('which key was used before is told as it is: a reference, or the key of the request', async (t) => {
  const gateway = await startGateway(t);
  await gateway.send('blue-anchor', bytes(under('BA1')), { 'idempotency-key': 'one' });
  const second = await gateway.send('blue-anchor', bytes(under('BA2'), under('BA1')), { 'idempotency-key': 'two' });
  t.match(second, { status: 409, body: /`BA1`/, json: { code: 'GATEWAY_DUPLICATE' } }, 'its second interchange has a used reference');
  const third = await gateway.send('blue-anchor', bytes(under('BA3')), { 'idempotency-key': 'one' });
  t.match(third, { status: 422, json: { code: 'WEB_KEY_REUSED' } });
});

t.test('what was erased since is told as that: bytes that are their own key are the same still, under a reference nobody can tell', async (t) => {
  const gateway = await startGateway(t);
  const sent = [sample('cargo-report-xml', 'input.xml'), bytes(under('BA1'))];
  const first = await Promise.all(sent.map((each) => gateway.send('blue-anchor', each)));
  for (const { json } of first) {
    const refs = [{ kind: 'content', id: `${json.id}/original` }];
    await gateway.gateway.store.commit({ erase: [{ owner: json.id, what: 'content', stages: ['original'] }], records: [{ kind: 'erased', refs }] });
  }
  const again = await Promise.all(sent.map((each) => gateway.send('blue-anchor', each)));
  t.match(again[0], { status: 202, json: { id: first[0]!.json.id, duplicate: true, receipt: first[0]!.json.receipt } });
  t.match(again[1], { status: 409, json: { code: 'GATEWAY_DUPLICATE', detail: /used before, by \w{26}, whose bytes were erased since/ } });
  t.notMatch(again[1]!.json.detail, /other bytes/);
});

t.test('that a large body is read counts as no slow disk: the commit alone is timed', async (t) => {
  const { gateway } = await startGateway(t);
  const timed: string[] = [];
  const { store } = gateway;
  const context = {
    ...gateway.intakeContext,
    committing: () => (timed.push('begins'), () => void timed.push('ends')),
    store: Object.assign(Object.create(store) as typeof store, {
      commit: (batch: Parameters<typeof store.commit>[0]) => (timed.push('commit'), store.commit(batch)),
    }),
  };
  const submit = (body: Buffer) => receive({ ...gateway.newInterchange(), bytes: body, partner, grade: 'D' }, context);
  t.match(await submit(Buffer.from('what is this')), { accepted: false });
  t.same(timed, [], 'what is refused is not committed');
  t.match(await submit(bytes(under('BA1'))), { accepted: true });
  t.same(timed, ['begins', 'commit', 'ends']);
});

t.test('a body of very many interchanges is refused; one of many costs no more than one of few', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'portolan-'));
  const { gateway, close } = await openGateway({ library, loaded, config, data, report: () => undefined, workers: 0, dispatch: false });
  t.teardown(async () => {
    await close();
    rmSync(data, { recursive: true, force: true });
  });
  const small = "UNB+UNOC:3+BLUEANCHOR+PORTOLAN+260914:1000+'UNZ+0+'"; // no reference: the bytes are it
  const submit = (body: Buffer) => gateway.submit({ bytes: body, partner, grade: 'D' });
  t.match(await submit(bytes(small.repeat(1_001))), { accepted: false, findings: [{ code: 'GATEWAY_TOO_MANY' }] });
  const padding = large(under('BA9'), 6_000_000);
  const took = async (count: number): Promise<number> => {
    const started = performance.now();
    t.match(await submit(bytes(small.repeat(count), padding.replaceAll('BA9', `BA${count}`))), { accepted: true });
    return performance.now() - started;
  };
  const few = await took(1);
  t.ok((await took(900)) < 4 * few + 500, 'the bytes are hashed once');
});

t.test('the beginning of a file in which nothing stands yet is refused as that, and is no defect of ours', async (t) => {
  const gateway = await startGateway(t);
  const list = readFileSync(join(root, 'mappings/records/courier/h7/cases/two-parcels/input.csv'));
  for (const body of [bytes("UNA:+.?*'"), list.subarray(0, list.indexOf(10)), list.subarray(0, list.indexOf(10) + 1)])
    t.match(await gateway.send('blue-anchor', body), {
      status: 422,
      json: { code: 'GATEWAY_NO_MESSAGE', errors: [{ code: 'GATEWAY_NO_MESSAGE', place: { offset: 0 } }] },
    });
});
