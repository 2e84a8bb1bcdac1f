import t from 'tap';
import { coverByCases } from '../../src/gateway/case-coverage.ts';
import { wireOf } from '../../src/gateway/wire.ts';
import { lineColumn } from '../../src/diagnostics/place.ts';
import { Coverage, coverByChance, coverWritten } from '../../src/maps/coverage.ts';
import { readMessages } from '../../src/maps/laws/wire.ts';
import { catalogOf, library, plan } from './fixture.ts';

const wire = wireOf(library());
const maps = library().catalog.maps.map(({ name }) => plan(name));

/** What neither a case nor 200 random messages reach: to be given a case each. */
const rare: Readonly<Record<string, readonly string[]>> = {
  'un/baplie/d04b': ['date.type written', 'date.value written', 'date.format written'],
  'un/baplie/d13b': ['loadingMeans.C003.3055 written'],
  'un/baplie/d95b': ['date.type written', 'date.value written', 'date.format written'],
  'un/cuscar/d03b': ['billRevision written'],
  'un/cuscar/d99b': ['billRevision written'],
  'un/cusdec/d04a': [
    'departure.placedOn.C222.3055 written',
    'arrival.placedOn.C222.3055 written',
    'tariff2.C246.1.3055 written',
    'tariff2.C246.2.3055 written',
    'qvrReferenceDate.type read',
    'qvrReferenceDate.value read',
    'qvrReferenceDate.format read',
  ],
  'un/cusdec/d96b': [
    'loading.C553.3055 written',
    'departure.C222.3055 written',
    'arrival.C040.3127 written',
    'arrival.placedOn.C222.3055 written',
    'termsText.C107.1131 written',
    'tariff2.C246.1.3055 written',
    'tariff2.C246.2.3055 written',
  ],
  'un/cusdec/d99b': [
    'departure.placedOn.C222.3055 written',
    'arrival.placedOn.C222.1131 written',
    'tariff2TermsText.C107.3055 read',
    'natureText.C107.3055 written',
    'qvrReference.C506.1060 written',
  ],
  'un/genral/d99b': ['date.type written', 'date.value written', 'date.format written'],
  'un/ifcsum/d16b': [
    'consignmentConsignor.tccCurrency.qualifier read',
    'consignmentConsignor.freightCurrency.base read',
    'consignmentConsignor.freightCurrency.targetQualifier read',
    'consignmentConsignor.servicePlace.id read',
    'consignmentConsignee.tccCurrency.qualifier read',
    'consignmentConsignee.tccCurrency.targetQualifier read',
    'consignmentNotify.tccCurrency.rate read',
    'consignmentNotify.tccPri.C509.5118 read',
    'consignmentNotify.freightCurrency.qualifier read',
    'consignmentNotify.servicePlace.C517.3055 read',
    'consignmentNotify.servicePlace.C553.3055 read',
    'consignmentNotify.servicePlace.5479 read',
  ],
  'un/iftmcs/d00b': [
    'consignor.tccPri.5213 read',
    'consignor.servicePlace.C517.3055 written',
    'consignee.tccPcd.C501.3055 written',
    'consignee.serviceReference.C506.1060 written',
    'consignee.servicePlace.C517.1131 written',
    'notify.tccPri.C509.5387 written',
    'notify.tccEqn.C523.6350 written',
  ],
  'un/iftmin/d00b': [
    'consignor.tcc.C528.3055 written',
    'consignor.tccPcd.C501.1131 written',
    'consignor.tccPcd.4405 written',
    'consignee.tccPri.C509.5375 written',
    'consignee.tccPri.C509.5284 written',
    'consignee.tccEqn.C523.6353 written',
    'consignee.tccPcd.C501.5482 written',
    'consignee.tccPcd.C501.5249 written',
    'consignee.servicePlace.C519.3055 written',
    'consignee.servicePlacedOn.C222.1131 written',
  ],
  'un/iftmin/d96a': [
    'meansPlace.departure written',
    'meansPlace.departure.format written',
    'meansPlaceDate.type written',
    'meansPlaceDate.value written',
    'meansPlaceDate.format written',
    'consignor.tcc.C528.1131 written',
    'consignor.tccPri.C509.5375 written',
    'consignor.tccPcd.C501.5249 written',
    'consignor.freightCurrency.base read',
    'consignor.servicePlace.C553.3055 written',
    'consignor.servicePlacedOn.C222.1131 written',
    'consignee.freightCurrency.qualifier read',
    'consignee.servicePlace.C553.1131 written',
    'notify.tccEqn.C523.6350 written',
    'notify.tccPcd.C501.5482 written',
    'notify.tccPcd.C501.5249 written',
  ],
  'wco/res/3': ['od.shipment.item.commodity.goodsMeasure.netNetWeightMeasure read'],
  'wco/res/3/bare': [
    'od.carrier.address.line written',
    'od.shipment.item.buyer.address.countrySubDivisionName written',
    'od.shipment.item.commodity.goodsMeasure.netNetWeightMeasure read',
  ],
};

t.test('every binding and every code of every map is read and written, by a case or by chance', async (t) => {
  const byCases = coverByCases(library(), maps);
  for (const map of maps) {
    const chance = new Coverage(map);
    coverByChance(chance, wire, { runs: 200, seed: 1 });
    const cases = byCases.get(map)!;
    const never = chance.missed().filter(({ item, way }) => !cases.items[chance.items.indexOf(item)]!.reached.has(way));
    t.same(
      never.map(({ item: { name }, way }) => `${name} ${way}`).filter((each) => !rare[map.name]?.includes(each)),
      [],
      map.name,
    );
    t.ok(cases.count('read').reached + cases.count('written').reached > 0, `${map.name} has cases`);
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
