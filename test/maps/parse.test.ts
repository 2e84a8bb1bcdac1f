import t from 'tap';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wireOf } from '../../src/gateway/library/wire.ts';
import { atomsAddUp } from '../../src/maps/account.ts';
import { readMessage } from '../../src/maps/laws/wire.ts';
import { startParse } from '../../src/maps/parse.ts';
import { atomKey } from '../../src/syntax/unit.ts';
import { root } from '../root.ts';
import { headerFor, library, plan } from './fixture.ts';
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
