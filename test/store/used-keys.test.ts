import { createSecretKey, randomBytes } from 'node:crypto';
import t from 'tap';
import { keepingOf } from '../../src/store/used-keys.ts';

t.test('keys that differ in their last two characters lie beside each other, all others anywhere', (t) => {
  const kept = keepingOf(createSecretKey(randomBytes(32)));
  const reference = (n: number): string => `reference\0BLUE ANCHOR\0ZZ\0CUSTOMS\0ZZ\0MAN${String(n).padStart(6, '0')}`;
  const place = (n: number): string => kept(reference(n)).beside.toString('hex', 0, 6);
  const all = Array.from({ length: 300 }, (_, n) => place(n));
  t.same([...new Set(all)], [place(0), place(100), place(200)], 'a hundred references each');
  t.equal(new Set([place(0), place(100), place(200)]).size, 3);
  t.equal(new Set(all.map((_, n) => kept(reference(n)).beside.toString('hex'))).size, 300, 'each is itself');
  t.same(kept(reference(7)), kept(reference(7)), 'whatever was asked between');
  for (const short of ['', 'R', 'RR']) t.equal(kept(short).beside.length, 16);
  t.end();
});
