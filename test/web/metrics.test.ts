import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Metrics } from '../../src/web/metrics.ts';
import { root } from '../root.ts';
import { sample, startGateway } from './fixture.ts';

t.test('the page of metrics is what their register makes it', async (t) => {
  const { gateway } = await startGateway(t);
  const file = join(root, 'src/web/METRICS.md');
  const page = await new Metrics(gateway).page();
  if (process.env['PORTOLAN_GOLDEN'] === 'write') writeFileSync(file, page);
  t.ok(readFileSync(file, 'utf8') === page, 'stale: run `npm run golden` and review the difference');
});

t.test('figures of the store, the queue and the disk', async (t) => {
  const gateway = await startGateway(t);
  await gateway.send('blue-anchor', sample('two-bills'));
  const { body } = await gateway.call('operator', 'GET', '/metrics');
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1]);
  t.ok(value('portolan_disk_free_bytes') > 0);
  t.ok(value('portolan_store_bytes') > 0);
  t.ok(value('portolan_log_entries') > 1);
  t.equal(value('portolan_accepting'), 1);
  t.equal(value('portolan_circuits_open'), 0);
  gateway.gateway.drain();
  const { body: draining } = await gateway.app.inject({ url: '/health/ready' });
  t.match(JSON.parse(draining), { code: 'GATEWAY_BUSY' });
});
