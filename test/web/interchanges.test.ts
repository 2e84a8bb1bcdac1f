import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { verifyReceipt } from '../../src/store/receipt.ts';
import { openGateway } from '../../src/cli/running.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { root } from '../root.ts';
import { verifyFolder } from '../store/damage.ts';
import { keys, library, sample, startGateway } from './fixture.ts';

t.test('a manifest: accepted with a receipt, translated for two agencies, in their mailboxes', async (t) => {
  const gateway = await startGateway(t);
  const answer = await gateway.send('blue-anchor', sample('two-bills'));
  t.equal(answer.status, 202);
  t.match(answer.json, { id: /^[0-9A-HJKMNP-TV-Z]{26}$/, messages: [{ type: 'CUSCAR', reference: 'M0438', map: 'un/cuscar/d95b' }] });
  t.notOk('broken' in verifyReceipt(answer.json.receipt, answer.json.receipt.key), 'the receipt verifies');
  t.match(JSON.parse(answer.json.receipt.record), { kind: 'received', party: 'blue-anchor', grade: 'D' });
  const { id, outcome } = answer.json;
  t.match(outcome, { state: 'processed', messages: [{ id: `${id}-1`, state: 'sent', agencies: { customs: 'sent', 'port-health': 'sent' } }] });

  for (const agency of ['customs', 'port-health'] as const) {
    const page = await gateway.call(agency, 'GET', '/v1/inbox');
    t.match(page.json, { items: [{ number: 1, kind: 'message', message: `${id}-1`, media: 'application/xml', receipted: null }], next: 1 }, agency);
    const item = await gateway.call(agency, 'GET', '/v1/inbox/1');
    t.match(item.body, /^<\?xml .*<Declaration /s);
    const receipt = await gateway.call(agency, 'POST', '/v1/inbox/1/receipt');
    t.equal(receipt.status, 200);
    t.match((await gateway.call(agency, 'POST', '/v1/inbox/1/receipt')).json, receipt.json, 'again is the same');
    t.match((await gateway.call(agency, 'GET', '/v1/inbox?after=1')).json, { items: [], next: 1 });
  }
  t.match((await gateway.call('blue-anchor', 'GET', `/v1/messages/${id}-1`)).json, {
    state: 'delivered',
    agencies: { customs: 'delivered', 'port-health': 'delivered' },
  });
});

t.test('a finding and a loss name the rule by file, line and column, as on the command line', async (t) => {
  const gateway = await startGateway(t);
  const noSuchDay = Buffer.from(sample('two-bills').toString('latin1').replace('202609140925', '202613140925'), 'latin1');
  const { id } = (await gateway.send('blue-anchor', noSuchDay)).json;
  const { json } = await gateway.call('operator', 'GET', `/v1/messages/${id}-1`);
  const report = JSON.parse((await gateway.call('operator', 'GET', `/v1/messages/${id}-1/content?stage=report`)).body);
  for (const { outcomes = [], outputs = outcomes, losses, findings } of [json, report]) {
    const told = [...losses, ...findings, ...outputs.flatMap((each: typeof json) => [...each.losses, ...each.findings])];
    const rules = told.flatMap(({ rule }: { rule?: object }) => rule ?? []);
    t.ok(rules.length > 0);
    for (const rule of rules) t.match(rule, { file: /\.yaml$/, line: Number, column: Number });
  }
});

t.test('what was lost in a translation is evidence: the report is committed to in the log', async (t) => {
  const gateway = await startGateway(t);
  const { id } = (await gateway.send('blue-anchor', sample('two-bills'))).json;
  const { store } = gateway.gateway;
  const steps = await store.timeline(`${id}-1`);
  const report = await store.contentInfo({ owner: `${id}-1`, stage: 'report' });
  t.match(
    steps.filter(({ record }) => record?.content?.stage === 'report'),
    [{ record: { kind: 'translated', party: 'blue-anchor', content: { commitment: report!.commitment } } }],
  );
});

