import t from 'tap';
import { Pages } from '../../src/dictionary/paging.ts';
import { sentence, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { lineColumn } from '../../src/diagnostics/place.ts';
import { atomsAddUp, factsAddUp } from '../../src/maps/account.ts';
import { build } from '../../src/maps/build.ts';
import { buildCatalog } from '../../src/maps/catalog.ts';
import { normalForm } from '../../src/maps/normal-form.ts';
import type { SourceFile } from '../../src/maps/load.ts';
import { startParse, type Parsed } from '../../src/maps/parse.ts';
import type { Plan } from '../../src/maps/plan.ts';
import { atomKey } from '../../src/syntax/unit.ts';
import { headerFor, library } from './fixture.ts';
import { play, Tape, type Recorded } from './tape.ts';

/** A map as an analyst writes it, between the same header and footer. */
const header =
  'map: un/test/d95b\nkind: message\nversion: 1.0.0\ndictionary: wco-dm@3\nformat: { family: edifact, directory: D95B, message: CUSCAR, header: { S009: [CUSCAR, D, 95B, UN] } }\n';

/** The maps here are pieces: that something is wanting in them is tried in checks.test.ts. */
const partial: ReadonlySet<string> = new Set(['MAP_NO_SOURCE', 'MAP_NO_KEY', 'MAP_NO_ROOM', 'MAP_NARROWS']);

function compile(text: string, ...more: SourceFile[]): { plan: Plan | undefined; findings: readonly Diagnostic[]; said: string[] } {
  const files = [{ path: 'map.yaml', text: header + text }, ...more];
  const catalog = buildCatalog(files, { dictionary: library().dictionary, syntaxes: library().segmented });
  const said = catalog
    .check()
    .filter(({ code }) => !partial.has(code))
    .map((each) => {
      const file = files.find(({ path }) => path === each.rule?.source);
      const at = file ? lineColumn(Buffer.from(file.text), each.rule!.start) : { line: 0, column: 0 };
      return `${each.code} ${at.line}:${at.column} ${sentence(each)}`;
    });
  const dialect = catalog.maps.find(({ kind }) => kind === 'dialect');
  return { plan: catalog.plan(dialect?.name ?? 'un/test/d95b'), findings: catalog.check(), said };
}

/** `LOC+9+USNYC:139` as a reader would hand it out; no release characters here. */
function segments(text: string): Recorded[] {
  return text
    .split("'")
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [tag, ...elements] = line.split('+');
      const atoms = elements.flatMap((element, e) =>
        element.split(':').flatMap((value, c) => (value === '' ? [] : [{ key: atomKey(e + 1, c + 1), name: undefined, text: value }])),
      );
      return { kind: 'segment', tag: tag!, atoms };
    });
}

function parse(plan: Plan, text: string): Parsed {
  const parser = startParse(plan, headerFor(plan));
  play(segments(text), parser);
  return parser.end();
}

function written(plan: Plan, parsed: Parsed): { text: string; lost: string[]; findings: string[] } {
  const tape = new Tape();
  const built = build(plan, parsed.rows, tape);
  t.ok(factsAddUp(built.account), 'facts add up');
  const text = tape.units
    .map(({ tag, atoms }) => {
      const elements: string[][] = [];
      for (const { key, text } of atoms) (elements[(key >>> 16) - 1] ??= [])[(key & 0xffff) - 1] = text;
      return [tag, ...Array.from(elements, (components) => Array.from(components ?? [], (each) => each ?? '').join(':'))].join('+');
    })
    .join("'");
  return { text, lost: built.losses.map(({ reason }) => reason), findings: built.findings.map(sentence) };
}

const items = (inner: string, elements = '', business = '') => `
syntax:
  group: message
  nodes:
    - { segment: BGM, bind: { "1004": number } }
    - group: item
      occurs: 0..99
      nodes:
        - { segment: GID, bind: { "1496": itemNumber } }
${inner}
elements:
  itemNumber: { integer: true }
${elements}
business:
  class: Declaration
  per: message
  attrs: { ID: number }
  classes:
    - class: Consignment
      per: message
      classes:
        - class: ConsignmentItem
          per: item
          attrs: { SequenceNumeric: itemNumber }
${business}
`;

