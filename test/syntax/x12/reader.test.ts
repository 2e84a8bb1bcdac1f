import fc from 'fast-check';
import t from 'tap';
import { sentence, type Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { describePlace } from '../../../src/diagnostics/place.ts';
import { segmentReader } from '../../../src/syntax/segments/reader.ts';
import { Scanner } from '../../../src/syntax/segments/scanner.ts';
import { structureCheck } from '../../../src/syntax/segments/structure.ts';
import { readerLimits } from '../../../src/syntax/limits.ts';
import type { Interchange, MessageHeader, UnitHandler } from '../../../src/syntax/unit.ts';
import { x12Framing } from '../../../src/syntax/x12/opening.ts';
import { x12Form } from '../../../src/syntax/x12/syntax.ts';
import { x12Writer } from '../../../src/syntax/x12/writer.ts';
import { library } from '../../library.ts';
import { shared } from '../../root.ts';
import { corpus } from '../edifact/corpus.ts';
import { unitLine } from '../edifact/read.ts';

const tables = library.segmented.x12;

const ISA = 'ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECIPIENT      *260101*1200*U*00401*000000007*0*T*>~';
const GS = 'GS*AQ*SENDER*RECIPIENT*20260101*1200*1*X*004010~';
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const set = (...segments: readonly string[]): string => `ST*309*0001~${segments.join('')}SE*${segments.length + 2}*0001~`;
const interchange = (...segments: readonly string[]): string => `${ISA}${GS}${set(...segments)}GE*1*1~IEA*1*000000007~`;

interface Read {
  readonly units: string[];
  readonly findings: Diagnostic[];
  readonly lines: string[]; // of the findings
  readonly events: string[]; // all in order
  readonly interchanges: Interchange[];
  readonly messages: MessageHeader[];
}

function read(input: readonly Uint8Array[], structure = false): Read {
  const found: Read = { units: [], findings: [], lines: [], events: [], interchanges: [], messages: [] };
  const handler: UnitHandler = {
    interchange: (each) => void (found.interchanges.push(each), found.events.push(`interchange ${each.start}`)),
    message: (header) => void (found.messages.push(header), found.events.push(`message ${header.type} ${header.start}`)),
    unit(unit) {
      found.units.push(unitLine(unit));
      found.events.push(`${unitLine(unit)} ${unit.base + unit.start}-${unit.base + unit.end}`);
    },
    messageEnd: () => void found.events.push('end'),
    interchangeEnd: (_, end) => void found.events.push(`end ${end}`),
    finding(each) {
      found.findings.push(each);
      found.lines.push(`${each.code} ${each.data ? describePlace(each.data) : ''}: ${sentence(each)}`);
      found.events.push(`${each.code} ${each.data?.start}`);
    },
  };
  const reader = segmentReader(x12Form, structure ? structureCheck(handler, { directory: tables.of, form: x12Form }) : handler, { service: tables.around });
  for (const chunk of input) reader.push(chunk);
  reader.end();
  return found;
}

t.test('what ISA, GS and ST say', (t) => {
  const { interchanges, messages, units, lines } = read([bytesOf(interchange('M10*SCAC*O*PA*9876543*VESSEL*12W***X~'))]);
  t.match(interchanges, [
    {
      sender: 'SENDER',
      senderQualifier: 'ZZ',
      recipient: 'RECIPIENT',
      reference: '000000007',
      testIndicator: '1',
      preparedAt: '260101:1200',
      syntaxVersion: '00401',
    },
  ]);
  t.match(messages, [
    {
      type: '309',
      version: '004010',
      reference: '0001',
      directory: '004010',
      group: { index: 1, type: 'AQ', reference: '1', sender: 'SENDER', version: '004010' },
    },
  ]);
  t.same(units, ['ST 1=309 2=0001', 'M10 1=SCAC 2=O 3=PA 4=9876543 5=VESSEL 6=12W 9=X', 'SE 1=3 2=0001']);
  t.same(lines, []);
  t.end();
});

t.test('the forms in which it comes', (t) => {
  const plain = interchange('N1*SH*ACME~', 'N9*BM*X>Y*Z~');
  const expected = read([bytesOf(plain)]).units;
  const wrapped = (width: number): string => plain.replace(new RegExp(`.{${width}}`, 'g'), '$&\n');
  const forms: readonly [what: string, text: string][] = [
    ['a line for each segment', plain.replaceAll('~', '~\r\n')],
    ['indented', plain.replaceAll('~', '~\r\n   ')],
    ['a line break as the terminator', plain.replaceAll('~', '\n')],
    ['CR LF as the terminator', plain.replaceAll('~', '\r\n')],
    ['wrapped after 80 characters, ISA too', wrapped(80)],
    ['wrapped after 11', wrapped(11)],
    ['other separators', plain.replaceAll('*', '|').replaceAll('~', "'").replaceAll('>', ':')],
    ['elements of ISA that are not padded', plain.replace(/ +\*/g, '*')],
    ['a byte order mark', `\xef\xbb\xbf${plain}`],
    ['without interchange', plain.slice(ISA.length, plain.indexOf('IEA'))],
    ['a transaction set alone', set('N1*SH*ACME~', 'N9*BM*X>Y*Z~')],
  ];
  for (const [what, text] of forms) t.same(read([bytesOf(text)]).units, expected, what);
  t.end();
});

t.test('the repetition separator counts from version 00402 on', (t) => {
  const of = (version: string, eleven: string): string[] =>
    read([bytesOf(interchange('N9*BM*A^B~').replace('*U*00401*', `*${eleven}*${version}*`))]).units.filter((line) => line.startsWith('N9'));
  t.same(of('00501', '^'), ['N9 1=BM 2=A 2*2=B']);
  t.same(of('00401', '^'), ['N9 1=BM 2=A^B']);
  t.same(of('00501', 'U'), ['N9 1=BM 2=A^B']);
  t.end();
});

t.test('a separator inside a character separates nothing', (t) => {
  const values = (text: string, more = ''): string[] =>
    read([bytesOf(interchange(`N1*SH*${text}~`, more).replaceAll('>~GS', '|~GS'))]).units.filter((line) => /^(N1|N3)/.test(line));
  t.same(values('\xb7\x7e'), ['N1 1=SH 2=業'], 'Big5, `~` as its second byte');
  t.same(values('\xa4\xa4\xb7\x7e\xb1\x7c'), ['N1 1=SH 2=中業悴'], 'and `|`');
  t.same(values('\xb1\x7c\xa4\xa4'), ['N1 1=SH 2=悴中']);
  t.same(values('\xe6\xa5\xad|x'), ['N1 1=SH 2=業 2.2=x'], 'UTF-8 has no such bytes');
  t.same(values('CAF\xc9', 'N3*RUE\xc9~'), ['N1 1=SH 2=CAFÉ', 'N3 1=RUEÉ'], 'Latin-1 before the terminator');
  t.same(values('CAF\xc9|B'), ['N1 1=SH 2=CAFÉ 2.2=B'], 'and before a component');
  t.end();
});

t.test('what is wrong with an envelope is said at its byte', (t) => {
  const cases: readonly [what: string, text: string, said: string][] = [
    ['a count of segments', interchange('LX*1~').replace('SE*3', 'SE*9'), 'X12_COUNT_MISMATCH segment 3 of message 1 (SE), element SE01: SE states 9 segments, 3 were found'],
    ['the control number of SE', interchange('LX*1~').replace('SE*3*0001', 'SE*3*0002'), 'X12_REFERENCE_MISMATCH segment 3 of message 1 (SE), element SE02: SE repeats the control number `0002`, the header said `0001`'],
    ['a count below nothing', interchange('LX*1~').replace('SE*3', 'SE*-3'), 'X12_COUNT_MISMATCH segment 3 of message 1 (SE), element SE01: SE states -3 segments, 3 were found'],
    ['a count of sets', interchange().replace('GE*1*1', 'GE*2*1'), 'X12_COUNT_MISMATCH GE, element GE01: GE states 2 messages, 1 were found'],
    ['the control number of GE', interchange().replace('GE*1*1', 'GE*1*7'), 'X12_REFERENCE_MISMATCH GE, element GE02: GE repeats the control number `7`, the header said `1`'],
    ['a count of groups', interchange().replace('IEA*1', 'IEA*3'), 'X12_COUNT_MISMATCH IEA, element IEA01: IEA states 3 groups, 1 were found'],
    ['the control number of IEA', interchange().replace('IEA*1*000000007', 'IEA*1*000000008'), 'X12_REFERENCE_MISMATCH IEA, element IEA02: IEA repeats the control number `000000008`, the header said `000000007`'],
    ['no IEA', interchange().replace(/IEA.*/, ''), 'X12_ENVELOPE_MISSING after GE: IEA is missing'],
    ['no GE', interchange().replace(/GE\*1\*1~/, ''), 'X12_ENVELOPE_MISSING after segment 2 of message 1 (SE): GE is missing'],
    ['no SE', interchange('LX*1~').replace(/SE\*3\*0001~/, ''), 'X12_ENVELOPE_MISSING after segment 2 of message 1 (LX): SE is missing'],
    ['no GS', interchange().replace(GS, '').replace('GE*1*1~', ''), 'X12_ENVELOPE_MISSING ST: GS is missing'],
    ['no ST', interchange().replace('ST*309*0001~', 'LX*1~'), 'X12_STRAY LX: 1 segments stand outside transaction sets, first LX'],
    ['a cut', interchange('LX*1~').slice(0, -5), 'X12_UNTERMINATED IEA: the input ends inside a segment'],
    ['no tag', interchange('Lxx*1~'), 'X12_TAG segment 2 of message 1 (Lxx): 1 segments have no proper identifier, first `Lxx`'],
    ['the widths of ISA', interchange().replace(/ +\*/g, '*'), 'X12_HEADER ISA: ISA is not as it has to be: the elements of ISA do not have their fixed widths'],
    ['twice the same set', interchange().replace('GE*1', `${set()}GE*2`), 'X12_DUPLICATE segment 1 of message 2 (ST), element ST02: the control number `0001` was given to a message of this interchange before'],
    ['a text for a date', interchange().replace('*20260101*1200*1*X', '*BAD_DATE*1200*1*X'), 'X12_CHAR_TYPE GS, element GS04: `BAD_DATE` is not a number, as 373 Date must be'],
  ]; // prettier-ignore
  for (const [what, text, said] of cases) t.ok(read([bytesOf(text)]).lines.includes(said), what, { lines: read([bytesOf(text)]).lines });
  t.end();
});

t.test('TA1 is a message by itself: in no set and no group, and it counts as neither', (t) => {
  const ta1 = 'TA1*000000001*260101*1200*A*000~';
  const { messages, events, lines } = read([bytesOf(interchange().replace(ISA, `${ISA}${ta1}${ta1}`))], true);
  t.same(
    lines.filter((each) => !each.startsWith('X12_SEGMENT_MISSING')),
    [],
  ); // of the empty 309
  t.match(messages, [
    { index: 1, type: 'TA1', version: '004010', group: undefined, reference: undefined },
    { index: 2, type: 'TA1' },
    { index: 3, type: '309', group: { index: 1 } },
  ]);
  t.match(events.slice(1, 5), [/^message TA1 106$/, /TA1.* 106-\d+$/, 'end', /^message TA1/]);
  const told = (text: string): string[] => read([bytesOf(`${ISA}${text}IEA*0*000000007~`)], true).lines.map((line) => line.split(' ')[0]!);
  t.same(told(ta1), []);
  t.same(told('TA1*000000001*260101*1200~'), ['X12_ELEMENT_MISSING', 'X12_ELEMENT_MISSING']);
  t.same(told('TA3*1~'), [], 'what else may stand there says nothing');
  t.same(read([bytesOf(ta1)]).messages, [], 'without an interchange it is nothing');
  t.equal(read([bytesOf(interchange('TA1*1~'))]).messages.length, 1, 'inside a set it is a segment of it');
  t.end();
});

t.test('a TA1 beyond a limit ends there, and what follows is read', (t) => {
  const types = (limits: Partial<typeof readerLimits.x12>, text: string): string[] => {
    const found: string[] = [];
    const handler: UnitHandler = {
      message: ({ type }) => void found.push(type),
      unit: ({ tag }) => void found.push(tag),
      messageEnd: () => void found.push('end'),
      finding: ({ code }) => void found.push(code),
    };
    const reader = segmentReader(x12Form, handler, { limits: { ...readerLimits.x12, ...limits } });
    reader.push(bytesOf(text));
    reader.end();
    return found;
  };
  const ta1 = 'TA1*000000001*260101*1200*A*000~';
  const two = `${ISA}${ta1}${ta1}IEA*0*000000007~`;
  t.same(types({ elements: 18 }, `${ISA}TA1${'*1'.repeat(20)}~${ta1}IEA*0*000000007~`), ['TA1', 'X12_LIMIT', 'end', 'TA1', 'TA1', 'end']);
  t.same(types({ messages: 2 }, two), ['TA1', 'TA1', 'end', 'TA1', 'TA1', 'end']);
  t.same(types({ messages: 1 }, two), ['TA1', 'TA1', 'end', 'X12_LIMIT']);
  t.end();
});

t.test('what is wrong with a transaction set', (t) => {
  const cases: readonly [what: string, segments: readonly string[], said: string][] = [
    ['a segment that is missing', ['P4*1234*20260101~', 'LX*1~'], 'X12_SEGMENT_MISSING after segment 1 of message 1 (ST): M10 is missing'],
    ['one that is not allowed here', ['M10*SCAC*O*PA**VESSEL*12W***X~', 'P4*1234*20260101~', 'LX*1~', 'M10*SCAC*O*PA**VESSEL*12W***X~'], 'X12_SEGMENT_NOT_HERE segment 5 of message 1 (M10): M10 is not allowed here'],
    ['an element that is missing', ['M10*SCAC~', 'P4*1234*20260101~', 'LX*1~'], 'X12_ELEMENT_MISSING segment 2 of message 1 (M10), element M1002: 91 Transportation Method/Type Code is missing'],
    ['one too many', ['LX*1*2~'], 'X12_TOO_MANY_ELEMENTS segment 2 of message 1 (LX), element LX02: LX has 1 data elements, here are more'],
    ['a separator behind the last component, with nothing there', ['LX*1>~'], 'X12_TOO_MANY_ELEMENTS segment 2 of message 1 (LX), element LX01-2: 554 has 1 component, here are more'],
    ['a length that is no number', ['BIN*11a*DATA~'], 'X12_CHAR_TYPE segment 2 of message 1 (BIN), element BIN01: `11a` is not a number, as 784 Length of Binary Data must be'],
  ]; // prettier-ignore
  for (const [what, segments, said] of cases) {
    const { lines } = read([bytesOf(interchange(...segments))], true);
    t.ok(lines.includes(said), what, { lines });
  }
  t.end();
});

const inCorpus = { skip: shared === undefined && 'no corpus beside the repository' };

t.test('every file of the corpus is scanned, and the spans tile it', inCorpus, (t) => {
  for (const { name, bytes } of corpus('x12-customs', 'x12-invalid')) {
    const pieces: Buffer[] = [];
    let at = 0;
    const add = (start: number, end: number): void => {
      if (start !== at) t.fail(`${name}: a gap or an overlap at ${start}`);
      pieces.push(bytes.subarray(start, end));
      at = end;
    };
    const sink = { segment: (s: Scanner) => add(s.base + s.start, s.base + s.end), filler: add, outside: add };
    const scanner = new Scanner(x12Framing, sink, readerLimits.x12);
    scanner.push(bytes);
    scanner.finish();
    t.ok(Buffer.concat(pieces).equals(bytes), name);
  }
  t.end();
});

t.test('the faults of the invalid corpus are named', inCorpus, (t) => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    'diagnosctics.x12': ['X12_TOO_SHORT', 'X12_TOO_LONG', 'X12_ELEMENT_MISSING', 'X12_COUNT_MISMATCH', 'X12_TAG', 'X12_REFERENCE_MISMATCH'],
    'extraDelimiter997.edi': ['X12_TOO_MANY_REPETITIONS', 'X12_TOO_MANY_ELEMENTS', 'X12_CHAR_TYPE'],
    'invalid997_min.edi': ['X12_CHAR_TYPE', 'X12_TOO_LONG', 'X12_REFERENCE_MISMATCH'],
    'invalid999.edi': ['X12_SEGMENT_NOT_HERE', 'X12_SEGMENT_MISSING', 'X12_TOO_MANY_ELEMENTS', 'X12_TOO_MANY_SEGMENTS'],
    'ErrorEventsTest.java#82.x12': ['X12_TOO_MANY_ELEMENTS'],
    'ErrorEventsTest.java#97.x12': ['X12_TOO_MANY_ELEMENTS'],
    'ErrorEventsTest.java#101.x12': ['X12_TOO_MANY_ELEMENTS'],
    'nonnumeric_BIN01.edi': ['X12_CHAR_TYPE'],
  };
  const files = corpus('x12-invalid');
  for (const [name, codes] of Object.entries(expected)) {
    const file = files.find((each) => each.name.endsWith(name));
    const found = new Set<string>(read([file!.bytes], true).findings.map(({ code }) => code));
    for (const code of codes) t.ok(found.has(code), `${name}: ${code}`);
  }
  t.end();
});

