import t from 'tap';
import { atomsAddUp } from '../../src/maps/account.ts';
import { startParse } from '../../src/maps/parse.ts';
import { atomKey } from '../../src/syntax/unit.ts';
import { headerFor, plan } from './fixture.ts';
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
