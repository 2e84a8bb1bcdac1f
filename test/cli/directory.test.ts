import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { root } from '../root.ts';

async function portolan(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly told: string }> {
  const out: string[] = [];
  const told: string[] = [];
  const code = await main(['directory', ...args], { out: (text) => void out.push(Buffer.from(text).toString()), tell: (text) => void told.push(text) });
  return { code, out: out.join(''), told: told.join('') };
}

const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse((await portolan(...args, '--json')).out);
const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const published = join(root, 'test/syntax/edifact/published');

t.test('which directories there are', async (t) => {
  const { directories } = (await json()) as { directories: unknown[] };
  t.equal(directories.length, 65);
  t.match(directories[0], { name: 'IA131', messages: 1 }, 'of another agency than the UN');
  t.match(directories[3], { name: 'D95B', messages: 115, segments: 126, composites: 160, elements: 459 });
  t.match(await portolan(), { code: 0, out: /^D24A +195 /m });
});

t.test('what an id is', async (t) => {
  t.match(await json('show', 'C507', '--in', 'D96B'), {
    directory: 'D96B',
    kind: 'composite',
    id: 'C507',
    parts: [{ id: '2005', status: 'M', format: 'an..3' }, { id: '2380' }, { id: '2379', status: 'C' }],
    usedIn: ['DTM'],
    readings: [{ in: 'D94B..' }],
  });
  t.match(await json('show', '1131'), { directory: 'D24A', kind: 'element', format: 'an..17', readings: [{ reading: /^an\.\.3 / }, {}, {}] });
  t.match(await json('show', 'UNH'), { directory: 'service-4', kind: 'segment' }, 'service segments, where no message directory has it');
  t.match(await portolan('show', 'NAD', '--in', 'D95B'), { code: 0, out: /^NAD Name and address, D95B\n3035 +M +an\.\.3 +Party qualifier\nC082 +C +.*\n {2}3039 +M/ });
  t.match(await portolan('message', 'CUSDEC', '--in', 'D96B'), { code: 0, out: /^CUSDEC D 96B UN, D96B\nUNH +M +1 +Message header\n.*\n {2}NAD +M +1 +Name and address\n/s });
  t.match(await json('message', 'GOVCBR'), { directory: 'D24A', kind: 'message', nodes: [{ id: 'UNH', status: 'M', repeat: 1 }] });
  t.match(await json('codes', '3035', '--in', 'D04A'), { directory: 'D04A', codes: [{ code: 'AA', name: /^Party to be billed/ }] });
  t.match(await portolan('codes', '1004'), { code: 0, out: /no code list in D24A/ });
}); // prettier-ignore

t.test('where a text occurs', async (t) => {
  const { found } = (await json('search', 'consignee', '--in', 'D95B')) as { found: { kind: string; id: string }[] };
  t.ok(found.some(({ id }) => id === '3035 CN'));
  t.match(await portolan('search', 'Gate in'), { code: 0, out: /^code +1001 34 +Gate In +D95B$/m }, 'with the directories that have it');
  t.match(await portolan('search', 'BGM', '--in', 'D95B'), { out: /^segment +BGM +Beginning of message/m }, 'an id is found by itself');
  t.match(await portolan('search', 'no such thing anywhere'), { code: 0, out: '', told: /nothing is named so in any of 65 directories/ });
});

t.test('what became of an id', async (t) => {
  t.match(await json('diff', '3035', 'D00A', 'D00B'), { changes: [{ change: 'added', what: /^3035 / }] });
  const { out } = await portolan('diff', 'CUSCAR', 'D95B', 'D99B');
  for (const line of [
    /^- RFF: C 9$/m,
    /^\+ SG1 \(RFF\): C 99$/m,
    /^~ SG7 \(CNI\) \/ SG8 \(RFF\) \/ SG14 \(GID\) \/ SGP: C 99 → C 9999$/m,
    /^~ other names alone: .*\b3035\b/m,
    /^~ codes of 3035: \d+ added, 0 removed, \d+ renamed$/m,
  ])
    t.match(out, line);
  t.match(await portolan('diff', 'CUSCAR', 'D95B', 'D99B', '--all'), { out: /^\+ 3035 \w+: /m }, '--all: every code value');
  t.match(await portolan('diff', 'GOVCBR', 'D95B', 'D16A'), { code: 0, out: '+ GOVCBR\n' });
  t.match(await portolan('diff', 'CUSCAR', 'D95B', 'D95B'), { code: 0, out: '', told: /is the same/ });
});

t.test('a wrong use is told with what there is', async (t) => {
  // prettier-ignore
  const cases: readonly [args: string[], told: RegExp][] = [
    [['show', 'C507', '--in', 'D95'], /there is no directory `D95`, did you mean `D95A`\?/],
    [['show', 'CUSCA', '--in', 'D95B'], /there is no .* `CUSCA` in D95B, did you mean `CUSCAR`\?/],
    [['codes', 'NAD', '--in', 'D95B'], /there is no element `NAD` in D95B/],
    [['diff', 'XXXXXX', 'D95B', 'D96A'], /neither D95B nor D96A has `XXXXXX`/],
    [['diff', 'CUSCAR'], /takes ID FROM TO/],
    [['frobnicate'], /`frobnicate` is none of list, show/],
    [['add', join(folder, 'absent')], /there is no folder/],
  ];
  for (const [args, told] of cases) t.match(await portolan(...args), { code: 2, out: '', told }, args.join(' '));
});

t.test('a directory is added with one command, and then is like the others', async (t) => {
  const config = join(folder, 'config');
  mkdirSync(config);
  t.match(await portolan('add', published, '--config', config), { code: 0, out: /^D30A: 1 messages, 3 segments, 3 composites, 7 data elements, 2 code lists, in .*D30A\n$/ });
  t.match(readFileSync(join(config, 'directories/D30A/messages.txt'), 'utf8'), /^# UN\/EDIFACT directory D30A, made of .*\n@LANTRN D 30A UN\n/);
  t.match(await portolan('message', 'LANTRN', '--config', config), { code: 0, out: /^LANTRN D 30A UN, D30A\n/ });
  t.equal((await portolan('message', 'LANTRN')).code, 2, 'elsewhere it is not known');
  t.match(await portolan('show', '3035', '--config', config), { out: /^3035 Party function code qualifier, D30A\n/ }, 'it is the newest');
  t.match(await portolan('add', published, '--config', config), { code: 0 }, 'again: the same');
  const message = join(folder, 'lantern.edi');
  writeFileSync(message, "UNB+UNOA:3+A+B+300101:1200+1'UNH+1+LANTRN:D:30A:UN'BGM+380+X'NAD+CN+ME'DTM+137:1'UNT+5+1'UNZ+1+1'");
  const read = async (...more: readonly string[]): Promise<string> => {
    const told: string[] = [];
    await main(['validate', message, ...more], { out: () => undefined, tell: (text) => void told.push(text) });
    return told.join('');
  };
  t.match(await read(), /there are no tables of directory D30A: the message is read with those of D24A, the nearest/);
  const with30A = await read('--config', config);
  t.notMatch(with30A, /the nearest|EDIFACT_SEGMENT/, 'its structure is known now');

  const broken = join(folder, 'broken');
  cpSync(published, broken, { recursive: true });
  rmSync(join(broken, 'EDSD.30A'));
  const other = join(folder, 'other');
  mkdirSync(other);
  t.match(await portolan('add', broken, '--config', other), { code: 1, out: '', told: /EDIFACT_PUBLISHED_FILE/ });
  t.notOk(existsSync(join(other, 'directories')), 'nothing is written');
}); // prettier-ignore
