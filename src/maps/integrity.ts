import { BoundedFindings } from '../diagnostics/bounded.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { DictionaryClass } from '../dictionary/dictionary.ts';
import { KeyTable } from '../dictionary/key-table.ts';
import type { Rows } from '../dictionary/rows.ts';
import { valueText } from './instance.ts';

/**
 * Keys and references of rows: siblings that cannot be told apart, and references to what is not there.
 * One pass over the rows; a repeated key is said once for each repetition.
 */
export function checkRows(rows: Rows): Diagnostic[] {
  const findings = new BoundedFindings();
  const seen = new KeyTable(rows.pool); // class, parent and key
  const referred = new Set<string>(); // classes
  for (let row = 0; row < rows.size; row++) {
    if (rows.removed(row) || rows.parent(row) < 0) continue;
    const cls = rows.class(row);
    if (!cls.many || cls.key.length === 0) continue;
    const key = keyOf(rows, row);
    if (key === undefined) {
      if (cls.refers !== undefined || cls.key.length === 1) findings.push(finding('MAP_KEY_MISSING', { class: cls.path, key: cls.key.join(' and ') }));
      continue;
    }
    const id = `${cls.index} ${rows.parent(row)} ${key}`;
    if (seen.get(id) !== undefined) findings.push(finding('MAP_KEY_DUPLICATE', { class: cls.path, key }));
    seen.set(id, row);
    if (cls.refers !== undefined) referred.add(cls.refers);
  }
  seen.clear();
  if (referred.size > 0) checkReferences(rows, referred, seen, findings);
  seen.clear();
  return findings.all();
}

function checkReferences(rows: Rows, referred: ReadonlySet<string>, targets: KeyTable, findings: BoundedFindings): void {
  for (let row = 0; row < rows.size; row++) {
    const cls = rows.class(row);
    if (referred.has(cls.path) && !rows.removed(row)) targets.set(`${cls.path} ${keyOf(rows, row) ?? ''}`, row);
  }
  for (let row = 0; row < rows.size; row++) {
    const { refers, path, many } = rows.class(row);
    if (refers === undefined || !many || rows.removed(row) || rows.parent(row) < 0) continue;
    const key = keyOf(rows, row);
    if (key !== undefined && targets.get(`${refers} ${key}`) === undefined) findings.push(finding('MAP_REFERENCE_UNRESOLVED', { class: path, key }));
  }
}

/** The key of a row as text, or undefined where a part of it is missing. `Document.ID` is looked up in the child. */
export function keyOf(rows: Rows, row: number): string | undefined {
  const cls = rows.class(row);
  const parts: string[] = [];
  for (const name of cls.key) {
    const text = keyPart(rows, row, cls, name.split('.'));
    if (text === undefined) return undefined;
    parts.push(text);
  }
  return parts.length === 0 ? undefined : parts.join(' ');
}

function keyPart(rows: Rows, row: number, cls: DictionaryClass, names: readonly string[]): string | undefined {
  const [name, ...rest] = names;
  if (rest.length > 0) {
    const inner = cls.classes.find((each) => each.name === name);
    const child = inner ? rows.firstOf(row, inner) : -1;
    return child < 0 || !inner ? undefined : keyPart(rows, child, inner, rest);
  }
  const attribute = cls.attributes.find((each) => each.name === name);
  const value = attribute && rows.get(row, attribute.slot);
  return value === undefined ? undefined : valueText(value);
}
