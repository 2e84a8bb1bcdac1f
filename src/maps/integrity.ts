import { BoundedFindings } from '../diagnostics/bounded.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import { KeyTable } from '../dictionary/key-table.ts';
import type { Rows } from '../dictionary/rows.ts';
import { valueText } from './instance.ts';

/**
 * Keys and references of rows: siblings that cannot be told apart, and references to what is not there.
 * One pass over the rows; a repeated key is said once for each repetition. What has no sibling needs no key to be told from it.
 * `declares`: whether what was read could state such a class at all; a reference to what it cannot state is nobody's fault.
 */
export function checkRows(rows: Rows, declares: (path: string) => boolean = () => true): Diagnostic[] {
  const { keyed, roles, crowds } = keysOf(rows.dictionary);
  const naming: number[] = []; // rows that name another, as long as they are few
  const crowded = crowdIn(rows, roles, crowds, naming);
  if (crowded < 0 && naming.length === 0) return [];
  const { size } = rows;
  const isMany = naming.length * size > looks;
  const asked = crowded < 0 && !isMany ? naming : undefined; // undefined: all
  const findings = new BoundedFindings();
  let seen: Seen | undefined;
  const referring: number[] = []; // those of `naming` that have a key
  const keys: string[] = []; // theirs
  for (let i = 0; i < (asked ? asked.length : size); i++) {
    const row = asked ? asked[i]! : i;
    const index = rows.classIndex(row);
    const isCrowded = crowds.last[index] === crowded;
    if ((roles[index]! & role.keyed) === 0 || (!isCrowded && (roles[index]! & role.reference) === 0)) continue;
    if (rows.removed(row) || rows.parent(row) < 0) continue;
    const parts = keyed[index]!;
    const cls = rows.class(row);
    const count = !isCrowded ? 1 : seen?.isCrowded(row) === true ? few + 1 : alike(rows, row);
    if (count === 1 && cls.refers === undefined) continue;
    const key = keyBy(parts, rows, row);
    if (key === undefined) {
      if (cls.refers !== undefined || (cls.key.length === 1 && count > 1))
        findings.push(finding('MAP_KEY_MISSING', { class: cls.path, key: cls.key.join(' and ') }));
      continue;
    }
    if (count > 1 && (seen ??= new Seen(rows)).isRepeated(row, count, parts, key)) findings.push(finding('MAP_KEY_DUPLICATE', { class: cls.path, key }));
    if (cls.refers === undefined || isMany) continue;
    referring.push(row);
    keys.push(key);
  }
  seen?.clear();
  if (isMany) checkMany(rows, declares, findings);
  else checkFew(rows, referring, keys, declares, findings);
  return findings.all();
}

/** The parents of rows, by class: what is in it of earlier checks is below `next`. */
interface Crowds {
  readonly last: Int32Array; // `next` and the parent of the last row
  next: number;
}

/**
 * The mark in `crowds.last` of classes of which a row may have a sibling: those whose rows are not each below a later parent than the
 * one before it. -1 where there is no such class. Rows that name another go to `naming`.
 */
function crowdIn(rows: Rows, roles: Uint8Array, crowds: Crowds, naming: number[]): number {
  const { last } = crowds;
  const { size } = rows;
  const next = crowds.next < 1 << 30 ? crowds.next : 1;
  if (next < crowds.next) last.fill(0);
  const mark = next + size;
  let isCrowded = false;
  for (let row = 0; row < size; row++) {
    const cls = rows.classIndex(row);
    if ((roles[cls]! & role.keyed) === 0 || rows.removed(row)) continue;
    const parent = rows.parent(row);
    if (parent < 0) continue;
    if ((roles[cls]! & role.reference) !== 0 && naming.length * size <= looks) naming.push(row);
    if (next + parent > last[cls]!) last[cls] = next + parent;
    else {
      last[cls] = mark;
      isCrowded = true;
    }
  }
  crowds.next = mark + 1;
  return isCrowded ? mark : -1;
}

const few = 8; // siblings: they are looked at one by one, which costs less than to write them down
const looks = 4096; // at rows, to find what others name: the same holds of these

/** The siblings of the rows that were looked at, where there are some. */
class Seen {
  readonly #rows: Rows;
  #keys: KeyTable | undefined; // class, parent and key, of many siblings
  #crowded: Map<number, number> | undefined; // by class: the parent below which there were last found to be many

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Whether it is known already that there are more than `few`. */
  isCrowded(row: number): boolean {
    return this.#crowded !== undefined && this.#crowded.get(this.#rows.classIndex(row)) === this.#rows.parent(row);
  }

