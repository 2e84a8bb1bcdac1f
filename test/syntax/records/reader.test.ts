import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import t from 'tap';
import { recordReader } from '../../../src/syntax/records/reader.ts';
import { recordWriter } from '../../../src/syntax/records/writer.ts';
import { layoutsOf } from '../../../src/syntax/records/detect.ts';
import { decode, encode } from '../../../src/syntax/charset.ts';
import { atomKey, keyElement, type OutAtoms } from '../../../src/syntax/unit.ts';
import { root } from '../../root.ts';
import { events, layoutOf } from './fixture.ts';

const manifest = layoutOf(`
layout: test/manifest
title: a manifest of 1987
source: own
charset: us-ascii
form: fixed
width: 40
interchange: { header: HDR, trailer: TRL, sender: HDR.sender, recipient: HDR.recipient, reference: HDR.number }
message: { from: M01, reference: M01.voyage }
counts:
  - { at: TRL.records, within: interchange }
  - { at: TRL.bills, within: interchange, of: [B01] }
records:
  HDR: { marks: { 1: HDR }, columns: { sender: 4-11, recipient: 12-19, number: 20-25 } }
  M01: { marks: { 1: M01 }, occurs: 1..1, columns: { voyage: { at: 4-9, required: "yes" }, vessel: 10-29 } }
  B01:
    marks: { 1: B01 }
    under: M01
    occurs: 1..3
    columns: { bill: { at: 4-15, required: "yes" }, weight: { at: 16-25, as: number, decimals: 2 }, kind: { at: 26-26, is: X } }
  C01: { marks: { 1: C01 }, under: B01, columns: { container: 4-14, packages: { at: 15-20, as: number, decimals: 0, sign: trailing } } }
  TRL: { marks: { 1: TRL }, columns: { records: { at: 4-9, as: number, decimals: 0 }, bills: { at: 10-15, as: number, decimals: 0 } } }
`);

const file = [
  'HDRBLUEANCHPORTOLAN000042',
  'M01V0042 SEA LARK',
  'B01BILL1       0000012550X',
  'C01MSKU123456500012-',
  'B01BILL2       0000000100',
  'TRL000006000002',
  '',
].join('\r\n');

t.test('a file of records, as it is handed out', async (t) => {
  t.same(events(manifest, file), [
    'interchange BLUEANCH PORTOLAN 000042',
    'message V0042',
    '1 M01 voyage=V0042 vessel=SEA LARK',
    '2 B01 bill=BILL1 weight=125.50 kind=X',
    '3 C01 container=MSKU1234565 packages=-12',
    '4 B01 bill=BILL2 weight=1.00',
    'message end',
    'interchange end',
  ]);
});

/** One change of the file above, and what is said of it, at which bytes. */
const faults: readonly [says: string, from: string, to: string, told: readonly string[]][] = [
  ['a record of no layout', 'C01M', 'X01M', ['RECORDS_UNKNOWN 74-94 X01MSKU1']],
  ['a letter among digits', '0000012550', '00000I2550', ['RECORDS_VALUE 61-71 00000I2550 B01.weight digits with 2 implied decimals']],
  ['a column that must be there', 'M01V0042 ', 'M01      ', ['RECORDS_COLUMN_MISSING 30-36 M01.voyage']],
  ['a constant that is another', '2550X', '2550Y', ['RECORDS_CONSTANT 71-72 Y B01.kind X']],
  ['more than the columns hold', '2550X', '2550X  SURPLUS', ['RECORDS_EXCESS 74-81 B01 SURPLUS']],
  ['a wrong count', 'TRL000006', 'TRL000007', ['RECORDS_COUNT 126-132 TRL.records 7 6 records']],
  ['a trailer that is cut short', '000006000002\r\n', '000006', ['RECORDS_UNTERMINATED 132-132 TRL has no line end']],
  ['no trailer', 'TRL000006000002\r\n', '', ['RECORDS_MISSING 123-123 TRL at the end']],
  ['no header', 'HDRBLUEANCHPORTOLAN000042\r\n', '', ['RECORDS_MISSING 0-17 HDR before this record', 'RECORDS_COUNT 99-105 TRL.records 6 5 records']],
  [
    'a record without the one it stands under',
    'B01BILL1       0000012550X\r\n',
    '',
    ['RECORDS_ORDER 46-66 C01 stands without B01', 'RECORDS_COUNT 98-104 TRL.records 6 5 records', 'RECORDS_COUNT 104-110 TRL.bills 2 1 records B01'],
  ],
  [
    'a message that does not begin',
    'M01V0042 SEA LARK\r\n',
    '',
    [
      'RECORDS_ORDER 27-53 B01 stands before any M01',
      'RECORDS_ORDER 27-53 B01 stands without M01',
      'RECORDS_ORDER 55-75 C01 stands without B01',
      'RECORDS_ORDER 77-102 B01 stands without M01',
      'RECORDS_MISSING 102-102 M01 in the message',
      'RECORDS_COUNT 107-113 TRL.records 6 5 records',
    ],
  ],
];

