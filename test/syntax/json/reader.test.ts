import t from 'tap';
import type { JsonSchema } from '../../../src/syntax/json/schema.ts';
import { booking, events, faults, schemaOf } from './read.ts';

t.test('values become units, as elements do', async (t) => {
  t.same(
    events(
      '\ufeff {"kind":"booking", "number":"A\\u00e9\\n\\ud83d\\ude00", "open":true, "weight":-1.50e3, "seals":["S1","S2"],\r\n "goods":[{"line":1},{"line":2,"text":""}], "shipper":{"name":null}} ',
    ),
    [
      'message 1 booking @4',
      'open document',
      'leaf kind "booking" /kind',
      'leaf number "Aé\\n😀" /number',
      'leaf open "true" /open',
      'leaf weight "-1.50e3" /weight', // as it stands: nothing is computed
      'leaf seals "S1" /seals/0',
      'leaf seals "S2" /seals/1',
      'open goods /goods/0',
      'leaf line "1" /goods/0/line',
      'close goods /goods/0',
      'open goods /goods/1',
      'leaf line "2" /goods/1/line',
      'leaf text /goods/1/text', // an empty text is no atom
      'close goods /goods/1',
      'open shipper /shipper', // null says nothing
      'close shipper /shipper',
      'close document',
      'end',
    ],
  );
});

const one = (members: string): string => `{"kind":"booking","number":"1"${members}}`;

t.test('several documents: one after the other, or in an array', async (t) => {
  const numbers = (input: string): readonly string[] => events(input).filter((line) => /^message|number/.test(line));
  t.same(numbers(`${one('')}\n${one('')}\n`), ['message 1 booking @0', 'leaf number "1" /number', 'message 2 booking @32', 'leaf number "1" /number']);
  t.same(numbers(`[${one('')},${one('')}]`), ['message 1 booking @1', 'leaf number "1" /0/number', 'message 2 booking @33', 'leaf number "1" /1/number']);
  t.same(events('[]'), []);
});

t.test('its members say what it is, wherever they stand', async (t) => {
  t.match(events('{"number":"1","shipper":{"kind":"company"},"kind":"booking"}')[0], /^message 1 booking/);
  t.same(faults('{"kind":"invoice","number":"1"}'), ['JSON_UNKNOWN @0 : this is JSON of no kind that is known here']);
  t.same(faults('{"shipper":{"kind":"booking"}}'), ['JSON_UNKNOWN @0 : this is JSON of no kind that is known here'], 'not of what stands in it');
  const late = `{"text":"${'x'.repeat(70_000)}","kind":"booking"}`;
  t.match(faults(late), ['JSON_UNKNOWN @0'], 'a document is not held for ever');
});

t.test('or the name of the one that holds them all', async (t) => {
  const sole = (name: string): JsonSchema => {
    const properties = { [name]: { type: 'object', properties: { number: { type: 'string' } } } };
    return schemaOf(name, { type: 'object', required: [name], additionalProperties: false, properties });
  };
  const schemas = [booking, sole('n1:A'), sole('n1:B')];
  t.match(events('{"n1:B":{"number":"1"}}', [], { schemas }), ['message 1 n1:B @0', 'open document', 'open n1:B /n1:B']);
  t.match(faults('{"n1:C":{"number":"1"}}', { schemas }), ['JSON_UNKNOWN @0'], 'none has this name');
  t.match(faults('{"n1:A":"1"}', { schemas }), ['JSON_UNKNOWN @0'], 'it holds nothing');
  t.match(faults('{"more":{"n1:A":{}}}', { schemas }), ['JSON_UNKNOWN @0'], 'it is not of the document');
});

t.test('what is wrong, and where', async (t) => {
  // prettier-ignore
  const cases: readonly [input: string | Uint8Array, ...told: string[]][] = [
    [one(',"open":tru}'), 'JSON_SYNTAX @38 /open: this is no JSON: no value begins like this'],
    [one(',"weight":01'), 'JSON_SYNTAX @40 /weight: this is no JSON: this is no number of JSON'],
    [one(',"weight":.5'), 'JSON_SYNTAX @40 /weight: this is no JSON: no value begins like this'],
    [one(',"weight":NaN'), 'JSON_SYNTAX @40 /weight: this is no JSON: no value begins like this'],
    [one(',}'), 'JSON_SYNTAX @31 /number: this is no JSON: a member begins with its name in quotes'],
    [one(' "open":true'), 'JSON_SYNTAX @31 /number: this is no JSON: a comma or `}` stands after a value'],
    [one(',"open" true'), 'JSON_SYNTAX @38 /open: this is no JSON: a colon follows the name `open`'],
    [one(',"seals":["a",]'), 'JSON_SYNTAX @44 /seals/1: this is no JSON: no value begins like this'],
    [one(',"shipper":{"name":"a\nb"}'), 'JSON_SYNTAX @51 /shipper/name: this is no JSON: a control character (0x0a) stands in a text as it is; write it as \\u00…'],
    [one(',"shipper":{"name":"\\x"}'), 'JSON_SYNTAX @50 /shipper/name: this is no JSON: no escape begins like this'],
    [one(',"shipper":{"name":"\\u12g4"}'), 'JSON_SYNTAX @50 /shipper/name: this is no JSON: `\\u` is followed by four hexadecimal digits'],
    [one(',"shipper":{"name":"\\ud83d!"}'), 'JSON_SYNTAX @56 /shipper/name: this is no JSON: half of a surrogate pair is no character'],
    [one(',"shipper":{"name":"\\ude00"}'), 'JSON_SYNTAX @50 /shipper/name: this is no JSON: half of a surrogate pair is no character'],
    [one('').slice(0, -1), 'JSON_SYNTAX @30 /number: this is no JSON: it ends before `}`'],
    [one(',"shipper":{"name":"ab').slice(0, -1), 'JSON_SYNTAX @49 /shipper/name: this is no JSON: it ends within a text or a number'],
    [`${one('')} 7`, 'JSON_SYNTAX @32 : this is no JSON: a document is an object'],
    ['[[]]', 'JSON_SYNTAX @1 /0: this is no JSON: a document is an object'],
    [Buffer.concat([Buffer.from('{"kind":"booking","number":"'), Buffer.from([0xe9]), Buffer.from('"}')]), 'JSON_CHARSET @28 /number: byte 0xe9 begins no character of UTF-8'],
    [one(',"open":true,"open":false'), 'JSON_DUPLICATE @43 /open: `open` stands twice in one object'],
    [one(',"\\u006fpen":true,"open":true'), 'JSON_DUPLICATE @48 /open: `open` stands twice in one object'],
  ];
  for (const [input, ...told] of cases) t.same(faults(input), told, String(input));
});

