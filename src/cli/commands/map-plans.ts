import { lineColumn, type Place } from '../../diagnostics/place.ts';
import type { Library } from '../../gateway/library/library.ts';
import type { Plan } from '../../maps/plan.ts';
import { libraryWith } from '../library.ts';
import { UsageError, type Options } from '../main.ts';

/** The maps that were named by name or by file; all of them where none was. A map that cannot be compiled is for `map lint`. */
export function namedPlans(options: Options, names: readonly string[]): { readonly library: Library; readonly plans: readonly Plan[] } {
  const { library, files } = libraryWith(options, names);
  const { maps } = library.catalog;
  const meant = names.length === 0 ? maps : files.map((file) => maps.find((each) => each.file === file));
  const plans = meant.flatMap((each) => (each && library.catalog.plan(each.name)) ?? []);
  if (plans.length === 0 || plans.length < files.length)
    throw new UsageError(`${names.join(', ')}: not every one is a map that can be used; \`portolan map lint\` says why`);
  return { library, plans };
}

/** Places as people write them: file:line:column. */
export function placesOf(library: Library): (place: Place) => string {
  return ({ source, start }) => {
    const bytes = library.file(source);
    const { line, column } = bytes ? lineColumn(bytes, start) : { line: 1, column: 1 };
    return `${source}:${line}:${column}`;
  };
}

/** An option that is a whole number, from 1. */
export function wholeNumber(options: Options, name: string, otherwise: number): number {
  const given = options[name];
  if (given === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(String(given))) throw new UsageError(`--${name} is a whole number, not \`${String(given)}\``);
  return Number(given);
}
