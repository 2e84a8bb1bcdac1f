import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sample, startGateway, type TestGateway } from '../web/fixture.ts';

// A carrier states a manifest of two bills, then what becomes of it. Customs takes the manifest whole, port health each message as it came.

const stated = sample('two-bills').toString('latin1');
const [unb = '', unz = ''] = [stated.slice(0, stated.indexOf('UNH+')), stated.slice(stated.lastIndexOf('UNZ+'))];
const message = stated.slice(stated.indexOf('UNH+'), stated.lastIndexOf('UNZ+'));
const first = message.indexOf('CNI+');
const second = message.indexOf('CNI+', first + 4);
const [head, one, two] = [message.slice(0, first), message.slice(first, second), message.slice(second, message.lastIndexOf('UNT+'))];

let count = 0;
/** A message of function `code` with those bills, and other weights where one is given, in an interchange of its own. */
function manifest(code: string, bills: readonly string[], date = '202609140925'): Buffer {
  const reference = `C${++count}`;
  const body = `${head.replace(/(BGM\+[^']*\+)9'/, `$1${code}'`).replace(/DTM\+137:\d+/, `DTM+137:${date}`)}${bills.join('')}`;
  const segments = body.split(/'\r?\n?/).filter(Boolean).length + 1;
  const own = /UNB\+[^+]*\+[^+]*\+[^+]*\+[^+]*\+([^+']*)/.exec(unb)![1]!;
  return Buffer.from((unb + body + `UNT+${segments}+${/UNH\+([^+]*)/.exec(head)![1]}'\n` + unz).replaceAll(own, reference), 'latin1');
}
const weighing = (bill: string, weight: string): string => bill.replace(/CNT\+7:\d+/, `CNT+7:${weight}`);
const third = one.replaceAll('BALUHAM2609001', 'BALUHAM2609003').replace('CNI+1', 'CNI+3');

const start = (t: Parameters<typeof startGateway>[0]): Promise<TestGateway> =>
  startGateway(t, (config) => {
    const profiles = {
      whole: 'title: The manifest whole\nchanges:\n  deliver: fold\n  as: { original: "9", replacement: "5" }\n',
      each: 'title: Each message as it came\nchanges: { deliver: delta }\n',
    };
    for (const [name, text] of Object.entries(profiles)) {
      mkdirSync(join(config, 'profiles', name), { recursive: true });
      writeFileSync(join(config, 'profiles', name, 'profile.yaml'), `profile: ${name}\nmap: un/cuscar/d95b\n${text}`);
    }
    for (const [agency, profile] of [
      ['customs', 'whole'],
      ['port-health', 'each'],
    ] as const) {
      const file = join(config, `agencies/${agency}.yaml`);
      writeFileSync(
        file,
        readFileSync(file, 'utf8')
          .replace(/^profile: .*$/m, `profile: ${profile}`)
          .replace(/^grants:[^]*/m, 'grants: ["**"]\n'),
      );
    }
  });

/** What became of a message for one agency. */
const outcome = (message: { outcomes: { agency: string }[] }, agency: string): unknown => message.outcomes.find((each) => each.agency === agency);

interface Got {
  readonly code: string;
  readonly bills: readonly string[]; // number and weight
}

async function mailbox(gateway: TestGateway, who: 'customs' | 'port-health'): Promise<Got[]> {
  const { json } = await gateway.call(who, 'GET', '/v1/inbox');
  const got: Got[] = [];
  for (const item of json.items) {
    const { bytes } = await gateway.call(who, 'GET', item.href ?? `/v1/inbox/${item.number}`);
    const text = bytes.toString('latin1');
    const bills = [...text.matchAll(/RFF\+BM:([^']*)'[^]*?CNT\+7:(\d+)/g)].map(([, bill, weight]) => `${bill} ${weight}`);
    got.push({ code: /BGM\+[^']*\+(\d+)'/.exec(text)?.[1] ?? '', bills });
  }
  return got;
}

t.test('an agency that wants the manifest gets it whole after each change, one that wants changes gets those', async (t) => {
  const gateway = await start(t);
  await gateway.send('blue-anchor', manifest('9', [one, two]));
  t.same((await mailbox(gateway, 'customs')).at(-1), { code: '9', bills: ['BALUHAM2609001-A 21940', 'BALUHAM2609002-A 23380'] });
  await gateway.send('blue-anchor', manifest('4', [weighing(one, '22000')]));
  t.same((await mailbox(gateway, 'customs')).at(-1), { code: '5', bills: ['BALUHAM2609001-A 22000', 'BALUHAM2609002-A 23380'] });
  t.same((await mailbox(gateway, 'port-health')).at(-1), { code: '4', bills: ['BALUHAM2609001-A 22000'] });
  await gateway.send('blue-anchor', manifest('2', [third]));
  await gateway.send('blue-anchor', manifest('3', [two]));
  t.same((await mailbox(gateway, 'customs')).at(-1), { code: '5', bills: ['BALUHAM2609001-A 22000', 'BALUHAM2609003-A 21940'] });
  t.same(
    (await mailbox(gateway, 'port-health')).slice(-2).map(({ code }) => code),
    ['2', '3'],
  );
  await gateway.send('blue-anchor', manifest('1', []));
  t.same((await mailbox(gateway, 'customs')).at(-1), { code: '1', bills: [] }, 'a cancellation goes out as it came');
  const { json } = await gateway.send('blue-anchor', manifest('4', [one]));
  t.match(outcome(json.outcome.messages[0], 'customs'), { state: 'failed', findings: [{ code: 'CHANGE_AFTER_CANCELLATION' }] });
});

t.test('a change that comes before its original waits for it', async (t) => {
  const gateway = await start(t);
  const change = await gateway.send('blue-anchor', manifest('4', [weighing(one, '22000')]));
  t.match(outcome(change.json.outcome.messages[0], 'customs'), { state: 'waiting', findings: [{ code: 'CHANGE_WAITS' }] });
  t.match(outcome(change.json.outcome.messages[0], 'port-health'), { state: 'sent' });
  t.same(await mailbox(gateway, 'customs'), []);
  await gateway.send('blue-anchor', manifest('9', [one, two]));
  t.same(await mailbox(gateway, 'customs'), [{ code: '9', bills: ['BALUHAM2609001-A 22000', 'BALUHAM2609002-A 23380'] }]);
  const { json } = await gateway.call('operator', 'GET', `/v1/messages/${change.json.outcome.messages[0].id}`);
  t.match(outcome(json, 'customs'), { state: 'folded' }, 'and then has gone with it');
});

t.test('what was changed in one interchange with its original is one document', async (t) => {
  const gateway = await start(t);
  const [original, change] = [manifest('9', [one, two]).toString('latin1'), manifest('4', [weighing(one, '22000')]).toString('latin1')];
  const both = original
    .replace(unz.slice(0, 3), change.slice(change.indexOf('UNH+'), change.lastIndexOf('UNZ+')).replaceAll('M1', 'M2') + 'UNZ')
    .replace(/UNZ\+1/, 'UNZ+2');
  await gateway.send('blue-anchor', Buffer.from(both, 'latin1'));
  t.same(
    (await mailbox(gateway, 'customs')).map(({ code, bills }) => `${code} ${bills[0]}`),
    ['9 BALUHAM2609001-A 21940', '5 BALUHAM2609001-A 22000'],
  );
});
