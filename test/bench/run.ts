import { readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

/** A stage beside its peer or its limit, measured in one run. */
export interface Row {
  readonly stage: string;
  readonly against: string;
  readonly ratio: number; // median of the rounds
  readonly min: number;
  readonly max: number;
  readonly better: 'higher' | 'lower';
}

/** What the stages start as processes of their own. */
const programs = ['run.js', 'load.js', 'group-commit.js', 'receiver.js'];

// npm run bench -- [--json FILE] [--only STAGE] [--rounds N]. Each file beside this one that exports `run` is a stage.
const { values } = parseArgs({ options: { json: { type: 'string' }, only: { type: 'string' }, rounds: { type: 'string', default: '5' } } });
const stages = readdirSync(import.meta.dirname).flatMap((file) => (/^[a-z-]+\.js$/.test(file) && !programs.includes(file) ? [file.slice(0, -3)] : []));
const chosen = stages.filter((stage) => values.only === undefined || stage === values.only);
if (chosen.length === 0) {
  process.stderr.write(`there is no stage ${values.only}: ${stages.join(', ')}\n`);
  process.exit(2);
}
const rounds = Number(values.rounds);
const ratios: Row[] = [];
for (const stage of chosen) {
  const { run } = (await import(`./${stage}.js`)) as { run?: (rounds: number) => Promise<readonly Row[]> };
  if (!run) continue;
  for (const row of await run(rounds)) {
    ratios.push(row);
    process.stdout.write(
      `${row.ratio.toFixed(2).padStart(8)}  (${row.min.toFixed(2)}–${row.max.toFixed(2)}, ${row.better} is better)  ${row.stage} / ${row.against}\n`,
    );
  }
}
const report = { machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`, node: process.version, rounds, ratios };
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
