import t from 'tap';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { Rows } from '../../src/dictionary/rows.ts';
import { wireOf } from '../../src/gateway/library/wire.ts';
import { build } from '../../src/maps/build.ts';
import { readMessage, writeRows } from '../../src/maps/laws/wire.ts';
import { envelopeOf, type Envelope } from '../../src/maps/otherwise.ts';
import { catalogOf, library } from './fixture.ts';

/** A wrapped declaration with a reference, a date and an item; `more` stands between header and syntax, `classes` ends the business section. */
const base = (more = '', attributes = '', nodes = ''): string => `map: xml/base
kind: message
version: 1.0.0
dictionary: wco-dm@3
${more}
format: { family: xml, root: Wrap/d:Doc, namespace: "urn:w", namespaces: { d: "urn:d" } }
parts:
  date: { params: [tag, p], nodes: [ { xml: $tag, bind: { text: $p } } ], elements: { $p: { datetime: CCYYMMDD } } }
syntax:
  group: message
  xml: Wrap
  nodes:
    - xml: "d:Doc"
      nodes:
        - { xml: Ref, bind: ref }
        - use: date(tag=Day, p=day)
        - { group: item, occurs: 0..n, xml: Item, nodes: [ { xml: No, bind: item.no } ] }
${nodes}
business:
  class: Declaration
  per: message
  attrs: { ID: ref, IssueDateTime: day${attributes} }
  classes: [ { class: GoodsShipment, per: message, classes: [ { class: GovernmentAgencyGoodsItem, per: item, attrs: { SequenceNumeric: item.no } } ] } ]
`;
const dialect = (text: string, name = 'xml/base/own', of = 'xml/base'): string =>
  `map: ${name}\nkind: dialect\nversion: 1.0.0\nextends: ${of}@1.0.0\nmatch: { Wrap/Kind: ${name} }\n${text}`;

const said = (...texts: string[]): string[] => catalogOf(texts.map((text, i) => ({ path: `${i}.yaml`, text }))).check().map(sentence); // prettier-ignore

t.test('what lint says of an XML map', (t) => {
  const unverified = ', TypeName: name';
  const node = '        - { xml: Name, bind: name }';
  const cases: [what: string, texts: string[], expected: (string | RegExp)[]][] = [
    ['in order', [base()], []],
    ['a prefix that nobody declared', [base('', '', '        - { xml: "x:Y" }')], [/`namespaces` of `format` has no prefix `x`/]],
    ['an attribute with such a prefix', [base('', '', '        - { xml: Y, bind: { "@x:z": z } }')], [/`x:z` has a prefix/]],
    ['a fact that nobody published is no matter', [base('', unverified, node)], []],
    ['but in a regulated map', [base('regulated: yes', unverified, node)], [/no publication confirms `Declaration.TypeName` at its position/]],
    ['unless it is listed', [base('regulated: yes\nunverified: [ Declaration.TypeName ]', unverified, node)], []],
    ['with its class', [base('regulated: yes\nunverified: [ "Declaration/*" ]', unverified, node)], []],
    ['what is listed is used', [base('regulated: yes\nunverified: [ Declaration.TypeName ]')], ['`unverified` entry `Declaration.TypeName` is never used']],
    ['a part that the base does not use', [base(), dialect('parts: { moment: { params: [p], nodes: [] } }')], [/part `moment` is never used/]],
    [
      'parts in a dialect of a dialect',
      [base(), dialect(''), dialect('parts: { date: { params: [tag, p], nodes: [] } }', 'xml/base/deep', 'xml/base/own')],
      [/only a dialect of a message has `parts`/, /part `date` is never used/],
    ],
    ['two maps for the same documents', [base(), dialect('').replace(/match.*\n/, '')], [/`xml\/base` and `xml\/base\/own` read the same messages/]],
  ];
  for (const [what, texts, expected] of cases) {
    const found = said(...texts);
    t.match(found, expected, what);
    t.equal(found.length, expected.length, `${what}: and no more`);
  }
  t.end();
});

t.test('what is there for nothing is told: an element that would hold others, holds none, and need not be there', (t) => {
  const plan = catalogOf([{ path: '0.yaml', text: base().replace('    - xml: "d:Doc"\n', '    - xml: "d:Doc"\n      occurs: "1"\n') }]).plan('xml/base')!;
  const document = (inner: string): string => `<Wrap xmlns="urn:w"><Doc xmlns="urn:d">${inner}</Doc></Wrap>`;
  const cases: [what: string, inner: string, expected: string[]][] = [
    [
      'an item',
      '<Ref>R</Ref><Item/><Item><No>2</No></Item><Item> </Item>',
      ['item holds nothing at /Wrap/Doc[1]/Item[1]', 'item holds nothing at /Wrap/Doc[1]/Item[3]'],
    ],
    ['a text that is not stated', '<Ref/><Item><No/></Item>', []],
    ['what must be there', '', []],
  ];
  for (const [what, inner, expected] of cases) {
    const { parsed } = readMessage(wireOf(library()), plan, Buffer.from(document(inner)));
    t.same(parsed!.findings.map((each) => `${sentence(each)} at ${each.data?.xpath}`), expected, what); // prettier-ignore
  }
  t.end();
});