t.test('what lint says, and where', async (t) => {
  const cases: { name: string; map: string; says: string }[] = [
    {
      name: 'a directory number that the segment does not have',
      map: 'syntax: { group: message, nodes: [ { segment: BGM, bind: { "1005": number } } ] }\nbusiness: { class: Declaration, per: message }',
      says: 'MAP_UNKNOWN_ELEMENT 6:60 `1005` is not an element of BGM in D95B, did you mean `1004`?',
    },
    {
      name: 'a segment that the directory does not have',
      map: 'syntax: { group: message, nodes: [ { segment: BGN, bind: { "1004": number } } ] }\nbusiness: { class: Declaration, per: message }',
      says: 'MAP_UNKNOWN_SEGMENT 6:36 directory D95B has no segment `BGN`, did you mean `BGM`?',
    },
    {
      name: 'an attribute that the class does not have',
      map: 'syntax: { group: message, nodes: [ { segment: BGM, bind: { "1004": number } } ] }\nbusiness: { class: Declaration, per: message, attrs: { Id: number } }',
      says: 'MAP_UNKNOWN_ATTRIBUTE 7:56 the dictionary has no attribute `Id` in Declaration, did you mean `ID`?',
    },
    {
      name: 'a class that the dictionary does not have',
      map: 'syntax: { group: message, nodes: [ { segment: BGM, bind: { "1004": number } } ] }\nbusiness: { class: Declaration, per: message, attrs: { ID: number }, classes: [ { class: Consignmnt, per: message } ] }',
      says: 'MAP_UNKNOWN_CLASS 7:81 the dictionary has no class `Declaration/Consignmnt`, did you mean `Consignment`?',
    },
    {
      name: 'a group that is not there',
      map: items('', '', '').replace('per: item', 'per: itm'),
      says: 'MAP_UNKNOWN_GROUP 27:11 there is no group `itm`, did you mean `item`?',
    },
    {
      name: 'a slot that nothing binds',
      map: items('', '', '').replace('ID: number', 'ID: numbr'),
      says: 'MAP_UNKNOWN_SLOT 22:16 nothing binds `numbr`, did you mean `number`?',
    },
    {
      name: 'a codec that is not there',
      map: items('', '', '').replace('{ integer: true }', '{ intger: true }'),
      says: 'MAP_CODEC_ARGUMENT 17:15 `itemNumber`: there is no codec `intger`, did you mean `integer`?',
    },
    {
      name: 'a bound slot without a home',
      map: items('        - { segment: CST, occurs: 0..1, bind: { "C246[1].7361": code } }'),
      says: 'MAP_NO_HOME 15:49 `code` is bound but no class takes it',
    },
    {
      name: 'two nodes that match the same segment',
      map: items('        - { segment: "MEA[6311=AAE]", occurs: 0..9 }\n        - { segment: "MEA[C502.6313=G]", occurs: 0..9 }'),
      says: 'MAP_AMBIGUOUS 16:11 `MEA[6311=AAE]` and `MEA[C502.6313=G]` both match the same segment, e.g. MEA[6311=AAE,C502.6313=G]',
    },
    {
      name: 'a slot bound twice',
      map: items('        - { segment: "FTX[4451=AAA]", occurs: 0..1, bind: { C108.4440: itemNumber } }'),
      says: 'MAP_BOUND_TWICE 15:61 `itemNumber` is bound twice',
    },
    {
      name: 'an element given to two attributes',
      map: items('', '', '          classes: [ { class: Packaging, per: item, attrs: { QuantityQuantity: itemNumber } } ]'),
      says: 'MAP_BOUND_TWICE 30:62 `itemNumber` is given to an attribute twice',
    },
    {
      name: 'a code table that cannot be turned round',
      map: items(
        '        - { segment: CST, occurs: 0..1, bind: { "C246[1].7361": code } }',
        '  code: { codes: t }\ncodes: { t: { pairs: { A: X, B: X }, unknown: error } }',
        '          classes: [ { class: Packaging, per: item, attrs: { TypeCode: code } } ]',
      ),
      says: 'MAP_NO_INVERSE',
    },
    {
      name: 'a node that repeats without a group',
      map: items('        - { segment: SGP, occurs: 0..9, bind: { "7224": count } }'),
      says: 'MAP_SHAPE 15:11 SGP repeats and binds slots: make it a `group` of its own',
    },
    {
      name: 'a condition on what is read later',
      map: items(
        '        - { segment: "FTX[4451=AAA]", occurs: 0..1, when: "present(mark)" }\n        - { segment: PCI, occurs: 0..1, bind: { "4233": mark } }',
        '',
        '          classes: [ { class: Packaging, per: item, attrs: { MarkingInstructionCode: mark } } ]',
      ),
      says: 'MAP_WHEN_UNDECIDABLE 15:11 `when` looks at `mark`, which is not read before this node',
    },
    {
      name: 'occurrences that leave nothing',
      map: items('        - { segment: PCI, occurs: 9..1 }'),
      says: 'MAP_SHAPE 15:35 `occurs: 9..1` lets nothing be there',
    },
    {
      name: 'a segment that the message does not have',
      map: items('        - { segment: TAX, occurs: 0..1 }'),
      says: 'MAP_FOREIGN_SEGMENT 15:11 no TAX stands anywhere in CUSCAR',
    },
    { name: 'ignoring without saying why', map: items('') + 'ignore: [ { at: BGM/1225 } ]', says: 'MAP_NO_WHY' },
    { name: 'an unknown part', map: items('        - use: party(q=CN)'), says: 'MAP_UNKNOWN_PART 15:16 there is no part named `party`' },
    {
      name: 'a class bound by two groups that nothing tells apart',
      map: items(
        '        - { group: text, occurs: 0..9, nodes: [ { segment: FTX, bind: { C108.4440: words } } ] }\n        - { group: mark, occurs: 0..9, nodes: [ { segment: PCI, bind: { "4233": code } } ] }',
        '',
        '          classes: [ { class: AdditionalInformation, per: text, attrs: { StatementDescription: words } }, { class: AdditionalInformation, per: mark, attrs: { StatementCode: code } } ]',
      ),
      says: 'MAP_BOUND_TWICE',
    },
    {
      name: 'a key that a node does not have',
      map: items('        - { segment: PCI, occur: 0..1 }'),
      says: 'MAP_SHAPE 15:27 a node has no key `occur`; its keys are group, segment, xml, json, occurs, bind, fixed, each, when, nodes, guide',
    },
    {
      name: 'what stands several times is what the node binds',
      map: items('        - { segment: PCI, each: C210 }'),
      says: 'MAP_SHAPE 15:33 `each` names what `bind` binds; `C210` is not bound',
    },
    { name: 'an anchor', map: items('').replace('per: message\n  attrs', 'per: &m message\n  attrs'), says: 'MAP_YAML' },
    { name: 'a duplicate key', map: items('').replace('  attrs: { ID: number }', '  attrs: { ID: number }\n  attrs: { ID: number }'), says: 'MAP_YAML' },
    { name: 'a value that is no country but a truth', map: items('').replace('ID: number', 'ID: { const: NO }'), says: 'MAP_NO_HOME' },
  ];
  for (const { name, map, says } of cases) {
    const { said } = compile(map);
    t.ok(
      said.some((each) => each.startsWith(says)),
      name,
      { said, says },
    );
  }
});

