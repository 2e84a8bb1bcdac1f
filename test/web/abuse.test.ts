import { appendFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { StoreError } from '../../src/store/fault.ts';
import { sample, startGateway, type TestGateway } from './fixture.ts';

const limit = (config: string, line: string): void => appendFileSync(join(config, 'gateway.yaml'), `${line}\n`);

/** Every refusal is a problem that says what to do, and the gateway goes on. */
async function goesOn(t: Test, gateway: TestGateway): Promise<void> {
  t.match((await gateway.call(undefined, 'GET', '/health/ready')).json, { status: 'ready' }, 'and the gateway goes on');
}

t.test('what cannot be read is refused, and nothing is stored', async (t) => {
  const gateway = await startGateway(t);
  const entries = await gateway.gateway.store.size();
  const deep = `<?xml version="1.0"?>${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`;
  const cases: readonly (readonly [what: string, body: string | Buffer, status: number, code: string])[] = [
    ['an empty body', '', 400, 'WEB_BODY_EMPTY'],
    ['blanks', ' \r\n ', 400, 'SYNTAX_EMPTY'],
    ['binary', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 131 + 7) % 256)), 415, 'SYNTAX_UNKNOWN'],
    ['JSON', '{"Declaration":{}}', 415, ''],
    ['a DOCTYPE', sample('not-ours', 'input.xml'), 422, 'XML_DOCTYPE'],
    ['a header that is cut in its reference', 'UNB+UNOA:2+BLUEANCHOR:ZZZ+PORTOLAN:ZZZ+260914:0930+BA04', 422, 'EDIFACT_UNTERMINATED'],
    ['an interchange without UNB', "UNH+1+CUSCAR:D:95B:UN'BGM+785+X+9'UNT+3+1'", 422, 'EDIFACT_ENVELOPE_MISSING'],
    [
      'a sender who is somebody else',
      sample('two-bills').toString('latin1').replace('+BLUEANCHOR+PORTOLAN', '+SOMEBODY+PORTOLAN'),
      403,
      'GATEWAY_UNKNOWN_SENDER',
    ],
  ];
  for (const [what, body, status, code] of cases) {
    const { status: got, json, headers } = await gateway.send('blue-anchor', body);
    t.equal(got, status, `${what}: ${status}`);
    t.match(headers['content-type'], /^application\/problem\+json/, `${what}: a problem`);
    t.ok(json.title.length > 5 && json.detail.length > 5 && Array.isArray(json.errors) && json.errors.length > 0, `${what}: says what to do`);
    if (code !== '') t.ok([json.code, ...json.errors.map((each: { code: string }) => each.code)].includes(code), `${what}: ${code}`, { found: json.code });
  }
  t.equal(await gateway.gateway.store.size(), entries, 'nothing was written to the log');
  const answer = await gateway.send('blue-anchor', deep);
  if (answer.status === 202) t.match(answer.json.outcome, { state: 'rejected' }, '100,000 levels of XML are rejected');
  else t.equal(answer.status, 422, '100,000 levels of XML are refused');
  t.match(answer.body, 'XML_LIMIT', 'and told');
  await goesOn(t, gateway);
});

t.test('what can be read so far that there is somebody to answer is accepted, and the outcome says what is wrong', async (t) => {
  const gateway = await startGateway(t);
  const text = (name: string): string => sample(name).toString('latin1');
  const cases: readonly (readonly [what: string, body: string, code: string])[] = [
    ['truncated in a bill', text('two-bills').slice(0, 900), 'EDIFACT_ENVELOPE_MISSING'],
    ['truncated before UNZ', text('latin-1').replace(/UNZ.*/s, ''), 'EDIFACT_ENVELOPE_MISSING'],
    ['an unknown message type', text('forty-containers').replace('CUSCAR:D:95B:UN', 'XYZABC:D:95B:UN'), 'MAP_NONE'],
    ['an unknown directory', text('una-and-repetition').replace('CUSCAR^D^95B^UN', 'CUSCAR^D^99Z^UN'), 'MAP_NONE'],
    ['no message at all', "UNB+UNOA:2+BLUEANCHOR+PORTOLAN+260914:0930+EMPTY1'UNZ+0+EMPTY1'", ''],
    ['not addressed to us', text('two-bills').replace('+PORTOLAN+', '+ELSEWHERE+').replaceAll('BA0438001', 'BA0438009'), 'GATEWAY_NOT_FOR_US'],
  ];
  for (const [what, body, code] of cases) {
    const { status, json } = await gateway.send('blue-anchor', Buffer.from(body, 'latin1'));
    t.equal(status, 202, `${what}: accepted, since its bytes are durable`);
    t.equal(json.outcome.state, 'rejected', `${what}: rejected`);
    const codes = [...json.outcome.findings, ...json.outcome.messages.flatMap((m: { findings: unknown[] }) => m.findings)].map(
      (each: { code: string }) => each.code,
    );
    if (code !== '') t.ok(codes.includes(code), `${what}: ${code}`, { codes });
    t.ok(codes.length > 0, `${what}: told`);
  }
  t.same((await gateway.call('customs', 'GET', '/v1/inbox')).json.items, [], 'nothing was delivered');
  await goesOn(t, gateway);
});

