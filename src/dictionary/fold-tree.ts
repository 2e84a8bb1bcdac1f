import type { DictionaryClass } from './dictionary.ts';
import type { AssertionMode, Rows } from './rows.ts';

/** A fact, where it stands in the rows of its statement. */
export interface FactRef {
  readonly statement: number;
  readonly row: number;
  readonly slot: number;
  readonly text: string; // for keys
}

/** A row while statements are folded; its facts may be of several of them. */
export interface Tree {
  readonly cls: DictionaryClass;
  readonly mode: AssertionMode;
  readonly facts: (FactRef | undefined)[]; // by slot
  carried: readonly { readonly statement: number; readonly row: number }[]; // whose private values go along
  children: Tree[];
}

export function treeOf(rows: Rows, statement: number): Tree[] {
  const make = (row: number): Tree => {
    const cls = rows.class(row);
    const facts = cls.attributes.map(({ slot }): FactRef | undefined => {
      const value = rows.get(row, slot);
      return value === undefined ? undefined : { statement, row, slot, text: typeof value === 'string' ? value : `${value.value} ${value.unit}` };
    });
    const children: Tree[] = [];
    for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) if (!rows.removed(child)) children.push(make(child));
    return { cls, mode: rows.mode(row), facts, carried: rows.carriedOf(row).length > 0 ? [{ statement, row }] : [], children };
  };
  return rows.roots().map(make);
}

/** What tells a row from its siblings: class, key, and which of those with the same key it is. `seen` counts. */
export function keyOf({ cls, facts, children }: Tree, seen: Map<string, number>): string {
  const values = cls.key.map((name) => {
    const [of, attribute] = name.includes('.') ? (name.split('.') as [string, string]) : [undefined, name];
    const holder = of === undefined ? { cls, facts } : children.find((child) => child.cls.name === of);
    const slot = holder?.cls.attributes.find((each) => each.name === attribute)?.slot;
    return slot === undefined ? '' : (holder?.facts[slot]?.text ?? '');
  });
  const key = [String(cls.index), ...values].join('\0');
  const nth = (seen.get(key) ?? 0) + 1;
  seen.set(key, nth);
  return `${key}\0${nth}`;
}

export function keyed(children: readonly Tree[]): Map<string, Tree> {
  const seen = new Map<string, number>();
  return new Map(children.map((child) => [keyOf(child, seen), child]));
}

/** Takes over what belongs to the detail (classes that `isDetail`), or everything else. */
export function graft(target: Tree, stated: Tree, isDetail: (cls: DictionaryClass) => boolean, detail: boolean): void {
  if (!detail) {
    stated.facts.forEach((fact, slot) => void (target.facts[slot] = fact));
    target.carried = stated.carried;
  }
  const [head, body] = detail ? [target, stated] : [stated, target];
  target.children = [...head.children.filter(({ cls }) => !isDetail(cls)), ...body.children.filter(({ cls }) => isDetail(cls))];
}

/** Writes a tree as rows, and which statement states each fact. */
export function append(tree: Tree, rows: Rows, parent: number, statements: readonly Rows[], statedBy: number[]): void {
  const made = rows.add(tree.cls, parent);
  for (const { statement, row } of tree.carried) rows.carryAll(made, statements[statement]!, row);
  for (const fact of tree.facts) {
    if (!fact) continue;
    rows.copy(made, fact.slot, statements[fact.statement]!, fact.row);
    statedBy[rows.factIndex(made, fact.slot)] = fact.statement;
  }
  for (const child of tree.children) append(child, rows, made, statements, statedBy);
}
