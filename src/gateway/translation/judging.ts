import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { compareCodes, readCodeLists, type CodeList } from '../../dictionary/codelist.ts';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import type { Rows } from '../../dictionary/rows.ts';
import { readYaml, yamlKinds, type TextFile } from '../../language/file.ts';
import type { Loaded } from '../../language/loaded.ts';
import type { Grants } from '../../partners/grants.ts';
import { weightFor, type Profile } from '../../partners/profile.ts';
import { CodeChecks } from '../../validation/codes.ts';
import { readRules, type Rule, type RuleFile } from '../../validation/rule.ts';
import { tryExamples } from '../../validation/rule-examples.ts';
import { RuleBook } from '../../validation/rules.ts';
import { compileRowSchema, type RowSchema, type RowSchemaFile } from '../../validation/row-schema.ts';
import type { MessageHeader } from '../../syntax/unit.ts';

/** Code lists, business rules and agencies' schemas, each read when it is first asked for: most commands ask for few. */
export interface Judging {
  readonly codes: CodeBook;
  readonly rules: readonly Rule[];
  readonly names: readonly string[]; // of all rules, of those too in which something is wrong
  /** The rules of these names: of other sets none is read. */
  named(ids: readonly string[]): readonly Rule[];
  /** An agency's schema, by its path. */
  schema(path: string): RowSchema | undefined;
  readonly findings: readonly Diagnostic[];
  /** The same, with what the examples of all rules say. Of `paths` alone where they are given: the other files are known to be in order. */
  check(paths?: readonly string[]): readonly Diagnostic[];
}

export interface CodeBook {
  readonly lists: ReadonlyMap<string, CodeList>;
  readonly checks: CodeChecks;
  readonly findings: readonly Diagnostic[];
}

export interface JudgingSources {
  readonly codes: readonly TextFile[]; // schemas/codes
  readonly ownCodes: readonly TextFile[]; // codes/ of the configuration folder
  readonly rules: readonly TextFile[];
  readonly rowSchemas: readonly TextFile[];
  readonly config: readonly TextFile[]; // schemas/config
  readonly dictionary: Dictionary;
}

export function readJudging(sources: JudgingSources): Judging {
  const { dictionary, ownCodes } = sources;
  const codes = once(() => readCodes(sources));
  const read = once(() => readFiles(sources));
  const compiled = new WeakMap<Loaded<unknown>, RulesRead | SchemaRead>();
  const known = <T, R extends RulesRead | SchemaRead>(file: Loaded<T>, compile: (file: Loaded<T>, dictionary: Dictionary) => R): R => {
    const made = (compiled.get(file) as R | undefined) ?? compile(file, dictionary);
    compiled.set(file, made);
    return made;
  };
  const rulesOf = (set: Loaded<RuleFile>): RulesRead => known(set, readRules);
  const schemaOf = (file: Loaded<RowSchemaFile>): SchemaRead => known(file, compileRowSchema);
  const findings = (paths?: readonly string[]): readonly Diagnostic[] => {
    const { sets, schemas, findings } = read();
    const isMeant = meant(paths);
    const compiled = [...sets.filter(isMeant).map(rulesOf), ...schemas.filter(isMeant).map(schemaOf)];
    return [...(paths && !ownCodes.some(isMeant) ? [] : codes().findings), ...findings, ...compiled.flatMap((each) => each.findings)];
  };
  return {
    get codes() {
      return codes();
    },
    get rules() {
      return read().sets.flatMap((set) => rulesOf(set).rules);
    },
    get names() {
      return read().sets.flatMap(({ value }) => value.list.map(({ rule }) => `${value.rules}/${rule}`));
    },
    named(ids) {
      const wanted = new Set(ids);
      const sets = read().sets.filter(({ value }) => value.list.some(({ rule }) => wanted.has(`${value.rules}/${rule}`)));
      return sets.flatMap((set) => rulesOf(set).rules).filter(({ id }) => wanted.has(id));
    },
    schema(path) {
      const file = read().schemas.find((each) => each.path === path);
      return file && schemaOf(file).schema;
    },
    get findings() {
      return findings();
    },
    check(paths) {
      const rules = read()
        .sets.filter(meant(paths))
        .flatMap((set) => rulesOf(set).rules);
      return [...findings(paths), ...rules.flatMap((rule) => tryExamples(rule, dictionary))];
    },
  };
}

