import t from 'tap';
import type { Handed } from '../../../src/channels/channel.ts';
import { openStore } from '../../../src/store/open.ts';
import { verifyFolder } from '../../store/damage.ts';
import { recipient, run, testChannel } from '../delivery-fixture.ts';

t.test('what is for an agency with a channel goes by it, and its answer is kept as proof', async (t) => {
  const customs = await recipient(t);
  const { submit, gateway, store } = await run(t, { channels: { customs: customs.channel } });
  const id = await submit();
  await gateway.outcome(id, 20_000);
  const [got] = customs.got;
  t.match(customs.got, [{ attempt: 1, kind: 'message' }]);
  t.match(got!.delivery, new RegExp(`^${id}-1-[0-9a-f]{16}$`));
  t.equal(got!.bytes, Buffer.from((await store.content({ owner: `${id}-1`, stage: 'customs' }))!).toString());
  t.same(await store.inbox('customs', 0, 10), [], 'and not into a mailbox');
  t.equal((await store.state(`${id}-1`))?.agencies['customs'], 'delivered');
  const steps = (await store.timeline(`${id}-1`)).map(({ record }) => record!).filter(({ party, kind }) => party === 'customs' && kind !== 'translated');
  t.match(steps, [
    { kind: 'sent', content: { stage: 'customs' }, detail: { channel: 'test', attempt: 1, delivery: got!.delivery } },
    { kind: 'delivered', grade: 'B', content: { media: 'text/plain' }, detail: { attempt: 1 } },
  ]);
  const proof = await store.content({ owner: `${id}-1`, stage: steps[1]!.content!.stage });
  t.equal(Buffer.from(proof!).toString(), 'thank you', 'byte for byte');
  t.same(await store.queue(), []);
});

t.test('acknowledgements go by the channel of the partner', async (t) => {
  const partner = await recipient(t);
  const { submit, gateway, store } = await run(t, {
    channels: { 'blue-anchor': partner.channel },
    change: (configuration) => ({
      ...configuration,
      partners: configuration.partners.map((each) => ({ ...each, agreement: { ...each.agreement, contrl: 'always' } })),
    }),
  });
  const id = await submit();
  await gateway.outcome(id, 20_000);
  await partner.has(1);
  t.match(partner.got, [{ kind: 'acknowledgement', bytes: /UCI/ }]);
  t.same(await store.inbox('blue-anchor', 0, 10), []);
});

t.test('what could not be delivered is tried again, as the same delivery', async (t) => {
  const customs = await recipient(t);
  customs.answer = ({ attempt }, response) => void response.writeHead(attempt < 3 ? 503 : 200).end('busy');
  const { submit, store, until, events } = await run(t, {
    channels: { customs: customs.channel },
    terms: { customs: { retry: { first: 20, longest: 40, for: 60_000 } } },
  });
  const id = await submit();
  await until(({ event, party }) => event === 'delivered' && party === 'customs');
  t.same(customs.got.map(({ attempt }) => attempt), [1, 2, 3]); // prettier-ignore
  t.equal(new Set(customs.got.map(({ delivery }) => delivery)).size, 1);
  t.match(
    events.filter(({ event }) => event === 'delivery failed'),
    [
      { code: 'SEND_BUSY', attempt: 1, actor: 'agency', retry: 'backoff' },
      { code: 'SEND_BUSY', attempt: 2 },
    ],
  );
  const steps = (await store.timeline(`${id}-1`)).map(({ record }) => record!).filter(({ party, kind }) => party === 'customs' && kind !== 'translated');
  t.match(steps, [
    { kind: 'failed', detail: { code: 'SEND_BUSY', attempt: 1, next: /^20/ } },
    { kind: 'failed', detail: { attempt: 2 } },
    { kind: 'sent', detail: { attempt: 3 } },
    { kind: 'delivered' },
  ]);
  t.equal((await store.state(`${id}-1`))?.agencies['customs'], 'delivered');
});

t.test('a refusal is not tried again; it waits, with its cause, for a person', async (t) => {
  const customs = await recipient(t);
  customs.answer = (_, response) => void response.writeHead(422).end('no such office');
  const { submit, store, gateway } = await run(t, { channels: { customs: customs.channel } });
  const id = await submit();
  await gateway.outcome(id, 20_000);
  t.equal(customs.got.length, 1);
  t.equal((await store.state(`${id}-1`))?.agencies['customs'], 'failed');
  t.match(await store.stopped(0, 10), [{ kind: 'deliver', state: 'dead', code: 'SEND_REFUSED', retry: 'never', owner: `${id}-1`, queue: 'customs' }]);
  t.match(await store.stopped(0, 10, { code: 'SEND_BUSY' }), []);
});

