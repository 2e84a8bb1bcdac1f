import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { sample, startGateway, type TestGateway } from './fixture.ts';

const whole = sample('two-bills');
const broken = Buffer.from(whole.toString('latin1').replace(/BGM\+[^']*'\n?/, ''), 'latin1');

/** Two more operators, and what an answer of theirs says. */
function withOperators(config: string): void {
  const file = join(config, 'gateway.yaml');
  const more = '  - id: anna\n    keys: [{ demo: demo-anna-lee }]\n  - id: ben\n    keys: [{ demo: demo-benjamin }]\n';
  writeFileSync(file, readFileSync(file, 'utf8').replace(/(operators:\n(?: .*\n)+)/, `$1${more}`));
}

type As = (who: 'anna' | 'ben', method: 'GET' | 'POST', url: string, body?: Buffer) => Promise<{ readonly status: number; readonly json: any }>; // eslint-disable-line @typescript-eslint/no-explicit-any -- as the fixture's

function by({ app }: TestGateway): As {
  const keys = { anna: 'demo-anna-lee', ben: 'demo-benjamin' };
  return async (who, method, url, body) => {
    const headers = { authorization: `Bearer ${keys[who]}`, ...(body ? { 'content-type': 'text/plain' } : {}) };
    const response = await app.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
    return { status: response.statusCode, json: JSON.parse(response.body) };
  };
}

t.test('an edited copy goes on when a second operator says so, and everybody is told what it is', async (t) => {
  const gateway = await startGateway(t, withOperators);
  const as = by(gateway);
  const { json } = await gateway.send('blue-anchor', broken);
  const message = `${json.id as string}-1`;
  t.match(json.outcome, { messages: [{ state: 'rejected' }] });
  const answers = (await gateway.call('blue-anchor', 'GET', '/v1/inbox')).json.items.length;

  const proposed = await as('anna', 'POST', `/v1/messages/${message}/repair?note=told+by+telephone`, whole);
  t.equal(proposed.status, 202);
  t.match(proposed.json, { number: 1, state: 'open', difference: [{ was: '', is: /^BGM\+/ }] });
  t.match((await as('ben', 'GET', '/v1/repairs')).json.items, [
    { number: 1, state: 'open', by: 'anna', message, note: 'told by telephone', decidedBy: null, replacement: null },
  ]);
  t.same((await gateway.call('customs', 'GET', '/v1/inbox')).json.items, [], 'nothing has gone anywhere');

  t.match(await as('anna', 'POST', '/v1/repairs/1/approve'), { status: 403, json: { code: 'PARTNER_OWN_CHANGE' } }, 'four eyes');
  const approved = await as('ben', 'POST', '/v1/repairs/1/approve?reason=seen');
  t.match(approved, { status: 200, json: { state: 'approved', by: 'anna', decidedBy: 'ben', reason: 'seen' } });
  const replacement = approved.json.replacement as string;
  await gateway.gateway.outcome(replacement.split('-')[0]!, 20_000);

  const old = (await gateway.call('operator', 'GET', `/v1/messages/${message}`)).json;
  t.equal(old.state, 'repaired');
  t.ok(old.timeline.some(({ kind }: { kind: string }) => kind === 'repaired'));
  const made = (await gateway.call('operator', 'GET', `/v1/messages/${replacement}`)).json;
  t.match(made, { state: 'sent', partner: 'blue-anchor', grade: 'C', repair: { of: message, by: 'anna', approvedBy: 'ben' } });
  t.match((await gateway.call('blue-anchor', 'GET', `/v1/messages/${replacement}`)).json.repair, { of: message }, 'its partner sees it too');
  const customs = (await gateway.call('customs', 'GET', `/v1/messages/${replacement}`)).json;
  t.match(customs, { amendedBy: 'operator', timeline: [{ kind: 'translated' }, { kind: 'amended' }, { kind: 'sent' }] }, 'the agency is told');
  t.notMatch(JSON.stringify(customs), /anna|ben"|blue-anchor/, 'and neither by whom nor from whom');
  t.equal((await gateway.call('customs', 'GET', '/v1/inbox')).json.items.length, 1);
  t.equal((await gateway.call('blue-anchor', 'GET', '/v1/inbox')).json.items.length, answers, 'who did not send it is not answered');

  t.match(await as('ben', 'POST', '/v1/repairs/1/approve'), { status: 409, json: { code: 'PARTNER_DECIDED' } });
  t.match(await as('anna', 'POST', `/v1/messages/${message}/repair`, whole), { status: 409, json: { code: 'REPAIR_REFUSED' } }, 'once is enough');
  const told: string[] = [];
  t.equal(
    await main(['verify', '--data', gateway.data], { out: (text) => void told.push(String(text)), tell: (text) => void told.push(text) }),
    0,
    told.join(''),
  );
});

t.test('what is not repaired, and why', async (t) => {
  const gateway = await startGateway(t, (config) => {
    withOperators(config);
    const file = join(config, 'partners', 'quay-net.yaml');
    const text = readFileSync(file, 'utf8');
    if (/^agreement:\n/m.test(text)) writeFileSync(file, text.replace(/^agreement:\n/m, 'agreement:\n  repair: never\n'));
    else appendFileSync(file, 'agreement:\n  repair: never\n');
  });
  const as = by(gateway);
  const rejected = `${(await gateway.send('blue-anchor', broken)).json.id as string}-1`;
  const text = whole.toString('latin1');
  const still = Buffer.from(text.replace(/BGM\+[^']*'\n?/, '').replace('ALSTER', 'ELBE'), 'latin1');
  t.match(
    await as('anna', 'POST', `/v1/messages/${rejected}/repair`, still),
    { status: 422, json: { code: 'REPAIR_NOT_IN_ORDER', errors: [{ code: /^EDIFACT_/ }] } },
    'it would be rejected again',
  );
  t.match(
    await as('anna', 'POST', `/v1/messages/${rejected}/repair`, Buffer.from(text.replaceAll('BLUEANCHOR', 'SOMEBODY'), 'latin1')),
    { status: 422 },
    'from somebody else',
  );
  t.match(await as('anna', 'POST', `/v1/messages/${rejected}/repair`, Buffer.from('hello')), { status: 422 });
  t.equal((await as('anna', 'POST', `/v1/messages/${rejected.slice(0, -1)}9/repair`, whole)).status, 404);
  t.equal(
    (await gateway.call('blue-anchor', 'POST', `/v1/messages/${rejected}/repair`, { body: whole, headers: { 'content-type': 'text/plain' } })).status,
    403,
  );
  const sent = `${(await gateway.send('blue-anchor', whole)).json.id as string}-1`;
  t.match(
    await as('anna', 'POST', `/v1/messages/${sent}/repair`, whole),
    { status: 409, json: { code: 'REPAIR_REFUSED', detail: /customs/ } },
    'an agency has it',
  );
  const relayed = (await gateway.send('quay-net', sample('cargo-report-xml', 'input.xml'), { 'content-type': 'application/xml' })).json;
  t.match(await as('anna', 'POST', `/v1/messages/${relayed.id as string}-1/repair`, whole), { status: 403, json: { code: 'REPAIR_NEVER' } }, 'only relayed');

  await as('anna', 'POST', `/v1/messages/${rejected}/repair`, whole);
  t.match(await as('ben', 'POST', '/v1/repairs/1/reject?reason=ask+the+sender'), {
    status: 200,
    json: { state: 'rejected', reason: 'ask the sender', replacement: null },
  });
  t.equal((await gateway.call('operator', 'GET', `/v1/messages/${rejected}`)).json.state, 'rejected', 'nothing followed');

  const agencies = { customs: 'retrying' }; // a delivery that failed and comes again
  await gateway.gateway.store.commit({ states: [{ id: rejected, interchange: rejected.split('-')[0]!, state: 'rejected', agencies }] });
  t.match(await as('anna', 'POST', `/v1/messages/${rejected}/repair`, whole), { status: 409, json: { code: 'REPAIR_REFUSED', detail: /about to get it/ } });
});

t.test('portolan repair: proposed by one, listed, approved by another', async (t) => {
  const gateway = await startGateway(t, withOperators);
  const message = `${(await gateway.send('blue-anchor', broken)).json.id as string}-1`;
  const url = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'edited.edi'), whole);
  const run = async (key: string, ...args: string[]): Promise<{ readonly code: number; readonly out: string }> => {
    const out: string[] = [];
    const code = await main(['repair', ...args, '--url', url, '--key', key], {
      out: (text) => void out.push(String(text)),
      tell: (text) => void out.push(text),
    });
    return { code, out: out.join('') };
  };
  t.match(await run('demo-anna-lee', message, '--with', join(folder, 'edited.edi')), { code: 0, out: /repair 1 is proposed/ });
  t.match(await run('demo-anna-lee', 'approve', '1'), { code: 1, out: /PARTNER_OWN_CHANGE/ });
  t.match(await run('demo-benjamin', 'list'), { code: 0, out: /1 +open +.*anna/ });
  t.match(await run('demo-benjamin', 'approve', '1'), { code: 0, out: /approved .* anna +ben/ });
  t.match(await run('demo-anna-lee', 'approve'), { code: 2 });
  t.match(await run('demo-anna-lee', message), { code: 2, out: /--with FILE/ });
});
