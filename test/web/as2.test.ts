import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { as2 } from '../../src/channels/as2/as2.ts';
import type { Incoming } from '../../src/channels/channel.ts';
import { AS2Composer, AS2Parser, wireOf } from '../channels/as2/libas2.ts';
import type { Made } from '../channels/as2/pki.ts';
import { certificate, never, parcel, serve, taker, world, type Taker } from '../channels/as2/sides.ts';
import { sample, startGateway, type TestGateway } from './fixture.ts';

/** Everything by AS2: a line sends with another's implementation, agencies get theirs, one receipts at once and one later. */
const [line, gatewayKeys, agency, stranger] = await Promise.all(['Line', 'Portolan', 'Agency', 'Stranger'].map((name) => certificate(name)));
const us = (folder: string): string =>
  `us: { name: PORTOLAN, keys: [{ certificate: { file: ${folder}/portolan.pem }, key: { file: ${folder}/portolan.key } }] }`;

async function start(t: Parameters<typeof startGateway>[0]): Promise<{ gateway: TestGateway; url: string; config: string }> {
  let config = '';
  const gateway = await startGateway(t, (folder) => {
    config = folder;
    const keys = join(folder, 'as2');
    mkdirSync(keys);
    for (const [name, text] of Object.entries({
      'portolan.pem': gatewayKeys!.certificate,
      'portolan.key': gatewayKeys!.key,
      'line.pem': line!.certificate,
      'agency.pem': agency!.certificate,
    }))
      writeFileSync(join(keys, name), text);
    const partner = join(folder, 'partners/blue-anchor.yaml');
    writeFileSync(
      partner,
      `${readFileSync(partner, 'utf8')}arrivals: [{ as2: { ${us(keys)}, partner: { name: "BLUE ANCHOR", certificates: [{ certificate: { file: ${keys}/line.pem } }] }, requires: { encrypted: true } } }]\n`,
    );
  });
  return { gateway, url: `${await gateway.listen('127.0.0.1', 0)}/as2`, config };
}

/** Sends a body as the line, with libas2; what is answered. */
async function send(
  url: string,
  content: Buffer,
  messageId: string,
  signer = line!,
): Promise<{ status: number; text: string; notification: Record<string, unknown>; disposition: string }> {
  const composer = new AS2Composer({
    message: { filename: 'manifest.edi', contentType: 'application/edifact', content: content.toString('latin1'), messageId },
    agreement: {
      host: {
        name: 'Line',
        id: 'BLUE ANCHOR',
        url: 'http://127.0.0.1/',
        certificate: signer.certificate,
        privateKey: signer.key,
        sign: 'sha-256',
        mdn: { async: false, signing: 'sha-256' },
      },
      partner: { name: 'Portolan', id: 'PORTOLAN', url, file: 'EDIFACT', certificate: gatewayKeys!.certificate, encrypt: 'aes256-CBC' },
    },
  });
  const { headers, body } = wireOf(await composer.compile().then((node) => node.build()));
  const response = await fetch(url, { method: 'POST', headers: { ...headers, 'message-id': messageId }, body });
  const answer = Buffer.from(await response.arrayBuffer());
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('multipart/')) return { status: response.status, text: answer.toString(), notification: {}, disposition: '' };
  const node = await AS2Parser.parse({ headers: { 'content-type': type } as never, content: Buffer.from(answer) });
  const mdn = await node.dispositionIn({ cert: gatewayKeys!.certificate });
  return {
    status: response.status,
    text: mdn.explanation,
    notification: mdn.notification as unknown as Record<string, unknown>,
    disposition: /^Disposition: (.*)$/m.exec(answer.toString('latin1'))![1]!.trim(),
  };
}

