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
type PathPattern = (attribute: Attribute) => boolean;

/** The attributes that a pattern names, each with its class; none where it names nothing. */
export function named(text: string, dictionary: Dictionary): readonly Named[] {
  const byText = known.get(dictionary) ?? new Map<string, readonly Named[]>();
  known.set(dictionary, byText);
  let found = byText.get(text);
  if (!found) {
    const matches = pathPattern(text);
    byText.set(text, (found = dictionary.classes.flatMap((cls) => cls.attributes.filter(matches).map((attribute) => ({ cls, attribute })))));
  }
  return found;
}

export interface Named {
  readonly cls: DictionaryClass;
  readonly attribute: Attribute;
}

/** A dictionary does not change, and the same few patterns are asked for with every message. */
const known = new WeakMap<Dictionary, Map<string, readonly Named[]>>();

function pathPattern(text: string): PathPattern {
  if (text === '**') return () => true;
  const steps = (path: string): string => path.replace(/\b(\w+)\+/g, '$1(?:/$1)*');
  const subtree = /^(.*)\/\*\*$/.exec(text)?.[1];
  const all = /^(.*)\.\*$/.exec(text)?.[1];
  const source = subtree !== undefined ? `${steps(subtree)}(?:/\\w+)*\\.\\w+` : all !== undefined ? `${steps(all)}\\.\\w+` : steps(text).replace('.', '\\.');
  const regular = new RegExp(`^${source}$`);
  return ({ path }) => regular.test(path);
}
