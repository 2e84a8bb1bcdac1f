import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { xsd } from '../../src/dictionary/xsd.ts';
import { compileSchema, validateXml } from '../../src/validation/xsd.ts';
import { root } from '../root.ts';
import { dictionary, fullRows, plainXml } from './instance.ts';

const namespace = 'urn:wco:datamodel:WCO:CRI:1';

t.test('the XML Schema of declarations', async (t) => {
  const path = join(root, 'schemas/wco/cri-3.xsd');
  const text = xsd(dictionary, { root: 'Declaration', namespace });
  if (process.env['PORTOLAN_GOLDEN'] === 'write') writeFileSync(path, text);
  t.equal(readFileSync(path, 'utf8'), text, 'stale: run `npm run golden` and review the difference');

  const { schema, findings } = await compileSchema([{ path: 'cri-3.xsd', text }], 'cri-3.xsd');
  t.same(findings.map(sentence), []);
  const full = plainXml(fullRows(dictionary.class('Declaration')!), namespace);
  t.same(validateXml(schema!, Buffer.from(full)).map(sentence), [], 'every class and every attribute, filled');
  const small = `<Declaration xmlns="${namespace}"><ID>1</ID></Declaration>`;
  t.same(validateXml(schema!, Buffer.from(small)), [], 'next to nothing');

  // constraint, what is replaced by what, what the schema says
  const item = '<SequenceNumeric>99999</SequenceNumeric>';
  const broken: [string, string | RegExp, string, RegExp][] = [
    ['length', /<ID>(A1)+<\/ID>/, `<ID>${'x'.repeat(71)}</ID>`, /maxLength/],
    ['emptiness', /<ID>(A1)+<\/ID>/, '<ID/>', /minLength/],
    ['all digits', /<GoodsItemQuantity>\d+/, '<GoodsItemQuantity>123456', /totalDigits/],
    ['whole number', /<GoodsItemQuantity>\d+/, '<GoodsItemQuantity>1.5', /not a valid value/],
    ['decimals', /(<TotalGrossMassMeasure[^>]*>)[\d.]+/, '$11.1234567', /fractionDigits/],
    ['number', /(<TotalGrossMassMeasure[^>]*>)[\d.]+/, '$11.', /pattern/],
    ['unit', 'unitCode="KGM"', 'unitCode="KILOGRAM"', /pattern/],
    ['currency', 'currencyID="EUR"', 'currencyID="EURO"', /pattern/],
    ['date-time', /formatCode="304">\d+/, 'formatCode="102">20241301', /pattern/],
    ['time without its date', /formatCode="304">[\d+]+/, 'formatCode="203">2024-03-01T12:00', /pattern/],
    ['enumeration', 'formatCode="304"', 'formatCode="999"', /enumeration/],
    ['required attribute', ' formatCode="304"', '', /formatCode.*required/],
    ['required element', `<ConsignmentItem>${item}`, '<ConsignmentItem>', /not expected.*SequenceNumeric/],
    ['order', /(<FunctionCode>.*?<\/FunctionCode>)(<FunctionalReferenceID>.*?<\/FunctionalReferenceID>)/, '$2$1', /not expected/],
    ['unknown element', /<ID>/, '<Unknown/><ID>', /not expected/],
    ['unknown attribute', `xmlns="${namespace}"`, `xmlns="${namespace}" xml:lang="en"`, /not allowed/],
    ['foreign namespace', /<ID>/, '<ID xmlns="urn:other">', /not expected/],
    ['repetition', /(<Submitter>.*?<\/Submitter>)/, '$1$1', /not expected/],
    ['text between elements', '<Submitter>', 'text<Submitter>', /content/],
  ];
  for (const [what, find, put, said] of broken) {
    const document = full.replace(find, put);
    if (document === full) t.fail(`${what}: nothing was replaced`);
    t.match(validateXml(schema!, Buffer.from(document)).map(sentence)[0] ?? 'valid', said, what);
  }
  t.end();
});
