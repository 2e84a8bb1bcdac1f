import { broken } from '../maps/law.ts';
import { library, plan } from '../maps/fixture.ts';

/** The laws of maps over random rows, every map in turn, for as long as asked. */
export async function run({ seconds, seed }: { readonly seconds: number; readonly seed: number }): Promise<{ figure: string; ok: boolean }> {
  const end = Date.now() + seconds * 1_000;
  const found: string[] = [];
  let count = 0;
  for (let at = seed; Date.now() < end && found.length === 0; at++) {
    for (const { name } of library().catalog.maps) {
      const fault = broken(plan(name), at);
      if (fault) found.push(`${name}: ${fault.law}, seed ${fault.seed}: ${fault.detail}`);
      count++;
    }
  }
  return { figure: `${count} random sets of rows, ${found.length === 0 ? 'every law held' : found.join('; ')}`, ok: found.length === 0 };
}
