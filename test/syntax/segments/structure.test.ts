import t from 'tap';
import { shared } from '../../root.ts';
import { corpus } from '../edifact/corpus.ts';
import { edi, findingLine, read } from '../edifact/read.ts';

/** A small CUSCAR of D.95B that is in order, by segment. */
const cuscar: readonly string[] = [
  'UNH+1+CUSCAR:D:95B:UN:LOT10',
  'BGM+85+MANIFEST 1+9',
  'DTM+137:202611200852:203',
  'NAD+MS+AGENT:172:20',
  'TDT+20+V123+1++CARRIER:172:20+++9301234:146::MV TEST',
  'LOC+60+GBPME::139',
  'GIS+23',
  'EQD+CN+MSKU1234565+22G1:102:5++3+5',
  'SEL+0012345+CA',
  'CNI+1+MASTER1',
  'RFF+BM:BILL1',
  'CNT+7:1200:KGM',
  'LOC+9+CRMOB::139',
  'NAD+CN+++CONSIGNEE LTD+1 DOCK STREET+HULL++HU1 1AA+GB',
  'GID+1+12:CT',
  'FTX+AAA+++BANANAS',
  'MEA+AAE+G+KGM:1200',
  'SGP+MSKU1234565+12',
  'RFF+BM:BILL2',
  'GID+1+3:PK',
];

