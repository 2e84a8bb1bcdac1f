import { closeSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { met, type Row } from './measure.ts';

/** What the stages start as processes of their own. */
const programs = ['run.js', 'load.js', 'group-commit.js', 'receiver.js', 'path-gateway.js'];

// npm run bench -- [--json FILE] [--only STAGE] [--rounds N] [--large] [--strict]. Each file beside this one that exports `run` is a stage.
// With --large stages that can take many minutes do. With --strict the exit code is 1 where a budget was missed; the machine may be at other work, so that it is 0 otherwise.
const wrongly = (what: string): never => {
  process.stderr.write(`${what}\nusage: npm run bench -- [--json FILE] [--only STAGE] [--rounds N] [--large] [--strict]\n`);
  process.exit(2);
};
const asked = () => {
  try {
    return parseArgs({
      options: {
        json: { type: 'string' },
        only: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        strict: { type: 'boolean', default: false },
        large: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return wrongly((error as Error).message);
  }
};
const { values } = asked();
const stages = readdirSync(import.meta.dirname).flatMap((file) => (/^[a-z-]+\.js$/.test(file) && !programs.includes(file) ? [file.slice(0, -3)] : []));
const chosen = stages.filter((stage) => values.only === undefined || stage === values.only);
if (chosen.length === 0) wrongly(`there is no stage ${values.only}: ${stages.join(', ')}`);
const rounds = Number(values.rounds);
if (!(Number.isInteger(rounds) && rounds > 0)) wrongly(`--rounds is a whole number, not \`${values.rounds}\``);
if (values.json !== undefined) closeSync(openSync(values.json, 'a')); // told before an hour of measuring, not after
const ratios: Row[] = [];
for (const stage of chosen) {
  const { run } = (await import(`./${stage}.js`)) as {
    run?: (rounds: number, options: { readonly large: boolean }) => readonly Row[] | Promise<readonly Row[]>;
  };
  if (!run) continue;
  for (const row of await run(rounds, { large: values.large })) {
    ratios.push(row);
    process.stdout.write(`${line(row)}\n`);
  }
}
const missed = ratios.filter((row) => !met(row));
process.stdout.write(missed.length === 0 ? `all ${ratios.length} budgets are met\n` : `${missed.length} of ${ratios.length} budgets are missed:\n`);
for (const row of missed) process.stdout.write(`${line(row)}\n`);
if (missed.length > 0 && values.strict) process.exitCode = 1;
const report = { machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`, node: process.version, rounds, ratios };
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);

/** `   2.71  ≥ 2.5  (2.60–2.75)  scanner, 2 KB / npm edifact raw` */
function line(row: Row): string {
  const budget = `${row.better === 'higher' ? '≥' : '≤'} ${Math.round(row.budget * 100) / 100}`;
  const spread = `(${row.min.toFixed(2)}–${row.max.toFixed(2)})`;
  return `${row.ratio.toFixed(2).padStart(8)}  ${budget.padEnd(7)} ${met(row) ? '  ' : '✗ '}${spread.padEnd(18)} ${row.stage} / ${row.against}`;
}
