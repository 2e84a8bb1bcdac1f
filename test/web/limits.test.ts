import { appendFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { sample, startGateway, type TestGateway } from './fixture.ts';

const limited = (t: Test, limits: string): Promise<TestGateway> =>
  startGateway(t, (config) => appendFileSync(join(config, 'gateway.yaml'), `limits: ${limits}\n`));

interface Line {
  readonly socket: Socket;
  readonly said: Promise<string>; // all that came, once it is closed
  now(): string;
}

/** A connection of a client that does as it likes. */
async function line(t: Test, url: string, text = ''): Promise<Line> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  let answer = '';
  socket.setEncoding('latin1').on('data', (data: string) => (answer += data));
  socket.on('error', () => undefined);
  const said = new Promise<string>((resolve) => socket.on('close', () => resolve(answer)));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  if (text !== '') socket.write(text);
  return { socket, said, now: () => answer };
}

const head = (length: number | string): string =>
  `POST /v1/interchanges HTTP/1.1\r\nhost: x\r\nauthorization: Bearer demo-blue-anchor\r\n${typeof length === 'number' ? `content-length: ${length}` : length}\r\n\r\n`;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Another partner’s interchange goes through meanwhile. */
async function serves(t: Test, url: string, what: string): Promise<void> {
  const body = sample('wrong-count');
  const started = Date.now();
  const response = await fetch(`${url}/v1/interchanges`, { method: 'POST', headers: { authorization: 'Bearer demo-quay-net' }, body });
  t.ok([202, 409].includes(response.status), `${what}: others are served meanwhile`, { status: response.status, body: await response.text() });
  t.ok(Date.now() - started < 5_000, `${what}: without waiting`);
}

t.test('headers that come drop by drop, and connections that say nothing, are closed in time', async (t) => {
  const gateway = await limited(t, '{ idle: 1, upload: 2 }');
  const url = await gateway.listen('127.0.0.1', 0);
  const slow = await line(t, url, 'GET /v1/messages HTTP/1.1\r\n');
  const silent = await line(t, url);
  const dripping = setInterval(() => slow.socket.write('x-a: b\r\n'), 100);
  t.teardown(() => clearInterval(dripping));
  await serves(t, url, 'slow headers');
  t.match(await slow.said, /^HTTP\/1.1 408 [^]*retry-after: \d+[^]*"code":"WEB_TIMEOUT"/, 'told, and closed');
  await silent.said;
  t.pass('who says nothing is closed');
});

t.test('who goes away in the middle of a body is no defect of ours', async (t) => {
  const gateway = await limited(t, '{ idle: 5, upload: 5 }');
  const url = await gateway.listen('127.0.0.1', 0);
  const gone = await Promise.all([900, 'transfer-encoding: chunked'].map((length) => line(t, url, `${head(length)}1\r\nU`)));
  await pause(200);
  for (const { socket } of gone) socket.destroy();
  await pause(200);
  await serves(t, url, 'bodies that were cut short');
  t.same(
    gateway.events.filter(({ event }) => event === 'defect'),
    [],
  );
});

t.test('bodies that come drop by drop hold up nobody, and end in time', async (t) => {
  const gateway = await limited(t, '{ idle: 1, upload: 2, uploads: 20, inFlight: 1000000 }');
  const url = await gateway.listen('127.0.0.1', 0);
  const slow = await Promise.all(Array.from({ length: 24 }, (_, i) => line(t, url, head(i % 2 ? 900_000 : 'transfer-encoding: chunked'))));
  const dripping = setInterval(() => slow.forEach(({ socket }, i) => socket.write(i % 2 ? 'U' : '1\r\nU\r\n')), 100);
  t.teardown(() => clearInterval(dripping));
  await pause(300);
  t.equal(slow.filter(({ now }) => /^HTTP\/1.1 429 [^]*retry-after: \d+[^]*WEB_UPLOADS/.test(now())).length, 4, 'more than one caller may send at a time');
  await serves(t, url, 'slow bodies, which declared more than is taken at a time');
  const said = await Promise.all(slow.map((each) => each.said));
  t.equal(said.filter((text) => /HTTP\/1.1 408 [^]*retry-after: \d+[^]*"code":"WEB_TIMEOUT"/.test(text)).length >= 20, true, 'each is told');
  clearInterval(dripping);
  await pause(100);
  const again = await gateway.send('blue-anchor', sample('two-bills'));
  t.equal(again.status, 202, 'what they held was given back', { said: again.body });
});

