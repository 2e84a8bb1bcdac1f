import { text } from 'node:stream/consumers';
import t from 'tap';
import { closeLetter, letters } from '../../../src/gateway/answers/letters.ts';
import { replay } from '../../../src/gateway/delivery/replay.ts';
import { contentFor, viewMessage } from '../../../src/gateway/views/view.ts';
import type { InForce } from '../../../src/gateway/gateway.ts';
import { inlineTranslator } from '../../../src/gateway/translation/translator.ts';
import type { Configuration } from '../../../src/partners/config.ts';
import { verifyFolder } from '../../store/damage.ts';
import { sample } from '../../web/fixture.ts';
import { base, loaded, recipient, run, sender, type Running } from '../delivery-fixture.ts';

const operator = { role: 'operator', id: 'demo' } as const;

t.test('a delivery that stopped is told with its cause and the next step, and is sent again as the same delivery', async (t) => {
  const customs = await recipient(t);
  let isUp = false;
  customs.answer = (_, response) => void response.writeHead(isUp ? 200 : 401).end('who are you');
  const { submit, gateway, store, until } = await run(t, {
    channels: { customs: customs.channel },
    terms: { customs: { circuit: { failures: 5, pause: 20, longest: 20 } } },
  });
  const id = await submit('latin-1');
  const message = `${id}-1`;
  await until(({ event }) => event === 'delivery failed');
  await gateway.outcome(id, 20_000);
  t.match(await letters(store, {}), {
    items: [
      { id: message, what: 'delivery', party: 'customs', code: 'SEND_AUTH', actor: 'operator', attempts: 1, next: new RegExp(`portolan replay ${message}`) },
    ],
    next: null,
  });
  t.match(await letters(store, { code: 'SEND_BUSY' }), { items: [] });
  t.match(await viewMessage(store, message, operator), {
    deliveries: [{ party: 'customs', state: 'stopped', attempts: 1, code: 'SEND_AUTH', next: null }],
    agencies: { customs: 'failed' },
  });
  isUp = true;
  t.match(await replay(gateway, message, 'demo'), { replayed: 'delivery', deliveries: [customs.got[0]!.delivery] });
  await until(({ event, party }) => event === 'delivered' && party === 'customs');
  t.same(customs.got.map(({ attempt }) => attempt), [1, 2]); // prettier-ignore
  t.equal(new Set(customs.got.map(({ delivery }) => delivery)).size, 1);
  t.equal((await store.state(message))?.agencies['customs'], 'delivered');
  t.match(
    (await store.timeline(message)).flatMap(({ record }) => (record?.party === 'customs' ? [record] : [])),
    [
      { kind: 'translated' },
      { kind: 'failed', detail: { code: 'SEND_AUTH' } },
      { kind: 'replayed', detail: { by: 'demo' }, refs: [{ kind: 'replay-of', id: customs.got[0]!.delivery }] },
      { kind: 'sent', detail: { attempt: 2 } },
      { kind: 'delivered' },
    ],
  );
  t.match(await replay(gateway, message, 'demo'), { refused: { code: 'REPLAY_NOTHING' } }, 'and there is nothing more to do');
  const again = await replay(gateway, message, 'demo', 'customs');
  t.match(again, { replayed: 'delivery', deliveries: [`${customs.got[0]!.delivery}-2`] }, 'unless the agency is named: another delivery');
  await customs.has(3);
  t.equal(customs.got[2]!.bytes, customs.got[0]!.bytes);
  t.equal(await replay(gateway, '01KAG000000000000000009999-1', 'demo'), undefined);
});

/** Other routes, from now on. */
async function reroute({ gateway }: Running, configuration: Configuration): Promise<void> {
  const translator = inlineTranslator(gateway.library, configuration);
  await gateway.change({
    library: gateway.library,
    configuration,
    recorded: { ...loaded, hash: JSON.stringify(configuration.routes).length.toString() },
    translator,
  });
}

