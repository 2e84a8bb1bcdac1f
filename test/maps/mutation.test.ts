import t from 'tap';
import { seeded } from '../../src/maps/generate-values.ts';
import { catalogOf, library, mapFiles } from './fixture.ts';
import { deletions, judge, original, withoutBindings } from './mutants.ts';

// A bounded sample of each; `npm run campaign -- mutation` tries them all.
const { maps } = library().catalog;
const taken = Math.ceil(600 / maps.length); // bindings of each plan
const every = 3; // one entry of every third file

t.test('a binding that is taken out of a plan: the losses rise by what was read there', async (t) => {
  const catalog = catalogOf(mapFiles());
  for (const { name } of maps) {
    const { tried, wrong } = withoutBindings(catalog.plan(name)!, taken);
    t.same(wrong, [], name);
    t.ok(tried > 0, `${tried} bindings of ${name}`);
  }
});

t.test('a binding that is deleted in a file: lint or the losses say so', async (t) => {
  let tried = 0;
  const silent: string[] = [];
  for (const [i, { name, file }] of maps.entries()) {
    if (i % every !== 0) continue;
    const whole = original(name);
    const all = deletions(whole.files.find(({ path }) => path === file)!);
    const deletion = all[Math.floor(seeded(i + 1)() * all.length)];
    if (deletion && ++tried && judge(name, whole, deletion) === 'silent') silent.push(deletion.what);
  }
  t.ok(silent.length <= tried / 5, `${silent.length} of ${tried} stood in none of the few messages that were tried`, { silent });
});
