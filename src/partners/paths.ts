import type { Attribute, Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';

/**
 * How the configuration names attributes of the dictionary.
 *
 *   Declaration/Consignment.TotalGrossMassMeasure    one attribute
 *   Declaration/Consignment/Consignee.*              every attribute of one class
 *   Declaration/Consignment/Consignee/**             that class and everything below it
 *   **                                               everything there is
 *   Declaration/Consignment+/Consignee.Name          at every level of a nest: Consignment, Consignment/Consignment …
 */
export type PathPattern = (attribute: Attribute) => boolean;

/** The attributes that a pattern names, each with its class; none where it names nothing. */
export function named(text: string, dictionary: Dictionary): { readonly cls: DictionaryClass; readonly attribute: Attribute }[] {
  const matches = pathPattern(text);
  return dictionary.classes.flatMap((cls) => cls.attributes.filter(matches).map((attribute) => ({ cls, attribute })));
}

export function pathPattern(text: string): PathPattern {
  if (text === '**') return () => true;
  const steps = (path: string): string => path.replace(/\b(\w+)\+/g, '$1(?:/$1)*');
  const subtree = /^(.*)\/\*\*$/.exec(text)?.[1];
  const all = /^(.*)\.\*$/.exec(text)?.[1];
  const source = subtree !== undefined ? `${steps(subtree)}(?:/\\w+)*\\.\\w+` : all !== undefined ? `${steps(all)}\\.\\w+` : steps(text).replace('.', '\\.');
  const regular = new RegExp(`^${source}$`);
  return ({ path }) => regular.test(path);
}
