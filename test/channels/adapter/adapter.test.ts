import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Arrival, Handed, Incoming, Outgoing, Parcel, Surroundings, Taken } from '../../../src/channels/channel.ts';
import { adapter, type CommandSettings } from '../../../src/channels/adapter/adapter.ts';
import { keepLate } from '../../../src/channels/adapter/late.ts';
import type { HttpSettings } from '../../../src/channels/push/exchange.ts';
import { root } from '../../root.ts';
import { bodyOf, never, parcelOf, serve, surroundings } from '../push/fixture.ts';
import { freePort } from './port.ts';
import { scripted, temporary } from './scripted.ts';

type Event = Parameters<Surroundings['report']>[0];

/** A gateway's side of an adapter: what it reports, and what it is told of arrivals. */
function side(t: Test, { secrets = {}, party = 'air' }: { secrets?: Record<string, string>; party?: string } = {}) {
  const data = temporary(t);
  const events: Event[] = [];
  const surrounding: Surroundings = { ...surroundings(secrets), data, report: (event) => void events.push(event) };
  const open: (Outgoing | Incoming)[] = [];
  t.teardown(async () => Promise.all(open.map((each) => each.close())));
  const keep = <T extends Outgoing | Incoming>(it: T): T => {
    open.push(it);
    return it;
  };
  return {
    data,
    events,
    outgoing: (settings: CommandSettings) => keep(adapter.outgoing!(settings, party, surrounding)),
    incoming: async (settings: CommandSettings, take: (arrival: Arrival) => Promise<Taken>) =>
      keep(await adapter.incoming!(settings, party, surrounding, take)),
  };
}

const taken = (id: string, duplicate = false): Taken => ({ taken: true, id, receipt: '', duplicate });
const send = (outgoing: Outgoing, parcel: Parcel = parcelOf('<a/>'), signal = never): Promise<Handed> => outgoing.send(parcel, signal);

t.test('two gateways, with MATIP between their adapters', async (t) => {
  const port = await freePort();
  const command = [process.execPath, join(root, 'adapters/matip/matip.mjs')];
  const [here, there] = [side(t, { party: 'there' }), side(t, { party: 'here' })];
  const arrived: Arrival[] = [];
  await there.incoming({ command, settings: { own: 2, peer: 1, listen: { host: '127.0.0.1', port } } }, async (arrival) => {
    arrived.push(arrival);
    return Promise.resolve(arrival.bytes.toString().includes('NOT') ? { taken: false, code: 'GATEWAY_BUSY', reason: 'busy' } : taken('1'));
  });
  const outgoing = here.outgoing({ command, settings: { own: 1, peer: 2, call: { host: '127.0.0.1', port } } });
  const bytes = Buffer.from('QU BERTOXH\r\n.FRATOXH 211200\r\nFWB/16\r\n');
  t.match(await retried(() => send(outgoing, parcelOf(bytes)), 'SEND_UNREACHABLE'), { state: 'delivered' });
  t.match(arrived, [{ channel: 'adapter', party: 'here', grade: 'C', media: 'text/plain', key: `1-${createHash('sha256').update(bytes).digest('hex')}` }]);
  t.same(arrived[0]!.bytes, bytes);
  t.match(await send(outgoing, parcelOf('NOT NOW')), { state: 'failed', code: 'SEND_INTERRUPTED' }, 'what the other gateway does not take is not delivered');
  t.match(await send(outgoing, parcelOf(randomBytes(70_000))), { state: 'failed', code: 'SEND_CONTENT', reason: /65531/ });
  t.same(readdirSync(join(here.data, 'bodies')), [], 'no body is left behind');
});

