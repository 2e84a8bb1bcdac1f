import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openGateway, type RunningGateway } from '../../../src/cli/running.ts';
import { loadConfigurationFolder } from '../../../src/gateway/library/library.ts';
import { Channels } from '../../../src/gateway/delivery/channels.ts';
import { Dispatcher } from '../../../src/gateway/delivery/dispatch.ts';
import { messageState } from '../../../src/gateway/outcome/fates.ts';
import { Gateway } from '../../../src/gateway/gateway.ts';
import type { Received } from '../../../src/gateway/intake/intake.ts';
import { TranslatorDown } from '../../../src/gateway/translation/threads.ts';
import { inlineTranslator, type Translator } from '../../../src/gateway/translation/translator.ts';
import { StoreError } from '../../../src/store/fault.ts';
import { openStore } from '../../../src/store/open.ts';
import { stateBy } from '../../../src/store/state.ts';
import { readDirectory } from '../../../src/syntax/segments/tables.ts';
import { root } from '../../root.ts';
import { library, sample } from '../../web/fixture.ts';

const config = join(root, 'samples/gateway');
const loaded = loadConfigurationFolder(config, library);
const partner = loaded.configuration!.partners.find(({ id }) => id === 'blue-anchor')!;
const open = (data: string, dispatch: boolean, from = config): Promise<RunningGateway> =>
  openGateway({ library, loaded: loadConfigurationFolder(from, library), config: from, data, report: () => undefined, workers: 0, dispatch });

/** A data folder, and a configuration folder that may be changed. */
function folders(t: { teardown(end: () => unknown): void }): { readonly data: string; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(config, join(folder, 'config'), { recursive: true });
  return { data: join(folder, 'data'), path: join(folder, 'config') };
}

function idOf(received: Received): string {
  if (!received.accepted) throw new Error('it was not accepted');
  return received.id;
}

t.test('what was accepted before the process ended is worked off at the next start: recovery is the ordinary first step', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(data, { recursive: true, force: true }));
  const first = await open(data, false);
  const received = await first.gateway.submit({ bytes: sample('two-bills'), partner, grade: 'D' });
  if (!received.accepted) throw new Error('it was not accepted');
  t.equal((await first.gateway.store.state(received.id))?.state, 'received', 'accepted, and nothing done');
  await first.close();

  const second = await open(data, true);
  await second.gateway.outcome(received.id, 20_000);
  t.equal((await second.gateway.store.state(received.id))?.state, 'processed');
  t.match(await second.gateway.store.inbox('customs', 0, 10), [{ number: 1, message: `${received.id}-1` }]);
  t.equal((await second.gateway.store.inbox('customs', 0, 10)).length, 1);
  await second.close();

  const third = await open(data, true);
  t.same(await third.gateway.store.queue(), [], 'and nothing is done twice');
  t.equal((await third.gateway.store.inbox('customs', 0, 10)).length, 1);
  await third.close();
});

t.test('plans and configuration in force are entries, once', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(data, { recursive: true, force: true }));
  const first = await open(data, false);
  const size = await first.gateway.store.size();
  t.equal(size, library.catalog.maps.length + 1);
  await first.close();
  const second = await open(data, false);
  t.equal(await second.gateway.store.size(), size, 'the same again is no entry');
  const { store } = second.gateway;
  const map = library.catalog.maps.find(({ name }) => name === 'un/cuscar/d95b');
  const list = JSON.parse(Buffer.from((await store.content({ owner: `plan:${map!.planHash}`, stage: 'files' }))!).toString()) as Record<string, string>;
  const kept = async (path: string): Promise<string> => Buffer.from((await store.content({ owner: `file:${list[path]}`, stage: 'text' }))!).toString();
  for (const path of [map!.file, 'schemas/wco/dm3.tsv'])
    t.equal(await kept(path), readFileSync(join(root, path), 'utf8'), `${path} can be had again as it was`);
  for (const [name, folder] of [
    ['D95B', 'un'],
    ['service-3', 'service'],
  ] as const) {
    const [index, segments, messages, codes] = await Promise.all(
      ['index', 'segments', 'messages', 'codes'].map((file) => kept(`schemas/edifact/${folder}/${file}.txt`)),
    );
    const among = [...index!.matchAll(/^([\w-]+)\t/gm)].map(([, each]) => each!);
    const again = readDirectory(name, { segments: segments!, messages: messages!, codes: codes! }, among);
    t.same(again.segments, library.directories.get(name)!.segments, `${name} can be had again as it was`);
  }
  await second.close();
});