/** Interchanges with everything that makes a scanner look twice. */
const samples = (): Buffer[] => {
  const own = [
    interchange('N1*SH*\xb7\x7e~', 'N3*CAF\xc9~', 'N9*BM*\xa4\xa4\xb1|X^Y>Z~'),
    interchange('N1*SH*ACME~').replaceAll('~', '~\r\n'),
    interchange('N1*SH*ACME~').replace(/.{80}/g, '$&\n'),
    `${interchange('LX*1~')}${interchange('LX*2~').replaceAll('*', '|')}`,
    set('N1*SH*\xe6\xa5\xad~'),
  ].map(bytesOf);
  return [...own, ...corpus('x12-customs', 'x12-invalid').map(({ bytes }) => bytes.subarray(0, 1500))];
};

t.test('the result is the same however the input is cut', (t) => {
  for (const bytes of samples()) {
    const whole = read([bytes]).events.join('\n');
    const step = Math.max(1, Math.floor(bytes.length / 60));
    for (let cut = 1; cut < bytes.length; cut += step) {
      const inTwo = read([bytes.subarray(0, cut), bytes.subarray(cut)]).events.join('\n');
      if (inTwo !== whole) {
        t.equal(inTwo, whole, `cut at ${cut}`);
        break;
      }
    }
    const single = Array.from(bytes.subarray(0, 600), (byte) => Uint8Array.of(byte));
    t.equal(read(single).events.join('\n'), read([bytes.subarray(0, 600)]).events.join('\n'), 'byte by byte');
  }
  t.end();
});

