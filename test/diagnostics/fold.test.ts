import t from 'tap';
import { finding, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { fold } from '../../src/diagnostics/fold.ts';
import { renderFindings } from '../../src/diagnostics/text.ts';

const at = (tag: string, segment: number, id: string) => ({
  source: 'm.edi',
  start: segment * 10,
  end: segment * 10 + 3,
  edi: { message: 1, tag, segment, id },
});
const value = (said: string, tag: string, segment: number, id = '3207'): Diagnostic =>
  finding('EDIFACT_VALUE', { value: said, id, name: 'Country', directory: 'D95B' }, { data: at(tag, segment, id) });
const many = (n: number, tag = 'NAD', id = '3207'): Diagnostic[] => Array.from({ length: n }, (_, i) => value('DX', tag, i + 10, id));
const counts = (findings: readonly Diagnostic[]) => fold(findings).map(({ first, count }) => [first.code, first.data?.edi?.segment, count]);

t.test('up to three of one cause are shown each at its place, more as one', (t) => {
  t.same(counts(many(3)), [['EDIFACT_VALUE', 10, 1], ['EDIFACT_VALUE', 11, 1], ['EDIFACT_VALUE', 12, 1]]); // prettier-ignore
  t.same(counts(many(412)), [['EDIFACT_VALUE', 10, 412]]);
  t.end();
});

t.test('a cause is what is wrong in which kind of place', (t) => {
  t.same(counts([...many(5), ...many(4, 'LOC'), ...many(6, 'NAD', '3035')]), [['EDIFACT_VALUE', 10, 5], ['EDIFACT_VALUE', 10, 4], ['EDIFACT_VALUE', 10, 6]]); // prettier-ignore
  t.same(counts([value('DX', 'NAD', 1), value('D1', 'NAD', 2), value('D2', 'NAD', 3), value('D3', 'NAD', 4)]), [['EDIFACT_VALUE', 1, 4]], 'whatever the value'); // prettier-ignore
  t.same(counts(many(4).map((each, i) => ({ ...each, severity: i < 2 ? 'error' : 'warning' }))).length, 4, 'an error is no warning');
  t.end();
});

t.test('what was only counted belongs to the total', (t) => {
  const more = finding('FINDINGS_MORE', { code: 'EDIFACT_VALUE', count: '588' });
  t.same(counts([...many(1_000), more]), [['EDIFACT_VALUE', 10, 1_588]]);
  t.same(counts([...many(1), finding('EDIFACT_MORE', { code: 'EDIFACT_VALUE', count: '1' })]), [['EDIFACT_VALUE', 10, 2]]);
  t.same(counts([...many(5), ...many(5, 'LOC'), more]).at(-1), ['FINDINGS_MORE', undefined, 1], 'where two causes have the code it is told apart');
  t.end();
});

t.test('at the terminal: the first place, the number, and some of the others', (t) => {
  const text = renderFindings(many(412));
  t.match(text, '= 412 times in all; also segment 11 of message 1 (NAD), element 3207; segment 12 of message 1 (NAD), element 3207');
  t.match(text, /\n0 errors, 412 warnings\n$/);
  t.equal(renderFindings(many(412), { limit: Infinity }).match(/^warning/gm)?.length, 412, 'each where all are wanted');
  t.end();
});
