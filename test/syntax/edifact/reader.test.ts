import fc from 'fast-check';
import t from 'tap';
import { shared } from '../../root.ts';
import { corpus } from './corpus.ts';
import { edifactReader } from '../../../src/syntax/edifact/reader.ts';
import type { Interchange, Unit } from '../../../src/syntax/unit.ts';
import { edi, findingLine, read, service } from './read.ts';

const head = "UNB+UNOC:3+S:14+R:14+261120:1052+REF7++APP++1++1'";
const message = (...segments: readonly string[]): string =>
  `${head}UNH+M1+CUSCAR:D:95B:UN:LOT10'${segments.map((s) => `${s}'`).join('')}UNT+${segments.length + 2}+M1'UNZ+1+REF7'`;

t.test('a reader that is ended twice gives its tables back once', (t) => {
  const ended = edifactReader({ finding: () => undefined }, { service });
  ended.end();
  ended.end();
  const tables: Int32Array[] = [];
  const unit = ({ keys }: Unit): void => void tables.push(keys);
  const [first, second] = [0, 1].map(() => edifactReader({ finding: () => undefined, unit }, { service }));
  first!.push(edi(message()));
  const before = tables.at(-1);
  second!.push(edi(message()));
  t.not(tables.at(-1), before, 'two that read at the same time have their own');
  t.end();
});

t.test('an interchange and its message', (t) => {
  const { events, interchanges, messages } = read(edi(message('NAD+CZ+128942:160', 'FTX+AAI+++IT?+S:?:TWO::FOUR')));
  t.same(events, [
    'interchange 1 REF7 at 0',
    'message 1 CUSCAR M1 at 49',
    '1 UNH 1=M1 2=CUSCAR 2.2=D 2.3=95B 2.4=UN 2.5=LOT10 [49-78]',
    '2 NAD 1=CZ 2=128942 2.2=160 [78-96]',
    '3 FTX 1=AAI 4=IT+S 4.2=:TWO 4.4=FOUR [96-124]',
    '4 UNT 1=4 2=M1 [124-133]',
    'end of message 1',
    'end of interchange 1 at 144',
  ]);
  t.match(interchanges[0], {
    syntax: 'edifact',
    syntaxVersion: '3',
    sender: 'S',
    senderQualifier: '14',
    recipient: 'R',
    recipientQualifier: '14',
    preparedAt: '261120:1052',
    reference: 'REF7',
    applicationReference: 'APP',
    acknowledgementRequest: '1',
    testIndicator: '1',
    charset: { declared: 'UNOC', detected: 'ascii' },
  });
  t.match(messages[0], { type: 'CUSCAR', version: 'D', release: '95B', agency: 'UN', association: 'LOT10', directory: 'D95B', reference: 'M1' });
  t.end();
});

t.test('places are counted as the standard counts them', (t) => {
  const places: unknown[] = [];
  const reader = edifactReader({
    unit(unit) {
      if (unit.tag !== 'ABC') return;
      places.push(unit.place());
      for (let atom = 0; atom < unit.size; atom++) places.push(unit.place(atom).edi);
    },
  });
  reader.push(edi("UNB+UNOC:4+S+R+20261120:1052+1'UNH+M1+X:D:95B:UN'ABC+one*two:b*three+four'UNT+3+M1'UNZ+1+1'"));
  reader.end();
  const common = { message: 1, tag: 'ABC', segment: 2 };
  t.same(places, [
    { source: '', start: 49, end: 74, edi: common },
    { ...common, element: 2, component: 1 }, // the tag is 1, so the first data element is 2; its composite has components, so they are counted
    { ...common, element: 2, component: 1, occurrence: 2 },
    { ...common, element: 2, component: 2, occurrence: 2 },
    { ...common, element: 2, component: 1, occurrence: 3 },
    { ...common, element: 3 },
  ]);
  t.end();
});

t.test('a header that is cut short states nothing: its last word may be the beginning of another name', (t) => {
  for (const cut of ['UNB+UNOC:3+S+R+261120:1052+REF', 'UNB+UNOC:3+SEN', 'UNB+']) {
    const interchanges: Interchange[] = [];
    const reader = edifactReader({ interchange: (each) => void interchanges.push(each) });
    reader.push(edi(cut));
    reader.end();
    t.match(interchanges, [{ sender: undefined, recipient: undefined, reference: undefined }], cut);
    t.ok(
      read(edi(cut)).findings.some(({ code }) => code === 'EDIFACT_UNTERMINATED'),
      `${cut}: and that is said`,
    );
  }
  t.end();
});