t.test('all findings are reported, not the first', async (t) => {
  const { said } = compile(
    'syntax: { group: message, nodes: [ { segment: BGM, bind: { "1005": a, "1006": b } }, { segment: XXX } ] }\nbusiness: { class: Declaration, per: message, attrs: { Nope: a } }',
  );
  t.ok(said.length >= 4, said.join('\n'));
});

t.test('a segment goes to the innermost group that wants it, and only forward', async (t) => {
  const { plan, said } = compile(
    items(
      '        - { segment: PCI, occurs: 0..1, bind: { "4233": mark } }',
      '',
      '          classes: [ { class: Packaging, per: item, attrs: { MarkingInstructionCode: mark } } ]',
    ),
  );
  t.same(said, []);
  const parsed = parse(plan!, "BGM++N1'GID+1'PCI+24'GID+2'BGM++N2'PCI+25'");
  t.equal(
    normalForm(parsed.rows),
    'Declaration(ID=N1;Consignment(ConsignmentItem(SequenceNumeric=1;Packaging(MarkingInstructionCode=24));ConsignmentItem(SequenceNumeric=2;Packaging(MarkingInstructionCode=25))))',
  );
  t.same(
    parsed.losses.map(({ reason, value }) => [reason, value]),
    [['BGM has no place in the map here', 'N2']],
    'the second BGM is lost, and closes nothing',
  );
  t.ok(atomsAddUp(parsed.account));
});

t.test('nodes that exclude each other occur as often as each of them says; with a wider one, as often as that', async (t) => {
  const nodes = (wide: string): string => `
syntax:
  group: message
  nodes:
    - { segment: BGM, bind: { "1004": number } }
    - { segment: "LOC[3227=9]", occurs: 0..1, bind: { C517.3225: loading } }
    - { segment: "LOC[3227=11]", occurs: 0..1, bind: { C517.3225: unloading } }
${wide}
business:
  class: Declaration
  per: message
  attrs: { ID: number }
  classes:
    - class: Consignment
      per: message
      classes: [ { class: LoadingLocation, per: message, attrs: { ID: loading } }, { class: UnloadingLocation, per: message, attrs: { ID: unloading } } ]`;
  const message = "BGM++M1'LOC+9+NLRTM'LOC+11+GBFXT";
  const apart = parse(compile(nodes('')).plan!, message);
  t.same(apart.findings.map(sentence), []);
  t.same(written(compile(nodes('')).plan!, apart), { text: message, lost: [], findings: [] });
  const { plan } = compile(nodes('    - { segment: LOC, occurs: 0..1 }'));
  t.same(parse(plan!, message).findings.map(sentence), ['LOC occurs more than 1 times']);
});

t.test('a condition chooses the node, both ways', async (t) => {
  const { plan, said } = compile(
    items(
      '        - { segment: PCI, occurs: 0..1, bind: { "4233": mark } }\n        - { segment: FTX, occurs: 0..1, when: "mark = \'24\'", bind: { C108.4440: text } }',
      '',
      '          classes: [ { class: Packaging, per: item, attrs: { MarkingInstructionCode: mark, MarksNumbersID: text } } ]',
    ),
  );
  t.same(said, []);
  const yes = parse(plan!, "BGM++N'GID+1'PCI+24'FTX+++++X'FTX+++HELLO'");
  t.match(normalForm(yes.rows), /MarksNumbersID=HELLO|MarkingInstructionCode=24/);
  const no = parse(plan!, "BGM++N'GID+1'PCI+23'FTX+++HELLO'");
  t.notMatch(normalForm(no.rows), /HELLO/);
});

t.test('counts and sums are checked when reading and computed when writing', async (t) => {
  const { plan, said } = compile(
    items(
      '        - { segment: "MEA[6311=AAE]", occurs: 0..1, bind: { C174.6411: unit, C174.6314: weight } }',
      '  weight: { quantity: { unit: unit } }\n  lines: { count: item }\n  total: { sum: weight }',
      '          classes: [ { class: GoodsMeasure, per: item, attrs: { GrossMassMeasure: weight } } ]',
    ).replace(
      '    - group: item',
      '    - { segment: "CNT[C270.6069=5]", occurs: 0..1, bind: { C270.6066: lines } }\n    - { segment: "CNT[C270.6069=7]", occurs: 0..1, bind: { C270.6066: total } }\n    - group: item',
    ),
  );
  t.same(said, []);
  const wrong = parse(plan!, "BGM++N'CNT+5:3'CNT+7:10'GID+1'MEA+AAE++KGM:4.5'GID+2'MEA+AAE++KGM:7'");
  t.same(wrong.findings.filter(({ code }) => code === 'MAP_DERIVED_DIFFERS').map(sentence), ['states 3, counted 2', 'states 10, the sum is 11.5']);
  t.equal(wrong.account.derived, 2);
  t.equal(written(plan!, wrong).text, "BGM++N'CNT+5:2'CNT+7:11.5'GID+1'MEA+AAE++KGM:4.5'GID+2'MEA+AAE++KGM:7");
});