t.test('elements that are told apart by what a child says', (t) => {
  const node = (more: string): string => `        - { group: ${more} }`;
  const asked = [
    node('first, occurs: 0..1, xml: "Party[Role=A]", nodes: [ { xml: Name, bind: first.name }, { xml: Role, fixed: { text: A } } ]'),
    node('other, occurs: 0..n, xml: Party, nodes: [ { xml: Name, bind: other.name }, { xml: Role, bind: other.role } ]'),
  ].join('\n');
  const parties = `, { class: Party, per: first, attrs: { RoleCode: { const: A }, Name: first.name } }, { class: Party, per: other, attrs: { RoleCode: other.role, Name: other.name } } ]`;
  const text = base('', '', asked).replace(/ \]$/m, parties);
  t.same(said(text), [], 'in order');
  t.match(said(text.replace('fixed: { text: A }', 'bind: first.role')), [/`Role` asks a child: write `\{ xml: Role, fixed: \{ text: A \} \}`/]);

  const plan = catalogOf([{ path: '0.yaml', text }]).plan('xml/base')!;
  const party = (name: string, role = ''): string => `<Party><Name>${name}</Name>${role}</Party>`;
  const document = (...parts: string[]): string => `<Wrap xmlns="urn:w"><Doc xmlns="urn:d">${parts.join('')}</Doc></Wrap>`;
  const names = (bytes: string): string[] => {
    const { parsed } = readMessage(wireOf(library()), plan, Buffer.from(bytes));
    t.ok(parsed!.account.total === parsed!.account.bound + parsed!.account.fixed, 'every atom has its fate');
    const found: string[] = [];
    parsed!.rows.eachFact((row, slot, value) => found.push(`${parsed!.rows.class(row).attributes[slot]!.name} ${String(value)}`));
    return found.filter((each) => !each.startsWith('TypeCode'));
  };
  t.same(names(document(party('X', '<Role>B</Role>'), party('Y', '<Role>A</Role>'), party('Z'))), ['RoleCode B', 'Name X', 'RoleCode A', 'Name Y', 'Name Z']);
  t.end();
});

t.test('a map is chosen by the root, by what stands near the beginning, or by its name alone', (t) => {
  const named = dialect('', 'xml/base/bare').replace(
    /match.*\n/,
    'format: { family: xml, root: Wrap/d:Doc, namespace: "", namespaces: { d: "" }, select: name }\n',
  );
  const catalog = catalogOf([base(), dialect(''), named].map((text, i) => ({ path: `${i}.yaml`, text })));
  t.same(catalog.check().map(sentence), []);
  const chosen = (namespace: string | undefined, head: Record<string, string>): string | undefined =>
    catalog.select({
      index: 1,
      type: 'Wrap',
      start: 0,
      interchange: { syntax: 'xml', index: 1, charset: { declared: '', detected: '' }, start: 0 },
      ...(namespace === undefined ? {} : { namespace }),
      head: new Map(Object.entries(head)),
    })?.name;
  t.equal(chosen('urn:w', { 'Wrap/Doc': '' }), 'xml/base');
  t.equal(chosen('urn:w', { 'Wrap/Kind': 'xml/base/own', 'Wrap/Doc': '' }), 'xml/base/own', 'the one with more conditions');
  t.equal(chosen('urn:w', { 'Wrap/Other': '' }), undefined, 'another document in the same envelope');
  t.equal(chosen('urn:x', { 'Wrap/Doc': '' }), undefined);
  t.equal(chosen(undefined, { 'Wrap/Doc': '' }), undefined, 'one that is chosen by name');
  t.end();
});

