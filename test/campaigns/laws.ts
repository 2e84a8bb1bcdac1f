import { lawOptions, wireOf } from '../../src/gateway/library/wire.ts';
import { tryLaws } from '../../src/maps/laws/run.ts';
import { showCounterexample } from '../../src/maps/laws/show.ts';
import { library, plan } from '../maps/fixture.ts';
import type { CampaignOptions, CampaignResult } from './run.ts';

const target = 20_000; // random cases for each map
const batch = 250;

/** The laws over every map, or `only` those whose names begin so (`un/,x12/`), in turn, until the time is up or each was tried 20,000 times. Where one is broken the others go on. */
export async function run({ seconds, seed, only = '' }: CampaignOptions): Promise<CampaignResult> {
  await library().loadSchemas();
  const wanted = only.split(',');
  const names = library().catalog.maps.flatMap(({ name }) => (wanted.some((start) => name.startsWith(start)) ? [name] : []));
  let maps = names.map((name) => ({ map: plan(name), tools: lawOptions(library(), plan(name)) }));
  const started = performance.now();
  const spent = (): number => (performance.now() - started) / 1_000;
  const broken = new Set<string>();
  const each = new Map(names.map((name) => [name, 0])); // cases
  let cases = 0;
  for (let round = 0; round * batch < target && spent() < seconds && maps.length > 0; round++) {
    for (const { map, tools } of maps) {
      if (spent() >= seconds && cases > 0) break;
      const { runs, counterexample } = tryLaws(map, { ...tools, runs: batch, seed: seed + round * batch });
      cases += runs;
      each.set(map.name, each.get(map.name)! + runs);
      if (!counterexample) continue;
      broken.add(map.name);
      console.error(`${map.name}: ${showCounterexample(wireOf(library()), map, counterexample)}`);
    }
    maps = maps.filter(({ map }) => !broken.has(map.name));
  }
  const counts = names.flatMap((name) => (broken.has(name) ? [] : each.get(name)!));
  const most = Math.max(...counts, 0);
  const range = `${Math.min(...counts, most)} to ${most} each`;
  const verdict = broken.size === 0 ? 'every law held' : `${broken.size} of them broken`;
  return {
    figure: `${cases} random cases over ${names.length} maps (${range}, ${Math.round(cases / spent())} a second), ${verdict} (seed ${seed})`,
    ok: broken.size === 0 && cases > 0,
  };
}
