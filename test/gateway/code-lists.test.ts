import t, { type Test } from 'tap';
import type { Rows } from '../../src/dictionary/rows.ts';
import { produce } from '../../src/gateway/translation/produce.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { directory } from '../syntax/edifact/tables.ts';
import { library, plan } from '../maps/fixture.ts';
import { root } from '../root.ts';
import { samplesOf } from './any-to-any.ts';

// A code of one list is something else in another: `5` is a port of activity in X12 and a place of departure in UN/EDIFACT. What the dictionary holds
// to a list of UN/EDIFACT is therefore a code of that list, whatever format it was read from.

const around = { sender: 'A', recipient: 'B', preparedAt: '260914:0930', reference: '1' };

const lists = ['2005', '3035', '3227', '4215', '4237', '6245', '7365', '8169'];
const airsOwn = ['un/3035', 'un/7365']; // participants and indicators of air cargo have no code elsewhere, and no other meaning there
const directories = ['D95B', 'D03B', 'D16A', 'D24A'].map(directory);
const known = new Map(lists.map((list) => [`un/${list}`, new Set(directories.flatMap((each) => [...(each.codes(list)?.keys() ?? [])]))]));

/** The facts that are no codes of their lists. */
function strangers(rows: Rows, except: readonly string[]): string[] {
  const found: string[] = [];
  rows.eachFact((row, slot, value) => {
    const { path, type } = rows.class(row).attributes[slot]!;
    const codes = type.kind === 'code' && type.list !== undefined && !except.includes(type.list) ? known.get(type.list) : undefined;
    if (codes && !codes.has(String(value))) found.push(`${path} ${String(value)}`);
  });
  return found;
}

