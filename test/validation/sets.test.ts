import t from 'tap';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { readDocumentSets, standingOf, statementsOf, type Standing, type Told } from '../../src/validation/sets.ts';
import { library } from '../maps/fixture.ts';
import { root } from '../root.ts';

const mapping = (path: string): string => readFileSync(join(root, 'mappings', path), 'latin1');

/** What messages say, each later than the one before it. */
function told(...texts: readonly string[]): readonly Told[] {
  return texts.flatMap((text, at) => {
    const found: Told[] = [];
    readBytes(library(), Buffer.from(text, 'latin1'), {
      message({ plan, parsed }) {
        if (plan && parsed)
          found.push(...statementsOf(library().sets, plan.name, parsed.rows).map((each) => ({ ...each, message: `m${at + 1}`, received: at })));
      },
    });
    return found;
  });
}

/** How one thing stands, in one line. */
function line(name: string, key: string, ...texts: readonly string[]): string {
  const all = told(...texts);
  const set = library().sets.find((each) => each.set === name)!;
  const { state, waitingFor, differing }: Standing = standingOf(set, key, all);
  const facts = differing.map(({ fact, stated }) => `${fact} ${stated.map(({ document, value }) => `${document} ${value}`).join(' / ')}`);
  return [state, ...waitingFor, ...facts].join('; ');
}

const awb = '160-12345675';
const waybill = `FWB/16
${awb}HKGLHR/T3K75.0
RTG/LHRCX
SHP
/PEARL RIVER EXPORTS
/18 CANTON ROAD
/HONG KONG
/HK
CNE
/THAMES IMPORTS LTD
/1 RIVER STREET
/LONDON
/GB
CVD/HKD/PP/PP/NVD/NCV/XXX
RTD/1/P3/K75.0/CQ/W75/R2.00/T150.00
ISU/15NOV26/HONG KONG
`.replaceAll('\n', '\r\n');
const houses = mapping('iata/fhl/5/cases/two-houses/input.imp');
const flight = mapping('iata/ffm/8/cases/bulk-and-unit-load/input.imp');

t.test('an air waybill, its houses and its flight', async (t) => {
  // prettier-ignore
  const cases: readonly [what: string, texts: readonly string[], stands: string][] = [
    ['the waybill alone', [waybill], 'waiting; house waybills; flight manifest'],
    ['without the flight', [waybill, houses], 'waiting; flight manifest'],
    ['all of it', [waybill, houses, flight], 'complete'],
    ['in any order', [flight, waybill, houses], 'complete'],
    ['the houses twice', [waybill, houses, flight, houses], 'complete'],
    ['one house', [waybill, houses.replace(/HBS\/PRE1002[^]*/, ''), flight], 'waiting; house waybills: pieces of the houses, 2 of 3'],
    ['part of it on board', [waybill, houses, flight.replace('/T3K75.0', '/P2K50.0T3')], 'waiting; flight manifest: pieces on board, 2 of 3'],
    ['another number of pieces', [waybill.replace('/T3K', '/T4K'), houses, flight], 'contradictory; house waybills: pieces of the houses, 3 of 4; flight manifest: pieces on board, 3 of 4; pieces air waybill 4 / house waybills 3'],
    ['more on board than there are', [waybill, houses, flight.replace('/T3K75.0', '/T5K75.0')], 'contradictory; pieces on board air waybill 3 / flight manifest 5'],
    ['another destination', [waybill.replace('HKGLHR', 'HKGMAN'), houses, flight], 'contradictory; destination air waybill GBMNC / house waybills GBLHR / flight manifest GBLHR'],
    ['which a corrected waybill mends', [waybill.replace('HKGLHR', 'HKGMAN'), houses, flight, waybill], 'complete'],
  ];
  for (const [what, texts, stands] of cases) t.equal(line('air-waybill', awb, ...texts), stands, what);
});

t.test('a manifest in X12 and what customs says of each bill', async (t) => {
  const manifest = mapping('x12/309/4010/cases/manifest/input.x12');
  const status = mapping('x12/350/4010/cases/dispositions/input.x12');
  const rejection = mapping('x12/355/4010/cases/rejection/input.x12');
  t.equal(line('bill-of-manifest', 'MAEU123456', manifest), 'waiting; customs status or rejection');
  t.equal(line('bill-of-manifest', 'MAEU123456', manifest, status), 'complete');
  t.equal(line('bill-of-manifest', 'MAEU123457', manifest, rejection), 'complete');
  t.equal(line('bill-of-manifest', 'MAEU123456', manifest.replace('*120*CTN', '*121*CTN'), rejection), 'contradictory; packages manifest 121 / rejection 120');
});

t.test('a cargo report and its answer', async (t) => {
  const report = mapping('un/cuscar/d95b/cases/two-bills/input.edi');
  const answer = mapping('un/cusres/d04a/cases/released/input.edi');
  t.equal(line('cargo-report', 'HL-MAN-77', report, answer), 'waiting; answer of customs', 'that answers something else');
  t.equal(line('cargo-report', 'HL-MAN-77', report, answer.replace('26OR-0417', 'HL-MAN-77')), 'complete');
});

t.test('a set names documents and attributes that there are', async (t) => {
  const text = `set: x
title: x
documents:
  a: { title: a, maps: [a], at: [Declaration/Consignment], key: TransportContractDocument.Id }
  b: { title: b, maps: [b], at: [Declaration/Nothing], key: ID }
needs: [ [a], [c] ]
agree: [ { title: t, facts: { a: ../Nothing.ID, d: ID } } ]
`;
  const schemas = library().sources.files.flatMap(({ path, text: schema }) =>
    path.startsWith('schemas/config/') ? [{ path: path.slice(15), text: schema }] : [],
  );
  const { sets, findings } = readDocumentSets([{ path: 'x.yaml', text }], schemas, library().dictionary);
  t.same(sets, []);
  t.same(
    findings.map(({ code, args }) => `${code} ${args['what']} ${args['name']}`),
    [
      'CONFIG_UNKNOWN_NAME attribute Declaration/Consignment TransportContractDocument.Id',
      'CONFIG_UNKNOWN_NAME class Declaration/Nothing',
      'CONFIG_UNKNOWN_NAME document c',
      'CONFIG_UNKNOWN_NAME attribute Declaration/Consignment ../Nothing.ID',
      'CONFIG_UNKNOWN_NAME document d',
    ],
  );
  t.equal(library().sets.length, 3);
  t.same(
    library()
      .check([])
      .filter(({ rule }) => rule?.source.startsWith('schemas/sets')),
    [],
  );
});
