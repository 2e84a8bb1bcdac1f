import type { Severity } from '../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import { parseExpression, type Expression } from '../language/expression.ts';
import type { Node, Scope } from '../language/expression/tree.ts';
import type { Loaded } from '../language/loaded.ts';
import { endOf, findClasses, findFact, type ClassPath, type FactPath } from './fact-path.ts';

/** A file of rules: `schemas/rules/<set>.yaml`. What its keys mean is in `schemas/rules/README.md`. */
export interface RuleFile {
  readonly rules: string;
  readonly title: string;
  readonly list: readonly RuleText[];
}

export interface RuleText {
  readonly rule: string;
  readonly for: string | readonly string[]; // class paths; `Consignment+` at every level of a nest, `**/Seal` wherever there is one
  readonly severity: Severity;
  readonly message: string; // with `{Name}` for facts and values
  readonly 'zh-Hant': string;
  readonly source: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly when?: string;
  readonly assert?: string;
  readonly unique?: readonly string[];
  readonly within?: string;
  readonly examples: readonly Example[];
}

/** Data for the rule's class, or a whole document: what must keep the rule, or break it. */
export type Example = { readonly pass: Fragment } | { readonly fail: Fragment };
export type Fragment = Readonly<Record<string, unknown>>;

/** A rule, ready to be asked. */
export interface Rule {
  readonly id: string; // set/rule
  readonly text: RuleText;
  readonly place: Place; // where it demands what it demands
  readonly plans: readonly RulePlan[]; // one for each class it is for
  at(...keys: (string | number)[]): Place;
}

/** A rule for the rows of one class: all names are found. */
export interface RulePlan {
  readonly rule: Rule;
  readonly cls: DictionaryClass;
  readonly when: Expression | undefined;
  readonly assert: Expression | undefined;
  readonly unique: { readonly facts: readonly FactPath[]; readonly climb: number } | undefined;
  readonly paths: readonly string[]; // of all attributes it looks at
  readonly values: ReadonlyMap<string, Expression>;
  readonly facts: ReadonlyMap<string, FactPath>;
  readonly groups: ReadonlyMap<string, { readonly way: ClassPath; readonly facts: ReadonlyMap<string, FactPath> }>;
}

/** Inside a total a name is one of the group; with this before it, one of the row that the rule is for. */
export const here = 'here.';

/** Reads the rules of a file; what is wrong with one is told with its place, and it is left out. */
export function readRules(file: Loaded<RuleFile>, dictionary: Dictionary): { readonly rules: readonly Rule[]; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const names = new Set<string>();
  const rules = file.value.list.flatMap((text, i) => {
    const at = (...keys: (string | number)[]): Place => file.at('list', i, ...keys);
    const before = findings.length;
    if (names.has(text.rule)) findings.push(finding('CONFIG_DUPLICATE', { what: 'rule', id: text.rule }, { rule: at('rule'), actual: text.rule }));
    names.add(text.rule);
    const rule = readRule(`${file.value.rules}/${text.rule}`, text, at, dictionary, findings);
    return findings.length > before ? [] : [rule];
  });
  return { rules, findings };
}

/** The classes that a path names: `Declaration/Consignment+` at every level of a nest, a path that begins with two asterisks wherever there is one. */
export function classesNamed(path: string, dictionary: Dictionary): readonly DictionaryClass[] {
  const pattern = new RegExp(`^${path.replace(/(\w+)\+/g, '$1(?:/$1)*').replace('**/', '(?:.+/)?')}$`);
  const last = /\w+(?=\+?$)/.exec(path)?.[0]; // of thousands few are called so
  return dictionary.classes.filter((cls) => cls.name === last && pattern.test(cls.path));
}

function readRule(id: string, text: RuleText, at: Rule['at'], dictionary: Dictionary, findings: Diagnostic[]): Rule {
  if ((text.assert === undefined) === (text.unique === undefined))
    findings.push(finding('RULE_EXPRESSION', { rule: id, key: 'assert', message: 'a rule has either `assert` or `unique`' }, { rule: at('rule') }));
  const classes = new Set<DictionaryClass>();
  for (const path of [text.for].flat()) {
    const named = classesNamed(path, dictionary);
    for (const each of named) classes.add(each);
    if (named.length > 0) continue;
    const paths = dictionary.classes.map((each) => each.path);
    findings.push(finding('RULE_PATH', { rule: id, path, suggestion: didYouMean(path, paths) }, { rule: at('for'), actual: path }));
  }
  const plans: RulePlan[] = [];
  const rule: Rule = { id, text, place: at(text.assert === undefined ? 'unique' : 'assert'), plans, at };
  // A rule for many classes is one for those that have all its names. Where none has, it is told what the first lacks.
  const lacks: Diagnostic[][] = [];
  for (const cls of classes) {
    const found: Diagnostic[] = [];
    const plan = new RuleReader(rule, cls, dictionary, found).read();
    if (found.length === 0) plans.push(plan);
    else lacks.push(found);
  }
  if (plans.length === 0) findings.push(...(lacks[0] ?? []));
  return rule;
}