t.test('what was for nobody is translated anew by what is in force today, and only for those that were not given it', async (t) => {
  const nowhere = { ...base, routes: [] };
  const running = await run(t, { change: () => nowhere });
  const { submit, gateway, store, folder } = running;
  const id = await submit();
  await gateway.outcome(id, 20_000);
  const message = `${id}-1`;
  t.equal((await store.state(message))?.state, 'unrouted');
  await reroute(running, { ...base, routes: [{ route: 'all', to: ['customs'], policy: 'send' }] });
  t.match(await replay(gateway, message, 'demo'), { replayed: 'translation', attempt: 2 });
  await inboxOf(running, 'customs', 1);
  t.equal((await store.state(message))?.state, 'sent');
  t.match(await store.inbox('customs', 0, 10), [{ number: 1, message, content: { owner: message, stage: 'customs~2' } }]);
  const seen = await contentFor(gateway, message, undefined, { role: 'agency', id: 'customs' });
  t.match(await text(seen!.chunks()), /<Declaration/, 'the agency finds it where it looks');
  t.equal((await store.timeline(id)).filter(({ record }) => record?.kind === 'acknowledged').length, 1, 'its sender is answered once');
  t.match(
    (await store.timeline(message)).filter(({ record }) => record?.kind === 'replayed'),
    [{ record: { refs: [{ kind: 'replay-of', id: message }], detail: { by: 'demo', attempt: 2 } } }],
  );
  t.match(await replay(gateway, message, 'demo'), { refused: { code: 'REPLAY_NOTHING', args: { reason: /everybody has it/ } } });

  await reroute(running, { ...base, routes: [{ route: 'both', to: ['customs', 'port-health'], policy: 'send' }] });
  const other = await submit();
  await gateway.outcome(other, 20_000);
  t.equal((await store.inbox('customs', 0, 10)).length, 1 + (await store.messagesOf(other)).length, 'nothing was doubled');
  await gateway.close();
  t.match(verifyFolder(folder), { ok: true });
});