t.test('a value of two elements is whole or lost', async (t) => {
  const { plan } = compile(
    items(
      '        - { segment: "MEA[6311=AAE]", occurs: 0..1, bind: { C174.6411: unit, C174.6314: weight } }',
      '  weight: { quantity: { unit: unit } }',
      '          classes: [ { class: GoodsMeasure, per: item, attrs: { GrossMassMeasure: weight } } ]',
    ),
  );
  const half = parse(plan!, "BGM++N'GID+1'MEA+AAE++KGM'");
  t.same(
    half.losses.map(({ code, value }) => [code, value]),
    [['MAP_HALF_A_VALUE', 'KGM']],
  );
  const bad = parse(plan!, "BGM++N'GID+1'MEA+AAE++KGM:heavy'");
  t.same(
    bad.losses.map(({ code, value }) => [code, value]),
    [
      ['MAP_VALUE', 'KGM'],
      ['MAP_VALUE', 'heavy'],
    ],
  );
  t.ok(
    bad.findings.some(({ code, data }) => code === 'MAP_VALUE' && data?.edi?.segment === 4),
    'and the finding has the place',
  );
});

t.test('what has no common meaning is carried, and comes back in its own format', async (t) => {
  const { plan, said } = compile(
    items('', '', '          carry: { note: note }').replace('bind: { "1496": itemNumber }', 'bind: { "1496": itemNumber, "C213[1].7064": note }'),
  );
  t.same(said, []);
  const parsed = parse(plan!, "BGM++N'GID+1+::::SECRET'");
  t.match(normalForm(parsed.rows), /\$un\/test\/d95b\.note=SECRET/);
  t.match(written(plan!, parsed).text, /SECRET/);
  const tape = new Tape();
  const elsewhere = build(library().catalog.plan('wco/cri/3')!, parsed.rows, tape);
  t.ok(
    elsewhere.losses.some(({ value }) => value === 'SECRET'),
    'and is a loss in another',
  );
});

t.test('a dialect shrinks and extends its base, by the identity of nodes', async (t) => {
  const base = items(
    '        - { segment: "FTX[4451=AAA]", occurs: 0..1, bind: { C108.4440: text }, fixed: { "4453": "1" } }',
    '',
    '          classes: [ { class: Commodity, per: item, attrs: { CargoDescription: text } } ]',
  );
  const dialect = (text: string): SourceFile => ({
    path: 'dialect.yaml',
    text: `map: un/test/d95b/x\nkind: dialect\nextends: un/test/d95b@1.0.0\nversion: 1.0.0\nmatch: { UNH.S009.0057: X }\n${text}`,
  });
  const good = compile(
    base,
    dialect(
      'restrict: [ { at: item, occurs: 0..5 } ]\nextend:\n  - { at: "item/FTX[4451=AAA]", fixed: { "4453": "3" } }\n  - { after: "item/FTX[4451=AAA]", node: { segment: PCI, occurs: 0..1, bind: { "4233": mark } }, business: { class: Declaration/Consignment/ConsignmentItem/Packaging, per: item, attrs: { MarkingInstructionCode: mark } } }',
    ),
  );
  t.same(good.said, []);
  const parsed = parse(good.plan!, "BGM++N'GID+1'FTX+AAA+3++TEXT'PCI+24'");
  t.equal(parsed.account.lost, 0);
  t.match(normalForm(parsed.rows), /MarkingInstructionCode=24/);
  t.ok(
    compile(base, dialect('restrict: [ { at: item, occurs: 0..500 } ]')).said.some((each) => each.startsWith('MAP_DIALECT_WIDENS 6:')),
    'restrict may not widen',
  );
  t.ok(
    compile(base, dialect('restrict: [ { remove: BGM } ]')).said.some((each) => each.includes('required in the base')),
    'what is required stays',
  );
  t.ok(
    compile(base, dialect('extend: [ { at: item/FTX, fixed: {} } ]')).said.some((each) => each.startsWith('MAP_DIALECT_TARGET 6:')),
    'a path that leads nowhere is found',
  );
});

t.test('a dialect may be another version: what moved is named once, what is gone takes its home along', async (t) => {
  const base = items(
    '        - { segment: "FTX[4451=AAA]", occurs: 0..1, bind: { C108.4440: text } }',
    '',
    '          classes: [ { class: Commodity, per: item, attrs: { CargoDescription: text } } ]',
  );
  const version = (text: string): SourceFile => ({
    path: 'later.yaml',
    text: `map: un/test/d96b\nkind: dialect\nextends: un/test/d95b@1.0.0\nversion: 1.0.0\nformat: { family: edifact, directory: D95B, message: CUSCAR, header: { S009: [CUSCAR, D, 96B, UN] } }\n${text}`,
  });
  const moved = compile(base, version('moved: { FTX.C108.4440: C107.4441 }'));
  t.same(moved.said, []);
  t.same(moved.plan!.format.kind === 'segmented' && moved.plan!.format.header, ['CUSCAR', 'D', '96B', 'UN']);
  t.match(normalForm(parse(moved.plan!, "BGM++N'GID+1'FTX+AAA++HERE'").rows), /CargoDescription=HERE/);
  const gone = compile(base, version('moved: { FTX.C108.4440: "" }'));
  t.same(gone.said, [], 'the attribute that was bound to it goes too');
  t.equal(parse(gone.plan!, "BGM++N'GID+1'FTX+AAA++HERE'").account.lost, 1);
  const removed = compile(base, version('restrict: [ { remove: "item/FTX[4451=AAA]" } ]'));
  t.same(removed.said, []);
  const renamed = compile(base, version('moved: { FTX: RFF, FTX.4451: C506.1153, FTX.C108.4440: C506.1154 }'));
  t.same(renamed.said, []);
  t.match(normalForm(parse(renamed.plan!, "BGM++N'GID+1'RFF+AAA:HERE'").rows), /CargoDescription=HERE/, 'a segment may have been replaced by another');
  const nowhere = compile(base, version('moved: { LOC.3227: x }'));
  t.ok(nowhere.said.some((each) => each.startsWith('MAP_DIALECT_TARGET 6:')));
});

