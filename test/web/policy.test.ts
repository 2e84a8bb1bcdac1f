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