t.test('envelope faults', (t) => {
  const inner = "UNH+1+CUSCAR:D:95B:UN'BGM+85'UNT+3+1'";
  // prettier-ignore
  const cases: readonly [what: string, input: string, findings: readonly string[], messages: number][] = [
    ['nothing wrong', `${head}${inner}UNZ+1+REF7'`, [], 1],
    ['segments miscounted', `${head}UNH+1+CUSCAR:D:95B:UN'BGM+85'UNT+313+1'UNZ+1+REF7'`, ['warning EDIFACT_COUNT_MISMATCH: UNT states 313 segments, 3 were found @ segment 3 of message 1 (UNT), element 0074 «313»'], 1],
    ['a count that is none', `${head}UNH+1+CUSCAR:D:95B:UN'UNT++1'UNZ+1+REF7'`, ['error EDIFACT_ELEMENT_MISSING: 0074 Number of segments in the message is missing @ segment 2 of message 1 (UNT), element 0074 «UNT++1\'»'], 1],
    ['leading zeros count', `${head}UNH+1+CUSCAR:D:95B:UN'BGM+85'UNT+0003+1'UNZ+01+REF7'`, [], 1],
    ['the trailer of another message', `${head}UNH+1+CUSCAR:D:95B:UN'BGM+85'UNT+3+2'UNZ+1+REF7'`, ['warning EDIFACT_REFERENCE_MISMATCH: UNT repeats the reference `2`, the header said `1` @ segment 3 of message 1 (UNT), element 0062 «2»'], 1],
    ['messages miscounted, another interchange reference', `${head}${inner}UNZ+2+REF8'`, ['warning EDIFACT_COUNT_MISMATCH: UNZ states 2 messages, 1 were found @ UNZ, element 0036 «2»', 'warning EDIFACT_REFERENCE_MISMATCH: UNZ repeats the reference `REF8`, the header said `REF7` @ UNZ, element 0020 «REF8»'], 1],
    ['no UNB', inner, ['error EDIFACT_ENVELOPE_MISSING: UNB is missing @ UNH after «»'], 1],
    ['no UNZ', `${head}${inner}`, ['error EDIFACT_ENVELOPE_MISSING: UNZ is missing @ after segment 3 of message 1 (UNT) after «UNT+3+1\'»'], 1],
    ['no UNT before UNZ', `${head}UNH+1+CUSCAR:D:95B:UN'BGM+85'UNZ+1+REF7'`, ['error EDIFACT_ENVELOPE_MISSING: UNT is missing @ after segment 2 of message 1 (BGM) after «\'BGM+85\'»'], 1],
    ['no UNT before the next message', `${head}UNH+1+CUSCAR:D:95B:UN'BGM+85'UNH+2+CUSCAR:D:95B:UN'BGM+85'UNT+3+2'UNZ+2+REF7'`, ['error EDIFACT_ENVELOPE_MISSING: UNT is missing @ after segment 2 of message 1 (BGM) after «\'BGM+85\'»'], 2],
    ['no UNH', `${head}BGM+85'DTM+137'UNT+3+1'${inner}UNZ+1+REF7'`, ['error EDIFACT_ENVELOPE_MISSING: UNH is missing @ after DTM after «DTM+137\'»', 'error EDIFACT_STRAY: 2 segments stand outside messages, first BGM @ BGM «BGM+85\'»'], 1],
    ['the input ends in a segment', `${head}UNH+1+CUSCAR:D:95B:UN'BGM+8`, ['error EDIFACT_UNTERMINATED: the input ends inside a segment @ segment 2 of message 1 (BGM) «BGM+8»', 'error EDIFACT_ENVELOPE_MISSING: UNT is missing @ after segment 2 of message 1 (BGM) after «UN\'BGM+8»', 'error EDIFACT_ENVELOPE_MISSING: UNZ is missing @ after segment 2 of message 1 (BGM) after «UN\'BGM+8»'], 1],
    ['no message', `${head}UNZ+0+REF7'`, ['warning EDIFACT_EMPTY: UNB opens what holds no message @ UNZ «UNZ+0+REF7\'»'], 0],
    ['one reference twice', `${head}${inner}${inner}UNZ+2+REF7'`, ['warning EDIFACT_DUPLICATE: the reference `1` was given to a message of this interchange before @ segment 1 of message 2 (UNH), element 0062 «1»'], 2],
    ['groups', `${head}UNG+CUSCAR+A+B+261120:1052+G1+UN+D:95B'${inner}UNE+1+G1'UNZ+1+REF7'`, [], 1],
    ['groups miscounted', `${head}UNG+CUSCAR+A+B+261120:1052+G1+UN+D:95B'${inner}UNE+2+G2'UNZ+2+REF7'`, ['warning EDIFACT_COUNT_MISMATCH: UNE states 2 messages, 1 were found @ UNE, element 0060 «2»', 'warning EDIFACT_REFERENCE_MISMATCH: UNE repeats the reference `G2`, the header said `G1` @ UNE, element 0048 «G2»', 'warning EDIFACT_COUNT_MISMATCH: UNZ states 2 groups, 1 were found @ UNZ, element 0036 «2»'], 1],
    ['no UNE', `${head}UNG+CUSCAR+A+B+261120:1052+G1+UN+D:95B'${inner}UNZ+1+REF7'`, ['error EDIFACT_ENVELOPE_MISSING: UNE is missing @ after segment 3 of message 1 (UNT) after «UNT+3+1\'»'], 1],
    ['one reference for two groups', `${head}UNG+CUSCAR+A+B+261120:1052+G1+UN+D:95B'${inner}UNE+1+G1'UNG+CUSCAR+A+B+261120:1052+G1+UN+D:95B'UNH+2+CUSCAR:D:95B:UN'UNT+2+2'UNE+1+G1'UNZ+2+REF7'`, ['warning EDIFACT_DUPLICATE: the reference `G1` was given to a group of this interchange before @ UNG, element 0048 «G1»'], 2],
    ['messages in a group and outside', `${head}UNG+CUSCAR+A+B+261120:1052+G1+UN+D:95B'${inner}UNE+1+G1'UNH+2+CUSCAR:D:95B:UN'UNT+2+2'UNZ+1+REF7'`, ['warning EDIFACT_MIXED: messages stand both inside and outside groups @ UNH «UNH+2+CUSCAR:D…»'], 2],
    ['text before and after', `TO HULL\n${head}${inner}UNZ+1+REF7'\n--\nbye`, ['warning EDIFACT_OUTSIDE: 6 bytes belong to no interchange @ byte 0 «TO HULL»', 'warning EDIFACT_OUTSIDE: 5 bytes belong to no interchange @ byte 106 «--\nbye»'], 1],
    ['two interchanges', `${head}${inner}UNZ+1+REF7'${head}${inner}UNZ+1+REF7'`, [], 2],
    ['UNZ missing between two', `${head}${inner}${head}${inner}UNZ+1+REF7'`, ['error EDIFACT_ENVELOPE_MISSING: UNZ is missing @ after segment 3 of message 1 (UNT) after «UNT+3+1\'»'], 2],
    ['UNB without recipient', "UNB+UNOC:3+S++261120:1052+1'UNH+1+A:D:95B:UN'UNT+2+1'UNZ+1+1'", ['error EDIFACT_ELEMENT_MISSING: S003 Interchange recipient is missing @ UNB, element S003 «UNB+UNOC:3+S++…»'], 1],
    ['no segment tag', `${head}UNH+1+A:D:95B:UN'BGM 85'UNT+3+1'UNZ+1+REF7'`, ['error EDIFACT_TAG: 1 segments have no proper tag, first `BGM 85` @ segment 2 of message 1 (BGM 85) «BGM 85\'»'], 1],
    ['an impossible UNA', `UNA:+.?+'${head}${inner}UNZ+1+REF7'`, ['error EDIFACT_SERVICE_CHAR: the service characters are not in order: `+` has two functions @ UNA «UNA:+.?+\'»'], 1],
    ['a date of letters, a reference too long', "UNB+UNOC:3+S:+R+26AB20:1052+REFERENCE-NUMBER'UNZ+0+REFERENCE-NUMBER'", ['error EDIFACT_CHAR_TYPE: `26AB20` is not a number, as S004.0017 Date of preparation must be @ UNB, element S004.0017 «26AB20»', 'warning EDIFACT_TOO_LONG: 0020 Interchange control reference is 16 long, 14 is the most @ UNB, element 0020 «REFERENCE-NUMB…»', 'warning EDIFACT_TOO_LONG: 0020 Interchange control reference is 16 long, 14 is the most @ UNZ, element 0020 «REFERENCE-NUMB…»', 'warning EDIFACT_EMPTY: UNB opens what holds no message @ UNZ «UNZ+0+REFERENC…»'], 0],
    ['a group without its recipient', `${head}UNG+CUSCAR+A++261120:1052+G1+UN+D:95B'${inner}UNE+1+G1'UNZ+1+REF7'`, ['error EDIFACT_ELEMENT_MISSING: S007 Application recipients identification is missing @ UNG, element S007 «UNG+CUSCAR+A++…»'], 1],
    ['a group of syntax 4 may be silent about its parties', `${head.replace(':3+', ':4+').replace('261120', '20261120')}UNG+++++G1'${inner}UNE+1+G1'UNZ+1+REF7'`, [], 1],
    ['UNT with a count of letters', `${head}UNH+1+CUSCAR:D:95B:UN'BGM+85'UNT+THREE+1'UNZ+1+REF7'`, ['error EDIFACT_CHAR_TYPE: `THREE` is not a number, as 0074 Number of segments in the message must be @ segment 3 of message 1 (UNT), element 0074 «THREE»'], 1],
    ['UNZ with an element too many', `${head}${inner}UNZ+1+REF7+X'`, ['error EDIFACT_TOO_MANY_ELEMENTS: UNZ has 2 data elements, here are more @ UNZ, element 3 «X»'], 1],
    ['UNH names no agency', `${head}UNH+1+CUSCAR:D:95B'UNT+2+1'UNZ+1+REF7'`, ['error EDIFACT_ELEMENT_MISSING: S009.0051 Controlling agency is missing @ segment 1 of message 1 (UNH), element S009.0051 «CUSCAR»'], 1],
    ['an unknown label', "UNB+ABCD:3+S+R+261120:1052+1'UNH+1+A:D:95B:UN'UNT+2+1'UNZ+1+1'", ['warning EDIFACT_SYNTAX_UNSUPPORTED: the syntax identifier ABCD is not known, its text is read as ASCII @ UNB, element 1.1 «ABCD»'], 1],
    ['a syntax version that does not exist', "UNB+UNOC:7+S+R+261120:1052+1'UNH+1+A:D:95B:UN'UNT+2+1'UNZ+1+1'", ['error EDIFACT_SYNTAX_UNSUPPORTED: there is no syntax version 7 @ UNB, element 1.2 «7»'], 1],
    ['a hard wrap', `${head}UNH+1+CUS\r\nCAR:D:95B:UN'UN\r\nT+2+1'UNZ+1+REF7'`, ['warning EDIFACT_LINE_BREAK: 4 line breaks stand inside segments @ segment 1 of message 1 (UNH), element 2.1 «\r»'], 1],
  ];
  for (const [what, input, findings, messages] of cases) {
    const found = read(edi(input));
    t.same(
      found.findings.map((finding) => findingLine(finding, input)),
      findings,
      what,
    );
    t.equal(found.messages.length, messages, `${what}: messages`);
    t.equal(found.events.filter((line) => line.startsWith('end of message')).length, messages, `${what}: every message ends`);
  }
  t.end();
});

