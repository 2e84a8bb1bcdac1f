import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import t from 'tap';
import { findCases, isSubset, runCase } from '../../../src/gateway/library/cases.ts';
import { library } from '../../maps/fixture.ts';
import { root } from '../../root.ts';

t.test('every case beside a map holds', async (t) => {
  const folders = findCases(root);
  t.ok(folders.length > 0);
  const maps = new Set<string>();
  for (const folder of folders) {
    const { name, map, differences } = await runCase(library(), folder, process.env['PORTOLAN_GOLDEN'] === 'write');
    t.same(differences, [], name);
    maps.add(map);
  }
  for (const { name } of library().catalog.maps) t.ok(maps.has(name), `${name} has a case`);
});

t.test('the cases of a map are those below it and those elsewhere that name it', async (t) => {
  const names = findCases(root, 'un/cuscar/d95b').map((folder) => relative(root, folder));
  t.ok(names.length > 1 && names.every((name) => name.startsWith('mappings/un/cuscar/d95b/cases/')), names.join(' '));
  const folder = mkdtempSync(join(tmpdir(), 'portolan-cases-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [path, map] of [
    ['own/cases/a', 'other'],
    ['elsewhere/b', 'own'],
    ['elsewhere/c', 'other'],
  ] as const) {
    mkdirSync(join(folder, 'maps', path), { recursive: true });
    writeFileSync(join(folder, 'maps', path, 'case.yaml'), `map: ${map}\n`);
  }
  symlinkSync(join(folder, 'maps/elsewhere'), join(folder, 'maps/linked'));
  t.same(
    findCases(root, 'own', folder).map((found) => relative(join(folder, 'maps'), found)),
    ['elsewhere/b', 'linked/b', 'own/cases/a'],
  );
  t.same(findCases(root, 'own', join(folder, 'nowhere')), []);
});

t.test('a subset is told from a difference', async (t) => {
  t.ok(isSubset({ a: [{ b: '1' }] }, { a: [{ b: '1', c: '2' }], d: '3' }));
  t.notOk(isSubset({ a: [{ b: '1' }, { b: '2' }] }, { a: [{ b: '1' }] }));
  t.notOk(isSubset({ a: '1' }, { a: '2' }));
});
