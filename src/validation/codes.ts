import { BoundedFindings } from '../diagnostics/bounded.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { refuse, type CodeList, type ListUse } from '../dictionary/codelist.ts';
import type { Attribute, Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import type { Rows } from '../dictionary/rows.ts';
import { isQuantity } from '../dictionary/value.ts';
import { classesNamed } from './rule.ts';

/** A value of a class that is to be in a list, or its unit; perhaps only where another attribute of the row says so. */
interface Coded {
  readonly attribute: Attribute;
  readonly list: CodeList;
  readonly where: { readonly slot: number; readonly values: readonly string[] } | undefined;
}

/**
 * Which lists the values of a dictionary are held to: those that an attribute's type names, those that say where they are used,
 * and for units and currencies the lists of these. Lists that nobody has (those of UN/EDIFACT) are held to by directory, when a message is read.
 */
export class CodeChecks {
  readonly #uses: Uses;
  readonly #byClass: (readonly Coded[] | undefined)[] = []; // made when a class is met: of thousands a message has a few
  readonly #classes: readonly DictionaryClass[];
  readonly #dates: readonly DictionaryClass[];

  constructor(dictionary: Dictionary, lists: ReadonlyMap<string, CodeList>) {
    this.#uses = new Uses(dictionary, lists);
    this.#classes = dictionary.classes;
    this.#dates = dictionary.roots;
  }

  /** The lists an attribute is held to. */
  listsOf(cls: DictionaryClass, attribute: Attribute): readonly CodeList[] {
    return this.#codedIn(cls.index)
      .filter((each) => each.attribute === attribute)
      .map(({ list }) => list);
  }

  /** Codes that are not in their list on the day of the document: the date it states for itself, else the day it was received. */
  check(rows: Rows, received: string): readonly Diagnostic[] {
    const findings = new BoundedFindings();
    const on = this.#dateOf(rows) ?? received.slice(0, 10);
    const known = new Map<string, string | undefined>(); // a manifest has the same few codes a thousand times
    for (let row = 0; row < rows.size; row++) {
      const coded = this.#codedIn(rows.classIndex(row));
      if (coded.length === 0 || rows.removed(row)) continue;
      for (const each of coded) {
        const value = rows.get(row, each.attribute.slot);
        if (value === undefined || !applies(each, rows, row)) continue;
        const code = isQuantity(value) ? value.unit : value;
        if (code === '') continue;
        const key = `${each.list.name} ${code}`;
        if (!known.has(key) && known.size < 10_000) known.set(key, refuse(each.list, code, on));
        const reason = known.has(key) ? known.get(key) : refuse(each.list, code, on);
        if (reason === undefined) continue;
        const { path, slot } = each.attribute;
        findings.tell('CONFORM_CODE', () =>
          finding('CONFORM_CODE', { path, code, reason, list: each.list.title }, { data: rows.originPlace(row, slot), actual: code }),
        );
      }
    }
    return findings.all();
  }

  #codedIn(index: number): readonly Coded[] {
    const cls = this.#classes[index]!;
    return (this.#byClass[index] ??= cls.attributes.flatMap((attribute) => this.#uses.at(cls, attribute)));
  }

  #dateOf(rows: Rows): string | undefined {
    for (const row of rows.roots()) {
      const cls = rows.class(row);
      if (!this.#dates.includes(cls)) continue;
      const attribute = cls.attributes.find(({ name }) => name === 'IssueDateTime');
      const value = attribute && rows.get(row, attribute.slot);
      if (typeof value === 'string') return value.slice(0, 10);
    }
    return undefined;
  }
}

function applies({ where }: Coded, rows: Rows, row: number): boolean {
  if (!where) return true;
  const value = rows.get(row, where.slot);
  return typeof value === 'string' && where.values.includes(value);
}

/** What lists say of attributes that do not name them: by attribute name, and of all units and currencies. */
class Uses {
  readonly #dictionary: Dictionary;
  readonly #lists: ReadonlyMap<string, CodeList>;
  readonly #byName = new Map<string, { readonly list: CodeList; readonly use: ListUse; readonly classes: ReadonlySet<DictionaryClass> }[]>();
  readonly #units: { readonly [kind in 'quantity' | 'amount']: readonly CodeList[] };

  constructor(dictionary: Dictionary, lists: ReadonlyMap<string, CodeList>) {
    this.#dictionary = dictionary;
    this.#lists = lists;
    const all = [...lists.values()];
    this.#units = { quantity: all.filter(({ units }) => units === 'quantities'), amount: all.filter(({ units }) => units === 'amounts') };
    for (const list of all)
      for (const use of list.uses) {
        const known = this.#byName.get(use.attribute) ?? [];
        this.#byName.set(use.attribute, [...known, { list, use, classes: new Set(classesNamed(use.path, this.#dictionary)) }]);
      }
  }

  at(cls: DictionaryClass, attribute: Attribute): readonly Coded[] {
    const { type } = attribute;
    const named = type.kind === 'code' && type.list !== undefined ? this.#lists.get(type.list) : undefined;
    const own = named ? [named] : type.kind === 'quantity' || type.kind === 'amount' ? this.#units[type.kind] : [];
    const found: Coded[] = own.map((list) => ({ attribute, list, where: undefined }));
    for (const { list, use, classes } of this.#byName.get(attribute.name) ?? []) {
      if (!classes.has(cls)) continue;
      const beside = use.where && cls.attributes.find(({ name }) => name === use.where!.attribute);
      if (!use.where || beside) found.push({ attribute, list, where: use.where && { slot: beside!.slot, values: use.where.values } });
    }
    return found;
  }
}