t.test('what must be there is written though there is nothing to say: a frame, and a text that the map fixes', (t) => {
  const text = base()
    .replace('namespaces: { d: "urn:d" } }', 'prefix: w }')
    .replace('root: Wrap/d:Doc', 'root: Wrap')
    .replace('    - xml: "d:Doc"\n', '    - { xml: Kind, fixed: { text: T1 }, occurs: "1" }\n    - xml: Doc\n      occurs: "1"\n');
  const catalog = catalogOf([{ path: '0.yaml', text }]);
  t.same(catalog.check().map(sentence), []);
  const plan = catalog.plan('xml/base')!;
  const rows = new Rows(library().dictionary);
  rows.add(library().dictionary.class('Declaration')!, -1);
  const written = writeRows(wireOf(library()), plan, rows);
  t.equal(Buffer.from(written.bytes).toString(), '<?xml version="1.0" encoding="UTF-8"?>\n<w:Wrap xmlns:w="urn:w"><Kind>T1</Kind><Doc></Doc></w:Wrap>\n');
  t.same(written.built.findings, []);
  t.end();
});

t.test('what no fact says of a header is said by the envelope, and is no fact', (t) => {
  const sender = '        - { group: sender, occurs: 0..n, xml: Sender, nodes: [ { xml: Name, bind: { text: sender.name, "@as": sender.scheme } } ] }';
  const text = base('', ', TypeCode: kind', `        - { xml: Kind, bind: kind }\n${sender}`)
    .replace(/ \]$/m, ', { class: Party, per: sender, attrs: { RoleCode: { const: MS }, Name: sender.name, ListCode: sender.scheme } } ]')
    .replace(
      'business:',
      `elements:
  ref: { text: true, otherwise: envelope.reference }
  day: { datetime: XML, otherwise: envelope.prepared }
  kind: { codes: kinds, otherwise: N }
  sender.name: { text: true, otherwise: envelope.sender }
  sender.scheme: { text: true, otherwise: C }
business:`,
    )
    .replace('elements: { $p: { datetime: CCYYMMDD } }', 'elements: {}')
    .concat('codes: { kinds: { pairs: { N: "9" }, unknown: report } }\n');
  t.same(said(text), []);
  t.match(said(text.replace('envelope.sender', 'envelope.ship')), [/`otherwise` is a word or one of `envelope.sender`, `envelope.recipient`/]);

  const plan = catalogOf([{ path: '0.yaml', text }]).plan('xml/base')!;
  const { dictionary } = library();
  const around = envelopeOf({ sender: 'HKGFMCX', recipient: '', reference: 'M1', preparedAt: '261115:1030' });
  t.same(around, { sender: 'HKGFMCX', recipient: undefined, reference: 'M1', prepared: '2026-11-15T10:30:00' });
  t.equal(envelopeOf({ preparedAt: '151030' }).prepared, undefined, 'a day and a time are no date');
  t.equal(envelopeOf({ preparedAt: '20240229:2359' }).prepared, '2024-02-29T23:59:00');
  for (const none of ['261332:1030', '230229:1030', '261115:2460', '000000:0000'])
    t.equal(envelopeOf({ preparedAt: none }).prepared, undefined, `${none}: the calendar has no such time`);
  const write = (fill: (rows: Rows, root: number) => void, envelope: Envelope | undefined): { text: string; lost: number; offered: number } => {
    const rows = new Rows(dictionary);
    fill(rows, rows.add(dictionary.class('Declaration')!, -1));
    const { writer, end } = wireOf(library()).writer(plan);
    const { account } = build(plan, rows, writer, { envelope });
    const inner = /<Doc[^>]*>(.*)<\/Doc>/s.exec(Buffer.from(end().bytes).toString())?.[1] ?? '';
    return { text: inner, lost: account.lost, offered: account.offered };
  };
  const set = (rows: Rows, row: number, name: string, value: string): void =>
    rows.set(row, rows.class(row).attributes.find((each) => each.name === name)!.slot, value);
  const nothing = (): void => {};
  t.same(write(nothing, undefined).text, '', 'without an envelope nothing is said');
  t.same(write(nothing, around), {
    text: '<Ref>M1</Ref><Day>2026-11-15T10:30:00</Day><Kind>N</Kind><Sender><Name as="C">HKGFMCX</Name></Sender>',
    lost: 0,
    offered: 0,
  });
  t.same(write(nothing, { reference: 'M1' }).text, '<Ref>M1</Ref><Kind>N</Kind>', 'who is not known is not named: a word alone makes no sender');
  const stated = write((rows, root) => {
    set(rows, root, 'ID', 'OWN');
    set(rows, root, 'TypeCode', '5');
    const party = rows.add(dictionary.class('Declaration/Party')!, root);
    set(rows, party, 'RoleCode', 'MS');
    set(rows, party, 'Name', 'ACME');
  }, around);
  t.same(
    stated.text,
    '<Ref>OWN</Ref><Day>2026-11-15T10:30:00</Day><Sender><Name>ACME</Name></Sender>',
    'what a fact states goes before, also where it cannot be written',
  );
  t.same([stated.offered, stated.lost], [4, 1]);
  t.end();
});
