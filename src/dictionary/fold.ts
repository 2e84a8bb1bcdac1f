import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { DictionaryClass } from './dictionary.ts';
import { append, graft, keyOf, keyed, treeOf, type Tree } from './fold-tree.ts';
import { Rows, type AssertionMode } from './rows.ts';

/**
 * What a change message means as a whole. `original` and `replace` state everything; `cancel` takes it back; `repeat` says again what
 * was said. The others state a part: rows say each how they are meant (`AssertionMode`), and where they do not, those that are
 * entities are added, deleted, replaced or changed. `heading` is everything but the entities, `detail` the entities.
 */
export type Meaning =
  'original' | 'replace' | 'cancel' | 'repeat' | 'add' | 'delete' | 'change' | 'replace-heading' | 'replace-detail' | 'change-heading' | 'change-detail';

/** One message about a document. */
export interface Statement {
  readonly id: string; // whose facts these are
  readonly rows: Rows;
  readonly meaning: Meaning;
  /** What puts statements in order, the most significant first: a version, a date; it counts where all of them say it. Numbers by value, all else as text. */
  readonly order: readonly string[];
}

export interface FoldOptions {
  /** The classes whose rows a message adds, deletes and replaces: bills of a manifest, items of a declaration. Of nested ones the innermost. */
  readonly entities: readonly DictionaryClass[];
}

export interface Folded {
  /** `waiting`: nothing states the whole yet, and what came is about it. */
  readonly state: 'live' | 'cancelled' | 'waiting';
  readonly rows: Rows | undefined; // of a document that is live
  /** Which statement states a fact (`Rows.factIndex`): its index among those that were given. */
  readonly statedBy: readonly number[];
  readonly waiting: readonly string[]; // statements that were not applied, because what they are about has not come
  readonly findings: readonly (Diagnostic & { readonly statement: string })[];
}

/**
 * A document as its messages leave it. Absence in a change is not deletion; statements are applied in their own order, those that
 * say nothing of it in the order given; what is about an original that comes later waits for it. Nothing is thrown for what does not
 * fit: it is left out, or taken as near as can be, and said.
 */
export function fold(statements: readonly Statement[], { entities }: FoldOptions): Folded {
  const folding = new Folding(statements, entities);
  const columns = (statements[0]?.order ?? []).map((_, column) => column).filter((column) => statements.every(({ order }) => (order[column] ?? '') !== ''));
  const keys = statements.map(({ order }) => columns.map((column) => order[column]!));
  const order = statements.map((_, index) => index).sort((a, b) => compare(keys[a]!, keys[b]!) || a - b);
  for (const index of order) folding.apply(index);
  return folding.end();
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a[i]!, b[i]!];
    if (one === other) continue;
    const isNumber = /^\d{1,15}$/.test(one) && /^\d{1,15}$/.test(other);
    const difference = isNumber ? Number(one) - Number(other) : one < other ? -1 : 1;
    if (difference !== 0) return difference;
  }
  return 0;
}

const whole: ReadonlySet<Meaning> = new Set<Meaning>(['original', 'replace']);
type RowMeaning = Exclude<AssertionMode, 'state'> | 'merge';
const verbs: Readonly<Record<RowMeaning, string>> = { add: 'added', delete: 'deleted', replace: 'replaced', unchanged: 'left as it is', merge: 'changed' };

class Folding {
  readonly #statements: readonly Statement[];
  readonly #entities: ReadonlySet<DictionaryClass>;
  readonly #above = new Set<DictionaryClass>(); // classes that may hold entities
  readonly #findings: (Diagnostic & { statement: string })[] = [];
  #state: Folded['state'] = 'waiting';
  #roots: Tree[] = [];
  #waiting: number[] = [];
  #at = 0; // the statement at hand

  constructor(statements: readonly Statement[], entities: readonly DictionaryClass[]) {
    this.#statements = statements;
    this.#entities = new Set(entities);
    for (const entity of entities) for (let cls = entity.parent; cls; cls = cls.parent) this.#above.add(cls);
  }

