import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
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
  t.ok(createHash('sha256').update(evidence.bytes).digest('hex'));
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
