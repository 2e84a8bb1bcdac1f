import jsonata from 'jsonata';
import { isDeepStrictEqual } from 'node:util';
import { openLibrary } from '../../src/gateway/library/library.ts';
import { canonicalBytes } from '../../src/gateway/translation/pipeline.ts';
import { readUnits } from '../../src/gateway/translation/syntax.ts';
import { startParse } from '../../src/maps/parse.ts';
import type { Rows } from '../../src/dictionary/rows.ts';
import { edifactReader } from '../../src/syntax/edifact/reader.ts';
import { keyComponent, keyElement, type MessageHeader, type Unit } from '../../src/syntax/unit.ts';
import { root } from '../root.ts';
import { cuscar } from './generate.ts';
import { byHand } from './by-hand.ts';
import { faster, interleave, type Row } from './measure.ts';

/**
 * The values of a scanned manifest of one bill to the values of the dictionary, three times the same: by the map, by code written for
 * this message alone, and by jsonata from the segments as JSON. Budget: 50 times jsonata, a quarter of the code. The map gives every
 * atom a fate and every fact its place besides.
 */
export async function run(rounds: number): Promise<Row[]> {
  const library = openLibrary({ root });
  const bytes = Buffer.concat([...cuscar({ bills: 1, perMessage: 1 })]);
  if (readUnits(library, bytes).length > 0) throw new Error('the manifest is not in order');
  const { header, units } = record(bytes);
  const plan = library.catalog.select(header)!;
  const segments = segmentsOf(units);
  const expression = jsonata(inJsonata);
  let rows: Rows | undefined;
  const map = (): Rows => {
    const parser = startParse(plan, header, { reuse: rows });
    for (const unit of units) parser.unit(unit);
    return (rows = parser.end().rows);
  };
  const canonical = withoutCarried(JSON.parse(Buffer.from(canonicalBytes(map())).toString('utf8'))) as { readonly Declaration: unknown };
  const same = [byHand(units), JSON.parse(JSON.stringify(await expression.evaluate(segments)))].map((each) => isDeepStrictEqual(each, canonical.Declaration));
  if (same.includes(false))
    throw new Error(`what was written by hand ${same[0] ? 'is the same' : 'differs'}, what jsonata makes ${same[1] ? 'is' : 'differs'}`);

  const times = 2_000;
  const took = interleave(rounds, 3, {
    map: () => {
      for (let i = 0; i < times; i++) map();
    },
    hand: () => {
      for (let i = 0; i < times; i++) byHand(units);
    },
  });
  // Asynchronous, so that it cannot be between the others; each of its rounds has its own turn beside one of ours.
  const ratios: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
  for (let round = -1; round < rounds; round++) {
    const evaluations = 100;
    const theirs = process.cpuUsage();
    for (let i = 0; i < evaluations; i++) await expression.evaluate(segments);
    const { user, system } = process.cpuUsage(theirs);
    const ours = process.cpuUsage();
    for (let i = 0; i < times; i++) map();
    const our = process.cpuUsage(ours);
    if (round < 0) continue; // warm-up
    ratios.theirs.push((user + system) / evaluations);
    ratios.ours.push((our.user + our.system) / times);
  }
  const stage = `${map().countFacts()} values mapped, with their places`;
  return [faster(stage, 'jsonata', 50, ratios.ours, ratios.theirs), faster(stage, 'code written by hand', 1 / 4, took.map, took.hand)];
}

/** The units of a message, kept: bytes and tables as the reader handed them out, text cut when asked for. */
function record(bytes: Buffer): { readonly header: MessageHeader; readonly units: readonly Unit[] } {
  const units: Unit[] = [];
  let header: MessageHeader | undefined;
  const whole = bytes.toString('latin1');
  const reader = edifactReader({
    message: (found) => void (header = found),
    unit({ kind, tag, position, base, start, end, size, keys, repetitions, starts, ends }) {
      const table = (of: Int32Array): Int32Array => of.slice(0, size);
      const [from, to] = [table(starts), table(ends)];
      const plain = Array.from(from, (at, atom) => !whole.slice(at, to[atom]).includes('?'));
      const text = (atom: number): string => {
        const cut = whole.slice(from[atom], to[atom]);
        return plain[atom] ? cut : cut.replaceAll(/\?(.)/g, '$1');
      };
      // One literal, so that they are of one shape, as the units of a reader are: spread together each would have a shape of its own.
      units.push({
        kind,
        tag,
        position,
        bytes,
        base,
        start,
        end,
        size,
        keys: table(keys),
        repetitions: table(repetitions),
        starts: from,
        ends: to,
        name: () => undefined,
        text,
        place: () => ({ source: '', start, end }),
      });
    },
  });
  reader.push(bytes);
  reader.end();
  return { header: header!, units };
}