t.test('one caller does not fill the room for bodies: half of it, or one body', async (t) => {
  const gateway = await limited(t, '{ body: 100000, inFlight: 400000 }');
  const url = await gateway.listen('127.0.0.1', 0);
  const large = await Promise.all(Array.from({ length: 4 }, () => line(t, url, head(99_000) + 'U'.repeat(98_000))));
  const refused = (): Line[] => large.filter(({ now }) => now() !== '');
  while (refused().length < 2) await pause(10);
  for (const { now } of refused()) t.match(now(), /^HTTP\/1.1 503 [^]*retry-after: 5\r\n[^]*more than 200000 bytes of this caller/);
  await serves(t, url, 'half of the room');
  for (const { socket } of large) socket.destroy();
  const sent = await gateway.send('blue-anchor', sample('two-bills'));
  t.equal(sent.status, 202, 'and what it gave up it has again');
});

t.test('a small body that is refused is let pass before the answer: whoever sends it sees why, and no broken connection', async (t) => {
  const gateway = await limited(t, '{ inFlight: 1000 }');
  const url = await gateway.listen('127.0.0.1', 0);
  const small = await line(t, url, head(3_000));
  const large = await line(t, url, head(900_000));
  t.match(await large.said, /^HTTP\/1.1 503 /, 'of a large one nothing more is taken');
  t.equal(small.now(), '', 'it is still on its way');
  small.socket.write('U'.repeat(3_000));
  t.match(await small.said, /^HTTP\/1.1 503 [^]*retry-after: \d+\r\n[^]*"code":"GATEWAY_BUSY"/);
});

t.test('more connections than there may be: the one that has been silent longest makes room', async (t) => {
  const gateway = await limited(t, '{ connections: 10, uploads: 100 }');
  const url = await gateway.listen('127.0.0.1', 0);
  const silent: Line[] = [];
  for (let i = 0; i < 10; i++) silent.push(await line(t, url));
  await serves(t, url, 'ten that are silent');
  await silent[0]!.said;
  t.equal(silent[5]!.socket.destroyed, false, 'the others stay');
  const busy: Line[] = [];
  for (let i = 0; i < 10; i++) busy.push(await line(t, url, head(1_000)));
  await pause(200);
  const refused = await line(t, url);
  t.match(await refused.said, /^HTTP\/1.1 503 [^]*retry-after: 1\r\n[^]*"code":"GATEWAY_BUSY"/, 'where all have a request under way, the new one is told');
  t.ok(
    busy.every(({ socket }) => !socket.destroyed),
    'and they go on',
  );
});

t.test('a thousand connections that say nothing', async (t) => {
  const gateway = await limited(t, '{ connections: 1000 }');
  const url = await gateway.listen('127.0.0.1', 0);
  const before = process.memoryUsage().rss;
  const silent: Line[] = [];
  for (let i = 0; i < 10; i++) silent.push(...(await Promise.all(Array.from({ length: 100 }, () => line(t, url)))));
  const grown = (process.memoryUsage().rss - before) / 1_048_576;
  t.ok(grown < 100, `both ends of them take ${Math.round(grown)} MB`);
  await serves(t, url, 'a thousand');
  t.ok(silent.filter(({ socket }) => socket.destroyed).length <= 2, 'and nearly all of them are still there');
});

