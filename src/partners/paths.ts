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
export function named(text: string, dictionary: Dictionary): readonly Named[] {
  const byText = known.get(dictionary) ?? new Map<string, readonly Named[]>();
  known.set(dictionary, byText);
  let found = byText.get(text);
  if (!found) byText.set(text, (found = find(text, dictionary)));
  return found;
}

export interface Named {
  readonly cls: DictionaryClass;
  readonly attribute: Attribute;
}

/** A dictionary does not change, and the same few patterns are asked for with every message. */
const known = new WeakMap<Dictionary, Map<string, readonly Named[]>>();

function find(text: string, dictionary: Dictionary): readonly Named[] {
  if (text === '**') return everyAttribute(dictionary.classes);
  const [, path = '', rest = ''] = /^(.*?)(\/\*\*|\.\*|\.\w+)$/.exec(text) ?? [];
  const classes = classesAt(path, dictionary);
  if (rest === '/**') return everyAttribute(inOrder(classes.flatMap(withBelow)));
  if (rest === '.*') return everyAttribute(classes);
  return everyAttribute(classes).filter(({ attribute }) => `.${attribute.name}` === rest);
}

const everyAttribute = (classes: readonly DictionaryClass[]): Named[] => classes.flatMap((cls) => cls.attributes.map((attribute) => ({ cls, attribute })));

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
