import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sentence } from '../../../src/diagnostics/diagnostic.ts';
import { root } from '../../root.ts';
import { all, fhl5, fwb16, fwb17 } from './messages.ts';
import { cargoImpReader } from '../../../src/syntax/cargoimp/reader.ts';
import { grammars, inWords, read, said, type Read } from './read.ts';

t.test('messages are in order', (t) => {
  for (const [name, text] of Object.entries(all)) {
    const result = read([text]);
    t.same(
      result.findings.map((each) => `${each.code} ${sentence(each)}`),
      [],
      name,
    );
    t.same(result.order, ['interchange', 'message', 'messageEnd', 'interchangeEnd'], name);
    t.notOk(
      result.units.some(({ tag }) => tag === 'LINE'),
      `${name}: every line is understood`,
    );
  }
  t.end();
});

t.test('lines that continue are units of their own', (t) => {
  const words = inWords(read([fwb16]));
  const of = (tag: string): string[] => words.filter((each) => each.split(' ')[0] === tag);
  t.same(of('AWB'), ['AWB number=125-12345675 origin=LHR destination=TPE extent=T pieces=12 weight-unit=K weight=480.5 volume-unit=MC volume=2.4']);
  t.same([...of('FLT'), ...of('FL2')], ['FLT flight=BA027 day=16', 'FL2 flight=CX402 day=17'], 'two flights in one line');
  t.same(of('RTG'), ['RTG airport=HKG carrier=BA', 'RTG airport=TPE carrier=CX']);
  t.same(of('SHP'), ['SHP account=ACC44']);
  t.same([of('CTY')[1], ...of('CON').slice(1)], ['CTY country=TW postcode=104', 'CON kind=TE number=886225000000', 'CON kind=FX number=886225000001']);
  const withoutPostcode = inWords(read([fwb16.replace('/TW/104/TE/', '/TW/TE/')]));
  t.same(
    withoutPostcode.slice(withoutPostcode.indexOf('CTY country=TW'), withoutPostcode.indexOf('CTY country=TW') + 2),
    ['CTY country=TW', 'CON kind=TE number=886225000000'],
    'what is left out does not move the rest',
  );
  t.same(
    of('RTD').map((each) => each.split(' ')[1]),
    ['line=1', 'line=2', 'line=3', 'line=4'],
    'the identifier stands once, then the number',
  );
  t.same(
    [...of('NG'), ...of('ND'), ...of('NH'), ...of('NU')],
    ['NG text=MACHINE TOOL PARTS', 'ND weight-unit=K weight=40 unit=CMT length=120 width=80 height=60 pieces=2', 'NH code=846693', 'NU uld=AKE12345BA'],
  );
  t.same(of('OTI'), ['OTI code=AW due=C amount=25.00', 'OTI code=MY due=C amount=98.50', 'OTI code=SC due=C amount=12.00'], 'charges without a separator');
  t.same(of('CVD'), ['CVD currency=GBP charge-code=PP weight-payment=P other-payment=P carriage=NVD customs=1250.00 insurance=XXX']);
  t.same(
    of('OCI'),
    [
      'OCI country=GB party=ISS kind=RA text=00123-01',
      'OCI kind=ED text=1227 country=GB party=ISS',
      'OCI kind=SD text=15NOV261030 country=GB party=ISS',
      'OCI country=TW party=CNE kind=T text=TAX 12345678',
    ],
    'a line that continues has country and party of the line before it',
  );
  const names = inWords(read([fwb17])).filter((each) => each.startsWith('NA'));
  t.same(names, ['NAM name=PEARL RIVER EXPORTS', 'NA2 name=A DIVISION OF PEARL GROUP', 'NAM name=THAMES IMPORTS LTD']);
  t.end();
});

