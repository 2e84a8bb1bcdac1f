import { lawOptions } from '../../gateway/library/wire.ts';
import { laws as statements } from '../../maps/laws/laws.ts';
import { tryLaws } from '../../maps/laws/run.ts';
import { rowsText, showCounterexample } from '../../maps/laws/show.ts';
import { writeRows, writeUnits } from '../../maps/laws/wire.ts';
import { table } from '../bench-command.ts';
import type { Verb } from './map.ts';
import { namedPlans, wholeNumber } from './map-plans.ts';

/** Tries the laws of maps over random cases; a counterexample is shown small, with the seed by which it can be had again. */
export const laws: Verb = async ({ options, out, tell }, names) => {
  const [runs, seed] = [wholeNumber(options, 'runs', 1_000), wholeNumber(options, 'seed', 1)];
  const { library, plans } = namedPlans(options, names);
  await library.loadSchemas();
  const rows: string[][] = [];
  const reports = plans.map((plan) => {
    const tools = lawOptions(library, plan);
    const report = tryLaws(plan, { ...tools, runs, seed });
    const { counterexample: found, tried } = report;
    rows.push([plan.name, String(report.runs), ...Object.values(tried).map(String), found ? `${found.law} IS BROKEN` : 'every law held']);
    if (found && !options['json']) tell(`${plan.name}\n${showCounterexample(tools.wire, plan, found)}\n`);
    if (!found) return { ...report, counterexample: null };
    const bytes = found.rows ? writeRows(tools.wire, plan, found.rows).bytes : writeUnits(tools.wire, plan, found.units ?? []).bytes;
    const { law, detail, seed: at, steps } = found;
    return {
      ...report,
      counterexample: { law, detail, seed: at, steps, rows: found.rows ? rowsText(found.rows) : null, message: tools.wire.text(plan, bytes) },
    };
  });
  if (options['json']) out(`${JSON.stringify({ laws: statements, maps: reports }, null, 2)}\n`);
  else tell(table(['map', 'cases', ...Object.keys(statements), ''], rows));
  return reports.every(({ counterexample }) => counterexample === null) ? 0 : 1;
};
