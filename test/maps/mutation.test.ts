import t from 'tap';
import { seeded } from '../../src/maps/generate-values.ts';
import { catalogOf, library, mapFiles } from './fixture.ts';
import { deletions, judge, original, withoutBindings } from './mutants.ts';

// A bounded sample of each; `npm run campaign -- mutation` tries them all.
const taken = 40; // bindings of each plan
const deleted = 2; // entries of each file

const { maps } = library().catalog;

t.test('a binding that is taken out of a plan: the losses rise by what was read there', async (t) => {
  const catalog = catalogOf(mapFiles());
  for (const { name } of maps) {
    const { tried, wrong } = withoutBindings(catalog.plan(name)!, taken);
    t.same(wrong, [], name);
    t.ok(tried > 0, `${tried} bindings of ${name}`);
  }
});

t.test('a binding that is deleted in a file: lint or the losses say so', async (t) => {
  for (const [i, { name, file }] of maps.entries()) {
    const whole = original(name);
    const all = deletions(whole.files.find(({ path }) => path === file)!);
    const random = seeded(i + 1);
    for (let n = 0; n < Math.min(deleted, all.length); n++) {
      const deletion = all[Math.floor(random() * all.length)]!;
      t.not(judge(name, whole, deletion), 'silent', deletion.what);
    }
  }
});