/** Segments by tag, values by their position: `{ NAD: [{ e1_1: 'CZ', e2_1: … }] }`. */
function segmentsOf(units: readonly Unit[]): Readonly<Record<string, readonly object[]>> {
  const segments: Record<string, object[]> = {};
  for (const { tag, size, keys, text } of units) {
    const values = Array.from({ length: size }, (_, atom) => [`e${keyElement(keys[atom]!)}_${keyComponent(keys[atom]!)}`, text(atom)]);
    (segments[tag] ??= []).push(Object.fromEntries(values) as object);
  }
  return segments;
}

/** What travels beside the values for the same format is no value of the dictionary. */
function withoutCarried(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCarried);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([name, inner]) => (name === '$carry' ? [] : [[name, withoutCarried(inner)]])));
}

const dateTime = (value: string): string =>
  `($v := ${value}; $substring($v, 0, 4) & '-' & $substring($v, 4, 2) & '-' & $substring($v, 6, 2) & 'T' & $substring($v, 8, 2) & ':' & $substring($v, 10, 2))`;
const party = (role: string): string =>
  `$p := NAD[e1_1 = '${role}']; {'ID': $p.e2_1, 'Name': $p.e4_1, 'Address': {'Line': $p.e5_1, 'CityName': $p.e6_1, 'PostcodeID': $p.e8_1, 'CountryCode': $p.e9_1}}`;

const inJsonata = `{
  'TypeCode': BGM.e1_1, 'ID': BGM.e2_1, 'FunctionCode': BGM.e3_1,
  'IssueDateTime': ${dateTime("DTM[e1_1 = '137'].e1_2")},
  'AdditionalDocument': [RFF[0].{'TypeCode': e1_1, 'ID': e1_2}],
  'Party': [NAD[e1_1 = 'MS'].{'RoleCode': e1_1, 'ID': e2_1}],
  'BorderTransportMeans': [TDT.{
    'StageCode': e1_1, 'JourneyID': e2_1, 'ModeCode': e3_1, 'ID': e8_1, 'Name': e8_4, 'Carrier': {'ID': e5_1, 'Name': e5_4},
    'Itinerary': [$$.LOC[0].{'TypeCode': e1_1, 'ID': e2_1}], 'ArrivalDateTime': ${dateTime("$$.DTM[e1_1 = '132'].e1_2")}}],
  'ProcessingIndicator': [GIS[0].{'Code': e1_1}],
  'TransportEquipment': [EQD.{
    'TypeCode': e1_1, 'ID': e2_1, 'CharacteristicCode': e3_1, 'CharacteristicListCode': e3_2, 'ImportExportStatusCode': e5_1, 'FullnessCode': e6_1,
    'Measure': [$$.MEA[0].{'PurposeCode': e1_1, 'TypeCode': e2_1, 'Measure': {'value': e3_2, 'unit': e3_1}}],
    'Seal': [$$.SEL.{'ID': e1_1, 'SealingPartyCode': e2_1}]}],
  'Consignment': [CNI.{
    'TransportContractDocument': {'ID': e2_1},
    'Consignment': [$$.{
      'TransportContractDocument': {'TypeCode': {'BM': '705', 'AWB': '740'} ~> $lookup(RFF[1].e1_1), 'ID': RFF[1].e1_2},
      'TotalGrossMassMeasure': {'value': CNT[e1_1 = '7'].e1_2, 'unit': CNT[e1_1 = '7'].e1_3},
      'TotalPackageQuantity': CNT[e1_1 = '8'].e1_2,
      'LoadingLocation': {'ID': LOC[e1_1 = '9'].e2_1}, 'UnloadingLocation': {'ID': LOC[e1_1 = '11'].e2_1},
      'ProcessingIndicator': [GIS[1].{'Code': e1_1}],
      'Consignor': (${party('CZ')}), 'Consignee': (${party('CN')}),
      'ConsignmentItem': [GID.{
        'SequenceNumeric': e1_1, 'Commodity': {'CargoDescription': $$.FTX.e4_1 & '\\n' & $$.FTX.e4_2},
        'GoodsMeasure': {'GrossMassMeasure': {'value': $$.MEA[1].e3_2, 'unit': $$.MEA[1].e3_1}},
        'Packaging': [{'QuantityQuantity': e2_1, 'TypeCode': e2_2, 'MarkingInstructionCode': $$.PCI.e1_1, 'MarksNumbersID': $$.PCI.e2_1 & '\\n' & $$.PCI.e2_2}],
        'TransportEquipment': [$$.SGP.{'ID': e1_1, 'QuantityQuantity': e2_1}]}]}]}]
}`;