t.test('severity may be agreed otherwise', (t) => {
  const { findings } = read(edi(`${head}UNZ+3+REF7'`), { severity: { EDIFACT_COUNT_MISMATCH: 'error' } });
  t.equal(findings[0]?.severity, 'error');
  t.end();
});

t.test('whatever comes in, findings are bounded', (t) => {
  const garbage = read(edi(`${head}UNH+1+A:D:95B:UN'${"'".repeat(5000)}UNT+2+1'UNZ+1+REF7'`));
  t.same(
    garbage.findings.map(({ code, args }) => `${code} ${args['count'] ?? ''}`),
    ['EDIFACT_COUNT_MISMATCH ', 'EDIFACT_TAG 5000'],
  );
  const flood = read(edi(`${head}${"UNH+1+A:D:95B:UN'UNT+3+2'".repeat(1500)}UNZ+1500+REF7'`));
  t.equal(flood.findings.length, 3 * 1500 - 1, 'each message has its own: none may pass for being the thousandth');
  const strays = read(edi(`${head}${"UNG'UNT+1+1'".repeat(1500)}UNZ+1500+REF7'`), { service: () => undefined });
  t.same(
    strays.findings.slice(-2).map(({ code, args }) => `${code} ${args['code']} ${args['count']}`),
    ['EDIFACT_EMPTY undefined undefined', 'EDIFACT_MORE EDIFACT_ENVELOPE_MISSING 2000'],
    'around messages they are bounded for the interchange',
  );
  t.end();
});

