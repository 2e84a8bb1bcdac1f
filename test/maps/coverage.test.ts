import t from 'tap';
import { coverByCases } from '../../src/gateway/library/case-coverage.ts';
import { wireOf } from '../../src/gateway/library/wire.ts';
import { lineColumn } from '../../src/diagnostics/place.ts';
import { Coverage, coverByChance, coverWritten } from '../../src/maps/coverage.ts';
import { readMessages } from '../../src/maps/laws/wire.ts';
import { catalogOf, library, plan } from './fixture.ts';

const wire = wireOf(library());
const maps = library().catalog.maps.map(({ name }) => plan(name));

t.test('every binding and every code of every map is read and written, by a case or by one of a thousand random messages', async (t) => {
  for (const [map, coverage] of coverByCases(library(), maps)) {
    t.ok(coverage.count('read').reached + coverage.count('written').reached > 0, `${map.name} has cases`);
    coverByChance(coverage, wire, { runs: 1_000, seed: 1 });
    t.same(
      coverage.missed().map(({ item: { name }, way }) => `${name} ${way}`),
      [],
      map.name,
    );
  }
});

const text = `map: un/test/d95b
kind: message
version: 1.0.0
dictionary: wco-dm@3
format: { family: edifact, directory: D95B, message: CUSCAR, header: { S009: [CUSCAR, D, 95B, UN] } }
syntax:
  group: message
  nodes:
    - { segment: BGM, bind: { "1004": number, "1225": function, "4343": response } }
elements:
  function: { codes: functions }
business:
  class: Declaration
  per: message
  attrs: { ID: number, FunctionCode: function, TypeCode: { parse-only: response } }
codes:
  functions:
    pairs: { "9": "9", "4": "5" }
    parse-only: { "1": "9" }
    build-only: { "7": "9" }
    unknown: error
`;

t.test('what was not reached is named, with its place and its direction', async (t) => {
  const map = catalogOf([{ path: 'map.yaml', text }]).plan('un/test/d95b')!;
  const coverage = new Coverage(map);
  const said = (): string[] =>
    coverage.missed().map(({ item, way }) => `${lineColumn(Buffer.from(text), item.place.start).line} ${item.name} ${way}`); // prettier-ignore
  t.same(said(), [
    '9 number read',
    '9 number written',
    '9 function read',
    '9 function written',
    '9 response read',
    '18 functions: 4 = 5 read',
    '18 functions: 4 = 5 written',
    '18 functions: 9 = 9 read',
    '18 functions: 9 = 9 written',
    '19 functions: 1 = 9 read',
    '20 functions: 9 = 7 written',
  ]);
  const message = Buffer.from("UNB+UNOC:3+A+B+260101:0000+1'UNH+1+CUSCAR:D:95B:UN'BGM++N1+1'UNT+3+1'UNZ+1+1'");
  const [read] = readMessages(wire, map, message, (unit) => coverage.saw('read', unit));
  coverWritten(coverage, wire, read!.parsed!.rows);
  t.same(said(), ['9 response read', '18 functions: 4 = 5 read', '18 functions: 4 = 5 written', '18 functions: 9 = 9 read', '20 functions: 9 = 7 written']);
  coverByChance(coverage, wire, { runs: 60, seed: 1 });
  t.same(said(), []);
});