/** The other side may still be starting. */
async function retried(work: () => Promise<Handed>, code: string): Promise<Handed> {
  for (let i = 0; ; i++) {
    const handed = await work();
    if (i === 50 || handed.state !== 'failed' || handed.code !== code) return handed;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

t.test('an adapter that falls is started again, and told again what it left unanswered', async (t) => {
  const once = side(t);
  const fallen = scripted(t, `const deliver = on.deliver; on.deliver = (f) => { if (existsSync(join(here, 'fell'))) return deliver(f); writeFileSync(join(here, 'fell'), ''); process.exit(7); };`); // prettier-ignore
  t.match(await send(once.outgoing({ command: fallen })), { state: 'delivered' });
  t.match(once.events, [{ event: 'adapter ended', code: 'SEND_ADAPTER', reason: 'with code 7' }, { event: 'adapter starts again' }]);

  const always = side(t);
  const handed = await send(always.outgoing({ command: scripted(t, `on.deliver = () => process.exit(7);`) }));
  t.match(handed, { state: 'failed', code: 'SEND_ADAPTER', reason: 'it ended with code 7' }, 'a parcel that fells it is not told for ever');
  t.equal(always.events.filter(({ event }) => event === 'adapter ended').length, 3);

  const garbage = side(t);
  const noisy = scripted(t, `const deliver = on.deliver; on.deliver = (f) => { if (!existsSync(join(here, 'x'))) { writeFileSync(join(here, 'x'), ''); process.stdout.write('Listening on port 1\\n'); } deliver(f); };`); // prettier-ignore
  t.match(await send(garbage.outgoing({ command: noisy })), { state: 'delivered' });
  t.match(garbage.events[0], { event: 'adapter broke the contract', reason: /it is no JSON: Listening/ });
});

t.test('an adapter that cannot work', async (t) => {
  const here = side(t);
  const table: readonly (readonly [what: string, settings: CommandSettings, expected: Partial<Handed>])[] = [
    ['is not there', { command: ['/nowhere/adapter'] }, { state: 'failed', code: 'SEND_ADAPTER', reason: /ENOENT/ as never }],
    ['ends at once', { command: [process.execPath, '-e', 'process.exit(4)'] }, { state: 'failed', code: 'SEND_ADAPTER', reason: 'it ended with code 4' }],
    ['speaks another protocol', { command: scripted(t, `on.hello = () => say({ type: 'ready', protocol: 'x', name: 'x', version: '1', window: 1 });`) }, { state: 'failed', code: 'SEND_ADAPTER' }],
    ['is never ready', { command: scripted(t, `on.hello = () => {};`), timeouts: { start: 0.3 } }, { state: 'failed', code: 'SEND_ADAPTER', reason: 'it ended by SIGKILL' }],
    ['says nothing of the delivery', { command: scripted(t, `on.deliver = () => {};`), timeouts: { answer: 0.5 } }, { state: 'failed', code: 'SEND_TIMEOUT' }],
    ['lacks a secret', { command: scripted(t), secrets: { key: { env: 'NONE' } } }, { state: 'failed', code: 'SEND_SETTINGS', reason: 'there is no NONE' }],
  ]; // prettier-ignore
  await Promise.all(table.map(async ([what, settings, expected]) => t.match(await send(here.outgoing(settings)), expected, what)));
  const stop = new AbortController();
  const waiting = send(here.outgoing({ command: scripted(t, `on.deliver = () => {};`) }), parcelOf('x'), stop.signal);
  stop.abort();
  t.match(await waiting, { state: 'failed', code: 'SEND_INTERRUPTED' });
});

t.test('what an adapter was told it is not told again while it runs', async (t) => {
  const script = `
    const times = {};
    const answer = (delivery) => say({ type: 'outcome', delivery, state: 'delivered', proof: { media: 'text/plain', ...bodyOf(String(times[delivery])) } });
    on.deliver = ({ delivery }) => {
      times[delivery] = (times[delivery] ?? 0) + 1;
      SCRIPT
    };`;
  const timesOf = (handed: Handed): string => (handed.state === 'delivered' ? Buffer.from(handed.proof!.bytes).toString() : JSON.stringify(handed));

  await t.test('the time that it has to start is over once it is ready', async (t) => {
    const here = side(t);
    const start = 2.5; // seconds
    const slow = scripted(t, script.replace('SCRIPT', `setTimeout(() => answer(delivery), ${start * 1000 + 300});`));
    t.equal(timesOf(await send(here.outgoing({ command: slow, timeouts: { start } }))), '1');
    t.same(here.events, [], 'nobody ended it');
  });

  await t.test('what it handed over when we no longer waited is known at the next attempt', async (t) => {
    const late = scripted(t, script.replace('SCRIPT', `if (delivery !== 'first') { answer('first'); answer(delivery); }`));
    const outgoing = side(t).outgoing({ command: late });
    const first = { ...parcelOf('x'), delivery: 'first' };
    t.match(await send(outgoing, first, AbortSignal.timeout(1_000)), { state: 'failed', code: 'SEND_TIMEOUT' });
    t.equal(timesOf(await send(outgoing, { ...parcelOf('x'), delivery: 'second' })), '1');
    t.equal(timesOf(await send(outgoing, { ...first, attempt: 2 })), '1');
  });

  await t.test('that an earlier attempt failed says nothing of the one under way, where it says which it was', async (t) => {
    const say = (which: string): string =>
      script.replace('SCRIPT', `if (delivery === 'before') answer(delivery); else if (times[delivery] === 2) { ${which} answer(delivery); }`);
    const failedFirst = `say({ type: 'outcome', delivery, attempt: 1, state: 'failed', failure: 'unreachable', reason: 'the first' });`;
    const first = { ...parcelOf('x'), delivery: 'first' };
    for (const [what, said, expected] of [
      ['it failed, and says which', failedFirst, '2'],
      ['it was handed over, and says which', `${failedFirst} say({ type: 'outcome', delivery, attempt: 1, state: 'sent' });`, '{"state":"sent"}'],
      ['it does not say which', failedFirst.replace('attempt: 1, ', ''), '{"state":"failed","code":"SEND_UNREACHABLE","reason":"the first"}'],
      ['it is the one under way', failedFirst.replace('attempt: 1', 'attempt: 2'), '{"state":"failed","code":"SEND_UNREACHABLE","reason":"the first"}'],
    ] as const) {
      const outgoing = side(t).outgoing({ command: scripted(t, say(said)) });
      t.equal(timesOf(await send(outgoing, { ...first, delivery: 'before' })), '1', 'it runs');
      t.match(await send(outgoing, first, AbortSignal.timeout(300)), { state: 'failed', code: 'SEND_TIMEOUT' });
      t.equal(timesOf(await send(outgoing, { ...first, attempt: 2 })), expected, what);
    }
  });

  await t.test('what it says twice is no outcome of what it is told later', async (t) => {
    const twice = scripted(t, script.replace('SCRIPT', `if (delivery === 'second') answer('first'); answer(delivery);`));
    const outgoing = side(t).outgoing({ command: twice });
    const [first, second] = ['first', 'second'].map((delivery) => ({ ...parcelOf('x'), delivery })) as [Parcel, Parcel];
    for (const [parcel, times] of [
      [first, '1'],
      [second, '1'],
      [first, '2'],
    ] as const)
      t.equal(timesOf(await send(outgoing, parcel)), times);
  });
});

t.test('what is heard too late is kept for the next attempt, as much as there is room for', (t) => {
  const handed = (size: number): Handed => ({ state: 'delivered', proof: { media: 'text/plain', bytes: Buffer.alloc(size), grade: 'C' } });
  const late = keepLate(3, 100);
  const given = (...names: string[]): void => names.forEach((name) => late.giveUp(name));
  const there = (...names: string[]): string[] => names.filter((name) => late.take(name) !== undefined);
  given('a', 'b', 'c', 'd');
  for (const name of ['a', 'b', 'c', 'd', 'e']) late.heard(name, handed(1));
  t.same(there('a', 'b', 'c', 'd', 'e'), ['b', 'c', 'd'], 'of those that were given up, and of so many');
  t.same(there('b'), [], 'once');
  given('a', 'b', 'c');
  late.heard('a', handed(60));
  late.heard('b', { state: 'sent' });
  late.heard('c', handed(60));
  t.same(there('a', 'b', 'c'), ['b', 'c'], 'the bytes of the first go first, and only bytes make room for bytes');
  given('a', 'b');
  late.heard('a', handed(60));
  late.heard('b', handed(101));
  t.same(there('a', 'b'), ['a'], 'what is larger than all there is room for takes nobody else with it');
  given('a');
  late.heard('a', handed(60));
  late.heard('a', handed(90));
  t.same(there('a'), ['a'], 'what is said anew is counted anew');
  given('a');
  late.heard('a', { state: 'failed', code: 'SEND_BUSY', reason: '' });
  t.same(there('a'), [], 'a failure is nothing to be kept');
  t.end();
});

t.test('what an adapter says of a delivery, in the terms of every channel', async (t) => {
  const here = side(t, { secrets: { K: 'very secret\n' } });
  process.env['PORTOLAN_TEST_SECRET'] = 'not for adapters';
  t.teardown(() => delete process.env['PORTOLAN_TEST_SECRET']);
  const script = `on.deliver = ({ delivery, body, filename, kind }) => {
    const told = { secrets: hello.secrets, settings: hello.settings, party: hello.party, filename, kind, environment: Object.keys(process.env), size: read(body).length };
    say({ type: 'outcome', delivery, ...hello.settings.says, proof: { media: 'application/json', ...bodyOf(JSON.stringify(told)) } });
  };`;
  const with_ = (says: object): CommandSettings => ({
    command: scripted(t, script),
    settings: { says: says as never },
    secrets: { key: { env: 'K' } },
    grade: 'B',
  });
  const delivered = await send(here.outgoing(with_({ state: 'delivered' })), parcelOf(Buffer.alloc(100_000)));
  t.match(delivered, { state: 'delivered', proof: { media: 'application/json', grade: 'B' } });
  const told = JSON.parse(Buffer.from(delivered.state === 'delivered' ? delivered.proof!.bytes : []).toString()) as { environment: string[] };
  t.match(told, { secrets: { key: 'very secret' }, party: 'air', kind: 'message', size: 100_000, filename: /\.xml$/ });
  t.notOk(told.environment.includes('PORTOLAN_TEST_SECRET'), 'our environment is not its own');
  const table: readonly (readonly [says: object, expected: Partial<Handed>])[] = [
    [{ state: 'sent' }, { state: 'sent' }],
    [
      { state: 'failed', failure: 'busy', reason: 'later', retryAfter: 9 },
      { state: 'failed', code: 'SEND_BUSY', reason: 'later', retryAfter: 9 },
    ],
    [
      { state: 'failed', failure: 'refused', reason: 'no' },
      { state: 'failed', code: 'SEND_REFUSED' },
    ],
    [
      { state: 'failed', failure: 'auth' },
      { state: 'failed', code: 'SEND_AUTH', reason: '' },
    ],
  ];
  await Promise.all(table.map(async ([says, expected]) => t.match(await send(here.outgoing(with_(says))), expected, JSON.stringify(says))));
});

t.test('one process for what is sent and what arrives; each arrival answered once it is taken, and each receipt', async (t) => {
  const script = `
    const up = on.hello;
    on.hello = (f) => {
      up(f);
      say({ type: 'arrival', key: 'a', name: 'a.txt', body: bodyOf('first') });
      say({ type: 'arrival', key: 'a', name: 'a.txt', body: bodyOf('first') });
      say({ type: 'arrival', key: 'b', body: { ...bodyOf('second'), size: 5 } });
      say({ type: 'arrival', key: 'c', body: { size: 3, sha256: hashOf('xyz'), file: 'none' } });
      const big = 'y'.repeat(100_000);
      writeFileSync(join(f.folder, 'd.bin'), big);
      say({ type: 'arrival', key: 'd', body: { size: big.length, sha256: hashOf(big), file: 'd.bin' } });
      say({ type: 'receipt', delivery: 'D-1', state: 'delivered', proof: { media: 'text/plain', ...bodyOf('signed') } });
      say({ type: 'receipt', delivery: 'D-3', state: 'delivered' });
      say({ type: 'receipt', delivery: 'D-2', state: 'failed', failure: 'refused', reason: 'no' });
    };
    const heard = [];
    for (const type of ['taken', 'refused', 'noted']) on[type] = (f) => heard.push([type, f.key ?? f.delivery, f.reason ?? '']);
    on.deliver = ({ delivery }) => say({ type: 'outcome', delivery, state: 'delivered', proof: { media: 'application/json', ...bodyOf(JSON.stringify([process.pid, heard])) } });
  `;
  const here = side(t);
  const settings: CommandSettings = { command: scripted(t, script) };
  const arrived: Arrival[] = [];
  let resume = (): void => undefined;
  const held = new Promise<void>((resolve) => (resume = resolve));
  await here.incoming(settings, async (arrival) => {
    arrived.push(arrival);
    if (arrival.key === 'a') await held;
    if (arrival.about?.delivery === 'D-3') throw new Error('the store is gone');
    return arrival.about?.delivery === 'D-2' ? { taken: false, code: 'ANSWER_UNMATCHED', reason: 'unknown' } : taken('id');
  });
  const outgoing = here.outgoing(settings);
  const ask = async () => {
    const handed = await send(outgoing);
    return JSON.parse(Buffer.from(handed.state === 'delivered' ? handed.proof!.bytes : []).toString()) as [number, [string, string, string][]];
  };
  const until = async (count: number) => {
    for (;;) {
      const [pid, heard] = await ask();
      if (heard.length >= count) return { pid, heard };
    }
  };
  const early = await until(6);
  t.notOk(
    early.heard.some(([, key]) => key === 'a'),
    'not before it is taken',
  );
  resume();
  const { heard, pid } = await until(7);
  t.same(
    [...heard].sort((a, b) => (a[1] < b[1] ? -1 : 1)).map(([type, key]) => `${key} ${type}`),
    ['D-1 noted', 'D-2 refused', 'D-3 refused', 'a taken', 'b refused', 'c refused', 'd taken'],
  );
  t.match(
    heard.find(([, key]) => key === 'b'),
    ['refused', 'b', /states 5 bytes, there are 6/],
  );
  t.match(
    heard.find(([, key]) => key === 'c'),
    ['refused', 'c', /no such file/],
  );
  t.same(arrived.filter(({ key }) => key === 'a').length, 1, 'once, although it came twice while it was under way');
  t.match(
    arrived.find(({ about }) => about?.delivery === 'D-1'),
    { about: { handed: { state: 'delivered', proof: { media: 'text/plain', bytes: Buffer.from('signed') } } } },
  );
  t.equal(early.pid, pid);
  t.match(
    here.events.find(({ event }) => event === 'arrival not taken'),
    { err: /the store is gone/ },
    'a fault of ours ends nothing',
  );

  const alone = side(t);
  const refusing = alone.outgoing({ command: scripted(t, script) });
  for (let tries = 0; ; tries++) {
    const handed = await send(refusing);
    const [, heard] = JSON.parse(Buffer.from(handed.state === 'delivered' ? handed.proof!.bytes : []).toString()) as [number, string[][]];
    if (!heard.some(([, key]) => key === 'd') && tries < 100) continue;
    t.match(
      heard.find(([, key]) => key === 'd'),
      ['refused', 'd', /not among the `arrivals`/],
      'nothing is taken of which nobody said that it may come',
    );
    break;
  }
});

t.test('over HTTP', async (t) => {
  const answers = async (
    status: number,
    value: unknown,
    parcel = parcelOf('<a/>'),
  ): Promise<{ handed: Handed; path?: string | undefined; filename?: unknown }> => {
    let [path, filename]: [string | undefined, unknown] = [undefined, undefined];
    const url = await serve(t, (request, response) => {
      [path, filename] = [request.url, request.headers['portolan-filename']];
      void bodyOf(request).then(() => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value)));
    });
    const settings: HttpSettings = { url: `${url}/x/` };
    const outgoing = adapter.outgoing!(settings, 'de', surroundings());
    t.teardown(() => outgoing.close());
    return { handed: await send(outgoing, parcel), path, filename };
  };
  const { delivery, filename } = parcelOf('');
  t.match(await answers(200, { ok: true }), { handed: { state: 'delivered', proof: { media: 'application/json' } }, path: '/x/deliveries', filename });
  t.match((await answers(200, { type: 'outcome', delivery, state: 'sent' })).handed, { state: 'sent' });
  t.match((await answers(200, { type: 'outcome', delivery, state: 'failed', failure: 'auth', reason: 'x' })).handed, { state: 'failed', code: 'SEND_AUTH' });
  t.match(
    (await answers(200, { type: 'outcome', delivery: 'other', state: 'failed', failure: 'auth', reason: 'x' })).handed,
    { state: 'delivered' },
    'of another delivery',
  );
  t.match((await answers(503, { type: 'outcome', delivery, state: 'delivered' })).handed, { state: 'failed', code: 'SEND_BUSY' }, 'the status decides first');
});
