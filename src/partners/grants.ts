import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import { Rows } from '../dictionary/rows.ts';
import type { AgencyFile } from './agency.ts';
import type { Loaded } from '../language/loaded.ts';
import { named, patternOf } from './paths.ts';

/** What an agency may see: the attributes that its patterns name (`paths.ts`), and nothing that is not among them. */
export interface Grants {
  readonly everything: boolean; // then private values of the sender's format travel too
  /** By slot of the class: whether it is granted. */
  slots(cls: DictionaryClass): readonly boolean[];
  readonly paths: readonly string[];
  allows(path: string): boolean;
}

/** Compiles the patterns of one agency against the dictionary. What no pattern names is denied. */
export function compileGrants(texts: readonly string[], dictionary: Dictionary): Grants {
  const patterns = texts.map((text) => patternOf(text, dictionary));
  const whole = dictionary.classes.map(() => false); // by class index
  for (const { classes, attribute } of patterns) if (attribute === undefined) for (const { index } of classes) whole[index] = true;
  const made = new Array<readonly boolean[] | undefined>(dictionary.classes.length); // by class index, when a class is met: of thousands a message has a few
  const slots = (cls: DictionaryClass): readonly boolean[] =>
    (made[cls.index] ??= cls.attributes.map(
      ({ name }) => whole[cls.index]! || patterns.some(({ classes, attribute }) => attribute === name && classes.includes(cls)),
    ));
  let paths: readonly string[] | undefined;
  return {
    everything: dictionary.classes.every((cls) => whole[cls.index]! || slots(cls).every(Boolean)),
    slots,
    get paths() {
      return (paths ??= dictionary.classes.flatMap((cls) => cls.attributes.flatMap(({ path, slot }) => (slots(cls)[slot] ? path : []))));
    },
    allows(path) {
      const cls = dictionary.class(path.slice(0, path.lastIndexOf('.')));
      const attribute = dictionary.attribute(path);
      return cls !== undefined && attribute !== undefined && slots(cls)[attribute.slot]!;
    },
  };
}

/**
 * A copy of the rows with the granted facts alone, made before anything is built or derived from them: a total that is
 * computed later can then not betray a row that was hidden. A row remains where a granted fact stands in it or below it.
 */
export function project(rows: Rows, grants: Grants): { readonly rows: Rows; readonly withheld: number; readonly sources: readonly number[] } {
  const projected = new Rows(rows.dictionary, rows.pool);
  let withheld = 0;
  const sources: number[] = []; // by row: of which it is the copy
  /** `above` makes the row's parent and says which it is: a row is made when it is known that it remains. */
  const copy = (row: number, above: () => number): void => {
    let made = -1;
    const make = (): number => {
      if (made >= 0) return made;
      made = projected.add(rows.class(row), above());
      sources[made] = row;
      projected.setMode(made, rows.mode(row));
      if (grants.everything) projected.carryAll(made, rows, row);
      return made;
    };
    const granted = grants.slots(rows.class(row));
    for (let slot = 0; slot < granted.length; slot++) {
      if (rows.get(row, slot) === undefined) continue;
      if (granted[slot]) projected.copy(make(), slot, rows, row);
      else withheld++;
    }
    for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) if (!rows.removed(child)) copy(child, make);
  };
  for (const root of rows.roots()) copy(root, () => -1);
  return { rows: projected, withheld, sources };
}

/**
 * What is wrong with an agency's grants, before any message is there: a pattern that names nothing, a row granted without the
 * key that tells it from its siblings (its own, or of a row above it), a profile's mandatory element withheld.
 */
export function checkGrants(file: Loaded<AgencyFile>, requires: readonly string[], dictionary: Dictionary): Diagnostic[] {
  const findings: Diagnostic[] = [];
  const grants = compileGrants(file.value.grants, dictionary);
  const reported = new Set<string>();
  file.value.grants.forEach((text, i) => {
    const { classes, attribute: name } = patternOf(text, dictionary);
    const isMeant = ({ attributes }: DictionaryClass): boolean => (name === undefined ? attributes.length > 0 : attributes.some((each) => each.name === name));
    if (!classes.some(isMeant)) findings.push(finding('GRANT_UNKNOWN_PATH', { path: text }, { rule: file.at('grants', i), actual: text }));
    if (grants.everything) return;
    const keys = new Set(classes.filter(isMeant).flatMap((cls) => keysAbove(cls, dictionary)));
    const each = [...keys].filter((path) => !grants.allows(path) && !reported.has(path));
    if (each.length === 0) return;
    for (const path of each) reported.add(path);
    findings.push(finding('GRANT_WITHOUT_KEY', { path: text, missing: each.join(', ') }, { rule: file.at('grants', i), expected: each }));
  });
  const short = requires.flatMap((text) => named(text, dictionary).map(({ attribute }) => attribute.path)).filter((path) => !grants.allows(path));
  if (short.length > 0)
    findings.push(finding('GRANT_SHORT_OF_PROFILE', { profile: file.value.profile, missing: short.join(', ') }, { rule: file.at('grants'), expected: short }));
  return findings;
}

/** The keys, as attribute paths, that a row of this class cannot stand without: its own, its ancestors', and those it refers to. */
function keysAbove(cls: DictionaryClass, dictionary: Dictionary): string[] {
  const referred = cls.refers === undefined ? undefined : dictionary.class(cls.refers);
  return [...keyPaths(cls), ...(referred ? keyPaths(referred) : []), ...(cls.parent ? keysAbove(cls.parent, dictionary) : [])];
}

/** The key of a class: `ID` is its own attribute, `TransportContractDocument.ID` that of a class below it. */
function keyPaths(cls: DictionaryClass): string[] {
  return cls.key.map((name) => (name.includes('.') ? `${cls.path}/${name}` : `${cls.path}.${name}`));
}
