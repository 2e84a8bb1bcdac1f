import t from 'tap';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wireOf } from '../../src/gateway/library/wire.ts';
import { canonicalText } from '../../src/dictionary/json.ts';
import { atomsAddUp } from '../../src/maps/account.ts';
import { readMessage } from '../../src/maps/laws/wire.ts';
import { startParse } from '../../src/maps/parse.ts';
import type { Constant } from '../../src/maps/plan.ts';
import { says } from '../../src/maps/select.ts';
import { atomKey, type Unit } from '../../src/syntax/unit.ts';
import { root } from '../root.ts';
import { catalogOf, headerFor, library, plan } from './fixture.ts';
import { play, type Recorded } from './tape.ts';

t.test('a message of nothing but losses is counted whole, and kept in part', async (t) => {
  const map = plan('un/cuscar/d95b');
  const stray: Recorded = { kind: 'segment', tag: 'ZZZ', atoms: [{ key: atomKey(1, 1), name: undefined, text: 'A' }] };
  const parser = startParse(map, headerFor(map), { losses: 100 });
  play(Array<Recorded>(20_000).fill(stray), parser);
  const { account, losses } = parser.end();
  t.equal(account.lost, 20_000);
  t.equal(losses.length, 100);
  t.ok(atomsAddUp(account));
});

t.test('of a header that is a selector which stands where the map asks for it', async (t) => {
  const map = plan('un/cuscar/d95b');
  const said = ['CUSCAR', 'D', '95B', 'UN', 'D']; // the association has the text that the map asks of the version
  const atoms = said.map((text, i) => ({ key: atomKey(2, i + 1), name: undefined, text }));
  const parser = startParse(map, { ...headerFor(map), association: 'D' });
  play([{ kind: 'segment', tag: 'UNH', atoms }], parser);
  const { account } = parser.end();
  t.equal(account.selector, 4);
  t.ok(atomsAddUp(account));
});

t.test('what is referred to must be declared, where the format can declare it', (t) => {
  const unresolved = (map: string, input: string, edit = (text: string): string => text): unknown[] => {
    const bytes = Buffer.from(edit(readFileSync(join(root, 'mappings', map, 'cases', input), 'latin1')), 'latin1');
    const { findings = [] } = readMessage(wireOf(library()), plan(map), bytes).parsed ?? {};
    return findings.flatMap(({ code, args }) => (code === 'MAP_REFERENCE_UNRESOLVED' ? [args.key] : []));
  };
  const manifest = 'two-bills/input.edi';
  t.same(unresolved('un/cuscar/d95b', manifest), []);
  t.same(
    unresolved('un/cuscar/d95b', manifest, (text) => text.replace('SGP+HLIU1000034', 'SGP+HLIU1000035')),
    ['HLIU1000035'],
  );
  t.same(unresolved('iata/fwb/17', 'consolidation/input.imp'), [], 'an air waybill names its unit load devices and declares none');
  t.end();
});

t.test('a fixed text is that text, in whatever charset it came', (t) => {
  const text = `map: un/test/d95b
kind: message
version: 1.0.0
dictionary: wco-dm@3
format: { family: edifact, directory: D95B, message: CUSCAR, header: { S009: [CUSCAR, D, 95B, UN] } }
syntax:
  group: message
  nodes:
    - { segment: BGM, bind: { "1004": number } }
    - { segment: FTX, occurs: 0..1, fixed: { "4451": AAI, C108.4440: "é" } }
business: { class: Declaration, per: message, attrs: { ID: number } }
`;
  const own = catalogOf([{ path: 'map.yaml', text }]).plan('un/test/d95b')!;
  const losses = (charset: string, said: number[]): number => {
    const [head, tail] = [`UNB+${charset}:3+A+B+260101:0000+1'UNH+1+CUSCAR:D:95B:UN'BGM++1'FTX+AAI+++`, `'UNT+4+1'UNZ+1+1'`].map((each) => Buffer.from(each));
    const { account } = readMessage(wireOf(library()), own, Buffer.concat([head!, Buffer.from(said), tail!])).parsed!;
    t.ok(atomsAddUp(account));
    return account.lost;
  };
  t.equal(losses('UNOC', [0xe9]), 0, 'ISO 8859-1');
  t.equal(losses('UNOY', [0xc3, 0xa9]), 0, 'UTF-8');
  t.equal(losses('UNOE', [0xe9]), 1, 'ISO 8859-5: the same byte is another letter');
  t.end();
});

