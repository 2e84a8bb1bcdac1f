import t from 'tap';
import { codesOf, edi, read } from '../edifact/read.ts';

const around = (version: string, segments: string): string =>
  `UNB+UNOC:${version}+A+B+${version === '4' ? '20' : ''}260914:0930+R1'UNH+M1+CUSCAR:D:95B:UN'${segments}UNT+${segments.split("'").length + 1}+M1'UNZ+1+R1'`;
const told = (text: string): { found: string[]; bytes: string[] } => {
  const { findings } = read(edi(text));
  const own = findings.filter(({ code }) => code === 'EDIFACT_TRAILING');
  return {
    found: own.map(
      ({ args, data }) => `${args['count']} ${data?.edi?.tag} ${data?.edi?.segment}${data?.edi?.element === undefined ? '' : ` element ${data.edi.element}`}`,
    ),
    bytes: own.map(({ data }) => text.slice(data!.start, data!.end)),
  };
};

t.test('separators behind which nothing stands, in syntax 4', (t) => {
  // prettier-ignore
  const cases: readonly [segments: string, found: string, bytes: string][] = [
    ["BGM+85+X+'", '1 BGM 2', '+'],
    ["BGM+85+X+++'", '1 BGM 2', '+++'],
    ["BGM+'", '1 BGM 2', '+'],
    ["LOC+60+NLRTM:139:'", '1 LOC 2 element 3', ':'],
    ["LOC+60+NLRTM:139::'", '1 LOC 2 element 3', '::'],
    ["LOC+60+NLRTM:139::+X'", '1 LOC 2 element 3', '::'],
    ["LOC+60+::+X'", '1 LOC 2 element 3', '::'],
    ["LOC+60+NLRTM*+X'", '1 LOC 2 element 3', '*'],
    ["LOC+60+NLRTM:139:+'", '1 LOC 2 element 3', ':'],
    ["LOC+60'BGM+85+'RFF+ON:'", '2 BGM 3', '+'],
  ];
  for (const [segments, found, bytes] of cases) t.same(told(around('4', segments)), { found: [found], bytes: [bytes] }, segments);
  t.end();
});

t.test('what is left out inside is none of them, nor is a separator that is released', (t) => {
  const fine = ["BGM+85++9'", "LOC+60+:139'", "NAD+CZ+++X'", "FTX+AAA+++A:B?:'", "FTX+AAA+++A?+'", "RFF+ON:A*:B'", "UNS'"];
  for (const segments of fine) t.same(told(around('4', segments)).found, [], segments);
  t.end();
});

t.test('before syntax 4 they need not be left out', (t) => {
  for (const version of ['1', '2', '3']) t.same(told(around(version, "BGM+85+X+'LOC+60+NLRTM:139:'")).found, [], version);
  t.end();
});

t.test('around messages they are told of the segment that has them', (t) => {
  t.same(told("UNB+UNOC:4+A+B:+20260914:0930+R1'UNH+M1+CUSCAR:D:95B:UN'BGM+85'UNT+3+M1'UNZ+1+R1'").found, ['1 UNB 0 element 4']);
  t.same(told("UNB+UNOC:4+A+B+20260914:0930+R1'UNH+M1+CUSCAR:D:95B:UN'BGM+85'UNT+3+M1'UNZ+1+R1+'").found, ['1 UNZ 0']);
  t.same(codesOf(read(edi(around('4', "BGM+85'").slice(0, -1)))), ['EDIFACT_UNTERMINATED UNZ 0'], 'nor where the segment has no end');
  t.end();
});
