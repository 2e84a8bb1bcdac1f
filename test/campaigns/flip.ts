import type { CampaignOptions, CampaignResult } from './run.ts';
import { flipBundle, flipStore, numbers, remove, sampleBundle, sampleStore } from '../store/damage.ts';

/** Flips bits of a store and of a bundle until the time is up and so many were flipped; each must be found, and named. */
export async function run({ seconds, seed, count = 0 }: CampaignOptions): Promise<CampaignResult> {
  const draw = numbers(seed);
  const folder = await sampleStore();
  try {
    const bundle = await sampleBundle(folder);
    const missed: string[] = [];
    let flips = 0;
    for (const end = performance.now() + seconds * 1_000; performance.now() < end || flips < count;) {
      for (const { what, names, found } of [flipStore(folder, draw), ...Array.from({ length: 20 }, () => flipBundle(bundle, draw))]) {
        flips++;
        if (!found.some((line) => names.test(line))) missed.push(`${what}: must name ${String(names)}, said ${JSON.stringify(found)}`);
      }
    }
    for (const line of missed.slice(0, 20)) console.error(line);
    return { figure: `${flips} bits flipped, ${flips - missed.length} found and named (seed ${seed})`, ok: missed.length === 0 };
  } finally {
    remove(folder);
  }
}