t.test('what a line inherits is a reference to where it was stated first', (t) => {
  const text = ['FWB/16', 'OCI//ISS/RA/1', '///ED/2', '/GB//SM/3', '///SN/4', '//CNE/T/5', '///T/6', '/US/SHP/T/7', ''].join('\r\n');
  const units: string[] = [];
  const reader = cargoImpReader(
    {
      unit: (unit) => {
        if (unit.tag !== 'OCI') return;
        const { shared } = unit;
        const inherited = Array.from({ length: unit.size - (shared?.own ?? unit.size) }, (_, k) => {
          const atom = (shared?.own ?? 0) + k;
          const { start, end, edi } = unit.place(atom);
          t.ok(shared?.isAgain(atom));
          t.equal(text.slice(start, end), unit.text(atom), 'its bytes are those of its place');
          t.same([edi?.segment, edi?.id !== undefined], [shared?.positionOf(atom), true]);
          return `${unit.text(atom)} of line ${edi?.segment}`;
        });
        units.push([`line ${unit.position}:`, ...inherited].join(' '));
      },
    },
    { grammars },
  );
  for (const byte of Buffer.from(text)) reader.push(Uint8Array.of(byte));
  reader.end();
  t.same(units, [
    'line 2:',
    'line 3: ISS of line 2',
    'line 4:',
    'line 5: GB of line 4',
    'line 6: GB of line 4',
    'line 7: GB of line 4 CNE of line 6',
    'line 8:',
  ]);
  t.end();
});

/** What is wrong, and what is said of it in the words of the sender. `swap` changes the message of the version 16. */
const faults: readonly { what: string; swap: readonly [string, string]; says: readonly string[] }[] = [
  { what: 'a digit of the air waybill', swap: ['125-12345675', '125-12345676'], says: ['CARGOIMP_CHECK_DIGIT line 2 of message 1 (AWB), field number'] },
  { what: 'a field of the wrong kind', swap: ['RTG/HKGBA', 'RTG/H1GBA'], says: ['CARGOIMP_FIELD line 4 of message 1 (RTG), field airport'] },
  {
    what: 'text that is too long',
    swap: ['/NG/MACHINE TOOL PARTS', '/NG/PARTS OF MACHINE TOOLS'],
    says: ['CARGOIMP_TOO_LONG line 27 of message 1 (NG), field text'],
  },
  { what: 'a mandatory line that is missing', swap: ['ISU/15NOV26/MANCHESTER/J SMITH\r\n', ''], says: ['CARGOIMP_MISSING after line 35 of message 1 (CER)'] },
  {
    what: 'two lines that changed places',
    swap: ['ISU/15NOV26/MANCHESTER/J SMITH\r\nOSI/DOCUMENTS ATTACHED\r\n', 'OSI/DOCUMENTS ATTACHED\r\nISU/15NOV26/MANCHESTER/J SMITH\r\n'],
    says: ['CARGOIMP_ORDER line 37 of message 1'],
  },
  { what: 'a line that no message has', swap: ['CER/J SMITH', 'XYZ/J SMITH'], says: ['CARGOIMP_LINE line 35 of message 1'] },
  { what: 'the rest of a line', swap: ['PPD/WT1034.15', 'PPD/WT1034.15/ZZ9'], says: ['CARGOIMP_LINE line 33 of message 1'] },
  { what: 'a line break that is missing', swap: ['RTD/1/P12/K480.5/CQ/W481/R2.15/T1034.15\r\n/NG', 'RTD/1/P12/K480.5/CQ/W481/R2.15/T1034.15/NG'], says: [] },
  { what: 'small letters', swap: ['NORTHGATE TOOLS LTD', 'Northgate Tools Ltd'], says: ['CARGOIMP_CHARACTER line 6 of message 1'] },
  {
    what: 'a line longer than networks carry',
    swap: ['SSR/KEEP DRY', `SSR/${'KEEP DRY '.repeat(9)}`],
    says: ['CARGOIMP_TOO_LONG line 18 of message 1 (SSR), field text', 'CARGOIMP_LONG_LINE line 18 of message 1'],
  },
  { what: 'a text that goes on without its slant', swap: ['/CALL BEFORE', 'CALL BEFORE'], says: ['CARGOIMP_DEVIATION line 19 of message 1 (SSR)'] },
];