t.test('a version may have its segments in another order', async (t) => {
  const base = items(
    '        - { segment: "FTX[4451=AAA]", occurs: 0..1, bind: { C108.4440: text } }\n        - { segment: PCI, occurs: 0..1, bind: { "4233": mark } }',
    '',
    '          classes: [ { class: Commodity, per: item, attrs: { CargoDescription: text } }, { class: Packaging, per: item, attrs: { TypeCode: mark } } ]',
  );
  const other: SourceFile = {
    path: 'later.yaml',
    text: 'map: un/test/d95b/x\nkind: dialect\nextends: un/test/d95b@1.0.0\nversion: 1.0.0\nmatch: { UNH.S009.0057: X }\nextend: [ { at: item, order: [PCI, "FTX[4451=AAA]"] } ]',
  };
  const { said, plan } = compile(base, other);
  t.same(said, []);
  t.equal(written(plan!, parse(plan!, "BGM++N'GID+1'PCI+24'FTX+AAA+++T'")).text, "BGM++N'GID+1'PCI+24'FTX+AAA+++T");
});

t.test('what a directory may lack is marked, and one part serves earlier and later ones', async (t) => {
  const { said, plan } = compile(
    items(
      '        - { segment: "FTX[4451=AAA]", occurs: 0..1, bind: { C108.4440: text, "9999?": newer, "C107.4441?": code } }\n        - { segment: "QQQ?", occurs: 0..1, bind: { "1111?": later } }\n        - { group: none, occurs: 0..9, nodes: [ { segment: "ZZZ[1=2]?", bind: { "1": x } } ] }',
      '  newer: { integer: true }',
      '          classes: [ { class: Commodity, per: item, attrs: { CargoDescription: text, Description: newer } }, { class: Packaging, per: none, attrs: { TypeCode: x } } ]\n          carry: { code: code, later: later }',
    ),
  );
  t.same(said, []);
  const { rows, account } = parse(plan!, "BGM++N'GID+1'FTX+AAA++C+TEXT'");
  t.match(normalForm(rows), /code=C[^]*CargoDescription=TEXT/);
  t.equal(account.lost, 0);
  const strict = compile(items('        - { segment: "FTX[4451=AAA]", occurs: 0..1, bind: { "9999": newer } }'));
  t.ok(
    strict.said.some((each) => each.startsWith('MAP_UNKNOWN_ELEMENT')),
    'without the mark it must be there',
  );
});

t.test('what a part binds and no class takes is told where the map uses the part', async (t) => {
  const parts = {
    path: 'parts.yaml',
    text: 'kind: parts\nparts:\n  mark: { params: [p], nodes: [ { segment: PCI, occurs: 0..1, bind: { "4233": $p.code } } ] }\n',
  };
  t.same(compile(items('        - use: mark(p=mark)'), parts).said, ['MAP_NO_HOME 15:11 `mark.code` is bound but no class takes it']);
});

t.test('a part has parameters that may be left out, and files of parts serve every map', async (t) => {
  const shared: SourceFile = {
    path: 'parts.yaml',
    text: 'kind: parts\nparts:\n  remark:\n    params: [p, q=AAA]\n    nodes: [ { segment: "FTX[4451=$q]", occurs: 0..1, bind: { C108.4440: $p } } ]\n',
  };
  const { said, plan } = compile(
    items('        - use: remark(p=text)\n        - use: remark(p=mark, q=ZZZ)', '', '          attrs: { SequenceNumeric: itemNumber }').replace(
      'attrs: { SequenceNumeric: itemNumber }',
      'classes: [ { class: Commodity, per: item, attrs: { CargoDescription: text } }, { class: Packaging, per: item, attrs: { MarksNumbersID: mark } } ]',
    ),
    shared,
  );
  t.same(said, []);
  t.match(normalForm(parse(plan!, "BGM++N'GID+1'FTX+AAA+++A'FTX+ZZZ+++B'").rows), /CargoDescription=A[^]*MarksNumbersID=B/);
});

t.test('a star binds and carries all that nothing else speaks of', async (t) => {
  const { said, plan } = compile(
    items(
      '        - { segment: "FTX[4451=AAA]", occurs: 0..1, bind: { "C108.4440[1]": text, "*": rest } }',
      '',
      '          classes: [ { class: Commodity, per: item, attrs: { CargoDescription: text } } ]\n          carry: { "*": rest }',
    ),
  );
  t.same(said, []);
  const parsed = parse(plan!, "BGM++N'GID+1'FTX+AAA+2+C:L:6+T1:T2'");
  t.equal(parsed.account.lost, 0);
  t.match(normalForm(parsed.rows), /4453=2[^]*C107.1131=L[^]*C108.4440.2=T2[^]*CargoDescription=T1/);
  t.match(written(plan!, parsed).text, /FTX\+AAA\+2\+C:L:6\+T1:T2/);
});

