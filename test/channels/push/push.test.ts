import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { createServer as createSocketServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import t from 'tap';
import type { Handed, Parcel } from '../../../src/channels/channel.ts';
import type { HttpSettings } from '../../../src/channels/push/exchange.ts';
import { readKey } from '../../../src/channels/push/keys.ts';
import { http } from '../../../src/channels/push/push.ts';
import { headerLines, signMessage, verifyMessage, type Component } from '../../../src/channels/push/signature.ts';
import { contentDigest } from '../../../src/channels/push/digest.ts';
import type { Test } from 'tap';
import { answering, authority, bodyOf, clock, listen, never, parcelOf, serve, surroundings, withoutOpenssl } from './fixture.ts';

const document = '<Declaration/>';

async function send(
  t: Test,
  settings: HttpSettings,
  { secrets = {}, parcel = parcelOf(document) }: { secrets?: Record<string, string | Buffer>; parcel?: Parcel } = {},
) {
  const channel = http.outgoing!(settings, 'de', surroundings(secrets));
  t.teardown(() => channel.close());
  return channel.send(parcel, never);
}

/** A server of bare bytes: what it does with a connection is its own affair. */
async function raw(t: Test, connected: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    connected(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

t.test('what the party is sent', async (t) => {
  let seen: { method?: string | undefined; url?: string | undefined; headers?: unknown; body?: string } = {};
  const url = await serve(t, (request, response) => {
    void bodyOf(request).then((body) => {
      seen = { method: request.method, url: request.url, headers: request.headers, body: body.toString() };
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"id":"7"}');
    });
  });
  const handed = await send(t, { url: `${url}/in?x=1`, auth: { bearer: { env: 'TOKEN' } }, headers: { 'X-Site': 'BER' } }, { secrets: { TOKEN: 'abc\n' } });
  t.match(handed, { state: 'delivered', detail: { status: 202 }, proof: { media: 'application/json', bytes: Buffer.from('{"id":"7"}'), grade: 'D' } });
  t.match(seen, {
    method: 'POST',
    url: '/in?x=1',
    body: document,
    headers: {
      authorization: 'Bearer abc',
      'content-type': 'application/xml',
      'content-length': String(document.length),
      'content-digest': /^sha-256=:.{44}:$/,
      'idempotency-key': '"01KAJT5W7M3V5R1QX8ZP9D2C4B-1"',
      'portolan-delivery': '01KAJT5W7M3V5R1QX8ZP9D2C4B-1',
      'portolan-interchange': '01KAJT5W7M3V5R1QX8ZP9D2C4B',
      'portolan-message': '01KAJT5W7M3V5R1QX8ZP9D2C4B-1',
      'portolan-kind': 'message',
      'portolan-attempt': '1',
      'x-site': 'BER',
    },
  });
  await send(t, { url, auth: { basic: { user: 'van', password: { env: 'P' } } } }, { secrets: { P: 'ß' } });
  t.match(seen.headers, { authorization: `Basic ${Buffer.from('van:ß').toString('base64')}` });
});

t.test('what an answer means', async (t) => {
  const delivery = parcelOf('').delivery;
  const problem = JSON.stringify({ title: 'Not acceptable', detail: 'UCR missing', code: 'X1' });
  const table: readonly (readonly [what: string, status: number, headers: Record<string, string>, body: string, expected: Partial<Handed>])[] = [
    ['nothing more to say', 204, {}, '', { state: 'delivered' }],
    ['it has it already, by header', 409, { 'portolan-delivery': delivery }, '', { state: 'delivered' }],
    ['it has it already, by body', 409, {}, `{"delivery":"${delivery}"}`, { state: 'delivered' }],
    ['a conflict with another', 409, {}, `{"delivery":"${delivery}1"}`, { state: 'failed', code: 'SEND_REFUSED' }],
    ['a conflict with another, by header', 409, { 'portolan-delivery': 'other' }, delivery, { state: 'failed', code: 'SEND_REFUSED' }],
    ['busy, with seconds', 429, { 'retry-after': '30' }, '', { state: 'failed', code: 'SEND_BUSY', retryAfter: 30 }],
    ['busy, with a date', 503, { 'retry-after': 'Sat, 21 Nov 2026 12:02:00 GMT' }, '', { state: 'failed', code: 'SEND_BUSY', retryAfter: 120 }],
    ['a fault of theirs', 500, {}, '<h1>\r\n\toops</h1>', { state: 'failed', code: 'SEND_BUSY', reason: '500 Internal Server Error: <h1> oops</h1>' }],
    ['too early', 425, {}, '', { state: 'failed', code: 'SEND_BUSY' }],
    ['not let in', 401, {}, '', { state: 'failed', code: 'SEND_AUTH', reason: '401 Unauthorized' }],
    ['nothing there', 404, {}, '', { state: 'failed', code: 'SEND_ADDRESS' }],
    [
      'refused',
      422,
      { 'content-type': 'application/problem+json' },
      problem,
      { state: 'failed', code: 'SEND_REFUSED', reason: `422 Unprocessable Entity: ${problem}` },
    ],
    ['sent on, which was not agreed', 307, { location: 'http://127.0.0.1:1/' }, '', { state: 'failed', code: 'SEND_ADDRESS' }],
  ];
  for (const [what, status, headers, body, expected] of table) {
    const handed = await send(t, { url: await serve(t, answering(status, headers, body)) });
    t.match(handed, expected, what);
    if (body !== '') t.same(handed.state !== 'sent' && handed.proof?.bytes, Buffer.from(body), `${what}: kept byte for byte`);
    if (status === 409) t.equal((handed as { detail?: { before?: true } }).detail?.before, handed.state === 'delivered' ? true : undefined);
  }
  const long = await send(t, { url: await serve(t, answering(400, {}, 'é'.repeat(4000))) });
  t.ok(long.state === 'failed' && Buffer.byteLength(long.reason) <= 1024 + 20, 'no more than a kilobyte is repeated');
});

t.test('where the connection fails', async (t) => {
  const big = parcelOf(randomBytes(8_000_000));
  const fast = { connect: 1, answer: 1, whole: 2 };
  const table: readonly (readonly [what: string, code: string, url: string, parcel?: Parcel])[] = [
    ['nobody listens', 'SEND_UNREACHABLE', await raw(t, () => undefined).then(() => 'http://127.0.0.1:9/')],
    ['reset in the middle of the body', 'SEND_INTERRUPTED', await raw(t, (socket) => socket.once('data', () => socket.resetAndDestroy())), big],
    ['closed without an answer', 'SEND_INTERRUPTED', await raw(t, (socket) => socket.once('data', () => socket.end()))],
    [
      'an answer cut short',
      'SEND_INTERRUPTED',
      await raw(t, (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id":'))),
    ],
    ['no answer', 'SEND_TIMEOUT', await raw(t, (socket) => socket.resume())],
    [
      'an answer that drips',
      'SEND_TIMEOUT',
      await raw(t, (socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{'))),
    ],
    ['a body that is not taken', 'SEND_TIMEOUT', await raw(t, (socket) => socket.pause()), big],
    ['what is not HTTP', 'SEND_ANSWER', await raw(t, (socket) => socket.end('220 ftp.example ready\r\n'))],
    ['an address of the link', 'SEND_SETTINGS', 'http://169.254.169.254/latest'],
    ['the same as IPv6', 'SEND_SETTINGS', 'http://[::ffff:169.254.169.254]/latest'],
  ];
  await Promise.all(
    table.map(async ([what, code, url, parcel]) => {
      const handed = await send(t, { url, timeouts: fast }, { parcel: parcel ?? parcelOf(document) });
      t.match(handed, { state: 'failed', code }, `${what}: ${code}`);
    }),
  );
});

t.test('what is wrong on our side is no fault of the party', async (t) => {
  const url = await serve(t, answering(200));
  const table: readonly (readonly [HttpSettings, RegExp])[] = [
    [{ url: 'http://127.0.0.1:99999/' }, /URL/],
    [{ url, auth: { bearer: { env: 'NONE' } } }, /there is no NONE/],
    [{ url, auth: { bearer: { env: 'LINES' } } }, /bearer token/],
    [{ url, signature: { id: 'k', algorithm: 'ed25519', key: { env: 'LINES' } } }, /./],
  ];
  for (const [settings, reason] of table) t.match(await send(t, settings, { secrets: { LINES: 'a\nb' } }), { state: 'failed', code: 'SEND_SETTINGS', reason });
  const broken = parcelOf(document, {
    chunks: async function* () {
      yield await Promise.resolve(Buffer.from('<'));
      throw new Error('the store is gone');
    },
  });
  await t.rejects(send(t, { url }, { parcel: broken }), /the store is gone/, 'what is wrong with the store is no outcome of a delivery');
  const stop = new AbortController();
  const channel = http.outgoing!({ url: await raw(t, () => stop.abort()) }, 'de', surroundings());
  t.match(await channel.send(parcelOf(document), stop.signal), { state: 'failed', code: 'SEND_INTERRUPTED' }, 'stopped');
});

t.test('an answer that comes before the body has ended ends it', async (t) => {
  const url = await serve(t, (request, response) => {
    response.writeHead(413, { connection: 'close' }).end('too large');
    request.resume();
  });
  let asked = 0;
  const endless = parcelOf('', {
    size: 1e12,
    chunks: async function* () {
      if (asked++ === 0) return; // for the digest
      for (;;) yield await Promise.resolve(Buffer.alloc(65_536));
    },
  });
  t.match(await send(t, { url }, { parcel: endless }), { state: 'failed', code: 'SEND_REFUSED', reason: '413 Payload Too Large: too large' });
});

t.test('a large body is never held whole, and a large answer is cut', async (t) => {
  const size = 200_000_000;
  let most = 0;
  const chunk = Buffer.alloc(1_000_000, 'x');
  const parcel = parcelOf('', {
    size,
    chunks: async function* () {
      for (let sent = 0; sent < size; sent += chunk.length) {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield await Promise.resolve(chunk);
      }
    },
    bytes: () => Promise.reject(new Error('nobody may ask for it whole')),
  });
  let received = 0;
  const url = await serve(t, (request, response) => {
    request.on('data', (data: Buffer) => (received += data.length));
    request.on('end', () => response.writeHead(200).end(Buffer.alloc(3_000_000)));
  });
  const handed = await send(t, { url }, { parcel });
  t.match(handed, { state: 'delivered' });
  t.equal(handed.state === 'delivered' && handed.proof, undefined, 'what is cut is no proof');
  t.equal(received, size);
  t.ok(most < 60_000_000, `${most} bytes were held`);
});

t.test('a connection that is used for long does not remember each of its requests', async (t) => {
  const warnings: Error[] = [];
  const warned = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warned);
  t.teardown(() => process.off('warning', warned));
  const url = await serve(t, answering(204));
  const channel = http.outgoing!({ url }, 'de', surroundings());
  t.teardown(() => channel.close());
  for (let i = 0; i < 12; i++) t.match(await channel.send(parcelOf(document), never), { state: 'delivered' });
  await new Promise((resolve) => setImmediate(resolve)); // warnings are told in the next turn
  t.same(warnings, []);
});

t.test('connections are used again, and one that was closed while it was idle is no failure', async (t) => {
  const connections = new Set<unknown>();
  const served = { last: undefined as Socket | undefined };
  const url = await serve(t, (request, response) => {
    served.last = request.socket;
    connections.add(request.socket);
    answering(200)(request, response as never);
  });
  const channel = http.outgoing!({ url }, 'de', surroundings());
  t.teardown(() => channel.close());
  for (let i = 0; i < 3; i++) t.equal((await channel.send(parcelOf(document), never)).state, 'delivered');
  t.equal(connections.size, 1);
  served.last!.once('data', () => undefined);
  served.last!.prependOnceListener('data', () => served.last!.resetAndDestroy()); // as the next request arrives
  t.equal((await channel.send(parcelOf(document), never)).state, 'delivered', 'it was tried anew at once');
  t.equal(connections.size, 2);
});

t.test('sent on to an origin that was agreed, with a signature for the new address', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const known = [readKey('van', 'ed25519', Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })), 'verify')];
  const target = await serve(t, (request, response) => {
    void bodyOf(request).then(async (body) => {
      const headers = headerLines(request.rawHeaders);
      const message = { method: request.method!, url: new URL(request.url!, `http://${request.headers.host}`), headers };
      const result = verifyMessage(message, known, clock / 1000);
      const digest = await contentDigest((async function* () { yield await Promise.resolve(body); })()); // prettier-ignore
      const whole = result.verified && result.components.some(({ name }) => name === '@query') && headers.get('content-digest')?.[0] === digest;
      response.writeHead(whole ? 200 : 400).end(result.verified ? '' : result.reason);
    });
  });
  const first = await serve(t, answering(308, { location: `${target}/new?a=b` }));
  const secrets = { KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
  const settings: HttpSettings = { url: first, signature: { id: 'van', algorithm: 'ed25519', key: { env: 'KEY' } } };
  t.match(await send(t, { ...settings, redirects: [target] }, { secrets }), { state: 'delivered', detail: { status: 200 } });
  t.match(await send(t, { ...settings, redirects: ['http://other.example'] }, { secrets }), { state: 'failed', code: 'SEND_ADDRESS' });
  const round: string = await serve(t, (request, response) => answering(307, { location: '/' })(request, response as never));
  t.match(await send(t, { url: round, redirects: [round] }), { state: 'failed', code: 'SEND_ADDRESS' }, 'not round and round');
});

t.test('a receipt is verified, and proves this delivery alone', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = readKey('agency-1', 'ecdsa-p256-sha256', Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })), 'sign');
  const secrets = { PUBLIC: publicKey.export({ type: 'spki', format: 'pem' }) as string };
  const receipt = { keys: [{ id: 'agency-1', algorithm: 'ecdsa-p256-sha256' as const, key: { env: 'PUBLIC' } }] };
  const body = Buffer.from('{"received":true}');
  const signing = (components: readonly Component[], more: Record<string, string> = {}, sent = body, delivery = parcelOf('').delivery) =>
    serve(t, (request, response) => {
      void bodyOf(request).then(async () => {
        const digest = await contentDigest((async function* () { yield await Promise.resolve(body); })()); // prettier-ignore
        const headers: Record<string, string> = { 'content-type': 'application/json', 'content-digest': digest, 'portolan-delivery': delivery };
        const asked = { method: 'POST', url: new URL(request.url!, `http://${request.headers.host}`), headers: headerLines(request.rawHeaders) };
        const lines = new Map(Object.entries(headers).map(([name, value]) => [name, [value]]));
        const signature = signMessage({ status: 200, headers: lines, request: asked }, components, signer, { label: 'r', created: clock / 1000 });
        response.writeHead(200, { ...headers, ...signature, ...more }).end(sent);
      });
    });
  const [status, digest, own, theirs] = [
    { name: '@status' },
    { name: 'content-digest' },
    { name: 'portolan-delivery' },
    { name: 'portolan-delivery', ofRequest: true },
  ];
  for (const bound of [own, theirs]) {
    const handed = await send(t, { url: await signing([status, digest, bound]), receipt: { ...receipt, required: true } }, { secrets });
    t.match(handed, { state: 'delivered', detail: { signer: 'agency-1' }, proof: { media: 'message/http', grade: 'A' } });
    const proof = handed.state === 'delivered' ? Buffer.from(handed.proof!.bytes).toString() : '';
    t.match(proof, /^HTTP\/1\.1 200 OK\r\n[^]*signature: r=:[^]*\r\n\r\n\{"received":true\}$/, 'the answer as it came');
  }
  const table: readonly (readonly [what: string, reason: RegExp, url: string])[] = [
    ['not signed', /not signed/, await serve(t, answering(200, {}, '{}'))],
    ['without the status', /does not cover the status/, await signing([digest, own])],
    ['without the body', /does not cover the digest/, await signing([status, own])],
    ['with another body', /not that of the body/, await signing([status, digest, own], {}, Buffer.from('{"received":false'.padEnd(body.length, '}')))],
    ['without the delivery', /does not cover the delivery/, await signing([status, digest])],
    ['of another delivery', /does not cover the delivery/, await signing([status, digest, own], {}, body, 'another')],
    ['with a header changed', /does not match/, await signing([status, digest, own, { name: 'content-type' }], { 'content-type': 'text/plain' })],
  ];
  for (const [what, reason, url] of table) {
    t.match(await send(t, { url, receipt: { ...receipt, required: true } }, { secrets }), { state: 'failed', code: 'SEND_ANSWER', reason }, what);
    t.match(
      await send(t, { url, receipt }, { secrets }),
      { state: 'delivered', detail: { unsigned: reason }, proof: { grade: 'D' } },
      `${what}, where none is demanded`,
    );
  }
});

