import t from 'tap';
import { readable, Wholeness, type Choice, type Seen } from '../../../src/channels/folder/whole.ts';

const seen = (path: string, mtime = 0, size = 1): Seen => ({ path, mtime, size });
const paths = (choice: Choice, ...names: string[]): string[] => new Wholeness(choice).whole(names.map((name) => seen(name)), 0).map(({ file }) => file.path).sort(); // prettier-ignore

t.test('which names may become messages', (t) => {
  const table: readonly (readonly [why: string, choice: Choice, given: readonly string[], taken: readonly string[]])[] = [
    ['anything but what is still written', {}, ['a', 'a.edi', '.a', 'a.tmp', 'A.TMP', 'a.part', 'a.filepart', 'a~'], ['a', 'a.edi']],
    ['patterns', { names: ['*.edi', 'ORD?'] }, ['a.edi', 'a.edi.x', 'ORD1', 'ORD', 'ord2'], ['ORD1', 'a.edi', 'ord2']],
    ['a pattern is no expression', { names: ['a+(b).[c]'] }, ['a+(b).[c]', 'aab.c'], ['a+(b).[c]']],
    [
      'patterns beyond ASCII',
      { names: ['*表*'] },
      ['1表.edi', '1.edi'].map((name) => Buffer.from(name).toString('latin1')),
      [Buffer.from('1表.edi').toString('latin1')],
    ],
    ['what partners write otherwise', { ignore: ['*.upl'] }, ['a.upl', 'a.tmp'], ['a.tmp']],
    ['a companion beside', { complete: { companion: '{name}.ok' } }, ['a', 'a.ok', 'b', 'c.ok'], ['a']],
    ['a companion instead of the ending', { complete: { companion: '{stem}.trg' } }, ['a.b.edi', 'a.b.trg', 'c', 'c.trg', 'd.edi'], ['a.b.edi', 'c']],
    ['a companion in the same folder', { complete: { companion: '{name}.ok' } }, ['x/a', 'x/a.ok', 'y/a'], ['x/a']],
    ['names as $& and $1', { complete: { companion: '{name}.ok' } }, ['$&$1', '$&$1.ok'], ['$&$1']],
  ];
  for (const [why, choice, given, taken] of table) t.same(paths(choice, ...given), taken, why);
  t.end();
});

t.test('oldest first, then by name', (t) => {
  const all = [seen('b', 2), seen('a', 2), seen('z', 1)];
  t.same(
    new Wholeness({}).whole(all, 0).map(({ file }) => file.path),
    ['z', 'a', 'b'],
  );
  t.end();
});

t.test('stable: by our clock, from the last change that was seen', (t) => {
  const rule = new Wholeness({ complete: { stable: 10 } });
  const whole = (at: number, ...files: Seen[]): string[] => rule.whole(files, at * 1000).map(({ file }) => file.path);
  t.same(whole(0, seen('a', -5000)), [], 'however old it says it is');
  t.same(whole(9, seen('a', -5000)), []);
  t.same(whole(10, seen('a', -5000)), ['a']);
  t.same(whole(11, seen('a', -5000, 2)), [], 'its size has changed');
  t.same(whole(22, seen('a', -4000, 2)), [], 'its time has changed');
  t.same(whole(23), []);
  t.same(whole(33, seen('a', -4000, 2)), [], 'it was away');
  t.same(whole(43, seen('a', -4000, 2)), ['a']);
  t.same(whole(-3600, seen('a', -4000, 2)), [], 'the clock was set back: from now on');
  t.same(whole(-3590, seen('a', -4000, 2)), ['a'], 'and not when it has caught up');
  t.end();
});

t.test('names for people', (t) => {
  for (const [name, shown] of [
    [Buffer.from('ü 表.edi'), 'ü 表.edi'],
    [Buffer.from([0x61, 0xe4]), 'a%E4'],
    [Buffer.from('a\u001b[31m%\n'), 'a%1B[31m%25%0A'],
  ] as const)
    t.equal(readable(name.toString('latin1')), shown);
  t.end();
});