t.test('keys', async (t) => {
  const gateway = await startGateway(t);
  const post = (headers: Record<string, string>) =>
    gateway.call(undefined, 'POST', '/v1/interchanges', { body: sample('two-bills'), headers: { 'content-type': 'application/edifact', ...headers } });
  t.match(await post({}), { status: 401, json: { code: 'WEB_KEY_MISSING' }, headers: { 'www-authenticate': 'Bearer' } }, 'no key');
  t.match(await post({ authorization: 'Bearer wrong' }), { status: 401, json: { code: 'WEB_KEY_UNKNOWN' } }, 'a wrong key');
  t.match(await post({ authorization: 'Basic ZGVtbzpkZW1v' }), { status: 401, json: { code: 'WEB_KEY_MISSING' } }, 'another scheme');
  t.match(
    await gateway.send('customs', sample('two-bills')),
    { status: 403, json: { code: 'GATEWAY_UNKNOWN_SENDER' } },
    'an agency does not submit for others',
  );
  t.match(await gateway.send('quay-net', sample('two-bills')), { status: 403, json: { code: 'GATEWAY_UNKNOWN_SENDER' } }, 'another partner’s identity');
  t.match(await gateway.call('operator', 'GET', '/v1/inbox'), { status: 403 }, 'an operator has no mailbox');
  t.match(await gateway.call('blue-anchor', 'GET', '/metrics'), { status: 403 }, 'metrics are the operator’s');
  for (const path of ['/v1/messages', '/v1/maps', '/v1/status', '/metrics', '/v1/inbox', '/v1/anything', '/nothing'])
    t.equal((await gateway.call(undefined, 'GET', path)).status, 401, `${path} is denied without a key`);
  t.equal((await gateway.call(undefined, 'GET', '/console')).status, 404, 'what is open and is not there is not hidden');
  for (const path of ['/health', '/health/live', '/health/ready', '/docs', '/docs/json', '/v1/log/checkpoint', '/problems/codes', '/problems/busy'])
    t.equal((await gateway.call(undefined, 'GET', path)).status, 200, `${path} is open`);
});

