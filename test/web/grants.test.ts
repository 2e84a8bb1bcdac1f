import { randomBytes } from 'node:crypto';
import t from 'tap';
import { readArchive, sourceOf } from '../../src/store/verify-archive.ts';
import { sample, startGateway } from './fixture.ts';

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const marker = (): string => [...randomBytes(16)].map((byte) => letters[byte % letters.length]).join('');

// Every value of the manifest that port health was not granted, each replaced by a random marker; and, to see that the test
// would find one, values that it was granted.
const hidden = [
  'ALSTER WERKZEUGBAU GMBH',
  'BILLSTRASSE 88',
  'NORDHEIDE MOLKEREI EG',
  'AM SPEICHER 3',
  'BREMEN',
  'ELBE TRADER',
  '9704611',
  '438N',
  'BA77120',
  'BA77121',
  'NHM 4471',
  'NHM 4472',
  'BLUE ANCHOR LINE',
];
const shown = ['MAASPOORT TOOLING BV', 'HAND TOOLS OF STEEL, FORGED', 'BAL26-0438-RTM', 'BALUHAM2609001-A'];

t.test('what port health was not granted is nowhere that port health can look', async (t) => {
  const gateway = await startGateway(t);
  const markers = new Map<string, string>([...hidden, ...shown].map((value) => [value, marker()]));
  let text = sample('two-bills').toString('latin1');
  for (const [value, mark] of markers) {
    t.ok(text.includes(value), `the sample has ${value}`);
    text = text.replaceAll(value, mark);
  }
  const { json } = await gateway.send('blue-anchor', text);
  t.match(json.outcome, { messages: [{ agencies: { customs: 'sent', 'port-health': 'sent' } }] });
  const id = `${json.id as string}-1`;

  const places: { readonly where: string; readonly text: string }[] = [];
  const [row] = (await gateway.call('customs', 'GET', '/v1/messages')).json.items;
  const { timeline: _, ...whole } = (await gateway.call('customs', 'GET', `/v1/messages/${id}`)).json;
  t.same(row, whole, 'a row of the search says what the message says');
  t.match(row, { map: /^[a-z]/, plan: /^sha256:/, media: /^application\//, size: Number });
  for (const url of ['/v1/inbox', '/v1/inbox/1', ...['', '/content', '/proof', '/sets'].map((what) => `/v1/messages/${id}${what}`), '/v1/messages']) {
    const answer = await gateway.call('port-health', 'GET', url);
    t.equal(answer.status, 200, url);
    places.push({ where: url, text: answer.body + JSON.stringify(answer.headers) });
  }
  const evidence = await gateway.call('port-health', 'GET', `/v1/messages/${id}/evidence`);
  t.equal(evidence.status, 200, 'evidence');
  const { files } = readArchive(sourceOf(evidence.bytes));
  t.ok(
    [...files.keys()].some((name) => name.startsWith('content/')),
    'its own document is in the evidence',
  );
  for (const [name, file] of files) places.push({ where: `evidence ${name}`, text: file.text() });

  const all = places.map((place) => place.text).join('\n');
  for (const value of shown) t.ok(all.includes(markers.get(value)!), `granted, and found: ${value}`);
  for (const value of hidden) for (const { where, text: seen } of places) if (seen.includes(markers.get(value)!)) t.fail(`${value} is in ${where}`);
  t.pass(`${hidden.length} values in ${places.length} places`);

  const search = async (who: 'port-health' | 'customs' | 'blue-anchor', reference: string): Promise<number> =>
    (await gateway.call(who, 'GET', `/v1/messages?reference=${encodeURIComponent(reference)}`)).json.items.length;
  t.equal(await search('port-health', markers.get('BALUHAM2609001-A')!), 1, 'a granted bill is found');
  t.equal(await search('port-health', markers.get('BA77120')!), 0, 'a seal that was not granted is not');
  t.equal(await search('port-health', 'BLAU4482134'), 0, 'nor a container');
  t.equal(await search('port-health', 'BA0438001'), 0, 'nor the reference of the interchange');
  t.equal(await search('customs', 'BLAU4482134'), 1, 'customs finds it');
  t.equal(await search('blue-anchor', 'BLAU4482134'), 1, 'the sender finds it');

  for (const [url, what] of [
    [`/v1/interchanges/${json.id as string}`, 'the interchange'],
    [`/v1/messages/${id}/content?stage=original`, 'the original'],
    [`/v1/messages/${id}/content?stage=canonical`, 'the facts'],
    [`/v1/messages/${id}/content?stage=report`, 'the report'],
    [`/v1/messages/${id}/content?stage=customs`, 'what customs got'],
  ] as const)
    // prettier-ignore
    t.equal((await gateway.call('port-health', 'GET', url)).status, 404, `${what} is not there`);
  t.equal((await gateway.call('port-health', 'GET', '/v1/messages?partner=blue-anchor')).json.items.length, 0, 'nor can the sender be guessed');
  t.equal((await gateway.call('port-health', 'GET', '/v1/messages?type=CUSCAR')).json.items.length, 0, 'nor the format');
});

t.test('another partner sees nothing of it', async (t) => {
  const gateway = await startGateway(t);
  const { json } = await gateway.send('blue-anchor', sample('two-bills'));
  const id = json.id as string;
  for (const url of [
    `/v1/interchanges/${id}`,
    `/v1/messages/${id}-1`,
    `/v1/messages/${id}-1/content`,
    `/v1/messages/${id}-1/proof`,
    `/v1/messages/${id}-1/evidence`,
  ])
    t.equal((await gateway.call('quay-net', 'GET', url)).status, 404, url);
  t.same((await gateway.call('quay-net', 'GET', '/v1/messages')).json.items, []);
  t.same((await gateway.call('quay-net', 'GET', '/v1/messages?partner=blue-anchor')).json.items, []);
});

t.test('an agency that no route named sees nothing', async (t) => {
  const gateway = await startGateway(t);
  const { json } = await gateway.send('blue-anchor', sample('latin-1'));
  t.equal((await gateway.call('port-health', 'GET', `/v1/messages/${json.id as string}-1`)).status, 404);
  t.same((await gateway.call('port-health', 'GET', '/v1/messages')).json.items, []);
});
