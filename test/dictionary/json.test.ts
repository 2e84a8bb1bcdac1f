import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { jsonSchema } from '../../src/dictionary/json-schema.ts';
import { canonicalText, readCanonical, writeCanonical } from '../../src/dictionary/json.ts';
import { Rows } from '../../src/dictionary/rows.ts';
import { root } from '../root.ts';
import { dictionary, fullRows } from './instance.ts';

const cls = (path: string) => dictionary.class(path)!;
const slot = (path: string) => dictionary.attribute(path)!.slot;
const write = canonicalText;

t.test('canonical JSON of a small change message', (t) => {
  const rows = new Rows(dictionary);
  const declaration = rows.add(cls('Declaration'), -1);
  const second = rows.add(cls('Declaration/Consignment'), declaration); // rows are written in the order of the dictionary, not of arrival
  rows.set(second, slot('Declaration/Consignment.TotalGrossMassMeasure'), { value: '18410.0', unit: 'KGM' });
  rows.setMode(second, 'replace');
  const document = rows.add(cls('Declaration/Consignment/TransportContractDocument'), second);
  rows.set(document, slot('Declaration/Consignment/TransportContractDocument.ID'), 'SE-"L"0392838');
  rows.set(declaration, slot('Declaration.ID'), 'MAN1');
  rows.set(declaration, slot('Declaration.IssueDateTime'), '2024-03-01T12:00');
  rows.carry(declaration, 'un/cuscar/d95b', '__proto__', 'ZZZ');
  const agent = rows.add(cls('Declaration/Agent'), declaration);
  rows.add(cls('Declaration/Carrier'), declaration);
  t.equal(agent, 3);
  const text =
    '{"$dictionary":"wco-dm@3.0.0","Declaration":{"$carry":{"un/cuscar/d95b":{"__proto__":"ZZZ"}},"ID":"MAN1","IssueDateTime":"2024-03-01T12:00",' +
    '"Agent":[{}],"Consignment":[{"$mode":"replace","TotalGrossMassMeasure":{"value":"18410.0","unit":"KGM"},' +
    '"TransportContractDocument":{"ID":"SE-\\"L\\"0392838"}}],"Carrier":{}}}';
  t.equal(write(rows), text);
  t.same(JSON.parse(write(rows, 2)), JSON.parse(text), 'indentation changes nothing');
  t.match(write(rows, 2), /^\{\n {2}"\$dictionary": "wco-dm@3.0.0",\n {2}"Declaration": \{\n {4}"\$carry"/);

  const back = readCanonical(dictionary, text);
  t.same(back.findings, []);
  t.equal(write(back.rows), text);
  rows.remove(second);
  t.notMatch(write(rows), /Consignment/, 'what a projection removed is not written');
  t.end();
});

t.test('all classes and attributes go out and come back, piece by piece', (t) => {
  for (const top of dictionary.roots) {
    const rows = fullRows(top);
    const pieces: string[] = [];
    writeCanonical(rows, (piece) => pieces.push(piece));
    const back = readCanonical(dictionary, pieces.join(''));
    t.same(back.findings.map(sentence), []);
    t.equal(back.rows.countFacts(), rows.countFacts());
    t.equal(write(back.rows), pieces.join(''));
    t.ok(pieces.every((piece) => piece.length < 200_000));
  }
  t.end();
});

t.test('what is wrong with a document is said by its pointer, and the rest is read', (t) => {
  const document = (declaration: string) => `{"$dictionary":"wco-dm@3.0.0","Declaration":${declaration}}`;
  const cases: [string, string[]][] = [
    ['{', []],
    ['[]', ['the document must be an object']],
    ['{"Declaration":{"ID":"1"}}', ['/$dictionary must be the text `wco-dm@3.0.0`']],
    ['{"$dictionary":"wco-dm@4.0.0"}', ['the document is of dictionary `wco-dm@4.0.0`, this is `wco-dm@3.0.0`']],
    ['{"$dictionary":"wco-dm@3.0.0","Declaraton":{}}', ['`Declaraton` at the top is no name of the document, did you mean `Declaration`?']],
    [document('{"Id":"1"}'), ['`Id` at /Declaration is no name of Declaration, did you mean `ID`?']],
    [document('{"ID":1}'), ['/Declaration/ID must be a string']],
    [document('{"TotalGrossMassMeasure":"1"}'), ['/Declaration/TotalGrossMassMeasure must be an object with `value` and `unit`']],
    [document('{"Consignment":{}}'), ['/Declaration/Consignment must be an array']],
    [document('{"Consignment":[{},7]}'), ['/Declaration/Consignment/1 must be an object']],
    [document('{"Carrier":[{}]}'), ['/Declaration/Carrier must be an object']],
    [document('{"$mode":"state"}'), ['/Declaration/$mode must be one of add, delete, replace, unchanged']],
    [document('{"$carry":{"a/b":{"x":1}}}'), ['/Declaration/$carry/a~1b/x must be a string']],
  ];
  for (const [text, expected] of cases) {
    const { findings } = readCanonical(dictionary, text);
    if (text === '{') t.match(findings.map(sentence).join(), /^this is no JSON: /);
    else t.same(findings.map(sentence), expected, text);
  }
  const { rows } = readCanonical(dictionary, document('{"ID":"1","Nonsense":{"deep":[]},"Consignment":[{"ID":1},{"SequenceNumeric":"2"}]}'));
  t.equal(write(rows), document('{"ID":"1","Consignment":[{},{"SequenceNumeric":"2"}]}'));
  t.end();
});

t.test('the JSON Schema', (t) => {
  const schema = jsonSchema(dictionary);
  const path = join(root, 'schemas/wco/canonical.schema.json');
  const text = `${JSON.stringify(schema, null, 1)}\n`;
  if (process.env['PORTOLAN_GOLDEN'] === 'write') writeFileSync(path, text);
  t.equal(readFileSync(path, 'utf8'), text, 'stale: run `npm run golden` and review the difference');

  const validate = new Ajv2020({ strict: true, allErrors: true, code: { optimize: false } }).compile(schema);
  for (const top of dictionary.roots) t.ok(validate(JSON.parse(write(fullRows(top)))), `${top.name}: ${JSON.stringify(validate.errors?.slice(0, 3))}`);

  // constraint, what breaks it, the keyword that says so
  type Document = { $dictionary: unknown; Declaration: any }; // eslint-disable-line @typescript-eslint/no-explicit-any -- JSON
  const broken: [string, (document: Document) => void, string][] = [
    ['dictionary', (d) => (d.$dictionary = 'wco-dm@30.0.0'), 'pattern'],
    ['length', (d) => (d.Declaration.ID = 'x'.repeat(71)), 'maxLength'],
    ['emptiness', (d) => (d.Declaration.ID = ''), 'minLength'],
    ['digits', (d) => (d.Declaration.GoodsItemQuantity = '123456'), 'pattern'],
    ['decimals', (d) => (d.Declaration.TotalGrossMassMeasure.value = '1.1234567'), 'pattern'],
    ['all digits', (d) => (d.Declaration.TotalGrossMassMeasure.value = '12345678901.123456'), 'pattern'],
    ['number', (d) => (d.Declaration.TotalGrossMassMeasure.value = '1.'), 'pattern'],
    ['unit', (d) => delete d.Declaration.TotalGrossMassMeasure.unit, 'required'],
    ['date-time', (d) => (d.Declaration.IssueDateTime = '2024-13-01'), 'pattern'],
    ['enumeration', (d) => (d.Declaration.$mode = 'state'), 'enum'],
    ['unknown name', (d) => (d.Declaration.Unknown = 'x'), 'additionalProperties'],
    ['repetition', (d) => (d.Declaration.Carrier = [{}, {}]), 'type'],
    ['array', (d) => (d.Declaration.Consignment = {}), 'type'],
    ['kind', (d) => (d.Declaration.ID = 7), 'type'],
    ['required', (d) => delete d.Declaration.Consignment[0].ConsignmentItem[0].SequenceNumeric, 'required'],
  ];
  const whole = write(fullRows(cls('Declaration')));
  for (const [what, damage, keyword] of broken) {
    const document = JSON.parse(whole) as Document;
    damage(document);
    t.notOk(validate(document), what);
    t.equal(validate.errors?.[0]?.keyword, keyword, `${what}: ${keyword}`);
  }
  t.end();
});
