import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { decideDeliveries, type Route } from '../../src/partners/routes.ts';
import { isTest, testSideOf } from '../../src/partners/test-mode.ts';
import type { Partner } from '../../src/partners/partner.ts';
import type { Interchange } from '../../src/syntax/unit.ts';
import { rowsOf } from '../partners/fixture.ts';
import { sample, startGateway, type TestGateway } from './fixture.ts';

const text = sample('two-bills').toString('latin1');
const edit = (config: string, file: string, change: (text: string) => string): void =>
  writeFileSync(join(config, file), change(readFileSync(join(config, file), 'utf8')));

/** Every sender can be in test mode in one of four ways; the agency customs has keys for its test side. */
async function start(t: { teardown(end: () => unknown): void }, change: (config: string) => unknown = () => undefined) {
  const gateway = await startGateway(t, (config) => {
    change(config);
    edit(config, 'agencies/customs.yaml', (text) => `${text.trimEnd()}\ntest:\n  keys: [{ demo: demo-customs-test }]\n`);
    edit(config, 'partners/blue-anchor.yaml', (text) =>
      text
        .replace('keys: [{ demo: demo-blue-anchor }]', 'keys: [{ demo: demo-blue-anchor }, { demo: demo-blue-trial, test: true }]')
        .replace('  - id: BLUEANCHOR', '  - id: BLUEANCHOR\n  - { id: BLUETRIAL, test: true }'),
    );
    edit(config, 'partners/quay-net.yaml', (text) => `${text.trimEnd()}\ntest: true\n`);
  });
  const as = async (key: string, method: 'GET' | 'POST', url: string, payload?: string) => {
    const response = await gateway.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${key}`, prefer: 'wait=20' },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: response.statusCode, json: /json/.test(String(response.headers['content-type'])) ? response.json() : undefined };
  };
  return { gateway, as };
}

/** The production mailboxes of all agencies. */
const production = async ({ gateway: { store } }: TestGateway): Promise<number> =>
  (await Promise.all(['customs', 'port-health'].map((agency) => store.inbox(agency, 0, 500)))).flat().length;

t.test('whatever says that it is a test, nothing of it reaches production', async (t) => {
  const { gateway, as } = await start(t);
  const cases: readonly (readonly [what: string, key: string, change: (text: string) => string])[] = [
    ['UNB 0035', 'demo-blue-anchor', (text) => text.replace("++++1'", "++++1++1'")],
    ['a key for test mode', 'demo-blue-trial', (text) => text],
    ['an identity in test mode', 'demo-blue-anchor', (text) => text.replace('BLUEANCHOR', 'BLUETRIAL')],
    ['a partner in test mode', 'demo-quay-net', (text) => text.replace('BLUEANCHOR', 'QUAYNET')],
  ];
  let n = 0;
  for (const [what, key, change] of cases) {
    const sent = await as(key, 'POST', '/v1/interchanges', change(text).replaceAll(reference, `TEST${++n}`));
    t.equal(sent.status, 202, what);
    t.match(JSON.parse(sent.json.receipt.record), { detail: { test: true } }, `${what}: the receipt says so`);
    t.match(sent.json.outcome.messages[0], { state: 'sent', test: true }, what);
    const agencies = Object.keys(sent.json.outcome.messages[0].agencies as object);
    t.ok(agencies.length > 0 && agencies.every((name) => name.endsWith('.test')), `${what}: ${agencies.join(', ')}`);
    t.equal(await production(gateway), 0, what);
    t.match((await as(key, 'GET', '/v1/messages')).json.items[0], { test: true }, `${what}: search says so`);
  }
  const inbox = await as('demo-customs-test', 'GET', '/v1/inbox');
  t.equal(inbox.json.items.length, cases.length);
  t.match(inbox.json.items[0], { test: true, kind: 'message' });
  t.equal((await as('demo-customs-test', 'GET', '/v1/inbox/1')).status, 200);
  t.equal((await as('demo-customs', 'GET', '/v1/inbox')).json.items.length, 0);
  const sent = await as('demo-blue-anchor', 'POST', '/v1/interchanges', text);
  t.match(sent.json.outcome.messages[0].agencies, { customs: 'sent' }, 'what is no test goes to production');
  t.notOk('test' in sent.json.outcome.messages[0]);
});
const reference = /UNB\+[^+]*\+[^+]*\+[^+]*\+[^+]*\+([^+']*)/.exec(text)![1]!;

t.test('what answers a test is a test, whatever said that it is one', async (t) => {
  const { as, gateway } = await start(t, (config) =>
    edit(config, 'partners/blue-anchor.yaml', (text) =>
      text.replace(/^ {2}answers: .*\n/m, '').replace('agreement:\n', 'agreement:\n  answers: un/cusres/d96b\n'),
    ),
  );
  const cases: readonly (readonly [what: string, key: string, change: (text: string) => string, agency: string, indicator: RegExp])[] = [
    ['UNB 0035', 'demo-blue-anchor', (text) => text.replace("++++1'", "++++1++1'"), 'customs.test', /\+{6}1'$/],
    ['a key for test mode', 'demo-blue-trial', (text) => text, 'customs.test', /\+{6}1'$/],
    ['nothing', 'demo-blue-anchor', (text) => text, 'customs', /:[0-9]{4}\+[^+]+'$/],
  ];
  for (const [n, [what, key, change, agency, indicator]] of cases.entries()) {
    const number = `043${n}`;
    t.equal((await as(key, 'POST', '/v1/interchanges', change(text).replaceAll('0438', number))).status, 202, what);
    const body = [`BGM+961+C${number}+44`, `RFF+ABE:BAL26-${number}-RTM`];
    const answer = [
      `UNB+UNOC:3+${agency.toUpperCase()}+PORTOLAN+260914:1016+C${number}`,
      'UNH+1+CUSRES:D:96B:UN',
      ...body,
      'UNT+4+1',
      `UNZ+1+C${number}`,
      '',
    ].join("'");
    t.equal((await as(`demo-${agency.replace('.', '-')}`, 'POST', '/v1/interchanges', answer)).status, 202, what);
    const { items } = (await as('demo-blue-anchor', 'GET', '/v1/inbox')).json as { items: { number: number; kind: string }[] };
    const answers = items.filter(({ kind }) => kind === 'answer');
    t.equal(answers.length, n + 1, `${what}: it is answered`);
    const [envelope] = /^UNB[^']*'/.exec((await gateway.call('blue-anchor', 'GET', `/v1/inbox/${answers.at(-1)?.number}`)).body) ?? [''];
    t.match(envelope, /^UNB\+UNOC:3\+PORTOLAN\+BLUEANCHOR\+/, what);
    t.match(envelope, indicator, what);
  }
});

t.test('a message sent with a test key is never replayed into production, whatever its envelope says and whatever is asked', async (t) => {
  let routes = '';
  const { gateway, as } = await start(t, (folder) => (routes = join(folder, 'routes/arrivals.yaml')));
  const before = readFileSync(routes, 'utf8');
  writeFileSync(routes, 'routes: []\n');
  t.ok(await gateway.reload());
  const sent = await as('demo-blue-trial', 'POST', '/v1/interchanges', text.replaceAll(reference, 'REPLAY1'));
  const id = `${sent.json.id as string}-1`;
  t.match(sent.json.outcome.messages[0], { state: 'unrouted', test: true, agencies: {} }, 'for nobody, as the routes are');
  const replay = (agency = '') => as('demo-operator', 'POST', `/v1/messages/${id}/replay${agency}`);
  const { store } = gateway.gateway;
  const given = async (): Promise<number> => (await Promise.all(['customs.test', 'port-health.test'].map((side) => store.inbox(side, 0, 10)))).flat().length;
  /** To whom it went, once the test sides have got so many. */
  const agencies = async (count: number): Promise<unknown> => {
    for (let i = 0; i < 200 && (await given()) < count; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    return (await as('demo-operator', 'GET', `/v1/messages/${id}`)).json.agencies as unknown;
  };
  const sides = { 'customs.test': 'sent', 'port-health.test': 'sent' };
  writeFileSync(routes, before);
  t.ok(await gateway.reload());
  t.match(await replay(), { status: 202, json: { replayed: 'translation', attempt: 2 } });
  t.same(await agencies(2), sides);
  for (const agency of ['customs', 'port-health']) t.match(await replay(`?agency=${agency}`), { json: { code: 'REPLAY_NOTHING' } }, agency);
  t.match(await replay('?agency=customs.test'), { status: 202, json: { replayed: 'delivery' } }, 'to the test side it may go again');
  t.same(await agencies(3), sides);
  t.equal(await given(), 3);
  t.equal(await production(gateway), 0);
  t.equal((await store.timeline(id)).filter(({ record }) => /^(customs|port-health)$/.test(record?.party ?? '')).length, 0, 'nor says any record so');
});

t.test('no test message ever yields a delivery to production, whatever the routes are and whatever makes it a test', async () => {
  const rows = rowsOf({ Declaration: [{ ID: '1', Consignment: [{ UnloadingLocation: [{ ID: 'DEHAM' }] }] }] });
  const agency = fc.constantFrom('customs', 'port-health', 'tax');
  const route: fc.Arbitrary<Route> = fc.record(
    {
      route: fc.constantFrom('a', 'b'),
      to: fc.uniqueArray(agency, { minLength: 1 }),
      policy: fc.constantFrom('send', 'hold', 'fail'),
      when: fc.record({ maps: fc.constantFrom(['un'], ['x12'], ['un/cuscar/d95b']), partners: fc.constantFrom(['p'], ['q']) }, { requiredKeys: [] }),
    },
    { requiredKeys: ['route', 'to'] },
  );
  const partner = fc.record({
    id: fc.constant('p'),
    test: fc.boolean(),
    identities: fc.constant([{ id: 'LIVE' }, { id: 'TRIAL', test: true }]),
    sendsFor: fc.constant([{ trader: 't', identities: [{ id: 'TRADER' }, { id: 'TRADERTRIAL', test: true }] }]),
  }) as unknown as fc.Arbitrary<Partner>;
  const interchange = fc.record({
    syntax: fc.constantFrom('edifact', 'x12'),
    sender: fc.constantFrom('LIVE', 'TRIAL', 'TRADER', 'TRADERTRIAL'),
    testIndicator: fc.constantFrom(undefined, '', '1', '2', 'I'),
  }) as unknown as fc.Arbitrary<Interchange>;
  fc.assert(
    fc.property(fc.array(route, { maxLength: 5 }), partner, interchange, fc.boolean(), (routes, from, said, byTestKey) => {
      const anyhow = byTestKey || from.test === true || said.sender!.endsWith('TRIAL') || (said.testIndicator ?? '') !== '';
      const test = isTest(from, said, byTestKey);
      const document = { map: 'un/cuscar/d95b', partner: 'p', rows };
      const live = decideDeliveries({ ...document, test: false }, routes);
      const made = decideDeliveries({ ...document, test }, routes);
      return (
        test === anyhow &&
        made.every(({ agency }, i) => agency === (test ? testSideOf(live[i]!.agency) : live[i]!.agency)) &&
        made.every((each) => each.agency.endsWith('.test') === test)
      );
    }),
    { numRuns: 1_000 },
  );
});

t.test('a network sends for its traders: both are recorded, both are authorised', async (t) => {
  const gateway = await startGateway(t, (config) =>
    edit(
      config,
      'partners/quay-net.yaml',
      (text) =>
        `${text.replace('  - id: NORTHSTAR\n    qualifier: ZZZ\n', '')}declared: [Declaration/BorderTransportMeans/Carrier.ID]\nsends-for:\n  - { trader: north-star, identities: [{ id: NORTHSTAR }], declarants: [NORTH] }\n  - { trader: blue-line, identities: [{ id: BLUELINE }], declarants: [BLUE] }\n  - { trader: anything, identities: [{ id: ANYTHING }] }\n`,
    ),
  );
  const send = (sender: string, n: number) => gateway.send('quay-net', text.replace('BLUEANCHOR', sender).replaceAll(reference, `VAN${n}`));
  const cases: readonly (readonly [what: string, sender: string, status: number, state: string, trader: string | undefined])[] = [
    ['for a trader, whose document it is', 'BLUELINE', 202, 'sent', 'blue-line'],
    ['for a trader whose document it is not', 'NORTHSTAR', 202, 'rejected', 'north-star'],
    ['for a trader of whom nothing is agreed', 'ANYTHING', 202, 'sent', 'anything'],
    ['in its own name, for a trader whose document it is', 'QUAYNET', 202, 'sent', 'blue-line'],
    ['for somebody else', 'STRANGER', 403, '', undefined],
  ];
  for (const [i, [what, sender, status, state, trader]] of cases.entries()) {
    const { status: answered, json } = await send(sender, i);
    t.equal(answered, status, what);
    if (status !== 202) continue;
    t.match(json.outcome.messages[0], { state, partner: 'quay-net', trader }, what);
    if (state === 'rejected')
      t.match(
        json.outcome.messages[0].findings[0],
        { code: 'PARTNER_MAY_NOT_DECLARE', actual: 'BLUE', source: { tag: 'TDT' } },
        'told in the terms of the message',
      );
  }
  const found = await gateway.call('operator', 'GET', '/v1/messages?reference=blue-line');
  t.equal(found.json.items.length, 2, 'found by the trader');
  t.equal((await gateway.call('operator', 'GET', '/v1/messages?partner=quay-net')).json.items.length, 4, 'and by the network');
  t.match(await gateway.gateway.store.last(found.json.items[0].interchange), { record: { interchange: found.json.items[0].interchange } });
});

t.test('who has used its quota is told when to come again, and nothing is stored', async (t) => {
  const gateway = await startGateway(t, (config) =>
    edit(config, 'partners/blue-anchor.yaml', (text) => text.replace('agreement:', 'agreement:\n  quota: { messages: { day: 1 } }')),
  );
  const first = await gateway.send('blue-anchor', text);
  t.equal(first.status, 202);
  const size = await gateway.gateway.store.size();
  const next = await gateway.send('blue-anchor', text.replaceAll(reference, 'QUOTA1'));
  t.match(next, { status: 429, json: { code: 'PARTNER_QUOTA', retry: 'backoff' } });
  t.ok(Number(next.headers['retry-after']) > 0);
  t.equal(await gateway.gateway.store.size(), size);
  t.match(await gateway.gateway.store.runs(), [{ partner: 'blue-anchor', detail: { kind: 'quota', test: false, messages: 1 } }], 'kept with what was taken');
  t.match((await gateway.call('operator', 'GET', '/v1/sequence')).json, { items: [] }, 'and no sequence');
  const ofTest = text.replace(/(UNB[^']*)'/, (_, header: string) => `${header}${'+'.repeat(Math.max(0, 11 - (header.match(/\+/g)?.length ?? 0)))}1'`);
  t.equal((await gateway.send('blue-anchor', ofTest)).status, 202, 'test has a count of its own, and references of its own');
  t.match((await gateway.send('blue-anchor', ofTest.replaceAll(reference, 'QUOTA2'))).status, 429, 'with the same limit');
  t.match((await gateway.call('operator', 'GET', '/v1/partners/certificates?days=10')).json, { items: [] });
});
