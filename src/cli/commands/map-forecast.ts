import { forecast as forecastOf, type ForecastLoss } from '../../maps/forecast.ts';
import { UsageError } from '../main.ts';
import { namedPlans, placesOf } from './map-plans.ts';
import type { Verb } from './map.ts';

/** What of the facts of one map another cannot hold, without any message. */
export const forecast: Verb = ({ options, out, tell }, names) => {
  const [from, to, ...more] = names;
  if (from === undefined || to === undefined || more.length > 0) throw new UsageError('`forecast` takes two maps: FROM and TO');
  const { library, plans } = namedPlans(options, [from, to]);
  const made = forecastOf(plans[0]!, plans.at(-1)!);
  const at = placesOf(library);
  if (options['json']) {
    const losses = made.losses.map((each) => ({ ...each, wco: each.wco ?? null, from: at(each.from), to: each.to ? at(each.to) : null }));
    const holds = made.holds.map(({ reason, to: place }) => ({ reason, to: at(place) }));
    out(`${JSON.stringify({ ...made, losses, holds }, null, 2)}\n`);
    return 0;
  }
  const certain = made.losses.filter((each) => each.certain);
  const isSure = ({ path, from }: ForecastLoss): boolean => certain.some((each) => each.path === path && each.from === from);
  const possible = made.losses.filter((each) => !isSure(each)); // what is always lost is not lost sometimes as well
  out(`${made.from} states ${made.facts} facts; ${made.whole} always arrive in ${made.to}, as long as there is room\n`);
  for (const each of made.refusals) out(`${each}\n`);
  for (const { reason, to: place } of made.holds) out(`held until the message has been read: ${reason} (${at(place)})\n`);
  if (certain.length > 0) out(`\nlost whenever stated\n${certain.map(({ path, reason, from: place }) => `  ${path}: ${reason} (${at(place)})\n`).join('')}`);
  if (possible.length > 0) out(`\nlost sometimes\n${byReason(possible).map(([reason, paths]) => `  ${reason}\n${paths.map((path) => `    ${path}\n`).join('')}`).join('')}`); // prettier-ignore
  if (made.losses.length === 0) tell('nothing is lost\n');
  return 0;
};

/** One reason often holds for a whole class. */
function byReason(losses: readonly ForecastLoss[]): readonly (readonly [string, readonly string[]])[] {
  const found = new Map<string, string[]>();
  for (const { reason, path } of losses) found.set(reason, [...(found.get(reason) ?? []), path]);
  return [...found];
}
