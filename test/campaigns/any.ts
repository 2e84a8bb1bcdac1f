import { cross, matrixText, samplesOf } from '../gateway/any-to-any.ts';
import { library } from '../maps/fixture.ts';
import { root } from '../root.ts';

const most = 5; // messages of a map

/** Every map to every other over the messages of their cases: first one of each, then more, until the time is up. Prints the matrix. */
export async function run({ seconds }: { readonly seconds: number }): Promise<{ figure: string; ok: boolean }> {
  await library().loadSchemas();
  const started = performance.now();
  const maps = library().catalog.maps.flatMap(({ name }) => library().catalog.plan(name) ?? []);
  const samples = samplesOf(library(), root, most);
  const faults: string[] = [];
  const [pairs, messages] = [new Map<string, ReturnType<typeof cross> & { readonly facts: number }>(), new Set<string>()];
  let crossings = 0;
  let refused = 0;
  const byRound = samples.map((sample) => ({ sample, round: samples.filter(({ from }) => from === sample.from).indexOf(sample) }));
  for (const { sample, round } of byRound.sort((a, b) => a.round - b.round)) {
    if (round > 0 && performance.now() - started > seconds * 1_000) break;
    messages.add(`${sample.from.name} ${sample.input}`);
    for (const to of maps) {
      const each = cross(library(), sample, to);
      crossings++;
      if (each.refused !== undefined) refused++;
      faults.push(...each.faults);
      const pair = `${each.from} ${each.to}`;
      if (!pairs.has(pair)) pairs.set(pair, { ...each, facts: sample.rows.countFacts() });
    }
  }
  process.stdout.write(matrixText([...pairs.values()]));
  for (const each of faults) console.error(each);
  return {
    figure: `${crossings} crossings of ${messages.size} messages between ${maps.length} maps, ${refused} refused with a reason, ${faults.length === 0 ? 'every other valid, every fact with a fate' : `${faults.length} faults`}`,
    ok: faults.length === 0,
  };
}
