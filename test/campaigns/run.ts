import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

export interface CampaignOptions {
  readonly seconds: number; // so long at least
  readonly seed: number;
  readonly count?: number | undefined; // and so many at least: inputs, kills, flips
  readonly dir?: string | undefined; // where what it makes is kept, and was kept before
  readonly only?: string | undefined; // of what it can take, this alone: of fuzz, inputs of one ending (imp, txt, …)
}

export interface CampaignResult {
  readonly figure: string;
  readonly ok: boolean;
}

// npm run campaign -- NAME --seconds N --seed N [--count N]: a bounded long run. The last line is the figure.
const names = readdirSync(import.meta.dirname).flatMap((file) => (/^[a-z-]+\.js$/.test(file) && file !== 'run.js' ? [file.slice(0, -3)] : []));
const wrongly = (what: string): never => {
  process.stderr.write(`${what}\nusage: npm run campaign -- ${names.join('|')} --seconds N --seed N [--count N] [--only KIND] [--dir FOLDER]\n`);
  process.exit(2);
};
const asked = () => {
  try {
    return parseArgs({
      options: {
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string', default: '1' },
        count: { type: 'string' },
        only: { type: 'string' },
        dir: { type: 'string' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    return wrongly((error as Error).message);
  }
};
const { values, positionals } = asked();
const [name = ''] = positionals;
if (!names.includes(name)) wrongly(`there is no campaign \`${name}\``);
for (const each of ['seconds', 'seed', 'count'] as const)
  if (!/^\d{1,9}$/.test(values[each] ?? '0')) wrongly(`--${each} is a whole number, not \`${values[each]!}\``);
const { run } = (await import(`./${name}.js`)) as { run(options: CampaignOptions): Promise<CampaignResult> };
const { figure, ok } = await run({
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  count: values.count === undefined ? undefined : Number(values.count),
  only: values.only,
  dir: values.dir,
});
process.stdout.write(`${figure}\n`);
process.exitCode = ok ? 0 : 1;
