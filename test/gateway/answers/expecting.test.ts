import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { main } from '../../../src/cli/main.ts';
import { letters } from '../../../src/gateway/answers/letters.ts';
import { closeOverdue, overdue } from '../../../src/gateway/answers/overdue.ts';
import { replay } from '../../../src/gateway/delivery/replay.ts';
import { ownReference } from '../../../src/gateway/outcome/jobs.ts';
import { concernsIn } from '../../../src/gateway/views/concerns.ts';
import { acknowledgeItem } from '../../../src/gateway/views/mailbox-view.ts';
import { viewMessage } from '../../../src/gateway/views/view.ts';
import { asSender } from '../../../src/partners/agency.ts';
import type { ExpectedAnswer } from '../../../src/partners/expectations.ts';
import type { Partner } from '../../../src/partners/partner.ts';
import { verifyFolder } from '../../store/damage.ts';
import { base, run, type Running } from '../delivery-fixture.ts';

/** Customs takes the cargo report in EDIFACT, acknowledges it by CONTRL and answers in WCO XML. */
const operator = { role: 'operator', id: 'demo' } as const;
const hour = 3_600_000;
const customs = { ...asSender(base.agencies.find(({ id }) => id === 'customs')!) };
const edi: Partner = { ...customs, id: 'customs-edi', identities: [{ id: 'CUSTOMS' }] };

async function waiting(t: Test, folder: string, expects: readonly ExpectedAnswer[]): Promise<Running> {
  return run(t, {
    folder,
    terms: { customs: { expects } },
    change: (all) => ({
      ...all,
      partners: [...all.partners, edi],
      agencies: all.agencies.map((each) => (each.id === 'customs' ? { ...each, map: 'un/cuscar/d95b' } : each)),
    }),
  });
}

let count = 0;
async function says(running: Running, bytes: string, partner = edi): Promise<void> {
  const received = await running.gateway.submit({ bytes: Buffer.from(bytes), partner, grade: 'B' });
  if (!received.accepted) throw new Error(JSON.stringify(received.findings));
  await running.until(({ event, interchange }) => event === 'translated' && interchange === received.id);
}

const contrl = (interchange: string, action: 4 | 7): string =>
  `UNB+UNOC:3+CUSTOMS+PORTOLAN+261121:0830+K${++count}'UNH+1+CONTRL:D:3:UN'UCI+${ownReference(interchange, 1)}+PORTOLAN+CUSTOMS+${action}'UNT+3+1'UNZ+1+K${count}'`;

const response = (declaration: string): string =>
  `<MetaData xmlns="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"><WCOTypeName>RES</WCOTypeName><Response xmlns="urn:wco:datamodel:WCO:RES-DMS:2" xmlns:ds="urn:wco:datamodel:WCO:Response_DS:DMS:2"><FunctionCode>01</FunctionCode><FunctionalReferenceID>R${++count}</FunctionalReferenceID><IssueDateTime><ds:DateTimeString formatCode="304">20260914101500Z</ds:DateTimeString></IssueDateTime><Declaration><FunctionalReferenceID>${declaration}</FunctionalReferenceID><ID>26NL000000000041${count}</ID></Declaration></Response></MetaData>`;

const owed = async ({ store }: Running, message: string): Promise<string[]> =>
  ((await viewMessage(store, message, operator)) as unknown as { owed: { answer: string; state: string }[] }).owed.map(
    ({ answer, state }) => `${answer} ${state}`,
  );
const kinds = async ({ store }: Running, message: string): Promise<string[]> =>
  (await store.timeline(message)).flatMap(({ record }) => (record?.party === 'customs' && record.kind !== 'translated' ? [record.kind] : []));
const isOverdue = (message: string) => (event: { readonly event: string; readonly message?: unknown }) =>
  event.event === 'answer overdue' && event.message === message;