/** An agency's side of it. */
async function agencySide(t: Parameters<typeof world>[0], receipts: string[]): Promise<{ url: string; incoming: Incoming; taken: Taker }> {
  const taken = taker();
  const settings = {
    us: { name: 'AGENCY', keys: [{ certificate: agency!.certificate, key: { env: 'agency' } }] },
    partner: { name: 'PORTOLAN', certificates: [{ certificate: gatewayKeys!.certificate }] },
    requires: { encrypted: true },
    receipts,
  };
  const incoming = await as2.incoming!(settings as never, 'portolan', world(t, { agency: agency!.key }), taken.take);
  t.teardown(() => incoming.close());
  return { url: await serve(t, (request) => incoming.answer!(request)), incoming, taken };
}

t.test('a manifest comes by AS2 from another implementation, goes on by AS2, and every step has its proof', async (t) => {
  const { gateway, url, config } = await start(t);
  const customs = await agencySide(t, []);
  const health = await agencySide(t, [new URL(url).origin]);
  const channelOf = (name: string, to: string, more: string): string => {
    const keys = join(config, 'as2');
    const as2 = `${us(keys)}, partner: { name: AGENCY, certificates: [{ certificate: { file: ${keys}/agency.pem } }] }, url: "${to}", ${more}`;
    const file = join(config, `agencies/${name}.yaml`);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(
        'channel: mailbox',
        `channel: { as2: { ${as2} } }\narrivals: [{ as2: { ${us(keys)}, partner: { name: "${name === 'customs' ? 'NOBODY' : 'AGENCY'}", certificates: [{ certificate: { file: ${keys}/agency.pem } }] } } }]`,
      ),
    );
    return file;
  };
  channelOf('customs', customs.url, 'compress: before');
  channelOf('port-health', health.url, `receipt: { wanted: asynchronous, url: "${url}" }`);
  t.equal(await gateway.reload(), true, JSON.stringify(gateway.events.at(-1)));

  const manifest = sample('two-bills');
  const first = await send(url, manifest, '<1@line>');
  t.match(first, { status: 200, notification: { originalMessageId: '<1@line>', disposition: { processed: true } } }, first.text);
  const messages = async (): Promise<readonly { id: string; agencies: Record<string, string> }[]> =>
    ((await gateway.call('operator', 'GET', '/v1/messages?limit=5')).json as { items: { id: string; agencies: Record<string, string> }[] }).items;
  const until = Date.now() + 30_000;
  let [message] = await messages();
  while (Date.now() < until && !/"customs":[^}]*delivered.*"port-health":[^}]*delivered/.test(JSON.stringify(message?.agencies))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    [message] = await messages();
  }
  const { id, agencies } = message!;
  const interchange = id.slice(0, 26);
  t.match(JSON.stringify(agencies), /"customs":[^}]*delivered.*"port-health":[^}]*delivered/, 'both receipts settled their deliveries');
  t.match(customs.taken.arrivals[0], { grade: 'A', proof: { grade: 'A' } });
  t.match(Buffer.from(customs.taken.arrivals[0]!.bytes).toString(), /^<\?xml/);
  t.equal(health.taken.arrivals.length, 1);

  const steps = await gateway.gateway.store.timeline(interchange);
  const shown = steps.map(({ record }) => `${record!.kind} ${record!.party ?? ''} ${record!.grade ?? ''} ${record!.content?.stage.replace(/-.*/, '') ?? ''}`);
  for (const step of ['received blue-anchor A original', 'received blue-anchor A proof', 'delivered customs A proof', 'delivered port-health A proof'])
    t.ok(shown.includes(step), `${step} in\n${shown.join('\n')}`);
  const proof = steps.find(({ record }) => record!.content?.stage === 'proof')!.record!;
  t.match(proof.detail, { certificate: line!.certificate }, 'with the certificate of that moment');
  const signed = Buffer.from((await gateway.gateway.store.content({ owner: interchange, stage: 'proof' }))!).toString('latin1');
  t.ok(signed.includes('Content-Type: multipart/signed;') && signed.includes(manifest.toString('base64', 0, 57)), 'the signed bytes are kept');
  const evidence = await gateway.call('operator', 'GET', `/v1/messages/${id}/evidence`);
  t.ok(evidence.bytes.includes(Buffer.from(signed, 'latin1')), 'and are in the bundle');

  const again = await send(url, manifest, '<1@line>');
  t.match(again, { disposition: 'automatic-action/MDN-sent-automatically; processed/warning: duplicate-document' });
  t.match(again.notification['receivedContentMic'], first.notification['receivedContentMic'], 'with the same integrity check');
  const other = await send(url, Buffer.from(manifest.toString('latin1').replaceAll('BA0438001', 'BA0438009'), 'latin1'), '<1@line>');
  t.match(other, { disposition: /processed\/error: unexpected-processing-error$/, text: /used before/ }, 'other bytes under the same Message-ID');
});