t.test('one fault, one finding, at its bytes', async (t) => {
  for (const [says, from, to, told] of faults) {
    const found = events(manifest, file.replace(from, to)).filter((event) => event.startsWith('RECORDS_'));
    t.same(found, told, says);
  }
});

t.test('however the file is cut, the records are the same', async (t) => {
  const whole = events(manifest, file);
  for (let cut = 0; cut <= file.length; cut++) t.same(events(manifest, file, [cut]), whole);
});

const courier = layoutOf(`
layout: test/courier
title: a courier's list
source: own
charset: utf-8
form: delimited
header: required
records:
  row:
    columns:
      tracking: { required: "yes" }
      name: { heading: recipient_name, length: 12 }
      value: { as: number, point: "," }
`);

const bills = layoutOf(`
layout: test/bills
title: bills, with what kind of record it is in its first field
source: own
charset: us-ascii
form: delimited
separator: ";"
message: { from: HDR, to: END, reference: HDR.number }
counts: [ { at: END.records, within: message } ]
records:
  HDR: { marks: { 1: HDR }, columns: { number: { at: 2, required: "yes" }, ship: { at: 4 } } }
  B: { marks: { 2: B }, columns: { bill: { at: 1 }, weight: { at: 3, as: number } } }
  END: { marks: { 1: END }, columns: { mark: { is: END }, records: { as: number } } }
`);

t.test('a delimited column stands in the field that the layout says, beside marks and fields that have no column', async (t) => {
  t.same(events(bills, 'HDR;L1;;SEA LARK\nB1;B;12.5\nEND;3\n'), [
    'interchange - - -',
    'message L1',
    '1 HDR number=L1 ship=SEA LARK',
    '2 B bill=B1 weight=12.5',
    '3 END mark=END records=3',
    'message end',
    'interchange end',
  ]);
  t.match(events(bills, 'HDR;L1;spare;SEA LARK\nB1;B;1;more\nEND;3\n'), [
    /^interchange/,
    'message L1',
    /RECORDS_EXCESS.*spare/,
    '1 HDR number=L1 ?=spare ship=SEA LARK',
    /RECORDS_EXCESS.*more/,
    '2 B bill=B1 weight=1 ?=more',
    /^3 END/,
  ]);
  const chunks: Uint8Array[] = [];
  const writer = recordWriter(bills, (bytes) => chunks.push(bytes));
  writer.beginMessage({ type: 'test/bills' });
  writer.unit('HDR', atoms({ 1: 'L1', 2: 'SEA LARK' }));
  writer.unit('B', atoms({ 1: 'B1', 2: '12.5' }));
  writer.unit('END', atoms({}));
  writer.endMessage();
  writer.end();
  t.equal(Buffer.concat(chunks).toString(), 'HDR;L1;;SEA LARK\r\nB1;B;12.5\r\nEND;3\r\n');
});

t.test('a file of ten times the size takes no more memory', async (t) => {
  const layout = layoutOf(readFileSync(join(root, 'schemas/records/ocean/manifest.yaml'), 'utf8'));
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const record = (text: string): string => `${text.padEnd(80)}\n`;
  const bill = [
    'B01BL0001          MB0001          PTLISNLRTM00000010000000001250KGM',
    'S01HARBOR LAMPS LTD',
    'D0100100000010CT DESK LAMPS',
    'K01MSKU123456522G1',
  ];
  const chunk = Buffer.from(bill.map(record).join('').repeat(200), 'latin1');
  const grown = async (chunks: number): Promise<{ readonly records: number; readonly kilobytes: number }> => {
    let records = 0;
    let most = 0;
    const reader = recordReader(layout, { unit: () => void records++ }, { limits: { records: 100_000_000 } });
    reader.push(Buffer.from(record('ACRBLUEANCHORPORTOLAN  261120000007') + record('M01MAN0000042  SEA LARK')));
    const settled = async (): Promise<NodeJS.MemoryUsage> => {
      gc();
      await setImmediate(); // what buffers held is given back between two turns
      gc();
      return process.memoryUsage();
    };
    const before = await settled();
    for (let i = 0; i < chunks; i++) {
      reader.push(chunk);
      if (i % (chunks / 10) !== 0) continue;
      const now = await settled();
      most = Math.max(most, now.heapUsed + now.external - before.heapUsed - before.external);
    }
    reader.end();
    return { records, kilobytes: Math.round(most / 1024) };
  };
  await grown(100);
  const [once, tenfold] = [await grown(150), await grown(1_500)]; // 10 MB, 100 MB
  t.equal(tenfold.records, 10 * once.records - 9);
  t.ok(tenfold.kilobytes < once.kilobytes + 512, `${once.kilobytes} KB, of ten times the size ${tenfold.kilobytes} KB`);
});

