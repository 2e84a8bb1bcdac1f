import t from 'tap';
import { elementId, elementIds, elementKeys } from '../../../src/syntax/edifact/directory.ts';
import { withService, type Directory } from '../../../src/syntax/segments/directory.ts';
import type { MessageNode } from '../../../src/syntax/segmented.ts';
import { atomKey } from '../../../src/syntax/unit.ts';
import { directory } from './tables.ts';

const d95b = directory('D95B');
const full: Directory = withService(d95b, directory('service-3'));

t.test('what an analyst writes becomes atom keys', (t) => {
  // prettier-ignore
  const cases: readonly [tag: string, id: string, keys: readonly [number, number][], format: string][] = [
    ['BGM', '1004', [[2, 1]], 'an..35'],
    ['BGM', 'C002.1001', [[1, 1]], 'an..3'],
    ['DTM', 'C507.2380', [[1, 2]], 'an..35'],
    ['NAD', 'C080.3036', [[4, 1], [4, 2], [4, 3], [4, 4], [4, 5]], 'an..35'],
    ['FTX', 'C108.4440', [[4, 1], [4, 2], [4, 3], [4, 4], [4, 5]], 'an..70'],
    ['FTX', 'C108.4440[*]', [[4, 1], [4, 2], [4, 3], [4, 4], [4, 5]], 'an..70'],
    ['FTX', 'C108.4440[2]', [[4, 2]], 'an..70'],
    ['GID', 'C213.7224', [[2, 1], [3, 1], [4, 1]], 'n..8'],
    ['GID', 'C213[2].7065', [[3, 2]], 'an..17'],
    ['UNH', 'S009.0065', [[2, 1]], 'an..6'],
    ['UNT', '0074', [[1, 1]], 'n..6'],
  ];
  for (const [tag, id, keys, format] of cases) {
    const found = elementKeys(full, tag, id);
    t.same(
      found?.keys,
      keys.map(([element, component]) => atomKey(element, component)),
      `${tag} ${id}`,
    );
    if (found) t.equal(`${found.format.type}${found.format.min === found.format.max ? '' : '..'}${found.format.max}`, format);
  }
  for (const [tag, id] of [
    ['BGM', '2380'],
    ['BGM', 'C507.2380'],
    ['XXX', '1004'],
    ['FTX', 'C108.4440[6]'],
    ['FTX', 'C108.4440[0]'],
    ['GID', 'C213[4].7065'],
    ['BGM', 'document'],
  ] as const)
    t.equal(elementKeys(full, tag, id), undefined, `${tag} has no ${id}`);
  t.equal(elementKeys(full, 'NAD', '3035')?.required, true);
  t.equal(elementKeys(full, 'NAD', 'C080.3036')?.required, false, 'mandatory in a conditional composite is conditional');
  t.end();
});

t.test('ids of positions, and back', (t) => {
  t.equal(elementId(full, 'NAD', 8, 1), '3251');
  t.equal(elementId(full, 'FTX', 4, 2), 'C108.4440[2]');
  t.equal(elementId(full, 'GID', 3, 2), 'C213[2].7065');
  t.equal(elementId(full, 'NAD', 10, 1), undefined);
  t.equal(elementId(full, 'BGM', 2, 2), undefined);
  t.same(elementIds(full, 'SGP'), ['C237.8260', 'C237.1131', 'C237.3055', 'C237.3207', '7224']);
  for (const [tag, segment] of full.segments)
    segment.parts.forEach((part, index) => {
      for (let component = 1; component <= (part.composite?.parts.length ?? 1); component++) {
        const id = elementId(full, tag, index + 1, component) ?? '';
        if (!elementKeys(full, tag, id)?.keys.includes(atomKey(index + 1, component))) t.fail(`${tag} ${index + 1}.${component} is ${id} and not back`);
      }
    });
  t.end();
});

t.test('the tables are whole', (t) => {
  t.equal(d95b.messageTypes.length, 115);
  t.equal(d95b.codes('3035')?.get('CN'), 'Consignee');
  t.equal(d95b.codes('1004'), undefined);
  t.equal(d95b.message('NOSUCH'), undefined);
  const walk = (nodes: readonly MessageNode[], message: string): void => {
    for (const node of nodes) {
      if (node.nodes) {
        if (!node.nodes[0]?.required || node.nodes[0].nodes) t.fail(`${message} ${node.id} has no mandatory trigger segment`);
        walk(node.nodes, message);
      } else if (!full.segments.has(node.id)) t.fail(`${message}: no segment ${node.id}`);
    }
  };
  for (const type of d95b.messageTypes) walk(d95b.message(type)?.nodes ?? [], type);
  for (const name of ['service-3', 'service-4']) {
    const service = directory(name);
    t.ok(service.message('CONTRL'));
    for (const tag of ['UNB', 'UNG', 'UNH', 'UNT', 'UNE', 'UNZ', 'UCI', 'UCM', 'UCS', 'UCD']) t.ok(service.segments.has(tag), `${name} ${tag}`);
  }
  t.end();
});