t.test('a rejection names each cause in the log, and how often there is one', async (t) => {
  const gateway = await startGateway(t);
  const empty = Array.from({ length: 300 }, (_, i) => `UNB+UNOC:3+BLUEANCHOR+PORTOLAN+260914:1000+BA${i}'UNZ+0+BA${i}'`);
  const { json } = await gateway.send('blue-anchor', empty.join(''));
  t.match(json.outcome, { state: 'rejected' });
  const rejected = (await gateway.gateway.store.timeline(json.id)).find(({ record }) => record?.kind === 'rejected');
  const { findings } = rejected!.record!.detail as { findings: { code: string; count: number }[] };
  t.same(findings.map(({ code, count }) => [code, count]), [['EDIFACT_EMPTY', 300], ['GATEWAY_NO_MESSAGE', 300]]); // prettier-ignore
});

t.test('whoever reads a document is recorded, by either way; the answer to an interchange is one of its documents', async (t) => {
  const gateway = await startGateway(t);
  const { id } = (await gateway.send('blue-anchor', sample('two-bills'))).json;
  const readers = async (): Promise<string[]> =>
    (await gateway.gateway.store.timeline(id)).flatMap(({ record }) => (record?.kind === 'read' ? [`${record.party} ${record.content?.stage}`] : []));
  await gateway.call('customs', 'GET', '/v1/inbox/1');
  await gateway.call('blue-anchor', 'GET', '/v1/inbox/1');
  t.match(await gateway.call('blue-anchor', 'GET', `/v1/messages/${id}-1/content?stage=contrl`), { status: 200, body: /UCI\+/ });
  t.equal((await gateway.call('customs', 'GET', `/v1/messages/${id}-1/content?stage=contrl`)).status, 404, 'which is the sender’s alone');
  t.same(await readers(), ['customs customs', 'blue-anchor contrl', 'blue-anchor contrl']);
  for (const url of [`/v1/messages/${id}-1/content`, '/v1/inbox/1']) {
    const asked = await gateway.call('customs', 'HEAD', url);
    const got = await gateway.call('customs', 'GET', url);
    for (const name of ['content-type', 'content-length']) t.same(asked.headers[name], got.headers[name], `${url}: ${name}`);
    t.equal(asked.bytes.length, 0);
  }
  t.equal((await gateway.call('customs', 'HEAD', `/v1/messages/${id}-1/evidence`)).status, 405);
  t.equal((await readers()).length, 5, 'who asked only what it is has not read it');
});

t.test('the messages of a large interchange come in pages', async (t) => {
  const gateway = await startGateway(t);
  const messages = Array.from({ length: 701 }, (_, i) => `UNH+${i}+XXXXXX:D:95B:UN'UNT+2+${i}'`);
  const { json } = await gateway.send('blue-anchor', `UNB+UNOC:3+BLUEANCHOR+PORTOLAN+260914:1000+BA1'${messages.join('')}UNZ+701+BA1'`);
  t.match([json.outcome.messages.length, json.outcome.next], [500, 500]);
  const second = await gateway.call('blue-anchor', 'GET', `/v1/interchanges/${json.id}?after=500`);
  t.match([second.json.messages.length, second.json.messages[0].id, second.json.next], [201, `${json.id}-501`, null]);
});

t.test('receipts at the same moment: each item is delivered once, and the message knows of all', async (t) => {
  const gateway = await startGateway(t);
  const { id } = (await gateway.send('blue-anchor', sample('two-bills'))).json;
  const receipts = (['customs', 'port-health', 'customs', 'port-health', 'customs'] as const).map((who) => gateway.call(who, 'POST', '/v1/inbox/1/receipt'));
  for (const { status } of await Promise.all(receipts)) t.equal(status, 200);
  const { json } = await gateway.call('blue-anchor', 'GET', `/v1/messages/${id}-1`);
  t.match(json, { state: 'delivered', agencies: { customs: 'delivered', 'port-health': 'delivered' } });
  const given = (json.timeline as { kind: string; party: string }[]).filter(({ kind }) => kind === 'delivered').map(({ party }) => party);
  t.same(given.sort(), ['customs', 'port-health']);
});