t.test('the answers that are owed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-owed-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const terms: readonly ExpectedAnswer[] = [
    { answer: 'acknowledgement', by: ['CONTRL'], within: 100 },
    { answer: 'response', to: ['CUSCAR'], within: hour },
    { answer: 'response', to: ['IFTMIN'], within: hour },
  ];
  let running = await waiting(t, folder, terms);

  await t.test('one that does not come is overdue, waits for a person, and is neither sent nor read again', async (t) => {
    const { gateway, store, submit, until } = running;
    const id = await submit();
    const message = `${id}-1`;
    t.match(await until(isOverdue(message)), { code: 'ANSWER_OVERDUE', actor: 'agency', party: 'customs', answer: 'acknowledgement' });
    t.same(await owed(running, message), ['acknowledgement overdue', 'response awaited']);
    t.match(await overdue(store), { items: [{ id: message, party: 'customs', answer: 'acknowledgement', by: ['CONTRL'], actor: 'agency' }], next: null });
    t.match(await overdue(store, { party: 'port-health' }), { items: [] });
    t.match(await letters(store, {}), { items: [] });
    t.match(await replay(gateway, message, 'demo'), { refused: { code: 'REPLAY_NOTHING' } });
    t.match(await concernsIn(gateway), [{ actor: 'agency', code: 'ANSWER_OVERDUE', count: 1, next: /portolan overdue/ }]);
    let text = '';
    const io = { out: (said: string) => void (text += said), tell: () => undefined };
    await main(['status', '--data', folder], io);
    t.match(text, /agency must act:\n.*\n.*acknowledgement +customs +ANSWER_OVERDUE/);
    await main(['overdue', '--data', folder], io);
    t.match(text, /agency must act:\nnumber .*\n\d+ .*customs +acknowledgement \(CONTRL\)/);

    await says(running, contrl(id, 7));
    t.match(await until(({ event }) => event === 'answer late'), { message, party: 'customs' });
    t.match(await overdue(store), { items: [] });
    t.same(await owed(running, message), ['response awaited']);
    t.same(await kinds(running, message), ['sent', 'overdue', 'acknowledged', 'settled']);
    const settled = (await store.timeline(message)).find(({ record }) => record?.kind === 'settled')?.record;
    t.ok((settled?.detail as { late: number }).late > 0, 'the timeline says how late it was');
    t.match(settled?.refs, [{ kind: 'answered-by' }]);
  });

  await t.test('one that comes in time leaves nothing behind', async (t) => {
    running.gateway.channels.know({
      partners: [],
      agencies: [
        { ...base.agencies[0]!, id: 'customs', delivery: { ...base.agencies[0]!.delivery, expects: terms.map((each) => ({ ...each, within: hour })) } },
      ],
    });
    const id = await running.submit();
    const message = `${id}-1`;
    await running.gateway.outcome(id, 20_000);
    t.same(await owed(running, message), ['acknowledgement awaited', 'response awaited']);
    await says(running, contrl(id, 7));
    t.same(await owed(running, message), ['response awaited']);
    t.same(await kinds(running, message), ['sent', 'acknowledged']);
  });

  await t.test('after a refusal there is nothing more to wait for', async (t) => {
    const id = await running.submit();
    await running.gateway.outcome(id, 20_000);
    await says(running, contrl(id, 4));
    t.same(await owed(running, `${id}-1`), []);
    t.equal((await running.store.state(`${id}-1`))?.agencies['customs'], 'rejected');
  });

  await t.test('one that goes farther was waited for too', async (t) => {
    const id = await running.submit();
    await running.gateway.outcome(id, 20_000);
    await says(running, response('BAL26-0438-RTM'), customs);
    t.same(await owed(running, `${id}-1`), []);
    t.same(await kinds(running, `${id}-1`), ['sent', 'acknowledged']);
  });

  await t.test('an operator closes what was settled otherwise, once', async (t) => {
    running.gateway.channels.know(running.gateway.configuration);
    const id = await running.submit();
    await running.until(isOverdue(`${id}-1`));
    const [{ number } = { number: 0 }] = (await overdue(running.store)).items;
    t.same([await closeOverdue(running.store, number, 'demo', 'by telephone'), await closeOverdue(running.store, number, 'demo', 'again')], [true, false]);
    t.match((await running.store.timeline(`${id}-1`)).at(-1)?.record, { kind: 'settled', detail: { by: 'demo', reason: 'by telephone' } });
  });

  await t.test('what was cleared by nobody, because the process ended, is cleared at the next start; what is still owed is overdue once', async (t) => {
    const answered = await running.submit();
    await running.until(isOverdue(`${answered}-1`));
    running.gateway.expecting.heard = () => Promise.resolve(); // as if it ended after the outcome of the answer
    await says(running, contrl(answered, 7));
    t.same(await owed(running, `${answered}-1`), ['acknowledgement overdue', 'response awaited']);
    const silent = await running.submit();
    await running.gateway.outcome(silent, 20_000);
    await running.gateway.close();
    running = await waiting(t, folder, terms);
    while ((await owed(running, `${answered}-1`)).length > 1) await new Promise((resolve) => setImmediate(resolve));
    while (!(await owed(running, `${silent}-1`)).includes('acknowledgement overdue')) await new Promise((resolve) => setImmediate(resolve));
    t.match(await overdue(running.store), { items: [{ id: `${silent}-1` }] });
    t.same(await kinds(running, `${silent}-1`), ['sent', 'overdue']);
    t.equal((await kinds(running, `${answered}-1`)).at(-1), 'settled');

    await t.test('what is given once more is owed an answer of its own', async (t) => {
      t.match(await replay(running.gateway, `${silent}-1`, 'demo', 'customs'), { replayed: 'delivery' });
      t.match(await overdue(running.store), { items: [] });
      await running.until(() => running.events.filter(isOverdue(`${silent}-1`)).length === 2);
      t.match((await overdue(running.store)).items, [{ id: `${silent}-1`, delivery: /-2$/ }]);
    });
    await running.gateway.close();
    t.match(verifyFolder(folder), { ok: true });
  });
});

t.test('what is fetched from a mailbox may be owed too', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-owed-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const running = await waiting(t, folder, [{ answer: 'receipt', within: hour }]);
  const id = await running.submit();
  await running.gateway.outcome(id, 20_000);
  t.same(await owed(running, `${id}-1`), ['receipt awaited']);
  await acknowledgeItem(running.gateway, { role: 'agency', id: 'customs' }, 1, undefined);
  t.same(await owed(running, `${id}-1`), []);
});
