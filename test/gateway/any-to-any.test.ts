import t from 'tap';
import { library } from '../maps/fixture.ts';
import { root } from '../root.ts';
import { cross, matrixText, samplesOf } from './any-to-any.ts';

await library().loadSchemas();
const maps = library().catalog.maps.flatMap(({ name }) => library().catalog.plan(name) ?? []);

t.test('every map to every other: a valid document, or a refusal with its reason, and every fact has a fate', async (t) => {
  const samples = samplesOf(library(), root, 1);
  t.same(
    maps.filter((map) => !samples.some(({ from }) => from === map)).map(({ name }) => name),
    [],
    'every map has a message to cross with',
  );
  const crossings = samples.flatMap((sample) => maps.map((to) => ({ ...cross(library(), sample, to), facts: sample.rows.countFacts() })));
  t.same(
    samples.flatMap(({ fault }) => fault ?? []),
    [],
  );
  t.same(crossings.flatMap(({ faults }) => faults).slice(0, 10), [], 'nothing is written that is not valid without a word');
  t.equal(crossings.length, samples.length * maps.length);
  const refused = crossings.filter((each) => each.refused !== undefined).length;
  t.comment(`${crossings.length} pairs, ${refused} refused with a reason\n${matrixText(crossings)}`);
});
