import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Attribute, Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import { Rows } from '../dictionary/rows.ts';
import type { AgencyFile } from './agency.ts';
import type { Loaded } from './loaded.ts';

/**
 * What an agency may see: attribute paths of the dictionary, and nothing that is not among them.
 *
 *   Declaration/Consignment.TotalGrossMassMeasure   one attribute
 *   Declaration/Consignment/Consignee.*             every attribute of one class
 *   Declaration/Consignment/Consignee/**            that class and everything below it
 */
export interface Grants {
  readonly everything: boolean; // then private values of the sender's format travel too
  /** By class index: the granted slots of the class. */
  readonly slots: readonly (readonly boolean[])[];
  allows(path: string): boolean;
}

interface Pattern {
  readonly text: string;
  matches(cls: DictionaryClass, attribute: Attribute): boolean;
}

const inSubtree = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);

function pattern(text: string): Pattern {
  if (text === '**') return { text, matches: () => true };
  if (text.endsWith('/**')) return { text, matches: (cls) => inSubtree(cls.path, text.slice(0, -3)) };
  if (text.endsWith('.*')) return { text, matches: (cls) => cls.path === text.slice(0, -2) };
  return { text, matches: (_, attribute) => attribute.path === text };
}

/** Compiles the patterns of one agency against the dictionary. What no pattern names is denied. */
export function compileGrants(texts: readonly string[], dictionary: Dictionary): Grants {
  const patterns = texts.map(pattern);
  const slots = dictionary.classes.map((cls) => cls.attributes.map((attribute) => patterns.some((p) => p.matches(cls, attribute))));
  const allowed = new Set(dictionary.classes.flatMap((cls) => cls.attributes.filter((a) => slots[cls.index]![a.slot]).map((a) => a.path)));
  return { everything: slots.every((cls) => cls.every(Boolean)), slots, allows: (path) => allowed.has(path) };
}

/**
 * A copy of the rows with the granted facts alone, made before anything is built or derived from them: a total that is
 * computed later can then not betray a row that was hidden. A row remains where a granted fact stands in it or below it.
 */
export function project(rows: Rows, grants: Grants): { readonly rows: Rows; readonly withheld: number } {
  const { dictionary } = rows;
  const keep = new Uint8Array(rows.size);
  let withheld = 0;
  for (let row = rows.size - 1; row >= 0; row--) {
    if (rows.removed(row)) continue;
    const granted = grants.slots[rows.classIndex(row)]!;
    for (let slot = 0; slot < granted.length; slot++) {
      if (rows.get(row, slot) === undefined) continue;
      if (granted[slot]) keep[row] = 1;
      else withheld++;
    }
    const parent = rows.parent(row);
    if (keep[row] === 1 && parent >= 0) keep[parent] = 1;
  }
  const projected = new Rows(dictionary);
  const renamed = new Int32Array(rows.size).fill(-1);
  for (let row = 0; row < rows.size; row++) {
    if (keep[row] === 0) continue;
    const cls = rows.class(row);
    const parent = rows.parent(row);
    const copy = projected.add(cls, parent < 0 ? -1 : renamed[parent]!);
    renamed[row] = copy;
    projected.setMode(copy, rows.mode(row));
    const granted = grants.slots[cls.index]!;
    for (let slot = 0; slot < granted.length; slot++) {
      const value = granted[slot] ? rows.get(row, slot) : undefined;
      if (value === undefined) continue;
      const origin = rows.origin(row, slot);
      if (origin) projected.set(copy, slot, value, origin.position, origin.key, origin.repetition, origin.offset);
      else projected.set(copy, slot, value);
    }
  }
  if (grants.everything) for (const carried of rows.carried) if (renamed[carried.row]! >= 0) projected.carried.push({ ...carried, row: renamed[carried.row]! });
  return { rows: projected, withheld };
}

/**
 * What is wrong with an agency's grants, before any message is there: a pattern that names nothing, a row granted without the
 * key that tells it from its siblings, a profile's mandatory element withheld.
 */
export function checkGrants(file: Loaded<AgencyFile>, requires: readonly string[], dictionary: Dictionary): Diagnostic[] {
  const findings: Diagnostic[] = [];
  const texts = file.value.grants;
  texts.forEach((text, i) => {
    const { matches } = pattern(text);
    const named = dictionary.classes.some((cls) => cls.attributes.some((attribute) => matches(cls, attribute)));
    if (!named) findings.push(finding('GRANT_UNKNOWN_PATH', { path: text }, { rule: file.at('grants', i), actual: text }));
  });
  const grants = compileGrants(texts, dictionary);
  for (const cls of dictionary.classes) {
    const i = texts.findIndex((text) => cls.attributes.some((attribute) => pattern(text).matches(cls, attribute)));
    if (i < 0) continue;
    const missing = [...keyPaths(cls), ...(cls.refers ? keyPaths(dictionary.class(cls.refers)!) : [])].filter((path) => !grants.allows(path));
    if (missing.length > 0) findings.push(finding('GRANT_WITHOUT_KEY', { path: texts[i]!, missing: missing.join(', ') }, { rule: file.at('grants', i), expected: missing }));
  }
  const short = requires.filter((path) => !grants.allows(path));
  if (short.length > 0) findings.push(finding('GRANT_SHORT_OF_PROFILE', { profile: file.value.profile, missing: short.join(', ') }, { rule: file.at('grants'), expected: short }));
  return findings;
}

/** The key of a class, as attribute paths: `ID` is its own, `TransportContractDocument.ID` that of a class below it. */
function keyPaths(cls: DictionaryClass): string[] {
  return cls.key.map((name) => (name.includes('.') ? `${cls.path}/${name}` : `${cls.path}.${name}`));
}