t.test('the same bytes again: the first receipt, marked, and nothing is processed twice', async (t) => {
  const gateway = await startGateway(t);
  const first = await gateway.send('blue-anchor', sample('latin-1'));
  const second = await gateway.send('blue-anchor', sample('latin-1'));
  t.equal(second.status, 202);
  t.equal(second.json.duplicate, true);
  t.equal(second.json.id, first.json.id);
  t.same(second.json.receipt.record, first.json.receipt.record);
  const { receivedAt } = (await gateway.call('blue-anchor', 'GET', `/v1/interchanges/${first.json.id}`)).json;
  t.same([first.json.receivedAt, second.json.receivedAt], [receivedAt, receivedAt], 'received once, at one time');
  t.equal((await gateway.call('customs', 'GET', '/v1/inbox')).json.items.length, 1);
});

t.test('the same bytes for the same trader by another network: a receipt of its own, and nothing is processed twice', async (t) => {
  const gateway = await startGateway(t, (config) => {
    const file = join(config, 'partners/quay-net.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\nsends-for:\n  - { trader: blue-anchor, identities: [{ id: BLUEANCHOR }] }\n`);
  });
  const first = await gateway.send('blue-anchor', sample('latin-1'));
  const second = await gateway.send('quay-net', sample('latin-1'));
  t.match(second, { status: 202, json: { duplicate: true, messages: [] } });
  t.not(second.json.id, first.json.id);
  t.match(JSON.parse(second.json.receipt.record), { kind: 'received', party: 'quay-net', refs: [{ kind: 'duplicate-of', id: first.json.id }] });
  t.match((await gateway.call('quay-net', 'GET', `/v1/interchanges/${second.json.id}`)).json, { state: 'duplicate' });
  t.equal((await gateway.call('quay-net', 'GET', `/v1/interchanges/${first.json.id}`)).status, 404, 'whoever was first is none of its business');
  const other = await gateway.send('quay-net', sample('latin-1').toString('latin1').replace(/\+9'/, "+5'"));
  t.match(other, { status: 409, json: { code: 'GATEWAY_DUPLICATE', detail: /by another party that sends for the same trader, with other bytes/ } });
  t.notMatch(other.body, first.json.id, 'nor is its id told, which says when it came');
  const third = await gateway.send('quay-net', sample('latin-1'));
  t.same([third.json.id, third.json.receipt.record], [second.json.id, second.json.receipt.record], 'and the same one again');
  t.equal((await gateway.call('customs', 'GET', '/v1/inbox')).json.items.length, 1);
});

t.test('a quota that is used up keeps nobody from the receipt of what was taken', async (t) => {
  const gateway = await startGateway(t, (config) => {
    const file = join(config, 'partners/blue-anchor.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('agreement:\n', 'agreement:\n  quota: { messages: { day: 1 } }\n'));
  });
  const first = await gateway.send('blue-anchor', sample('latin-1'));
  const again = await gateway.send('blue-anchor', sample('latin-1'));
  t.match(again, { status: 202, json: { id: first.json.id, duplicate: true } });
  t.same(again.json.receipt.record, first.json.receipt.record);
  const text = sample('latin-1').toString('latin1');
  for (const other of [text.replaceAll('18200', '18201'), text.replaceAll('BA0612001', 'BA0612002')])
    t.match(await gateway.send('blue-anchor', Buffer.from(other, 'latin1')), { status: 429, json: { code: 'PARTNER_QUOTA' } }, 'anything else waits');
});

t.test('the same reference with other bytes: 409, quarantined, nothing processed', async (t) => {
  const gateway = await startGateway(t);
  const first = await gateway.send('blue-anchor', sample('latin-1'));
  const other = await gateway.send('blue-anchor', sample('latin-1').toString('latin1').replace('18200', '18201').replace('18200', '18201'));
  t.equal(other.status, 409);
  t.match(other.json, {
    type: '/problems/duplicate',
    code: 'GATEWAY_DUPLICATE',
    retry: 'never',
    evidence: { index: Number },
    instance: /^\/v1\/interchanges\//,
  });
  t.match(other.json.detail, first.json.id);
  t.match((await gateway.call('blue-anchor', 'GET', other.json.instance)).json, { state: 'quarantined' });
  t.equal((await gateway.call('customs', 'GET', '/v1/inbox')).json.items.length, 1);
});

t.test('other bytes under a used reference are kept once, and ten of them; each time is evidence', async (t) => {
  const gateway = await startGateway(t);
  const { store } = gateway.gateway;
  const first = await gateway.send('blue-anchor', sample('two-bills'));
  const text = sample('two-bills').toString('latin1');
  const other = (n: number): string => text.replaceAll('21940', String(21_940 + n));
  const twice = await Promise.all([gateway.send('blue-anchor', other(1)), gateway.send('blue-anchor', other(1))]);
  const again = await gateway.send('blue-anchor', other(1));
  const told = [...twice, again];
  t.same(told.map(({ status, json }) => [status, json.code]), told.map(() => [409, 'GATEWAY_DUPLICATE'])); // prettier-ignore
  t.equal(new Set(told.map(({ json }) => json.instance)).size, 1, 'kept once, of two at once too');
  t.equal(new Set(told.map(({ json }) => json.evidence.index)).size, 3, 'and each is recorded');
  const id = (again.json.instance as string).split('/').at(-1)!;
  const steps = (await store.timeline(id)).flatMap(({ record }) => (record?.kind === 'quarantined' ? [record] : []));
  t.match(
    steps.map(({ detail, content }) => [(detail as { again?: boolean }).again ?? false, content?.stage]),
    [
      [false, 'original'],
      [true, 'original'],
      [true, 'original'],
    ],
  );
  t.equal((await gateway.call('blue-anchor', 'GET', '/v1/inbox')).json.items.length, 2, 'its sender is told once in its own form');

  const more = [];
  for (let n = 2; n <= 12; n++) more.push((await gateway.send('blue-anchor', other(n))).json as { instance: string; evidence: { index: number } });
  t.equal(new Set(more.slice(0, 9).map(({ instance }) => instance)).size, 9);
  t.same(more.slice(9).map(({ instance }) => instance), [again.json.instance, again.json.instance], 'from the eleventh on no bytes are kept'); // prettier-ignore
  t.match((await store.timeline(id)).at(-1)?.record, { kind: 'quarantined', detail: { again: false, sha256: /^[0-9a-f]{64}$/, size: text.length } });
  t.equal(new Set(more.map(({ evidence }) => evidence.index)).size, 11);
  t.match((await gateway.call('blue-anchor', 'GET', `/v1/interchanges/${first.json.id}`)).json, { state: 'processed' });
  await gateway.gateway.close();
  t.match(verifyFolder(gateway.data), { ok: true });
});

t.test('a reference used twice is answered by CONTRL 26 where one was asked for', async (t) => {
  const gateway = await startGateway(t);
  const first = await gateway.send('blue-anchor', sample('two-bills'));
  t.equal((await gateway.send('blue-anchor', sample('two-bills').toString('latin1').replaceAll('21940', '21941'))).status, 409);
  const { json } = await gateway.call('blue-anchor', 'GET', '/v1/inbox');
  t.match(json.items, [
    { number: 1, kind: 'acknowledgement', interchange: first.json.id },
    { number: 2, kind: 'rejection' },
  ]);
  t.match((await gateway.call('blue-anchor', 'GET', '/v1/inbox/1')).body, /UCI\+BA0438001\+BLUEANCHOR\+PORTOLAN\+7'/);
  t.match((await gateway.call('blue-anchor', 'GET', '/v1/inbox/2')).body, /UCI\+BA0438001\+BLUEANCHOR\+PORTOLAN\+4\+26\+UNB\+6'/);
});

t.test('after a rejection the reference may be used again', async (t) => {
  const gateway = await startGateway(t);
  const bad = await gateway.send('blue-anchor', sample('wrong-structure'));
  t.match(bad.json.outcome, { state: 'rejected' });
  const mended = sample('latin-1').toString('latin1').replaceAll('BA0612001', 'BA0777001');
  t.match((await gateway.send('blue-anchor', Buffer.from(mended, 'latin1'))).json.outcome, { state: 'processed' });
});

t.test('Idempotency-Key', async (t) => {
  const gateway = await startGateway(t);
  const key = { 'idempotency-key': 'order-66' };
  const first = await gateway.send('blue-anchor', sample('latin-1'), key);
  t.equal((await gateway.send('blue-anchor', sample('latin-1'), key)).json.id, first.json.id);
  const reused = await gateway.send('blue-anchor', sample('two-bills'), key);
  t.equal(reused.status, 422);
  t.equal(reused.json.code, 'WEB_KEY_REUSED');
});

t.test('a message that its receipt announced is there at once: as its interchange is, until that is read', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'portolan-'));
  const config = join(root, 'samples/gateway');
  const loaded = loadConfigurationFolder(config, library);
  const { gateway, app, close } = await openGateway({ library, loaded, config, data, report: () => undefined, workers: 0, dispatch: false });
  t.teardown(async () => {
    await close();
    rmSync(data, { recursive: true, force: true });
  });
  const call = async (who: keyof typeof keys, url: string) => app.inject({ url, headers: { authorization: `Bearer ${keys[who]}` } });
  const posted = await app.inject({
    method: 'POST',
    url: '/v1/interchanges',
    payload: sample('two-bills'),
    headers: { authorization: `Bearer ${keys['blue-anchor']}` },
  });
  const { id, messages } = posted.json<{ id: string; messages: readonly { id: string }[] }>();
  const url = `/v1/messages/${messages[0]!.id}`;
  const expected = {
    id: `${id}-1`,
    interchange: id,
    state: 'received',
    type: null,
    agencies: {},
    outcomes: [],
    findings: [],
    timeline: [{ kind: 'received' }],
  };
  for (const who of ['blue-anchor', 'operator'] as const) t.match((await call(who, url)).json(), expected, who);
  for (const who of ['quay-net', 'customs'] as const) t.equal((await call(who, url)).statusCode, 404, who);
  t.same((await call('blue-anchor', `${url}/content`)).rawPayload, sample('two-bills'));
  t.match((await call('blue-anchor', `${url}/proof`)).json(), { proofs: [{ kind: 'received' }] });
  t.equal((await call('blue-anchor', `${url}/evidence`)).statusCode, 200);
  for (const strange of [`${id}-0`, `${id}-01`]) t.equal((await call('blue-anchor', `/v1/messages/${strange}`)).statusCode, 404, strange);
  await gateway.store.commit({
    states: [{ id, interchange: id, state: 'failed', detail: { messages: 0, findings: [{ code: 'GATEWAY_NOT_READ' }] } }],
  });
  t.match((await call('blue-anchor', url)).json(), { state: 'failed', findings: [{ code: 'GATEWAY_NOT_READ' }] });
});

t.test('of several interchanges in one body each message has the answer to its own in its story, and no other', async (t) => {
  const gateway = await startGateway(t);
  const [good, bad] = [sample('two-bills').toString('latin1'), sample('wrong-structure').toString('latin1')];
  const { id } = (await gateway.send('blue-anchor', Buffer.from(good + bad + good.replaceAll('BA0438001', 'BA0438002'), 'latin1'))).json;
  for (const who of ['blue-anchor', 'operator'] as const)
    for (const [number, stage] of [
      [1, 'contrl'],
      [2, 'contrl-2'],
      [3, 'contrl-3'],
    ] as const) {
      const { timeline, hops } = (await gateway.call(who, 'GET', `/v1/messages/${id}-${number}`)).json;
      const answers = (timeline as { kind: string; stage?: string }[]).flatMap((each) => (each.kind === 'acknowledged' ? [each.stage] : []));
      t.same(answers, [stage], `${who}: message ${number}`);
      t.equal((hops as { hop: string }[]).filter(({ hop }) => hop === 'acknowledged').length, 1);
    }
  const all = (await gateway.call('operator', 'GET', `/v1/interchanges/${id}`)).json.timeline as { kind: string }[];
  t.equal(all.filter(({ kind }) => kind === 'acknowledged').length, 3, 'that of the body has them all');
});
