import { seeded } from '../../src/maps/generate-values.ts';
import { catalogOf, library, mapFiles } from '../maps/fixture.ts';
import { deletions, judge, original, withoutBindings, type Deletion, type Verdict } from '../maps/mutants.ts';

/**
 * Takes every binding out of every plan; then deletes every binding of every file, one at a time and in random order, until
 * the time is up. Lint or the losses must say so.
 */
export async function run({ seconds, seed }: { readonly seconds: number; readonly seed: number }): Promise<{ figure: string; ok: boolean }> {
  const random = seeded(seed);
  const maps = library().catalog.maps.map(({ name, file }) => ({ name, file }));
  const originals = new Map<string, ReturnType<typeof original>>();
  const all = mapFiles()
    .flatMap(deletions)
    .map((deletion) => ({ deletion, order: random() }))
    .sort((a, b) => a.order - b.order);
  const silent: string[] = [];
  const catalog = catalogOf(mapFiles());
  let taken = 0;
  const counts = { lint: 0, losses: 0, same: 0, silent: 0 };
  const end = performance.now() + seconds * 1_000;
  for (const { name } of maps) {
    const { tried, wrong } = withoutBindings(catalog.plan(name)!);
    taken += tried;
    silent.push(...wrong.map((each) => `${name}: ${each}`));
  }
  for (const { deletion } of all) {
    if (performance.now() > end) break;
    const verdict = judgeAny(deletion, maps, originals);
    counts[verdict]++;
    if (verdict === 'silent') silent.push(deletion.what);
  }
  for (const each of silent) console.error(`not said rightly: ${each}`);
  const tried = counts.lint + counts.losses + counts.silent;
  const unlike = all.length - counts.same;
  const files = `${tried} of ${unlike} bindings deleted: lint says so ${counts.lint} times, the losses ${counts.losses}, nothing ${counts.silent} (seed ${seed})`;
  return { figure: `${taken} bindings taken out of ${maps.length} plans, ${silent.length - counts.silent} miscounted; ${files}`, ok: silent.length === 0 };
}

/** A map judges its own file; a part is judged by the maps in turn, until one of them says something. */
function judgeAny(deletion: Deletion, maps: readonly { name: string; file: string }[], originals: Map<string, ReturnType<typeof original>>): Verdict {
  const own = maps.filter(({ file }) => file === deletion.file.path);
  let worst: Verdict = 'same';
  for (const { name } of own.length > 0 ? own : maps) {
    const whole = originals.get(name) ?? original(name);
    originals.set(name, whole);
    const verdict = judge(name, whole, deletion);
    if (verdict === 'lint' || verdict === 'losses') return verdict;
    if (verdict === 'silent') worst = verdict;
  }
  return worst;
}