t.test('fields between separators', async (t) => {
  const cases: readonly [says: string, text: string, told: readonly string[]][] = [
    ['as they stand', 'tracking,recipient_name,value\nA1,Ana,"1,50"\n', ['1 row tracking=A1 name=Ana value=1.50']],
    ['in any order', 'value,tracking\n"2,00",A2\n', ['1 row value=2.00 tracking=A2']],
    ['quotes hold separators, quotes and line ends', 'tracking,recipient_name\nA3,"Ana ""B"",\nC"\n', ['1 row tracking=A3 name=Ana "B",\nC']],
    ['what follows a closing quote is kept', 'tracking,recipient_name\nA4,"Ana"x\n', ['1 row tracking=A4 name="Ana"x']],
    ['empty lines and missing fields', 'tracking,recipient_name\n\nA5\n', ['1 row tracking=A5']],
    ['a field too many', 'tracking,recipient_name\nA6,Ana,B\n', ['RECORDS_EXCESS 31-32 row B', '1 row tracking=A6 name=Ana ?=B']],
    [
      'a name too long',
      'tracking,recipient_name\nA7,Ana Maria Luisa\n',
      ['RECORDS_VALUE 27-42 Ana Maria Luisa row.name at most 12 characters', '1 row tracking=A7 name=Ana Maria Luisa'],
    ],
    [
      'a heading that is not known, and one that is missing',
      'tracing,recipient_name\nA8,Ana\n',
      [
        'RECORDS_HEADING 0-22 has `tracing`, which the layout has not',
        'RECORDS_HEADING 0-22 lacks `tracking`',
        'RECORDS_EXCESS 23-25 row A8',
        'RECORDS_COLUMN_MISSING 23-29 row.tracking',
        '1 row ?=A8 name=Ana',
      ],
    ],
    ['quotes that are not closed', 'tracking,recipient_name\nA9,"Ana\n', ['1 row tracking=A9 name=Ana\n', 'RECORDS_QUOTE 27-32 ']],
    [
      'cut within its last value, or before a line end',
      'tracking,recipient_name\nB1,Ana',
      ['1 row tracking=B1 name=Ana', 'RECORDS_UNTERMINATED 30-30 row has no line end info'],
    ],
    [
      'cut before its last value',
      'tracking,recipient_name,value\nB2,An',
      ['1 row tracking=B2 name=An', 'RECORDS_UNTERMINATED 35-35 row has no line end, and 2 fields of 3 error'],
    ],
    ['ended by the mark of the end of a file', 'tracking,recipient_name\nB3,Ana\x1a', ['1 row tracking=B3 name=Ana']],
    ['a byte order mark', '\xef\xbb\xbftracking\nA0\n', ['1 row tracking=A0']],
  ];
  for (const [says, text, told] of cases)
    t.same(
      events(courier, text).filter((event) => !/^(interchange|message)/.test(event)),
      told,
      says,
    );
});

t.test('what is beyond a limit is said once, and the rest is read', async (t) => {
  const told = events(manifest, file.replace('SEA LARK', 'SEA LARK'.repeat(20)), [], { limits: { recordBytes: 100 } });
  t.same(
    told.filter((event) => event.startsWith('RECORDS_LIMIT')),
    ['RECORDS_LIMIT 27-196 100 bytes in one record recordBytes'],
  );
  t.ok(told.includes('1 B01 bill=BILL1 weight=125.50 kind=X'), 'reading goes on with the next record');
  const many = events(manifest, file, [], { limits: { records: 2 } });
  t.same(
    many.filter((event) => event.startsWith('RECORDS_LIMIT')),
    ['RECORDS_LIMIT 74-94 2 records in one message records'],
  );
  t.same(
    many.filter((event) => /^\d/.test(event)),
    ['1 M01 voyage=V0042 vessel=SEA LARK', '2 B01 bill=BILL1 weight=125.50 kind=X'],
  );
});

