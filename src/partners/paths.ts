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

/** The attributes that a pattern names, each with its class; none where it names nothing. */
export const named = (text: string, dictionary: Dictionary): readonly Named[] => patternOf(text, dictionary).named;

export interface Named {
  readonly cls: DictionaryClass;
  readonly attribute: Attribute;
}

/** What a pattern says. Its classes alone make no attribute: some name thousands. */
export interface Pattern {
  readonly classes: readonly DictionaryClass[];
  readonly attribute: string | undefined; // the one of this name, in those that have it; undefined: every one
  readonly named: readonly Named[];
}

export function patternOf(text: string, dictionary: Dictionary): Pattern {
  const byText = known.get(dictionary) ?? new Map<string, Pattern>();
  known.set(dictionary, byText);
  let found = byText.get(text);
  if (!found) byText.set(text, (found = pattern(text, dictionary)));
  return found;
}

/** A dictionary does not change, and the same few patterns are asked for with every message. */
const known = new WeakMap<Dictionary, Map<string, Pattern>>();

function pattern(text: string, dictionary: Dictionary): Pattern {
  const [, path = '', rest = ''] = /^(.*?)(\/\*\*|\.\*|\.\w+)$/.exec(text) ?? [];
  const own = classesAt(path, dictionary);
  const classes = text === '**' ? dictionary.classes : rest === '/**' ? inOrder(own.flatMap(withBelow)) : own;
  const attribute = /^\.\w/.test(rest) ? rest.slice(1) : undefined;
  let all: readonly Named[] | undefined;
  const find = (): Named[] =>
    classes.flatMap((cls) => cls.attributes.flatMap((each) => (attribute === undefined || each.name === attribute ? { cls, attribute: each } : [])));
  return {
    classes,
    attribute,
    get named() {
      return (all ??= find());
    },
  };
}

/** The classes of a path without its last part: a step of it may be a nest. */
function classesAt(path: string, { roots }: Dictionary): readonly DictionaryClass[] {
  let found: DictionaryClass[] = [];
  let next = roots;
  for (const step of path.split('/')) {
    const name = step.replace(/\+$/, '');
    found = next.filter((cls) => cls.name === name);
    if (name !== step) for (const cls of found) found.push(...cls.classes.filter((each) => each.name === name)); // and in those, as they are found
    next = found.flatMap(({ classes }) => classes);
  }
  return inOrder(found);
}

const withBelow = (cls: DictionaryClass): DictionaryClass[] => [cls, ...cls.classes.flatMap(withBelow)];

/** As the dictionary has them, and each once. */
const inOrder = (classes: readonly DictionaryClass[]): DictionaryClass[] => [...new Set(classes)].sort((a, b) => a.index - b.index);
