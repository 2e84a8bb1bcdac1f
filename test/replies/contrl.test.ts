import t, { type Test } from 'tap';
import { codes } from '../../src/diagnostics/codes.ts';
import { hasError, type Diagnostic, finding } from '../../src/diagnostics/diagnostic.ts';
import { buildContrl, type ContrlOptions } from '../../src/replies/contrl.ts';
import type { Subject, SubjectMessage } from '../../src/replies/subject.ts';
import { edifactReader } from '../../src/syntax/edifact/reader.ts';
import { edifactForm } from '../../src/syntax/edifact/syntax.ts';
import { structureCheck } from '../../src/syntax/segments/structure.ts';
import type { Interchange } from '../../src/syntax/unit.ts';
import type { Severities } from '../../src/syntax/segments/envelope.ts';
import { d95b, edi, findingLine, read, service } from '../syntax/edifact/read.ts';
import { directory } from '../syntax/edifact/tables.ts';

const options: ContrlOptions = { reference: 'C1', time: '2026-11-21T08:30:00Z' };

/** What our reader makes of an interchange, as the subject of an answer. */
function subjectOf(input: string, severity: Severities = {}): Subject {
  let interchange: Interchange | undefined;
  const messages: { header: SubjectMessage['header']; findings: Diagnostic[] }[] = [];
  const around: Diagnostic[] = [];
  let open = false;
  const reader = edifactReader(
    structureCheck(
      {
        interchange: (found) => void (interchange = found),
        message(header) {
          messages.push({ header, findings: [] });
          open = true;
        },
        messageEnd: () => void (open = false),
        finding: (found) => void (open ? messages.at(-1)?.findings : around)?.push(found),
      },
      { directory: d95b, severity, form: edifactForm },
    ),
    { severity, service },
  );
  reader.push(edi(input));
  reader.end();
  if (!interchange) throw new Error('no interchange');
  return { interchange, findings: around, messages: messages.map(({ header, findings }) => ({ header, findings, accepted: !hasError(findings) })) };
}

/** The segments of the answer between UNH and UNT, after our own reader and the CONTRL tables found nothing wrong with all of it. */
function answer(t: Test, subject: Subject, more: Partial<ContrlOptions> = {}): string[] {
  const bytes = buildContrl(subject, { ...options, ...more });
  if (!bytes) return ['none'];
  const text = Buffer.from(bytes).toString('latin1');
  const { findings } = read(bytes, { structure: true });
  t.same(
    findings.filter(({ code }) => code !== 'EDIFACT_CHARACTER').map((each) => findingLine(each, text)),
    [],
    'nothing wrong with our answer',
  );
  return text.split("'").slice(2, -3);
}

const head = (version = '3'): string => `UNB+UNOC:${version}+CARRIER:ZZZ+CUSTOMS:14+${version === '4' ? '20' : ''}261120:1052+REF7'`;
const unh = "UNH+M1+CUSCAR:D:95B:UN:LOT10'";
const fine = `${unh}BGM+85+MANIFEST+9'UNT+3+M1'`;
const tail = "UNZ+1+REF7'";
const groupHead = (version: string): string => `UNG+CUSCAR+A:ZZZ+B:ZZZ+${version === '4' ? '20' : ''}261120:1052+G1+UN+D:95B'`;
const strict: Severities = {
  EDIFACT_SYNTAX_UNSUPPORTED: 'error',
  EDIFACT_COUNT_MISMATCH: 'error',
  EDIFACT_REFERENCE_MISMATCH: 'error',
  EDIFACT_TOO_LONG: 'error',
  EDIFACT_VALUE: 'error',
  EDIFACT_CHARACTER: 'error',
  EDIFACT_DUPLICATE: 'error',
  EDIFACT_TOO_SHORT: 'error',
  EDIFACT_MIXED: 'error',
  EDIFACT_EMPTY: 'error',
};
const uci = (action: string, fault = ''): string => `UCI+REF7+CARRIER:ZZZ+CUSTOMS:14+${action}${fault}`;
const ucm = (action: string, fault = ''): string => `UCM+M1+CUSCAR:D:95B:UN:LOT10+${action}${fault}`;

