import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sample, startGateway, type TestGateway } from '../../web/fixture.ts';

// The four rows of the policy for duplicates, and the second window of the fourth: the same content under a new reference.

const text = sample('latin-1').toString('latin1');
const under = (reference: string, change = (text: string) => text): Buffer => Buffer.from(change(text.replaceAll('BA0612001', reference)), 'latin1');

/** A gateway whose carrier agreed on this. */
const agreed = (t: Parameters<typeof startGateway>[0], duplicates: string, more = ''): Promise<TestGateway> =>
  startGateway(t, (config) => {
    const file = join(config, 'partners/blue-anchor.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('{ window: 365d }', duplicates).replace('contrl: on-request', `contrl: always\n${more}`));
  });

const stateOf = async (gateway: TestGateway, id: string): Promise<any> => (await gateway.call('operator', 'GET', `/v1/messages/${id}`)).json; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers of any shape
const delivered = async (gateway: TestGateway): Promise<number> => (await gateway.gateway.store.inbox('customs', 0, 100)).length;
const refsOf = async (gateway: TestGateway, id: string): Promise<unknown[]> =>
  (await gateway.gateway.store.timeline(id))
    .flatMap(({ record }) => (record?.message === id ? (record.refs ?? []) : []))
    .filter(({ kind }) => /resubmission|retry/.test(kind));

t.test('the same content under a new reference is delivered and marked: in its state, in its records, in the log of the operator', async (t) => {
  const gateway = await agreed(t, '{ window: 365d }');
  const first = (await gateway.send('blue-anchor', under('R1'))).json.id;
  const second = (await gateway.send('blue-anchor', under('R2'))).json.id;
  t.match(await stateOf(gateway, `${second}-1`), { state: 'sent', resubmissionOf: `${first}-1` });
  t.equal((await stateOf(gateway, `${first}-1`)).resubmissionOf, undefined);
  t.same((await refsOf(gateway, `${second}-1`))[0], { kind: 'resubmission-of', id: `${first}-1` });
  t.match(gateway.events.filter(({ event }) => event === 'resubmission'), [{ message: `${second}-1`, of: `${first}-1`, partner: 'blue-anchor', policy: 'mark' }]); // prettier-ignore
  t.equal(await delivered(gateway), 2);
  const third = (await gateway.send('blue-anchor', under('R3'))).json.id;
  t.equal((await stateOf(gateway, `${third}-1`)).resubmissionOf, `${second}-1`, 'of the last one that was filed');
});

t.test('what differs is no resubmission: in a fact, in its number, in its function', async (t) => {
  const gateway = await agreed(t, '{ content: refuse }');
  await gateway.send('blue-anchor', under('R1'));
  const others: readonly (readonly [string, (text: string) => string])[] = [
    ['another weight', (text) => text.replaceAll('18200', '18201')],
    ['another number', (text) => text.replace('BAL26-0612-ANR', 'BAL26-0613-ANR')],
    ['a cancellation', (text) => text.replace("-ANR+9'", "-ANR+1'")],
    ['another sender', (text) => text.replace('BLUEANCHOR+PORTOLAN', 'BLUEANCHOR:ZZ+PORTOLAN').replace('18200', '18202')],
  ];
  for (const [i, [what, change]] of others.entries()) {
    const { json } = await gateway.send('blue-anchor', under(`D${i}`, change));
    t.equal((await stateOf(gateway, `${json.id}-1`)).resubmissionOf, undefined, what);
    t.not((await stateOf(gateway, `${json.id}-1`)).state, 'rejected', what);
  }
});

t.test('refused: it goes nowhere, and the sender is told in its own form', async (t) => {
  const gateway = await agreed(t, '{ content: refuse }');
  const first = (await gateway.send('blue-anchor', under('R1'))).json.id;
  const { json } = await gateway.send('blue-anchor', under('R2'));
  t.match(await stateOf(gateway, `${json.id}-1`), { state: 'rejected', findings: [{ code: 'GATEWAY_RESUBMISSION', severity: 'error' }] });
  t.equal(await delivered(gateway), 1);
  const answers = (await gateway.gateway.store.inbox('blue-anchor', 0, 10)).filter(({ content }) => content.stage === 'contrl');
  const contrl = Buffer.from((await gateway.gateway.store.content(answers[1]!.content))!).toString('latin1');
  t.match(contrl, /UCI\+R2\+[^']*\+7'UCM\+M0612\+CUSCAR:D:95B:UN\+4\+26'/);
  t.match(await refsOf(gateway, `${json.id}-1`), [{ kind: 'resubmission-of', id: `${first}-1` }]);
  const again = (await gateway.send('blue-anchor', under('R3'))).json.id;
  t.match(await stateOf(gateway, `${again}-1`), { state: 'rejected' }, 'what was refused filed nothing');
});

t.test('in one body too: of two messages that say the same the second is refused', async (t) => {
  const gateway = await agreed(t, '{ content: refuse }');
  const message = text.slice(text.indexOf('UNH'), text.indexOf('UNZ'));
  const { json } = await gateway.send(
    'blue-anchor',
    under('R1', (text) => text.replace('UNZ+1', `${message.replaceAll('M0612', 'M0613')}UNZ+2`)),
  );
  t.same((await gateway.gateway.store.messagesOf(json.id)).map(({ state }) => state), ['sent', 'rejected']); // prettier-ignore
});

t.test('what failed or was rejected may come again, and is linked', async (t) => {
  const gateway = await agreed(t, '{ content: refuse }');
  const cut = (
    await gateway.send(
      'blue-anchor',
      under('R0', (text) => text.slice(0, text.indexOf('UNZ'))),
    )
  ).json.id;
  t.equal((await gateway.gateway.store.state(cut))?.state, 'rejected');
  const first = (await gateway.send('blue-anchor', under('R1'))).json.id;
  t.match(await stateOf(gateway, `${first}-1`), { state: 'sent' }, 'what was rejected filed nothing');
  await gateway.gateway.store.commit({ states: [{ id: `${first}-1`, interchange: first, state: 'rejected', agencies: { customs: 'rejected' } }] }); // as an agency's answer does
  const second = (await gateway.send('blue-anchor', under('R2'))).json.id;
  t.match(await stateOf(gateway, `${second}-1`), { state: 'sent', resubmissionOf: undefined });
  t.same((await refsOf(gateway, `${second}-1`))[0], { kind: 'retry-of', id: `${first}-1` });
});

t.test('after its window the same is new', async (t) => {
  const gateway = await agreed(t, '{ window: 1s, content: refuse }');
  await gateway.send('blue-anchor', under('R1'));
  await new Promise((resolve) => setTimeout(resolve, 1_050)); // the window is the clock's
  const { json } = await gateway.send('blue-anchor', under('R2'));
  t.match(await stateOf(gateway, `${json.id}-1`), { state: 'sent' });
});

t.test('of many that come at once under references of their own one is first, whatever the threads do', async (t) => {
  const gateway = await agreed(t, '{ content: refuse }');
  const ids = await Promise.all(Array.from({ length: 12 }, async (_, i) => (await gateway.send('blue-anchor', under(`P${i}`))).json.id as string));
  const states = await Promise.all(ids.map(async (id) => (await stateOf(gateway, `${id}-1`)).state as string));
  t.same(states.filter((state) => state === 'sent').length, 1);
  t.same(states.filter((state) => state === 'rejected').length, 11);
  t.equal(await delivered(gateway), 1);
});

t.test('held: nobody gets it until an operator releases it, once, and the record says who', async (t) => {
  const gateway = await agreed(t, '{ content: hold }');
  const first = (await gateway.send('blue-anchor', under('R1'))).json.id;
  const id = `${(await gateway.send('blue-anchor', under('R2'))).json.id}-1`;
  t.match(await stateOf(gateway, id), {
    state: 'held',
    resubmissionOf: `${first}-1`,
    findings: [{ code: 'GATEWAY_RESUBMISSION', severity: 'warning' }],
    outcomes: [{ agency: 'customs', state: 'held' }],
  });
  t.equal(await delivered(gateway), 1);
  t.equal((await gateway.call('blue-anchor', 'POST', `/v1/messages/${id}/release`)).status, 403);
  const released = await Promise.all([1, 2, 3].map(() => gateway.call('operator', 'POST', `/v1/messages/${id}/release`)));
  t.same(released.map(({ json }) => json.agencies.length).sort(), [0, 0, 1]);
  await gateway.gateway.outcome(id.split('-')[0]!, 10_000);
  t.match(await stateOf(gateway, id), { state: 'sent', outcomes: [{ agency: 'customs', state: 'sent' }] });
  t.equal(await delivered(gateway), 2);
  const steps = (await gateway.gateway.store.timeline(id)).flatMap(({ record }) => (record?.kind === 'released' ? [record] : []));
  t.match(steps, [{ party: 'customs', detail: { by: 'operator' } }]);
  t.same((await gateway.call('operator', 'POST', `/v1/messages/${id}/release`)).json.agencies, [], 'and not again');
  t.equal((await gateway.call('operator', 'POST', '/v1/messages/01JD0000000000000000000000-1/release')).status, 404);
});
