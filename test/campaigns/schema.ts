import { seeded } from '../../src/maps/generate-values.ts';
import { quickCheck } from '../../src/validation/schema/quick-check.ts';
import { mutantOf } from '../validation/schema/mutants.ts';
import { publishedSchemas } from '../validation/schema/published.ts';
import type { CampaignOptions, CampaignResult } from './run.ts';

/** Documents of published schemas, changed: what the quick check says is valid must be so to libxml2. What differs is told with its seed and number. */
export async function run({ seconds, seed, count = 0 }: CampaignOptions): Promise<CampaignResult> {
  const schemas = (await publishedSchemas()).map((each) => ({ ...each, quick: quickCheck(each.files, each.path)! }));
  const end = performance.now() + seconds * 1_000;
  let [mutants, valid, sure, wrong] = [0, 0, 0, 0];
  while (performance.now() < end || mutants < count) {
    const { path, documents, quick, judge } = schemas[mutants % schemas.length]!;
    const random = seeded(Math.imul(seed, 0x9e3779b1) + mutants);
    const mutant = Buffer.from(mutantOf(documents[Math.floor(random() * documents.length)]!.toString(), random));
    const [isSure, isValid] = [quick(mutant), judge(mutant)];
    if (isSure) sure++;
    if (isValid) valid++;
    if (isSure && !isValid && ++wrong < 20) console.error(`${path}, mutant ${mutants} of seed ${seed} is not valid`);
    mutants++;
  }
  const figure = `${mutants} changed documents of ${schemas.length} schemas, ${valid} valid, ${sure} of them surely, ${wrong} wrongly (seed ${seed})`;
  return { figure, ok: wrong === 0 && sure > 0 };
}
