import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { hashKey } from '../../src/partners/partner.ts';
import { openEvidence } from '../../src/store/evidence-source.ts';
import { verifyStore } from '../../src/store/verify-store.ts';
import { keptBeside } from '../../src/cli/kept.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import type { ConfigFile } from '../../src/partners/config.ts';
import { library, sample, startGateway, type TestGateway } from './fixture.ts';

const operators = { operator: 'demo-operator', anna: 'demo-anna-lee', ben: 'demo-benjamin' } as const;
type Operator = keyof typeof operators;

/** The sample gateway with three operators. */
async function start(t: { teardown(end: () => unknown): void }) {
  let folder = '';
  const gateway = await startGateway(t, (config) => {
    folder = config;
    const file = join(config, 'gateway.yaml');
    const more = (['anna', 'ben'] as const).map((id) => `  - id: ${id}\n    keys: [{ demo: ${operators[id]} }]\n`).join('');
    writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd()}\n${more}`);
  });
  const as = async (key: string, method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const type: Record<string, string> = text === undefined ? {} : { 'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json' };
    const response = await gateway.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${key}`, ...type, ...headers },
      ...(text === undefined ? {} : { payload: text }),
    });
    return { status: response.statusCode, headers: response.headers, json: response.body === '' ? undefined : response.json() };
  };
  const by = (who: Operator, ...rest: Parameters<typeof as> extends [unknown, ...infer R] ? R : never) => as(operators[who], ...rest);
  return { gateway, as, by, folder };
}

const trader = (id: string, more: object = {}) => ({
  partner: id,
  name: `Trader ${id}`,
  keys: [`sha256:${hashKey(`key-of-${id}`)}`],
  identities: [{ id: id.toUpperCase() }],
  ...more,
});
const interchange = (gateway: TestGateway, key: string, sender: string, reference: string) =>
  gateway.app.inject({
    method: 'POST',
    url: '/v1/interchanges',
    headers: { authorization: `Bearer ${key}`, prefer: 'wait=20' },
    payload: sample('two-bills').toString('latin1').replace('BLUEANCHOR', sender).replaceAll('BA2609140001', reference),
  });

t.test('a partner that one operator proposes and another approves is in force at once, and after a restart', async (t) => {
  const { gateway, by, as } = await start(t);
  const proposed = await by('anna', 'PUT', '/v1/partners/gray-whale?note=agreed%20on%20the%20phone', trader('gray-whale'));
  t.match(proposed, { status: 202, json: { number: 1, state: 'open', findings: [] } });
  t.equal((await by('anna', 'GET', '/v1/partners/gray-whale')).status, 404, 'nothing is in force yet');
  t.equal((await as('key-of-gray-whale', 'GET', '/v1/inbox')).status, 401);
  t.match(await by('anna', 'POST', '/v1/partners/changes/1/approve'), { status: 403, json: { code: 'PARTNER_OWN_CHANGE' } });
  t.match(await by('ben', 'GET', '/v1/partners/changes/1'), {
    json: {
      state: 'open',
      by: 'anna',
      note: 'agreed on the phone',
      counts: { added: 1 },
      items: [{ partner: 'gray-whale', before: null, value: { name: 'Trader gray-whale' } }],
    },
  });
  t.match(await by('ben', 'POST', '/v1/partners/changes/1/approve'), { status: 200, json: { state: 'approved', by: 'anna', decidedBy: 'ben' } });
  t.equal((await as('key-of-gray-whale', 'GET', '/v1/inbox')).status, 200, 'its key is known');
  t.match((await interchange(gateway, 'key-of-gray-whale', 'GRAY-WHALE', 'GW1')).json(), { outcome: { state: 'processed' } });
  const shown = await by('anna', 'GET', '/v1/partners/gray-whale');
  t.match(shown.json, { id: 'gray-whale', kept: 'store', partner: trader('gray-whale'), history: [{ change: 1, by: 'anna', decidedBy: 'ben' }] });
  t.equal(shown.headers['etag'], `"${shown.json.version as string}"`);

  const { keptPartners } = await import('../../src/gateway/library/in-force.ts');
  t.match(await keptPartners(gateway.gateway.store), [{ path: '/v1/partners/gray-whale' }], 'whoever opens the store again finds it');
  const steps = await gateway.gateway.store.timeline('config');
  t.match(steps.at(-1)?.record?.detail, { change: 1, by: 'anna', decidedBy: 'ben', hash: gateway.gateway.inForce.recorded.hash }, 'both names are in the log');
});

