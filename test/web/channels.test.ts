import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bodyOf, serve } from '../channels/push/fixture.ts';
import { sample, startGateway } from './fixture.ts';

t.test('an adapter that runs by itself: handed over, `sent`, and receipted later, once', async (t) => {
  let delivery = '';
  const url = await serve(t, (request, response) => {
    delivery = String(request.headers['portolan-delivery']);
    void bodyOf(request).then(() =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ type: 'outcome', delivery, state: 'sent' })),
    );
  });
  const gateway = await startGateway(t, (config) => {
    const path = join(config, 'agencies/customs.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('channel: mailbox', `channel: { adapter: { url: ${url} } }`));
  });
  const sent = await gateway.send('blue-anchor', sample('two-bills'));
  const id = `${(sent.json as { id: string }).id}-1`;
  const { store } = gateway.gateway;
  const state = async (): Promise<string | undefined> => (await store.state(id))?.agencies['customs'];
  for (let i = 0; i < 200 && (await state()) !== 'sent'; i++) await new Promise((resolve) => setTimeout(resolve, 25));
  t.equal(await state(), 'sent');

  const post = (who: 'customs' | 'port-health' | 'operator', party: string, body: object) =>
    gateway.call(who, 'POST', `/v1/channels/${party}/receipts`, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const bytes = Buffer.from('<Receipt/>');
  const proof = { media: 'application/xml', size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), base64: bytes.toString('base64') };
  const receipt = { delivery, state: 'delivered', proof };
  const refused: readonly (readonly [what: string, who: 'customs' | 'port-health' | 'operator', party: string, body: object, status: number])[] = [
    ['for another party', 'port-health', 'customs', receipt, 403],
    ['by the operator', 'operator', 'customs', receipt, 403],
    ['of a delivery to another', 'port-health', 'port-health', receipt, 404],
    ['of no delivery', 'customs', 'customs', { ...receipt, delivery: 'none' }, 404],
    ['no receipt', 'customs', 'customs', { delivery, state: 'sent' }, 400],
    ['a failure of no known kind', 'customs', 'customs', { delivery, state: 'failed', failure: 'x' }, 400],
    ['a proof that is not as stated', 'customs', 'customs', { ...receipt, proof: { ...proof, sha256: '0'.repeat(64) } }, 400],
  ];
  for (const [what, who, party, body, status] of refused) t.equal((await post(who, party, body)).status, status, what);
  t.equal(await state(), 'sent', 'nothing of it counted');

  t.match(await post('customs', 'customs', receipt), { status: 200, json: { delivery, duplicate: false } });
  t.equal(await state(), 'delivered');
  t.match(await post('customs', 'customs', receipt), { status: 200, json: { duplicate: true } }, 'said twice, it counts once');
  const steps = (await store.timeline(id)).flatMap(({ record }) => (record?.kind === 'delivered' && record.party === 'customs' ? [record] : []));
  t.equal(steps.length, 1);
  t.same(Buffer.from((await store.content({ owner: id, stage: steps[0]!.content!.stage }))!), bytes, 'the proof is kept');
});

t.test('what arrives by an adapter is submitted under its key, once', async (t) => {
  const gateway = await startGateway(t);
  const first = await gateway.send('blue-anchor', sample('two-bills'), { 'idempotency-key': 'as4-4711' });
  const again = await gateway.send('blue-anchor', sample('two-bills'), { 'idempotency-key': 'as4-4711' });
  t.match([first.status, again.status], [202, 202]);
  t.equal((again.json as { id: string }).id, (first.json as { id: string }).id);
});
