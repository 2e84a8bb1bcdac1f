import { lawOptions, wireOf } from '../../src/gateway/library/wire.ts';
import { tryLaws } from '../../src/maps/laws/run.ts';
import { showCounterexample } from '../../src/maps/laws/show.ts';
import { library, plan } from '../maps/fixture.ts';

const target = 20_000; // random cases for each map
const batch = 250;

/** The laws over every map, in turn, until the time is up or each was tried 20,000 times. */
export async function run({ seconds, seed }: { readonly seconds: number; readonly seed: number }): Promise<{ figure: string; ok: boolean }> {
  await library().loadSchemas();
  const maps = library().catalog.maps.map(({ name }) => ({ map: plan(name), tools: lawOptions(library(), plan(name)) }));
  const started = performance.now();
  const spent = (): number => (performance.now() - started) / 1_000;
  const found: string[] = [];
  let cases = 0;
  let rounds = 0;
  for (; rounds * batch < target && spent() < seconds && found.length === 0; rounds++) {
    for (const { map, tools } of maps) {
      if (spent() >= seconds && cases > 0) break;
      const { runs, counterexample } = tryLaws(map, { ...tools, runs: batch, seed: seed + rounds * batch });
      cases += runs;
      if (counterexample) found.push(`${map.name}: ${showCounterexample(wireOf(library()), map, counterexample)}`);
    }
  }
  for (const each of found) console.error(each);
  const each = Math.floor(cases / Math.max(maps.length, 1));
  const verdict = found.length === 0 ? 'every law held' : `${found.length} counterexamples`;
  return {
    figure: `${cases} random cases over ${maps.length} maps (${each} a map, ${Math.round(cases / spent())} a second), ${verdict} (seed ${seed})`,
    ok: found.length === 0,
  };
}