t.test('where texts are made of their bytes, equal bytes are no equal text', (t) => {
  const own = (format: string, node: string): Constant => {
    const text = `map: own/test
kind: message
version: 1.0.0
dictionary: wco-dm@3
format: ${format}
syntax: { group: message, nodes: [ { ${node} } ] }
business: { class: Declaration, per: message, attrs: { ID: number } }
`;
    const catalog = catalogOf([{ path: 'map.yaml', text }]);
    return catalog.plan('own/test')!.groups[0]!.nodes[0]!.fixed[0]!;
  };
  const unit = (said: string, text: string): Unit =>
    ({ bytes: Buffer.from(said, 'latin1'), starts: Int32Array.of(0), ends: Int32Array.of(said.length), text: () => text }) as unknown as Unit;
  const column = own('{ family: records, layout: ocean/manifest }', 'segment: M01, bind: { manifest: number }, fixed: { vessel: "N" }');
  t.equal(says(unit('N', '+'), 0, column), false, 'in EBCDIC that byte is a plus sign');
  t.equal(says(unit('\xd5', 'N'), 0, column), true, 'and this one N');
  const element = own(
    '{ family: edifact, directory: D95B, message: CUSCAR, header: { S009: [CUSCAR, D, 95B, UN] } }',
    'segment: BGM, bind: { "1004": number }, fixed: { "4343": "N" }',
  );
  t.equal(says(unit('N', '-'), 0, element), true, 'in EDIFACT letters are ASCII, and nothing is decoded');
  t.end();
});

t.test('`each`: a segment that says something several times is as many segments', (t) => {
  const passengers = readFileSync(join(root, 'mappings/un/paxlst/d02b/cases/two-passengers/input.edi'), 'latin1')
    .replace('UNOC:3', 'UNOC:4')
    .replace('0000:TE', '0000:TE+351210000001:FX');
  const read = (edit: (text: string) => string) => {
    const { rows, account, losses } = readMessage(wireOf(library()), plan('un/paxlst/d02b'), Buffer.from(edit(passengers), 'latin1')).parsed!;
    t.same([losses, atomsAddUp(account)], [[], true]);
    return { rows, total: account.total, text: canonicalText(rows) };
  };
  const behind = read((text) => text);
  t.ok(behind.text.includes('[{"ID":"351210000000","TypeCode":"TE"},{"ID":"351210000001","TypeCode":"FX"}]'), 'in the elements behind');
  t.equal(read((text) => text.replace(':TE+', ':TE*')).text, behind.text, 'or repeated');
  t.equal(read((text) => text.replace(':TE+', ":TE'COM+")).text, behind.text, 'or in segments of their own');
  t.match(
    read((text) => text.replace('ATT+2++F', 'ATT+2++F*X')).text,
    /"FunctionCode":"2","ValueCode":"F"},\{"FunctionCode":"2","ValueCode":"X"/,
    'each says what stands beside it',
  );
  const { rows } = behind;
  const channel = Array.from({ length: rows.size }, (_, row) => row).filter((row) => rows.class(row).name === 'Communication');
  const places = channel.map((row) => rows.origin(row, rows.class(row).attributes.find(({ name }) => name === 'ID')!.slot)!);
  t.same(
    places.map(({ position, key }) => [position, key]),
    [
      [6, atomKey(1, 1)],
      [6, atomKey(2, 1)],
    ],
    'and is found where it stands',
  );
  t.end();
});
