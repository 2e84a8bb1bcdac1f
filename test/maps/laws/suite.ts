import t from 'tap';
import { lawOptions, wireOf } from '../../../src/gateway/library/wire.ts';
import { tryLaws } from '../../../src/maps/laws/run.ts';
import { showCounterexample } from '../../../src/maps/laws/show.ts';
import { library, plan } from '../fixture.ts';

/** Random cases for each map in the suite; the campaign tries more. */
export const casesPerMap = 1_000;

const parts = 8; // the maps are dealt to so many files: each has its own time, and few processes take them one after the other

/** The laws over every map there is, dealt to the files in turn. */
export async function lawsOfPart(part: number): Promise<void> {
  await library().loadSchemas();
  for (const [i, { name }] of library().catalog.maps.entries()) {
    if (i % parts !== part) continue;
    t.test(`${name}: every law holds over ${casesPerMap} random cases`, async (t) => {
      const map = plan(name);
      const { tried, counterexample } = tryLaws(map, { ...lawOptions(library(), map), runs: casesPerMap, seed: 1 });
      if (counterexample) t.fail(showCounterexample(wireOf(library()), map, counterexample));
      const silent = Object.entries(tried).filter(([, times]) => times <= casesPerMap / 200);
      t.same(silent, [], `every law had something to say: ${JSON.stringify(tried)}`);
    });
  }
}