  /** Whether a sibling of its class that came before it has its key. */
  isRepeated(row: number, count: number, parts: readonly KeyPart[], key: string): boolean {
    const rows = this.#rows;
    const parent = rows.parent(row);
    const cls = rows.classIndex(row);
    if (count > few) {
      (this.#crowded ??= new Map()).set(cls, parent);
      return (this.#keys ??= new KeyTable(rows.pool)).set(`${cls} ${parent} ${key}`, row) !== undefined;
    }
    for (let at = rows.firstOf(parent, rows.class(row)); at >= 0; at = rows.nextOf(at)) if (at < row && keyBy(parts, rows, at) === key) return true;
    return false;
  }

  clear(): void {
    this.#keys?.clear();
  }
}

/** How many rows of its class are below the parent of a row, itself included; of more than `few` it is only known that they are more. */
function alike(rows: Rows, row: number): number {
  let count = 0;
  for (let at = rows.firstOf(rows.parent(row), rows.class(row)); at >= 0 && count <= few; at = rows.nextOf(at)) count++;
  return count;
}

/** References to what is not there: of few rows, whose keys are at hand. */
function checkFew(rows: Rows, referring: readonly number[], keys: readonly string[], declares: (path: string) => boolean, findings: BoundedFindings): void {
  let named: { readonly path: string; readonly keys: readonly string[] } | undefined; // most rows name those of one class
  referring.forEach((row, i) => {
    const { refers, path } = rows.class(row);
    if (named?.path !== refers) named = { path: refers!, keys: keysIn(rows, refers!) };
    const key = keys[i]!;
    if (!named!.keys.includes(key) && declares(refers!)) findings.push(finding('MAP_REFERENCE_UNRESOLVED', { class: path, key }));
  });
}

/** The keys of the rows of a class. */
function keysIn(rows: Rows, path: string): string[] {
  const keys: string[] = [];
  const cls = rows.dictionary.class(path)?.index;
  for (let row = 0; row < rows.size; row++) if (rows.classIndex(row) === cls && !rows.removed(row)) keys.push(keyOf(rows, row) ?? '');
  return keys;
}

/** The same of many: what they name is written down first. */
function checkMany(rows: Rows, declares: (path: string) => boolean, findings: BoundedFindings): void {
  const { roles } = keysOf(rows.dictionary);
  const targets = targetsOf(rows, roles);
  for (let row = 0; row < rows.size; row++) {
    if ((roles[rows.classIndex(row)]! & role.reference) === 0 || rows.removed(row) || rows.parent(row) < 0) continue;
    const { refers, path } = rows.class(row);
    const key = keyOf(rows, row);
    if (key === undefined || targets.get(refers!)?.get(key) !== undefined || !declares(refers!)) continue;
    findings.push(finding('MAP_REFERENCE_UNRESOLVED', { class: path, key }));
  }
  for (const keys of targets.values()) keys.clear();
}

/** By class: the keys of what may be named. */
function targetsOf(rows: Rows, roles: Uint8Array): ReadonlyMap<string, KeyTable> {
  const targets = new Map<string, KeyTable>();
  for (let row = 0; row < rows.size; row++) {
    if ((roles[rows.classIndex(row)]! & role.target) === 0 || rows.removed(row)) continue;
    const { path } = rows.class(row);
    let keys = targets.get(path);
    if (!keys) targets.set(path, (keys = new KeyTable(rows.pool)));
    keys.set(keyOf(rows, row) ?? '', row);
  }
  return targets;
}

/** A part of a key: the child classes down to the one that holds it, and its slot there; -1 where the class has no such attribute. */
interface KeyPart {
  readonly classes: readonly DictionaryClass[];
  readonly slot: number;
}

/** What a class is to its siblings, and to references. */
const role = { target: 1, reference: 2, keyed: 4 } as const;

/** By index of the class. */
interface Keys {
  readonly keyed: readonly (readonly KeyPart[] | undefined)[]; // by what siblings are told apart; undefined where there is nothing
  readonly roles: Uint8Array;
  readonly crowds: Crowds;
}

const known = new WeakMap<Dictionary, Keys>();

function keysOf(dictionary: Dictionary): Keys {
  let keys = known.get(dictionary);
  if (!keys) known.set(dictionary, (keys = keysFor(dictionary)));
  return keys;
}

function keysFor({ classes }: Dictionary): Keys {
  const targets = new Set(classes.map(({ refers }) => refers));
  const keyed = classes.map((cls) => (cls.many && cls.key.length > 0 ? keyPartsOf(cls) : undefined));
  const rolesOf = ({ path, many, refers, index }: DictionaryClass): number =>
    (targets.has(path) ? role.target : 0) | (many && refers !== undefined ? role.reference : 0) | (keyed[index] ? role.keyed : 0);
  return { keyed, roles: Uint8Array.from(classes, rolesOf), crowds: { last: new Int32Array(classes.length), next: 1 } };
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
export const keyOf = (rows: Rows, row: number): string | undefined => keyBy(keyPartsOf(rows.class(row)), rows, row);

function keyBy(parts: readonly KeyPart[], rows: Rows, row: number): string | undefined {
  let key: string | undefined;
  for (const { classes, slot } of parts) {
    let at = row;
    for (const cls of classes) if (at >= 0) at = rows.firstOf(at, cls);
    const value = at < 0 || slot < 0 ? undefined : rows.get(at, slot);
    if (value === undefined) return undefined;
    key = key === undefined ? valueText(value) : `${key} ${valueText(value)}`;
  }
  return key;
}
