import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { deliveryId } from '../../src/gateway/outcome/jobs.ts';
import { keys, sample, startGateway, type TestGateway, type Who } from './fixture.ts';

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const marker = (): string => [...randomBytes(16)].map((byte) => letters[byte % letters.length]).join('');

/** What one party has, and what nobody has, under the names by which calls ask for it. */
interface Asked {
  readonly of: 'the other' | 'nobody';
  readonly names: Readonly<Record<string, string>>;
}

const needed: Readonly<Record<string, string>> = { from: '2020-01-01', to: '2099-12-31', scenarios: 'cargo-report', reason: 'none' };

interface Operation {
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
}

/** The calls that need a key, with the address for each of `asked`. */
async function* calls({ call }: TestGateway, asked: readonly Asked[]) {
  const { paths } = (await call(undefined, 'GET', '/docs/json')).json as { paths: Record<string, Record<string, Operation>> };
  for (const [path, operations] of Object.entries(paths))
    for (const [verb, { security, parameters = [] }] of Object.entries(operations)) {
      if (security?.length === 0 || path.startsWith('/v1/onboarding/{token}')) continue;
      const query = parameters.filter((each) => each.in === 'query' && each.required).map(({ name }) => `${name}=${needed[name] ?? 'UNKNOWN'}`);
      const at = ({ names }: Asked): string => {
        const name = (each: string): string =>
          each === 'id' && /interchanges|partners/.test(path) ? (path.includes('partners') ? 'partner' : 'interchange') : each;
        const filled = path.replace(/\{(\w+)\}/g, (_, each: string) => names[name(each)] ?? 'UNKNOWN');
        return query.length > 0 ? `${filled}?${query.join('&')}` : filled;
      };
      yield { what: `${verb.toUpperCase()} ${path}`, method: verb.toUpperCase() as 'GET', urls: asked.map(at) };
    }
}

t.test('of what another party has every call says what it says of what nobody has', async (t) => {
  const name = marker();
  const gateway = await startGateway(t, (config) => {
    const file = join(config, 'partners/blue-anchor.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('Blue Anchor Line', name));
  });
  let text = sample('latin-1').toString('latin1'); // which no route brings to port health
  const reference = /UNB\+[^+]*\+[^+]*\+[^+]*\+[^+]*\+([^+']*)/.exec(text)![1]!;
  const values = [...new Set([...text.matchAll(/[A-Z]{6,}(?: [A-Z]+)*(?=[:+'])/g)].map(([value]) => value))].filter(
    (each) => !/^(BLUEANCHOR|PORTOLAN|CUSCAR)$/.test(each),
  );
  const markers = [name, ...values.map(marker)];
  for (const [i, value] of values.entries()) text = text.replaceAll(value, markers[i + 1]!);
  const { id, outcome } = (await gateway.send('blue-anchor', Buffer.from(text, 'latin1'))).json;
  t.match(outcome, { messages: [{ agencies: { customs: 'sent' } }] });
  t.ok(values.length > 2, `${values.length} values`);
  const note = marker();
  const partner = (id: string): string => JSON.stringify({ partner: id, name: note, keys: [], identities: [{ id: `${id[0]}${note}` }] });
  const done: readonly (readonly [method: 'POST' | 'PUT', url: string, body?: string])[] = [
    ['POST', `/v1/messages/${id}-1/hold?note=${note}`],
    ['POST', '/v1/onboarding?scenarios=cargo-report', partner('gray-whale')],
    ['PUT', '/v1/partners/new-whale', partner('new-whale')],
  ];
  for (const [method, url, body] of done) t.ok((await gateway.call('operator', method, url, body === undefined ? {} : { body })).status < 300, url);
  const hidden = [...markers, note, id as string, reference];

  const month = new Date().toISOString().slice(0, 7);
  const nobody = '01JD8Z6Q0000000000000000AB';
  const asked: readonly Asked[] = [
    { of: 'the other', names: { id: `${id}-1`, interchange: id, number: '1', party: 'blue-anchor', partner: 'blue-anchor', month } },
    { of: 'nobody', names: { id: `${nobody}-1`, interchange: nobody, number: '987654321', party: 'blue-nobody', partner: 'blue-nobody', month } },
  ];
  const callers: readonly (readonly [who: string, key: string | undefined, statuses: RegExp])[] = [
    ['another partner', keys['quay-net'], /^(200|40[034]|415)$/],
    ['an agency that was not given it', keys['port-health'], /^(200|40[034]|415)$/],
    ['a wrong key', 'wrong', /^401$/],
    ['no key', undefined, /^401$/],
  ];
  const delivered = JSON.stringify({
    delivery: deliveryId({ interchange: id, party: 'customs', content: { owner: `${id}-1`, stage: 'customs' } }),
    state: 'delivered',
  });
  let count = 0;
  for await (const { what, method, urls } of calls(gateway, asked)) {
    t.notMatch(urls[0], 'UNKNOWN', `${what}: this test says with which names it is asked`);
    for (const [who, key, statuses] of callers) {
      const answers: string[] = [];
      for (const [i, url] of urls.entries()) {
        const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
        const answer = await gateway.call(undefined, method, url, { headers, ...(method === 'GET' ? {} : { body: delivered }) });
        if (!statuses.test(String(answer.status))) t.fail(`${who}, ${what}: ${answer.status}`);
        const { 'content-length': _, date: __, ...told } = answer.headers;
        let said = `${answer.status} ${JSON.stringify(told)} ${answer.body}`.replaceAll(JSON.stringify(url).slice(1, -1), 'ADDRESS');
        for (const [each, value] of Object.entries(asked[i]!.names)) if (value.length > 9) said = said.replaceAll(value, each);
        for (const mark of hidden) if (said.includes(mark)) t.fail(`${who}, ${what}: it says ${mark}`);
        answers.push(said);
        count++;
      }
      if (answers[0] !== answers[1]) t.same(answers[0], answers[1], `${who}, ${what}`);
    }
  }
  t.ok(count > 300, `${count} answers`);
  t.equal((await gateway.call('blue-anchor', 'GET', `/v1/messages/${id}-1`)).json.state, 'sent', 'nothing became of it');
  for (const who of ['operator', 'blue-anchor'] as Who[])
    t.match((await gateway.call(who, 'GET', `/v1/messages/${id}-1/content`)).body, markers[1], 'which its own party finds');
  const log = JSON.stringify(gateway.events);
  for (const mark of [...markers, note, ...Object.values(keys)]) t.notOk(log.includes(mark), 'nor is it in the log');
});