t.test('who is not known, and what is not in order, takes nothing in', async (t) => {
  const { gateway, url } = await start(t);
  const before = await gateway.gateway.store.size();
  t.match(await send(url, sample('two-bills'), '<2@line>', stranger), {
    status: 200,
    disposition: /processed\/error: authentication-failed$/,
  });
  t.match(
    await fetch(url, { method: 'POST', headers: { 'as2-from': 'X', 'as2-to': 'PORTOLAN', 'message-id': '<1@x>' }, body: 'x' }).then((response) =>
      response.json(),
    ),
    {
      code: 'AS2_UNKNOWN',
      status: 403,
    },
  );
  t.match(
    await fetch(url, {
      method: 'POST',
      headers: { 'as2-from': '"BLUE ANCHOR"', 'as2-to': 'PORTOLAN', 'content-type': 'no such; type;;', 'message-id': '<1@x>' },
      body: 'x',
    }),
    { status: 400 },
  );
  t.equal((await fetch(url)).status, 405);
  t.equal(await gateway.gateway.store.size(), before, 'nothing is recorded');
});

t.test('certificates of all sides change by a change of the configuration, under load: no exchange fails', async (t) => {
  const { gateway, url, config } = await start(t);
  const [lineNext, gatewayNext, agencyNext] = await Promise.all(['Line 2', 'Portolan 2', 'Agency 2'].map((name) => certificate(name)));
  const taken = taker();
  // The other sides know what comes before it is used, as they are told; whether we do is what is asked here.
  const customs = await as2.incoming!(
    {
      us: { name: 'AGENCY', keys: [agency, agencyNext].map((each, i) => ({ certificate: each!.certificate, key: { env: String(i) } })) },
      partner: { name: 'PORTOLAN', certificates: [gatewayKeys, gatewayNext].map((each) => ({ certificate: each!.certificate })) },
      requires: { encrypted: true },
    } as never,
    'portolan',
    world(t, { 0: agency!.key, 1: agencyNext!.key }),
    taken.take,
  );
  t.teardown(() => customs.close());
  const there = await serve(t, (request) => customs.answer!(request));
  const files = ['partners/blue-anchor.yaml', 'agencies/customs.yaml'].map((name) => join(config, name)) as [string, string];
  const [partner, agencyText] = files.map((file) => readFileSync(file, 'utf8').replace(/^arrivals:.*\n/m, '')) as [string, string];
  /** The gateway's certificates of its own, of the line and of the agency: the last of each is in use. */
  const change = async (step: string, ours: Made[], lines: Made[], agencies: Made[]): Promise<void> => {
    const own = ours.map(({ certificate, key }, i) => {
      writeFileSync(join(config, `${step}-${i}.key`), key);
      return { certificate, key: { file: join(config, `${step}-${i}.key`) }, from: `2026-02-0${i + 1}` };
    });
    const sides = (name: string, certificates: Made[]): object => ({
      us: { name: 'PORTOLAN', keys: own },
      partner: { name, certificates: certificates.map(({ certificate }, i) => ({ certificate, from: `2026-02-0${i + 1}` })) },
    });
    writeFileSync(files[0], `${partner}\narrivals: ${JSON.stringify([{ as2: { ...sides('BLUE ANCHOR', lines), requires: { encrypted: true } } }])}\n`);
    const channel = { as2: { ...sides('AGENCY', agencies), url: there } };
    writeFileSync(files[1], agencyText.replace('channel: mailbox', `channel: ${JSON.stringify(channel)}`));
    t.equal(await gateway.reload(), true, `${step}: ${JSON.stringify(gateway.events.at(-1))}`);
  };
  const lineWith = (certificates: Made, to: Made) => {
    const line = as2.outgoing!(
      {
        url,
        us: { name: 'BLUE ANCHOR', keys: [{ certificate: certificates.certificate, key: { env: 'key' } }] },
        partner: { name: 'PORTOLAN', certificates: [{ certificate: to.certificate }] },
      } as never,
      'portolan',
      world(t, { key: certificates.key }),
    );
    t.teardown(() => line.close());
    return line;
  };
  let sender = lineWith(line!, gatewayKeys!);
  let [sent, done] = [0, false];
  const signers = new Set<string | undefined>(); // of the receipts that the line gets
  const exchange = async (): Promise<void> => {
    const reference = `C${String(++sent).padStart(8, '0')}`;
    const bytes = sample('two-bills')
      .toString('latin1')
      .replaceAll(/BA0438001|BAL26-0438-RTM/g, reference);
    const send = () => sender.send(parcel(bytes, { delivery: reference }), never);
    let handed = await send();
    while (handed.state === 'failed' && handed.code === 'SEND_BUSY') {
      await new Promise((resolve) => setTimeout(resolve, 1_000)); // who is told to come again comes again: a machine may be too slow for three at once
      handed = await send();
    }
    if (handed.state !== 'delivered') t.fail(`${reference}: ${JSON.stringify({ ...handed, proof: undefined })}`);
    else signers.add(handed.proof!.certificate);
  };
  /** Each of those who send begins anew: what they began before is over. */
  const each = async (): Promise<void> => {
    const until = sent + 2 * load.length;
    while (sent < until) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await change('before', [gatewayKeys!], [line!], [agency!]);
  const load = Array.from({ length: 3 }, async () => {
    while (!done) await exchange();
  });
  await each();
  await change('both', [gatewayKeys!, gatewayNext!], [line!, lineNext!], [agency!, agencyNext!]);
  await each();
  sender = lineWith(lineNext!, gatewayNext!);
  await each();
  await change('after', [gatewayNext!], [lineNext!], [agencyNext!]);
  await each();
  done = true;
  await Promise.all(load);
  for (const end = Date.now() + 30_000; taken.arrivals.length < sent && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 25));
  t.equal(taken.arrivals.length, sent, 'what came in went out, each once');
  t.same(
    new Set(taken.arrivals.map(({ proof }) => proof?.certificate)),
    new Set([gatewayKeys!.certificate, gatewayNext!.certificate]),
    'signed by the old one and the new one',
  );
  t.same(signers, new Set([gatewayKeys!.certificate, gatewayNext!.certificate]), 'and so were our receipts');
  t.same(gateway.events.filter(({ event }) => /refused|failed|not opened/.test(event)), []); // prettier-ignore
});

t.test('a stranger is told so before a body is received: it has no part in the room for bodies', async (t) => {
  const gateway = await startGateway(t, (folder) => {
    const file = join(folder, 'gateway.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}limits: { inFlight: 100000 }\n`);
  });
  const { port } = new URL(await gateway.listen('127.0.0.1', 0));
  const socket = connect(Number(port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.write('POST /as2 HTTP/1.1\r\nHost: here\r\nAS2-From: NOBODY\r\nAS2-To: PORTOLAN\r\nContent-Length: 200000\r\n\r\n');
  socket.write(Buffer.alloc(99_990, 120)); // and no more
  const [answer] = (await once(socket, 'data')) as [Buffer];
  t.match(answer.toString(), /^HTTP\/1\.1 403 [^]*AS2_UNKNOWN/);
  t.equal((await gateway.send('blue-anchor', sample('latin-1'))).status, 202);
});
