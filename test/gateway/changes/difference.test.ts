import fc from 'fast-check';
import t from 'tap';
import { changed, differenceOf } from '../../../src/gateway/changes/difference.ts';

const of = (former: string, later: string): unknown => differenceOf(Buffer.from(former, 'latin1'), Buffer.from(later, 'latin1'));

t.test('the segments that were taken out and put in', async (t) => {
  t.same(of("UNH+1'BGM+1'UNT+3'", "UNH+1'BGM+1'UNT+3'"), []);
  t.same(of("UNH+1'BGM+1'UNT+3'", "UNH+1'BGM+2'UNT+3'"), [{ at: 6, was: "BGM+1'", is: "BGM+2'" }]);
  t.same(of("UNH+1'UNT+2'", "UNH+1'BGM+2'UNT+2'"), [{ at: 6, was: '', is: "BGM+2'" }]);
  t.same(of("A'B'C'D'E'", "A'C'D'X'E'"), [{ at: 2, was: "B'", is: '' }, { at: 8, was: '', is: "X'" }]); // prettier-ignore
  t.same(of('<a><b>1</b></a>', '<a><b>2</b></a>'), [{ at: 6, was: '1</b>', is: '2</b>' }]);
});

t.test('the later text follows from the former and the changes', async (t) => {
  const text = fc.array(fc.constantFrom("A'", "B+1'", 'é', '\n', "C'", '~', '<x>'), { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));
  fc.assert(
    fc.property(text, text, (former, later) => changed(former, differenceOf(former, later)).equals(later)),
    { numRuns: 300 },
  );
  t.pass('300 pairs');
});