t.test('what stands below a part is written beside its use', async (t) => {
  const shared: SourceFile = {
    path: 'parts.yaml',
    text: 'kind: parts\nparts:\n  remarks:\n    params: [p]\n    nodes: [ { group: $p, occurs: 0..9, nodes: [ { segment: FTX, bind: { "4451": $p.type } } ] } ]\n    classes: [ { class: Packaging, per: $p, attrs: { TypeCode: $p.type } } ]\n',
  };
  const map = (use: string): string =>
    items(`        - { use: remarks(p=r), ${use} }`, '', '          classes: [ { use: remarks(p=r) }, { class: GoodsMeasure, per: r, attrs: {} } ]');
  const { said, plan } = compile(
    map('nodes: [ { segment: PCI, occurs: 0..1, bind: { "4233": r.mark } } ]').replace('attrs: {}', 'carry: { mark: r.mark }'),
    shared,
  );
  t.same(said, []);
  t.match(normalForm(parse(plan!, "BGM++N'GID+1'FTX+AAA'PCI+24'").rows), /mark=24/);
  t.ok(compile(map('occurs: 0..2'), shared).said.some((each) => each.includes('beside `use` stands nodes, not `occurs`')));
});

t.test('a row that several groups could write is written once: where its constants are stated, else in the first', async (t) => {
  const { said, plan } = compile(
    items(
      '        - { group: mark, occurs: 0..9, nodes: [ { segment: PCI, bind: { "4233": mark.code } } ] }\n        - { group: text, occurs: 0..9, nodes: [ { segment: FTX, bind: { "4451": text.code } } ] }',
      '',
      '          classes: [ { class: Packaging, per: mark, attrs: { TypeCode: mark.code } }, { class: Packaging, per: text, attrs: { TypeCode: text.code, LevelCode: { const: "2" } } } ]',
    ),
  );
  t.same(said, []);
  const parsed = parse(plan!, "BGM++N'GID+1'PCI+24'FTX+AAA'");
  t.equal(written(plan!, parsed).text, "BGM++N'GID+1'PCI+24'FTX+AAA");
});

t.test('what a node before it would read is not written by a later one, until one between them was', async (t) => {
  const { plan, said } = compile(
    items(
      `        - { segment: "FTX[4451=AAA]", occurs: 0..1, bind: { C108.4440: goods } }
        - { segment: PCI, occurs: 0..1, bind: { "4233": mark } }
        - { group: remark, occurs: 0..9, nodes: [ { segment: FTX, bind: { "4451": kind, C108.4440: remark } } ] }`,
      '',
      `          classes:
            - { class: Commodity, per: item, attrs: { CargoDescription: goods } }
            - { class: Packaging, per: item, attrs: { MarkingInstructionCode: mark } }
            - { class: AdditionalInformation, per: remark, attrs: { StatementTypeCode: kind, StatementDescription: remark } }`,
    ),
  );
  t.same(said, []);
  const passed = parse(plan!, "BGM++N'GID+1'FTX'FTX+AAA+++A REMARK'"); // the first, which says nothing, has passed the node of AAA
  const lost = ['A REMARK', 'AAA'].map((value) => `\`${value}\` cannot be written: it would be read as FTX[4451=AAA]`);
  t.same(written(plan!, passed), { text: "BGM++N'GID+1", lost, findings: [] });
  const between = "BGM++N'GID+1'PCI+24'FTX+AAA+++A REMARK";
  t.same(written(plan!, parse(plan!, between)), { text: between, lost: [], findings: [] });
});

t.test('a fact that the target cannot hold is lost with its reason', async (t) => {
  const { plan } = compile(
    items(
      '        - { segment: "SGP", occurs: 0..1, bind: { C237.8260: equipment } }',
      '',
      '          classes: [ { class: TransportEquipment, per: item, attrs: { ID: equipment } } ]',
    ),
  );
  const parsed = parse(plan!, "BGM++N'GID+1'SGP+ABCD1234567890123456'");
  const { lost } = written(plan!, parsed);
  t.ok(
    lost.some((each) => each.includes('has 20 characters')),
    lost.join(),
  );
});

t.test('an ordinal is the number of a row, and where it has none its place among what is written', async (t) => {
  const text = items(
    '        - { segment: "FTX[4451=AAA]", occurs: 0..1, bind: { C108.4440: text } }',
    '',
    '          classes: [ { class: Commodity, per: item, attrs: { CargoDescription: text } } ]',
  );
  const { plan, said } = compile(text.replace('{ integer: true }', '{ ordinal: true }'));
  t.same(said, []);
  const cases: readonly [what: string, read: string, written: string][] = [
    ['those that are stated stay', "GID+7'FTX+AAA+++A'GID+3'FTX+AAA+++B", "GID+7'FTX+AAA+++A'GID+3'FTX+AAA+++B"],
    ['those that are not are numbered', "GID'FTX+AAA+++A'GID'FTX+AAA+++B", "GID+1'FTX+AAA+++A'GID+2'FTX+AAA+++B"],
    ['what says nothing is not counted', "GID'FTX+AAA+++A'GID'GID'FTX+AAA+++C", "GID+1'FTX+AAA+++A'GID+2'FTX+AAA+++C"],
    ['a number alone is stated', "GID+4", "GID+4"],
  ]; // prettier-ignore
  for (const [what, read, expected] of cases) {
    const parsed = parse(plan!, `BGM++N'${read}`);
    const again = written(plan!, parsed);
    t.equal(again.text, `BGM++N'${expected}`, what);
    t.same(again.lost, [], what);
  }
});

t.test('the hash of a plan covers the map, its tables and the dictionary', async (t) => {
  const one = compile(items(''));
  const two = compile(items('').replace('0..99', '0..98'));
  const codes = compile(items(''), { path: 'codes.yaml', text: 'kind: codes\ncodes: { t: { pairs: { A: B }, unknown: error } }' });
  t.match(one.plan!.hash, /^sha256:[0-9a-f]{64}$/);
  t.equal(compile(items('')).plan!.hash, one.plan!.hash);
  t.not(two.plan!.hash, one.plan!.hash);
  t.not(codes.plan!.hash, one.plan!.hash);
});

