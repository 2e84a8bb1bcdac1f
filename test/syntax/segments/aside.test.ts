import t from 'tap';
import type { Severities } from '../../../src/syntax/segments/envelope.ts';
import { edi, findingLine, read, type Read } from '../edifact/read.ts';

const SECURED = "USH+1+S1'USA+1:16:1'USC+CERT1'";
const ASSURED = "UST+S1+5'USR+1:9F3A'";
const head = (version: string): string => `UNB+UNOC:${version}+A+B+${version === '4' ? '20' : ''}260914:0930+R1'`;
const message = (count: number, secured = SECURED, assured = ASSURED): string => `UNH+M1+CUSCAR:D:95B:UN'${secured}BGM+85+X+9'${assured}UNT+${count}+M1'`;
const tail = "UNZ+1+R1'";

const told = (text: string, severity: Severities = {}): { lines: string[]; found: Read } => {
  const found = read(edi(text), { structure: true, severity });
  return { lines: found.findings.map((each) => findingLine(each, text)), found };
};

t.test('segments of security are said once, and are not of the body of their message', (t) => {
  const four = told(`${head('4')}${message(3)}${tail}`, { EDIFACT_SECURITY: 'warning' });
  t.same(four.lines, ["warning EDIFACT_SECURITY: 5 segments of security stand here, first USH S1: what they assure is not checked @ USH «USH+1+S1'»"]);
  t.same(
    four.found.events.filter((line) => /^\d+ [A-Z]{3} /.test(line)).map((line) => line.split(' ').slice(0, 2).join(' ')),
    ['1 UNH', '0 USH', '0 USA', '0 USC', '2 BGM', '0 UST', '0 USR', '3 UNT'],
    'all are handed out; positions (0096) and the count (0074) of syntax 4 leave them out',
  );
  const three = told(`${head('3')}${message(8)}${tail}`);
  t.same(three.lines, [
    "error EDIFACT_SECURITY: 5 segments of security stand here, first USH S1: what they assure is not checked @ segment 2 of message 1 (USH) «USH+1+S1'»",
  ]);
  t.same(
    told(`${head('4')}${message(8)}${tail}`).lines.map((line) => line.split(':')[0]),
    ['warning EDIFACT_COUNT_MISMATCH', 'error EDIFACT_SECURITY'],
  );
  t.end();
});

t.test('what is wrong with them is told beside that', (t) => {
  const lines = (secured: string): string[] =>
    told(`${head('4')}${message(3, secured, "UST+S1+2'")}${tail}`).lines.filter((line) => !line.includes('EDIFACT_SECURITY'));
  t.same(lines("USH+1'"), ["error EDIFACT_ELEMENT_MISSING: 0534 Security reference number is missing @ USH, element 0534 «USH+1'»"]);
  t.same(lines("USH+1+S1'USX'"), ["error EDIFACT_SEGMENT_NOT_HERE: USX is not allowed here @ segment 2 of message 1 (USX) «USX'»", "error EDIFACT_ELEMENT_MISSING: 0020 Interchange control reference is missing @ segment 2 of message 1 (USX), element 0020 «USX'»", 'warning EDIFACT_COUNT_MISMATCH: UNT states 3 segments, 4 were found @ segment 4 of message 1 (UNT), element 0074 «3»']); // prettier-ignore
  t.end();
});

t.test('a trailer of security repeats the reference of its header, and counts its pair', (t) => {
  const lines = (secured: string, assured: string): string[] =>
    told(`${head('4')}${message(3, secured, assured)}${tail}`).lines.filter((line) => !line.includes('EDIFACT_SECURITY'));
  t.same(lines("USH+1+S1'USA+1:16:1'", "UST+S1+4'USR+1:9F3A'"), []);
  t.same(lines("USH+1+S1'USA+1:16:1'USH+1+S2'", "UST+S2+2'UST+S1+4'USR+1:9F3A'"), [], 'two pairs, one in the other');
  t.same(lines("USH+1+S1'", "UST+S1+3'"), ['warning EDIFACT_COUNT_MISMATCH: UST states 3 segments, 2 were found @ UST, element 0588 «3»']);
  t.same(lines("USH+1+S1'", "UST+S9+2'"), [
    'warning EDIFACT_REFERENCE_MISMATCH: UST repeats the reference `S9`, the header said `S1` @ UST, element 0534 «S9»',
  ]);
  t.same(lines('', "UST+S1+1'"), ['error EDIFACT_ENVELOPE_MISSING: USH is missing @ UST, element 0534 «S1»']);
  t.same(lines("USH+1+S1'", ''), ["error EDIFACT_ENVELOPE_MISSING: UST is missing @ USH «USH+1+S1'»"]);
  t.end();
});

t.test('around messages they belong to the interchange or the group', (t) => {
  const plain = message(3, '', '');
  t.same(told(`${head('4')}${SECURED}${plain}${ASSURED}${tail}`).lines, ['error EDIFACT_SECURITY: 5 segments of security stand here, first USH S1: what they assure is not checked @ USH «USH+1+S1\'»']); // prettier-ignore
  const grouped = told(`${head('4')}UNG+CUSCAR+A+B+20260914:0930+G1+UN+D:95B'${SECURED}${plain}${ASSURED}UNE+1+G1'${tail}`);
  t.same(
    grouped.found.findings.map(({ code, data }) => [code, data?.edi?.ung]),
    [['EDIFACT_SECURITY', 1]],
  );
  t.same(
    told(`${head('4')}${SECURED}${ASSURED}UNZ+0+R1'`).found.findings.map(({ code }) => code),
    ['EDIFACT_EMPTY', 'EDIFACT_SECURITY'],
    'an interchange of nothing else holds nothing',
  );
  t.end();
});

t.test('a message of the service directory has them in its body', (t) => {
  const text = `${head('4')}UNH+M1+AUTACK:4:1:UN'USH+1+S1'USB+1+1:20260914+A+B'USX+R9'USY+S1+1:9F3A'UST+S1+2'UNT+7+M1'${tail}`;
  const { findings, events } = read(edi(text));
  t.same(
    findings.map(({ code }) => code),
    [],
  );
  t.ok(events.some((line) => line.startsWith('2 USH ')));
  t.end();
});

t.test('a package is told, counted as a message is, and its object is not read', (t) => {
  const object = "binary+':?\x01d'at~a'UNX''FTX+AAA'";
  const text = `${head('4')}${message(3, '', '')}UNO+P1+1:AWB+1:X+26+1'${object}UNP+26+P1'UNZ+2+R1'`;
  t.same(told(text).lines, ['error EDIFACT_OBJECT: a package (UNO) stands here, which is not read @ UNO «UNO+P1+1:AWB+1…»']);
  const alone = told(`${head('4')}UNO+P1+1:AWB+1:X+26+1'${object}UNP+26+P1'UNZ+1+R1'`);
  t.same(
    alone.found.findings.map(({ code }) => code),
    ['EDIFACT_OBJECT'],
  );
  const open = told(`${head('4')}UNO+P1+1:AWB+1:X+26+1'${object}${message(3, '', '')}UNZ+2+R1'`);
  t.same([open.found.findings.map(({ code }) => code), open.found.messages.length], [['EDIFACT_OBJECT'], 1], 'without its end the next message ends it');
  t.same(
    told(`${head('4')}${message(3, '', '')}FTX+AAA'UNZ+1+R1'`).found.findings.map(({ code }) => code),
    ['EDIFACT_STRAY'],
    'what is no object is stray',
  );
  t.end();
});