const meant =
  (paths: readonly string[] | undefined) =>
  ({ path }: { readonly path: string }): boolean =>
    paths === undefined || paths.includes(path);

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

type RulesRead = ReturnType<typeof readRules>;
type SchemaRead = ReturnType<typeof compileRowSchema>;

function readCodes({ codes, ownCodes, dictionary }: JudgingSources): CodeBook {
  const { lists, findings } = readCodeLists(codes, ownCodes);
  return { lists, checks: new CodeChecks(dictionary, lists), findings };
}

/** The files of rules, one for each set, and those of schemas; none is compiled. */
function readFiles({ rules, rowSchemas, config }: JudgingSources) {
  const kinds = yamlKinds(config, ['rules', 'profile-schema']);
  const findings: Diagnostic[] = [];
  const sets = new Map<string, Loaded<RuleFile>>();
  for (const file of rules) {
    const set = readYaml<RuleFile>(file, kinds.get('rules')!, findings, { strings: true });
    if (!set) continue;
    const { rules: name } = set.value;
    if (sets.has(name)) findings.push(finding('CONFIG_DUPLICATE', { what: 'set of rules', id: name }, { rule: set.at('rules'), actual: name }));
    sets.set(name, set);
  }
  const schemas = rowSchemas.flatMap((file) => readYaml<RowSchemaFile>(file, kinds.get('profile-schema')!, findings) ?? []);
  return { sets: [...sets.values()], schemas, findings };
}

/** What one agency demands of the facts it may see. */
export interface Demands {
  /** Its schema and its rules against the rows, and of what was found in the message before what weighs more for it. */
  judge(rows: Rows, before: readonly Diagnostic[]): readonly Diagnostic[];
  readonly unasked: readonly string[]; // rules that look at what it may not see: they are not asked
}

/**
 * A profile as demands. Rules and schemas are asked of what the agency may see: one that looks at more would tell, by holding
 * a delivery, of what is hidden.
 */
export function demandsOf(profile: Profile, judging: Judging, grants?: Grants): Demands {
  const maySee = (path: string): boolean => !grants || grants.everything || grants.allows(path);
  const chosen = judging.named(profile.rules);
  const asked = chosen.map((rule): Rule => ({ ...rule, plans: rule.plans.filter(({ paths }) => paths.every(maySee)) })).filter(({ plans }) => plans.length > 0);
  const book = new RuleBook(asked);
  const schema = profile.schema === undefined ? undefined : judging.schema(profile.schema);
  const isSchemaAsked = schema !== undefined && schema.paths.every(maySee);
  const weighed = (each: Diagnostic): readonly Diagnostic[] => {
    const weight = weightFor(profile, each);
    return weight === 'off' ? [] : [weight === undefined ? each : { ...each, severity: weight }];
  };
  const raised = (each: Diagnostic): readonly Diagnostic[] =>
    hasError([each]) || !maySee(each.args['path'] ?? '') ? [] : weighed(each).filter((weightier) => hasError([weightier]));
  return {
    judge: (rows, before) => [...before.flatMap(raised), ...[...(isSchemaAsked ? schema.check(rows) : []), ...book.check(rows)].flatMap(weighed)],
    unasked: [...chosen.filter(({ id }) => !asked.some((each) => each.id === id)).map(({ id }) => id), ...(schema && !isSchemaAsked ? [profile.schema!] : [])],
  };
}

/** Findings about facts with the message they were read from, and the file. */
export function inMessage(findings: readonly Diagnostic[], header: Pick<MessageHeader, 'index'>, source = ''): readonly Diagnostic[] {
  return findings.map((each) => ({
    ...each,
    ...(each.data ? { data: { ...each.data, source, ...(each.data.edi ? { edi: { message: header.index, ...each.data.edi } } : {}) } } : {}),
    ...(each.related ? { related: inMessage(each.related, header, source) } : {}),
  }));
}

/** The lists whose table is another one than before, with how many codes came, went and changed. */
export function replacedCodes(
  before: Judging,
  after: Judging,
): readonly { readonly list: string; readonly added: number; readonly removed: number; readonly changed: number }[] {
  return [...after.codes.lists.values()].flatMap((list) => {
    const { added, removed, changed } = compareCodes(before.codes.lists.get(list.name), list);
    return added.length + removed.length + changed.length === 0
      ? []
      : [{ list: list.name, added: added.length, removed: removed.length, changed: changed.length }];
  });
}