t.test('a route may name a partner that the store keeps, also when the gateway starts again', async (t) => {
  const { by, gateway, folder } = await start(t);
  await by('anna', 'PUT', '/v1/partners/gray-whale', trader('gray-whale'));
  await by('ben', 'POST', '/v1/partners/changes/1/approve');
  writeFileSync(join(folder, 'routes/own.yaml'), 'routes:\n  - { route: whales, when: { partners: [gray-whale] }, to: [customs] }\n');
  t.equal(await gateway.reload(), true);
  const errors = (kept: readonly ConfigFile[]) => loadConfigurationFolder(folder, library, kept).findings.filter(({ severity }) => severity === 'error');
  t.match(errors([]), [{ code: 'CONFIG_UNKNOWN_NAME', actual: 'gray-whale' }]);
  t.same(errors(await keptBeside(gateway.data)), []);
  t.same(await keptBeside(join(folder, 'nothing')), []);
  const version = (await by('anna', 'GET', '/v1/partners/gray-whale')).headers['etag'] as string;
  const gone = await by('anna', 'DELETE', '/v1/partners/gray-whale', undefined, { 'if-match': version });
  t.match(gone, { status: 409, json: { code: 'PARTNER_ROUTED' } }, 'and while it does the partner stays');
});

t.test('who changes says what it changes: two proposals do not overwrite each other', async (t) => {
  const { by } = await start(t);
  await by('anna', 'PUT', '/v1/partners/gray-whale', trader('gray-whale'));
  await by('ben', 'POST', '/v1/partners/changes/1/approve');
  const version = (await by('anna', 'GET', '/v1/partners/gray-whale')).headers['etag'] as string;
  t.match(await by('anna', 'PUT', '/v1/partners/gray-whale', trader('gray-whale')), { status: 428, json: { code: 'PARTNER_VERSION_MISSING' } });
  const change = (who: Operator, name: string, etag = version) =>
    by(who, 'PUT', '/v1/partners/gray-whale', trader('gray-whale', { name }), { 'if-match': etag });
  t.match(await change('anna', 'First'), { status: 202, json: { number: 2 } });
  t.match(await change('ben', 'Second'), { status: 202, json: { number: 3 } });
  t.equal((await by('operator', 'POST', '/v1/partners/changes/2/approve')).status, 200);
  t.match(await by('operator', 'POST', '/v1/partners/changes/3/approve'), { status: 412, json: { code: 'PARTNER_CHANGED' } });
  t.match(await change('ben', 'Third'), { status: 412, json: { code: 'PARTNER_CHANGED' } });
  t.match((await by('anna', 'GET', '/v1/partners/gray-whale')).json, { name: 'First' });
  t.match(await by('anna', 'POST', '/v1/partners/changes/3/reject?reason=overtaken'), {
    status: 200,
    json: { state: 'rejected', decidedBy: 'anna', reason: 'overtaken' },
  });
  t.match(await by('operator', 'POST', '/v1/partners/changes/3/approve'), { status: 409, json: { code: 'PARTNER_DECIDED' } });
  t.same(
    (await by('ben', 'GET', '/v1/partners/changes')).json.items.map((each: { number: number; state: string }) => `${each.number} ${each.state}`),
    ['1 approved', '2 approved', '3 rejected'],
  );
});

t.test('what is wrong with a proposal is told at once, all of it, with line and column', async (t) => {
  const { by, as } = await start(t);
  const yaml = 'partner: gray-whale\nname: ""\nkeys: [secret]\nidentities: [{ id: BLUEANCHOR }]\nagreement: { answers: un/nothing }\n';
  const cases: readonly (readonly [what: string, body: string | object, status: number, errors: readonly string[]])[] = [
    ['its form', yaml, 422, ['CONFIG_VALUE the partner:2:7', 'CONFIG_VALUE the partner:3:8']],
    ['what it names', yaml.replace('""', 'Gray').replace('[secret]', '[]'), 422, ['CONFIG_UNKNOWN_NAME the partner:5:23']],
    ['what another has', trader('gray-whale', { identities: [{ id: 'BLUEANCHOR' }] }), 422, ['CONFIG_DUPLICATE /v1/partners/gray-whale']],
    ['another address', trader('red-whale'), 400, ['WEB_REQUEST']],
    ['what is no YAML', '{', 422, ['CONFIG_YAML the partner:1:2']],
  ];
  for (const [what, body, status, errors] of cases) {
    const answer = await by('anna', 'PUT', '/v1/partners/gray-whale', body);
    t.equal(answer.status, status, what);
    t.same(
      answer.json.errors.map((each: { code: string; rule?: string }) => [each.code, ...(each.rule === undefined ? [] : [each.rule])].join(' ')),
      errors,
      what,
    );
  }
  t.match(await by('anna', 'PUT', '/v1/partners/blue-anchor', trader('blue-anchor')), { status: 409, json: { code: 'PARTNER_IN_FOLDER' } });
  t.match(await as('demo-blue-anchor', 'GET', '/v1/partners'), { status: 403 });
  t.match(await as('demo-customs', 'PUT', '/v1/partners/gray-whale', trader('gray-whale')), { status: 403 });
  t.same((await by('anna', 'GET', '/v1/partners/changes')).json, { items: [], next: null });
});

