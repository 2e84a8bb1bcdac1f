import t from 'tap';
import { edi, findingLine, read } from '../edifact/read.ts';

const group = (header: string, messages: readonly string[], trailer = `UNE+${messages.length}+G1'`): string =>
  `UNB+UNOC:3+A+B+260914:0930+R1'UNG+${header}'${messages.map((s009, at) => `UNH+M${at + 1}+${s009}'BGM+85'UNT+3+M${at + 1}'`).join('')}${trailer}UNZ+1+R1'`;
const head = (type: string, said = 'UN+D:95B'): string => `${type}+A+B+260914:0930+G1+${said}`;
const told = (text: string): string[] =>
  read(edi(text))
    .findings.map((each) => findingLine(each, text))
    .filter((line) => line.includes('GROUP_DIFFERS'));
const line = (id: string, said: string): string => `warning EDIFACT_GROUP_DIFFERS: UNG says ${said} @ UNG, element ${id}`;

t.test('what a group says of its messages is held against what they say', (t) => {
  const cuscar = 'CUSCAR:D:95B:UN';
  // prettier-ignore
  const cases: readonly [what: string, text: string, told: readonly string[]][] = [
    ['as it is', group(head('CUSCAR'), [cuscar, cuscar]), []],
    ['one of another type', group(head('CUSCAR'), [cuscar, 'CUSREP:D:95B:UN', cuscar]), [`${line('0038', 'CUSCAR (0038), 1 of the 3 messages of the group say otherwise, first `M2`: CUSREP')} «CUSCAR»`]],
    ['all of another', group(head('CUSREP'), [cuscar, cuscar]), [`${line('0038', 'CUSREP (0038), 2 of the 2 messages of the group say otherwise, first `M1`: CUSCAR')} «CUSREP»`]],
    ['another release and agency', group(head('CUSCAR', 'UN+D:96A'), ['CUSCAR:D:95B:IA']), [
      `${line('0051', 'UN (0051), 1 of the 1 messages of the group say otherwise, first `M1`: IA')} «UN»`,
      `${line('S008.0054', '96A (S008.0054), 1 of the 1 messages of the group say otherwise, first `M1`: 95B')} «96A»`,
    ]],
    ['where either says nothing', group(head('', ''), [cuscar]), []],
    ['a message that says nothing but its type', group(head('CUSCAR'), ['CUSCAR']), []],
    ['a group without its trailer', group(head('CUSREP'), [cuscar], ''), [`${line('0038', 'CUSREP (0038), 1 of the 1 messages of the group say otherwise, first `M1`: CUSCAR')} «CUSREP»`]],
  ];
  for (const [what, text, expected] of cases) t.same(told(text), expected, what);
  t.end();
});

t.test('each group for itself', (t) => {
  const two = group(head('CUSREP'), ['CUSCAR:D:95B:UN']).replace(
    'UNZ+1',
    `${group(head('CUSCAR'), ['CUSCAR:D:95B:UN'])
      .replace(/^UNB.*?'/, '')
      .replace(/UNZ.*/, '')}UNZ+2`,
  );
  t.same(told(two).length, 1);
  t.end();
});