/** `PORTOLAN_MUTATIONS=100000` for the long form. */
const mutations = Number(process.env['PORTOLAN_MUTATIONS'] ?? 3000);

t.test(`nothing is thrown under ${mutations} mutations, and every place is inside`, (t) => {
  const inputs = samples();
  const bytes = fc.tuple(fc.integer({ min: 0, max: inputs.length - 1 }), fc.array(fc.tuple(fc.nat(2000), fc.constantFrom(...'~*>^|\n\rISAGSTE\xb7\xe6\0'.split('')), fc.nat(3)), { minLength: 1, maxLength: 6 })); // prettier-ignore
  fc.assert(
    fc.property(bytes, ([which, changes]) => {
      let input: Uint8Array = Uint8Array.from(inputs[which]!);
      for (const [at, character, kind] of changes) {
        const place = at % input.length;
        const piece = kind === 0 ? [] : [character.charCodeAt(0)];
        input = Uint8Array.from([...input.subarray(0, place), ...piece, ...input.subarray(kind === 1 ? place : place + 1)]);
        if (input.length === 0) return;
      }
      for (const { data } of read([input], true).findings)
        if (data && (data.start < 0 || data.end > input.length || data.start > data.end)) throw new Error(`outside: ${JSON.stringify(data)}`);
    }),
    { numRuns: mutations },
  );
  t.end();
});