t.test('whatever the bytes, nothing is thrown and every span is in range', async () => {
  const alphabet = fc.constantFrom('HDR', 'M01', 'B01', 'TRL', '\r\n', '\n', '"', ',', 'x', '0', ' ', '\0', '\x1a', 'é');
  fc.assert(
    fc.property(
      fc.array(alphabet, { maxLength: 60 }),
      fc.constantFrom(manifest, courier),
      (pieces, layout) => !events(layout, pieces.join('')).includes('a span out of range'),
    ),
    { numRuns: 2_000 },
  );
});

t.test('columns hold what stands between their filling; what is no value of them, and what is missing, is told', async () => {
  const kinds = ['', 'fill: left', 'required: "yes"', 'as: digits', 'as: number, decimals: 2', 'as: number, decimals: 0, sign: trailing'] as const;
  const columns = fc.array(fc.record({ length: fc.integer({ min: 1, max: 19 }), kind: fc.constantFrom(...kinds) }), { minLength: 1, maxLength: 90 });
  const stretch = fc.tuple(fc.constantFrom(' ', '0', '7', 'A', '\0'), fc.integer({ min: 1, max: 12 })).map(([byte, times]) => byte.repeat(times));
  const stretches = fc.array(stretch, { maxLength: 90 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(columns, stretches, fc.constantFrom('iso-8859-1', 'cp037'), (columns, content, charset) => {
      const record = `R${content}`;
      const atoms: string[] = [];
      const faults: string[] = [];
      let width = 1;
      const layout = columns.map(({ length, kind }, i) => {
        const from = width;
        const held = record.slice(from, (width += length)).replace(/[ \0]+$/, '');
        const value = kind === '' || kind.startsWith('required') ? held : held.replace(/^[ \0]+/, '');
        if (value !== '') atoms.push(`${i + 1} ${value}`);
        if (value === '' ? kind.startsWith('required') : kind.startsWith('as') && !/^\d+$/.test(value)) faults.push(`R.c${i}`);
        return `c${i}: { at: ${from + 1}-${width}${kind && `, ${kind}`} }`;
      });
      const beyond = record.slice(width).replace(/^[ \0]+|[ \0]+$/g, '');
      if (beyond !== '') atoms.push(`${columns.length + 1} ${beyond}`);
      if (beyond !== '') faults.push('R.?');

      const found: string[] = [];
      const told: string[] = [];
      const reader = recordReader(
        layoutOf(
          `layout: test/any\ntitle: any\nsource: own\ncharset: ${charset}\nform: fixed\nrecords: { R: { marks: { 1: R }, columns: { ${layout.join(', ')} } } }\n`,
        ),
        {
          unit({ size, keys, starts, ends, bytes }) {
            for (let i = 0; i < size; i++) found.push(`${keyElement(keys[i]!)} ${decode(charset, bytes, starts[i]!, ends[i]!)}`);
          },
          finding: ({ data }) => void told.push(data?.column ?? ''),
        },
      );
      const encoded = encode(charset, record);
      if (!encoded.ok) throw new RangeError(encoded.character);
      reader.push(encoded.bytes);
      reader.push(Uint8Array.of(charset === 'cp037' ? 0x15 : 0x0a));
      reader.end();
      assert.deepEqual({ found, told: told.sort() }, { found: atoms, told: faults.sort() });
    }),
  );
});

t.test('records of a width without line ends, in EBCDIC', async (t) => {
  const mainframe = layoutOf(`
layout: test/mainframe
title: a tape
source: own
charset: cp037
form: fixed
ends: none
width: 12
records: { D: { marks: { 1: D }, columns: { name: 2-8, weight: { at: 9-12, as: packed, decimals: 2, sign: trailing } } } }
`);
  const bytes = Buffer.from('c4c1c2c34040404000012345c4'.slice(0, 16) + '0012345c' + 'c4e7404040404040' + '0000005d', 'hex');
  t.same(
    events(mainframe, bytes).filter((event) => /^\d/.test(event)),
    ['1 D name=ABC weight=123.45', '2 D name=X weight=-0.05'],
  );
});

const atoms = (values: Readonly<Record<number, string>>): OutAtoms => {
  const keys = Object.keys(values).map((number) => atomKey(Number(number), 1));
  return { size: keys.length, keys, repetitions: keys.map(() => 0), names: keys.map(() => undefined), texts: Object.values(values), facts: keys.map(() => -1) };
};

t.test('what is written is read again, envelope and counts with it', async (t) => {
  const chunks: Uint8Array[] = [];
  const findings: string[] = [];
  const writer = recordWriter(manifest, (bytes) => chunks.push(bytes), {
    interchange: { sender: 'BLUEANCH', recipient: 'PORTOLAN', reference: '000042' },
    finding: ({ code, args }) => findings.push(`${code} ${Object.values(args).join(' ')}`),
  });
  writer.beginMessage({ type: 'test/manifest' });
  writer.unit('M01', atoms({ 1: 'V0042', 2: 'SEA LARK' }));
  writer.unit('B01', atoms({ 1: 'BILL1', 2: '125.50' }));
  writer.unit('C01', atoms({ 1: 'MSKU1234565', 2: '-12' }));
  writer.unit('B01', atoms({ 1: 'BILL2', 2: '1.005' }));
  writer.endMessage();
  writer.end();
  t.same(findings, ['RECORDS_UNWRITABLE B01.weight 1.005 2 decimals']);
  const text = Buffer.concat(chunks).toString('latin1');
  t.same(
    text.split('\r\n').map((line) => line.trimEnd()),
    [
      'HDRBLUEANCHPORTOLAN000042',
      'M01V0042 SEA LARK',
      'B01BILL1       0000012550X',
      'C01MSKU123456500012-',
      'B01BILL2                 X',
      'TRL000006000002',
      '',
    ],
  );
  t.same(
    events(manifest, text).filter((event) => event.startsWith('RECORDS_')),
    [],
  );
});

t.test('delimited records are quoted where they must be', async (t) => {
  const chunks: Uint8Array[] = [];
  const writer = recordWriter(courier, (bytes) => chunks.push(bytes));
  writer.beginMessage({ type: 'test/courier' });
  writer.unit('row', atoms({ 1: 'A1', 2: 'Ana "B", C', 3: '1.50' }));
  writer.endMessage();
  writer.end();
  t.equal(Buffer.concat(chunks).toString(), 'tracking,recipient_name,value\r\nA1,"Ana ""B"", C","1,50"\r\n');
});

t.test('however many lines come at once, each is looked through for quotes and separators once, and few tell the layout', async (t) => {
  const { indexOf } = Buffer.prototype;
  t.teardown(() => (Buffer.prototype.indexOf = indexOf));
  let looked = 0; // bytes
  Buffer.prototype.indexOf = function (this: Buffer, value: number, from = 0) {
    const found = indexOf.call(this, value, from);
    looked += (found < 0 ? this.length : found) - from;
    return found;
  };
  const line = (number: number): string => `T${number},Acme,"1,5"\n`;
  const rows = Array.from({ length: 20_000 }, (_, i) => line(i)).join('');
  const plain = rows.replaceAll('"1,5"', '15');
  const inQuotes = `"${plain.replaceAll('\n', ' \n')}",Acme,"1"\n`;
  for (const [says, lines] of [
    ['quotes in each line', rows],
    ['none at all', plain],
    ['no separators', plain.replaceAll(',', ';')],
    ['one record of many lines', inQuotes],
  ] as const) {
    looked = 0;
    const bytes = Buffer.from(`tracking,recipient_name,value\n${lines}`);
    t.same(layoutsOf(bytes, [courier]), [courier]);
    t.ok(looked < 300_000, `${says}: ${looked} bytes are looked at for the layout`);
    looked = 0;
    let records = 0;
    const reader = recordReader(courier, { unit: () => void records++ }, { limits: { recordBytes: 1 << 20 } });
    reader.push(bytes);
    reader.end();
    t.equal(records, says.startsWith('one') ? 1 : 20_000, says);
    t.ok(looked < 4 * bytes.length, `${says}: ${looked} of ${bytes.length} bytes`);
  }
});

t.test('a file is known by its first record, or by its header', async (t) => {
  const named = (text: string): readonly string[] => layoutsOf(Buffer.from(text), [manifest, courier]).map(({ name }) => name);
  t.same(named(file), ['test/manifest']);
  t.same(named('recipient_name,tracking\n'), ['test/courier']);
  t.same(named('M01V0042'), [], 'it begins with its header, or it is another');
  t.same(named('tracking,value,colour\n'), ['test/courier'], 'a column too many is said by the reader');
  t.same(named('tracking,colour,size\n'), [], 'one of three is another list');
  t.same(named("UNB+UNOA:1+A+B'"), []);
});
