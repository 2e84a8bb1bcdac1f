import t from 'tap';
import { sentence, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { produce } from '../../src/gateway/translation/produce.ts';
import { seeded } from '../../src/maps/generate-values.ts';
import { randomRows } from '../../src/maps/generate.ts';
import { compileSchema, startXmlCheck, type XmlSchema } from '../../src/validation/xsd.ts';
import { library, plan } from '../maps/fixture.ts';

const around = { sender: 'A', recipient: 'B', preparedAt: '260101:0000', reference: '1' };
const alphabet = 'ABC xyz0123456789äß<&>\'"';

t.before(() => library().loadSchemas());

/** What is said of a document that comes in pieces of `chunk` bytes and is shown in windows of `window` bytes. */
function inWindows(schema: XmlSchema, document: string, window: number, chunk = 100): readonly Diagnostic[] {
  const bytes = Buffer.from(document);
  const check = startXmlCheck(schema, { window });
  for (let at = 0; at < bytes.length; at += chunk) check.push(bytes.subarray(at, at + chunk));
  return check.end();
}

const said = (findings: readonly Diagnostic[]): string[] => findings.map((each) => `${each.data?.xpath ?? ''} ${sentence(each)}`);

/** Faults as they come: each takes a document and gives back one that may be wrong. */
const faults: readonly (readonly [string, (document: string, random: () => number) => string])[] = [
  ['none', (document) => document],
  ['a stranger', (document, random) => insert(document, random, '<Stranger/>')],
  ['an attribute nobody knows', (document, random) => atTag(document, random, (tag) => tag.replace(/^<[\w]+/, '$& strange="1"'))],
  ['a text where there is none', (document, random) => insert(document, random, 'lost')],
  ['an element goes', (document, random) => without(document, random)],
  ['an element stands twice', (document, random) => without(document, random, true)],
  ['a text is far too long', (document, random) => atText(document, random, () => 'x'.repeat(600))],
  ['two neighbors change places', (document, random) => swapped(document, random)],
];

function atTag(document: string, random: () => number, change: (tag: string) => string): string {
  const tags = [...document.matchAll(/<\w[^>]*>/g)];
  const { 0: tag, index } = tags[Math.floor(random() * tags.length)]!;
  return document.slice(0, index) + change(tag) + document.slice(index + tag.length);
}

function insert(document: string, random: () => number, what: string): string {
  return atTag(document, random, (tag) => `${tag}${what}`);
}

const leaf = /<(\w+)[^<>]*>[^<]*<\/\1>/g;

function without(document: string, random: () => number, twice = false): string {
  const leaves = [...document.matchAll(leaf)];
  const { 0: one, index } = leaves[Math.floor(random() * leaves.length)]!;
  return document.slice(0, index) + (twice ? one + one : '') + document.slice(index + one.length);
}

function atText(document: string, random: () => number, change: () => string): string {
  const texts = [...document.matchAll(/>([^<]+)<\//g)];
  const { 1: text, index } = texts[Math.floor(random() * texts.length)]!;
  return document.slice(0, index + 1) + change() + document.slice(index + 1 + text!.length);
}

function swapped(document: string, random: () => number): string {
  const pairs = [...document.matchAll(/(<(\w+)[^<>]*>[^<]*<\/\2>)(<(\w+)[^<>]*>[^<]*<\/\4>)/g)];
  const { 0: both, 1: a, 3: b, index } = pairs[Math.floor(random() * pairs.length)]!;
  return document.slice(0, index) + b! + a! + document.slice(index + both.length);
}

t.test('in windows of any size a document gets the verdict it gets as a whole, at the same places', async (t) => {
  const xml = plan('wco/cri/3');
  const schema = library().schema(xml)!;
  t.ok(schema.windows);
  let invalid = 0;
  let cuts = 0;
  for (let seed = 1; seed <= 15; seed++) {
    const document = Buffer.from(produce(library(), xml, randomRows(xml, seeded(seed), { alphabet }), around).bytes).toString();
    for (const [name, plant] of faults) {
      const planted = plant(document, seeded(seed * 100));
      const whole = said(inWindows(schema, planted, Infinity));
      for (const window of [500, 2_000]) {
        const parts = said(inWindows(schema, planted, window));
        const where = `seed ${seed}, ${name}, windows of ${window}`;
        if (whole.length > 0 !== parts.length > 0) return void t.fail(where, { whole, parts });
        const lacking = whole.filter((each) => !parts.includes(each));
        // After a child that is not expected a schema says nothing more of its siblings; the next window does.
        const added = parts.filter((each) => !whole.includes(each));
        if (lacking.length > 0 || (added.length > 0 && !whole.some((each) => /not expected|Missing child/.test(each))))
          return void t.fail(where, { lacking, added });
        if (planted.length > window) cuts++;
      }
      if (whole.length > 0) invalid++;
    }
  }
  t.ok(invalid > 30 && cuts > 150, `${invalid} invalid documents, ${cuts} that were cut`);
});

const small = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="u:a" xmlns="u:a" elementFormDefault="qualified">
  <xs:element name="a"><xs:complexType><xs:sequence>
    <xs:element name="id"/><xs:element name="b" type="b" maxOccurs="unbounded"/><xs:element name="z"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:complexType name="b"><xs:sequence><xs:element name="n" type="xs:integer"/><xs:element name="c" type="xs:integer" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
</xs:schema>`;

t.test('places are those of the document, and what is missing at the end is missing', async (t) => {
  const schema = (await compileSchema([{ path: 'small.xsd', text: small }], 'small.xsd')).schema!;
  const many = (n: number, at: number, fault: string): string =>
    Array.from({ length: n }, (_, i) => (i === at ? fault : `<b><n>${i}</n><c>1</c><c>2</c></b>`)).join('');
  const inner = (n: number, at: number): string => `<b><n>1</n>${Array.from({ length: n }, (_, i) => (i === at ? '<c>x</c>' : '<c>1</c>')).join('')}</b>`;
  // document, what is said
  const cases: readonly (readonly [string, readonly RegExp[]])[] = [
    [`<a xmlns="u:a"><id/>${many(5_000, -1, '')}<z/></a>`, []],
    [`<a xmlns="u:a"><id/>${many(5_000, 4_321, '<b><n>x</n></b>')}<z/></a>`, [/^\/a\/b\[4322\]\/n\[1\] element `n`: 'x' is not a valid/]],
    [`<a xmlns="u:a"><id/>${many(300, 5, inner(5_000, 4_000))}<z/></a>`, [/^\/a\/b\[6\]\/c\[4001\] element `c`: 'x'/]],
    [`<a xmlns="u:a"><id/>${many(5_000, -1, '')}</a>`, [/^\/a element `a`: missing child element\(s\)/]],
    [`<a xmlns="u:a"><id/>${many(5_000, 9, '<b/>')}<z/></a>`, [/^\/a\/b\[10\] element `b`: missing child element\(s\)/]],
    [
      `<p:a xmlns:p="u:a" q="1"><p:id/>${many(5_000, -1, '').replaceAll('<', '<p:').replaceAll('<p:/', '</p:')}<p:z/></p:a>`,
      [/^\/a .*attribute 'q' is not allowed/],
    ],
    [
      `<?xml version="1.0" encoding="ISO-8859-1"?><!-- é --><a xmlns="u:a"><id/>${many(5_000, 4_999, '<b><n>1</n><d/></b>')}<z/></a>`,
      [/^\/a\/b\[5000\]\/d\[1\] element `d`: this element is not expected/],
    ],
    [`<a xmlns="u:a"><id/>${many(5_000, 2_000, '<b><n>1</b>')}<z/></a>`, [/no well-formed XML: .*`<\/b>`/]],
    [`<a xmlns="u:a"><id/>${many(5_000, -1, '')}`, [/no well-formed XML/]],
  ];
  for (const [document, expected] of cases) {
    const parts = said(inWindows(schema, document, 10_000, 777));
    t.equal(parts.length, expected.length, parts.slice(0, 3).join('; '));
    for (const [i, each] of expected.entries()) t.match(parts[i], each, document.slice(0, 60));
  }
  const broken = inWindows(schema, cases[7]![0], 10_000)[0]!;
  t.equal(cases[7]![0].slice(broken.data!.start).slice(0, 4), '</b>', 'at the byte where it is');
});

t.test('what can only be seen in the whole is not cut', async (t) => {
  const declared: readonly (readonly [string, string])[] = [
    ['maxOccurs="unbounded"', 'maxOccurs="3"'],
    ['name="n" type="xs:integer"', 'name="n" type="xs:ID"'],
    ['name="n" type="xs:integer"/>', 'name="n"><xs:simpleType><xs:union memberTypes="xs:int xs:ID"/></xs:simpleType></xs:element>'],
    ['</xs:complexType></xs:element>', '</xs:complexType><xs:unique name="u"><xs:selector xpath="b"/><xs:field xpath="n"/></xs:unique></xs:element>'],
  ];
  for (const [from, to] of declared) {
    const { schema } = await compileSchema([{ path: 'small.xsd', text: small.replace(from, to) }], 'small.xsd');
    t.notOk(schema!.windows, to);
  }
  const unique = small.replace(...declared.at(-1)!);
  for (const text of [unique.replaceAll('xs:', 'my-xs:').replace('xmlns:xs', 'xmlns:my-xs'), Buffer.from(`\ufeff${unique}`, 'utf16le')]) {
    const { schema } = await compileSchema([{ path: 'small.xsd', text }], 'small.xsd');
    t.equal(schema?.windows, false, 'however it is written');
  }
});
