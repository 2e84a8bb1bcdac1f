import t from 'tap';
import { codes } from '../../src/diagnostics/codes.ts';
import { library, sample, startGateway } from './fixture.ts';

t.test('the interface describes itself', async (t) => {
  const gateway = await startGateway(t);
  const { json } = await gateway.call(undefined, 'GET', '/docs/json');
  t.match(json, { openapi: /^3\.1/, info: { title: 'Portolan' } });
  const calls = ['/v1/interchanges', '/v1/interchanges/{id}', '/v1/messages', '/v1/messages/{id}', '/v1/messages/{id}/content', '/v1/messages/{id}/proof', '/v1/messages/{id}/evidence', '/v1/inbox', '/v1/inbox/{number}', '/v1/inbox/{number}/receipt', '/v1/log/checkpoint', '/v1/log/tile/{*}', '/v1/maps', '/health/live', '/health/ready', '/metrics']; // prettier-ignore
  for (const path of calls) t.ok(json.paths[path], path);
  const { id } = (await gateway.send('blue-anchor', sample('two-bills'))).json;
  await gateway.gateway.store.publish();
  const of = { id: `${id}-1`, number: '1', '*': '0/000' };
  for (const [path, { get }] of Object.entries<{ get?: { responses: Record<string, { content?: object }> } }>(json.paths)) {
    if (!get || path.includes('{token}') || path.includes('{month}')) continue;
    const who = path.startsWith('/v1/inbox') ? 'customs' : 'operator';
    const { status, headers } = await gateway.call(
      who,
      'GET',
      path.replace(/\{(.*?)\}/g, (_, name: keyof typeof of) => of[name]),
    );
    const described = get.responses[String(status)] ?? get.responses[`${Math.floor(status / 100)}XX`];
    const media = String(headers['content-type']).split(';')[0]!;
    const kinds = Object.keys(described?.content ?? {});
    t.ok(kinds.includes(media) || kinds.includes('*/*'), `${path}: ${status} ${media} of ${kinds.join(', ')}`);
  }
  const bodies = ['/v1/interchanges', '/as2', '/v1/messages/{id}/repair', '/v1/partners/import', '/v1/onboarding', '/v1/onboarding/{token}/messages'];
  for (const path of bodies) t.ok(Object.keys(json.paths[path].post.requestBody.content).length > 0, `${path} takes a body`);
  t.same(Object.keys(json.paths['/v1/partners/{id}'].put.requestBody.content), ['application/yaml', 'application/json']);
  const page = await gateway.call(undefined, 'GET', '/docs');
  t.match(page.body, '/v1/interchanges');
  t.notMatch(page.body, /<script|https?:\/\//, 'nothing from elsewhere');
  const all = await gateway.call(undefined, 'GET', '/problems/codes');
  for (const code of Object.keys(codes)) t.ok(all.body.includes(`id="${code.toLowerCase()}"`), `${code} has its place`);
});

t.test('every type of problem answers with a page', async (t) => {
  const gateway = await startGateway(t);
  const { json } = await gateway.send('blue-anchor', '');
  t.equal((await gateway.call(undefined, 'GET', json.type)).status, 200);
});

t.test('metrics, the log, the catalogue, evidence', async (t) => {
  const gateway = await startGateway(t);
  const { json } = await gateway.send('blue-anchor', sample('two-bills'));
  t.match((await gateway.call('operator', 'GET', '/metrics')).body, /portolan_interchanges_total\{outcome="accepted",class="partner"\} 1/);
  const names = ((await gateway.call('operator', 'GET', '/v1/maps')).json.items as { name: string }[]).map(({ name }) => name);
  for (const name of ['un/cuscar/d95b', 'wco/cri/3']) t.ok(names.includes(name), name);
  t.same(names, library.catalog.maps.map(({ name }) => name)); // prettier-ignore
  await gateway.gateway.store.publish();
  t.match((await gateway.call(undefined, 'GET', '/v1/log/checkpoint')).body, new RegExp(`^${gateway.gateway.store.origin.replaceAll('.', '\\.')}\n\\d+\n`));
  const size = await gateway.gateway.store.size();
  t.equal((await gateway.call(undefined, 'GET', `/v1/log/tile/0/000.p/${size}`)).bytes.length, size * 32, 'a tile of hashes');
  for (const who of ['operator', 'blue-anchor', 'customs', 'port-health'] as const) {
    const evidence = await gateway.call(who, 'GET', `/v1/messages/${json.id as string}-1/evidence`);
    t.match(evidence, { status: 200, headers: { 'content-type': 'application/zip' } }, `evidence for ${who}`);
  }
});
