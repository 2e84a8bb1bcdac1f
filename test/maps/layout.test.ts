import t from 'tap';
import { recordDirectory } from '../../src/syntax/records/segments.ts';
import { keyElement } from '../../src/syntax/unit.ts';
import { readLayoutText } from '../syntax/records/fixture.ts';

const good = `layout: test/one
title: one record
source: own
charset: us-ascii
form: fixed
width: 20
records:
  A: { marks: { 1: A }, columns: { name: 2-9, weight: { at: 10-15, as: number, decimals: 2 } } }
  B: { marks: { 1: B }, under: A, columns: { text: 2-20 } }
`;

t.test('a layout, as the readers of records see it', async (t) => {
  const { layout, findings } = readLayoutText(good);
  t.same(findings, []);
  t.match(layout?.records, [
    {
      tag: 'A',
      min: 0,
      max: Infinity,
      columns: [
        { name: 'name', number: 1, at: 1, length: 8 },
        { name: 'weight', number: 2, at: 9, length: 6, decimals: 2 },
      ],
    },
    { tag: 'B', under: 'A' },
  ]);
});

/** One change of the layout above, and what is said of it. */
const faults: readonly [says: string, from: string, to: string, told: RegExp][] = [
  ['a key that is not known', 'title', 'titel', /CONFIG_UNKNOWN_KEY/],
  ['a character set without a table', 'us-ascii', 'cp999', /`charset`.*cp999/],
  ['a column over another', 'at: 10-15', 'at: 9-15', /A\.weight.*overlaps `name`/],
  ['a column beyond the record', 'text: 2-20', 'text: 2-21', /B\.text.*ends at 21, the record at 20/],
  ['a column that ends before it begins', 'at: 10-15', 'at: 15-10', /ends before it begins/],
  ['a record under one that is not there', 'under: A', 'under: C', /CONFIG_UNKNOWN_NAME.*record C/],
  ['two records that nothing tells apart', 'marks: { 1: B }', 'marks: { 1: A }', /nothing tells it from `A`/],
  ['decimals of a text', 'as: number', 'as: text', /`text` has no decimals/],
  ['no line ends and no width', 'width: 20', 'ends: none', /need a `width`/],
  ['a count in a column that is not there', 'records:', 'counts: [{ at: A.count, within: message }]\nrecords:', /CONFIG_UNKNOWN_NAME.*column count/],
];

t.test('what contradicts itself is said at its key, and then there is no layout', async (t) => {
  for (const [says, from, to, told] of faults) {
    const { layout, findings } = readLayoutText(good.replace(from, to));
    t.equal(layout, undefined, says);
    t.match(findings.map(({ code, args }) => `${code} ${Object.values(args).join(' ')}`).join('\n'), told, says);
    t.ok(
      findings.every(({ rule }) => rule !== undefined && rule.end > rule.start),
      `${says}: with its place`,
    );
  }
});

t.test('columns of bytes stand in fixed records only', async (t) => {
  const { findings } = readLayoutText(
    good
      .replace('form: fixed\nwidth: 20', 'form: delimited')
      .replace('name: 2-9, weight: { at: 10-15, as: number, decimals: 2 }', 'weight: { at: 2, as: packed }')
      .replace('text: 2-20', 'text: 2'),
  );
  t.match(
    findings.map(({ args }) => args['message']),
    ['`packed` is written in columns of bytes'],
  );
});

t.test('a delimited column in the field of a mark is that mark, or stands elsewhere', async (t) => {
  const listed = (columns: string): readonly unknown[] =>
    readLayoutText(
      good
        .replace('form: fixed\nwidth: 20', 'form: delimited')
        .replace('name: 2-9, weight: { at: 10-15, as: number, decimals: 2 }', columns)
        .replace('text: 2-20', 'text: 2'),
    ).findings.map(({ args }) => args['message']);
  t.same(listed('name: {}, weight: {}'), ['is field 1, where the mark `A` stands: another `at`, or `is: A`']);
  t.same(listed('name: { at: 2 }, weight: {}'), []);
  t.same(listed('kind: { is: A }, name: {}'), []);
});

t.test('a number that is written out fits with its mark and its sign', (t) => {
  const layout = readLayoutText(good.replace('as: number, decimals: 2', 'as: number')).layout!;
  const fits = (text: string): boolean | undefined => recordDirectory(layout).element('A', 'weight')?.format.form?.fits(text);
  t.ok(fits('123456'));
  t.ok(fits('123.45'));
  t.notOk(fits('123.456'), 'six digits and a mark in six places');
  t.notOk(fits('-123456'), 'six digits and a sign');
  t.end();
});

t.test('a text may go on through several columns', (t) => {
  const layout = readLayoutText(good.replace('text: 2-20', 'line1: 2-6, line2: 7-11, line3: 12-16')).layout!;
  const element = (id: string): readonly number[] | undefined => recordDirectory(layout).element('B', id)?.keys.map(keyElement);
  t.same(element('line1..line3'), [1, 2, 3]);
  t.same(element('line2'), [2]);
  for (const none of ['line3..line1', 'line1..line4', 'line0..line2', 'line1..line2..line3']) t.equal(element(none), undefined, none);
  t.end();
});
