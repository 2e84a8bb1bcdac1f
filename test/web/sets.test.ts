import t from 'tap';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.ts';
import { sample, startGateway, type TestGateway, type Who } from './fixture.ts';

const imp = { 'content-type': 'application/cargo-imp' };
const lines = (text: string): string => text.trim().replaceAll('\n', '\r\n') + '\r\n';
const waybill = (pieces: number): string =>
  lines(`
FWB/16
160-12345675HKGAMS/T${pieces}K75.0
RTG/AMSCX
SHP
/PEARL RIVER EXPORTS
/18 CANTON ROAD
/HONG KONG
/HK
CNE
/AMSTEL IMPORTS BV
/KADE 1
/AMSTERDAM
/NL
CVD/HKD/PP/PP/NVD/NCV/XXX
RTD/1/P${pieces}/K75.0/CQ/W75/R2.00/T150.00
/NG/TOYS
ISU/15NOV26/HONG KONG
REF/HKGFMBA`);
const houses = readFileSync(join(root, 'mappings/iata/fhl/5/cases/two-houses/input.imp'), 'latin1').replaceAll('HKGLHR', 'HKGAMS').replace('HKGMAN', 'HKGAMS');
const flight = readFileSync(join(root, 'mappings/iata/ffm/8/cases/bulk-and-unit-load/input.imp'), 'latin1')
  .replaceAll('HKGLHR', 'HKGAMS')
  .replace(/^LHR\//m, 'AMS/');

async function send(gateway: TestGateway, who: Who, body: string): Promise<string> {
  const { status, json, body: text } = await gateway.send(who, body, imp);
  if (status !== 202) throw new Error(text);
  return `${json.id as string}-1`;
}

const sets = async (gateway: TestGateway, who: Who, id: string) => {
  const { status, json } = await gateway.call(who, 'GET', `/v1/messages/${id}/sets`);
  return status === 200 ? json.sets : status;
};

t.test('what belongs together is told as it comes, and to each as far as it may see', async (t) => {
  const gateway = await startGateway(t);
  const first = await send(gateway, 'blue-anchor', waybill(3));
  t.match(await sets(gateway, 'operator', first), [
    {
      set: 'air-waybill',
      key: '160-12345675',
      state: 'waiting',
      waitingFor: ['house waybills', 'flight manifest'],
      documents: [{ document: 'waybill', messages: [first] }],
    },
  ]);
  const second = await send(gateway, 'blue-anchor', houses);
  t.match(await sets(gateway, 'blue-anchor', first), [{ state: 'waiting', waitingFor: ['flight manifest'] }]);
  const third = await send(gateway, 'quay-net', flight);
  const whole = await sets(gateway, 'operator', second);
  t.match(whole, [{ state: 'complete', waitingFor: [], differing: [] }]);
  t.same(
    (await sets(gateway, 'operator', third)).find(({ key }: { key: string }) => key === '160-12345675'),
    whole[0],
    'whichever of them one asks of',
  );

  t.match(await sets(gateway, 'blue-anchor', first), [{ state: 'waiting', waitingFor: ['flight manifest'] }], 'what another partner sent is not there');
  t.equal(await sets(gateway, 'quay-net', first), 404);
  t.match((await sets(gateway, 'quay-net', third))[0], { state: 'waiting', waitingFor: ['air waybill', 'house waybills'] });

  const corrected = await send(gateway, 'blue-anchor', waybill(4));
  const [told] = await sets(gateway, 'operator', second);
  t.match(told, {
    state: 'contradictory',
    differing: [
      {
        fact: 'pieces',
        stated: [
          { document: 'air waybill', value: '4' },
          { document: 'house waybills', value: '3' },
        ],
      },
    ],
  });
  t.same(told.documents[0], { document: 'waybill', messages: [corrected] }, 'the newest counts');
});

t.test('an agency compares what it was granted', async (t) => {
  for (const [granted, differing] of [
    [true, ['pieces']],
    [false, []],
  ] as const) {
    const gateway = await startGateway(t, (config) => {
      const file = join(config, 'agencies/port-health.yaml');
      const text = readFileSync(file, 'utf8');
      if (!granted) writeFileSync(file, text.replace(/.*TotalPackageQuantity\n/, ''));
    });
    const id = await send(gateway, 'blue-anchor', waybill(4));
    await send(gateway, 'blue-anchor', houses);
    const [told] = await sets(gateway, 'port-health', id);
    t.match(told, { set: 'air-waybill', key: '160-12345675', state: granted ? 'contradictory' : 'waiting' });
    t.same(
      told.differing.map(({ fact }: { fact: string }) => fact),
      differing,
      granted ? 'granted' : 'withheld',
    );
  }
});

t.test('a cargo report waits for its answer', async (t) => {
  const gateway = await startGateway(t);
  const { json } = await gateway.send('blue-anchor', sample('two-bills'));
  const id = `${json.id as string}-1`;
  for (const who of ['operator', 'blue-anchor', 'customs', 'port-health'] as const)
    t.match(await sets(gateway, who, id), [{ set: 'cargo-report', state: 'waiting', waitingFor: ['answer of customs'] }], who);
  t.equal(await sets(gateway, 'quay-net', id), 404);
});

t.test('facts that are too many are not looked at, which is said: whoever asks holds up nobody else for long', async (t) => {
  const gateway = await startGateway(t);
  const text = sample('two-bills').toString('latin1');
  const [start, end] = [text.indexOf('CNI+'), text.indexOf('UNT+')];
  const bills = Array.from({ length: 1_200 }, (_, i) => text.slice(start, end).replaceAll('BALUHAM', `B${1_000 + i}HAM`)).join('');
  const large = (text.slice(0, start) + bills + text.slice(end)).replaceAll('BA0438001', 'BA0438002');
  const small = await send(gateway, 'blue-anchor', text);
  const { json } = await gateway.send('blue-anchor', Buffer.from(large, 'latin1'));
  t.match(json.outcome.messages, [{ state: 'sent' }]);
  const answer = await gateway.call('blue-anchor', 'GET', `/v1/messages/${small}/sets`);
  t.match(answer.json, { sets: [{ key: 'BAL26-0438-RTM', documents: [{ messages: [small] }] }], unread: 1 });
});
