import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { verifyFolder } from '../../store/damage.ts';
import { sample, startGateway, type TestGateway } from '../../web/fixture.ts';

// What nothing here reads goes to whom the sender agreed on, byte for byte, with a receipt; and to nobody who did not want it.

const edit = (config: string, file: string, change: (text: string) => string): void =>
  writeFileSync(join(config, file), change(readFileSync(join(config, file), 'utf8')));

const start = (t: Parameters<typeof startGateway>[0], relay: string, accepts = '[blue-anchor]'): Promise<TestGateway> =>
  startGateway(t, (config) => {
    edit(config, 'partners/blue-anchor.yaml', (text) => text.replace('agreement:\n', `agreement:\n  relay: ${relay}\n`));
    edit(config, 'partners/quay-net.yaml', (text) => (text.includes('agreement:\n') ? text.replace('agreement:\n', `agreement:\n  accepts: ${accepts}\n`) : `${text}\nagreement:\n  accepts: ${accepts}\n`)); // prettier-ignore
    edit(config, 'agencies/port-health.yaml', (text) => `${text}\naccepts: [blue-anchor]\n`);
  });

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const binary = { 'content-type': 'application/octet-stream' };

const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'), randomBytes(70_000), Buffer.from('\n%%EOF\n')]);
const zip = Buffer.concat([Buffer.from('PK\x03\x04\x14\x00\x00\x00', 'latin1'), randomBytes(1_000)]);
const invoice = (recipient: string): Buffer =>
  Buffer.from(`UNA:+.? 'UNB+UNOC:3+BLUEANCHOR+${recipient}+260914:0930+INV77'\r\nUNH+I1+INVOIC:D:96A:UN'BGM+380+4711+9'UNT+3+I1'\r\nUNZ+1+INV77'\r\n`);

t.test('PDF, ZIP, random bytes and one byte arrive as they came, each with a receipt; nothing at all is refused', async (t) => {
  const gateway = await start(t, '[{ to: quay-net }]');
  const bodies = { pdf, zip, random: randomBytes(3_000_000), one: Buffer.of(0) };
  let number = 0;
  for (const [what, bytes] of Object.entries(bodies)) {
    const { status, json } = await gateway.send('blue-anchor', bytes, binary);
    t.equal(status, 202, what);
    t.match(json.messages, [{ id: `${json.id}-1`, type: 'relay', reference: null, map: null }]);
    t.match(json.receipt, { v: 1, record: /"kind":"received"/ });
    const got = await gateway.call('quay-net', 'GET', `/v1/inbox/${++number}`);
    t.equal(sha256(got.bytes), sha256(bytes), `${what}: byte for byte`);
    t.match((await gateway.call('operator', 'GET', `/v1/messages/${json.id}-1`)).json, { state: 'sent', outcomes: [{ agency: 'quay-net', state: 'sent' }] });
    t.match((await gateway.call('quay-net', 'POST', `/v1/inbox/${number}/receipt`, { body: JSON.stringify({ sha256: sha256(bytes) }), headers: { 'content-type': 'application/json' } })).status, 200); // prettier-ignore
    t.match((await gateway.call('operator', 'GET', `/v1/messages/${json.id}-1`)).json, { state: 'delivered' });
  }
  t.equal((await gateway.send('blue-anchor', Buffer.alloc(0), binary)).json.code, 'WEB_BODY_EMPTY');
  await gateway.gateway.store.publish();
  t.same(verifyFolder(gateway.data).findings, [], 'and the store explains all of it');
});