t.test('what a map of X12 or of air cargo states in a list of UN/EDIFACT is a code of that list', (t) => {
  let tried = 0;
  for (const { from, input, rows } of samplesOf(library(), root, 3)) {
    if (!/^(x12|iata)\//.test(from.name)) continue;
    tried++;
    t.same(strangers(rows, from.name.startsWith('iata/') ? airsOwn : []), [], `${from.name} ${input}`);
  }
  t.ok(tried > 30);
  t.end();
});

/** One transaction set in the interchange of a carrier. */
function interchange(type: string, group: string, segments: readonly string[]): Buffer {
  const lines = [
    'ISA*00*          *00*          *ZZ*CARRIER        *ZZ*TRADER         *260914*0930*U*00401*000000001*0*P*>',
    `GS*${group}*CARRIER*TRADER*20260914*0930*1*X*004010`,
    `ST*${type}*0001`,
    ...segments,
    `SE*${segments.length + 2}*0001`,
    'GE*1*1',
    'IEA*1*000000001',
  ];
  return Buffer.from(lines.map((each) => `${each}~`).join(''));
}

/** What `to` makes of it: its segments, and what it cannot say. */
function converted(t: Test, bytes: Buffer, to: string): { readonly segments: readonly string[]; readonly lost: readonly string[] } {
  const all: { segments: readonly string[]; lost: readonly string[] }[] = [];
  const outside = readBytes(library(), bytes, {
    message({ parsed }) {
      const made = produce(library(), plan(to), parsed!.rows, around);
      const lost = made.losses.map(({ path = '', value }) => `${path.split('/').at(-1)!} ${value}`);
      all.push({ segments: made.bytes.toString().split(/['~]/), lost });
    },
  });
  t.same(outside, []);
  return all[0]!;
}

t.test('a port of activity is no place of departure, and an actual day no payment', (t) => {
  const status = interchange('315', 'QO', [
    'B4***UV*20221121*0124**MRSU*437163*L*45G1*MXZLO*UN*9',
    'N9*BM*SUDUN2SL008733AF',
    'R4*L*UN*KRPUS*PUSAN*KR',
    'R4*5*UN*MXZLO*MANZANILLO',
    'DTM*140*20221121*012400*LT',
  ]);
  const { segments, lost } = converted(t, status, 'un/iftsta/d00b');
  t.ok(
    segments.some((each) => /^LOC\+9\+KRPUS:/.test(each)),
    'the port of loading',
  );
  t.notOk(segments.some((each) => each.startsWith('LOC+5')));
  t.ok(lost.includes('Location.$carry.port.type 5'));
  t.end();
});

const manifest = [
  ...['UNH+1+CUSCAR:D:95B:UN', 'BGM+785+M1+9', 'TDT+20+1W+1+++++9999999:146::STAR:PA', 'CNI+1+MASTER', 'RFF+BH:HOUSE', 'CNT+7:10:KGM', 'CNT+8:1', 'GIS+23'],
  ...['NAD+NI+++ONE', 'NAD+NI+++TWO', 'NAD+CG+++AGENT', 'GID+1+1:CT', 'UNT+12+1'],
];

t.test('a processing indicator is no amendment of a bill, and roles and modes are those of X12', (t) => {
  const bytes = Buffer.from(["UNB+UNOC:3+A:1+B:1+260914:0930+1'", ...manifest.map((each) => `${each}'`), "UNZ+1+1'"].join(''));
  const { segments, lost } = converted(t, bytes, 'x12/309/4010');
  t.notOk(segments.some((each) => each.startsWith('M13')));
  t.ok(segments.some((each) => each.startsWith('M10**O*PA*9999999*STAR*1W*M1')));
  t.same(segments.filter((each) => each.startsWith('N1*')), ['N1*N1*ONE', 'N1*NP*TWO', 'N1**AGENT']); // prettier-ignore
  t.ok(lost.includes('ProcessingIndicator.Code 23') && lost.includes('Party.RoleCode CG'), String(lost));
  t.end();
});

t.test('the carrier of a leg is no related place, and freight prepaid is paid as others call it', (t) => {
  const waybill = [
    ...[
      'FWB/16',
      '020-12345675FRAJFK/T1K100',
      'FLT/LH400/14',
      'RTG/JFKLH',
      'SHP',
      '/SHIPPER',
      '/STREET 1',
      '/FRANKFURT',
      '/DE',
      'CNE',
      '/CONSIGNEE',
      '/STREET 2',
    ],
    ...['/NEW YORK', '/US', 'CVD/EUR//PP/NVD/NCV/XXX', 'RTD/1/P1/K100/CQ/W100/R1/T100', '/NG/TOOLS', 'OTH/P/MYC10.00', 'PPD/WT100', '/CT110'],
    ...['CER/SHIPPER', 'ISU/14SEP26/FRANKFURT/CARRIER', 'REF/FRAFMLH', ''],
  ].join('\r\n');
  const { segments } = converted(t, Buffer.from(waybill), 'un/iftmin/d00b');
  t.same(segments.filter((each) => each.startsWith('LOC+92') || each.startsWith('CPI')), ['LOC+92+USJFK', 'CPI+++P']); // prettier-ignore
  t.notOk(converted(t, Buffer.from(waybill), 'eu/cc315a/11').segments.join().includes('TraChaMetOfPay'), 'where `C` would be a cheque');
  t.end();
});

t.test('a ship without containers stays one', (t) => {
  const manifest = interchange('309', 'AQ', [
    'M10*MAEU*S*DK*9704611*ELBE*438N*M1*1*X',
    'P4*2704*20260914*1',
    'LX*1',
    'M11*MAEU1*57035*480*CTN*21940*K******MAEU',
  ]);
  t.ok(converted(t, manifest, 'x12/309/4010').segments.some((each) => each.startsWith('M10*MAEU*S*DK')));
  t.ok(
    converted(t, manifest, 'x12/355/4010').segments.some((each) => each.startsWith('M10*MAEU*S*DK')),
    'in what answers it, too',
  );
  t.end();
});
