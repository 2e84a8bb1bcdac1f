import type { Library } from '../../gateway/library.ts';
import type { Plan } from '../../maps/plan.ts';
import { libraryWith } from '../library.ts';
import { UsageError, type Options } from '../main.ts';

/** The maps that were named by name or by file; all of them where none was. A map that cannot be compiled is for `map lint`. */
export function namedPlans(options: Options, names: readonly string[]): { readonly library: Library; readonly plans: readonly Plan[] } {
  const { library, files } = libraryWith(options, names);
  const meant = names.length === 0 ? library.catalog.maps : library.catalog.maps.filter(({ file }) => files.includes(file));
  const plans = meant.flatMap(({ name }) => library.catalog.plan(name) ?? []);
  if (plans.length === 0 || plans.length < files.length)
    throw new UsageError(`${names.join(', ')}: not every one is a map that can be used; \`portolan map lint\` says why`);
  return { library, plans };
}

/** An option that is a whole number, from 1. */
export function wholeNumber(options: Options, name: string, otherwise: number): number {
  const given = options[name];
  if (given === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(String(given))) throw new UsageError(`--${name} is a whole number, not \`${String(given)}\``);
  return Number(given);
}
