import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import t from 'tap';
import { inlineTranslator } from '../../src/gateway/translation/translator.ts';
import { deliverJob, laneOf } from '../../src/gateway/outcome/jobs.ts';
import type { Channel } from '../../src/partners/delivery.ts';
import { readHours } from '../../src/partners/hours.ts';
import type { Store } from '../../src/store/store.ts';
import { base, loaded, recipient, run, type Recipient, type Running } from './delivery-fixture.ts';

/** The sample configuration with agencies `a0` … beside it, to which everything is routed. */
const agencies = (channels: readonly Channel[]): Parameters<typeof run>[1] => ({
  change: (configuration) => ({
    ...configuration,
    agencies: channels.map((channel, i) => ({ ...configuration.agencies[0]!, id: `a${i}`, channel })),
    routes: [{ route: 'all', to: channels.map((_, i) => `a${i}`), policy: 'send' }],
  }),
});

/** A party that has a port and says nothing, ever. */
async function silent(t: { teardown(end: () => unknown): void }): Promise<{ readonly channel: Channel; readonly connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on('error', () => undefined);
    t.teardown(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { channel: { kind: 'test', settings: { url: `http://127.0.0.1:${(server.address() as { port: number }).port}/` } }, connections: () => connections };
}

t.test('who hangs, is down, resets or is slow delays nobody else', async (t) => {
  const hanging = await silent(t);
  const down: Channel = { kind: 'test', settings: { url: 'http://127.0.0.1:1/' } };
  const resetting = await recipient(t);
  resetting.answer = (_, response) => void response.socket?.resetAndDestroy();
  const healthy = await Promise.all(Array.from({ length: 6 }, () => recipient(t)));
  const { submit, events } = await run(t, agencies([hanging.channel, down, resetting.channel, ...healthy.map(({ channel }) => channel)]));
  const sent = 15;
  const ids: string[] = [];
  for (let i = 0; i < sent; i++) ids.push(await submit());
  await Promise.all(healthy.map((each) => each.has(sent)));
  for (const each of healthy) {
    t.equal(new Set(each.got.map(({ delivery }) => delivery)).size, sent, 'everything, once');
    t.equal(each.got.length, sent);
  }
  t.ok(hanging.connections() <= 2, `${hanging.connections()} deliveries hang, as many as were agreed`);
  const opened = events.filter(({ event }) => event === 'circuit opened').map(({ party }) => party);
  t.same(opened.toSorted(), ['a1', 'a2'], 'and those that fail are left alone');
});

t.test('a channel that fails is left alone, and one delivery tries it again; what waits makes no attempts', async (t) => {
  const customs = await recipient(t);
  let isUp = false;
  customs.answer = (_, response) => void response.writeHead(isUp ? 200 : 500).end();
  const { submit, gateway, until, events, store } = await run(t, {
    channels: { customs: customs.channel },
    terms: { customs: { concurrency: 1, retry: { first: 30, longest: 60, for: 60_000 }, circuit: { failures: 3, pause: 400, longest: 400 } } },
  });
  const ids = [await submit(), await submit(), await submit(), await submit()];
  const opened = await until(({ event }) => event === 'circuit opened');
  t.match(opened, { code: 'SEND_BUSY', party: 'customs', failures: 3, actor: 'agency' });
  t.match(gateway.departures.status, [{ party: 'customs', channel: 'test', circuit: 'open', why: 'circuit', code: 'SEND_BUSY' }]);
  const tried = customs.got.length;
  isUp = true;
  await until(({ event }) => event === 'circuit closed');
  await Promise.all(ids.map((id) => until(({ event, interchange }) => event === 'delivered' && interchange === id)));
  t.equal(tried, 3, 'nothing was tried while it was open');
  t.equal(new Set(customs.got.map(({ delivery }) => delivery)).size, ids.length);
  t.same(await store.queue(), []);
  t.equal(events.filter(({ event }) => event === 'circuit opened').length, 1);
});

t.test('a clock that was set back opens no circuit for longer, and no delivery waits for it to come again', async (t) => {
  const customs = await recipient(t);
  let isUp = false;
  customs.answer = (_, response) => void response.writeHead(isUp ? 200 : 503).end();
  let offset = 0;
  const hour = 3_600_000;
  const { submit, until } = await run(t, {
    channels: { customs: customs.channel },
    terms: { customs: { concurrency: 1, retry: { first: hour, longest: hour, for: 90 * hour }, circuit: { failures: 1, pause: hour, longest: hour } } },
    now: () => Date.now() + offset,
  });
  const first = await submit();
  await until(({ event }) => event === 'circuit opened');
  isUp = true;
  offset -= 5 * hour;
  const second = await submit(); // a reason to look
  await until(({ event, interchange }) => event === 'translated' && interchange === second);
  t.equal(customs.got.length, 1, 'it waits as long as it was to');
  offset += hour * 1.6; // pauses are by chance up to half as long again
  const third = await submit();
  await Promise.all([first, second, third].map((id) => until(({ event, interchange }) => event === 'delivered' && interchange === id)));
  t.equal(customs.got.length, 4, 'and no longer');
});

t.test('outside the hours of a party deliveries wait and say until when; then they go', async (t) => {
  const customs = await recipient(t);
  const opens = Date.parse('2026-10-05T00:00:00Z'); // Monday, 08:00 in Taipei
  let offset = opens - 3_600_000 - Date.now();
  const hours = readHours({ zone: 'Asia/Taipei', open: ['mon-fri 08:00-20:00'] });
  const { submit, gateway, until, events } = await run(t, {
    channels: { customs: customs.channel },
    terms: { customs: { hours } },
    now: () => Date.now() + offset,
  });
  const id = await submit('latin-1');
  await until(({ event, interchange }) => event === 'translated' && interchange === id);
  t.match(gateway.departures.status, [{ party: 'customs', circuit: 'closed', why: 'hours', until: '2026-10-05T00:00:00.000Z' }]);
  t.equal(customs.got.length, 0);
  offset += 3_600_000;
  await submit('latin-1'); // whatever comes is a reason to look
  await until(({ event, party }) => event === 'delivered' && party === 'customs');
  t.ok(customs.got[0]!.at + offset >= opens);
  t.notOk(events.some(({ event }) => event === 'delivery failed'), 'to wait is no failure'); // prettier-ignore
});

/** A document that waits for customs, beside those that translations make. */
async function waits(store: Store, n: number, size: number, priority?: 'high' | 'bulk'): Promise<string> {
  const interchange = `01KAG00000000000000000${String(n).padStart(4, '0')}`;
  const content = { owner: `${interchange}-1`, stage: 'customs' };
  const about = { interchange, message: content.owner, party: 'customs' };
  await store.commit({
    contents: [{ ...content, media: 'application/xml', bytes: randomBytes(size) }],
    records: [{ kind: 'translated', ...about, content }],
    states: [{ id: content.owner, interchange, state: 'translated', agencies: { customs: 'queued' } }],
    jobs: { add: [deliverJob({ ...about, content }, { queue: 'customs', lane: laneOf(size, priority) })] },
  });
  return interchange;
}

const interchanges = ({ got }: Recipient): string[] => got.map(({ delivery }) => delivery.split('-')[0]!);

t.test('a large document delays no small one to the same party, and what is urgent goes first', async (t) => {
  const customs = await recipient(t);
  const held: (() => void)[] = [];
  customs.answer = (_, response) => void (held.length < 2 ? held.push(() => response.end()) : response.end());
  const { store } = await run(t, { channels: { customs: customs.channel }, terms: { customs: { concurrency: 1 } } });
  const large = [await waits(store, 1, 4_000_000), await waits(store, 2, 4_000_000)];
  await customs.has(1);
  const first = await waits(store, 3, 2_000);
  await customs.has(2);
  t.same(interchanges(customs), [large[0], first], 'while the large one is held up the small one has come');
  const normal = [await waits(store, 4, 2_000), await waits(store, 5, 2_000)];
  const urgent = await waits(store, 6, 2_000, 'high');
  const late = await waits(store, 7, 2_000, 'bulk');
  held[1]!();
  await customs.has(5);
  t.same(interchanges(customs).slice(2), [urgent, ...normal], 'and of what is large there is one at a time');
  held[0]!();
  await customs.has(7);
  t.same(interchanges(customs).slice(5), [large[1], late]);
});

t.test('a party that wants its deliveries in order has them so, over failures too', async (t) => {
  const customs = await recipient(t);
  let refused = 0;
  customs.answer = (_, response) => void (refused++ < 2 ? response.writeHead(503).end() : response.end());
  const running = await run(t, {
    channels: { customs: customs.channel },
    terms: { customs: { ordered: true, concurrency: 1, retry: { first: 20, longest: 20, for: 60_000 } } },
  });
  const ids = [];
  for (let i = 0; i < 4; i++) ids.push(await running.submit());
  await Promise.all(ids.map((id) => running.until(({ event, interchange }) => event === 'delivered' && interchange === id)));
  const delivered = running.events.flatMap(({ event, interchange }) => (event === 'delivered' ? [interchange] : []));
  t.same(delivered, ids);
});

t.test('a channel is opened by its settings, and only one whose settings changed is opened anew', async (t) => {
  const [before, after] = [await recipient(t), await recipient(t)];
  const { gateway, submit, until } = await run(t, { channels: { customs: before.channel } });
  const sentTo = async (party: Recipient, count: number, what: string): Promise<void> => {
    const id = await submit();
    await until(({ event, interchange }) => event === 'delivered' && interchange === id);
    t.equal(party.got.length, count, what);
  };
  const change = (channel: Channel): Promise<void> => {
    const configuration = { ...base, agencies: base.agencies.map((each) => (each.id === 'customs' ? { ...each, channel } : each)) };
    return gateway.change({
      library: gateway.library,
      configuration,
      recorded: { ...loaded, hash: JSON.stringify(channel) },
      translator: translatorOf(gateway),
    });
  };
  await sentTo(before, 1, 'as it was');
  await change(before.channel);
  await sentTo(before, 2, 'the same again');
  await change(after.channel);
  await sentTo(after, 1, 'where it moved');
  await change('mailbox');
  const id = await submit();
  await gateway.outcome(id, 20_000);
  t.match(await gateway.store.inbox('customs', 0, 10), [{ message: `${id}-1` }], 'and where it fetches from now on');
});

t.test('a channel that cannot be opened is told, and what waits for it waits', async (t) => {
  const { submit, gateway, until, store } = await run(t, { channels: { customs: { kind: 'pigeon', settings: {} } } });
  const id = await submit();
  const opened = await until(({ event }) => event === 'circuit opened');
  t.match(opened, { code: 'SEND_SETTINGS', party: 'customs', actor: 'operator' });
  t.match(gateway.departures.status, [{ party: 'customs', circuit: 'open' }]);
  t.match(await store.jobsOf(`${id}-1`), [{ kind: 'deliver', state: 'ready', attempts: 0, queue: 'customs' }]);
});

function translatorOf({ library }: Running['gateway']): Parameters<Running['gateway']['change']>[0]['translator'] {
  return inlineTranslator(library, base);
}