t.test('what is written is read as it was', (t) => {
  const chunks: Uint8Array[] = [];
  const findings: Diagnostic[] = [];
  const writer = x12Writer(
    { bytes: (chunk) => chunks.push(chunk), finding: (each) => findings.push(each) },
    {
      interchange: { sender: 'ME', recipient: 'YOU', preparedAt: '260101:1200', reference: '42', testIndicator: '1' },
      version: '005020',
      groupOf: (type) => (type === '309' ? 'AQ' : 'AU'),
    },
  );
  const atoms = (...values: readonly (readonly [key: number, text: string, repetition?: number])[]) => ({
    size: values.length,
    keys: values.map(([key]) => key),
    repetitions: values.map(([, , repetition]) => repetition ?? 0),
    names: values.map(() => undefined),
    texts: values.map(([, text]) => text),
    facts: values.map(() => -1),
  });
  for (const type of ['309', '309', '350']) {
    writer.beginMessage({ type });
    writer.unit('N9', atoms([0x10001, 'BM'], [0x20001, '業務'], [0x20001, 'again', 1], [0x40002, 'c']));
    writer.unit('N1', atoms([0x10001, 'a*b~c']));
    writer.endMessage();
  }
  writer.end();
  const { units, messages, lines } = read([Buffer.concat(chunks)]);
  t.same(lines, []);
  t.same(units.slice(0, 4), ['ST 1=309 2=0001', 'N9 1=BM 2=業務 2*2=again 4.2=c', 'N1 1=a b c', 'SE 1=4 2=0001']);
  t.same(messages.map(({ type, group }) => `${type} ${group?.type} ${group?.index}`), ['309 AQ 1', '309 AQ 1', '350 AU 2']); // prettier-ignore
  t.same(new Set(findings.map(sentence)), new Set(['`*` of N1 is a separator and cannot be written', '`~` of N1 is a separator and cannot be written']));
  t.end();
});