t.test('a count and a counter speak of what is written, not of what might have been', async (t) => {
  const { plan, said } = compile(
    items(
      '        - { segment: "FTX[4451=AAA]", occurs: 0..1, bind: { C108.4440: text } }',
      '  ordinal: { counter: item }\n  lines: { count: item }',
      '          classes: [ { class: Commodity, per: item, attrs: { CargoDescription: text } } ]',
    )
      .replace('bind: { "1496": itemNumber }', 'bind: { "1496": ordinal }')
      .replace('  itemNumber: { integer: true }\n', '')
      .replace('attrs: { SequenceNumeric: itemNumber }', 'attrs: {}')
      .replace('    - group: item', '    - { segment: "CNT[C270.6069=5]", occurs: 0..1, bind: { C270.6066: lines } }\n    - group: item'),
  );
  t.same(said, []);
  const parsed = parse(plan!, "BGM++N'CNT+5:3'GID+1'FTX+AAA+++A'GID+2'GID+3'FTX+AAA+++C'");
  t.equal(
    written(plan!, parsed).text,
    "BGM++N'CNT+5:2'GID+1'FTX+AAA+++A'GID+2'FTX+AAA+++C",
    'the middle item says nothing, so it is not there and not counted',
  );
});

const masters = (carry = '') => `
syntax:
  group: message
  nodes:
    - { segment: BGM, bind: { "1004": number } }
    - group: master
      occurs: 0..9
      nodes:
        - { segment: CNI, bind: { "1312": load, C503.1004: bill, C503.1373: status } }
        - { group: house, occurs: 0..9, nodes: [ { segment: RFF, bind: { C506.1154: house } } ] }
business:
  class: Declaration
  per: message
  attrs: { ID: number }
  classes:
    - class: Consignment
      per: master
      regroup: [TransportContractDocument.ID]
      ${carry || 'attrs: { LoadSequenceNumeric: load, StatusCode: status }'}
      classes:
        - { class: TransportContractDocument, per: master, attrs: { ID: bill } }
        - { class: Consignment, per: house, classes: [ { class: TransportContractDocument, per: house, attrs: { ID: house } } ] }
`;

t.test('instances of one key are one row; what the second says differently is lost, and told', async (t) => {
  const { plan, said } = compile(masters());
  t.same(said, []);
  const parsed = parse(plan!, "BGM++N'CNI++M1:1+7'RFF+:H1'CNI++M1:2+7'RFF+:H2'");
  t.equal(
    normalForm(parsed.rows),
    'Declaration(ID=N;Consignment(LoadSequenceNumeric=7;StatusCode=1;Consignment(TransportContractDocument(ID=H1));Consignment(TransportContractDocument(ID=H2));TransportContractDocument(ID=M1)))',
  );
  t.same(
    parsed.losses.map(({ code, value }) => [code, value]),
    [['MAP_MERGE_CONFLICT', '2']],
  );
  t.match(parsed.findings.find(({ code }) => code === 'MAP_MERGE_CONFLICT')?.data?.edi, { tag: 'CNI', segment: 5 });
  t.equal(parsed.account.lost, 1);
  t.ok(atomsAddUp(parsed.account));
});

t.test('into a row with very many children others are merged without looking through them all', async (t) => {
  const { plan } = compile(masters());
  const houses = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => `'RFF+:H${from + i}`).join('');
  let looks = 0; // at rows
  const { read } = Pages.prototype;
  Pages.prototype.read = function (page) {
    looks++;
    return read.call(this, page);
  };
  t.teardown(() => (Pages.prototype.read = read));
  const looksFor = (copies: number): number => {
    looks = 0;
    const text = Array.from({ length: copies }, (_, i) => `'CNI++M1:1+7${houses(i * 9, i * 9 + 9)}`).join('');
    const { rows, losses } = parse(plan!, `BGM++N${text}'`);
    const so = looks;
    t.same(losses, []);
    const [master] = rows.children(rows.roots()[0]!, library().dictionary.class('Declaration/Consignment')!);
    t.equal(rows.children(master!, library().dictionary.class('Declaration/Consignment/Consignment')!).length, 9 * copies);
    t.equal(
      rows.children(master!, library().dictionary.class('Declaration/Consignment/TransportContractDocument')!).length,
      1,
      'one document, known again each time',
    );
    return so;
  };
  const [once, twice] = [looksFor(100), looksFor(200)];
  t.ok(twice < 2.2 * once, `${once} looks at rows for 100 copies, ${twice} for 200`);
});

t.test('a measure that is carried comes back as one', async (t) => {
  const text = items(
    '        - { segment: "MEA[6311=AAE]", occurs: 0..1, bind: { C174.6411: unit, C174.6314: own } }',
    '  own: { quantity: { unit: unit } }',
  ).replace('attrs: { SequenceNumeric: itemNumber }', 'attrs: { SequenceNumeric: itemNumber }\n          carry: { own: own }');
  const { plan, said } = compile(text);
  t.same(said, []);
  const message = "BGM++M1'GID+1'MEA+AAE++KGM:12.5";
  t.same(written(plan!, parse(plan!, message)), { text: message, lost: [], findings: [] });
});

t.test('what is carried goes where its row goes', async (t) => {
  const { plan, said } = compile(masters('carry: { status: status, load: load }'));
  t.same(said, []);
  const parsed = parse(plan!, "BGM++N'CNI++M1:1'CNI++M1:1+7'CNI++M1:2'");
  t.equal(normalForm(parsed.rows), 'Declaration(ID=N;Consignment($un/test/d95b.load=7;$un/test/d95b.status=1;TransportContractDocument(ID=M1)))');
  t.same(
    parsed.losses.map(({ code, value }) => [code, value]),
    [['MAP_MERGE_CONFLICT', '2']],
  );
  t.ok(atomsAddUp(parsed.account));
});

