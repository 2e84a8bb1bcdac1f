import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { verifyReceipt } from '../../../src/store/receipt.ts';
import { readArchive, sourceOf } from '../../../src/store/verify-archive.ts';
import { verifyBundle } from '../../../src/store/verify.ts';
import { sample, startGateway, type TestGateway, type Who } from '../../web/fixture.ts';

/** All that a caller is shown of a message, and of its interchange where it may see that. */
async function shownTo(gateway: TestGateway, who: Who, id: string): Promise<string> {
  const urls = ['', '/proof', '/evidence'].map((what) => `/v1/messages/${id}${what}`);
  const answers = await Promise.all([...urls, `/v1/interchanges/${id.split('-')[0]!}`].map((url) => gateway.call(who, 'GET', url)));
  return answers.map(({ body }) => body).join('\n');
}

t.test('that a message is kept for a case, and for which, is told to operators alone', async (t) => {
  const gateway = await startGateway(t);
  const { json } = await gateway.send('blue-anchor', sample('latin-1'));
  const id = `${json.id as string}-1`;
  for (const [url, note] of [
    ['hold', 'case 7 of the prosecutor'],
    ['hold/release', 'no case any more'],
  ] as const)
    t.equal((await gateway.call('operator', 'POST', `/v1/messages/${id}/${url}?note=${encodeURIComponent(note)}`)).status, 200);
  const told = /prosecutor|no case any|hold-released|kind\W+hold\b|Z +hold\b/; // in JSON, in JSON within JSON, in the custody sheet
  t.match(await shownTo(gateway, 'operator', id), /case 7 of the prosecutor[^]*no case any more/);
  for (const who of ['blue-anchor', 'customs'] as const) t.equal(told.exec(await shownTo(gateway, who, id))?.[0], undefined, who);
  const bundle = (await gateway.call('blue-anchor', 'GET', `/v1/messages/${id}/evidence`)).bytes;
  t.match(verifyBundle(sourceOf(bundle)), { ok: true }, 'what is left is whole');
});