t.test('it is written in the charset that is asked for, and says what it cannot write', (t) => {
  const chunks: Uint8Array[] = [];
  const findings: Diagnostic[] = [];
  const writer = x12Writer(
    { bytes: (chunk) => chunks.push(chunk), finding: (each) => findings.push(each) },
    {
      interchange: { sender: 'ME', recipient: 'YOU', preparedAt: '260101:1200', reference: '42' },
      version: '004010',
      charset: 'iso-8859-1',
      groupOf: () => 'AQ',
    },
  );
  const asked = [...'aé業*\n'].map((each) => writer.unwritable?.(each, 'N1')).map((each) => each && sentence(each));
  const [letter, star, line] = [
    '`業` of N1 is no character of iso-8859-1',
    '`*` of N1 is a separator and cannot be written',
    '`U+000a` of N1 is a separator and cannot be written',
  ];
  t.same(asked, [undefined, undefined, letter, star, line]);
  writer.beginMessage({ type: '309' });
  writer.unit('N1', { size: 1, keys: [0x10001], repetitions: [0], names: [undefined], texts: ['aé業*\n'], facts: [-1] });
  writer.endMessage();
  writer.end();
  t.match(Buffer.concat(chunks).toString('latin1'), '~N1*aé   ~');
  t.same(findings.map(sentence).toSorted(), [letter, star, line].toSorted(), 'each that was asked about');
  t.end();
});