t.test('who confirms later settles the delivery once, with a proof; said again it is known', async (t) => {
  const customs = await recipient(t);
  customs.answer = (_, response) => void response.writeHead(202).end();
  const { submit, store, until } = await run(t, {
    channels: { customs: customs.channel },
    change: (configuration) => ({
      ...configuration,
      agencies: configuration.agencies.map((each) => (each.id === 'customs' ? { ...each, arrivals: [{ kind: 'test', settings: {} }] } : each)),
    }),
  });
  const id = await submit();
  await until(({ event, party }) => event === 'sent' && party === 'customs');
  t.equal((await store.state(`${id}-1`))?.agencies['customs'], 'sent');
  const { delivery } = customs.got[0]!;
  const handed: Handed = { state: 'delivered', proof: { media: 'multipart/signed', bytes: Buffer.from('signed'), grade: 'A' } };
  const arrival = { channel: 'test', party: '', grade: 'A', bytes: Buffer.from('signed'), about: { delivery, handed } } as const;
  const first = await testChannel.bring!(arrival);
  t.match(first, { taken: true, id, duplicate: false });
  t.equal((await store.state(`${id}-1`))?.agencies['customs'], 'delivered');
  const again = await testChannel.bring!(arrival);
  t.match(again, { taken: true, id, duplicate: true, receipt: 'receipt' in first ? first.receipt : '' });
  t.match(await testChannel.bring!({ ...arrival, about: { delivery: `${delivery.slice(0, -1)}x`, handed } }), { taken: false, code: 'SEND_UNKNOWN' });
  const delivered = (await store.timeline(`${id}-1`)).filter(({ record }) => record?.kind === 'delivered');
  t.match(delivered, [{ record: { grade: 'A', party: 'customs', content: { media: 'multipart/signed', size: 6 } } }]);
  t.equal(delivered.length, 1);
  t.same(await store.queue(), []);
});

t.test('who confirms while the answer to the same delivery is written down is heard: once, whichever comes first', async (t) => {
  const customs = await recipient(t);
  let sent = (): void => undefined; // it stands in the books that it was handed over
  const isSent = new Promise<void>((resolve) => (sent = resolve));
  customs.answer = ({ delivery }, response) => {
    const handed: Handed = { state: 'delivered', proof: { media: 'multipart/signed', bytes: Buffer.from('signed'), grade: 'A' } };
    said = testChannel.bring!({ channel: 'test', party: '', grade: 'A', bytes: Buffer.from('signed'), about: { delivery, handed } });
    answer = () => void response.writeHead(202).end();
  };
  let answer = (): void => undefined;
  let said: ReturnType<NonNullable<typeof testChannel.bring>> | undefined;
  const { submit, store, until } = await run(t, {
    channels: { customs: customs.channel },
    change: (configuration) => ({
      ...configuration,
      agencies: configuration.agencies.map((each) => (each.id === 'customs' ? { ...each, arrivals: [{ kind: 'test', settings: {} }] } : each)),
    }),
    store: (folder) => {
      const opened = openStore({ folder });
      const { jobsOf } = opened;
      opened.jobsOf = async (owner) => {
        const jobs = await jobsOf.call(opened, owner);
        if (!jobs.some(({ kind, queue }) => kind === 'deliver' && queue === 'customs')) return jobs;
        answer(); // only now, so that it is written down between the look and the commit
        await isSent;
        return jobs;
      };
      return opened;
    },
  });
  const id = await submit();
  await until(({ event, party }) => event === 'sent' && party === 'customs');
  sent();
  t.match(await said, { taken: true, id, duplicate: false });
  t.equal((await store.state(`${id}-1`))?.agencies['customs'], 'delivered');
  t.same(await store.queue(), [], 'and nothing waits to be sent again');
});

t.test('what a channel brings goes the ordinary way, and its proof is kept', async (t) => {
  const { gateway, store, folder } = await run(t, {
    change: (configuration) => ({
      ...configuration,
      partners: configuration.partners.map((each) => (each.id === 'blue-anchor' ? { ...each, arrivals: [{ kind: 'test', settings: {} }] } : each)),
    }),
  });
  const { sample } = await import('../../web/fixture.ts');
  const arrival = {
    channel: 'test',
    party: '',
    grade: 'A',
    bytes: sample('two-bills'),
    key: '<1@blue-anchor>',
    name: 'manifest.edi',
    proof: { media: 'multipart/signed', bytes: Buffer.from('what it signed'), grade: 'A' },
  } as const;
  const taken = await testChannel.bring!(arrival);
  if (!taken.taken) throw new Error(taken.reason);
  await gateway.outcome(taken.id, 20_000);
  t.equal((await store.state(taken.id))?.state, 'processed');
  t.match(await store.timeline(taken.id), [
    { record: { kind: 'received', grade: 'A', content: { stage: 'original' }, detail: { channel: 'test', key: '<1@blue-anchor>', name: 'manifest.edi' } } },
    { record: { kind: 'received', grade: 'A', content: { stage: 'proof', media: 'multipart/signed' } } },
  ]);
  t.equal(Buffer.from((await store.content({ owner: taken.id, stage: 'proof' }))!).toString(), 'what it signed');
  t.match(JSON.parse(taken.receipt), { index: (await store.timeline(taken.id))[0]!.index });
  t.match(await testChannel.bring!(arrival), { taken: true, id: taken.id, duplicate: true, receipt: taken.receipt }, 'the same transmission is one');
  t.match(
    await testChannel.bring!({ ...arrival, key: '<2@blue-anchor>', bytes: Buffer.alloc(0) }),
    { taken: false, code: 'FETCH_EMPTY' },
    'not told as over HTTP',
  );
  const other = Buffer.from(sample('two-bills').toString('latin1').replace('M2609', 'M2610'), 'latin1');
  t.match(await testChannel.bring!({ ...arrival, bytes: Buffer.concat([other, Buffer.from('\n')]) }), { taken: false, code: 'GATEWAY_DUPLICATE' });
  t.match(await testChannel.bring!({ ...arrival, bytes: Buffer.from('nothing') }), { taken: false, code: /SYNTAX|EDIFACT/ });
  await gateway.close();
  t.match(verifyFolder(folder), { ok: true }, 'and all of it verifies');
});
