import t from 'tap';
import { sentence } from '../../../src/diagnostics/diagnostic.ts';
import { readJsonSchema } from '../../../src/syntax/json/schema.ts';
import { jsonWriter } from '../../../src/syntax/json/writer.ts';
import type { OutAtoms } from '../../../src/syntax/unit.ts';
import { booking, faults } from './read.ts';

const text = (value: string): OutAtoms => ({ size: 1, keys: [0], repetitions: [0], names: [undefined], texts: [value], facts: [-1] });
const nothing: OutAtoms = { size: 0, keys: [], repetitions: [], names: [], texts: [], facts: [] };

function write(fill: (writer: ReturnType<typeof jsonWriter>) => void): { readonly text: string; readonly told: readonly string[] } {
  const chunks: Uint8Array[] = [];
  const told: string[] = [];
  const writer = jsonWriter((chunk) => chunks.push(chunk), {
    schema: (name) => (name === 'booking' ? booking : undefined),
    finding: (each) => told.push(sentence(each)),
  });
  writer.beginMessage({ type: 'booking' });
  writer.open('document', nothing);
  fill(writer);
  writer.close('document');
  writer.endMessage();
  return { text: Buffer.concat(chunks).toString(), told };
}

t.test('arrays, numbers and words are as the schema has them', async (t) => {
  const { text: written, told } = write((writer) => {
    writer.unit('kind', text('booking'));
    writer.unit('number', text('"A\n\u{1f600}'));
    writer.unit('open', text('false'));
    writer.unit('weight', text('1.50'));
    writer.unit('seals', text('S1')); // one is a list of one
    writer.open('goods', nothing);
    writer.unit('line', text('1'));
    writer.close('goods');
    writer.open('goods', nothing);
    writer.close('goods');
    writer.unit('shipper', nothing);
  });
  t.equal(written, '{"kind":"booking","number":"\\"A\\n😀","open":false,"weight":1.50,"seals":["S1"],"goods":[{"line":1},{}],"shipper":{}}\n');
  t.same(told, []);
  t.same(faults(written), []);
});

t.test('what is no number is refused, with the reason, and what stands twice is told', async (t) => {
  const { text: written, told } = write((writer) => {
    t.equal(writer.refusal!('weight', text('12')), undefined);
    t.equal(writer.refusal!('weight', text('12,5')), 'is a number in the schema, and `12,5` is not');
    t.equal(writer.refusal!('pieces', text('1.0')), 'is a whole number in the schema, and `1.0` is not');
    t.equal(writer.refusal!('open', text('yes')), 'is true or false in the schema, and `yes` is not');
    writer.unit('number', text('1'));
    writer.unit('seals', text('S1'));
    writer.unit('number', text('2'));
    writer.unit('weight', text('12,5'));
  });
  t.doesNotThrow(() => JSON.parse(written) as unknown, 'it is JSON all the same');
  t.same(told, ['`number` would stand twice in one object']);
});

t.test('a schema says what is not understood of it', async (t) => {
  const told = (written: object | string): readonly string[] =>
    readJsonSchema('x', typeof written === 'string' ? written : JSON.stringify(written)).findings.map(sentence);
  const known = { kind: { type: 'string', const: 'x' } };
  // prettier-ignore
  const cases: readonly [written: object | string, ...told: RegExp[]][] = [
    [{ type: 'object', properties: known }],
    [{ type: 'object', required: ['all'], additionalProperties: false, properties: { all: { type: 'object', properties: {} } } }], // known by that name
    [{ type: 'object', additionalProperties: false, properties: { all: { type: 'object', properties: {} } } }, /nobody could tell/], // it need not be there
    ['{', /^schema x cannot be used: /],
    [{ type: 'array', items: { type: 'string' } }, /a document is an object/, /no member of the document is a `const`/],
    [{ type: 'object', properties: { a: { type: 'string' } } }, /nobody could tell/],
    [{ type: 'object', properties: { ...known, a: { type: 'string', pattern: '^a+$' } } }, /#\/properties\/a has the keyword `pattern`/],
    [{ type: 'object', properties: { ...known, a: { type: ['string', 'null'] } } }, /#\/properties\/a has no `type`/],
    [{ type: 'object', properties: { ...known, a: { $ref: '#/$defs/b' } } }, /refers to `#\/\$defs\/b`, which is not below/],
    [{ type: 'object', properties: { ...known, a: { $ref: '#/$defs/b' } }, $defs: { b: { type: 'object', properties: { c: { $ref: '#/$defs/b' } } } } }, /comes back to `b`/],
    [{ type: 'object', properties: { ...known, a: { type: 'array', items: { type: 'array', items: { type: 'string' } } } } }, /an array of arrays/],
  ];
  for (const [written, ...expected] of cases) {
    const found = told(written);
    t.equal(found.length, expected.length, found.join('; '));
    expected.forEach((each, i) => t.match(found[i], each));
  }
});
