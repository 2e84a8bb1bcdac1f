import fc from 'fast-check';
import t from 'tap';
import { sentence, type Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { atomKey, type OutAtoms } from '../../../src/syntax/unit.ts';
import { xmlReader } from '../../../src/syntax/xml/reader.ts';
import { xmlWriter, type XmlWriterOptions } from '../../../src/syntax/xml/writer.ts';

interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly content: string | readonly Element[];
}

const atoms = (attributes: Readonly<Record<string, string>>, text?: string): OutAtoms => {
  const names: (string | undefined)[] = Object.keys(attributes);
  const texts = Object.values(attributes);
  if (text !== undefined) {
    names.push(undefined);
    texts.push(text);
  }
  return {
    size: names.length,
    names,
    texts,
    keys: names.map((name, i) => (name === undefined ? 0 : atomKey(i + 1, 0))),
    repetitions: names.map(() => 0),
    facts: names.map(() => -1),
  };
};

function write(root: Element, namespace: string | undefined, options: XmlWriterOptions = {}, prefix = ''): string {
  const pieces: Uint8Array[] = [];
  const writer = xmlWriter((bytes) => pieces.push(bytes), options);
  const element = ({ tag, attributes, content }: Element): void => {
    if (typeof content === 'string') return writer.unit(tag, atoms(attributes, content === '' ? undefined : content));
    writer.open(tag, atoms(attributes));
    content.forEach(element);
    writer.close(tag);
  };
  writer.beginMessage({ type: root.tag, ...(namespace === undefined ? {} : { namespace }), prefix });
  element(root);
  writer.endMessage();
  return Buffer.concat(pieces).toString();
}

const leaf = (tag: string, content: string, attributes: Record<string, string> = {}): Element => ({ tag, attributes, content });
const document: Element = {
  tag: 'Declaration',
  attributes: {},
  content: [
    leaf('ID', 'A&B <"1">'),
    {
      tag: 'Consignment',
      attributes: {},
      content: [leaf('TotalGrossMassMeasure', '18410', { unitCode: 'K"M\n' }), { tag: 'Empty', attributes: {}, content: [] }],
    },
    leaf('TypeCode', ''),
  ],
};

t.test('a document element that alone has a namespace is written with its prefix', (t) => {
  const root: Element = {
    tag: 'Doc',
    attributes: { Phase: '5' },
    content: [leaf('{}ID', '7'), { tag: '{}Goods', attributes: {}, content: [leaf('{urn:x}Other', 'y'), leaf('{}No', '1')] }],
  };
  const inner = '<ID>7</ID><Goods><Other xmlns="urn:x">y</Other><No>1</No></Goods>';
  const begun = '<?xml version="1.0" encoding="UTF-8"?>\n';
  t.equal(write(root, 'urn:w', {}, 'w'), `${begun}<w:Doc xmlns:w="urn:w" Phase="5">${inner}</w:Doc>\n`);
  t.equal(write(leaf('Doc', '7'), 'urn:w', {}, 'w'), `${begun}<w:Doc xmlns:w="urn:w">7</w:Doc>\n`);
  t.end();
});

t.test('a tag with another namespace begins one, which those within share or leave', (t) => {
  const wrapped: Element = {
    tag: 'Wrap',
    attributes: {},
    content: [
      leaf('Kind', 'x'),
      { tag: '{urn:d}Doc', attributes: {}, content: [leaf('{urn:d}ID', '7'), leaf('Kind', 'y'), leaf('{}Bare', 'z')] },
      leaf('Kind', 'after'),
    ],
  };
  const inner = '<Doc xmlns="urn:d"><ID>7</ID><Kind xmlns="urn:w">y</Kind><Bare xmlns="">z</Bare></Doc>';
  const written = write(wrapped, 'urn:w');
  t.equal(written, `<?xml version="1.0" encoding="UTF-8"?>\n<Wrap xmlns="urn:w"><Kind>x</Kind>${inner}<Kind>after</Kind></Wrap>\n`);
  const tags: string[] = [];
  const reader = xmlReader({ unit: ({ kind, tag }) => void (kind !== 'close' && tags.push(tag)) });
  reader.push(Buffer.from(written));
  reader.end();
  t.same(tags, ['Wrap', 'Kind', '{urn:d}Doc', '{urn:d}ID', 'Kind', '{}Bare', 'Kind'], 'and is read back as the same tags');
  t.end();
});

