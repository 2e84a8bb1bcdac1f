import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Driven } from '../../src/channels/adapter/harness.ts';
import { freePort } from '../channels/adapter/port.ts';
import { temporary } from '../channels/adapter/scripted.ts';
import { root } from '../root.ts';
import { sample, startGateway } from '../web/fixture.ts';

const program = join(root, 'adapters/matip/matip.mjs');

t.test('a carrier sends over MATIP: it is told once the gateway has taken it, and what it sends twice is one interchange', async (t) => {
  const port = await freePort();
  const gateway = await startGateway(t, (config) => {
    const path = join(config, 'partners/blue-anchor.yaml');
    const settings = `{ own: 2, peer: 1, listen: { host: 127.0.0.1, port: ${port} } }`;
    writeFileSync(path, `${readFileSync(path, 'utf8')}\narrivals: [{ adapter: { command: [${process.execPath}, ${program}], settings: ${settings} } }]\n`);
  });
  const carrier = new Driven([process.execPath, program], { own: 1, peer: 2, call: { host: '127.0.0.1', port, timeout: 20 } }, temporary(t), 'van');
  t.teardown(() => carrier.kill());
  await carrier.start();

  const send = async (delivery: string) => {
    for (let tries = 0; ; tries++) {
      const before = carrier.said.length;
      await carrier.deliver(delivery, sample('two-bills'), { attempt: tries + 1 });
      const said = await carrier.outcome(delivery, 30_000, before);
      if (said.failure !== 'unreachable' || tries === 100) return said; // the adapter of the gateway may still be starting
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  t.match(await send('D-1'), { state: 'delivered' });
  const listed = async () => ((await gateway.call('operator', 'GET', '/v1/messages?partner=blue-anchor')).json as { items: { id: string }[] }).items;
  for (let i = 0; i < 200 && (await listed()).length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
  const [first] = await listed();
  const interchange = first!.id.replace(/-\d+$/, '');
  const steps = async () => (await gateway.gateway.store.timeline(interchange)).flatMap(({ record }) => (record ? [record] : []));
  t.match(
    (await steps()).find(({ kind }) => kind === 'received'),
    { party: 'blue-anchor', grade: 'C' },
    'known by what the adapter says',
  );
  t.match(await send('D-2'), { state: 'delivered' }, 'the same bytes again');
  await gateway.gateway.outcome(interchange, 20_000);
  t.same(new Set((await listed()).map(({ id }) => id.replace(/-\d+$/, ''))), new Set([interchange]), 'one interchange, however often it came');
});
