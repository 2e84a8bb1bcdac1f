import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sample, startGateway } from './fixture.ts';

const withPolicy = (policy: string) => (config: string) => {
  const file = join(config, 'routes/arrivals.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('    policy: send\n', policy));
};

t.test('what lost something on its way leaves only where a route sends it all the same', async (t) => {
  const cases: [policy: string, customs: string, count: number][] = [
    ['    policy: send\n', 'sent', 1],
    ['', 'held', 0],
    ['    policy: hold\n', 'held', 0],
    ['    policy: fail\n', 'failed', 0],
  ];
  for (const [policy, customs, count] of cases) {
    const gateway = await startGateway(t, withPolicy(policy));
    const { json } = await gateway.send('blue-anchor', sample('forty-containers'));
    const message = await gateway.call('operator', 'GET', `/v1/messages/${json.id}-1`);
    t.match(message.json.agencies, { customs, 'port-health': 'sent' }, policy.trim() || 'no policy: the cautious one');
    const inbox = await gateway.call('customs', 'GET', '/v1/inbox');
    t.equal(inbox.json.items.length, count);
    t.equal((await gateway.call('customs', 'GET', `/v1/messages/${json.id}-1`)).status, count === 0 ? 404 : 200, 'an agency does not see what it was not sent');
  }
});

t.test('what an agency was not given leaves no trace in its search: not in the cursor of a page either', async (t) => {
  const gateway = await startGateway(t, withPolicy('    policy: hold\n'));
  const send = async (body: string | Buffer): Promise<void> => void (await gateway.send('blue-anchor', body));
  const forty = sample('forty-containers').toString('latin1');
  await send(forty);
  await send(sample('cargo-report-xml', 'input.xml'));
  await send(forty.replaceAll('BA0551001', 'BA0551002'));
  const found = await gateway.call('operator', 'GET', '/v1/messages');
  t.match(found.json.items, [{ agencies: { customs: 'held' } }, { agencies: { customs: 'sent' } }, { agencies: { customs: 'held' } }]);
  for (const query of ['limit=1', 'limit=1&state=held', 'limit=1&state=failed', 'limit=1&reference=BAL26-0551-RTM'])
    t.equal((await gateway.call('customs', 'GET', `/v1/messages?${query}`)).json.next, null, query);
  t.equal((await gateway.call('customs', 'GET', '/v1/messages?limit=1')).json.items.length, 1, 'what it was given is found behind what it was not');
  t.equal((await gateway.call('port-health', 'GET', '/v1/messages?limit=2')).json.items.length, 2);
  const { next } = (await gateway.call('port-health', 'GET', '/v1/messages?limit=2')).json;
  t.match(
    (await gateway.call('port-health', 'GET', `/v1/messages?limit=2&cursor=${next}`)).json,
    { items: [{}], next: null },
    'and all is found, page by page',
  );
});
