import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { businessKeys, searchForm, type FoundKey } from '../../../src/gateway/outcome/business-keys.ts';
import { findCases } from '../../../src/gateway/library/cases.ts';
import { readBytes } from '../../../src/gateway/translation/syntax.ts';
import { library } from '../../maps/fixture.ts';
import { root } from '../../root.ts';

/** The keys of all that the cases of a map state. */
function keysOf(map: string): FoundKey[] {
  const found: FoundKey[] = [];
  for (const folder of findCases(root, map)) {
    const input = readdirSync(folder).find((file) => file.startsWith('input.'));
    if (input) readBytes(library(), readFileSync(join(folder, input)), { message: ({ parsed }) => void found.push(...(parsed ? businessKeys(parsed.rows) : [])), interchangeEnd: () => undefined }); // prettier-ignore
  }
  return found;
}

// Each kind of key that people search by, in each family of formats that states it: [map, kind, as somebody types it].
const found: readonly (readonly [map: string, kind: string, typed: string])[] = [
  ['un/cuscar/d95b', 'document', 'hl-man-78'],
  ['un/cuscar/d95b', 'container', 'HLIU 100001-3'],
  ['un/cuscar/d95b', 'bill', 'hlblgot 003'],
  ['un/cuscar/d95b', 'seal', 'G55103'],
  ['un/coprar/d00b', 'permit', 'BKG77812'], // a booking is an additional document
  ['un/cusexp/d96b', 'permit', '11840000017'],
  ['un/govcbr/d16a', 'document', '26de0071'],
  ['iata/fwb/16', 'bill', '176-0000 0011'],
  ['iata/fhl/4', 'bill', '16012345675'],
  ['iata/ffm/8', 'container', 'AKE 45678 CX'],
  ['iata/xfwb/3', 'bill', '125-12345675'],
  ['iata/xcsn/1', 'permit', '125 12345675'],
  ['x12/309/4010', 'bill', 'MAEU 123457'],
  ['x12/309/4010', 'container', 'tclu765432-1'],
  ['x12/355/4010', 'permit', 'V1234567'],
  ['x12/310/4010', 'document', 'INV438'],
  ['eu/cc029c/5', 'document', '26NL000396 ABCDEFJ4'], // an MRN
  ['eu/cc015c/5', 'container', 'MSKU 1234565'],
  ['eu/cc315a/11', 'ucr', 'lathes-and lamps 24'],
  ['wco/dec/3', 'document', '24NO0000001'],
  ['wco/dec/3', 'permit', '1909241'],
  ['wco/cre/3', 'bill', 'orrmbl-0003'],
  ['records/ocean/manifest', 'bill', 'bl 0002'],
  ['json/house-manifest/1', 'container', 'QLNU 773210-4'],
];

t.test('every kind of key is found in every family of formats, however it is typed', async (t) => {
  const of = new Map([...new Set(found.map(([map]) => map))].map((map) => [map, keysOf(map)]));
  for (const [map, kind, typed] of found) {
    const keys = of.get(map)!;
    const matches = keys.filter((key) => (key.form ?? key.value) === searchForm(typed));
    t.ok(matches.some((key) => key.kind === kind), `${map}: ${kind} ${typed} among ${[...new Set(keys.map((key) => `${key.kind} ${key.value}`))].slice(0, 40).join(', ')}`); // prettier-ignore
  }
});

t.test('prefixes: of air waybills the airline, of containers their owner, and of nothing else', async (t) => {
  const prefixes = (map: string): string[] => [...new Set(keysOf(map).flatMap(({ kind, prefix }) => (prefix === undefined ? [] : [`${kind} ${prefix}`])))];
  t.ok(prefixes('iata/fwb/16').includes('bill 176'));
  t.ok(
    prefixes('iata/fwb/16').every((each) => /^bill \d{3}$/.test(each)),
    'a unit load device has none',
  );
  t.ok(
    prefixes('un/cuscar/d95b').every((each) => each.startsWith('container HLIU')),
    'a bill of lading has none',
  );
  t.same(prefixes('wco/can/3'), []);
});

t.test('the form of a key: case, blanks and punctuation do not count, letters of any script do', async (t) => {
  const forms: readonly (readonly [typed: string, form: string])[] = [
    [' mscu 123456-6 ', 'MSCU1234566'],
    ['157-1234 5675', '15712345675'],
    ['2026/77.a', '202677A'],
    ['提單-12', '提單12'],
    ['ＭＳＣＵ１', 'MSCU1'], // full width
    ['--', '--'],
  ];
  for (const [typed, form] of forms) {
    t.equal(searchForm(typed), form);
    t.equal(searchForm(form), form, 'the form of a form is the same');
  }
});
