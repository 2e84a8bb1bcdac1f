import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lineColumn } from '../../src/diagnostics/place.ts';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { compareCodes, readCodeLists, refuse } from '../../src/dictionary/codelist.ts';
import { root } from '../root.ts';

const shipped = readdirSync(join(root, 'schemas/codes'))
  .filter((path) => path.endsWith('.tsv'))
  .map((path) => ({ path, text: readFileSync(join(root, 'schemas/codes', path), 'utf8') }));
const { lists, findings } = readCodeLists(shipped);

t.test('the lists that ship say where they come from, and have a form that all their codes have', async (t) => {
  t.same(findings, []);
  t.same([...lists.keys()].sort(), [
    'iso/3166-1',
    'iso/3166-2',
    'iso/4217',
    'iso/6346-types',
    'un/locode',
    'un/rec20',
    'un/rec21',
    'un/rec24',
    'un/rec28',
    'wco/hs',
  ]);
  for (const list of lists.values()) {
    t.ok(list.source.length > 10, `${list.name} has a source`);
    t.equal(list.table === undefined, /^none that may be shipped/.test(list.source), `${list.name} says whether it is checked by its form alone`);
    t.same(
      [...list.codes.keys()].filter((code) => !list.form!.test(code)),
      [],
      `${list.name}: every code has the form`,
    );
  }
});

t.test('what is a code, and when', async (t) => {
  const cases: [list: string, value: string, on: string, reason: RegExp | undefined][] = [
    ['iso/3166-1', 'NL', '2026-01-01', undefined],
    ['iso/3166-1', 'NLD', '2026-01-01', undefined],
    ['iso/3166-1', 'DX', '2026-01-01', /is not in iso\/3166-1/],
    ['iso/3166-1', 'nl', '2026-01-01', /has not the form/],
    ['iso/3166-1', 'XK', '2026-01-01', undefined], // ISO leaves it to users
    ['iso/3166-1', 'AN', '2010-12-15', undefined], // the last day
    ['iso/3166-1', 'AN', '2010-12-16', /was a code of iso\/3166-1 until 2010-12-15 \(2010-12-16 is asked\)/],
    ['iso/3166-1', 'AFI', '1977-06-01', undefined], // withdrawn in 1977; of which day is not said
    ['iso/3166-1', 'AFI', '1978-01-01', /until 1977/],
    ['iso/3166-2', 'NL-ZH', '', undefined],
    ['iso/3166-2', 'NL-ZZ', '', /is not in/],
    ['iso/3166-2', 'ZH', '', undefined], // without its country it is not asked
    ['iso/4217', 'EUR', '', undefined],
    ['iso/4217', 'EUX', '', /is not in/],
    ['un/rec20', 'KGM', '', undefined],
    ['un/rec21', 'CT', '', undefined],
    ['un/locode', 'NLRTM', '', undefined],
    ['un/locode', 'NLQQQ', '', undefined], // there is no table
    ['un/locode', 'NL1TM', '', /has not the form/],
    ['wco/hs', '820420', '', undefined],
    ['wco/hs', '00', '', /has not the form/],
    ['iso/6346-types', '45G1', '', undefined],
    ['iso/6346-types', '45I', '', /has not the form/],
    ['un/rec28', '1503', '', undefined],
    ['un/rec24', 'A', '', /has not the form/],
  ]; // prettier-ignore
  for (const [list, value, on, reason] of cases) {
    const refused = refuse(lists.get(list)!, value, on);
    if (reason) t.match(refused, reason, `${list} ${value} ${on}`);
    else t.equal(refused, undefined, `${list} ${value} ${on}`);
  }
});

t.test('a table replaces that of its list whole', async (t) => {
  const text = 'code,name,from,until\r\nNLRTM,Rotterdam,,\r\n"DEHAM","Hamburg, ""Freie""",2026-01-01,\r\nDEXXX,Gone,,2025\r\n';
  const read = readCodeLists(shipped, [{ path: 'codes/un/locode.csv', text }]);
  t.same(read.findings, []);
  const list = read.lists.get('un/locode')!;
  t.equal(list.codes.get('DEHAM')!.name, 'Hamburg, "Freie"');
  t.match(refuse(list, 'DEBRV', '2026-01-01'), /is not in un\/locode/);
  t.match(refuse(list, 'DEHAM', '2025-12-31'), /only from 2026-01-01 on/);
  t.match(refuse(list, 'DEXXX', '2026-01-01'), /until 2025/);
  t.same(list.uses, lists.get('un/locode')!.uses, 'where it is used stays');
  const { added, removed, changed } = compareCodes(
    list,
    readCodeLists([], [{ path: 'codes/un/locode.csv', text: 'code,name\nNLRTM,Port of Rotterdam\nNLAMS,Amsterdam\n' }]).lists.get('un/locode')!,
  );
  t.same(
    [added, removed, changed].map((codes) => codes.map(({ code }) => code)),
    [['NLAMS'], ['DEHAM', 'DEXXX'], ['NLRTM']],
  );
  t.ok(
    readCodeLists([], [{ path: 'codes/nl/offices.csv', text: 'code\nNL000010\n' }])
      .lists.get('nl/offices')!
      .codes.has('NL000010'),
    'a list of one’s own',
  );
});

t.test('what is wrong with a table is told with its line, and it is not taken', async (t) => {
  const cases: [text: string, wrong: string][] = [
    ['code;name\n', '1:1 the first line names the columns code, name, from, until, of which code must be there; `code;name` is none'],
    ['name\nX\n', '1:1 the first line names the columns code, name, from, until, of which code must be there'],
    ['code\nA B\n', '2:1 `A B` is no code'],
    ['code\nÄ\nB\nB\n', '4:1 `B` stands twice'],
    ['code,from\nA,1.1.2026\n', '2:1 `A`: dates are written 2026-01-31, 2026-01 or 2026'],
    ['code,from,until\nA,2026-02,2026-01-01\n', '2:1 `A` ends before it begins'],
    ['code,name\nA,"B\n', '2:1 a cell in quotes is not closed on its line'],
    ['', '1:1 there is no header'],
  ]; // prettier-ignore
  for (const [text, wrong] of cases) {
    const read = readCodeLists([], [{ path: 'codes/x/y.csv', text }]);
    const told = read.findings.map((each) => {
      const { line, column } = lineColumn(Buffer.from(text), each.rule!.start);
      return `${line}:${column} ${sentence(each)}`;
    });
    t.same(told, [wrong]);
    t.equal(read.lists.size, 0);
  }
});
