import t from 'tap';
import { lineColumn } from '../../src/diagnostics/place.ts';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { catalogOf } from './fixture.ts';

// What lint says of a map that compiles but is not whole (M4), narrows (M5) or is untidy (M7): code, place, words.

const map = (nodes: string, attrs: string, classes = '', more = ''): string => `map: un/test/d95b
kind: message
version: 1.0.0
dictionary: wco-dm@3
format: { family: edifact, directory: D95B, message: CUSCAR, header: { S009: [CUSCAR, D, 95B, UN] } }
syntax:
  group: message
  nodes:
    - { segment: BGM, bind: { "1004": number } }
${nodes}
business:
  class: Declaration
  per: message
  attrs: { ID: number${attrs} }
${classes}
${more}`;

const dialect = (entries: string): string => `map: un/test/d95b/own
kind: dialect
extends: un/test/d95b@1.0.0
version: 1.0.0
match: { UNH.S009.0057: OWN }
restrict:
${entries}
`;

function said(text: string, other?: string): string[] {
  const files = [{ path: 'map.yaml', text }, ...(other === undefined ? [] : [{ path: 'own.yaml', text: other }])];
  return catalogOf(files)
    .check()
    .map((each) => {
      const file = files.find(({ path }) => path === each.rule?.source);
      const { line, column } = file ? lineColumn(Buffer.from(file.text), each.rule!.start) : { line: 0, column: 0 };
      return `${each.code} ${line}:${column} ${sentence(each)}`;
    });
}

