import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openLibrary } from '../../src/gateway/library/library.ts';
import { root } from '../root.ts';
import { sample, startGateway } from './fixture.ts';

t.test('a change of the configuration is taken up without a restart, and is an entry of the log', async (t) => {
  let folder = '';
  const gateway = await startGateway(t, (config) => (folder = config));
  const routes = join(folder, 'routes/arrivals.yaml');
  const before = await gateway.gateway.store.size();
  openLibrary({ root, maps: t.testdir({ rules: { 'other.yaml': 'rules: []\n' } }) });
  t.equal(await gateway.reload(), false, 'nothing changed, whatever else was opened meanwhile');
  writeFileSync(routes, readFileSync(routes, 'utf8').replace('country: [NL]', 'country: [BE]'));
  t.equal(await gateway.reload(), true);
  t.equal(await gateway.gateway.store.size(), before + 1, 'the change is recorded');
  t.match(
    (await gateway.send('blue-anchor', sample('latin-1'))).json.outcome,
    { messages: [{ agencies: { customs: 'sent', 'port-health': 'sent' } }] },
    'Antwerp goes to port health now',
  );

  const changed = await gateway.gateway.store.size();
  const text = readFileSync(routes, 'utf8');
  writeFileSync(routes, text.replace('country: [BE]', 'country: [NL]'));
  t.equal(await gateway.reload(), true);
  writeFileSync(routes, text);
  t.equal(await gateway.reload(), true);
  t.equal(await gateway.gateway.store.size(), changed + 2, 'and so is each return to what was in force before');

  const customs = join(folder, 'agencies/customs.yaml');
  writeFileSync(customs, readFileSync(customs, 'utf8').replace('demo-customs', 'demo-customs-two'));
  await gateway.reload();
  t.equal((await gateway.call('customs', 'GET', '/v1/inbox')).status, 401, 'a key that was taken away opens nothing');
  t.match(
    await gateway.call(undefined, 'GET', '/v1/inbox', { headers: { authorization: 'Bearer demo-customs-two' } }),
    { status: 200, json: { items: [{ number: 1 }] } },
    'the new one does',
  );

  writeFileSync(routes, readFileSync(routes, 'utf8').replace('to: [customs]', 'to: [nobody]'));
  t.equal(await gateway.reload(), false, 'what is not in order is not taken up');
  t.match(
    gateway.events.filter(({ event }) => event === 'configuration refused'),
    [{ code: 'CONFIG_UNKNOWN_NAME', file: 'routes/arrivals.yaml' }],
  );
  t.match((await gateway.send('blue-anchor', sample('two-bills'))).json.outcome, { messages: [{ agencies: { customs: 'sent' } }] }, 'and the old one goes on');
});