t.test('one row for each fault, in both generations', (t) => {
  // prettier-ignore
  const rows: readonly [what: string, input: (version: string) => string, segments: readonly string[], inFour?: readonly string[]][] = [
    ['nothing wrong', (v) => `${head(v)}${fine}${tail}`, [uci('7')]],
    ['a mandatory segment is missing: 0096 is the one before it', (v) => `${head(v)}${unh}DTM+137:2026:602'UNT+3+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+1+13']],
    ['segments of security', (v) => `${head(v)}${unh}USH+1+S1'BGM+85+MANIFEST+9'UST+S1+2'UNT+${v === '4' ? 3 : 5}+M1'${tail}`, [uci('7'), ucm('4', '+27')], [uci('7'), ucm('4', '+47+USH++++S1+1')]],
    ['a package', (v) => `${head(v)}${fine}UNO+P1+1:AWB+1:X+2+1'AB'UNP+2+P1'UNZ+2+REF7'`, [uci('4', '+33')], [uci('4', '+47+UNO')]],
    ['a segment is not here', (v) => `${head(v)}${unh}BGM+85+X+9'SEL+1'UNT+4+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3+15']],
    ['too many segments', (v) => `${head(v)}${unh}BGM+85+X+9'${"RFF+SS:1'".repeat(10)}UNT+13+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+12+35']],
    ['too many groups', (v) => `${head(v)}${unh}BGM+85+X+9'${"TDT+20'".repeat(10)}UNT+13+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+12+36']],
    ['too many elements in a segment', (v) => `${head(v)}${unh}BGM+85+X+9'GIS+23+1'UNT+4+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3+16']],
    ['too many components in an element', (v) => `${head(v)}${unh}BGM+85+X:Y+9'UNT+3+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+2', 'UCD+16+3:2']],
    ['an element is missing: 0098 counts the tag', (v) => `${head(v)}${unh}BGM+85+X+9'NAD++A'UNT+4+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3', 'UCD+13+2']],
    ['a component is missing: 0104 counts from 1', (v) => `${head(v)}${unh}BGM+85+X+9'DTM+:2026'UNT+4+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3', 'UCD+13+2:1']],
    ['a value of no list', (v) => `${head(v)}${unh}BGM+85+X+9'NAD+QQQ'UNT+4+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3', 'UCD+12+2']],
    ['a number that is none', (v) => `${head(v)}${unh}BGM+85+X+9'CNT+7:1A'UNT+4+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3', 'UCD+37+2:2']],
    ['too long', (v) => `${head(v)}${unh}BGM+85+${'X'.repeat(36)}+9'UNT+3+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+2', 'UCD+39+3']],
    ['a character outside the repertoire', (v) => `${head(v).replace('UNOC', 'UNOA')}${unh}BGM+85+x+9'UNT+3+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+2', 'UCD+21+3']],
    ['segments miscounted', (v) => `${head(v)}${unh}BGM+85+X+9'UNT+9+M1'${tail}`, [uci('7'), ucm('4', '+29+UNT+2')]],
    ['the trailer of another message', (v) => `${head(v)}${unh}BGM+85+X+9'UNT+3+M2'${tail}`, [uci('7'), ucm('4', '+28+UNT+3')]],
    ['no UNT', (v) => `${head(v)}${unh}BGM+85+X+9'${tail}`, [uci('7'), ucm('4', '+13+UNT')]],
    ['messages miscounted', (v) => `${head(v)}${fine}UNZ+2+REF7'`, [uci('4', '+29+UNZ+2')]],
    ['another interchange reference', (v) => `${head(v)}${fine}UNZ+1+REF8'`, [uci('4', '+28+UNZ+3')]],
    ['no UNZ', (v) => `${head(v)}${fine}`, [uci('4', '+13+UNZ')]],
    ['a bad UNA', (v) => `UNA:+.?+'${head(v)}${fine}${tail}`, [uci('4', '+20+UNA')], [uci('4', '+20')]],
    ['an unsupported character set', (v) => `${head(v).replace('UNOC', 'UNOZ')}${fine}${tail}`, [uci('4', '+2+UNB+2:1')], [uci('4', '+46+UNB+2:1')]],
    ['in a group', (v) => `${head(v)}${groupHead(v)}${unh}GIS+23'UNT+3+M1'UNE+1+G1'${tail}`, [uci('7'), 'UCF+G1+A:ZZZ+B:ZZZ+7', ucm('4'), 'UCS+1+13']],
    ['in a group, one of two', (v) => `${head(v)}${groupHead(v)}${fine}UNE+1+G1'${groupHead(v).replace('+G1+', '+G2+')}${unh.replace('M1', 'M2')}GIS+23'UNT+3+M2'UNE+1+G2'UNZ+2+REF7'`, [uci('7'), 'UCF+G2+A:ZZZ+B:ZZZ+7', ucm('4').replace('M1', 'M2'), 'UCS+1+13']],
    ['a group miscounted is rejected, the other is not', (v) => `${head(v)}${groupHead(v)}${fine}UNE+2+G1'${groupHead(v).replace('+G1+', '+G2+')}${fine.replaceAll('M1', 'M2')}UNE+1+G2'UNZ+2+REF7'`, [uci('7'), 'UCF+G1+A:ZZZ+B:ZZZ+4+29+UNE+2']],
    ['the trailer of another group', (v) => `${head(v)}${groupHead(v)}${fine}UNE+1+G2'${tail}`, [uci('7'), 'UCF+G1+A:ZZZ+B:ZZZ+4+28+UNE+3']],
    ['one reference for two groups', (v) => `${head(v)}${groupHead(v)}${fine}UNE+1+G1'${groupHead(v)}${fine.replaceAll('M1', 'M2')}UNE+1+G1'UNZ+2+REF7'`, [uci('7'), 'UCF+G1+A:ZZZ+B:ZZZ+4+26+UNG+6']],
    ['no UNE', (v) => `${head(v)}${groupHead(v)}${fine}${tail}`, [uci('7'), 'UCF+G1+A:ZZZ+B:ZZZ+4+13+UNE']],
    ['a segment between messages of a group', (v) => `${head(v)}${groupHead(v)}BGM+85'${fine}UNE+1+G1'${tail}`, [uci('7'), 'UCF+G1+A:ZZZ+B:ZZZ+4+33']],
    ['a group that UCF could not name rejects all', (v) => `${head(v)}${groupHead(v).replace('+G1+', '++')}${fine}UNE+1'${tail}`, [uci('4', '+13+UNG+6')]],
    ['groups miscounted', (v) => `${head(v)}${groupHead(v)}${fine}UNE+1+G1'UNZ+2+REF7'`, [uci('4', '+29+UNZ+2')]],
    ['messages in a group and outside', (v) => `${head(v)}${groupHead(v)}${fine}UNE+1+G1'${fine.replaceAll('M1', 'M2')}${tail}`, [uci('4', '+30+UNH')]],
    ['an empty group', (v) => `${head(v)}${groupHead(v)}UNE+0+G1'${tail}`, [uci('4', '+32+UNE')]],
    ['one reference for two messages', (v) => `${head(v)}${fine}${fine}UNZ+2+REF7'`, [uci('7'), ucm('4', '+26+UNH+2')]],
    ['a message that UCM could not name rejects all', (v) => `${head(v)}${unh.replace(':UN:LOT10', '')}BGM+85+X+9'UNT+3+M1'${tail}`, [uci('4', '+13+UNH+3:4')]],
    ['a message whose reference has no room in UCM rejects all', (v) => `${head(v)}${unh.replace('M1', 'M'.repeat(15))}BGM+85+X+9'UNT+3+${'M'.repeat(15)}'${tail}`, [uci('4', '+39+UNH+2')]],
    ['a message whose type has no room in UCM', (v) => `${head(v)}${fine.replace('CUSCAR', 'CUSCARX')}${tail}`, [uci('4', '+39+UNH+3:1')]],
    ['an association that has no room in UCM is left out there', (v) => `${head(v)}${fine.replace('LOT10', 'ABCDEFG')}${tail}`, [uci('7'), 'UCM+M1+CUSCAR:D:95B:UN+4+39+UNH+3:5']],
    ['a group whose reference has no room in UCF rejects all', (v) => `${head(v)}${groupHead(v).replace('+G1+', `+${'G'.repeat(15)}+`)}${fine}UNE+1+${'G'.repeat(15)}'${tail}`, [uci('4', '+39+UNG+6')]],
    ['a segment between messages whose tag is no service segment of ours', (v) => `${head(v)}UNX+1'${fine}${tail}`, [uci('4', '+33')]],
    ['messages counted below nothing', (v) => `${head(v)}${fine}UNZ+-1+REF7'`, [uci('4', '+29+UNZ+2')]],
    ['segments counted in halves', (v) => `${head(v)}${unh}BGM+85+X+9'UNT+3,5+M1'${tail}`, [uci('7'), ucm('4', '+29+UNT+2')]],
    ['a common access reference too long', (v) => `${head(v)}${unh.replace("LOT10'", `LOT10+${'X'.repeat(36)}'`)}BGM+85+X+9'UNT+3+M1'${tail}`, [uci('7'), ucm('4', '+39+UNH+4')]],
    ['UNB without a date', (v) => `${head(v).replace(/\+(20)?261120:1052/, '+')}${fine}${tail}`, [uci('4', '+13+UNB+5')]],
    ['UNT counts in letters', (v) => `${head(v)}${unh}BGM+85+X+9'UNT+THREE+M1'${tail}`, [uci('7'), ucm('4', '+37+UNT+2')]],
    ['UNZ has a third element', (v) => `${head(v)}${fine}UNZ+1+REF7+X'`, [uci('4', '+16+UNZ+4')]],
    ['a segment of no directory', (v) => `${head(v)}${unh}BGM+85+X+9'ZZZ+1'UNT+4+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3+15']],
    ['no proper tag', (v) => `${head(v)}${unh}BGM+85+X+9'SEL 1'UNT+4+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3+22']],
    ['too short', (v) => `${head(v)}${unh}BGM+85+X+9'SEL+1'TMP+2+12:CEL'UNT+5+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3+15', 'UCS+4+15', 'UCS+4', 'UCD+40+3:1']],
    ['a mandatory composite is missing', (v) => `${head(v)}${unh}BGM+85+X+9'CNT'UNT+4+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3', 'UCD+13+2']],
    ['an element missing and one too many', (v) => `${head(v)}${unh}BGM+85+X+9'NAD++++++++++${'D'.repeat(4)}'UNT+4+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3+16', 'UCS+3', 'UCD+13+2']],
    ['a fault in a segment and one after it', (v) => `${head(v)}${unh}BGM+85+X+9'CNI+1'RFF+QQQ:1'UNT+5+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+4', 'UCD+12+2:1', 'UCS+4+13']],
    ['a segment before a message', (v) => `${head(v)}BGM+85'${fine}${tail}`, [uci('4', '+33')]],
    ['nothing in it', (v) => `${head(v)}UNZ+0+REF7'`, [uci('4', '+32+UNZ')]],
    ['a separator that nothing announced', (v) => `${head(v)}${fine}${tail}`.replaceAll('+', '|'), [uci('4', '+22+UNB')]],
    ['a syntax version that does not exist', (v) => `${head(v).replace(/:[34]\+/, ':7+')}${fine}${tail}`, [uci('4', '+2+UNB+2:2')], ['none of syntax 4']],
    ['cut within a segment', (v) => `${head(v)}${unh}BGM+85+X`, [uci('4', '+13+UNZ')]],
    ['the last terminator is missing', (v) => `${head(v)}${fine}${tail.slice(0, -1)}`, [uci('4', '+13+UNZ')]],
    ['a value of no list, twice: it is told once, and that there is more', (v) => `${head(v)}${unh}BGM+85+X+9'NAD+QQQ'NAD+QQQ'UNT+5+M1'${tail}`, [uci('7'), ucm('4'), 'UCS+3', 'UCD+12+2', 'UCS+4+18']],
    ['a repetition that may not be: 0136 counts from 1', (v) => `${head(v)}${unh}BGM+85+X*Y+9'UNT+3+M1'${tail}`, [uci('7')], [uci('7'), ucm('4'), 'UCS+2', 'UCD+35+3::2']],
  ];
  for (const [what, input, three, four] of rows) {
    t.same(answer(t, subjectOf(input('3'), strict)), three, `${what}, syntax 3`);
    if (four?.[0] !== 'none of syntax 4') t.same(answer(t, subjectOf(input('4'), strict)), four ?? three, `${what}, syntax 4`);
  }
  t.end();
});

t.test('the envelope of the answer', (t) => {
  const text = (version: string): string => Buffer.from(buildContrl(subjectOf(`${head(version)}${fine}${tail}`), options) ?? []).toString('latin1');
  t.equal(text('3'), "UNB+UNOC:3+CUSTOMS:14+CARRIER:ZZZ+261121:0830+C1'UNH+1+CONTRL:D:3:UN'UCI+REF7+CARRIER:ZZZ+CUSTOMS:14+7'UNT+3+1'UNZ+1+C1'");
  t.equal(text('4'), "UNB+UNOC:4+CUSTOMS:14+CARRIER:ZZZ+20261121:0830+C1'UNH+1+CONTRL:4:1:UN'UCI+REF7+CARRIER:ZZZ+CUSTOMS:14+7'UNT+3+1'UNZ+1+C1'");
  t.end();
});

t.test('receipt, acknowledgement, rejection', (t) => {
  const good = subjectOf(`${head()}${fine}${tail}`);
  t.same(answer(t, good, { receiptOnly: true }), [uci('8')]);
  t.same(answer(t, { ...good, findings: [finding('GATEWAY_NOT_READ', { reason: '' })] }), [uci('4', '+18')], 'a fault that CONTRL has no code for');
  t.same(answer(t, { ...good, messages: good.messages.map((each) => ({ ...each, accepted: false })) }), [uci('7'), ucm('4', '+18')]);
  t.same(answer(t, { ...good, findings: [finding('GATEWAY_DUPLICATE', { reference: 'REF7', previous: '' })] }), [uci('4', '+26')]);
  const warned = subjectOf(`${head()}${unh}BGM+85+X+9'UNT+313+M1'${tail}`);
  t.same(answer(t, warned), [uci('7')], 'a warning rejects nothing');
  const two = subjectOf(`${head()}${fine}${fine.replaceAll('M1', 'M2').replace('BGM+85+MANIFEST+9', 'GIS+23')}UNZ+2+REF7'`);
  t.same(answer(t, two), [uci('7'), ucm('4').replace('M1', 'M2'), 'UCS+1+13'], 'what is not named is acknowledged');
  t.end();
});

t.test('what nobody here reads: no agreement, by what UNH calls it', (t) => {
  const good = subjectOf(`${head()}${fine}${tail}`);
  const unread = good.messages.map((each) => ({ ...each, accepted: false, findings: [finding('MAP_NONE', { what: '', suggestion: '' })] }));
  t.same(answer(t, { ...good, messages: unread }), [uci('7'), ucm('4', '+17+UNH+3')]);
  t.end();
});

t.test('what has no room is told of those alone that are to be named', (t) => {
  const long = 'M'.repeat(15);
  const inTwo = (first: string, count: number): Subject => {
    const groups = `${groupHead('3')}${first}UNE+${count}+G1'${groupHead('3').replace('+G1+', '+G2+')}${fine.replaceAll('M1', 'M2')}UNE+1+G2'UNZ+2+REF7'`;
    return subjectOf(`${head()}${groups}`, { EDIFACT_COUNT_MISMATCH: 'error' });
  };
  const good = inTwo(fine.replaceAll('M1', long), 1);
  t.same(answer(t, good), [uci('7')], 'accepted');
  t.same(answer(t, inTwo(fine.replaceAll('M1', long), 2)), [uci('7'), 'UCF+G1+A:ZZZ+B:ZZZ+4+29+UNE+2'], 'rejected with its group');
  const asRejected = inTwo(fine.replaceAll('M1', long), 2);
  const messages = asRejected.messages.map((each) => (each.header.group?.index === 1 ? { ...each, accepted: false } : each));
  t.same(answer(t, { ...asRejected, messages }), [uci('7'), 'UCF+G1+A:ZZZ+B:ZZZ+4+29+UNE+2'], 'and judged so');
  t.same(answer(t, inTwo(`${unh.replace('M1', long)}GIS+23'UNT+3+${long}'`, 1)), [uci('4', '+39+UNH+2')], 'a warning, and rejected for something else');
  t.end();
});

t.test('what is never answered', (t) => {
  const contrl = "UNH+1+CONTRL:D:3:UN'UCI+X+A+B+7'UNT+3+1'";
  t.same(answer(t, subjectOf(`${head()}${contrl}${tail}`)), ['none'], 'a CONTRL');
  t.same(answer(t, subjectOf(`${head()}${contrl}${fine}UNZ+2+REF7'`)), [uci('7')], 'but what came with it');
  t.same(answer(t, subjectOf(fine)), ['none'], 'nobody to address');
  t.end();
});

/** Faults that syntax versions before 4 do not have. */
const inFourAlone: ReadonlySet<string> = new Set(['EDIFACT_TRAILING', 'EDIFACT_SECURITY', 'EDIFACT_OBJECT']);

t.test('every value of 0085 that the register and this answer know is in the list of its generation', (t) => {
  for (const [code, { contrl }] of Object.entries(codes)) {
    if (contrl === '') continue;
    const isFound = ['service-3', 'service-4'].map((generation) => directory(generation).codes('0085')?.has(contrl));
    t.same(isFound, [!inFourAlone.has(code), true], `${contrl} (${code})`);
  }
  for (const value of ['18', '22', '13', '16'])
    t.ok(directory('service-3').codes('0085')?.has(value) && directory('service-4').codes('0085')?.has(value), value);
  t.ok(directory('service-3').codes('0085')?.has('31'), 'more than one type in a group');
  t.notOk(directory('service-4').codes('0085')?.has('31'), 'which version 4 does not have');
  t.ok(directory('service-3').codes('0085')?.has('27') && directory('service-3').codes('0085')?.has('33'), 'security, and what is no message');
  t.ok(directory('service-4').codes('0085')?.has('46'));
  t.notOk(directory('service-3').codes('0085')?.has('46'), 'which versions 1 to 3 do not have');
  for (const action of ['4', '7', '8']) t.ok(directory('service-3').codes('0083')?.has(action) && directory('service-4').codes('0083')?.has(action), action);
  t.end();
});

t.test('limits of the message are said', (t) => {
  const many = subjectOf(`${head()}${unh}BGM+85+X+9'${"SEL+1'".repeat(1500)}UNT+1503+M1'${tail}`);
  const flood = {
    ...many.messages[0],
    findings: Array.from({ length: 1500 }, (_, n) =>
      finding('EDIFACT_SEGMENT_NOT_HERE', { tag: 'SEL', expected: '' }, { data: { source: '', start: 0, end: 0, edi: { tag: 'SEL', segment: n + 3 } } }),
    ),
  } as SubjectMessage;
  const said = answer(t, { ...many, messages: [flood] });
  t.equal(said.length, 2 + 999);
  t.same([said[2], said[999], said[1000]], ['UCS+3+15', 'UCS+1000+15', 'UCS+1001+18']);
  const wide = {
    ...many.messages[0],
    findings: Array.from({ length: 120 }, (_, n) =>
      finding('EDIFACT_TOO_LONG', {}, { severity: 'error', data: { source: '', start: 0, end: 0, edi: { tag: 'SEL', segment: 3, element: n + 2 } } }),
    ),
  } as SubjectMessage;
  const elements = answer(t, { ...many, messages: [wide] });
  t.equal(elements.length, 3 + 99);
  t.same([elements[3], elements[100], elements[101]], ['UCD+39+2', 'UCD+39+99', 'UCD+18+100']);
  const read = answer(t, many);
  t.same([read.length, read[2], read[101], read[102]], [2 + 101, 'UCS+3+15', 'UCS+102+15', 'UCS+103+18'], 'what the check of the structure only counted');
  t.end();
});

t.test('parties are echoed in the letters they came in', (t) => {
  const german = subjectOf(`${head().replace('CARRIER', 'Reederei M\xfcller')}${fine}${tail}`);
  t.same(answer(t, german), ['UCI+REF7+Reederei M\xfcller:ZZZ+CUSTOMS:14+7']);
  const undeclared = subjectOf(`${head().replace('CARRIER', 'Reederei M\xc3\xbcller').replace('UNOC', 'UNOA')}${fine}${tail}`);
  t.match(Buffer.from(buildContrl(undeclared, options) ?? []).toString('latin1'), /^UNB\+UNOC:3\+CUSTOMS:14\+Reederei M\xfcller:ZZZ/);
  t.end();
});

t.test('twice the messages, twice the time: an answer grows with what it answers', async (t) => {
  const subject = subjectOf(`${head()}${unh}BGM+85+MANIFEST+9'UNT+3+M1'${tail}`);
  const [message] = subject.messages;
  const broken: SubjectMessage = { ...message!, accepted: false, findings: [finding('GATEWAY_NOT_READ', { reason: '' })] };
  const took = (count: number): number => {
    const started = process.cpuUsage();
    t.ok(buildContrl({ ...subject, messages: Array.from({ length: count }, () => broken) }, options));
    return process.cpuUsage(started).user / 1_000;
  };
  took(5_000);
  t.ok(took(40_000) < 20 * took(5_000) + 200, 'eight times as many');
});
