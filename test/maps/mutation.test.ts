import t from 'tap';
import { seeded } from '../../src/maps/generate-values.ts';
import type { BindingPlan } from '../../src/maps/plan.ts';
import { alike } from './alike.ts';
import { library } from './fixture.ts';
import { deletions, judge, original, withoutBindings } from './mutants.ts';

// A bounded sample of each; `npm run campaign -- mutation` tries them all.
const { maps } = library().catalog;
const taken = 40; // bindings of each plan
const deleted = 2; // entries of each file

const originals = new Map(maps.map(({ name }) => [name, original(name)]));

t.test('a binding that is taken out of a plan: the losses rise by what was read there', async (t) => {
  for (const [name, { plan }] of originals) {
    const { tried, wrong } = withoutBindings(plan, taken);
    t.same(wrong, [], name);
    t.ok(tried > 0, `${tried} bindings of ${name}`);
  }
});

t.test('a binding that is deleted in a file: lint or the losses say so', async (t) => {
  for (const [i, { name, file }] of maps.entries()) {
    const whole = originals.get(name)!;
    const random = seeded(i + 1);
    const waiting = deletions(whole.files.find(({ path }) => path === file)!).map((deletion) => ({ deletion, order: random() }));
    let tried = 0;
    for (const { deletion } of waiting.sort((a, b) => a.order - b.order)) {
      const verdict = judge(name, whole, deletion);
      if (verdict === 'same') continue; // of an optional element that the directory does not have: no mutation
      t.not(verdict, 'silent', `${name}: ${deletion.what}`);
      if (++tried === deleted) break;
    }
  }
});

t.test('a plan is like another where it does the same', async (t) => {
  const { plan } = original('wco/cri/3');
  const other = original('wco/cri/3').plan;
  t.ok(alike(plan, other), 'compiled twice');
  const [binding] = other.bindings;
  const [first, ...rest] = binding!.attributes;
  const like = (changed: Partial<BindingPlan>): boolean => {
    const before = { ...binding! };
    Object.assign(binding!, changed);
    const found = alike(plan, other);
    Object.assign(binding!, before);
    return found;
  };
  t.ok(like({ place: { source: 'elsewhere', start: 1, end: 2 } }), 'written elsewhere');
  t.notOk(like({ attributes: rest }), 'without an attribute');
  t.notOk(like({ attributes: [{ ...first!, only: 'parse' }, ...rest] }), 'with one that is only read');
});