t.test('two rows of one key are not written as if they were one', async (t) => {
  const { plan } = compile(masters());
  const rows = parse(plan!, "BGM++N'CNI++M1'RFF+:H1'CNI++M2'RFF+:H2'").rows;
  const [, second] = rows.children(rows.roots()[0]!, library().dictionary.class('Declaration/Consignment')!);
  const document = rows.children(second!, library().dictionary.class('Declaration/Consignment/TransportContractDocument')!)[0]!;
  rows.set(document, library().dictionary.attribute('Declaration/Consignment/TransportContractDocument.ID')!.slot, 'M1');
  const tape = new Tape();
  const built = build(plan!, rows, tape);
  t.match(built.findings.map(sentence), [/`M1` is there twice/]);
  t.same(tape.units, [], 'nothing is written');
});

t.test('what the header says must be so', async (t) => {
  const cases: [wrong: [from: string | RegExp, to: string], says: string][] = [
    [['message: CUSCAR', 'message: CUSCRA'], 'MAP_UNKNOWN_MESSAGE 1:1 directory D95B has no message `CUSCRA`, did you mean `CUSCAR`?'],
    [['version: 1.0.0', 'version: one'], 'MAP_SHAPE 1:1 `one` is no version'],
    [['map: un/test/d95b', 'map: Foo Bar/../x'], 'MAP_SHAPE 1:1 `Foo Bar/../x` is no name of a map'],
    [['kind: message\n', ''], 'MAP_SHAPE 1:1 a file says its `kind`'],
    [['dictionary: wco-dm@3', 'dictionary: wco-dm@2'], 'MAP_DICTIONARY 1:1'],
    [[/, header: \{.*?\}/, ''], 'MAP_SHAPE 1:1 `format` has no `header: { S009: [ … ] }`, what S009 says in the messages it is for'],
    [['S009:', 'ST:'], 'MAP_SHAPE 1:1 `ST` is not where edifact says it: `header: { S009: [ … ] }`, what S009 says in the messages it is for'],
  ];
  for (const [[from, to], says] of cases) {
    const file = { path: 'map.yaml', text: (header + items('')).replace(from, to) };
    const catalog = buildCatalog([file], { dictionary: library().dictionary, syntaxes: library().segmented });
    const said = catalog.check().map((each) => `${each.code} 1:1 ${sentence(each)}`);
    t.ok(
      said.some((each) => each.startsWith(says)),
      says,
      { said },
    );
  }
});

t.test('two maps may neither have one name nor read the same messages', async (t) => {
  const other = (name: string): SourceFile => ({ path: 'other.yaml', text: header.replace('un/test/d95b', name) + items('') });
  t.ok(compile(items(''), other('un/test/d95b')).said.some((each) => each.startsWith('MAP_DUPLICATE_NAME 1:1 there is already a map named `un/test/d95b`')));
  t.ok(compile(items(''), other('un/other/d95b')).said.some((each) => each.startsWith('MAP_SAME_MESSAGES')));
});

t.test('what a part says wrong is told once, however often it is used', async (t) => {
  const { said } = compile(
    `parts: { mark: { params: [p], nodes: [ { segment: PCI, ocurs: 0..1, bind: { "4233": $p } } ] } }\n${items('        - use: mark(p=a)\n        - use: mark(p=b)')}`,
  );
  t.equal(said.filter((each) => each.includes('`ocurs`')).length, 1);
});

t.test('a text that one value cannot use is not lost where another uses it', async (t) => {
  const { plan, said } = compile(
    items(
      '        - { segment: "MEA[6311=AAE]", occurs: 0..1, bind: { C174.6411: unit, C174.6314: gross, C174.6162: net } }',
      '  gross: { quantity: { unit: unit } }\n  net: { quantity: { unit: unit } }',
      '          classes: [ { class: GoodsMeasure, per: item, attrs: { GrossMassMeasure: gross, NetNetWeightMeasure: net } } ]',
    ),
  );
  t.same(said, []);
  const parsed = parse(plan!, "BGM++N'GID+1'MEA+AAE++KGM:heavy:12'");
  t.same(
    parsed.losses.map(({ value }) => value),
    ['heavy'],
  );
  t.match(normalForm(parsed.rows), /NetNetWeightMeasure=12 KGM/);
  t.ok(atomsAddUp(parsed.account));
});

t.test('a code that the table does not have is refused, reported or carried, as the table says', async (t) => {
  const map = (unknown: string) =>
    items(
      '        - { segment: PCI, occurs: 0..1, bind: { "4233": code } }',
      `  code: { codes: t }\ncodes: { t: { pairs: { "24": X }, unknown: ${unknown} } }`,
      '          classes: [ { class: Packaging, per: item, attrs: { TypeCode: code } } ]',
    );
  const cases: [unknown: string, lost: number, errors: number, again: string][] = [
    ['error', 1, 1, "BGM++N'GID+1"],
    ['report', 1, 0, "BGM++N'GID+1"],
    ['carry', 0, 0, "BGM++N'GID+1'PCI+99"],
  ];
  for (const [unknown, lost, errors, again] of cases) {
    const { plan } = compile(map(unknown));
    const parsed = parse(plan!, "BGM++N'GID+1'PCI+99'");
    t.equal(parsed.account.lost, lost, unknown);
    t.equal(parsed.findings.filter(({ code }) => code === 'MAP_VALUE').length, errors);
    t.equal(written(plan!, parsed).text, again);
    t.ok(atomsAddUp(parsed.account));
  }
});
