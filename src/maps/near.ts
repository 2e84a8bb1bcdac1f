import type { DictionaryClass } from '../dictionary/dictionary.ts';
import { didYouMean } from '../diagnostics/suggest.ts';

/** Where a class of that name stands below `outer`, nearest first, for the end of a sentence; the empty string where it does not. */
function elsewhere(name: string, outer: DictionaryClass | undefined): string {
  let level = outer?.classes ?? [];
  for (let depth = 0; depth < 2; depth++) {
    const holder = level.find(({ classes }) => classes.some((each) => each.name === name));
    if (holder) return `; it stands below ${holder.path}`;
    level = level.flatMap(({ classes }) => classes);
  }
  return '';
}

/** What may be meant by a class that is not there. */
export const nearClass = (name: string, siblings: readonly DictionaryClass[], outer: DictionaryClass | undefined): string =>
  didYouMean(
    name,
    siblings.map((each) => each.name),
  ) || elsewhere(name, outer);

/** What may be meant by an attribute that a class does not have. */
export const nearAttribute = (name: string, owner: DictionaryClass): string =>
  owner.classes.some((each) => each.name === name)
    ? '; it is a class, and stands under `classes`'
    : didYouMean(
        name,
        owner.attributes.map((each) => each.name),
      );
