import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import t from 'tap';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { compileSchema, validateXml, type SchemaFile } from '../../src/validation/xsd.ts';
import { shared } from '../root.ts';

const small = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="u:a" xmlns="u:a" elementFormDefault="qualified">
  <xs:element name="a"><xs:complexType><xs:sequence>
    <xs:element name="b" type="xs:integer" maxOccurs="unbounded"/><xs:element name="c" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>`;
const bytes = (text: string) => Buffer.from(text);

t.test('findings stand at the XPath of the element, however its namespace is written', async (t) => {
  const { schema } = await compileSchema([{ path: 'small.xsd', text: small }], 'small.xsd');
  // document, XPath, sentence
  const cases: [string, string | undefined, RegExp | undefined][] = [
    ['<a xmlns="u:a"><b>1</b></a>', undefined, undefined],
    ['<a xmlns="u:a"><b>1</b><b>2</b><b>x</b><c/></a>', '/a/b[3]', /^element `b`: 'x' is not a valid value of the atomic type 'xs:integer'$/],
    ['<p:a xmlns:p="u:a"><p:b>1</p:b><p:b>x</p:b></p:a>', '/a/b[2]', /not a valid value/],
    ['<a xmlns="u:a"><c/></a>', '/a/c[1]', /^element `c`: this element is not expected\. Expected is \( `b` \)$/],
    ['<a xmlns="u:a" q="1"><b>1</b></a>', '/a', /attribute 'q' is not allowed/],
    ['<z/>', '/z', /no matching global declaration/],
    ['<a xmlns="u:a">', undefined, /no well-formed XML: Premature end/],
  ];
  for (const [document, xpath, said] of cases) {
    const findings = validateXml(schema!, bytes(document), 'x.xml');
    t.equal(findings[0]?.data?.xpath, xpath, document);
    t.match(findings.map(sentence)[0], said, document);
  }
  t.end();
});

t.test('values, patterns and what is allowed are told as they stand', async (t) => {
  const many = Array.from({ length: 100 }, (_, i) => `<xs:enumeration value="C${i}"/>`).join('');
  const of = (name: string, base: string, facets: string): string =>
    `<xs:element name="${name}"><xs:simpleType><xs:restriction base="xs:${base}">${facets}</xs:restriction></xs:simpleType></xs:element>`;
  const text = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="u:a" xmlns="u:a">
    ${of('p', 'string', '<xs:pattern value="[0-9]{4}-\\p{Lu}a"/>')}${of('e', 'string', '<xs:enumeration value="A"/><xs:enumeration value="B: C"/>')}
    ${of('m', 'string', many)}<xs:simpleType name="U"><xs:union memberTypes="xs:int xs:boolean"/></xs:simpleType><xs:element name="u" type="U"/></xs:schema>`;
  const { schema } = await compileSchema([{ path: 'v.xsd', text }], 'v.xsd');
  const said = (document: string): string => sentence(validateXml(schema!, bytes(document))[0]!);
  t.equal(
    said('<p xmlns="u:a">{u:a}NOTE: Ab</p>'),
    "element `p`: [facet 'pattern'] the value '{u:a}NOTE: Ab' is not accepted by the pattern '[0-9]{4}-\\p{Lu}a'",
  );
  t.equal(said('<e xmlns="u:a">x</e>'), "element `e`: [facet 'enumeration'] the value 'x' is not an element of the set {'A', 'B: C'}");
  t.match(said('<m xmlns="u:a">x</m>'), /set \{'C0', 'C1', .*'C\d+', …\}$/, 'of many the first');
  t.equal(said('<u xmlns="u:a">x</u>'), "element `u`: 'x' is not a valid value of the union type `U`");
  t.end();
});

t.test('one schema for one content, and no file but those given', async (t) => {
  const first = await compileSchema([{ path: 'small.xsd', text: small }], 'small.xsd');
  t.equal((await compileSchema([{ path: 'small.xsd', text: small }], 'small.xsd')).schema, first.schema);
  t.not((await compileSchema([{ path: 'small.xsd', text: `${small}\n` }], 'small.xsd')).schema, first.schema);
  const outside =
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="file:///etc/hostname"/><xs:element name="a" type="t"/></xs:schema>';
  t.match((await compileSchema([{ path: 'o.xsd', text: outside }], 'o.xsd')).findings.map(sentence)[0], /schema o\.xsd cannot be used/);
  t.match((await compileSchema([], 'none.xsd')).findings.map(sentence)[0], /not among the files/);
  t.match((await compileSchema([{ path: 'b.xsd', text: '<x' }], 'b.xsd')).findings.map(sentence)[0], /schema b\.xsd cannot be used/);
  t.end();
});

t.test('findings are listed up to a hundred, and memory does not grow with documents', async (t) => {
  const { schema } = await compileSchema([{ path: 'small.xsd', text: small }], 'small.xsd');
  const findings = validateXml(schema!, bytes(`<a xmlns="u:a">${'<b>x</b>'.repeat(150)}</a>`));
  t.equal(findings.length, 101);
  t.equal(sentence(findings[100]!), '50 more findings of the schema are not listed');
  const document = bytes(`<a xmlns="u:a">${'<b>1</b>'.repeat(20_000)}</a>`);
  for (let i = 0; i < 5; i++) validateXml(schema!, document);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 60; i++) validateXml(schema!, i % 2 === 0 ? document : document.subarray(0, 100_000));
  t.ok(process.memoryUsage().rss - before < 40_000_000, 'documents are disposed, valid or not');
  t.end();
});

t.test('HMRC declarations against the published WCO DEC schema', { skip: shared === undefined ? 'the corpus is not here' : false }, async (t) => {
  const folder = join(shared!, 'facts/wco-xsd/hmrc__customs-declarations/public/api/conf/3.0/schemas');
  const files: SchemaFile[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.xsd'))
    .map((name) => ({ path: relative(folder, join(folder, name)), text: readFileSync(join(folder, name)) }));
  const { schema, findings } = await compileSchema(files, 'customs/wrapper_submit.xsd');
  t.same(findings.map(sentence), []);
  const corpus = join(shared!, 'corpus/wco-xml');
  const documents = readdirSync(corpus, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.startsWith('hmrc') && name.endsWith('.xml'))
    .map((name) => ({ name, text: readFileSync(join(corpus, name)) }))
    .filter(({ text }) => /<(\w+:)?MetaData[\s>][^]*<(\w+:)?Declaration[\s>]/.test(text.toString('latin1')) && /WCO:DEC-DMS:2/.test(text.toString('latin1')));
  const invalid = documents.filter(({ text }) => validateXml(schema!, text).length > 0);
  t.comment(`${documents.length - invalid.length} of ${documents.length} valid`);
  t.equal(documents.length - invalid.length, 186);
  const onPurpose = invalid.find(({ name }) => basename(name) === 'example_submission_declaration_400.xml');
  t.match(validateXml(schema!, onPurpose!.text).map(sentence), [/^element `unknown`: this element is not expected/]);
  t.end();
});