t.test('certificates', { skip: withoutOpenssl }, async (t) => {
  const ours = authority(t);
  const over = async (options: object): Promise<string> => {
    const server: TlsServer = createTlsServer(options, answering(200, {}, 'ok'));
    server.on('tlsClientError', () => undefined);
    return `https://127.0.0.1:${await listen(t, server as never)}`;
  };
  const good = ours.issue('good');
  const client = ours.issue('client');
  const secrets = { CA: ours.ca, CERT: client.cert, KEY: client.key, JUNK: 'junk' };
  const tls = { authorities: [{ env: 'CA' }] };
  const mutual = await over({ ...good, ca: ours.ca, requestCert: true, rejectUnauthorized: true });
  const plain = (await serve(t, answering(200))).replace('http:', 'https:');
  const table: readonly (readonly [what: string, url: string, tls: HttpSettings['tls'], expected: Partial<Handed>])[] = [
    ['trusted', await over(good), tls, { state: 'delivered', proof: { media: 'application/octet-stream', bytes: Buffer.from('ok'), grade: 'B' } }],
    ['of an authority that we do not know', await over(good), {}, { state: 'failed', code: 'SEND_TLS' }],
    ['expired', await over(ours.issue('old', { days: -1 })), tls, { state: 'failed', code: 'SEND_TLS_DATES' }],
    ['of another name', await over(ours.issue('named', { san: 'DNS:agency.example' })), tls, { state: 'failed', code: 'SEND_TLS' }],
    ['of another name that was agreed', await over(ours.issue('named', { san: 'DNS:agency.example' })), { ...tls, name: 'agency.example' }, { state: 'delivered' }],
    ['no TLS at all', plain, tls, { state: 'failed', code: 'SEND_TLS' }],
    ['with a certificate of ours', mutual, { ...tls, certificate: { env: 'CERT' }, key: { env: 'KEY' } }, { state: 'delivered' }],
    ['without the certificate of ours that is demanded', mutual, tls, { state: 'failed', code: 'SEND_AUTH' }],
    ['with a certificate of ours that is none', mutual, { ...tls, certificate: { env: 'JUNK' }, key: { env: 'KEY' } }, { state: 'failed', code: 'SEND_SETTINGS' }],
  ]; // prettier-ignore
  for (const [what, url, tls, expected] of table) t.match(await send(t, { url, tls: tls! }, { secrets }), expected, what);
});

t.test('a certificate of ours that is replaced counts from the next delivery on', { skip: withoutOpenssl }, async (t) => {
  const ca = authority(t);
  const names: string[] = [];
  const server = createTlsServer({ ...ca.issue('server'), ca: ca.ca, requestCert: true }, (request, response) => {
    names.push((request.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }).getPeerCertificate().subject.CN);
    answering(200)(request, response as never);
  });
  const [first, second] = [ca.issue('first'), ca.issue('second')];
  const secrets: Record<string, string> = { CA: ca.ca, CERT: first.cert, KEY: first.key };
  const channel = http.outgoing!(
    { url: `https://127.0.0.1:${await listen(t, server as never)}`, tls: { authorities: [{ env: 'CA' }], certificate: { env: 'CERT' }, key: { env: 'KEY' } } },
    'de',
    surroundings(secrets),
  );
  t.teardown(() => channel.close());
  await channel.send(parcelOf(document), never);
  Object.assign(secrets, { CERT: second.cert, KEY: second.key });
  t.equal((await channel.send(parcelOf(document), never)).state, 'delivered');
  t.same(names, ['first', 'second']);
});
