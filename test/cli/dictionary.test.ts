import t from 'tap';
import { main } from '../../src/cli/main.ts';

async function run(...args: string[]): Promise<{ code: number; out: string; told: string }> {
  let out = '';
  let told = '';
  const code = await main(['dictionary', ...args], { out: (text) => void (out += String(text)), tell: (text) => void (told += text) });
  return { code, out, told };
}

t.test('the dictionary is printed, searched, shown and exported', async (t) => {
  const summary = await run('--json');
  const facts = JSON.parse(summary.out) as { classes: number; attributes: number; verified: number; extensions: Record<string, number> };
  t.match(facts, { name: 'wco-dm', roots: ['Declaration', 'Response', 'MetaData'] });
  t.ok(facts.verified > 900 && facts.extensions['nl']! > 200);
  t.match((await run()).out, /^classes +\d+$/m);

  const seals = await run('search', 'seal');
  t.match(seals.out, /^path +type +card +WCO +TDED/);
  t.match(seals.out, /Declaration\/GoodsShipment\/Consignment\/TransportEquipment\/Seal\.ID +identifier\(35\) +0\.\.1 +165/);
  t.match(seals.told, /^\d+ more; --all lists them\n$/);
  t.equal((await run('search', 'seal', '--all')).told, '');
  t.equal((await run('search', 'no such thing')).code, 1, 'nothing found is 1');

  const shown = await run('show', 'Declaration/Authorisation', '--json');
  t.match(JSON.parse(shown.out), { entries: [{ path: 'Declaration/Authorisation', type: 'class', extension: 'nl' }, {}] });
  const wrong = await run('show', 'Declaration/TransportEquipement');
  t.equal(wrong.code, 2);
  t.match(wrong.told, /there is no class or attribute `Declaration\/TransportEquipement`.*did you mean.*Declaration\/TransportEquipment/);

  const all = JSON.parse((await run('export', '--json')).out) as { entries: unknown[] };
  t.equal(all.entries.length, facts.classes + facts.attributes);
  for (const args of [['show'], ['export', 'x'], ['find', 'x']]) t.equal((await run(...args)).code, 2, args.join(' '));
});
