import fc from 'fast-check';
import t from 'tap';
import { encode, type Encoding } from '../../../src/syntax/charset.ts';
import { readColumn, writeColumn } from '../../../src/syntax/records/column.ts';
import type { Column } from '../../../src/syntax/records/layout.ts';

const plain: Column = {
  name: 'c',
  number: 1,
  at: 0,
  length: 6,
  type: 'text',
  decimals: undefined,
  sign: 'none',
  point: '.',
  right: false,
  constant: undefined,
  required: false,
  heading: 'c',
};

/** What stands in a column of six bytes, and what it is to a map. Bytes of packed and binary columns are given in hexadecimal. */
const read: readonly [says: string, column: Partial<Column>, bytes: string, value: string][] = [
  ['text is as it stands', {}, 'ABC  D', 'ABC  D'],
  ['digits keep their zeros', { type: 'digits' }, '001204', '001204'],
  ['a whole number loses them', { type: 'number', decimals: 0 }, '001204', '1204'],
  ['implied decimals come to stand behind a point', { type: 'number', decimals: 2 }, '001204', '12.04'],
  ['less than one', { type: 'number', decimals: 3 }, '000004', '0.004'],
  ['nothing', { type: 'number', decimals: 2 }, '000000', '0.00'],
  ['a sign in front', { type: 'number', decimals: 1, sign: 'leading' }, '-00125', '-12.5'],
  ['a sign behind', { type: 'number', decimals: 1, sign: 'trailing' }, '00125-', '-12.5'],
  ['no minus for nothing', { type: 'number', decimals: 0, sign: 'leading' }, '-00000', '0'],
  ['plus, overpunched', { type: 'number', decimals: 2, sign: 'over' }, '00120D', '12.04'],
  ['minus, overpunched', { type: 'number', decimals: 2, sign: 'over' }, '00120M', '-12.04'],
  ['minus nought, overpunched', { type: 'number', decimals: 2, sign: 'over' }, '00120}', '-12.00'],
  ['an unsigned last digit', { type: 'number', decimals: 2, sign: 'over' }, '001204', '12.04'],
  ['a number as written', { type: 'number' }, '012.50', '012.50'],
  ['with a decimal comma', { type: 'number', point: ',' }, '012,50', '012.50'],
  ['packed', { type: 'packed', decimals: 2, length: 3 }, '12345c', '123.45'],
  ['packed and negative', { type: 'packed', decimals: 0, length: 3 }, '00012d', '-12'],
  ['packed without a sign', { type: 'packed', decimals: 0, length: 3 }, '00012f', '12'],
  ['a packed date', { type: 'packed-digits', length: 4 }, '0260131f', '0260131'],
  ['binary', { type: 'binary', decimals: 0, length: 2 }, '04d2', '1234'],
  ['binary and negative', { type: 'binary', decimals: 2, length: 2 }, 'fb2e', '-12.34'],
];

const bytesOf = (type: string, text: string): Buffer => Buffer.from(text, /packed|binary/.test(type) ? 'hex' : 'latin1');

t.test('what stands in a column, in the form that maps see', async (t) => {
  for (const [says, over, text, value] of read) {
    const column = { ...plain, ...over };
    const bytes = bytesOf(column.type, text);
    t.equal(readColumn(column, 'ascii', bytes, 0, bytes.length), value, says);
  }
});

t.test('what is no value of its column says what it should be', async (t) => {
  const wrong: readonly [Partial<Column>, string, string][] = [
    [{ type: 'digits' }, '12 4', 'digits only'],
    [{ type: 'number', decimals: 2 }, '12.04', 'digits with 2 implied decimals'],
    [{ type: 'number', decimals: 2 }, '-1204', 'digits with 2 implied decimals'],
    [{ type: 'number', point: ',' }, '12.04', 'a number with `,` before its decimals'],
    [{ type: 'packed', decimals: 0 }, '123456', 'packed digits with a sign, not the bytes 123456'],
  ];
  for (const [over, text, why] of wrong) {
    const column = { ...plain, ...over };
    const bytes = bytesOf(column.type, text);
    t.same(readColumn(column, 'ascii', bytes, 0, bytes.length), { why }, text);
  }
});

t.test('what has no room is refused, and says what would have', async (t) => {
  const refused: readonly [Partial<Column>, string, string][] = [
    [{}, 'ABCDEFG', 'at most 6 bytes'],
    [{ type: 'number', decimals: 2 }, '12.345', '2 decimals'],
    [{ type: 'number', decimals: 2 }, '12345.00', 'at most 6 digits'],
    [{ type: 'number', decimals: 0 }, '-1', 'no sign'],
    [{ type: 'packed', decimals: 0, length: 1 }, '12', 'at most 1 digits'],
    [{ type: 'packed', decimals: 0, length: 2 }, '-12', 'no sign'],
    [{ type: 'binary', decimals: 0, length: 1 }, '128', 'a whole number of 1 bytes'],
    [{ type: 'digits' }, '1.2', 'digits only'],
    [{}, 'é', 'no `é`, which ascii has not'],
  ];
  for (const [over, text, why] of refused) t.same(writeColumn({ ...plain, ...over }, 'ascii', text, true), { why }, text);
});

const number = (places: number): fc.Arbitrary<string> =>
  fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 99_999 })).map(([negative, n]) => {
    const digits = String(n).padStart(places + 1, '0');
    const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
    return negative && n > 0 ? `-${text}` : text;
  });

t.test('what was written is read again, in every form and in EBCDIC too', async () => {
  const forms: readonly Partial<Column>[] = [
    { type: 'number', sign: 'leading' },
    { type: 'number', sign: 'trailing' },
    { type: 'number', sign: 'over' },
    { type: 'packed', sign: 'trailing' },
    { type: 'binary' },
  ];
  const encodings: readonly Encoding[] = ['ascii', 'cp037', 'cp500', 'cp850'];
  fc.assert(
    fc.property(
      fc.constantFrom(...forms),
      fc.constantFrom(...encodings),
      fc.integer({ min: 0, max: 4 }).chain((places) => fc.tuple(fc.constant(places), number(places))),
      (form, encoding, [decimals, text]) => {
        const column = { ...plain, ...form, decimals };
        const bytes = writeColumn(column, encoding, text, true);
        return bytes instanceof Uint8Array && bytes.length === column.length && readColumn(column, encoding, bytes, 0, bytes.length) === text;
      },
    ),
    { numRuns: 1_000 },
  );
});

t.test('every byte of EBCDIC has a character of its own', async (t) => {
  for (const encoding of ['cp037', 'cp500'] as const) {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const text = readColumn({ ...plain, length: 256 }, encoding, bytes, 0, 256) as string;
    const back = encode(encoding, text);
    t.ok(back.ok && Buffer.from(back.bytes).equals(bytes), encoding);
    t.equal(readColumn(plain, encoding, Uint8Array.of(0xc1, 0xe9, 0xf0, 0x40), 0, 4), 'AZ0 ', 'letters and digits are where they should be');
  }
});
