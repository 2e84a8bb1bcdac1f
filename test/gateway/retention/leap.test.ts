import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { LeapGuard } from '../../../src/gateway/retention/leap.ts';
import { RetentionSweep } from '../../../src/gateway/retention/sweep.ts';
import { openStore } from '../../../src/store/open.ts';
import { startGateway } from '../../web/fixture.ts';

const day = 86_400_000;

t.test('a clock that leaps forward holds erasure up for a day, however often the gateway is started', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-leap-'));
  let now = 1_000 * day;
  const store = openStore({ folder, clock: () => now });
  t.teardown(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const entry = () => store.commit({ records: [{ kind: 'read' }] });
  let uptime = 0;
  const events: object[] = [];
  const started = (): LeapGuard => new LeapGuard({ store, now: () => now, report: (event) => void events.push(event) }, () => uptime);
  const guard = started();
  t.equal(await guard.holds(), false, 'a log without entries');
  for (let i = 0; i < 40; i++, now += day / 2) await entry();
  t.equal(await guard.holds(), false, 'while time goes by as it does');
  now += 6 * day;
  t.equal(await guard.holds(), false, 'a quiet week');
  const before = now - 6.5 * day;
  now += 3_650 * day;
  t.equal(await guard.holds(), true, 'ten years later');
  t.match(guard.found, { code: 'RETENTION_CLOCK', args: { at: new Date(before).toISOString() } });
  await entry();
  t.equal(await guard.holds(), true, 'and the log goes on there');
  t.equal(await started().holds(), true, 'after a start too');
  uptime += day;
  t.equal(await guard.holds(), false, 'a day later, whatever the clock says');
  t.equal(guard.found, undefined);
  now += day / 2;
  t.equal(await started().holds(), true);
  now += day;
  t.equal(await started().holds(), false, 'the log has stood there for a day');
  now -= 3_652 * day;
  t.equal(await guard.holds(), false, 'nor where the clock was put back');
  t.match(events, [{ code: 'RETENTION_CLOCK', actor: 'operator' }, { code: 'RETENTION_CLOCK' }, { code: 'RETENTION_CLOCK' }]);
});

t.test('nothing is erased while it holds, and an operator is told', async (t) => {
  const { gateway } = await startGateway(t);
  const { store, configuration, rounds } = gateway;
  const looked: string[] = [];
  const retention = { ...store.retention, deferred: async () => (looked.push('swept'), []) };
  const of = { store: Object.assign(Object.create(store), { retention }) as typeof store, now: Date.now, report: () => undefined };
  const ruled = { ...configuration, gateway: { ...configuration.gateway, retention: { original: '1d' } } };
  const once = async (holds: boolean): Promise<void> => {
    const guard = { holds: async () => (looked.push(`held: ${holds}`), holds) };
    const sweep = new RetentionSweep({ ...of, configuration: ruled }, { count: async () => undefined }, guard);
    sweep.start(1);
    await new Promise((done) => setTimeout(done, 300));
    await sweep.close();
  };
  await once(true);
  t.same(looked.splice(0), ['held: true']);
  await once(false);
  t.same(looked, ['held: false', 'swept']);
  rounds.leap.found = { code: 'RETENTION_CLOCK', severity: 'warning', args: { at: '2026-11-22T00:00:00.000Z' } };
  const { concernsIn } = await import('../../../src/gateway/views/concerns.ts');
  t.match(await concernsIn(gateway), [{ code: 'RETENTION_CLOCK', actor: 'operator', about: /nothing is erased for a day/ }]);
});