t.test('several partners come together or not at all; one is taken away', async (t) => {
  const { by, gateway } = await start(t);
  const items = ['a-1', 'a-2', 'a-3'].map((id) => ({ partner: id, value: trader(id) }));
  const clash = await by('anna', 'POST', '/v1/partners/changes', {
    items: [...items, { partner: 'a-4', value: trader('a-4', { identities: [{ id: 'A-1' }] }) }],
  });
  t.match(clash, { status: 422, json: { code: 'PARTNER_NOT_IN_ORDER', errors: [{ code: 'CONFIG_DUPLICATE', actual: 'A-1' }] } });
  t.match(await by('anna', 'POST', '/v1/partners/changes', { items }), { status: 202 });
  await by('ben', 'POST', '/v1/partners/changes/1/approve');
  t.match((await by('ben', 'GET', '/v1/partners?limit=3')).json, { items: [{ id: 'a-1' }, { id: 'a-2' }, { id: 'a-3' }], next: 'a-3' });
  t.match((await by('ben', 'GET', '/v1/partners?after=a-3')).json, { items: [{ id: 'blue-anchor', kept: 'folder' }, { id: 'quay-net' }], next: null });
  const etag = (await by('ben', 'GET', '/v1/partners/a-2')).headers['etag'] as string;
  t.equal((await by('ben', 'DELETE', '/v1/partners/a-2', undefined, { 'if-match': etag })).status, 202);
  await by('anna', 'POST', '/v1/partners/changes/2/approve');
  t.equal((await by('ben', 'GET', '/v1/partners/a-2')).status, 404);
  t.match((await by('anna', 'GET', '/v1/partners/changes/2')).json, { counts: { removed: 1 }, items: [{ before: { partner: 'a-2' }, value: null }] });
  t.match((await by('anna', 'GET', '/v1/invoices/a-2/2026-09')).json, { partner: 'a-2', total: String }, 'its months are priced all the same');
  t.match((await by('anna', 'GET', '/v1/invoices/a-9/2026-09')).json, { code: 'PARTNER_UNKNOWN' });
  await gateway.gateway.store.publish();
  const { findings } = verifyStore(openEvidence(gateway.data));
  t.same(findings, [], 'the store verifies, proposals and all');
});

t.test('whatever three operators do, nothing comes into force that not two of them wanted', async (t) => {
  const { by, gateway } = await start(t);
  const who = fc.constantFrom<Operator>('operator', 'anna', 'ben');
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('propose' as const),
      who,
      partner: fc.constantFrom('p-1', 'p-2'),
      name: fc.constantFrom('A', 'B', 'C'),
      fresh: fc.boolean(),
    }),
    fc.record({ kind: fc.constantFrom('approve' as const, 'reject' as const), who, back: fc.nat({ max: 3 }) }),
  );
  let total = 0;
  const proposals = new Map<number, { who: Operator; partner: string; name: string; base: string | null; decided: boolean }>();
  const now = new Map<string, string>(); // versions
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      for (const each of steps) {
        if (each.kind === 'propose') {
          const base = each.fresh ? (now.get(each.partner) ?? null) : null;
          const answer = await by(
            each.who,
            'PUT',
            `/v1/partners/${each.partner}`,
            trader(each.partner, { name: each.name }),
            base === null ? {} : { 'if-match': `"${base}"` },
          );
          if (base === (now.get(each.partner) ?? null)) {
            total++;
            if (answer.status !== 202 || answer.json.number !== total) return false;
            proposals.set(total, { who: each.who, partner: each.partner, name: each.name, base, decided: false });
          } else if (answer.status !== 428) return false;
        } else {
          const number = Math.max(1, total - each.back);
          const proposal = proposals.get(number);
          const before = gateway.gateway.inForce.recorded.hash;
          const answer = await by(each.who, 'POST', `/v1/partners/changes/${number}/${each.kind}`);
          const may =
            proposal && !proposal.decided && proposal.who !== each.who && (each.kind === 'reject' || proposal.base === (now.get(proposal.partner) ?? null));
          if ((answer.status === 200) !== (may === true)) return false;
          if (may) proposal.decided = true;
          if (!(may && each.kind === 'approve') && gateway.gateway.inForce.recorded.hash !== before) return false;
          if (may && each.kind === 'approve') {
            const shown = await by('operator', 'GET', `/v1/partners/${proposal.partner}`);
            if (shown.json.name !== proposal.name || shown.json.history.at(-1).by === shown.json.history.at(-1).decidedBy) return false;
            now.set(proposal.partner, shown.json.version as string);
          }
        }
      }
      return true;
    }),
    { numRuns: 15 },
  );
  for (const { record } of await gateway.gateway.store.timeline('config')) {
    const { by: proposer, decidedBy, change } = (record?.detail ?? {}) as { by?: string; decidedBy?: string; change?: number };
    if (change !== undefined) t.not(proposer, decidedBy, `change ${change}`);
  }
});
