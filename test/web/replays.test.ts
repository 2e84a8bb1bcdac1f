import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { sample, startGateway, type TestGateway } from './fixture.ts';

/** A gateway whose customs is reached by HTTP, and a customs office that answers with a status. */
async function withCustoms(
  t: { teardown(end: () => unknown): void },
  status: () => number,
): Promise<{ readonly gateway: TestGateway; readonly deliveries: string[] }> {
  const deliveries: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      deliveries.push(String(request.headers['portolan-delivery'] ?? ''));
      response.writeHead(status()).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
  const gateway = await startGateway(t, (config) => {
    const file = join(config, 'agencies/customs.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(/^channel: mailbox$/m, `channel: { http: { url: "${url}" } }\ndelivery: { circuit: { pause: 1s, longest: 1s } }`),
    );
  });
  return { gateway, deliveries };
}

t.test('what stopped is told over HTTP and on the terminal, and replayed there', async (t) => {
  let status = 403;
  const { gateway, deliveries } = await withCustoms(t, () => status);
  const { json } = await gateway.send('blue-anchor', sample('latin-1'));
  const id = `${json.id}-1`;

  const listed = await gateway.call('operator', 'GET', '/v1/dead-letters');
  t.match(listed.json, { items: [{ id, what: 'delivery', party: 'customs', code: 'SEND_AUTH', actor: 'operator', attempts: 1 }], next: null });
  t.equal((await gateway.call('blue-anchor', 'GET', '/v1/dead-letters')).status, 403);
  t.equal((await gateway.call('customs', 'POST', `/v1/messages/${id}/replay`)).status, 403);
  t.equal((await gateway.call('operator', 'POST', `/v1/messages/${json.id}-9/replay`)).status, 404);
  t.match((await gateway.call('operator', 'GET', '/v1/status')).json, {
    parties: [{ party: 'customs', channel: 'http', circuit: 'open', code: 'SEND_AUTH', why: 'circuit' }],
    letters: { items: [{ id }] },
  });
  t.match((await gateway.call('operator', 'GET', '/metrics')).body, /portolan_channel_failures\{party="customs",channel="http",circuit="open"\} 5/);
  const view = await gateway.call('blue-anchor', 'GET', `/v1/messages/${id}`);
  t.match(view.json, { agencies: { customs: 'failed' }, deliveries: [{ party: 'customs', state: 'stopped', attempts: 1, code: 'SEND_AUTH' }] });
  t.match(
    (view.json.timeline as { kind: string; party: string }[]).filter(({ kind }) => kind === 'failed'),
    [{ party: 'customs', attempt: 1, channel: 'http', code: 'SEND_AUTH' }],
  );

  const url = await gateway.listen('127.0.0.1', 0);
  const terminal = async (...argv: string[]): Promise<{ code: number; out: string }> => {
    let out = '';
    const code = await main([...argv, '--url', url, '--key', 'demo-operator'], { out: (text) => void (out += text), tell: (text) => void (out += text) });
    return { code, out };
  };
  const shown = await terminal('status');
  t.match(shown.out, /operator must act:/);
  t.match(shown.out, new RegExp(`portolan replay ${id}`));
  t.match(shown.out, /customs +http +open/);
  t.match(await terminal('replay', '--all', '--code', 'SEND_BUSY'), { code: 0, out: /nothing to replay/ });
  const [{ number }] = listed.json.items as [{ number: number }];
  t.match(await terminal('replay', 'close', '99999', '--reason', 'x'), { code: 1, out: /WEB_NOT_FOUND/ });
  for (const wrong of [['close', String(number)], ['close', 'x', '--reason', 'x'], [id, '--reason', 'x'], [id, id]]) t.match(await terminal('replay', ...wrong), { code: 2 }, wrong.join(' ')); // prettier-ignore
  t.equal((await gateway.call('customs', 'POST', `/v1/dead-letters/${number}/close?reason=x`)).status, 403);
  status = 200;
  t.match(await terminal('replay', '--all', '--code', 'SEND_AUTH'), { code: 0, out: new RegExp(`${id}  sent again: ${deliveries[0]!}`) });
  await gateway.gateway.outcome(json.id, 20_000);
  t.equal(new Set(deliveries).size, 1, 'as the same delivery');
  t.match(await terminal('replay', id), { code: 1, out: /REPLAY_NOTHING/ });
  const again = await gateway.call('operator', 'POST', `/v1/messages/${id}/replay`);
  t.match(again, { status: 409, json: { type: '/problems/changed', code: 'REPLAY_NOTHING' } }, 'which no duplicate is');
  t.match(await terminal('replay'), { code: 2 });
  t.match((await gateway.call('operator', 'GET', '/v1/dead-letters')).json, { items: [], next: null });

  status = 403;
  const other = await gateway.send('blue-anchor', sample('two-bills'));
  const stopped = (await gateway.call('operator', 'GET', '/v1/dead-letters')).json.items as { number: number; id: string }[];
  t.ok(stopped.length > 0 && stopped.every((each) => each.id.startsWith(`${other.json.id}-`)));
  for (const each of stopped)
    t.match(await terminal('replay', 'close', String(each.number), '--reason', 'told by telephone'), { code: 0, out: `${each.number} is closed\n` });
  t.match((await gateway.call('operator', 'GET', '/v1/dead-letters')).json, { items: [], next: null });
  const { timeline } = (await gateway.call('operator', 'GET', `/v1/messages/${stopped[0]!.id}`)).json as { timeline: { kind: string }[] };
  t.equal(timeline.filter(({ kind }) => kind === 'settled').length, 1);
});