t.test('requests of the wrong form', async (t) => {
  const gateway = await startGateway(t);
  const cases: readonly (readonly [url: string, status: number])[] = [
    ['/v1/messages?limit=0', 400],
    ['/v1/messages?limit=many', 400],
    ['/v1/messages?colour=red', 400],
    ['/v1/messages?limit=501', 400],
    ['/v1/messages?limit=1.5', 400],
    ['/v1/messages?cursor=x', 400],
    ['/v1/messages?state=gone', 400],
    ['/v1/messages?agency=nobody', 400],
    ['/v1/messages?since=yesterday', 400],
    ['/v1/messages?since=1', 400],
    ['/v1/messages?since=Nov%2022%202026', 400],
    ['/v1/messages?since=2026-11-22T13:00:00+08:00', 400],
    ['/v1/maps?colour=red', 400],
    ['/v1/status?colour=red', 400],
    ['/v1/inbox/1?colour=red', 400],
    ['/v1/messages/..%2f..%2fetc', 400],
    ['/v1/messages/01JD8Z6Q0000000000000000AB-1', 404],
    ['/v1/interchanges/01JD8Z6Q0000000000000000AB', 404],
    ['/v1/messages/01JD8Z6Q0000000000000000AB-1/content?stage=../x', 400],
    ['/v1/log/tile/0/../../../keys/log.pem', 404],
    ['/v1/inbox/0', 400],
    ['/nowhere', 404],
  ];
  for (const [url, status] of cases) {
    const answer = await gateway.call(url.includes('inbox') ? 'customs' : 'operator', 'GET', url);
    t.equal(answer.status, status, url);
    t.match(answer.json, { type: /^\/problems\//, code: String, title: String, status, detail: String, retry: String, errors: Array }, 'one shape');
    t.notMatch(answer.json.detail, /must NOT|querystring/, 'in our words');
  }
  const bad = await gateway.call('operator', 'GET', '/v1/messages/%zz');
  t.match(bad, {
    status: 400,
    headers: { 'content-type': /^application\/problem\+json/ },
    json: { type: '/problems/unreadable', instance: '/v1/messages/%zz' },
  });
  const deleted = await gateway.call('operator', 'DELETE', '/v1/messages/01JD8Z6Q0000000000000000AB-1');
  t.match(deleted, { status: 405, headers: { allow: /^(GET, HEAD|HEAD, GET)$/ }, json: { type: '/problems/method-not-allowed', code: 'WEB_METHOD' } });
  const put = await gateway.call('blue-anchor', 'PUT', '/v1/interchanges', { body: sample('two-bills'), headers: { 'content-type': 'application/edifact' } });
  t.match(put, { status: 405, headers: { allow: 'POST' } }, 'whatever its body is');
  t.equal((await gateway.call(undefined, 'DELETE', '/v1/interchanges')).status, 401, 'a stranger is not told what there is');
  t.match(await gateway.call(undefined, 'POST', '/health/live'), { status: 405, headers: { allow: /GET/ } }, 'but of what is open');
  const asked = await gateway.call('blue-anchor', 'POST', '/v1/interchanges?wait=5', { body: sample('two-bills') });
  t.match(asked, { status: 400, json: { detail: /^There is no parameter `wait`/ } }, 'no wish is passed over in silence');
  for (const since of ['2026-11-22', '2026-11-22T05:00', '2026-11-22T13:00:00.5%2B08:00'])
    t.equal((await gateway.call('operator', 'GET', `/v1/messages?since=${since}`)).status, 200, since);
  const json = await gateway.call('customs', 'POST', '/v1/inbox/1/receipt', { body: 'x', headers: { 'content-type': 'application/json' } });
  t.match(json, { status: 400, json: { detail: /^The body is no JSON\./ } });
});

t.test('the media type is a hint only', async (t) => {
  const gateway = await startGateway(t);
  for (const type of [';;;', 'application/json', 'text/plain; charset=x', 'nonsense', 'application/x-www-form-urlencoded'])
    t.equal((await gateway.send('blue-anchor', sample('two-bills'), { 'content-type': type })).status, 202, type);
  const form = await gateway.send('blue-anchor', sample('two-bills'), { 'content-type': 'multipart/form-data; boundary=x' });
  t.match(form, { status: 415, json: { code: 'WEB_MEDIA', detail: /--data-binary @FILE/ } }, 'a form is not the interchange itself');
  const packed = await gateway.send('blue-anchor', gzipSync(sample('two-bills')));
  t.match(packed, { status: 415, json: { detail: /send it uncompressed/ } });
});

t.test('a title says the kind, the detail what happened', async (t) => {
  const gateway = await startGateway(t);
  const titles = async (...urls: readonly string[]): Promise<Set<string>> =>
    new Set(await Promise.all(urls.map(async (url) => (await gateway.call('operator', 'GET', url)).json.title as string)));
  t.equal((await titles('/v1/messages?limit=0', '/v1/messages?colour=red', '/v1/messages?since=yesterday')).size, 1);
  t.equal((await titles('/nowhere', '/v1/interchanges/01JD8Z6Q0000000000000000AB')).size, 1);
  t.match((await gateway.call('operator', 'GET', '/v1/messages?limit=501')).json.detail, '`limit` must be at most 500');
  t.match((await gateway.call('operator', 'GET', '/v1/messages?state=gone')).json.detail, /must be one of .*delivered, .*unrouted/);
  t.match((await gateway.call('operator', 'GET', '/v1/messages?agency=nobody')).json.detail, 'must be one of customs, port-health');
  t.equal((await gateway.call('customs', 'GET', '/v1/messages?agency=nobody')).status, 200, 'an agency is not told of others');
});

t.test('what is no HTTP request, and headers that are too large, are problems too', async (t) => {
  const gateway = await startGateway(t);
  const { hostname, port } = new URL(await gateway.listen('127.0.0.1', 0));
  const said = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let answer = '';
      const socket = createConnection(Number(port), hostname, () => socket.write(text));
      socket.on('data', (data) => (answer += data.toString()));
      socket.on('close', () => resolve(answer));
      socket.on('error', () => undefined);
    });
  const large = await said(`GET /v1/messages HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(40_000)}\r\n\r\n`);
  t.match(large, /^HTTP\/1.1 431 [^]*content-type: application\/problem\+json[^]*"type":"\/problems\/too-large"/);
  const none = await said('BLAH\r\n\r\n');
  t.match(none, /^HTTP\/1.1 400 [^]*content-type: application\/problem\+json[^]*"type":"\/problems\/unreadable"/);
  t.equal(JSON.parse(none.split('\r\n\r\n')[1]!).status, 400, 'whole');

  const asked = (headers: string, version = '1.1'): Promise<string> => said(`GET /health/live HTTP/${version}\r\n${headers}connection: close\r\n\r\n`);
  t.match(await asked(''), /^HTTP\/1.1 400 [^]*content-type: application\/problem\+json[^]*"code":"WEB_HOST"/, 'without Host');
  t.match(await asked('host: x\r\nHost: y\r\n'), /^HTTP\/1.1 400 [^]*"code":"WEB_HOST"/, 'with two');
  const keyed = (...keys: readonly string[]): Promise<string> => asked(`host: x\r\n${keys.map((key) => `Authorization: Bearer ${key}\r\n`).join('')}`);
  t.match(await keyed('demo-blue-anchor', 'demo-quay-net'), /^HTTP\/1.1 400 [^]*"code":"WEB_REQUEST"[^]*`Authorization` stands in it twice/, 'two keys');
  t.match(await keyed('demo-blue-anchor'), /^HTTP\/1.1 200 /);
  t.match(await asked('', '1.0'), /^HTTP\/1.1 200 /, 'HTTP/1.0 does without');
  const expecting = await asked('host: x\r\nexpect: 200-ok\r\naccept-language: zh-TW\r\n');
  t.match(expecting, /^HTTP\/1.1 417 [^]*content-type: application\/problem\+json[^]*"code":"WEB_EXPECT"/, 'what is expected and not met');
  t.match(expecting, /content-language: zh-Hant/);
  t.match(await asked('host: x\r\nexpect: 100-continue\r\n'), /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
});

t.test('65 MB over a socket: 413, and the rest is not read into memory', async (t) => {
  const gateway = await startGateway(t);
  const { hostname, port } = new URL(await gateway.listen('127.0.0.1', 0));
  const request = (head: string, feed: (write: (chunk: Buffer) => boolean) => void): Promise<string> =>
    new Promise((resolve) => {
      let answer = '';
      const socket = createConnection(Number(port), hostname, () => {
        socket.write(
          `POST /v1/interchanges HTTP/1.1\r\nhost: x\r\nauthorization: Bearer demo-blue-anchor\r\ncontent-type: application/edifact\r\n${head}\r\n\r\n`,
        );
        feed((chunk) => !socket.destroyed && socket.write(chunk));
      });
      socket.on('data', (data) => (answer += data.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(answer));
      setTimeout(() => socket.destroy(), 10_000).unref();
    });
  const declared = await request(`content-length: ${65 * 1024 * 1024}\r\nconnection: close`, (write) => write(Buffer.alloc(1024, 65)));
  t.match(declared, /^HTTP\/1.1 413 /, 'by its declared length, before it is sent');
  t.match(declared, 'WEB_BODY_TOO_LARGE');
  const before = process.memoryUsage().rss;
  const megabyte = Buffer.alloc(1024 * 1024, 65);
  const chunked = await request('transfer-encoding: chunked\r\nconnection: close', (write) => {
    for (let i = 0; i < 66; i++) write(Buffer.concat([Buffer.from(`${megabyte.length.toString(16)}\r\n`), megabyte, Buffer.from('\r\n')]));
    write(Buffer.from('0\r\n\r\n'));
  });
  t.match(chunked, /^HTTP\/1.1 413 /, 'by what came, where no length was declared');
  t.ok(process.memoryUsage().rss - before < 400 * 1024 * 1024, 'memory is bounded');
  await goesOn(t, gateway);
});

t.test('a body of undeclared length is charged as it comes', async (t) => {
  const gateway = await startGateway(t, (config) => limit(config, 'limits: { queue: 1, inFlight: 100000 }'));
  const { hostname, port } = new URL(await gateway.listen('127.0.0.1', 0));
  const posted = (pieces: number): Promise<string> =>
    new Promise((resolve) => {
      let answer = '';
      const socket = createConnection(Number(port), hostname, () => {
        socket.write(
          'POST /v1/interchanges HTTP/1.1\r\nhost: x\r\nauthorization: Bearer demo-blue-anchor\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n',
        );
        for (let i = 0; i < pieces; i++) socket.write(`2710\r\n${'A'.repeat(10_000)}\r\n`);
        socket.write('0\r\n\r\n');
      });
      socket.on('data', (data) => (answer += data.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(answer));
    });
  t.match(await posted(20), /^HTTP\/1.1 503 [^]*GATEWAY_BUSY/, 'more than may be received at a time');
  t.notMatch(await posted(5), 'GATEWAY_BUSY', 'less, and what the other held was given back');
});

t.test('a read that fails says of itself that it failed, and not that nothing is accepted; once all has stopped it says so', async (t) => {
  const { call, send, gateway } = await startGateway(t);
  const { store } = gateway;
  const fails = (code: 'STORE_FAULT' | 'STORE_CONTENT_BROKEN'): void =>
    void Object.assign(store, {
      search: () => Promise.reject(new StoreError(code, { folder: '', content: '', message: 'not today', sqlite: 'SQLITE_CORRUPT' })),
    });
  fails('STORE_FAULT');
  const search = () => call('operator', 'GET', '/v1/messages');
  t.match(await search(), { status: 503, headers: { 'retry-after': '10' }, json: { code: 'GATEWAY_BUSY', detail: /he store does not answer at present/ } });
  fails('STORE_CONTENT_BROKEN');
  t.match(await search(), { status: 503, headers: { 'retry-after': '300' }, json: { detail: /his cannot be read until an operator/ } });
  t.equal(gateway.halted, undefined);
  t.equal((await send('blue-anchor', sample('two-bills'))).status, 202, 'all else goes on');

  Object.assign(store, { commit: () => Promise.reject(new StoreError('STORE_FAULT', { folder: '', message: 'not today', sqlite: 'SQLITE_CORRUPT' })) });
  const refused = await send('blue-anchor', sample('two-bills').toString('latin1').replaceAll('0438', '0439'));
  t.match(refused, { status: 503, headers: { 'retry-after': '300' }, json: { detail: /othing is accepted until an operator/ } });
  t.equal(gateway.halted, 'STORE_FAULT');
  fails('STORE_FAULT');
  t.match(await search(), { status: 503, headers: { 'retry-after': '300' }, json: { detail: /othing is accepted until an operator/ } });
});

t.test('back-pressure is told with Retry-After', async (t) => {
  const gateway = await startGateway(t, (config) => limit(config, 'limits: { queue: 1, inFlight: 3000 }'));
  const busy = await gateway.send('blue-anchor', Buffer.alloc(4000, 65));
  t.match(
    busy,
    { status: 503, headers: { 'retry-after': /^\d+$/ }, json: { code: 'GATEWAY_BUSY', retry: 'backoff', type: '/problems/busy' } },
    'more bytes than are taken at a time',
  );
  const limited = await startGateway(t, (config) => limit(config, 'limits: { requests: 2 }'));
  const answers = await Promise.all(Array.from({ length: 6 }, () => limited.call('customs', 'GET', '/v1/inbox')));
  t.ok(
    answers.some(({ status, headers, json }) => status === 429 && headers['retry-after'] !== undefined && json.code === 'WEB_RATE'),
    'more requests a second than agreed',
  );
  t.equal((await limited.call(undefined, 'GET', '/health/live')).status, 200, 'health is not counted');
});
