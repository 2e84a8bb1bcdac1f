import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openGateway } from '../../../src/cli/running.ts';
import { findMatches } from '../../../src/gateway/answers/correlate.ts';
import { loadConfigurationFolder } from '../../../src/gateway/library/library.ts';
import { ownReference } from '../../../src/gateway/outcome/jobs.ts';
import { hashKey, type Partner } from '../../../src/partners/partner.ts';
import { openStore } from '../../../src/store/open.ts';
import { library } from '../../library.ts';
import { root } from '../../root.ts';

/** Customs takes the cargo report in EDIFACT, and answers it as the partner `customs-edi`. */
async function gatewayWithAnswers(t: Test, map = 'un/cuscar/d95b') {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  const config = join(folder, 'config');
  cpSync(join(root, 'samples/gateway'), config, { recursive: true });
  const loaded = loadConfigurationFolder(config, library);
  if (!loaded.configuration) throw new Error('the sample configuration is not in order');
  const { partners, agencies } = loaded.configuration;
  const named = (id: string, name: string): Partner => ({
    id,
    name,
    keys: [{ sha256: hashKey(id), demo: false }],
    certificates: [],
    identities: [{ id: name }],
    agreement: { contrl: 'always', tolerance: {}, duplicateWindow: 0 },
  });
  const configuration = {
    ...loaded.configuration,
    partners: [...partners, named('customs-edi', 'CUSTOMS'), named('stranger', 'STRANGER')],
    agencies: agencies.map((agency) => (agency.id === 'customs' ? { ...agency, map } : agency)),
  };
  const running = await openGateway({ library, loaded: { ...loaded, configuration }, config, data: join(folder, 'data'), report: () => undefined, workers: 0 });
  t.teardown(async () => {
    await running.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const call = async (key: string, method: 'GET' | 'POST', url: string, payload?: string | Buffer) =>
    running.app.inject({ method, url, headers: { authorization: `Bearer ${key}`, prefer: 'wait=20' }, ...(payload === undefined ? {} : { payload }) });
  return call;
}

type Kinds = { readonly timeline: readonly { readonly kind: string; readonly party?: string }[] };
const kinds = ({ timeline }: Kinds): string[] => timeline.map(({ kind }) => kind);

/** A CONTRL from one party to us about an interchange. */
const contrl = (from: string, about: string, [sender, recipient]: readonly [string, string], told: readonly string[], own = `R${about}`.slice(0, 14)): string =>
  [
    `UNB+UNOC:3+${from}+PORTOLAN+261121:0830+${own}++++1`,
    'UNH+1+CONTRL:D:3:UN',
    `UCI+${about}+${sender}+${recipient}+${told[0]}`,
    ...told.slice(1),
    `UNT+${told.length + 2}+1`,
    `UNZ+1+${own}`,
    '',
  ].join("'\n");

/** Sends a manifest; gives its message and the reference under which customs got it. */
async function relayed(call: Awaited<ReturnType<typeof gatewayWithAnswers>>): Promise<{ message: string; reference: string }> {
  const sent = await call('demo-blue-anchor', 'POST', '/v1/interchanges', readFileSync(join(root, 'samples/two-bills/input.edi')));
  const message = (sent.json() as { messages: { id: string }[] }).messages[0]?.id ?? '';
  const document = (await call('demo-customs', 'GET', '/v1/inbox/1')).body;
  return { message, reference: /^UNB\+[^+]*\+PORTOLAN\+CUSTOMS\+[^+]*\+([^+']+)/.exec(document)?.[1] ?? '' };
}

t.test('the recipient acknowledges what we sent: the message says so, and nothing is answered', async (t) => {
  const call = await gatewayWithAnswers(t);
  const { message, reference } = await relayed(call);
  t.match(reference, /^[0-9A-Z]{14}$/, 'an interchange of ours');
  const answer = await call('customs-edi', 'POST', '/v1/interchanges', contrl('CUSTOMS', reference, ['PORTOLAN', 'CUSTOMS'], ['7']));
  t.equal(answer.statusCode, 202);
  const { id } = answer.json() as { id: string };
  const own = (await call('customs-edi', 'GET', `/v1/messages/${id}-1`)).json() as Kinds & { state: string; type: string; findings: unknown[] };
  t.match(own, { state: 'acknowledgement', type: 'CONTRL', findings: [] });
  t.same(kinds(own), ['received', 'acknowledged']);
  const asked = (await call('demo-blue-anchor', 'GET', `/v1/messages/${message}`)).json() as Kinds;
  t.match(asked.timeline.at(-1), { kind: 'acknowledged by recipient', party: 'customs' });
  t.match(asked, { agencies: { customs: 'acknowledged' } }, 'and its state shows it');
  t.same((await call('customs-edi', 'GET', '/v1/inbox')).json(), { items: [], next: 0 }, 'an acknowledgement is never answered');
  const found = (await call('demo-operator', 'GET', `/v1/messages?reference=${reference}`)).json() as { items: { id: string }[] };
  t.ok(found.items.some((item) => item.id === message), 'found by the reference of ours'); // prettier-ignore
});

t.test('it rejects what we sent, as a whole or in part', async (t) => {
  const call = await gatewayWithAnswers(t);
  const { message, reference } = await relayed(call);
  const answer = (told: readonly string[], own: string) => call('customs-edi', 'POST', '/v1/interchanges', contrl('CUSTOMS', reference, ['PORTOLAN', 'CUSTOMS'], told, own)); // prettier-ignore
  await answer(['4+29+UNZ+2'], 'A1');
  await answer(['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+3+15'], 'A2');
  const { timeline, agencies } = (await call('demo-blue-anchor', 'GET', `/v1/messages/${message}`)).json() as Kinds & { agencies: unknown };
  t.match(agencies, { customs: 'rejected' });
  t.same(
    timeline.slice(-2).map(({ kind }) => kind),
    ['rejected by recipient', 'rejected by recipient'],
  );
});

t.test('nobody else acknowledges it', async (t) => {
  const call = await gatewayWithAnswers(t);
  const { message, reference } = await relayed(call);
  const before = kinds((await call('demo-blue-anchor', 'GET', `/v1/messages/${message}`)).json() as Kinds);
  const stranger = await call('stranger', 'POST', '/v1/interchanges', contrl('STRANGER', reference, ['PORTOLAN', 'CUSTOMS'], ['7']));
  const { id } = stranger.json() as { id: string };
  t.match((await call('stranger', 'GET', `/v1/messages/${id}-1`)).json(), { state: 'acknowledgement' }, 'recorded as what it says');
  await call('customs-edi', 'POST', '/v1/interchanges', contrl('CUSTOMS', 'BA0438001', ['BLUEANCHOR', 'PORTOLAN'], ['7']));
  t.same(kinds((await call('demo-blue-anchor', 'GET', `/v1/messages/${message}`)).json() as Kinds), before, 'but it changes nothing');
});

t.test('an acknowledgement that is not in order is rejected, and not answered either', async (t) => {
  const call = await gatewayWithAnswers(t);
  const broken = contrl('CUSTOMS', 'X', ['PORTOLAN', 'CUSTOMS'], ['7', 'UCS+1+13']);
  const { id } = (await call('customs-edi', 'POST', '/v1/interchanges', broken)).json() as { id: string };
  t.match((await call('customs-edi', 'GET', `/v1/messages/${id}-1`)).json(), { state: 'rejected' });
  t.same((await call('customs-edi', 'GET', '/v1/inbox')).json(), { items: [], next: 0 });
});

/** An interchange in X12 from customs to us: segments beside its groups, and a group of one 997 where it has any. */
const x12 = (number: string, beside: readonly string[], told: readonly string[] = []): string =>
  [
    `ISA*00*          *00*          *ZZ*CUSTOMS        *ZZ*PORTOLAN       *261121*0830*U*00401*${number}*0*P*>`,
    ...beside,
    ...(told.length === 0 ? [] : ['GS*FA*CUSTOMS*PORTOLAN*20261121*0830*1*X*004010', 'ST*997*0001', ...told, `SE*${told.length + 2}*0001`, 'GE*1*1']),
    `IEA*${told.length === 0 ? 0 : 1}*${number}`,
    '',
  ].join('~\n');

t.test('who takes X12 acknowledges it in X12: TA1 and 997 change the state of what they answer', async (t) => {
  const call = await gatewayWithAnswers(t, 'x12/309/4010');
  const sent = await call('demo-blue-anchor', 'POST', '/v1/interchanges', readFileSync(join(root, 'test/cases/x12-accepted/input.x12')));
  const message = (sent.json() as { messages: { id: string }[] }).messages[0]?.id ?? '';
  const document = (await call('demo-customs', 'GET', '/v1/inbox/1')).body;
  const [isa = '', group = ''] = [/\*(\d{9})\*0\*P/.exec(document)?.[1], /GS\*AQ\*[^*]*\*[^*]*\*\d+\*\d+\*(\d+)/.exec(document)?.[1]];
  t.equal(group, String(Number(isa)), 'the group of ours has the number of its interchange');
  const asked = async () => (await call('demo-blue-anchor', 'GET', `/v1/messages/${message}`)).json() as Kinds & { agencies: unknown };
  const { id } = (await call('customs-edi', 'POST', '/v1/interchanges', x12('000000001', [`TA1*${isa}*261121*0830*A*000`]))).json() as { id: string };
  t.match((await call('customs-edi', 'GET', `/v1/messages/${id}-1`)).json(), { state: 'acknowledgement', type: 'TA1', findings: [] });
  t.match(await asked(), { agencies: { customs: 'acknowledged' } });
  await call(
    'customs-edi',
    'POST',
    '/v1/interchanges',
    x12('000000002', [], [`AK1*AQ*${group}`, 'AK2*309*0001', 'AK3*P4*3**8', 'AK4*1*310*1', 'AK5*R*5', 'AK9*R*1*1*0']),
  );
  const after = await asked();
  t.match(after, { agencies: { customs: 'rejected' } });
  t.same(kinds(after).slice(-2), ['acknowledged by recipient', 'rejected by recipient']);
  t.same((await call('customs-edi', 'GET', '/v1/inbox')).json(), { items: [], next: 0 }, 'and neither is answered');
});

t.test('it finds its message however many newer ones go by the reference that it states', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  const store = openStore({ folder });
  t.teardown(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const idOf = (n: number): string => `01JD8Z6Q0000000000${String(n).padStart(8, '0')}`;
  const reference = ownReference(idOf(0), 1);
  for (let n = 0; n < 120; n++) {
    const [interchange, id] = [idOf(n), `${idOf(n)}-1`];
    const keys = [{ message: id, kind: 'reference', path: '', value: reference }]; // theirs, as it happens
    await store.commit({ states: [{ id, interchange, state: 'sent', agencies: { customs: 'sent' } }], keys });
  }
  const answer = { reference, sender: 'PORTOLAN', recipient: 'CUSTOMS', action: '7', error: '', rejected: [] };
  const found = await findMatches(store, { interchanges: [{ interchange: { sender: 'CUSTOMS' }, messages: [{ state: 'acknowledgement', answer }] }] } as never);
  t.match([...found.values()], [{ message: `${idOf(0)}-1`, agency: 'customs', verdict: 'acknowledged' }]);
});
