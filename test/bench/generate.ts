/**
 * CUSCAR messages of D.95B in the manner of a carrier's manifest (association LOT10): the segment mix of real ones, the directory's
 * order of groups, right counts, release characters in names. Deterministic: the same arguments give the same bytes.
 */
export interface CuscarOptions {
  readonly bills: number;
  readonly perMessage: number;
  readonly seed?: number;
}

/** Chunks of one interchange; no chunk is larger than about 64 KB. */
export function* cuscar({ bills, perMessage, seed = 0x9e3779b9 }: CuscarOptions): Generator<Uint8Array> {
  const random = generator(seed);
  const parts: string[] = ["UNB+UNOA:2+CARRIER:ZZZ+CUSTOMS:ZZZ+261120:0852+SRC-000001++CUSCAR'"];
  let length = 0;
  const take = (): Uint8Array => {
    const chunk = Buffer.from(parts.join(''), 'latin1');
    parts.length = length = 0;
    return chunk;
  };
  let messages = 0;
  for (let first = 1; first <= bills; first += perMessage) {
    messages++;
    const reference = `M${pad(messages, 7)}`;
    let segments = 0;
    for (const segment of message(reference, first, Math.min(perMessage, bills - first + 1), random)) {
      parts.push(segment, "'");
      length += segment.length + 1;
      segments++;
      if (length > 65_000) yield take();
    }
    parts.push(`UNT+${segments + 1}+${reference}'`);
  }
  parts.push(`UNZ+${messages}+SRC-000001'`);
  yield take();
}

const ports = ['GBPME', 'CRMOB', 'NLRTM', 'DEHAM', 'BEANR', 'CNSHA', 'SGSIN', 'USNYC', 'BRSSZ', 'ZADUR'];
const names = [
  "O?'BRIEN SHIPPING LTD",
  'ACME TRADING (UK) LTD',
  'BANANEX FRUIT S.A.',
  'MUELLER ?+ SOEHNE GMBH',
  'PACIFIC HARDWARE CO LTD',
  'NORTHERN STEEL WORKS',
];
const streets = ['12 HARBOUR ROAD', 'KADE 4501, UNIT 7', 'AV. CENTRAL 1200', 'HAFENSTRASSE 19', '88 NANJING ROAD'];
const cities = ['LONDON', 'ROTTERDAM', 'LIMON', 'SHANGHAI', 'HULL'];
const goods = [
  'FRESH BANANAS IN CARTONS',
  'MACHINE PARTS?: PUMPS AND VALVES',
  'HOUSEHOLD FURNITURE, WOODEN',
  'POLYETHYLENE GRANULES IN BAGS',
  'FROZEN FISH FILLETS',
];

type Random = (below: number) => number;

/** UNH to the last bill; bills share containers, which stand in front (SG2) and are named by SGP. */
function* message(reference: string, first: number, bills: number, random: Random): Generator<string> {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  yield `UNH+${reference}+CUSCAR:D:95B:UN:LOT10`;
  yield `BGM+85+DOCREF${reference}+9`;
  yield 'DTM+137:202611200852:203';
  yield 'RFF+SS:AREF1234567A';
  yield 'NAD+MS+SCR:172:20';
  yield 'TDT+20+TRANS1234+1++SENDER:172:20:SOMEONE+++9301234:103::MV TEST SHIP';
  yield 'LOC+60+GBPME::139';
  yield 'DTM+132:202611290330:203';
  yield 'GIS+23';
  const containers = Math.max(1, Math.ceil(bills / 2));
  const container = (ordinal: number): string => withCheckDigit(`MSKU${pad(first + ordinal, 6)}`);
  for (let c = 0; c < containers; c++) {
    yield `EQD+CN+${container(c)}+22G1:102:5++3+5`;
    yield `MEA+AAE+T+KGM:${2000 + random(500)}`;
    yield `SEL+${pad(random(1e7), 7)}+CA`;
  }
  for (let b = 0; b < bills; b++) {
    const bill = `DOCV373MOB${pad(first + b, 7)}`;
    const kilos = 1000 + random(50_000);
    const packages = 1 + random(900);
    yield `CNI+${b + 1}+${bill}`;
    yield `RFF+BM:${bill}`;
    yield `CNT+7:${kilos}:KGM`;
    yield `CNT+8:${packages}`;
    yield `LOC+9+${pick(ports)}::139`;
    yield `LOC+11+${pick(ports)}::139`;
    yield 'GIS+23';
    yield `NAD+CZ+SUP${pad(random(1e5), 5)}:172:20++${pick(names)}+${pick(streets)}+${pick(cities)}++${pad(random(1e5), 5)}+NL`;
    yield `NAD+CN+CON${pad(random(1e5), 5)}:172:20++${pick(names)}+${pick(streets)}+${pick(cities)}++${pad(random(1e5), 5)}+GB`;
    yield `GID+1+${packages}:CT`;
    yield `FTX+AAA+++${pick(goods)}:${pick(goods)}`;
    yield `MEA+AAE+G+KGM:${kilos}`;
    yield `SGP+${container(b >> 1)}+${packages}`;
    yield `PCI+24+SHIP${pad(random(10_000), 4)}:NO MARKS`;
  }
}

/** ISO 6346: letters count from 10 without the multiples of 11, each place twice the one before it, modulo 11, of which 10 is 0. */
function withCheckDigit(number: string): string {
  const sum = [...number].reduce((total, character, place) => total + ('0123456789A.BCDEFGHIJK.LMNOPQRSTU.VWXYZ'.indexOf(character) << place), 0);
  return `${number}${(sum % 11) % 10}`;
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** xorshift, 32 bits. */
function generator(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/**
 * What a pass of a bench reads: so many interchanges of a size, no two alike, since what a processor has read a hundred times it
 * knows by heart. A pass reads a megabyte either way, and a round has some passes.
 */
export interface Manifests {
  readonly size: '2 KB' | '1 MB';
  readonly documents: readonly Buffer[];
  readonly passes: number;
}

export function manifests(): readonly Manifests[] {
  const made = (size: Manifests['size'], bills: number, times: number): Manifests => ({
    size,
    documents: Array.from({ length: times }, (_, nth) => Buffer.concat([...cuscar({ bills, perMessage: 500, seed: 0x9e3779b9 + 7919 * nth })])),
    passes: 6,
  });
  return [made('2 KB', 4, 500), made('1 MB', 2_300, 1)];
}