  apply(index: number): void {
    const { rows, meaning } = this.#statements[index]!;
    this.#at = index;
    if (whole.has(meaning) || (meaning === 'repeat' && this.#state === 'waiting')) {
      if (meaning === 'original' && this.#state === 'live') this.#say('CHANGE_ORIGINAL_AGAIN', {});
      this.#roots = treeOf(rows, index);
      this.#state = 'live';
      const waiting = this.#waiting.splice(0);
      for (const each of waiting) this.apply(each);
    } else if (this.#state === 'waiting') this.#waiting.push(index);
    else if (this.#state === 'cancelled') {
      if (meaning !== 'repeat' && meaning !== 'cancel') this.#say('CHANGE_AFTER_CANCELLATION', {});
    } else if (meaning === 'cancel') this.#state = 'cancelled';
    else if (meaning !== 'repeat') this.#change(treeOf(rows, index), meaning);
  }

  end(): Folded {
    const { length } = this.#waiting;
    for (const index of this.#waiting) {
      this.#at = index;
      this.#say('CHANGE_WAITS', {});
    }
    const waiting = this.#waiting.map((index) => this.#statements[index]!.id);
    const rest = { waiting, findings: this.#findings };
    if (this.#state !== 'live') return { state: length > 0 ? 'waiting' : this.#state, rows: undefined, statedBy: [], ...rest };
    const rows = new Rows(this.#statements[0]!.rows.dictionary);
    const statedBy: number[] = [];
    for (const root of this.#roots)
      append(
        root,
        rows,
        -1,
        this.#statements.map((each) => each.rows),
        statedBy,
      );
    return { state: 'live', rows, statedBy, ...rest };
  }

  #change(roots: readonly Tree[], meaning: Meaning): void {
    for (const root of roots) {
      const target = this.#roots.find(({ cls }) => cls === root.cls);
      if (!target) this.#roots.push(root);
      else if (meaning === 'replace-heading' || meaning === 'replace-detail')
        graft(target, root, (cls) => this.#holdsEntities(cls), meaning === 'replace-detail');
      else {
        if (meaning === 'change-heading' || meaning === 'change-detail') this.#narrow(root, meaning === 'change-detail');
        this.#merge(target, root, meaning);
      }
    }
  }

  #holdsEntities = (cls: DictionaryClass): boolean => this.#entities.has(cls) || this.#above.has(cls);

  /** Leaves the heading, or the detail, of a statement. */
  #narrow(root: Tree, detail: boolean): void {
    if (detail) root.facts.fill(undefined);
    root.children = root.children.filter(({ cls }) => this.#holdsEntities(cls) === detail);
  }

  /** What a statement says of a row that is there. */
  #merge(target: Tree, stated: Tree, meaning: Meaning): void {
    stated.facts.forEach((fact, slot) => void (fact && (target.facts[slot] = fact)));
    if (stated.carried.length > 0) target.carried = stated.carried;
    this.#mergeChildren(target, stated, meaning);
  }

  #mergeChildren(target: Tree, stated: Tree, meaning: Meaning): void {
    const sets = new Set(stated.children.filter(({ cls }) => cls.many && cls.key.length === 0).map(({ cls }) => cls));
    // Rows that nothing tells apart are stated together, or not at all.
    if (sets.size > 0) target.children = target.children.filter(({ cls }) => !sets.has(cls));
    const known = keyed(target.children);
    const seen = new Map<string, number>();
    for (const child of stated.children) {
      if (sets.has(child.cls)) target.children.push(child);
      else this.#child(target, child, known, keyOf(child, seen), meaning);
    }
  }

  #child(target: Tree, child: Tree, known: Map<string, Tree>, key: string, meaning: Meaning): void {
    const there = known.get(key);
    const how = this.#meaningOf(child, meaning);
    const remove = (gone: Tree | undefined): void => {
      target.children = target.children.filter((each) => each !== gone);
      known.delete(key);
    };
    if (how === 'add' ? there : !there && (how !== 'merge' || this.#isEntity(child)))
      this.#say(how === 'add' ? 'CHANGE_ADDS_KNOWN' : 'CHANGE_OF_UNKNOWN', { what: this.#name(child), verb: verbs[how] }, child);
    if (how === 'delete') return remove(there);
    if (!there || how === 'add' || how === 'replace') {
      const planted: Tree = { ...child, children: [] };
      if (there) target.children[target.children.indexOf(there)] = planted;
      else target.children.push(planted);
      known.set(key, planted);
      this.#mergeChildren(planted, child, how === 'merge' ? meaning : 'add');
      if (this.#holds(child) && !this.#holds(planted)) remove(planted);
      return;
    }
    const held = this.#holds(there);
    if (how === 'merge') this.#merge(there, child, meaning);
    else this.#mergeChildren(there, child, meaning);
    if (held && there.cls.many && !this.#holds(there)) remove(there); // a master of which no bill is left
  }

  /** How a row is meant: as it says itself; else an entity as the message is; all else says what it says. */
  #meaningOf(child: Tree, meaning: Meaning): RowMeaning {
    if (child.mode !== 'state') return child.mode;
    if (!this.#isEntity(child)) return 'merge';
    return meaning === 'add' || meaning === 'delete' ? meaning : 'merge';
  }

  #isEntity(tree: Tree): boolean {
    return this.#entities.has(tree.cls) && !this.#holds(tree);
  }

  #holds({ children }: Tree): boolean {
    return children.some(({ cls }) => this.#entities.has(cls));
  }

  #name(tree: Tree): string {
    const key = keyOf(tree, new Map()).split('\0').slice(1, -1).join(' ');
    return key === '' ? tree.cls.name : `${tree.cls.name} ${key}`;
  }

  #say(code: Code, args: Record<string, string>, tree?: Tree): void {
    const { id, rows } = this.#statements[this.#at]!;
    const first = tree && [tree, ...tree.children].flatMap(({ facts }) => facts).find((fact) => fact !== undefined);
    const data = first && rows.originPlace(first.row, first.slot);
    this.#findings.push({ ...finding(code, args, data ? { data } : {}), statement: id });
  }
}