t.test('a fault is one finding, at its place, and the rest is read', (t) => {
  const right = read([fwb16]).units.length;
  for (const { what, swap, says } of faults) {
    const wrong = fwb16.replace(...swap);
    t.not(wrong, fwb16, what);
    const result = read([wrong]);
    t.same(said(result), says, what);
    t.ok(Math.abs(result.units.length - right) <= 1, `${what}: ${result.units.length} units`);
  }
  const [finding] = read([fwb16.replace('RTG/HKGBA', 'RTG/H1GBA')]).findings;
  t.match(sentence(finding!), /airport of RTG is `H1GBA`/);
  t.end();
});

t.test('headings and several messages', (t) => {
  const typeB = read([`\x01QU LHRFMBA TPEFMCI\r\nHKGFMCX\r\n.MANFMBA 151030\r\n\x02${fwb16}\x03\r\n\r\nQK LHRFMBA\r\n.TPEFMCI 151100\r\n${all['fma']!}`]);
  t.same(
    typeB.interchanges.map(({ sender, recipient, preparedAt }) => [sender, recipient, preparedAt]),
    [
      ['MANFMBA', 'LHRFMBA', '151030'],
      ['TPEFMCI', 'LHRFMBA', '151100'],
    ],
  );
  t.same(typeB.order, ['interchange', 'message', 'messageEnd', 'interchangeEnd', 'interchange', 'message', 'messageEnd', 'interchangeEnd']);
  t.same(said(typeB), []);
  const tagged = read([
    `=HEADER\r\nRCV,2026/11/15 10:30\r\n=PRIORITY\r\nQU\r\n=DESTINATION TYPE B\r\nSTX,LHRFMBA\r\n=ORIGIN\r\nMANFMBA\r\n=MSGID\r\n151030\r\n=SMI\r\nFMA\r\n=TEXT\r\n${fwb16}`,
  ]);
  t.same(
    tagged.interchanges.map(({ sender, recipient, reference }) => [sender, recipient, reference]),
    [['MANFMBA', 'LHRFMBA', '151030']],
  );
  t.same([tagged.messages.map(({ type, version }) => [type, version]), said(tagged)], [[['FWB', '16']], []]);
  const several = read([`${fwb16}\r\n${fhl5}${fwb17}`]);
  t.same(
    several.messages.map(({ index, type, version }) => [index, type, version]),
    [
      [1, 'FWB', '16'],
      [2, 'FHL', '5'],
      [3, 'FWB', '17'],
    ],
  );
  t.same(said(several), []);
  t.end();
});

t.test('what a rejection repeats is not a message', (t) => {
  const { messages, units } = read([all['fna']!]);
  t.equal(messages.length, 1);
  t.same(
    units.map(({ tag }) => tag),
    ['SMI', 'ACK', 'ACK', 'EID', 'ECA', 'ECH'],
  );
  t.end();
});

t.test('limits', (t) => {
  const long = read([`FMA\r\nACK/${'A'.repeat(2000)}\r\n/B\r\n\r\n${fwb17}`]);
  t.same([said(long)[0], long.messages.length], ['CARGOIMP_LIMIT line 1 of message 1 (FMA)', 2], 'the next message is read');
  t.ok(said(read(['FMA\r\n', 'ACK/A\r\n/B\r\n/C\r\n'], { limits: { lines: 2 } })).some((each) => each.startsWith('CARGOIMP_LIMIT')));
  t.same(read([`${fwb16}${fwb17}${fhl5}`], { limits: { messages: 2 } }).messages.length, 2);
  t.end();
});

const plainly = ({ units, findings, order, interchanges }: Read): unknown => ({ units, findings, order, interchanges });