t.test('what could not be translated ends as failed, and the same bytes may be sent again', async (t) => {
  const { data, path } = folders(t);
  const first = await open(data, false);
  const received = await first.gateway.submit({ bytes: sample('latin-1'), partner, grade: 'D' });
  await first.close();

  rmSync(join(path, 'partners/blue-anchor.yaml')); // meanwhile nobody knows the sender any more
  const second = await open(data, true, path);
  await second.gateway.outcome(idOf(received), 20_000);
  t.match(await second.gateway.store.state(idOf(received)), { state: 'failed', detail: { findings: [{ code: 'GATEWAY_NOT_READ' }] } });
  t.match(await second.gateway.store.queue(), [{ kind: 'translate', state: 'dead', count: 1 }]);
  await second.close();

  const third = await open(data, true);
  const again = await third.gateway.submit({ bytes: sample('latin-1'), partner, grade: 'D' });
  t.match(again, { accepted: true, duplicate: false });
  await third.gateway.outcome(idOf(again), 20_000);
  t.equal((await third.gateway.store.state(idOf(again)))?.state, 'processed');
  t.equal((await third.gateway.store.inbox('customs', 0, 10)).length, 1);
  await third.close();
});

t.test('a transient failure is tried again, and not for ever: then it ends as failed and the reference is free', async (t) => {
  const { data } = folders(t);
  let hours = 0;
  const now = (): number => Date.parse('2026-09-14T10:00:00Z') + hours * 3_600_000;
  const store = openStore({ folder: data, clock: now });
  const down: Translator = {
    translate: () => Promise.reject(new TranslatorDown('no thread')),
    reply: async () => undefined,
    fold: () => Promise.reject(new Error('nothing is folded here')),
    close: async () => undefined,
  };
  const report = (): void => void hours++;
  const gateway = new Gateway({
    store,
    library,
    configuration: loaded.configuration!,
    recorded: loaded,
    translator: down,
    report,
    now,
  });
  t.teardown(() => gateway.close());
  const received = await gateway.submit({ bytes: sample('latin-1'), partner, grade: 'D' });
  await gateway.start();
  await gateway.outcome(idOf(received), 20_000);
  t.equal(hours, 20, 'attempts');
  t.equal((await store.state(idOf(received)))?.state, 'failed');
  t.match(await store.queue(), [{ state: 'dead', code: 'GATEWAY_TRANSLATOR_DOWN' }]);
  t.match(await gateway.submit({ bytes: sample('latin-1'), partner, grade: 'D' }), { accepted: true, duplicate: false });
});

t.test('an outcome that contradicts itself fails its own interchange, and the gateway goes on', async (t) => {
  const { data } = folders(t);
  const store = openStore({ folder: data });
  const real = inlineTranslator(library, loaded.configuration!);
  let broken = true;
  const translator: Translator = {
    async translate(input) {
      const translation = await real.translate(input);
      if (!broken) return translation;
      broken = false;
      const twice = translation.interchanges.map((each) => ({
        ...each,
        messages: each.messages.map((m) => ({ ...m, outputs: [...m.outputs, ...m.outputs] })),
      }));
      return { ...translation, interchanges: twice };
    },
    reply: async () => undefined,
    fold: () => Promise.reject(new Error('nothing is folded here')),
    close: () => real.close(),
  };
  await library.loadSchemas();
  const gateway = new Gateway({
    store,
    library,
    configuration: loaded.configuration!,
    recorded: loaded,
    translator,
  });
  t.teardown(() => gateway.close());
  await gateway.start();
  const first = await gateway.submit({ bytes: sample('latin-1'), partner, grade: 'D' });
  await gateway.outcome(idOf(first), 20_000);
  t.equal((await store.state(idOf(first)))?.state, 'failed');
  t.equal(gateway.halted, undefined);
  const again = await gateway.submit({ bytes: sample('latin-1'), partner, grade: 'D' });
  await gateway.outcome(idOf(again), 20_000);
  t.equal((await store.state(idOf(again)))?.state, 'processed');
});

t.test('what takes long holds up nobody behind it', async (t) => {
  const { data } = folders(t);
  const store = openStore({ folder: data });
  const real = inlineTranslator(library, loaded.configuration!);
  let end = (): void => undefined;
  const long = new Promise<void>((resolve) => (end = resolve));
  let first = true;
  const translator: Translator = {
    async translate(input) {
      const waits = first;
      first = false;
      if (waits) await long;
      return real.translate(input);
    },
    reply: async () => undefined,
    fold: () => Promise.reject(new Error('nothing is folded here')),
    close: () => real.close(),
  };
  await library.loadSchemas();
  const gateway = new Gateway({
    store,
    library,
    configuration: loaded.configuration!,
    recorded: loaded,
    translator,
  });
  t.teardown(() => gateway.close());
  await gateway.start();
  const text = sample('latin-1').toString('latin1');
  const submit = async (reference: string): Promise<string> =>
    idOf(await gateway.submit({ bytes: Buffer.from(text.replaceAll('BA0612001', reference), 'latin1'), partner, grade: 'D' }));
  const slow = await submit('BA1');
  const others = await Promise.all(Array.from({ length: 20 }, (_, i) => submit(`BB${i}`)));
  await Promise.all(others.map((id) => gateway.outcome(id, 20_000)));
  t.equal((await store.state(slow))?.state, 'received', 'it still takes');
  t.equal((await store.inbox('customs', 0, 100)).length, 20, 'the others are delivered');
  end();
  await gateway.outcome(slow, 20_000);
  t.equal((await store.state(slow))?.state, 'processed');
});

