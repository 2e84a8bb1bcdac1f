import t from 'tap';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { Rows, type Value } from '../../src/dictionary/rows.ts';
import { checkFacts } from '../../src/validation/conformance.ts';
import { dictionary, fullRows } from '../dictionary/instance.ts';

const cls = (path: string) => dictionary.class(path)!;
const set = (rows: Rows, row: number, path: string, value: Value, offset = -1) =>
  rows.set(row, dictionary.attribute(path)!.slot, value, offset < 0 ? -1 : rows.origins.add(7, 0, '', offset));
const said = (rows: Rows) => checkFacts(rows).map(sentence);

t.test('facts that are as the dictionary has them', (t) => {
  for (const root of dictionary.roots) t.same(said(fullRows(root)), [], root.name);
  t.end();
});

t.test('values, demands, repetitions', (t) => {
  const rows = new Rows(dictionary);
  const declaration = rows.add(cls('Declaration'), -1);
  set(rows, declaration, 'Declaration.ID', 'x'.repeat(71), 42);
  set(rows, declaration, 'Declaration.TotalGrossMassMeasure', { value: '1,5', unit: 'KGM' });
  const consignment = rows.add(cls('Declaration/Consignment'), declaration);
  rows.add(cls('Declaration/Consignment/Consignor'), consignment);
  rows.add(cls('Declaration/Consignment/Consignor'), consignment);
  const item = rows.add(cls('Declaration/Consignment/ConsignmentItem'), consignment);
  t.same(said(rows), [
    'Declaration.ID is longer than 70 characters',
    'Declaration.TotalGrossMassMeasure is no decimal number',
    'Declaration/Consignment/Consignor stands 2 times in one Declaration/Consignment, it may stand once',
    'Declaration/Consignment/ConsignmentItem.SequenceNumeric is missing in Declaration/Consignment/ConsignmentItem',
  ]);
  t.match(checkFacts(rows)[0], { actual: 'x'.repeat(71), data: { start: 42 } }, 'with the place it was read at');
  t.equal(checkFacts(rows)[1]?.actual, '1,5 KGM');

  rows.setMode(item, 'delete');
  t.notMatch(said(rows).join(), /SequenceNumeric/, 'a deletion need not say the rest');
  rows.remove(consignment);
  t.equal(said(rows).length, 2, 'what was removed is not asked for');
  t.end();
});
