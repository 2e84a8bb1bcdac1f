import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { readCsv } from '../../src/partners/csv.ts';
import { hashKey } from '../../src/partners/partner.ts';
import { startGateway } from './fixture.ts';

const key = (name: string): string => `sha256:${hashKey(name)}`;
const table = [
  'partner,name,class,keys,identities,agreement.contrl,agreement.duplicates.window',
  `gray-whale,"Whale, Gray",carrier,${key('gray')},GRAYWHALE;x12/GRAY:01,always,90d`,
  `red-whale,Red Whale,,${key('red')},REDWHALE:ZZZ,,`,
].join('\r\n');

async function start(t: { teardown(end: () => unknown): void }) {
  const gateway = await startGateway(t, (config) => {
    const file = join(config, 'gateway.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd()}\n  - id: second\n    keys: [{ demo: demo-second }]\n`);
  });
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const url = await gateway.listen('127.0.0.1', 0);
  const run = async (by: string, ...args: string[]) => {
    let out = '';
    let told = '';
    const exit = await main(['partners', ...args, '--url', url, '--key', by, '--lang', 'en'], {
      out: (text) => void (out += Buffer.from(text).toString()),
      tell: (text) => void (told += text),
    });
    return { exit, out, told };
  };
  const file = (text: string): string => {
    writeFileSync(join(folder, 'partners.csv'), text);
    return join(folder, 'partners.csv');
  };
  return { run, file, gateway };
}

t.test('a table of partners: a dry run says what would be, one proposal brings them all', async (t) => {
  const { run, file, gateway } = await start(t);
  const dry = await run('demo-operator', 'import', file(table), '--dry-run', '--json');
  t.match(JSON.parse(dry.out), { number: null, added: ['gray-whale', 'red-whale'], changed: [], unchanged: [], findings: [] });
  t.match((await run('demo-operator', 'changes')).out, /there are none/);
  t.match(await run('demo-operator', 'import', file(table), '--note', 'from the old system'), {
    exit: 0,
    out: /2 added, 0 changed, 0 unchanged, 0 errors\nchange 1 waits/,
  });
  t.match(await run('demo-operator', 'approve', '1'), { exit: 1, told: /PARTNER_OWN_CHANGE/ });
  t.match(await run('demo-second', 'approve', '1'), { exit: 0, out: /1 +approved +operator .* second +from the old system/ });
  const shown = JSON.parse((await run('demo-second', 'show', 'gray-whale', '--json')).out) as { partner: unknown };
  t.same(shown.partner, {
    partner: 'gray-whale',
    name: 'Whale, Gray',
    class: 'carrier',
    keys: [key('gray')],
    identities: [{ id: 'GRAYWHALE' }, { id: 'GRAY', qualifier: '01', in: 'x12' }],
    agreement: { contrl: 'always', duplicates: { window: '90d' } },
  });
  const change = table.replace('always,90d', '-,').replace('Red Whale', 'Red Whale II');
  t.match(JSON.parse((await run('demo-second', 'import', file(change), '--dry-run', '--json')).out), { changed: ['gray-whale', 'red-whale'] });
  t.match(JSON.parse((await run('demo-second', 'import', file(table.replace('Red Whale', 'Red')), '--json')).out), {
    number: 2,
    changed: ['red-whale'],
    unchanged: ['gray-whale'],
  });
  t.match((await run('demo-operator', 'change', '2')).out, /-   "name": "Red Whale"[\s\S]*\+   "name": "Red"/);
  t.match(await run('demo-operator', 'reject', '2', '--note', 'no'), { exit: 0, out: /2 +rejected/ });
  const besides = async (...args: string[]) => {
    let out = '';
    await main(['partners', ...args, '--data', gateway.data, '--json'], { out: (text) => void (out += Buffer.from(text).toString()), tell: () => undefined });
    return JSON.parse(out) as unknown;
  };
  for (const args of [['changes'], ['changes', '--state', 'rejected'], ['change', '2']])
    t.same(await besides(...args), JSON.parse((await run('demo-operator', ...args, '--json')).out), `${args.join(' ')}: the same beside the gateway`);
  t.match((await run('demo-operator', 'list')).out, /blue-anchor .*folder[\s\S]*gray-whale .*store/);
  t.equal((JSON.parse((await run('demo-operator', 'export')).out) as unknown[]).length, 4);
});

t.test('every finding of every row is told, at its row and column of the file', async (t) => {
  const { run, file } = await start(t);
  const text = [
    'partner,name,identities,colour,agreement.contrl',
    'gray-whale,Gray,QUAYNET,gray,always',
    'red-whale,,RED,red,sometimes',
    'gray-whale,Gray again,GRAY2,gray,',
    'blue-anchor,Blue,BLUE,blue,',
    'green-whale,Green,GREEN,green,always,more',
  ].join('\n');
  const { exit, out, told } = await run('demo-operator', 'import', file(text), '--json');
  const { findings, number } = JSON.parse(out) as { number: null; findings: readonly { code: string; rule: { line: number; column: number } }[] };
  t.equal(exit, 1);
  t.equal(number, null, 'nothing is proposed');
  const at = findings.map(({ code, rule }) => `${code} ${rule.line}:${rule.column}`).sort();
  t.same(
    at.filter((each) => !each.startsWith('CONFIG_DEMO_KEY')),
    [
      'CONFIG_DUPLICATE 2:17', // another has the identity
      'CONFIG_DUPLICATE 4:1', // two rows
      'CONFIG_KEY_MISSING 3:1', // no name
      'CONFIG_UNKNOWN_NAME 1:25', // no such column
      'CONFIG_VALUE 3:20', // no such word
      'PARTNER_IN_FOLDER 5:1',
      'PARTNER_ROW 6:38', // one cell too many
    ],
  );
  t.match(told, /partners\.csv:3:20/);
});

t.test('a cell that is not written as it should be is told: no row behind it, and no cell, is lost in silence', async (t) => {
  const { run, file } = await start(t);
  const found = async (bytes: string | Buffer): Promise<readonly string[]> => {
    const path = file('');
    writeFileSync(path, bytes);
    const { out } = await run('demo-operator', 'import', path, '--dry-run', '--json');
    const { findings, added } = JSON.parse(out) as { added: string[]; findings: readonly { code: string; rule: { line: number; column: number } }[] };
    return [...added, ...findings.map(({ code, rule }) => `${code} ${rule.line}:${rule.column}`)];
  };
  const head = 'partner,identities,name';
  const cases: [what: string, text: string | Buffer, found: string[]][] = [
    ['something behind its quotes', `${head}\na,"A"x,Anna\nb,B,Ben\n`, ['a', 'b', 'PARTNER_CELL 2:3']],
    ['blanks behind them do no harm', `${head}\na,"A" ,Anna\n`, ['a']],
    ['quotes that are never closed', `${head}\na,A,"Anna\nb,B,Ben\n`, ['a', 'PARTNER_CELL 2:5']],
    ['Latin-1', Buffer.from(`${head}\na,A,J\xf6rg\n`, 'latin1'), ['a', 'PARTNER_CELL 2:5']],
    ['lines that end with CR alone', `${head}\ra,A,Anna\rb,B,Ben\r`, ['a', 'b']],
    ['a column twice', `${head},name\na,A,Anna,Berta\n`, ['a', 'CONFIG_DUPLICATE 1:25']],
  ];
  for (const [what, text, expected] of cases) t.same(await found(text), expected, what);
});

t.test('cells are read as RFC 4180 says, wherever they stand', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', ' b'), maxLength: 6 }).map((text) => text.trim());
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 4 }), fc.constantFrom('\n', '\r\n'), (rows, eol) => {
      const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
      const text = rows.map((cells) => cells.map(quoted).join(',')).join(eol);
      const bytes = Buffer.from(text);
      const read = readCsv(text);
      return (
        JSON.stringify(read.map(({ cells }) => cells.map((each) => each.text))) === JSON.stringify(rows) &&
        read.every(({ cells }, r) => cells.every(({ start, end }, c) => bytes.subarray(start, end).toString() === quoted(rows[r]![c]!)))
      );
    }),
    { numRuns: 300 },
  );
});