t.test('who fetches something large slowly, in many places at once, holds little memory and holds up nobody', async (t) => {
  const gateway = await startGateway(t);
  const url = await gateway.listen('127.0.0.1', 0);
  const text = sample('two-bills').toString('latin1');
  const large = text.replace('CNI+', `${`FTX+AAA+++${'X'.repeat(70)}'\n`.repeat(150_000)}CNI+`);
  const { json } = await gateway.send('blue-anchor', large);
  const path = `/v1/messages/${json.id}-1/content`;
  t.equal((await gateway.call('blue-anchor', 'GET', path)).body, large, 'in pieces it is the same');
  const held = (): number => process.memoryUsage().arrayBuffers;
  const before = held();
  const lines = await Promise.all(Array.from({ length: 20 }, () => line(t, url)));
  for (const { socket } of lines) {
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer demo-blue-anchor\r\n\r\n`);
  }
  await serves(t, url, 'large answers');
  await pause(1_000);
  t.ok(held() - before < 100_000_000, 'little is held', { grown: held() - before, asked: lines.length * large.length });
  const [{ socket, now }] = lines as [Line];
  socket.resume();
  while (now().length < large.length) await pause(20);
  t.ok(now().includes(`content-length: ${large.length}\r\n`));
  t.ok(now().endsWith(large), 'and who goes on reading has all of it');
});

t.test('a body that is no interchange is small, or of an operator', async (t) => {
  const gateway = await startGateway(t);
  const url = await gateway.listen('127.0.0.1', 0);
  const calls: [path: string, key: string, method: string, status: number][] = [
    ['/v1/inbox/1/receipt', 'customs', 'POST', 413],
    ['/v1/overdue/1/close?reason=x', 'operator', 'POST', 413],
    ['/v1/dead-letters/1/close?reason=x', 'operator', 'POST', 413],
    ['/v1/onboarding?scenarios=x', 'blue-anchor', 'POST', 403],
    ['/v1/partners/x', 'blue-anchor', 'PUT', 403],
    ['/v1/partners/import', 'customs', 'POST', 403],
    ['/v1/partners/changes', 'customs', 'POST', 403],
    [`/v1/messages/${'0'.repeat(26)}-1/repair`, 'blue-anchor', 'POST', 403],
  ];
  for (const [path, key, method, status] of calls) {
    const { now, socket } = await line(t, url);
    socket.write(
      `${method} ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer demo-${key}\r\ncontent-type: application/json\r\ncontent-length: 60000000\r\n\r\n{`,
    );
    while (!now().includes('"code"')) await pause(10);
    t.match(
      now(),
      new RegExp(`^HTTP/1.1 ${status} [^]*${status === 413 ? 'larger than 65536 bytes' : 'WEB_NOT_ALLOWED'}`),
      `${method} ${path}: answered before its body has come`,
    );
  }
  const rows = Array.from({ length: 5_000 }, (_, i) => `p${i},Partner ${i},P${i}`);
  const imported = await gateway.call('operator', 'POST', '/v1/partners/import?dry-run=true', {
    body: ['partner,name,identities', ...rows].join('\n'),
    headers: { 'content-type': 'text/csv' },
  });
  t.match([imported.status, imported.json.added.length], [200, 5_000], 'an operator may send a large table');
});

t.test('the size of headers is configured', async (t) => {
  const gateway = await limited(t, '{ headerBytes: 2000 }');
  const url = await gateway.listen('127.0.0.1', 0);
  const fits = await line(t, url, `GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: ${'x'.repeat(1_500)}\r\n\r\n`);
  t.match(await fits.said, /^HTTP\/1.1 200 /);
  const large = await line(t, url, `GET /health/live HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(2_500)}\r\n\r\n`);
  t.match(await large.said, /^HTTP\/1.1 431 [^]*"type":"\/problems\/too-large"/);
});

t.test('what a body may hold is configured: the finding is at the byte', async (t) => {
  const bills = sample('two-bills').toString('latin1');
  const twice = bills + bills.replaceAll('BA0438001', 'BA0438002');
  const long = bills.replace('BA0438001', 'B'.repeat(36));
  const xml = sample('cargo-report-xml', 'input.xml').toString();
  const segments = bills.split("'");
  const sixth = segments.slice(0, segments.findIndex((each) => each.includes('UNH')) + 6).join("'").length;
  const cases: readonly (readonly [limits: string, body: string, status: number, code: string, offset: number])[] = [
    ['{ interchanges: 1 }', twice, 413, 'GATEWAY_TOO_MANY', bills.length + bills.indexOf('UNB')],
    ['{ edifact: { segments: 6 } }', bills, 202, 'EDIFACT_LIMIT', sixth + 1 + /^\s*/.exec(bills.slice(sixth + 1))![0].length],
    ['{ edifact: { componentBytes: 35 } }', long, 413, 'EDIFACT_LIMIT', long.indexOf('BBB') + 35],
    ['{ xml: { depth: 3 } }', xml, 202, 'XML_LIMIT', -1],
  ];
  for (const [limits, body, status, code, offset] of cases) {
    const gateway = await limited(t, limits);
    const { status: got, json } = await gateway.send('blue-anchor', Buffer.from(body, 'latin1'));
    t.equal(got, status, `${limits}: ${status}`);
    const findings = status === 202 ? json.outcome.messages[0].findings : json.errors;
    const found = findings.find((each: { code: string }) => each.code === code);
    t.ok(found, code);
    const at = found.place?.offset ?? found.source?.offset;
    if (offset >= 0) t.equal(at, offset, 'at the first byte that is too many');
    else t.match(body.slice(at), /^<\w/, 'at the first element that is too deep');
    if (status === 202) t.equal(json.outcome.state, 'rejected', 'rejected whole');
  }
});

t.test('while it stops, the gateway says so in the one shape', async (t) => {
  const gateway = await limited(t, '{ idle: 60 }');
  let url = '';
  let said: Response | undefined;
  gateway.app.addHook('preClose', async () => void (said = await fetch(`${url}/health/live`)));
  url = await gateway.listen('127.0.0.1', 0);
  t.equal((await fetch(`${url}/health/live`)).status, 200);
  await gateway.app.close();
  t.equal(said?.status, 503);
  t.equal(said?.headers.get('retry-after'), '10');
  t.match(await said?.json(), { code: 'GATEWAY_BUSY', retry: 'backoff' });
});