t.test('with an envelope the recipient that it names decides, and search finds it by its references', async (t) => {
  const gateway = await start(t, '[{ to: quay-net, recipient: QUAYNET }, { to: port-health, recipient: HEALTH }]');
  const { json } = await gateway.send('blue-anchor', invoice('QUAYNET'));
  t.match(json.messages, [{ type: 'INVOIC', reference: 'I1', map: null }]);
  t.equal((await gateway.call('quay-net', 'GET', '/v1/inbox/1')).bytes.toString(), invoice('QUAYNET').toString());
  const found = (await gateway.call('operator', 'GET', '/v1/messages?reference=INV77')).json.items;
  t.match(found, [{ id: `${json.id}-1`, type: 'INVOIC' }]);
  const two = invoice('QUAYNET').toString().replaceAll('INV77', 'INV78');
  const [head, message, end] = [two.slice(0, two.indexOf('UNH')), two.slice(two.indexOf('UNH'), two.indexOf('UNZ')), two.slice(two.indexOf('UNZ'))];
  const many = (await gateway.send('blue-anchor', Buffer.from(head + message + message.replaceAll('I1', 'I2') + end))).json;
  t.same(
    many.messages,
    [{ id: `${many.id}-1`, type: 'INVOIC', reference: 'I1', map: null }],
    'of several messages one is announced: the body, which is handed on whole',
  );
  await gateway.send('blue-anchor', invoice('HEALTH'));
  t.equal((await gateway.call('port-health', 'GET', '/v1/inbox/1')).bytes.toString(), invoice('HEALTH').toString(), 'an agency too');
  t.match((await gateway.send('blue-anchor', invoice('PORTOLAN'))).json.outcome, { messages: [{ state: 'rejected' }] }, 'what is for us is not handed on');
  t.match((await gateway.send('blue-anchor', pdf, binary)).json, { code: 'SYNTAX_UNSUPPORTED' }, 'what names no recipient neither');
  t.equal((await gateway.send('blue-anchor', Buffer.from(invoice('QUAYNET').toString().replace('BLUEANCHOR', 'SOMEBODY')))).status, 403, 'nor what another sends'); // prettier-ignore
});

t.test('what is read here is translated, unless the rule is about everything', async (t) => {
  const manifest = sample('latin-1');
  const some = await start(t, '[{ to: quay-net }]');
  await some.send('blue-anchor', manifest);
  t.equal((await some.gateway.store.inbox('quay-net', 0, 10)).length, 0);
  t.equal((await some.gateway.store.inbox('customs', 0, 10)).length, 1);
  const all = await start(t, '[{ to: quay-net, only: true }]');
  await all.send('blue-anchor', manifest);
  t.same((await all.call('quay-net', 'GET', '/v1/inbox/1')).bytes, manifest);
  t.equal((await all.gateway.store.inbox('customs', 0, 10)).length, 0);
});

t.test('who did not accept it gets nothing, and nobody hands on what another sends', async (t) => {
  const gateway = await start(t, '[{ to: quay-net }]', '[]');
  t.match(await gateway.send('blue-anchor', pdf, binary), { status: 422, json: { code: 'GATEWAY_RELAY_REFUSED' } });
  t.match((await gateway.send('quay-net', zip, binary)).json, { code: 'SYNTAX_UNSUPPORTED' }, 'without a rule of its own');
  t.equal((await gateway.gateway.store.inbox('quay-net', 0, 10)).length, 0);
});

t.test('the same again is the original receipt, other bytes under its reference are quarantined; at once too', async (t) => {
  const gateway = await start(t, '[{ to: quay-net }]');
  const sent = await Promise.all(Array.from({ length: 6 }, () => gateway.send('blue-anchor', pdf, binary)));
  t.equal(new Set(sent.map(({ json }) => json.id)).size, 1);
  t.equal((await gateway.gateway.store.inbox('quay-net', 0, 10)).length, 1);
  await gateway.send('blue-anchor', invoice('QUAYNET'));
  t.match(await gateway.send('blue-anchor', Buffer.from(invoice('QUAYNET').toString().replace('4711', '4712'))), { status: 409, json: { code: 'GATEWAY_DUPLICATE' } }); // prettier-ignore
  t.equal((await gateway.gateway.store.inbox('quay-net', 0, 10)).length, 2);
});
