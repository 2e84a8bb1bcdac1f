import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openGateway, type RunningGateway } from '../../src/cli/running.ts';
import { loadConfigurationFolder } from '../../src/gateway/library.ts';
import { stateOf } from '../../src/gateway/dispatch.ts';
import { root } from '../root.ts';
import { library, sample } from '../web/fixture.ts';

const config = join(root, 'samples/gateway');
const loaded = loadConfigurationFolder(config, library);
const partner = loaded.configuration!.partners.find(({ id }) => id === 'blue-anchor')!;
const open = (data: string, dispatch: boolean): Promise<RunningGateway> =>
  openGateway({ library, loaded, config, data, report: () => undefined, workers: 0, dispatch });

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
  await second.close();
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
  for (const [states, expected] of cases) t.equal(stateOf(Object.fromEntries(states.map((state, i) => [String(i), state]))), expected, states.join(' and '));
});
