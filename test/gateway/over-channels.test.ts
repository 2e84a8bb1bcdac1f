import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Driven } from '../../src/channels/adapter/harness.ts';
import { freePort } from '../channels/adapter/port.ts';
import { temporary } from '../channels/adapter/scripted.ts';
import { bodyOf, serve } from '../channels/push/fixture.ts';
import { root } from '../root.ts';
import { sample, startGateway } from '../web/fixture.ts';

/** The agency's side: the program of RECEIVING.md, as it stands there, which verifies signatures by its own code and signs its receipts. */
async function agency(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-push-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [, script] = /<!-- file receive\.mjs -->\n```js\n(.*?)```/s.exec(readFileSync(join(root, 'src/channels/push/RECEIVING.md'), 'utf8'))!;
  const [van, own] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const file = (name: string, text: string | Buffer): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const secret = ({ privateKey }: typeof van): string | Buffer => privateKey.export({ type: 'pkcs8', format: 'pem' });
  const open = ({ publicKey }: typeof van): string | Buffer => publicKey.export({ type: 'spki', format: 'pem' });
  const [vanKey, ownPublic] = [file('van.key', secret(van)), file('own.pem', open(own))];
  const program = file('receive.mjs', script!);
  const args = [program, '0', file('van.pem', open(van)), file('own.key', secret(own))];
  const receiver = spawn(process.execPath, args, { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(async () => {
    receiver.kill();
    await once(receiver, 'exit');
  });
  const [said] = (await once(receiver.stdout, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${said.toString().trim()}/declarations`,
    vanKey,
    ownPublic,
    stranger: file('stranger.key', secret(generateKeyPairSync('ed25519'))),
  };
}

/** The sample configuration, with customs behind HTTP push. */
const pushedTo =
  (url: string, key: string, receiptKey: string) =>
  (config: string): void => {
    const path = join(config, 'agencies/customs.yaml');
    const channel = `channel:
  http:
    url: ${url}
    signature: { id: van, algorithm: ed25519, key: { file: ${key} } }
    receipt: { required: true, keys: [{ id: ours, algorithm: ed25519, key: { file: ${receiptKey} } }] }`;
    writeFileSync(path, readFileSync(path, 'utf8').replace('channel: mailbox', channel));
  };

type State = { readonly [key: string]: unknown };
async function settled(gateway: Awaited<ReturnType<typeof startGateway>>, id: string, state: RegExp): Promise<State> {
  for (let i = 0; i < 200; i++) {
    const { json } = (await gateway.call('operator', 'GET', `/v1/messages/${id}`)) as { json: State };
    if (state.test(JSON.stringify(json['agencies']))) return json;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${id} did not come to ${String(state)}`);
}

t.test('a cargo report goes to its agency by HTTP push: signed, verified there, and receipted by a signature that is kept', async (t) => {
  const { url, vanKey, ownPublic } = await agency(t);
  const gateway = await startGateway(t, pushedTo(url, vanKey, ownPublic));
  const sent = await gateway.send('blue-anchor', sample('two-bills'));
  t.equal(sent.status, 202);
  const id = `${(sent.json as { id: string }).id}-1`;
  const message = await settled(gateway, id, /"delivered"/);
  t.match(JSON.stringify(message), /"delivered"/);

  const entries = await gateway.gateway.store.timeline(id);
  const delivered = entries.find(({ record }) => record?.kind === 'delivered' && record.party === 'customs')!.record!;
  t.match(delivered, { grade: 'A', content: { media: 'message/http' }, detail: { channel: 'http', said: { status: 200, signer: 'ours' } } });
  const proof = Buffer.from((await gateway.gateway.store.content({ owner: id, stage: delivered.content!.stage }))!).toString();
  t.match(proof, /^HTTP\/1\.1 200 OK\r\n[^]*Signature-Input: r=\("@status" "content-digest" "portolan-delivery"\)/);
  const document = await gateway.call('customs', 'GET', `/v1/messages/${id}/content?stage=customs`);
  const body = JSON.parse(proof.slice(proof.indexOf('\r\n\r\n'))) as { bytes: number; before: boolean };
  t.match(body, { bytes: document.bytes.length, before: false }, 'what the agency took is what was translated for it');
  t.match(document.body, /<Declaration\b/);
  const evidence = await gateway.call('operator', 'GET', `/v1/messages/${id}/evidence`);
  t.ok(evidence.bytes.includes(delivered.content!.stage), 'the proof is in the evidence');
});

t.test('an agency that does not know our key is told apart from one that is down: it waits for a person', async (t) => {
  const { url, stranger, ownPublic } = await agency(t);
  const gateway = await startGateway(t, pushedTo(url, stranger, ownPublic));
  const sent = await gateway.send('blue-anchor', sample('two-bills'));
  const id = `${(sent.json as { id: string }).id}-1`;
  await settled(gateway, id, /"failed"/);
  t.match(
    gateway.events.find(({ event }) => event === 'delivery failed'),
    { code: 'SEND_AUTH', retry: 'after-fix', actor: 'operator', reason: /403 Forbidden: .*the signature does not match/ },
  );
});

const program = join(root, 'adapters/matip/matip.mjs');

t.test('a carrier sends over MATIP: it is told once the gateway has taken it, and what it sends twice is one interchange', async (t) => {
  const port = await freePort();
  const gateway = await startGateway(t, (config) => {
    const path = join(config, 'partners/blue-anchor.yaml');
    const settings = `{ own: 2, peer: 1, listen: { host: 127.0.0.1, port: ${port} } }`;
    writeFileSync(path, `${readFileSync(path, 'utf8')}\narrivals: [{ adapter: { command: [${process.execPath}, ${program}], settings: ${settings} } }]\n`);
  });
  const carrier = new Driven([process.execPath, program], { own: 1, peer: 2, call: { host: '127.0.0.1', port, timeout: 20 } }, temporary(t), 'van');
  t.teardown(() => carrier.kill());
  await carrier.start();

  const send = async (delivery: string) => {
    for (let tries = 0; ; tries++) {
      const before = carrier.said.length;
      await carrier.deliver(delivery, sample('two-bills'), { attempt: tries + 1 });
      const said = await carrier.outcome(delivery, 30_000, before);
      if (said.failure !== 'unreachable' || tries === 100) return said; // the adapter of the gateway may still be starting
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  t.match(await send('D-1'), { state: 'delivered' });
  const listed = async () => ((await gateway.call('operator', 'GET', '/v1/messages?partner=blue-anchor')).json as { items: { id: string }[] }).items;
  for (let i = 0; i < 200 && (await listed()).length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
  const [first] = await listed();
  const interchange = first!.id.replace(/-\d+$/, '');
  const steps = async () => (await gateway.gateway.store.timeline(interchange)).flatMap(({ record }) => (record ? [record] : []));
  t.match(
    (await steps()).find(({ kind }) => kind === 'received'),
    { party: 'blue-anchor', grade: 'C' },
    'known by what the adapter says',
  );
  t.match(await send('D-2'), { state: 'delivered' }, 'the same bytes again');
  await gateway.gateway.outcome(interchange, 20_000);
  t.same(new Set((await listed()).map(({ id }) => id.replace(/-\d+$/, ''))), new Set([interchange]), 'one interchange, however often it came');
});

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