class RuleReader {
  readonly #rule: Rule;
  readonly #cls: DictionaryClass;
  readonly #dictionary: Dictionary;
  readonly #findings: Diagnostic[];
  readonly #facts = new Map<string, FactPath>();
  readonly #groups = new Map<string, { readonly way: ClassPath; readonly facts: Map<string, FactPath> }>();
  readonly #values = new Map<string, Expression>();

  constructor(rule: Rule, cls: DictionaryClass, dictionary: Dictionary, findings: Diagnostic[]) {
    this.#rule = rule;
    this.#cls = cls;
    this.#dictionary = dictionary;
    this.#findings = findings;
  }

  read(): RulePlan {
    const { text } = this.#rule;
    for (const [name, each] of Object.entries(text.values ?? {})) {
      const made = this.#expression(each, ['values', name]);
      if (made) this.#values.set(name, made);
    }
    const when = text.when === undefined ? undefined : this.#condition(text.when, 'when');
    const assert = text.assert === undefined ? undefined : this.#condition(text.assert, 'assert');
    const unique = text.unique && { facts: text.unique.flatMap((name, i) => this.#named(name, ['unique', i]) ?? []), climb: this.#within(text.within) };
    for (const key of ['message', 'zh-Hant'] as const)
      for (const [, name] of text[key].matchAll(/\{([^}]*)\}/g)) if (!this.#values.has(name!)) this.#named(name!, [key]);
    const paths = [this.#facts, ...[...this.#groups.values()].map(({ facts }) => facts)].flatMap((facts) =>
      [...facts.values()].map((fact) => fact.attribute.path),
    );
    return { rule: this.#rule, cls: this.#cls, when, assert, unique, paths, values: this.#values, facts: this.#facts, groups: this.#groups };
  }

  #condition(text: string, key: string): Expression | undefined {
    const made = this.#expression(text, [key]);
    if (made && made.type !== 'boolean') this.#problem('says neither true nor false', [key]);
    return made;
  }

  #expression(text: string, keys: readonly (string | number)[]): Expression | undefined {
    const scope: Scope = {
      name: (name, group) => {
        const value = group === undefined ? this.#values.get(name) : undefined;
        if (value) return value.type;
        const found = this.#find(name, group);
        return typeof found === 'string' ? { message: found } : found.type;
      },
      group: (name) => {
        const way = findClasses(name, this.#cls, this.#dictionary);
        if (typeof way === 'string') return way;
        if (!this.#groups.has(name)) this.#groups.set(name, { way, facts: new Map() });
        return undefined;
      },
    };
    const { expression, problems } = parseExpression(text, { scope });
    for (const { message, start } of problems) this.#problem(message, keys, start, text);
    return expression;
  }

  /** A name of the rule's row, or inside a total of its group. */
  #find(name: string, group: string | undefined): FactPath | string {
    const over = group === undefined || name.startsWith(here) ? undefined : this.#groups.get(group);
    if (group !== undefined && !over && !name.startsWith(here)) return 'its group is not known';
    const own = group !== undefined && name.startsWith(here) ? name.slice(here.length) : name;
    const found = findFact(own, over ? endOf(over.way, this.#cls) : this.#cls, this.#dictionary);
    if (typeof found !== 'string') (over?.facts ?? this.#facts).set(own, found);
    return found;
  }

  #named(name: string, keys: readonly (string | number)[]): FactPath | undefined {
    const found = this.#find(name, undefined);
    if (typeof found !== 'string') return found;
    this.#problem(found, keys);
    return undefined;
  }

  /** How many rows above stands the one among whose rows there must be no second. */
  #within(path: string | undefined): number {
    let climb = 0;
    for (let cls: DictionaryClass | undefined = this.#cls; cls; cls = cls.parent, climb++)
      if (path === undefined ? climb === 1 : cls.path === path) return climb;
    this.#problem(`\`${path ?? ''}\` is not above ${this.#cls.path}`, ['within']);
    return 0;
  }

  #problem(message: string, keys: readonly (string | number)[], offset = 0, text = ''): void {
    const place = this.#rule.at(...keys);
    const plain = place.end - place.start === Buffer.byteLength(text); // then it stands in its file as it is
    const start = place.start + (plain ? Buffer.byteLength(text.slice(0, offset)) : 0);
    this.#findings.push(finding('RULE_EXPRESSION', { rule: this.#rule.id, key: keys.join('.'), message }, { rule: { ...place, start } }));
  }
}

/** The names in an expression, in the order in which they stand, each with the group it stands in. */
export function namesIn(expression: Expression): readonly { readonly name: string; readonly group: string | undefined }[] {
  const found: { readonly name: string; readonly group: string | undefined }[] = [];
  const scan = (node: Node, group: string | undefined): void => {
    if (node.kind === 'ref' || node.kind === 'present') found.push({ name: node.name, group });
    else for (const each of partsOf(node)) scan(each, node.kind === 'aggregate' ? node.group : group);
  };
  scan(expression.tree, undefined);
  return found;
}

function partsOf(node: Node): readonly Node[] {
  if (node.kind === 'not') return [node.of];
  if (node.kind === 'binary') return [node.left, node.right];
  if (node.kind === 'if') return [node.condition, node.then, node.otherwise];
  if (node.kind === 'aggregate') return node.each ? [node.each] : [];
  return node.kind === 'call' ? node.args : [];
}