const message = (segments: readonly string[]): string =>
  `UNB+UNOC:3+S+R+261120:1052+1'${[...segments, `UNT+${segments.length + 1}+1`].map((s) => `${s}'`).join('')}UNZ+1+1'`;
const without = (...tags: readonly string[]): string[] => cuscar.filter((line) => !tags.includes(line.slice(0, 3)));
const change = (from: string, ...to: readonly string[]): string[] => {
  const at = cuscar.findIndex((line) => line.startsWith(from));
  return cuscar.flatMap((line, index) => (index === at ? to : [line]));
};
const insertAfter = (from: string, ...more: readonly string[]): string[] => change(from, cuscar.find((line) => line.startsWith(from)) as string, ...more);
const findings = (input: string): string[] => read(edi(input), { structure: true }).findings.map((finding) => findingLine(finding, input));

t.test('segment groups', (t) => {
  // prettier-ignore
  const cases: readonly [what: string, segments: readonly string[], findings: readonly string[]][] = [
    ['in order', cuscar, []],
    ['a mandatory segment left out', without('BGM'), ["error EDIFACT_SEGMENT_MISSING: BGM is missing @ after segment 1 of message 1 (UNH) after «N:LOT10'»"]],
    ['a mandatory group left out', cuscar.slice(0, 14), ["error EDIFACT_SEGMENT_MISSING: GID is missing in SG10 @ after segment 14 of message 1 (NAD) in SG10 after « 1AA+GB'»"]],
    ['the trigger of a group left out: what it holds keeps its place', without('RFF'), ["error EDIFACT_SEGMENT_MISSING: RFF is missing in SG5 @ after segment 11 of message 1 (CNT) in SG5 after «200:KGM'»"]],
    ['a segment in the wrong place', insertAfter('BGM', 'SEL+1'), ["error EDIFACT_SEGMENT_NOT_HERE: SEL is not allowed here @ segment 3 of message 1 (SEL) «SEL+1'»"]],
    ['a segment that comes too late', insertAfter('CNI', 'EQD+CN'), ["error EDIFACT_SEGMENT_NOT_HERE: EQD is not allowed here @ segment 11 of message 1 (EQD) in SG4 «EQD+CN'»"]],
    ['a tag of no directory', insertAfter('BGM', 'XYZ+1'), ["error EDIFACT_SEGMENT_UNKNOWN: D95B has no segment XYZ @ segment 3 of message 1 (XYZ) «XYZ+1'»"]],
    ['too many of a segment', insertAfter('GIS', ...Array<string>(9).fill('GIS+23')), ["error EDIFACT_TOO_MANY_SEGMENTS: GIS may be repeated 9 times here, this is one more @ segment 16 of message 1 (GIS) «GIS+23'»"]],
    ['too many of a group', insertAfter('LOC+60', ...Array<string>(9).fill('TDT+30')), ["error EDIFACT_TOO_MANY_GROUPS: SG1 may be repeated 9 times, this is one more @ segment 15 of message 1 (TDT) in SG1 «TDT+30'»"]],
    ['two faults are two findings', [...without('BGM'), 'GID+2', 'RFF+BM:BILL3'], ["error EDIFACT_SEGMENT_MISSING: BGM is missing @ after segment 1 of message 1 (UNH) after «N:LOT10'»", "error EDIFACT_SEGMENT_MISSING: GID is missing in SG10 @ after segment 21 of message 1 (RFF) in SG10 after «M:BILL3'»"]],
  ];
  for (const [what, segments, expected] of cases) t.same(findings(message(segments)), expected, what);
  t.end();
});

t.test('data elements', (t) => {
  // prettier-ignore
  const cases: readonly [what: string, segments: readonly string[], findings: readonly string[]][] = [
    ['a mandatory element left out', change('NAD+MS', 'NAD++AGENT:172:20'), ["error EDIFACT_ELEMENT_MISSING: 3035 Party qualifier is missing @ segment 4 of message 1 (NAD), element 3035 «NAD++AGENT:172…»"]],
    ['the last mandatory element left out', change('FTX', 'FTX'), ["error EDIFACT_ELEMENT_MISSING: 4451 Text subject qualifier is missing @ segment 16 of message 1 (FTX), element 4451 in SG10 «FTX'»"]],
    ['a mandatory component left out', change('DTM', 'DTM+:202611200852:203'), ['error EDIFACT_ELEMENT_MISSING: C507.2005 Date/time/period qualifier is missing @ segment 3 of message 1 (DTM), element C507.2005 «202611200852»']],
    ['a mandatory composite left out', change('DTM', 'DTM'), ["error EDIFACT_ELEMENT_MISSING: C507 Date/time/period is missing @ segment 3 of message 1 (DTM), element C507 «DTM'»"]],
    ['a conditional composite may be left out, its mandatory components with it', change('TDT', 'TDT+20'), []],
    ['too many elements', change('GIS', 'GIS+23+1+2'), ['error EDIFACT_TOO_MANY_ELEMENTS: GIS has 1 data elements, here are more @ segment 7 of message 1 (GIS), element 2 «1»']],
    ['too many components', change('BGM', 'BGM+85+MANIFEST:1+9'), ['error EDIFACT_TOO_MANY_ELEMENTS: 1004 has 1 component, here are more @ segment 2 of message 1 (BGM), element 1004 «1»']],
    ['a number that is none', change('GID+1+12', 'GID+1+12A:CT'), ['error EDIFACT_CHAR_TYPE: `12A` is not a number, as C213.7224 Number of packages must be @ segment 15 of message 1 (GID), element C213.7224 in SG10 «12A»']],
    ['sign and decimal mark do not count', change('MEA', 'MEA+AAE+G+KGM:-123456789012345,678'), []],
    ['too long', change('BGM', `BGM+85+${'X'.repeat(36)}+9`), [`warning EDIFACT_TOO_LONG: 1004 Document/message number is 36 long, 35 is the most @ segment 2 of message 1 (BGM), element 1004 «${'X'.repeat(14)}…»`]],
    ['release characters do not count', change('BGM', `BGM+85+${'?+'.repeat(35)}+9`), []],
    ['too short', change('MEA', 'TMP+2+12:CEL'), ["error EDIFACT_SEGMENT_NOT_HERE: TMP is not allowed here @ segment 17 of message 1 (TMP) in SG10 «TMP+2+12:CEL'»", 'warning EDIFACT_TOO_SHORT: C239.6246 Temperature setting is 2 long, 3 is the least @ segment 17 of message 1 (TMP), element C239.6246 in SG10 «12»']],
    ['a value that is not in the list', change('NAD+CN', 'NAD+QQQ'), ['warning EDIFACT_VALUE: `QQQ` is not a value of 3035 Party qualifier in D95B @ segment 14 of message 1 (NAD), element 3035 in SG7 «QQQ»']],
    ['another list is named', change('GIS', 'GIS+XX:105:ZZZ'), []],
    ['and another agency', change('GIS', 'GIS+XX::ZZZ'), []],
    ['a repetition that the directory does not know', change('BGM', 'BGM+85+A*B+9'), ['error EDIFACT_TOO_MANY_REPETITIONS: 1004 may be repeated 1 times @ segment 2 of message 1 (BGM), element 1004 «B»']],
  ];
  for (const [what, segments, expected] of cases) {
    const input = what.startsWith('a repetition') ? message(segments).replace('UNOC:3', 'UNOC:4').replace('261120', '20261120') : message(segments);
    t.same(findings(input), expected, what);
  }
  t.end();
});

t.test('DE 0096, 0098 and 0104 count as the standard does', (t) => {
  const place = (segments: readonly string[]): unknown => read(edi(message(segments)), { structure: true }).findings[0]?.data?.edi;
  t.match(place(without('BGM')), { segment: 1, missing: true }, '0096 of a missing segment is the position of the one before it');
  t.match(place(change('NAD+MS', 'NAD++A')), { segment: 4, element: 2, id: '3035' }, '0098 counts the tag as 1');
  t.match(place(change('NAD+CN', `NAD+CN++++++++${'X'.repeat(4)}`)), { element: 10, id: '3207' }, 'positions of the definition: the ninth data element is 10');
  t.match(place(change('DTM', 'DTM+137:1:QQQ')), { element: 2, component: 3, id: 'C507.2379' }, '0104 counts from 1');
  t.end();
});

t.test('the same value is said once, a thousand findings a hundred times', (t) => {
  const many = read(edi(message(insertAfter('LOC+60', ...Array<string>(40).fill('LOC+QQQ+GBPME::139')))), { structure: true }).findings;
  t.same(
    many.map(({ code, args }) => `${code} ${args['count'] ?? ''}`),
    ['EDIFACT_VALUE ', 'EDIFACT_MORE 39'],
  );
  const flood = read(edi(message(insertAfter('GIS', ...Array<string>(500).fill('ZZZ'))).replace('UNH', 'UNH')), { structure: true }).findings;
  t.equal(flood.length, 101);
  t.match(flood.at(-1), { code: 'EDIFACT_MORE', args: { count: '400', code: 'EDIFACT_SEGMENT_UNKNOWN' } });
  t.end();
});

t.test('resynchronises at the next message', (t) => {
  const second = cuscar.map((line) => line.replace('UNH+1', 'UNH+2'));
  const segments = [...cuscar.slice(0, 12), 'TAX+1', 'UNT+14+1', ...second];
  const input = message(segments).replace(/UNT\+\d+\+1'UNZ\+1/, `UNT+${second.length + 1}+2'UNZ+2`);
  const found = read(edi(input), { structure: true });
  t.same(
    found.findings.map(({ code, data }) => `${code} ${data?.edi?.message}`),
    ['EDIFACT_SEGMENT_NOT_HERE 1', 'EDIFACT_SEGMENT_MISSING 1'],
  );
  t.end();
});

