import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { openGateway } from '../../src/cli/running.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { onboardingLimits } from '../../src/gateway/changes/onboarding.ts';
import { hashKey } from '../../src/partners/partner.ts';
import { keys, library, sample, startGateway } from './fixture.ts';

const invited = JSON.stringify({
  partner: 'gray-whale',
  name: 'Gray Whale Shipping',
  keys: [`sha256:${hashKey('key-of-gray-whale')}`],
  identities: [{ id: 'GRAYWHALE' }],
});

/** A gateway with a second operator, and a call that may be made without a key. */
async function start(t: { teardown(end: () => unknown): void }) {
  let config = '';
  const gateway = await startGateway(t, (folder) => {
    config = folder;
    const file = join(folder, 'gateway.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd()}\n  - id: anna\n    keys: [{ demo: demo-anna-lee }]\n`);
  });
  const ask = async (key: string | undefined, method: 'GET' | 'POST', url: string, payload?: string | Buffer) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const response = await gateway.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    return { status: response.statusCode, json: response.body === '' ? undefined : response.json() };
  };
  const invite = async (more = '', text = invited) => ask('demo-anna-lee', 'POST', `/v1/onboarding?scenarios=cargo-report${more}`, text);
  return { gateway, ask, invite, config };
}

const report = sample('two-bills').toString('latin1').replace('BLUEANCHOR+', 'GRAYWHALE+');
const amendment = report.replace("RTM+9'", "RTM+5'");
const withoutDocument = report.replace(/BGM[^']*'\n?/, '').replace('UNT+50', 'UNT+49');

t.test('what operators keep for themselves is in the mailbox of no party, whatever one is called', async (t) => {
  const key = 'demo-of-onboarding';
  const gateway = await startGateway(t, (folder) => {
    writeFileSync(
      join(folder, 'partners/onboarding.yaml'),
      `partner: onboarding\nname: Onboarding\nkeys: [{ demo: ${key} }]\nidentities: [{ id: ONBOARDING }]\n`,
    );
  });
  const ask = (authorization: string, method: 'GET' | 'POST', url: string, body?: string) =>
    gateway.call(undefined, method, url, { headers: { authorization: `Bearer ${authorization}` }, ...(body === undefined ? {} : { body }) });
  t.equal((await ask(keys.operator, 'POST', '/v1/onboarding?scenarios=cargo-report', invited)).status, 201);
  t.same((await ask(key, 'GET', '/v1/inbox')).json, { items: [], next: 0 });
  for (const [method, url] of [['GET', '/v1/inbox/1'], ['POST', '/v1/inbox/1/receipt']] as const) t.equal((await ask(key, method, url)).status, 404, url); // prettier-ignore
  t.match((await ask(keys.operator, 'GET', '/v1/onboarding')).json, { items: [{ number: 1, state: 'open' }] });
});

t.test('fifty causes are listed of a message, and how many there are beyond', async (t) => {
  const { ask, invite } = await start(t);
  const { link } = (await invite()).json as { link: string };
  const strange = Array.from({ length: 90 }, (_, i) => `Q${10 + i}+A'`).join('');
  const { json } = await ask(undefined, 'POST', `${link}/messages?scenario=report`, report.replace('UNT+', `${strange}UNT+`));
  const { findings, more = 0 } = json as { findings: unknown[]; more?: number };
  t.equal(findings.length, 50);
  t.ok(more >= 40, `${more} beyond`);
  t.match(await ask(undefined, 'GET', link), { json: { list: [{ scenario: 'report', last: { more } }] } });
});

t.test('several links may be open for one partner, each until it ends or is taken back', async (t) => {
  const { gateway, ask, invite } = await start(t);
  const [first, second] = [await invite(), await invite('&days=1')].map(({ json }) => json as { link: string });
  const items = async (state = '') => ((await ask(keys.operator, 'GET', `/v1/onboarding${state}`)).json as { items: unknown[] }).items;
  t.match(await items('?state=open'), [
    { number: 1, partner: 'gray-whale', state: 'open', until: String },
    { number: 2, state: 'open' },
  ]);
  t.equal((await ask(keys['blue-anchor'], 'POST', '/v1/invitations/1/revoke')).status, 403);
  t.match(await ask(keys.operator, 'POST', '/v1/invitations/1/revoke?reason=wrong%20address'), { status: 200, json: { state: 'revoked' } });
  t.equal((await ask(keys.operator, 'POST', '/v1/invitations/1/revoke')).status, 404, 'once');
  t.match(await ask(undefined, 'GET', first!.link), { status: 410, json: { code: 'ONBOARDING_REVOKED' } });
  t.equal((await ask(undefined, 'POST', `${first!.link}/messages?scenario=report`, report)).status, 410);
  t.equal((await ask(undefined, 'GET', second!.link)).status, 200, 'the other stays');
  t.match(await items('?state=open'), [{ number: 2 }]);
  t.match(await items(), [
    { number: 1, state: 'revoked' },
    { number: 2, state: 'open' },
  ]);
  const url = await gateway.listen('127.0.0.1', 0);
  const file = join(gateway.data, 'gray-whale.json');
  writeFileSync(file, invited);
  const run = async (...argv: string[]): Promise<string> => {
    let text = '';
    const add = (said: string): void => void (text += said);
    const code = await main(['onboarding', ...argv, '--url', url, '--key', keys.operator, '--lang', 'en'], { out: add, tell: add });
    return `${code} ${text}`;
  };
  t.match(await run('invite', file, '--scenarios', 'cargo-report'), /^0 gray-whale is invited until 20.*: \/v1\/onboarding\/[\w-]{43}\n$/);
  t.match(await run('list', '--open'), /^0 number .*\n2 .*\n3 +gray-whale +cargo-report +operator +open .* 0 of 3\n$/);
  t.match(await run('revoke', '3', '--reason', 'no answer'), /^0 the link of invitation 3 opens nothing/);
  t.match(await run('approve', 'gray-whale'), /^1 gray-whale has not asked/);
  t.match((await gateway.gateway.store.timeline((await gateway.gateway.store.inbox('changes:onboarding', 0, 1))[0]!.content.owner)).at(-1)?.record, {
    kind: 'rejected',
    detail: { by: 'operator', reason: 'wrong address' },
  });
});

t.test('from the link to production, over HTTP', async (t) => {
  const { gateway, ask, invite } = await start(t);
  const made = await invite();
  t.match(made, { status: 201, json: { partner: 'gray-whale', scenarios: 'cargo-report' } });
  const { link, until } = made.json as { link: string; until: string };
  t.equal(Math.round((Date.parse(until) - Date.now()) / 86_400_000), 14, 'fourteen days where nothing is said');
  t.match(await ask(undefined, 'GET', link), {
    status: 200,
    json: { request: null, list: [{ state: 'missing' }, { state: 'missing' }, { state: 'missing' }] },
  });
  const send = (scenario: string, text: string) => ask(undefined, 'POST', `${link}/messages?scenario=${scenario}`, text);
  t.match(await send('report', report), { status: 200, json: { state: 'passed', outcome: 'accepted' } });
  t.match(await ask(undefined, 'POST', `${link}/request`), { status: 409, json: { code: 'ONBOARDING_NOT_PASSED', detail: /amendment, refused/ } });
  t.match(await send('amendment', amendment), { status: 200, json: { state: 'passed' } });
  t.match(await send('refused', withoutDocument), { json: { state: 'passed', outcome: 'rejected', findings: [{ code: 'EDIFACT_SEGMENT_MISSING' }] } });
  for (const agency of ['customs', 'port-health']) t.same(await gateway.gateway.store.inbox(agency, 0, 10), [], `nothing reached ${agency}`);
  t.equal((await ask('key-of-gray-whale', 'GET', '/v1/inbox')).status, 401, 'it is no partner yet');

  t.match(await ask(undefined, 'POST', `${link}/request`), { status: 202, json: { request: { state: 'open' } } });
  t.match(await ask(undefined, 'POST', `${link}/request`), { status: 409, json: { code: 'ONBOARDING_REQUESTED' } });
  t.match(await send('report', report), { status: 409, json: { code: 'ONBOARDING_REQUESTED' } });
  t.match(await ask('demo-anna-lee', 'POST', '/v1/partners/changes/1/approve'), { status: 403, json: { code: 'PARTNER_OWN_CHANGE' } }, 'not by who invited');
  t.match(await ask(keys.operator, 'POST', '/v1/partners/changes/1/approve'), { status: 200, json: { state: 'approved', by: 'anna', decidedBy: 'operator' } });
  t.match(await ask(undefined, 'GET', link), { json: { request: { state: 'approved' } } });
  t.equal((await ask('key-of-gray-whale', 'GET', '/v1/inbox')).status, 200, 'now it is one');
  t.match(await ask(keys.operator, 'GET', '/v1/onboarding'), { json: { items: [{ number: 1, by: 'anna', partner: 'gray-whale', tries: 3 }] } });

  const token = link.split('/').at(-1)!;
  const steps = (await gateway.gateway.store.inbox('changes:onboarding', 0, 1)).map(({ content }) => content.owner);
  t.notMatch(steps[0], token, 'the token is not kept');
  const kinds = (await gateway.gateway.store.timeline(steps[0]!)).map(({ record }) => record?.kind);
  t.same(kinds, ['proposed', 'tried', 'tried', 'tried', 'proposed'], 'every step is an entry');
});

t.test('what is wrong with a message is told in its own terms, and the last message counts', async (t) => {
  const { ask, invite } = await start(t);
  const { link } = (await invite()).json as { link: string };
  const send = (scenario: string, text: string) => ask(undefined, 'POST', `${link}/messages?scenario=${scenario}`, text);
  const cases: readonly (readonly [what: string, scenario: string, text: string, finding: object])[] = [
    ['another function', 'amendment', report, { code: 'SCENARIO_VALUE', actual: '9', expected: ['4', '5'] }],
    ['a fact that is not stated', 'report', report.replaceAll(/FTX\+AAA[^']*'\n?/g, '').replace('UNT+50', 'UNT+47'), { code: 'SCENARIO_NOT_STATED' }],
    ['rejected', 'report', withoutDocument, { code: 'EDIFACT_SEGMENT_MISSING', source: { message: 1, tag: 'UNH', missing: true } }],
    ['rejected where it should not be', 'report', withoutDocument, { code: 'SCENARIO_OUTCOME' }],
    ['from another', 'report', report.replace('GRAYWHALE', 'BLUEANCHOR'), { code: 'GATEWAY_UNKNOWN_SENDER', actual: 'BLUEANCHOR' }],
    ['for another reason', 'refused', report.replace('GRAYWHALE', 'BLUEANCHOR'), { code: 'SCENARIO_REASON' }],
    ['no message', 'report', 'hello', { code: 'SCENARIO_MESSAGE' }],
  ];
  for (const [what, scenario, text, expected] of cases) {
    const { status, json } = await send(scenario, text);
    t.match({ status, state: json.state }, { status: 200, state: 'failed' }, what);
    const { code } = expected as { code: string };
    const found = (json.findings as { code: string }[]).find((each) => each.code === code);
    t.match(found, expected, `${what}: ${(json.findings as { code: string }[]).map((each) => each.code).join(' ')}`);
  }
  t.match(await ask(undefined, 'GET', link), { json: { list: [{ scenario: 'report', state: 'failed', last: { findings: [{ code: 'SCENARIO_OUTCOME' }] } }] } });
  await send('report', report);
  t.match(await ask(undefined, 'GET', link), { json: { list: [{ state: 'passed' }, { state: 'failed' }, { state: 'failed' }] } });
});

t.test('a browser gets a page on which all of it can be done, without a script', async (t) => {
  const { gateway, invite } = await start(t);
  const url = await gateway.listen('127.0.0.1', 0);
  const { link } = (await invite()).json as { link: string };
  const browser = async (path: string, form?: FormData | URLSearchParams, language = 'en') => {
    const headers = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'accept-language': language };
    const response = await fetch(url + path, form ? { method: 'POST', body: form, headers } : { headers });
    return { status: response.status, url: response.url.slice(url.length), headers: Object.fromEntries(response.headers), text: await response.text() };
  };
  /** Sends a file by the form that the page has for a scenario. */
  const send = async (scenario: string, bytes: Buffer) => {
    const { text } = await browser(link);
    const [, action] = new RegExp(`action="([^"]*scenario=${scenario})"`).exec(text)!;
    const form = new FormData();
    form.append('message', new Blob([new Uint8Array(bytes)], { type: 'text/plain' }), 'message.edi');
    return browser(new URL(action!, url + link).pathname + `?scenario=${scenario}`, form);
  };
  const section = (text: string, id: string): string => new RegExp(`<section id="${id}">.*?</section>`, 's').exec(text)![0];

  const first = await browser(link);
  t.match(first, { status: 200, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', vary: 'accept, accept-language' } }); // prettier-ignore
  const style = createHash('sha256')
    .update(/<style>(.*?)<\/style>/s.exec(first.text)![1]!)
    .digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
  t.equal(first.headers['content-security-policy'], policy);
  for (const id of ['report', 'amendment', 'refused']) t.match(section(first.text, id), /nothing sent yet/);
  t.match(section(first.text, 'production'), /3 to go/);

  const wrong = Buffer.from(withoutDocument.replace('UNT+49', 'UNT+48').replace("RFF+", "RFF+<script>alert(1)</script>\u202e"), 'utf8'); // prettier-ignore
  const failed = await send('report', wrong);
  t.match(failed, { status: 200, url: link }, 'and comes back to the scenarios');
  const shown = section(failed.text, 'report');
  t.match(shown, /✗ not passed/);
  t.match(shown, /<dt>at<\/dt><dd><code>after segment 1 of message 1 \(UNH\), line 2, column 27<\/code><\/dd><dt>expected<\/dt><dd><code>BGM/);
  t.match(shown, /EDIFACT_SEGMENT_MISSING/);
  t.match(shown, /RFF\+&#60;script&#62;alert\(1\)&#60;\/script&#62;⟦202E⟧/, 'what was sent is text, and what is not seen is shown');
  t.notMatch(failed.text, /<script|\u202e| style=| on\w+=|https?:/, 'nothing of it is more than text, and nothing comes from elsewhere');
  const { owner } = (await gateway.gateway.store.inbox('changes:onboarding', 0, 1))[0]!.content;
  const kept = async () => (await gateway.gateway.store.timeline(owner)).map(({ record }) => record?.content?.stage).filter((stage) => stage?.startsWith('sent-')); // prettier-ignore
  t.same(await gateway.gateway.store.content({ owner, stage: (await kept())[0]! }), wrong, 'byte for byte, out of its form');

  t.match(await browser(`${link}/request`, new URLSearchParams()), {
    status: 409,
    headers: { 'content-security-policy': policy },
    text: /report, amendment, refused.*<a href="\.\.\//,
  });
  t.match(await send('report', Buffer.alloc(onboardingLimits.bytes + 1)), { status: 413, text: /<a href="\.\.\// });
  t.equal(
    (await send('report', Buffer.from(report + ' '.repeat(onboardingLimits.bytes - report.length)))).status,
    200,
    'the form takes nothing away from the file',
  );
  const guessed = await browser('/v1/onboarding/guessed');
  t.match(guessed, { status: 404, headers: { 'content-type': /^text\/html/ }, text: /WEB_NOT_FOUND/ });
  t.notMatch(guessed.text, /<li>|<ul>/, 'the one cause is said once');
  t.match(section((await browser(link, undefined, 'zh-TW')).text, 'amendment'), /尚未傳送/);

  for (const [scenario, text] of Object.entries({ report, amendment, refused: withoutDocument })) await send(scenario, Buffer.from(text, 'latin1'));
  const ready = await browser(link);
  t.equal(ready.text.match(/✓ passed/g)?.length, 3);
  const [, action] = /action="([^"]*\/request)"/.exec(section(ready.text, 'production'))!;
  const asked = await browser(new URL(action!, url + link).pathname, new URLSearchParams());
  t.match(asked, { status: 200, url: link });
  t.match(section(asked.text, 'production'), /Asked for on .* An operator decides\./);
  t.notMatch(asked.text, /<form/, 'there is nothing more to send');
  t.match(await (await fetch(url + link, { headers: { accept: '*/*' } })).json(), { request: { state: 'open' } }, 'whoever does not name pages reads JSON');
});

t.test('who may do what, until when, and how much', async (t) => {
  const { gateway, ask, invite } = await start(t);
  t.equal((await ask(undefined, 'POST', '/v1/onboarding?scenarios=cargo-report', invited)).status, 401);
  t.equal((await ask(keys['blue-anchor'], 'POST', '/v1/onboarding?scenarios=cargo-report', invited)).status, 403);
  t.match(await ask('demo-anna-lee', 'POST', '/v1/onboarding?scenarios=nothing', invited), { status: 404, json: { code: 'SCENARIO_UNKNOWN' } });
  t.equal((await invite('', '{"partner": "gray-whale"}')).status, 422, 'what it shall be is checked at once');
  t.match(await invite('', invited.replace('gray-whale', 'blue-anchor')), { status: 409, json: { code: 'PARTNER_IN_FOLDER' } });
  t.match(await ask(undefined, 'GET', '/v1/onboarding/guessed'), { status: 404, json: { code: 'WEB_NOT_FOUND' } });
  const { link } = (await invite('&days=1')).json as { link: string };
  t.match(await ask(undefined, 'POST', `${link}/messages?scenario=other`, report), { status: 404, json: { code: 'SCENARIO_UNKNOWN' } });
  t.equal((await ask(undefined, 'POST', `${link}/messages?scenario=report`, 'x'.repeat(onboardingLimits.bytes + 1))).status, 413);
  const { owner } = (await gateway.gateway.store.inbox('changes:onboarding', 0, 1))[0]!.content;
  const records = Array.from({ length: onboardingLimits.tries }, () => ({
    kind: 'tried' as const,
    content: { owner, stage: 'proposal' },
    detail: { scenario: 'x' },
  }));
  await gateway.gateway.store.commit({ records });
  t.match(await ask(undefined, 'POST', `${link}/messages?scenario=report`, report), { status: 429, json: { code: 'ONBOARDING_TRIES' } });
  const now = gateway.gateway.now;
  Object.assign(gateway.gateway, { now: () => now() + 2 * 86_400_000 });
  t.match(await ask(undefined, 'GET', link), { status: 410, json: { code: 'ONBOARDING_EXPIRED' } });
});

t.test('calls by a link have a rate as others have', async (t) => {
  const gateway = await startGateway(t, (folder) => {
    const file = join(folder, 'gateway.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, /^limits:/m.test(text) ? text.replace(/^limits:/m, 'limits:\n  requests: 2') : `${text.trimEnd()}\nlimits: { requests: 2 }\n`);
  });
  const statuses: number[] = [];
  for (let i = 0; i < 8; i++) statuses.push((await gateway.app.inject({ method: 'GET', url: `/v1/onboarding/guess-${i}` })).statusCode);
  t.equal(statuses[0], 404);
  t.ok(statuses.includes(429), 'whoever guesses is slowed down');
});

t.test('a link and what was passed outlive a restart', async (t) => {
  const { gateway, invite, ask, config } = await start(t);
  const { link } = (await invite()).json as { link: string };
  await ask(undefined, 'POST', `${link}/messages?scenario=report`, report);
  await gateway.close();
  const again = await openGateway({
    library,
    loaded: loadConfigurationFolder(config, library),
    config,
    data: gateway.data,
    report: () => undefined,
    workers: 1,
  });
  const get = await again.app.inject({ method: 'GET', url: link });
  t.match(get.json(), { list: [{ state: 'passed' }, { state: 'missing' }, { state: 'missing' }] });
  const sent = await again.app.inject({ method: 'POST', url: `${link}/messages?scenario=amendment`, payload: amendment });
  t.match(sent.json(), { state: 'passed' }, 'judged in a thread of its own as well');
  await again.close();
});

t.test('the interface says all of it', async (t) => {
  const { gateway } = await start(t);
  const { json } = await gateway.call(undefined, 'GET', '/docs/json');
  for (const path of ['', '/{token}', '/{token}/messages', '/{token}/request']) t.ok(json.paths[`/v1/onboarding${path}`], path);
  t.same(json.paths['/v1/onboarding/{token}'].get.security, [{}], 'the token is all that is asked for');
  t.notOk(json.paths['/v1/onboarding'].post.security, 'an invitation asks for a key');
});

const ownSet = `scenarios: sea-report
title: Sea report
list:
  - scenario: first
    title: A report of any kind
    maps: [un/cuscar]
    states: [{ path: Declaration.ID }]
    outcome: accepted
`;

t.test("sets of the operator's own", async (t) => {
  const { gateway, ask, config } = await start(t);
  const invite = async () => ask('demo-anna-lee', 'POST', '/v1/onboarding?scenarios=sea-report', invited);
  t.match(await invite(), { status: 404, json: { code: 'SCENARIO_UNKNOWN' } });
  mkdirSync(join(config, 'scenarios'));
  const put = (text: string): void => writeFileSync(join(config, 'scenarios/sea.yaml'), text);
  const wrong: readonly (readonly [what: string, text: string, code: string, line: number, column: number])[] = [
    ['a map that is not there', ownSet.replace('un/cuscar]', 'un/cuscer]'), 'CONFIG_UNKNOWN_NAME', 6, 12],
    ['a fact that is not there', ownSet.replace('Declaration.ID', 'Declaration.Idd'), 'CONFIG_UNKNOWN_NAME', 7, 22],
    ['a code that is not there', `${ownSet}    because: [EDIFACT_NOTHING]\n`, 'CONFIG_UNKNOWN_NAME', 9, 15],
    ['a key that is not there', ownSet.replace('outcome', 'outcom'), 'CONFIG_UNKNOWN_KEY', 8, 5],
    ['twice one scenario', ownSet + ownSet.slice(ownSet.indexOf('  - ')), 'CONFIG_DUPLICATE', 9, 15],
    ['a name that a shipped set has', ownSet.replace('sea-report', 'cargo-report'), 'CONFIG_DUPLICATE', 1, 12],
  ];
  for (const [what, text, code, line, column] of wrong) {
    put(text);
    t.notOk(await gateway.reload(), what);
    const { findings } = gateway.gateway.refused!;
    t.match(findings.find((each) => each.code === code), { rule: { file: 'scenarios/sea.yaml', line, column } }, `${what}: ${JSON.stringify(findings).slice(0, 300)}`); // prettier-ignore
  }
  const size = await gateway.gateway.store.size();
  put(ownSet);
  t.ok(await gateway.reload());
  t.match((await gateway.gateway.store.counting.steps(size, 1))[0]?.record, { kind: 'configuration-changed' }, 'an entry of the log');
  const { link } = (await invite()).json as { link: string };
  t.match(await ask(undefined, 'GET', link), { json: { title: 'Sea report', list: [{ scenario: 'first', state: 'missing' }] } });
  t.match(await ask(undefined, 'POST', `${link}/messages?scenario=first`, report), { json: { state: 'passed' } });
});

t.test('what is shipped is in order', (t) => {
  t.same(
    library.check([]).filter(({ rule }) => rule?.source.startsWith('schemas/scenarios')),
    [],
  );
  t.same(library.scenarios.map(({ scenarios }) => scenarios), ['cargo-report']); // prettier-ignore
  t.end();
});