const cases: { name: string; map: string; dialect?: string; says: string[] }[] = [
  { name: 'a map that is whole', map: map('', ''), says: [] },
  {
    name: 'an element that the directory wants in every segment, and nothing writes',
    map: map(
      '    - { segment: FTX, occurs: 0..1, bind: { C108.4440: text } }',
      '',
      '  classes: [ { class: AdditionalInformation, per: message, attrs: { StatementDescription: text } } ]',
    ),
    says: ['MAP_NO_SOURCE 10:7 FTX cannot be written without 4451, and nothing of this map writes it'],
  },
  {
    name: 'the same, with a constant',
    map: map(
      '    - { segment: FTX, occurs: 0..1, bind: { C108.4440: text }, fixed: { "4451": AAI } }',
      '',
      '  classes: [ { class: AdditionalInformation, per: message, attrs: { StatementDescription: text } } ]',
    ),
    says: [],
  },
  {
    name: 'an element that is only read, though the segment cannot be written without it',
    map: map(
      '    - { segment: FTX, occurs: 0..1, bind: { "4451": type, C108.4440: text } }',
      '',
      '  classes: [ { class: AdditionalInformation, per: message, attrs: { StatementDescription: text, StatementTypeCode: { parse-only: type } } } ]',
    ),
    says: ['MAP_NO_SOURCE 10:7 FTX cannot be written without 4451, and nothing of this map writes it'],
  },
  {
    name: 'a segment of which all is only read: it is never written, so it lacks nothing',
    map: map(
      '    - { segment: FTX, occurs: 0..1, bind: { "4451": type } }',
      '',
      '  classes: [ { class: AdditionalInformation, per: message, attrs: { StatementTypeCode: { parse-only: type } } } ]',
    ),
    says: [],
  },
  {
    name: 'an element that its composite wants',
    map: map(
      '    - { segment: TDT, occurs: 0..1, bind: { "8051": stage, C401.8459: who } }',
      '',
      '  classes: [ { class: BorderTransportMeans, per: message, attrs: { StageCode: stage, ExcessResponsibilityCode: who } } ]',
    ),
    says: ['MAP_NO_SOURCE 10:7 TDT cannot be written without C401.8457, and nothing of this map writes it'],
  },
  {
    name: 'rows that repeat and cannot be told apart',
    map: map(
      '    - { group: box, occurs: 0..9, nodes: [ { segment: EQD, bind: { "8053": kind } } ] }',
      '',
      '  classes: [ { class: TransportEquipment, per: box, attrs: { TypeCode: kind } } ]',
    ),
    says: ['MAP_NO_KEY 15:14 Declaration/TransportEquipment is told from its siblings by ID, which this map does not state'],
  },
  {
    name: 'one of several rows that are told apart by a constant has none',
    map: map(
      '    - { segment: "LOC[3227=9]", bind: { C517.3225: from } }\n    - { segment: "LOC[3227=8]", bind: { C517.3225: to } }',
      '',
      '  classes: [ { class: Location, per: message, attrs: { ID: from } }, { class: Location, per: message, attrs: { TypeCode: { const: "8" }, ID: to } } ]',
    ),
    says: ['MAP_NO_KEY 16:14 Declaration/Location is told from its siblings by TypeCode, which this map does not state'],
  },
  {
    name: 'a group that repeats for a class of which there is one',
    map: map(
      '    - { group: text, occurs: 0..9, nodes: [ { segment: FTX, bind: { "4451": kind, C108.4440: words } } ] }',
      '',
      '  classes: [ { class: Carrier, per: text, attrs: { ID: kind, Name: words } } ]',
    ),
    says: ['MAP_NO_ROOM 15:14 group `text` occurs up to 9 times, but there is one Declaration/Carrier'],
  },
  {
    name: 'a text that may be longer than the dictionary holds',
    map: map('    - { segment: DTM, occurs: 0..1, bind: { C507.2005: kind } }', ', FunctionCode: kind'),
    says: ['MAP_NARROWS 14:24 `kind` holds 3 characters, Declaration.FunctionCode at most 2'],
  },
  {
    name: 'a number for a date, a number without a unit for a measure, a measure for a code, and a word that is too long',
    map: map(
      '    - { group: text, occurs: 0..9, nodes: [ { segment: FTX, bind: { "4451": kind, "4453": code, C108.4440: words } } ] }',
      ', FunctionCode: { const: "12345" }',
      '  classes: [ { class: AdditionalDate, per: text, attrs: { DateTime: kind, TypeCode: code, DurationMeasure: words } } ]',
      'elements: { kind: { integer: true }, code: { quantity: KGM }, words: { decimal: true } }\n',
    ),
    says: [
      'MAP_TYPE 14:24 `12345` cannot be Declaration.FunctionCode: it is longer than 2 characters',
      'MAP_TYPE 15:59 `kind` cannot be Declaration/AdditionalDate.DateTime: it is no date-time such as 2024-03-01, 2024-03-01T12:00 or 2024-03-01T12:00:00+01:00',
      'MAP_TYPE 15:75 `code` cannot be Declaration/AdditionalDate.TypeCode: it has a unit where none can stand',
      'MAP_TYPE 15:91 `words` cannot be Declaration/AdditionalDate.DurationMeasure: it has no unit beside it',
    ],
  },
  {
    name: 'a code table that nothing uses',
    map: map('', '', '', 'codes: { spare: { values: ["1", "2"], unknown: error } }\n'),
    says: ['MAP_UNUSED 16:17 code table `spare` is never used'],
  },
  {
    name: 'a dialect that says one thing twice',
    map: map('    - { segment: "DTM[C507.2005=137]", occurs: 0..9 }', ''),
    dialect: dialect('  - { at: "DTM[C507.2005=137]", occurs: 0..5 }\n  - { at: "DTM[C507.2005=137]", occurs: 0..3 }'),
    says: ['MAP_DIALECT_TWICE 8:5 `DTM[C507.2005=137]` is changed twice, in the same way'],
  },
];

for (const { name, map, dialect, says } of cases) t.test(name, async (t) => t.same(said(map, dialect), says));

t.test('a dialect that could never be chosen is refused, and one for another version of its base is told', async (t) => {
  const own = dialect('  - { at: BGM, occurs: 1 }');
  t.same(said(map('', ''), own), []);
  t.match(said(map('', ''), own.replace('UNH.S009.0057', 'UNH.S009.57')), [
    /^MAP_SHAPE 5:8 `match` asks for UNH.S009.0065, .*; not for `UNH.S009.57`, did you mean `UNH.S009.0057`\?$/,
  ]);
  t.same(said(map('', ''), own.replace('@1.0.0', '@1.1.0')), ['MAP_BASE_VERSION 3:10 the dialect is made for un/test/d95b@1.1.0, and the base is 1.0.0']);
});
