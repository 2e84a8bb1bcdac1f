import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sentence } from '../../../src/diagnostics/diagnostic.ts';
import { lookUp, reading } from '../../../src/syntax/edifact/compare.ts';
import { readPublished, type PublishedFile } from '../../../src/syntax/edifact/published.ts';
import { readDirectory } from '../../../src/syntax/segments/tables.ts';
import { root } from '../../root.ts';

const folder = join(root, 'test/syntax/edifact/published');
const sample: readonly PublishedFile[] = readdirSync(folder).map((path) => ({ path, text: readFileSync(join(folder, path), 'latin1') }));
const said = (files: readonly PublishedFile[]): string[] => readPublished(files).findings.map((each) => `${each.code} ${sentence(each)}`);
const changed = (path: string, change: (text: string) => string): PublishedFile[] =>
  sample.map((file) => (file.path === path ? { path, text: change(file.text) } : file));

t.test('a directory in the layout of the UN', (t) => {
  const { name, files, findings } = readPublished(sample);
  t.same(findings, []);
  t.equal(name, 'D30A');
  const made = readDirectory(name!, files!);
  // prettier-ignore
  const cases: readonly [id: string, reading: string][] = [
    ['1001', 'an..3 Paper name code'],
    ['2005', 'an..3 Moment or period function code qualifier'], // a name that goes on in the next line
    ['7124', 'n4 Danger number'], // marked to go, and still there
    ['C507', '2005! 2380 Moment or period'],
    ['C080', '3036! 3036 3036 Party name'],
    ['BGM', 'C002 1004! Beginning'],
    ['DTM', 'C507!*9 Moment'],
    ['NAD', '3035! C080 Name and address'],
    ['LANTRN', 'UNH! BGM! DTM*9 SG1*99(NAD! SG2!*9(DTM! NAD*5)) SG3(BGM!) UNT!'],
  ];
  for (const [id, expected] of cases) t.equal(reading(lookUp(made, id)!), expected, id);
  t.same(made.codedElements.map((id) => [id, [...made.codes(id)!]]), [['1001', [['380', 'Bill'], ['700', 'Waybill of the sea']]], ['3035', [['CN', 'Consignee'], ['CZ', 'Consignor']]]]); // prettier-ignore
  t.match(made.message('LANTRN'), { version: 'D', release: '30A', agency: 'UN' });
  t.end();
});

t.test('older files: frames of a DOS code page, four digits of position, line ends of DOS', (t) => {
  const older = changed('LANTRN_D.30A', (text) =>
    text
      .replace(/^0(\d{4})/gm, '$1')
      .replace(/-{3,}/g, (line) => '\xc4'.repeat(line.length))
      .replace(/\+\+$/gm, '\xc1\xd9')
      .replace(/\+$/gm, '\xd9')
      .replace(/\|/g, '\xb3')
      .replaceAll('\n', '\r\n'),
  );
  t.same(readPublished(older).files, readPublished(sample).files);
  t.end();
});

t.test('what is odd is said, and nothing comes of it', (t) => {
  // prettier-ignore
  const cases: readonly [what: string, files: readonly PublishedFile[], said: readonly RegExp[]][] = [
    ['no segments', sample.filter(({ path }) => path !== 'EDSD.30A'), [/_FILE no file of the kind EDSD/, /_UNKNOWN LANTRN names BGM/, /names DTM/, /names NAD/]],
    ['no files at all', [], [/EDED/, /EDCD/, /EDSD/, /UNCL/, /EDMD/]],
    ['a group too many', changed('LANTRN_D.30A', (text) => text.replace('5----------++', '5----------+')), [/_LINE LANTRN_D\.30A, line \d+: 1 groups are never closed/]],
    ['a group too few', changed('LANTRN_D.30A', (text) => text.replace('M   1-----------+', 'M   1----------++')), [/_LINE LANTRN_D\.30A, line 27: more groups are closed/]],
    ['a line beyond us', changed('LANTRN_D.30A', (text) => text.replace('00020   BGM', '00020   ???')), [/_LINE LANTRN_D\.30A, line 16: .*neither a segment nor a group/]],
    ['no table', changed('LANTRN_D.30A', (text) => text.replace('4.3.1  Segment table', '')), [/no segment table/]],
    ['no status', changed('EDCD.30A', (text) => text.replace('M      an..3', '')), [/_LINE EDCD\.30A, line 18: a position without status/]],
    ['no representation', changed('EDED.30A', (text) => text.replace('Repr: an..70', '')), [/a data element without its representation/, /C080 names 3036/]],
    ['two directories', changed('LANTRN_D.30A', (text) => text).concat({ path: 'LANTRN_D.30B', text: sample.find(({ path }) => path === 'LANTRN_D.30A')!.text.replace(': 30A', ': 30B') }), [/_MIXED .*D30A, D30B/]],
  ];
  for (const [what, files, expected] of cases) {
    t.match(said(files), expected, what);
    t.equal(said(files).length, expected.length, `${what}: ${said(files).join(' | ')}`);
    t.equal(readPublished(files).files, undefined, `${what}: nothing comes of it`);
  }
  t.end();
});