t.test('a delivery that contradicts the store fails alone', async (t) => {
  const { data } = folders(t);
  const first = await open(data, false);
  const received = await first.gateway.submit({ bytes: sample('latin-1'), partner, grade: 'D' });
  const lost = { interchange: '01', message: '01-1', agency: 'customs', content: { owner: '01-1', stage: 'customs' } };
  await first.gateway.store.commit({ jobs: { add: [{ kind: 'deliver', value: lost }] } });
  await first.close();
  const second = await open(data, true);
  t.teardown(() => second.close());
  await second.gateway.outcome(idOf(received), 20_000);
  t.match(await second.gateway.store.inbox('customs', 0, 10), [{ message: `${idOf(received)}-1` }]);
  t.match(await second.gateway.store.queue(), [{ kind: 'deliver', state: 'dead', code: 'STORE_BATCH', count: 1 }]);
  t.equal(second.gateway.halted, undefined);
});

t.test('what was erased before it was translated is not translated, and nothing else suffers', async (t) => {
  const { data } = folders(t);
  const first = await open(data, false);
  const id = idOf(await first.gateway.submit({ bytes: sample('latin-1'), partner, grade: 'D' }));
  await first.gateway.store.commit({ records: [{ kind: 'erased', refs: [{ kind: 'all', id }] }], erase: [{ owner: id, what: 'all' }] });
  const other = idOf(await first.gateway.submit({ bytes: sample('two-bills'), partner, grade: 'D' }));
  await first.close();
  const second = await open(data, true);
  t.teardown(() => second.close());
  await second.gateway.outcome(other, 20_000);
  t.equal((await second.gateway.store.state(other))?.state, 'processed');
  t.match(await second.gateway.store.queue(), [{ kind: 'translate', state: 'dead', count: 1 }]);
  t.equal(second.gateway.halted, undefined);
});

t.test('two who wait for one interchange are both told, also where one of them gives up', async (t) => {
  const { data } = folders(t);
  const { gateway, close } = await open(data, false);
  t.teardown(close);
  const received = await gateway.submit({ bytes: sample('latin-1'), partner, grade: 'D' });
  const dispatcher = new Dispatcher({
    store: gateway.store,
    using: (work) => work(inlineTranslator(library, loaded.configuration!)),
    disk: { failed: () => false, writable: async () => undefined },
    channels: new Channels({ kinds: [], data, report: () => undefined, now: Date.now, take: () => Promise.reject(new Error('nothing arrives here')) }),
    report: () => undefined,
    now: Date.now,
  });
  t.teardown(() => dispatcher.close());
  const patient = dispatcher.outcome(idOf(received), 20_000);
  await dispatcher.outcome(idOf(received), 1);
  const started = Date.now();
  dispatcher.start();
  await patient;
  t.ok(Date.now() - started < 10_000);
});

t.test('the state of a message follows from those of its deliveries', async (t) => {
  const cases: readonly (readonly [string[], string])[] = [
    [['sent', 'sent'], 'sent'],
    [['sent', 'queued'], 'translated'],
    [['sent', 'delivered'], 'sent'],
    [['delivered', 'delivered'], 'delivered'],
    [['failed', 'failed'], 'failed'],
    [['failed', 'sent'], 'translated'],
    [['held', 'sent'], 'held'],
  ];
  for (const [states, expected] of cases) t.equal(stateBy(messageState, states), expected, states.join(' and '));
});

t.test('a store that has fallen is told once, by its first cause, whoever hears of it later', async (t) => {
  const { data, path } = folders(t);
  const events: Record<string, unknown>[] = [];
  const running = await openGateway({
    library,
    loaded: loadConfigurationFolder(path, library),
    config: path,
    data,
    report: (event) => void (event['code'] === undefined || events.push(event)),
    workers: 0,
  });
  const { gateway } = running;
  const { store } = gateway;
  const faults = [new StoreError('STORE_FAULT', { folder: data, message: 'its thread ended' }), new StoreError('STORE_HALTED'), new StoreError('STORE_HALTED')];
  const commit = store.commit.bind(store);
  for (const fault of faults) {
    store.commit = () => Promise.reject(fault);
    await t.rejects(gateway.submit({ bytes: sample('two-bills'), partner, grade: 'D' }), { code: fault.code });
  }
  t.match(events, [{ event: 'halted', code: 'STORE_FAULT' }]);
  t.equal(events.length, 1);
  t.equal(gateway.halted, 'STORE_FAULT');
  t.equal(gateway.unwritable, undefined, 'nothing passes by itself');
  store.commit = commit;
  await running.close();
});
