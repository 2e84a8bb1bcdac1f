import t from 'tap';
import { BoundedFindings } from '../../src/diagnostics/bounded.ts';
import { finding, sentence } from '../../src/diagnostics/diagnostic.ts';

t.test('of each code the first are kept, the others counted; none is hidden by another', async (t) => {
  const findings = new BoundedFindings(2);
  for (let i = 0; i < 5; i++) findings.push(finding('MAP_NOTE', { note: String(i) }));
  findings.push(finding('MAP_VALUE', { value: 'x', reason: 'y' }));
  t.same(
    findings.all().map(({ code }) => code),
    ['MAP_NOTE', 'MAP_NOTE', 'MAP_VALUE', 'FINDINGS_MORE'],
  );
  t.equal(sentence(findings.all().at(-1)!), '3 more findings MAP_NOTE');
});