t.test('nothing that comes in is too much: damaged messages are read to the end', (t) => {
  const whole = message('BGM+85+X?+Y+9', 'NAD+CZ+A:B:C', 'RFF+BM:BILL', 'GID+1+12:CT', 'FTX+AAA+++ONE:TWO');
  const change = fc.tuple(fc.nat(whole.length - 1), fc.oneof(fc.constantFrom(..."'+:?*\n\r U\x00\xc3\xbf"), fc.constant('')), fc.nat(3));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(whole.length), (changes, cut) => {
      let text = whole;
      for (const [at, by, remove] of changes) text = text.slice(0, at) + by + text.slice(at + remove);
      const bytes = edi(text);
      const once = read(bytes, { structure: true });
      const twice = read([bytes.subarray(0, cut), bytes.subarray(cut)], { structure: true });
      const inside = once.findings.every(({ data }) => data !== undefined && data.start >= 0 && data.start <= data.end && data.end <= bytes.length);
      return inside && once.events.join('\n') === twice.events.join('\n');
    }),
    { numRuns: 500 },
  );
  t.pass();
  t.end();
});

t.test('declared against detected', (t) => {
  const bytes = (label: string, ...parts: readonly (string | readonly number[])[]): Buffer =>
    Buffer.concat([edi(`UNB+${label}:3+S+R+261120:1052+1'UNH+1+A:D:95B:UN'FTX+`), ...parts.map((p) => Buffer.from(p as string)), edi("'UNT+3+1'UNZ+1+1'")]);
  // prettier-ignore
  const cases: readonly [label: string, data: readonly number[], text: string, detected: string, codes: readonly string[]][] = [
    ['UNOC', [0xfc], 'ü', 'iso-8859-1', []],
    ['UNOY', [0xc3, 0xbc], 'ü', 'utf-8', []],
    ['UNOY', [0xfc], 'ü', 'iso-8859-1', ['EDIFACT_CHARSET_MISMATCH']],
    ['UNOC', [0xc3, 0xbc], 'ü', 'utf-8', ['EDIFACT_CHARSET_MISMATCH']],
    ['UNOC', [0x80], '€', 'windows-1252', ['EDIFACT_CHARSET_MISMATCH']],
    ['UNOA', [0xc3, 0xbc], 'ü', 'utf-8', ['EDIFACT_CHARSET_MISMATCH', 'EDIFACT_CHARACTER']],
    ['UNOA', [0xfc], 'ü', 'iso-8859-1', ['EDIFACT_CHARSET_MISMATCH', 'EDIFACT_CHARACTER']],
    ['UNOD', [0xb1], 'ą', 'iso-8859-2', []],
    ['UNOE', [0xb6, 0xd8], 'Жи', 'iso-8859-5', []],
    ['UNOF', [0xc1], 'Α', 'iso-8859-7', []],
    ['UNOK', [0xfd], 'ı', 'iso-8859-9', []],
    ['KECA', [0xb0, 0xa1], '가', 'euc-kr', []],
    ['UNOA', [0x41], 'A', 'ascii', []],
    ['UNOA', [0x61], 'a', 'ascii', ['EDIFACT_CHARACTER']],
    ['UNOB', [0x61], 'a', 'ascii', []],
    ['UNOB', [0x40], '@', 'ascii', ['EDIFACT_CHARACTER']],
    ['UNOC', [0x40], '@', 'ascii', []],
  ];
  for (const [label, data, text, detected, codes] of cases) {
    const found = read(bytes(label, data));
    const what = `${label} ${Buffer.from(data).toString('hex')}`;
    t.equal(found.units[1], `FTX 1=${text}`, what);
    t.equal(found.interchanges[0]?.charset.detected, detected, what);
    t.same(
      found.findings.map(({ code }) => code),
      codes,
      what,
    );
  }
  t.end();
});

t.test('every file of the corpus is read alike however it is cut', { skip: shared === undefined && 'no corpus beside the repository' }, (t) => {
  for (const { name, bytes } of corpus()) {
    const whole = read(bytes, { structure: true }).events.join('\n');
    for (const at of [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, Math.floor(bytes.length / 2), bytes.length - 1])
      if (at > 0 && at < bytes.length && read([bytes.subarray(0, at), bytes.subarray(at)], { structure: true }).events.join('\n') !== whole)
        t.fail(`${name} cut at ${at}`);
  }
  t.pass();
  t.end();
});
