import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Rows } from '../../src/dictionary/rows.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';

/** A cargo report whose two bills each state the one container, with these seals. */
const report = (first: readonly string[], second: readonly string[]): Buffer => {
  const text = readFileSync(join(root, 'mappings/wco/cri/3/cases/house-bills/input.xml'), 'utf8');
  const bills = [first, second].map((seals) => seals.map((seal) => `<Seal><ID>${seal}</ID></Seal>`).join(''));
  let bill = 0;
  return Buffer.from(text.replaceAll('<Seal><ID>S-1</ID></Seal>', () => bills[bill++]!));
};

function sealsOf(bytes: Buffer): readonly unknown[] {
  const seals: unknown[] = [];
  const { dictionary } = library;
  const equipment = dictionary.class('Declaration/TransportEquipment')!;
  const seal = dictionary.class('Declaration/TransportEquipment/Seal')!;
  const { slot } = dictionary.attribute('Declaration/TransportEquipment/Seal.ID')!;
  const look = (rows: Rows): void => {
    const all = rows.children(rows.roots()[0]!, equipment);
    for (const each of all) for (const one of rows.children(each, seal)) seals.push(rows.get(one, slot));
    if (all.length !== 1) throw new Error(`${all.length} containers`);
  };
  readBytes(library, bytes, { message: ({ parsed }) => look(parsed!.rows) });
  return seals;
}

const numbered = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `S-${from + i}`);

t.test('what is below two copies of one thing is there once, however much it is', async (t) => {
  // Few are looked through, many are found by a table.
  for (const size of [1, 3, 31, 32, 33, 34, 90, 300]) {
    const twice = report(numbered(0, size), numbered(Math.floor(size / 2), size + 5).reverse());
    t.same(sealsOf(twice), [...numbered(0, size), ...numbered(size, size + 5).reverse()], `${size} seals, half of them again`);
  }
});
