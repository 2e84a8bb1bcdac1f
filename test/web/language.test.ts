import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { root } from '../root.ts';
import { keys, startGateway } from './fixture.ts';

/** One message with an impossible date; its sender agreed to have errors of content reported apart. */
const input = readFileSync(join(root, 'test/cases/content-date-impossible/input.edi'));

t.test('findings are told in the language of who asks, over HTTP', async (t) => {
  const gateway = await startGateway(t, (folder) => {
    const file = join(folder, 'partners/blue-anchor.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('agreement:\n', 'agreement:\n  errors: { map: un/aperak/d96a, codes: { MAP_VALUE: "42", other: "900" } }\n'),
    );
  });
  const ask = async (language: string, method: 'GET' | 'POST', url: string, payload?: Buffer) =>
    gateway.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${keys['blue-anchor']}`, 'accept-language': language, prefer: 'wait=20' },
      ...(payload ? { payload } : {}),
    });
  const sent = await ask('zh-TW,zh;q=0.9,en;q=0.5', 'POST', '/v1/interchanges', input);
  const { id, outcome } = sent.json() as { id: string; outcome: { messages: unknown[] } };
  t.match(outcome.messages[0], { state: 'rejected', findings: [{ code: 'MAP_VALUE', message: /^無法讀取 `202613450925/, hint: '請修正內容後重新傳送' }] });
  t.match((await ask('en', 'GET', `/v1/messages/${id}-1`)).json(), { findings: [{ code: 'MAP_VALUE', message: /^`202613450925.* cannot be read/ }] });
  const absent = await ask('zh-Hant', 'GET', '/v1/messages/01JD0000000000000000000009-1');
  t.equal(absent.headers['content-language'], 'zh-Hant');
  t.match(absent.json(), { code: 'WEB_NOT_FOUND', title: '此位址沒有呼叫者可檢視的內容', detail: /^\/v1\/messages\/.*沒有此金鑰可檢視的內容。請檢查編號/ });
  t.match((await ask('fr', 'GET', '/v1/nowhere')).json(), { code: 'WEB_NOT_FOUND', detail: /^There is nothing at/ });

  // What the sender's software reads: the syntax is in order, the content is not.
  const { items } = (await ask('en', 'GET', '/v1/inbox')).json() as { items: { number: number; kind: string }[] };
  t.same(items.map(({ kind }) => kind), ['acknowledgement', 'rejection']); // prettier-ignore
  t.match((await ask('en', 'GET', '/v1/inbox/1')).body, /UCI\+BA0438001\+BLUEANCHOR\+PORTOLAN\+7'/);
  t.match((await ask('en', 'GET', '/v1/inbox/2')).body, /UNH\+1\+APERAK:D:96A:UN'.*ERC\+42'FTX\+AAO\+\+\+MAP_VALUE/s);
  t.match((await ask('en', 'GET', `/v1/messages/${id}-1/content?stage=errors`)).body, /APERAK/);
});

t.test('and at the terminal', async (t) => {
  const file = join(root, 'test/cases/content-date-impossible/input.edi');
  const run = async (...args: string[]) => {
    let told = '';
    const code = await main(['validate', file, ...args], { out: () => undefined, tell: (text) => void (told += text) });
    return { code, told };
  };
  t.match((await run('--lang', 'zh-Hant')).told, /無法讀取 `202613450925 203`.*建議：.*1 項錯誤/s);
  t.match((await run('--lang', 'en')).told, /cannot be read.*hint:.*1 error/s);
  const wrong = await run('--lang', 'xx');
  t.equal(wrong.code, 2);
  t.match(wrong.told, /`xx` is no language: en, zh-Hant/);
});
