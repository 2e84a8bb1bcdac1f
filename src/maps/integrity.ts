import { BoundedFindings } from '../diagnostics/bounded.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { DictionaryClass } from '../dictionary/dictionary.ts';
import { KeyTable } from '../dictionary/key-table.ts';
import type { Rows } from '../dictionary/rows.ts';
import { valueText } from './instance.ts';

/**
 * Keys and references of rows: siblings that cannot be told apart, and references to what is not there.
 * One pass over the rows; a repeated key is said once for each repetition. What has no sibling needs no key to be told from it.
 * `declares`: whether what was read could state such a class at all; a reference to what it cannot state is nobody's fault.
 */
export function checkRows(rows: Rows, declares: (path: string) => boolean = () => true): Diagnostic[] {
  const findings = new BoundedFindings();
  const seen = new KeyTable(rows.pool); // class, parent and key
  const referred = new Set<string>(); // classes
  for (let row = 0; row < rows.size; row++) {
    const cls = rows.class(row);
    if (!cls.many || cls.key.length === 0 || rows.removed(row) || rows.parent(row) < 0) continue;
    const key = keyOf(rows, row);
    if (key === undefined) {
      if (cls.refers !== undefined || (cls.key.length === 1 && hasSiblings(rows, row)))
        findings.push(finding('MAP_KEY_MISSING', { class: cls.path, key: cls.key.join(' and ') }));
      continue;
    }
    if (hasSiblings(rows, row) && seen.set(`${cls.index} ${rows.parent(row)} ${key}`, row) !== undefined)
      findings.push(finding('MAP_KEY_DUPLICATE', { class: cls.path, key }));
    if (cls.refers !== undefined) referred.add(cls.refers);
  }
  seen.clear();
  for (const path of referred) if (!declares(path)) referred.delete(path);
  if (referred.size > 0) checkReferences(rows, referred, seen, findings);
  seen.clear();
  return findings.all();
}

/** Whether another row of its class is below the same parent. */
const hasSiblings = (rows: Rows, row: number): boolean => rows.nextOf(row) >= 0 || rows.firstOf(rows.parent(row), rows.class(row)) !== row;

function checkReferences(rows: Rows, referred: ReadonlySet<string>, targets: KeyTable, findings: BoundedFindings): void {
  for (let row = 0; row < rows.size; row++) {
    const cls = rows.class(row);
    if (referred.has(cls.path) && !rows.removed(row)) targets.set(`${cls.path} ${keyOf(rows, row) ?? ''}`, row);
  }
  for (let row = 0; row < rows.size; row++) {
    const { refers, path, many } = rows.class(row);
    if (refers === undefined || !referred.has(refers) || !many || rows.removed(row) || rows.parent(row) < 0) continue;
    const key = keyOf(rows, row);
    if (key !== undefined && targets.get(`${refers} ${key}`) === undefined) findings.push(finding('MAP_REFERENCE_UNRESOLVED', { class: path, key }));
  }
}

/** A part of a key: the child classes down to the one that holds it, and its slot there; -1 where the class has no such attribute. */
interface KeyPart {
  readonly classes: readonly DictionaryClass[];
  readonly slot: number;
}

const keyParts = new WeakMap<DictionaryClass, readonly KeyPart[]>();

/** `Document.ID` is looked up in the child. */
function keyPartsOf(cls: DictionaryClass): readonly KeyPart[] {
  let parts = keyParts.get(cls);
  if (!parts) keyParts.set(cls, (parts = cls.key.map((name) => keyPart(cls, name.split('.')))));
  return parts;
}

function keyPart(cls: DictionaryClass, [name, ...rest]: readonly string[]): KeyPart {
  if (rest.length === 0) return { classes: [], slot: cls.attributes.find((each) => each.name === name)?.slot ?? -1 };
  const inner = cls.classes.find((each) => each.name === name);
  if (!inner) return { classes: [], slot: -1 };
  const { classes, slot } = keyPart(inner, rest);
  return { classes: [inner, ...classes], slot };
}

/** The key of a row as text, or undefined where a part of it is missing. */
export function keyOf(rows: Rows, row: number): string | undefined {
  let key: string | undefined;
  for (const { classes, slot } of keyPartsOf(rows.class(row))) {
    let at = row;
    for (const cls of classes) if (at >= 0) at = rows.firstOf(at, cls);
    const value = at < 0 || slot < 0 ? undefined : rows.get(at, slot);
    if (value === undefined) return undefined;
    key = key === undefined ? valueText(value) : `${key} ${valueText(value)}`;
  }
  return key;
}
