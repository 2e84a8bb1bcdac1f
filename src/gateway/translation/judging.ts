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
  readonly schemas: ReadonlyMap<string, RowSchema>; // by path
  readonly findings: readonly Diagnostic[];
  /** The same, with what the examples of all rules say. */
  check(): readonly Diagnostic[];
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
  const { dictionary } = sources;
  const codes = once(() => readCodes(sources));
  const judged = once(() => readRulesAndSchemas(sources));
  return {
    get codes() {
      return codes();
    },
    get rules() {
      return judged().rules;
    },
    get names() {
      return judged().names;
    },
    get schemas() {
      return judged().schemas;
    },
    get findings() {
      return [...codes().findings, ...judged().findings];
    },
    check: () => [...codes().findings, ...judged().findings, ...judged().rules.flatMap((rule) => tryExamples(rule, dictionary))],
  };
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function readCodes({ codes, ownCodes, dictionary }: JudgingSources): CodeBook {
  const { lists, findings } = readCodeLists(codes, ownCodes);
  return { lists, checks: new CodeChecks(dictionary, lists), findings };
}

function readRulesAndSchemas({ rules: ruleFiles, rowSchemas, config, dictionary }: JudgingSources): Pick<Judging, 'rules' | 'names' | 'schemas' | 'findings'> {
  const kinds = yamlKinds(config, ['rules', 'profile-schema']);
  const findings: Diagnostic[] = [];
  const sets = new Map<string, Loaded<RuleFile>>();
  for (const file of ruleFiles) {
    const set = readYaml<RuleFile>(file, kinds.get('rules')!, findings, { strings: true });
    if (!set) continue;
    const { rules: name } = set.value;
    if (sets.has(name)) findings.push(finding('CONFIG_DUPLICATE', { what: 'set of rules', id: name }, { rule: set.at('rules'), actual: name }));
    sets.set(name, set);
  }
  const rules = [...sets.values()].flatMap((set) => {
    const read = readRules(set, dictionary);
    findings.push(...read.findings);
    return read.rules;
  });
  const schemas = new Map<string, RowSchema>();
  for (const file of rowSchemas) {
    const loaded = readYaml<RowSchemaFile>(file, kinds.get('profile-schema')!, findings);
    if (!loaded) continue;
    const compiled = compileRowSchema(loaded, dictionary);
    findings.push(...compiled.findings);
    schemas.set(file.path, compiled.schema);
  }
  const names = [...sets.values()].flatMap(({ value }) => value.list.map(({ rule }) => `${value.rules}/${rule}`));
  return { rules, names, schemas, findings };
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
export function demandsOf(profile: Profile, judging: Judging, dictionary: Dictionary, grants?: Grants): Demands {
  const maySee = (path: string): boolean => !grants || grants.everything || grants.allows(path);
  const chosen = judging.rules.filter(({ id }) => profile.rules.includes(id));
  const asked = chosen.map((rule): Rule => ({ ...rule, plans: rule.plans.filter(({ paths }) => paths.every(maySee)) })).filter(({ plans }) => plans.length > 0);
  const book = new RuleBook(dictionary.classes, asked);
  const schema = profile.schema === undefined ? undefined : judging.schemas.get(profile.schema);
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
