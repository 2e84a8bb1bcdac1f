import { coverByCases } from '../../gateway/library/case-coverage.ts';
import { wireOf } from '../../gateway/library/wire.ts';
import { Coverage, coverByChance, type Direction } from '../../maps/coverage.ts';
import { table } from '../bench-command.ts';
import { configFolder } from '../options.ts';
import { namedPlans, placesOf, wholeNumber } from './map-plans.ts';
import type { Verb } from './map.ts';

const ways: readonly Direction[] = ['read', 'written'];

/** Which bindings and codes of maps are reached, both ways: by their cases, and by random messages. */
export const coverage: Verb = ({ options, out, tell }, names) => {
  const [runs, seed] = [wholeNumber(options, 'runs', 1_000), wholeNumber(options, 'seed', 1)];
  const { library, plans } = namedPlans(options, names);
  const wire = wireOf(library);
  const at = placesOf(library);
  const byCases = coverByCases(library, plans, configFolder(options));
  const lines: string[][] = [];
  const reports = plans.map((plan) => {
    const [cases, chance] = [byCases.get(plan)!, new Coverage(plan)];
    coverByChance(chance, wire, { runs, seed });
    const reached = cases.missed().map(({ item, way }) => {
      const random = chance.items[cases.items.indexOf(item)]!.reached.has(way);
      return { kind: item.kind, name: item.name, way, place: at(item.place), random };
    });
    const counts = { cases: counted(cases), random: counted(chance) };
    lines.push([plan.name, ...[counts.cases, counts.random].flatMap((each) => ways.map((way) => percent(each[way])))]);
    return { map: plan.name, ...counts, onlyRandom: reached.filter(({ random }) => random), never: reached.filter(({ random }) => !random) };
  });
  if (options['json']) out(`${JSON.stringify({ maps: reports }, null, 2)}\n`);
  else {
    out(table(['map', 'cases read', 'cases write', 'random read', 'random write'], lines));
    for (const { map, never, onlyRandom } of reports) {
      for (const { kind, name, way, place } of never) tell(`${place}: the ${kind} \`${name}\` of ${map} is never ${way}\n`);
      if (options['all']) for (const { kind, name, way, place } of onlyRandom) tell(`${place}: no case has the ${kind} \`${name}\` of ${map} ${way}\n`);
    }
  }
  return reports.every(({ never }) => never.length === 0) ? 0 : 1;
};

const counted = (coverage: Coverage) => ({ read: coverage.count('read'), written: coverage.count('written') });

const percent = ({ reached, of }: { readonly reached: number; readonly of: number }): string =>
  `${reached} of ${of} (${of === 0 ? 100 : Math.floor((100 * reached) / of)} %)`;