t.test('lines out of their order, over and over, take no longer the more there were', (t) => {
  const start = process.cpuUsage();
  const { findings } = read(['FWB/17\r\n160-12345675HKGLHR/T3K75.0\r\n', 'RTG/LHRCX\r\nISU/14NOV26/HKG\r\n'.repeat(20_000)]);
  const { user } = process.cpuUsage(start);
  const count = (code: string, tag: string): number => findings.filter((each) => each.code === code && each.args['tag'] === tag).length;
  t.same([count('CARGOIMP_ORDER', 'RTG'), count('CARGOIMP_MISSING', 'SHP'), count('CARGOIMP_MISSING', 'RTG')], [19_999, 20_000, 0]);
  t.ok(user < 3_000_000, `40,000 lines took ${Math.round(user / 1_000)} ms`);
  t.end();
});

t.test('a line that nobody understands is looked at again only so often, one with a known deviation always', (t) => {
  const status = 'FSU/14\r\n160-12345675HKGLHR/T3K75.0\r\n';
  const deviating = read([status, 'BKD/CX/0255/16NOV/HKG/LHR\r\n'.repeat(20_000)]);
  t.same([...new Set(deviating.findings.map(({ code }) => code))], ['CARGOIMP_DEVIATION']);
  t.equal(deviating.findings.length, 20_000);
  const start = process.cpuUsage();
  const odd = read([status, 'RCS/14NOV1030/HKG/NOV0630/LHR/T3K75.0/123456\r\nRTD/1/P2/\r\n'.repeat(20_000)]);
  const { user } = process.cpuUsage(start);
  t.equal(odd.findings.filter(({ code }) => code === 'CARGOIMP_LINE').length, 40_000, 'each is told');
  t.ok(user < 15_000_000, `40,000 lines took ${Math.round(user / 1_000)} ms`);
  t.end();
});

t.test('a line that names a row of many places and fits none of them is sought at all of them only so often', (t) => {
  const lines = 'DLV/16<!--N5.0\r\nULD/AKE45678C515-N\r\nOCI/GB/IMP/M>/26GB123HR/T3/THAMES IMPORTS LTD\r\n';
  const start = process.cpuUsage();
  const odd = read(['FSU/15\r\n160-12345675HKGLHR/T3K75.0\r\n', lines.repeat(12_000)]);
  const { user } = process.cpuUsage(start);
  t.equal(new Set(odd.findings.map(({ data }) => data?.edi?.segment)).size, 36_000, 'each is told');
  t.ok(user < 2_000_000, `36,000 lines took ${Math.round(user / 1_000)} ms`);
  t.end();
});

t.test('the same however the input is cut', (t) => {
  const bytes = Buffer.from(`QU LHRFMBA\r\n.MANFMBA 151030\r\n${fwb16}\r\n${fhl5.replaceAll('\r\n', '\r')}${all['ffm8']!.replaceAll('\r\n', '\n')}`, 'latin1');
  const whole = plainly(read([bytes]));
  for (let cut = 0; cut <= bytes.length; cut += 7) t.same(plainly(read([bytes.subarray(0, cut), bytes.subarray(cut)])), whole);
  t.same(plainly(read(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))), whole);
  t.end();
});

/** Units lie one after the other, and between them is nothing but the lines that name messages. */
function tiles(bytes: Buffer, result: Read): boolean {
  let at = 0;
  for (const unit of result.units) {
    if (unit.start < at || unit.end > bytes.length) return false;
    at = unit.start;
    for (const [start, end] of unit.spans.slice(0, unit.own)) {
      if (start < at || end > unit.end || end < start) return false;
      at = start;
    }
    at = unit.end;
  }
  return true;
}

