import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Partner } from '../../src/partners/partner.ts';
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

t.test('who sent, how long it took, and what became of deliveries', async (t) => {
  const gateway = await startGateway(t, (folder) => {
    appendFileSync(
      join(folder, 'partners/blue-anchor.yaml'),
      'class: carriers\ncertificates:\n  - { fingerprint: "sha256:' + 'ab'.repeat(32) + '", until: "2026-01-01" }\n',
    );
  });
  await gateway.send('blue-anchor', sample('two-bills'));
  await gateway.send('blue-anchor', sample('two-bills'));
  await gateway.send('quay-net', 'nothing that is known');
  const { body } = await gateway.call('operator', 'GET', '/metrics');
  const value = (name: string): number => Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(body)?.[1]);
  t.equal(value('portolan_interchanges_total{outcome="accepted",class="carriers"}'), 1);
  t.equal(value('portolan_interchanges_total{outcome="duplicate",class="carriers"}'), 1);
  t.equal(value('portolan_interchanges_total{outcome="refused",class="partner"}'), 1);
  t.equal(value('portolan_translation_seconds_count'), 1);
  t.ok(value('portolan_translation_seconds_sum') >= 0);
  t.ok(value('portolan_deliveries_total{channel="mailbox",outcome="sent"}') >= 1);
  t.ok(value('portolan_certificate_ends_seconds{party="blue-anchor"}') < 0, 'it has ended');
  t.ok(value('portolan_checkpoint_age_seconds') < 60);
});

t.test('however many partners there are, figures have bounded names', async (t) => {
  const { gateway } = await startGateway(t);
  const many = Array.from({ length: 250 }, (_, i) => ({ partner: `p${i}`, deviation: 'd', verdict: 'accepted' as const, messages: i + 1 }));
  Object.defineProperty(gateway, 'deviations', { get: () => many });
  const metrics = new Metrics(gateway);
  for (let i = 0; i < 250; i++) metrics.received({ class: `c${i}` } as Partner, 'accepted');
  const page = await metrics.render();
  t.equal(page.match(/^portolan_deviations\{/gm)?.length, 101);
  t.match(page, /portolan_deviations\{partner="p249",deviation="d",verdict="accepted"\} 250/);
  t.match(page, /portolan_deviations\{partner="other",deviation="other",verdict="accepted"\} 11325/);
  t.equal(page.match(/^portolan_interchanges_total\{/gm)?.length, 31);
});