t.test('a document, on one line and indented', (t) => {
  t.equal(
    write(document, 'urn:a'),
    '<?xml version="1.0" encoding="UTF-8"?>\n<Declaration xmlns="urn:a"><ID>A&amp;B &lt;"1"&gt;</ID><Consignment><TotalGrossMassMeasure unitCode="K&quot;M&#10;">18410</TotalGrossMassMeasure><Empty></Empty></Consignment><TypeCode/></Declaration>\n',
  );
  t.equal(
    write({ ...document, content: document.content.slice(0, 2) as Element[] }, undefined, { indent: 2 }),
    '<?xml version="1.0" encoding="UTF-8"?>\n<Declaration>\n  <ID>A&amp;B &lt;"1"&gt;</ID>\n  <Consignment>\n    <TotalGrossMassMeasure unitCode="K&quot;M&#10;">18410</TotalGrossMassMeasure>\n    <Empty></Empty>\n  </Consignment>\n</Declaration>\n',
  );
  t.end();
});

t.test('what XML cannot hold is left out, and said', (t) => {
  const findings: Diagnostic[] = [];
  t.match(write(leaf('D', 'a\u0001b\ud800c\ufffe🚢\u0085'), undefined, { finding: (f) => findings.push(f) }), '<D>abc🚢\u0085</D>');
  t.same(findings.map(sentence), ['U+0001 in D cannot be written in XML', 'U+D800 in D cannot be written in XML', 'U+FFFE in D cannot be written in XML']);
  t.end();
});

t.test('and asked about a character alone, the writer says the same', (t) => {
  const asked = [...'a\u0001\u0085'].map((each) => xmlWriter(() => undefined).unwritable?.(each, 'D')).map((found) => found && sentence(found));
  t.same(asked, [undefined, 'U+0001 in D cannot be written in XML', undefined]);
  t.end();
});

t.test('what is written is read back, whatever the texts, indented or not', (t) => {
  const text = fc
    .string({ unit: fc.constantFrom('a', 'é', '🚢', '&', '<', '>', ']]>', '"', "'", '\r', '\n', '\t', ' ', '&amp;', '<![CDATA[') })
    .filter((s) => s.trim() !== '');
  const tag = fc.constantFrom('ID', 'Name', 'Line', 'É');
  const { element } = fc.letrec<{ element: Element }>((tie) => ({
    element: fc.record({
      tag,
      attributes: fc.dictionary(fc.constantFrom('unitCode', 'schemeID'), text, { maxKeys: 2, noNullPrototype: true }),
      content: fc.oneof({ depthSize: 'small' }, text, fc.array(tie('element'), { maxLength: 3, minLength: 1 })),
    }),
  }));
  const units = (bytes: string) => {
    const found: unknown[] = [];
    const reader = xmlReader({
      unit: (u) => found.push([u.kind, u.tag, Array.from({ length: u.size }, (_, i) => [u.name(i), u.text(i)])]),
      finding: (f) => found.push(sentence(f)),
    });
    reader.push(Buffer.from(bytes));
    reader.end();
    return found;
  };
  const expected = ({ tag, attributes, content }: Element): unknown[] => {
    const stated = Object.entries(attributes);
    if (typeof content === 'string') return [['leaf', tag, [...stated, [undefined, content]]]];
    return [['open', tag, stated], ...content.flatMap(expected), ['close', tag, []]];
  };
  fc.assert(
    fc.property(element, fc.constantFrom(undefined, 'urn:a'), fc.constantFrom(0, 2), (root, namespace, indent) => {
      t.strictSame(units(write(root, namespace, { indent })), expected(root));
    }),
    { numRuns: 200 },
  );
  t.end();
});