t.test('a byte that is no character, before anything else', async (t) => {
  for (const cuts of [[], [1], [1, 2, 3]])
    t.same(events(Buffer.from([0xe9, 0x6e, 0x64, 0x7d]), cuts), ['JSON_CHARSET @0 : byte 0xe9 begins no character of UTF-8']);
});

t.test('what the schema does not have', async (t) => {
  // prettier-ignore
  const cases: readonly [members: string, told: string][] = [
    [',"color":"red"', 'JSON_INVALID @39 /color: /color is no member that the schema has'],
    [',"open":"maybe"', 'JSON_INVALID @38 /open: /open is a text, not true or false'],
    [',"open":"true"', 'JSON_KIND @38 /open: /open is a text, not true or false; it was read as true or false'],
    [',"weight":"12.5"', 'JSON_KIND @40 /weight: /weight is a text, not a number; it was read as a number'],
    [',"weight":"1,5"', 'JSON_INVALID @40 /weight: /weight is a text, not a number'],
    [',"pieces":1.5', 'JSON_INVALID @40 /pieces: /pieces is a number, not a whole number'],
    [',"seals":"S1"', 'JSON_KIND @39 /seals: /seals is a text, not an array; it was read as an array'],
    [',"goods":{"line":1}', 'JSON_KIND @39 /goods: /goods is an object, not an array; it was read as an array'],
    [',"goods":["x"]', 'JSON_INVALID @40 /goods/0: /goods/0 is a text, not an object'],
    [',"shipper":[]', 'JSON_INVALID @41 /shipper: /shipper is an array, not an object'],
    [',"shipper":{"kind":"robot"}', 'JSON_INVALID @49 /shipper/kind: /shipper/kind is `robot`, not `person` or `company`'],
    [',"seals":["1","2","3","4"]', 'JSON_INVALID @55 /seals: /seals has 4 items, 3 at most'],
  ];
  for (const [members, told] of cases) t.same(faults(one(members)), [told], members);
  t.same(faults('{"kind":"booking","number":""}'), ['JSON_INVALID @27 /number: /number has 0 characters, 1 at least']);
  t.same(faults('{"kind":"booking","number":"12345678901"}'), ['JSON_INVALID @27 /number: /number has 11 characters, 10 at most']);
  t.same(faults('{"kind":"booking"}'), ['JSON_INVALID @17 : the document has no `number`']);
  t.same(faults('{"kind":"booking","number":null}'), ['JSON_INVALID @31 : the document has no `number`'], 'null says nothing');
});

t.test('limits, each with its name', async (t) => {
  const limited = (limits: object, input: string): readonly string[] => faults(input, { schemas: [booking], limits });
  t.match(limited({ depth: 2 }, one(',"goods":[{}]')), ['JSON_LIMIT @40 /goods/0: more than 2 objects']);
  t.match(limited({ members: 2 }, one(',"open":true')), ['JSON_LIMIT @31 /number: an object has more than 2 members']);
  t.match(limited({ nameBytes: 6 }, one(',"shipper":{}')), ['JSON_LIMIT @37 /number: a name has more than 6 bytes']);
  t.match(limited({ textBytes: 7 }, one(',"shipper":{"name":"12345678"}')), ['JSON_LIMIT @56 /shipper/name: a text has more than 7 bytes']);
  t.match(limited({ numberBytes: 3 }, one(',"weight":1234')), ['JSON_LIMIT @43 /weight: a number has more than 3']);
  t.match(limited({ values: 4 }, one(',"open":true,"pieces":1')), ['JSON_LIMIT @52 /pieces: a document has more than 4 values']);
  t.match(limited({ documents: 2 }, `${one('')}${one('')}${one('')}${one('')}`), ['JSON_LIMIT @62 : the input has more than 2 documents']);
});

t.test('memory does not grow with the input', async (t) => {
  let units = 0;
  const { jsonReader } = await import('../../../src/syntax/json/reader.ts');
  const reader = jsonReader({ unit: () => void units++ }, { schemas: [booking] });
  reader.push(Buffer.from('{"kind":"booking","number":"1","goods":[{"line":0}'));
  const goods = Buffer.from(',{"line":12345,"text":"a line of some length, so that there is something to keep"}'.repeat(1_000));
  for (let i = 0; i < 20; i++) reader.push(goods);
  const before = process.memoryUsage();
  for (let i = 0; i < 100; i++) reader.push(goods); // 8 MB
  const after = process.memoryUsage();
  reader.push(Buffer.from(']}'));
  reader.end();
  t.equal(units, 1 + 2 + 3 + 120_000 * 4 + 1);
  t.ok(after.external + after.arrayBuffers - before.external - before.arrayBuffers < 4e6, 'the window stays as it is');
});