t.test('severity may be agreed otherwise; a message of no known directory is read and said', (t) => {
  const strict = read(edi(message(change('NAD+CN', 'NAD+QQQ'))), { structure: true, severity: { EDIFACT_VALUE: 'error' } });
  t.equal(strict.findings[0]?.severity, 'error');
  const unknown = read(edi("UNB+UNOC:3+S+R+261120:1052+1'UNH+1+INVOIC:D:96A:UN'UNT+2+1'UNZ+1+1'"), { structure: true });
  t.match(unknown.findings, [{ code: 'EDIFACT_MESSAGE_UNKNOWN', severity: 'warning', args: { directory: 'D96A', type: 'INVOIC' } }]);
  t.equal(unknown.units.length, 2);
  t.end();
});

t.test('the D.95B messages of the corpus', { skip: shared === undefined && 'no corpus beside the repository' }, (t) => {
  const simple = corpus('edifact-customs').find(({ name }) => name.endsWith('sample-edifact/simple.edi'));
  const { findings } = read(simple?.bytes ?? Buffer.alloc(0), { structure: true });
  t.same(
    findings.map(({ code, severity, data }) => `${severity} ${code} ${data?.edi?.tag} ${data?.edi?.id}`),
    [
      'warning EDIFACT_TOO_LONG TDT C222.8213',
      'warning EDIFACT_TOO_LONG NAD C058.3124',
      'warning EDIFACT_TOO_LONG NAD C058.3124',
      'warning EDIFACT_TOO_LONG NAD C058.3124',
      'warning EDIFACT_COUNT_MISMATCH UNT 0074',
    ],
  );
  t.end();
});