t.test('who was told that its message is rejected is told, once, that it was accepted after all', async (t) => {
  const agreed = (tolerance: object): Configuration => ({
    ...base,
    partners: base.partners.map((each) => (each.id === sender.id ? { ...each, agreement: { ...each.agreement, contrl: 'always', tolerance } } : each)),
  });
  const running = await run(t, { change: () => agreed({ EDIFACT_COUNT_MISMATCH: 'error' }) });
  const { gateway, store } = running;
  const bytes = Buffer.from(
    sample('two-bills')
      .toString('latin1')
      .replace(/UNT\+\d+/, 'UNT+99'),
    'latin1',
  );
  const received = await gateway.submit({ bytes, partner: gateway.configuration.partners.find((each) => each.id === sender.id)!, grade: 'D' });
  const id = received.accepted ? received.id : '';
  await gateway.outcome(id, 20_000);
  const message = `${id}-1`;
  t.equal((await store.state(message))?.state, 'rejected');
  const told = async () => (await store.inbox(sender.id, 0, 10)).map(({ kind, content }) => [kind, content.owner, content.stage]);
  t.same(await told(), [['rejection', id, 'contrl']]);
  t.match(await replay(gateway, message, 'demo'), { replayed: 'translation' }, 'nothing has changed');
  while ((await store.timeline(message)).filter(({ record }) => record?.kind === 'rejected').length < 2) await new Promise((resolve) => setImmediate(resolve));
  t.equal((await told()).length, 1, 'it was told that before');

  const tolerant = agreed({});
  await gateway.change({
    library: gateway.library,
    configuration: tolerant,
    recorded: { ...loaded, hash: 'tolerant' },
    translator: inlineTranslator(gateway.library, tolerant),
  });
  t.match(await replay(gateway, message, 'demo'), { replayed: 'translation', attempt: 3 });
  await inboxOf(running, sender.id, 2);
  t.same((await told())[1], ['acknowledgement', message, 'contrl~3']);
  const [first, second] = [await store.content({ owner: id, stage: 'contrl' }), await store.content({ owner: message, stage: 'contrl~3' })].map((each) =>
    Buffer.from(each!).toString(),
  );
  t.match(second, /UCI\+[^']*\+7'/);
  t.not(/^UNB(?:\+[^+]*){4}\+([^+']*)/m.exec(first!)?.[1], /^UNB(?:\+[^+]*){4}\+([^+']*)/m.exec(second!)?.[1], 'under a reference of its own');
  t.match(await replay(gateway, message, 'demo'), { refused: { code: 'REPLAY_NOTHING' } });
  t.equal((await told()).length, 2);
  await gateway.close();
  t.match(verifyFolder(running.folder), { ok: true });
});

/** Resolves when so much lies in a mailbox. */
async function inboxOf({ store, until, events }: Running, party: string, count: number): Promise<void> {
  while ((await store.inbox(party, 0, count)).length < count) {
    const seen = events.length;
    await until((event) => events.indexOf(event) >= seen);
  }
}

t.test('an interchange that failed as a whole is translated once more, unless its sender has sent it again', async (t) => {
  const running = await run(t, {});
  const { gateway, store } = running;
  const broken: InForce['translator'] = { ...inlineTranslator(gateway.library, base), translate: () => Promise.reject(new Error('a defect')) };
  const inForce = { library: gateway.library, configuration: base };
  await gateway.change({ ...inForce, recorded: { ...loaded, hash: 'broken' }, translator: broken });
  const [first, second] = [await running.submit(), await sent(running)];
  await gateway.outcome(first, 20_000);
  await gateway.outcome(second, 20_000);
  t.equal((await store.state(first))?.state, 'failed');
  t.match(await letters(store, {}), { items: [{ id: first, what: 'translation', code: 'GATEWAY_NOT_READ' }, { id: second }] });
  await gateway.change({ ...inForce, recorded: { ...loaded, hash: 'mended' }, translator: inlineTranslator(gateway.library, base) });

  t.match(await replay(gateway, first, 'demo'), { replayed: 'translation', attempt: 2 });
  await gateway.outcome(first, 20_000);
  t.equal((await store.state(first))?.state, 'processed');

  const again = await sent(running);
  await gateway.outcome(again, 20_000);
  t.equal((await store.state(again))?.state, 'processed', 'its sender was told that it may send it again');
  t.match(await replay(gateway, second, 'demo'), { refused: { code: 'REPLAY_NOTHING', args: { reason: new RegExp(again) } } });
  t.same((await store.stopped(0, 10)).map(({ owner }) => owner), [second]); // prettier-ignore

  const [{ number } = { number: 0 }] = (await letters(store, {})).items;
  t.equal(await closeLetter(store, number + 1, 'demo', 'of another number'), false);
  t.same([await closeLetter(store, number, 'demo', 'sent again'), await closeLetter(store, number, 'demo', 'twice')], [true, false]);
  t.same(await letters(store, {}), { items: [], next: null }, 'an operator says that nothing more will come of it');
  t.match((await store.timeline(second)).at(-1)?.record, { kind: 'settled', interchange: second, party: sender.id, detail: { what: 'translation', code: 'GATEWAY_NOT_READ', by: 'demo', reason: 'sent again' } }); // prettier-ignore
});

t.test('a replay of a message that failed stands among what stopped until the next one is under way', async (t) => {
  const running = await run(t, { change: () => ({ ...base, routes: [] }) });
  const { submit, gateway, store, until } = running;
  const message = `${await submit()}-1`;
  await gateway.outcome(message.split('-')[0]!, 20_000);
  const inForce = { library: gateway.library, configuration: { ...base, routes: [{ route: 'all', to: ['customs'], policy: 'send' }] } } as const;
  const translator = inlineTranslator(gateway.library, inForce.configuration);
  const down: InForce['translator'] = { ...translator, translate: () => Promise.reject(new Error('a defect')) };
  await gateway.change({ ...inForce, recorded: { ...loaded, hash: 'broken' }, translator: down });
  t.match(await replay(gateway, message, 'demo'), { replayed: 'translation', attempt: 2 });
  await until(({ event }) => event === 'translation failed');
  t.match(await letters(store, {}), { items: [{ id: message, what: 'translation' }], next: null });
  await gateway.change({ ...inForce, recorded: { ...loaded, hash: 'mended' }, translator });
  t.match(await replay(gateway, message, 'demo'), { replayed: 'translation', attempt: 3 });
  await inboxOf(running, 'customs', 1);
  t.same(await letters(store, {}), { items: [], next: null });
});

async function sent({ gateway }: Running): Promise<string> {
  const received = await gateway.submit({ bytes: sample('latin-1'), partner: sender, grade: 'D' });
  if (!received.accepted) throw new Error('it was not accepted');
  return received.id;
}

t.test('what was replayed keeps its reference: its sender cannot have it done twice', async (t) => {
  const running = await run(t, {});
  const { gateway } = running;
  const inForce = { library: gateway.library, configuration: base };
  const down: InForce['translator'] = { ...inlineTranslator(gateway.library, base), translate: () => Promise.reject(new Error('a defect')) };
  await gateway.change({ ...inForce, recorded: { ...loaded, hash: 'broken' }, translator: down });
  const id = await sent(running);
  await gateway.outcome(id, 20_000);
  await gateway.change({ ...inForce, recorded: { ...loaded, hash: 'mended' }, translator: inlineTranslator(gateway.library, base) });
  t.match(await replay(gateway, id, 'demo'), { replayed: 'translation' });
  await gateway.outcome(id, 20_000);
  t.match(await gateway.submit({ bytes: sample('latin-1'), partner: sender, grade: 'D' }), { accepted: true, duplicate: true, id });
});
