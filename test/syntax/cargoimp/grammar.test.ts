import t from 'tap';
import { grammarDirectory } from '../../../src/syntax/cargoimp/directory.ts';
import { readGrammars, type Row } from '../../../src/syntax/cargoimp/grammar.ts';
import { checkDigitHolds, formatInWords, readPattern } from '../../../src/syntax/cargoimp/pattern.ts';
import { tagsOf } from '../../../src/syntax/segmented.ts';
import { atomKey } from '../../../src/syntax/unit.ts';
import { grammars } from './read.ts';

t.test('the grammars that there are', (t) => {
  t.same(grammars.all.map(({ name, unverified }) => `${name}${unverified ? ' unverified' : ''}`).sort(), [
    'FBL/4',
    'FFM/5 unverified',
    'FFM/8',
    'FHL/4',
    'FHL/5',
    'FMA',
    'FMA/1 unverified',
    'FNA',
    'FNA/1',
    'FSA/15',
    'FSU/14',
    'FSU/15 unverified',
    'FWB/16',
    'FWB/17',
    'PER',
    'PSN',
  ]);
  const rows = (all: readonly Row[]): Row[] => all.flatMap((row) => [row, ...rows(row.children)]);
  for (const { name, rows: top, units } of grammars.all) {
    t.ok(
      rows(top).every(({ title, tag }) => title !== tag),
      `${name}: every row says what it is`,
    );
    t.ok(
      [...units.values()].every((fields) => fields.length <= 40),
      `${name}: fields of a unit are few`,
    );
  }
  t.end();
});

t.test('fields are found by name and by number, with what they hold', (t) => {
  const directory = grammarDirectory(grammars.of('FWB', '16')!);
  t.same(directory.ids('FLT'), ['flight', 'day']);
  t.match(directory.element('FLT', 'day'), { keys: [atomKey(2, 1)], format: { type: 'n', min: 2, max: 2 }, required: 'unit' });
  t.same(directory.element('FLT', '2')!.keys, directory.element('FLT', 'day')!.keys);
  t.match(directory.element('AWB', 'number'), { keys: [atomKey(1, 1)], format: { type: 'an', min: 12, max: 12 }, required: 'unit' });
  t.match(directory.element('AWB', 'volume'), { keys: [atomKey(10, 1)], format: { type: 'n', min: 1, max: 9 }, required: undefined });
  t.equal(directory.element('AWB', 'colour'), undefined);
  t.ok(tagsOf(directory, 'FWB')!.has('OCI'));
  t.end();
});

t.test('patterns', (t) => {
  t.equal(readPattern('^<OCI>/{a:a2?}').begins, 'always');
  t.equal(readPattern('<SPH>/{a:m3}').begins, 'first');
  t.equal(readPattern('/{a:m3}').begins, 'never');
  t.equal(readPattern('CVD/{a:m3}').identifier, 'CVD');
  t.equal(formatInWords(readPattern('{a:n2a3n2}').fields[0]!.format), '2 digits, 3 letters, 2 digits');
  for (const wrong of ['{a:x3}', '{a:a3', '{^b}{a:a3}', '[{a:a3}', '({a:a3}|']) t.throws(() => readPattern(wrong), wrong);
  t.throws(() => readGrammars({ path: 'abc.txt', text: 'message ABC 1\nnot a row' }), /abc.txt:2/);
  t.end();
});

t.test('the check digit is the remainder by 7', (t) => {
  for (const right of ['020-12345675', '125-00000000', '160-22334465']) t.ok(checkDigitHolds(right), right);
  for (const wrong of ['020-12345676', '160-22334466']) t.notOk(checkDigitHolds(wrong), wrong);
  t.end();
});
