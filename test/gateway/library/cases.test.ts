import t from 'tap';
import { findCases, isSubset, runCase } from '../../../src/gateway/library/cases.ts';
import { library } from '../../maps/fixture.ts';
import { root } from '../../root.ts';

t.test('every case beside a map holds', async (t) => {
  const folders = findCases(root);
  t.ok(folders.length > 0);
  for (const folder of folders) {
    const { name, differences } = await runCase(library(), folder, process.env['PORTOLAN_GOLDEN'] === 'write');
    t.same(differences, [], name);
  }
});

t.test('every map has a case', async (t) => {
  for (const { name } of library().catalog.maps) t.ok(findCases(root, name).length > 0, name);
});

t.test('a subset is told from a difference', async (t) => {
  t.ok(isSubset({ a: [{ b: '1' }] }, { a: [{ b: '1', c: '2' }], d: '3' }));
  t.notOk(isSubset({ a: [{ b: '1' }, { b: '2' }] }, { a: [{ b: '1' }] }));
  t.notOk(isSubset({ a: '1' }, { a: '2' }));
});