t.test('spans are the original bytes', (t) => {
  for (const [name, text] of Object.entries(all)) {
    const bytes = Buffer.from(text, 'latin1');
    const result = read([bytes]);
    t.equal(Buffer.concat(result.units.map(({ start, end }) => bytes.subarray(start, end))).toString('latin1'), text, name);
    t.ok(tiles(bytes, result), name);
  }
  t.end();
});

t.test('whatever the bytes are, nothing is thrown and every span lies in them', (t) => {
  const samples = Object.values(all).map((text) => Buffer.from(text, 'latin1'));
  const mutation = fc.tuple(
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'drop', 'twice', 'cut')), { minLength: 1, maxLength: 6 }),
  );
  fc.assert(
    fc.property(mutation, ([sample, changes]) => {
      let bytes = sample;
      for (const [where, byte, how] of changes) {
        const at = where % Math.max(bytes.length, 1);
        if (how === 'set') (bytes = Buffer.from(bytes))[at] = byte;
        else if (how === 'drop') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (byte % 8))]);
        else if (how === 'twice') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + (byte % 40)), bytes.subarray(at)]);
        else bytes = bytes.subarray(0, at);
      }
      return tiles(bytes, read([bytes]));
    }),
    { numRuns: 1500 },
  );
  const hostile = `FFM/8\n1/CX255/15NOV/HKG\nLHR\n${'/AAA'.repeat(250)}\n${'/'.repeat(1000)}\n160-12345675HKGLHR/T1K1/A\n${'/123'.repeat(200)}\n`;
  const before = process.cpuUsage();
  read([hostile.repeat(5)]);
  const { user } = process.cpuUsage(before);
  t.ok(user < 2_000_000, `hostile lines are bounded: ${Math.round(user / 1000)} ms`);
  t.end();
});

const corpus = join(root, '../shared/corpus');
t.test('real messages', { skip: existsSync(join(corpus, 'cargo-imp')) ? false : 'the corpus is not here' }, (t) => {
  const files = ['cargo-imp', 'cargo-imp-invalid']
    .flatMap((folder) => readdirSync(join(corpus, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(corpus, folder, file)))
    .filter((file) => file.endsWith('.txt'));
  t.equal(files.length, 33);
  const counts = { files: 0, messages: 0, units: 0, unread: 0 };
  for (const file of files) {
    const bytes = readFileSync(file);
    const result = read([bytes]);
    counts.files++;
    counts.messages += result.messages.length;
    counts.units += result.units.length;
    counts.unread += file.includes('cargo-imp-invalid') ? 0 : result.units.filter(({ tag }) => tag === 'LINE').length;
    t.ok(tiles(bytes, result), file);
    if (file.includes('cargo-imp-invalid'))
      t.ok(
        said(result).some((each) => each.startsWith('CARGOIMP_MESSAGE_UNKNOWN')),
        'no such version',
      );
    if (file.includes('invalid_message')) t.ok(said(result).some((each) => each.startsWith('CARGOIMP_NO_MESSAGE')));
  }
  t.comment(JSON.stringify(counts));
  t.ok(counts.messages >= 60 && counts.unread <= 7, 'lines that are not understood are those broken in print');
  t.end();
});

t.test('a street that looks like a message begins none', (t) => {
  const address = ['ADR/18 CANTON ROAD', 'LOC/HONG KONG', '/HK'].map((line) => `${line}\r\n`).join('');
  const messages = (found: Read): string[] => found.messages.map(({ type, version = '' }) => `${type}/${version}`);
  t.same(messages(read([fwb17.replace('/A DIVISION OF PEARL GROUP', '')])), ['FWB/17'], 'behind an empty line');
  t.same(messages(read([address])), [], 'nor by itself');
  t.same(messages(read(['XYZ/18\r\n'])), ['XYZ/18'], 'one that nobody knows, on a line of its own');
  t.same(messages(read(['FWB/99 125-12345675LHRTPE/T12K480.5\r\n'])), ['FWB/99'], 'one that is known, in a version that is not');
  t.end();
});