t.test('of what others said and did a sender and an agency see that it happened, and no word of theirs', async (t) => {
  const words = { answer: 'no room in HALL-7 at the depot', reason: 'agreed with Ms Holt of the depot', note: 'told by telephone by Mr Reed' };
  const refusing = createServer((request, response) =>
    request.resume().on('end', () => response.writeHead(422, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ title: words.answer }))),
  ).listen(0, '127.0.0.1');
  t.teardown(() => refusing.close());
  await once(refusing, 'listening');
  const { port } = refusing.address() as AddressInfo;
  const gateway = await startGateway(t, (config) => {
    const change = (name: string, from: string, to: string): void =>
      writeFileSync(join(config, name), readFileSync(join(config, name), 'utf8').replace(from, to));
    change('agencies/customs.yaml', 'channel: mailbox', `channel: { http: { url: "http://127.0.0.1:${port}/" } }`);
    change('gateway.yaml', 'operators:\n', 'operators:\n  - { id: ms-keane, keys: [{ demo: demo-ms-keane }] }\n');
  });
  const keane = async (method: 'GET' | 'POST', url: string, body?: Buffer) => {
    const headers = { authorization: 'Bearer demo-ms-keane', 'content-type': 'text/plain' };
    const answer = await gateway.call(undefined, method, url, { headers, ...(body ? { body } : {}) });
    t.ok(answer.status < 300, url, { answer: answer.body });
    return answer;
  };
  const stopped = async (): Promise<number | undefined> => (await keane('GET', '/v1/dead-letters')).json.items[0]?.number;
  const { json } = await gateway.send('blue-anchor', sample('two-bills'));
  const id = `${json.id as string}-1`;
  while ((await stopped()) === undefined) await setTimeout(20);
  await keane('POST', `/v1/dead-letters/${await stopped()}/close?reason=${encodeURIComponent(words.reason)}`);
  await keane('GET', `/v1/messages/${id}/content`);
  await keane('GET', `/v1/messages/${id}/evidence`);
  await keane('POST', `/v1/messages/${id}/replay?agency=port-health`);

  const text = sample('two-bills').toString('latin1').replaceAll('BA0438001', 'BA0438002');
  const { id: broken } = (await gateway.send('blue-anchor', text.replace(/BGM\+[^']*'\n?/, ''))).json;
  await keane('POST', `/v1/messages/${broken}-1/repair?note=${encodeURIComponent(words.note)}`, Buffer.from(text, 'latin1'));
  const { replacement } = (await gateway.call('operator', 'POST', '/v1/repairs/1/approve')).json;
  await gateway.gateway.outcome((replacement as string).split('-')[0]!, 20_000);

  const told = new RegExp(`keane|${Object.values(words).join('|')}`);
  for (const who of ['blue-anchor', 'port-health'] as const)
    for (const each of [id, `${broken as string}-1`, replacement as string])
      t.equal(told.exec(await shownTo(gateway, who, each))?.[0], undefined, `${who} ${each}`);
  const all = await Promise.all([id, `${broken as string}-1`].map((each) => shownTo(gateway, 'operator', each)));
  for (const word of [words.answer, words.reason, 'keane']) t.match(all.join('\n'), word, 'operators see it');

  const { timeline } = (await gateway.call('blue-anchor', 'GET', `/v1/messages/${id}`)).json;
  for (const [kind, party] of [['failed', 'customs'], ['settled', 'customs'], ['read', 'operator'], ['replayed', 'port-health']] as const) t.ok(timeline.some((each: { kind: string; party: string }) => each.kind === kind && each.party === party), `it sees that: ${kind}`); // prettier-ignore
  const bundle = (await gateway.call('blue-anchor', 'GET', `/v1/messages/${id}/evidence`)).bytes;
  const verified = verifyBundle(sourceOf(bundle));
  t.match(verified, { ok: true }, 'what is left is whole');
  t.match(readArchive(sourceOf(bundle)).files.get('custody.txt')?.text(), /Z  failed +\(record not shown\)$/m);
  const { proofs } = (await gateway.call('blue-anchor', 'GET', `/v1/messages/${id}/proof`)).json;
  for (const { kind, receipt } of proofs) {
    t.notOk('broken' in verifyReceipt(receipt, receipt.key), `the proof of ${kind} holds`);
    if (receipt.record === '') t.equal(receipt.salt, '', 'nobody can try what it may say');
  }
});

t.test('who else takes evidence along is told to operators alone: whoever sent it would be warned', async (t) => {
  const gateway = await startGateway(t);
  const { json } = await gateway.send('blue-anchor', sample('two-bills'));
  const id = `${json.id as string}-1`;
  for (const who of ['customs', 'operator'] as const) t.equal((await gateway.call(who, 'GET', `/v1/messages/${id}/evidence`)).status, 200);
  const told = async (who: Who): Promise<unknown> =>
    (await gateway.call(who, 'GET', `/v1/messages/${id}`)).json.timeline.flatMap((each: { kind: string; party: string }) => (each.kind === 'exported' ? [each.party] : [])); // prettier-ignore
  t.same(await told('operator'), ['customs', 'operator']);
  t.same(await told('blue-anchor'), []);
  t.notMatch(await shownTo(gateway, 'blue-anchor', id), /Z +exported +(customs|operator|\(record)/, 'nor in its bundle');
  t.same(await told('blue-anchor'), ['blue-anchor'], 'but its own');
});

t.test('an agency has in its bundle what it sent itself', async (t) => {
  const gateway = await startGateway(t);
  await gateway.send('blue-anchor', sample('rejected-by-customs'));
  const answer = sample('rejected-by-customs', 'answer.xml');
  const { json } = await gateway.send('customs', answer);
  const bundle = (await gateway.call('customs', 'GET', `/v1/messages/${json.id as string}-1/evidence`)).bytes;
  t.match(verifyBundle(sourceOf(bundle)), { ok: true, party: 'customs' });
  const shown = [...readArchive(sourceOf(bundle)).files].flatMap(([name, file]) => (name.startsWith('content/') ? [file.text()] : []));
  t.ok(shown.includes(answer.toString()), 'its answer, byte for byte');
});
