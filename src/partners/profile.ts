import { codes, type Severity } from '../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { unknownName, type Loaded } from '../language/loaded.ts';
import type { ChangeProfile } from './changes.ts';
import { named } from './paths.ts';

/** What an agency publishes about the message it wants: `schemas/agencies/<name>/profile.yaml`, or `profiles/` of a configuration folder. */
export interface Profile {
  readonly profile: string;
  readonly title: string;
  readonly map: string; // the map that builds its message, with its dialect
  readonly requires: readonly string[]; // attribute paths without which the agency cannot use a message
  readonly schema: string | undefined; // path of the file that says by class what a row must look like
  readonly xsd: string | undefined; // its published schema: the main file, below `xsd/<profile>/` of a configuration folder
  readonly rules: readonly string[]; // ids of business rules
  readonly severity: Readonly<Record<string, Severity | 'off'>>; // by code, rule, or set of rules: what weighs otherwise here
  readonly answers: readonly AnswerProfile[]; // how it answers
  readonly changes?: ChangeProfile; // how it takes changes; each as it came where nothing is said
}

/** What an agency's answer does to the message that it answers. `acknowledged`: it came, and nothing is decided yet. */
export type Verdict = 'acknowledged' | 'accepted' | 'partly' | 'rejected';

/** How an agency answers: which messages are answers, what in them names the message they answer, and what they mean for it. */
export interface AnswerProfile {
  readonly maps: readonly string[]; // a map, or all below it
  readonly names: readonly AnsweredName[]; // what the answered message calls itself, or what a former answer called it
  readonly verdict: readonly VerdictRule[]; // the first whose attribute states one of its values counts; none: nothing changes
  readonly list?: string; // 1131 of its error codes
  readonly agency?: string; // 3055 of that list
}

/** Where an answer names the message that it answers. */
export interface AnsweredName {
  readonly path: string;
  readonly where?: Readonly<Record<string, readonly string[]>>; // only rows whose attributes, by name, state one of these
  readonly as?: string; // where the answered message itself states it; at the same place, or where documents are numbered, unless said
}

/** Which value of which attribute means what for the answered message. */
export interface VerdictRule {
  readonly path: string;
  readonly values: Readonly<Record<string, Verdict>>;
}

/** As it is written: a name may be its path alone, and one rule needs no list. */
type AnswerFile = Omit<AnswerProfile, 'names' | 'verdict'> & {
  readonly names: readonly (string | AnsweredName)[];
  readonly verdict: VerdictRule | readonly VerdictRule[];
};

export interface ProfileFile {
  readonly profile: string;
  readonly title: string;
  readonly map: string;
  readonly dialect?: string;
  readonly schema?: string; // beside the profile
  readonly xsd?: string;
  readonly requires?: readonly string[];
  readonly rules?: readonly string[]; // a set, or one of its rules
  readonly severity?: Profile['severity'];
  readonly answers?: readonly AnswerFile[];
  readonly changes?: ChangeProfile;
}

/** What profiles may name. */
export interface ProfileNames {
  readonly maps: readonly string[];
  readonly rules: readonly string[]; // set/rule
  readonly schemas: readonly string[]; // paths
  readonly dictionary: Dictionary;
}

/** A profile with its names looked up. What it names and nobody has is told, with the nearest name. */
export function readProfile(file: Loaded<ProfileFile>, names: ProfileNames, findings: Diagnostic[]): Profile {
  const { profile, title, map, dialect, schema, xsd, requires = [], rules = [], severity = {}, changes } = file.value;
  const answers = (file.value.answers ?? []).map(asWritten);
  const unknown = (what: string, name: string, known: readonly string[], ...keys: (string | number)[]): number =>
    findings.push(unknownName(what, name, file.at(...keys), known));
  const full = dialect === undefined ? map : `${map}/${dialect}`;
  if (!names.maps.includes(full)) unknown('map', full, names.maps, dialect === undefined || !names.maps.includes(map) ? 'map' : 'dialect');
  const path = schema && `${file.path.slice(0, file.path.lastIndexOf('/') + 1)}${schema}`;
  if (path !== undefined && !names.schemas.includes(path)) unknown('schema', path, names.schemas, 'schema');
  const known = (path: string, ...keys: (string | number)[]): void => {
    if (named(path, names.dictionary).length === 0) findings.push(finding('GRANT_UNKNOWN_PATH', { path }, { rule: file.at(...keys), actual: path }));
  };
  requires.forEach((each, i) => known(each, 'requires', i));
  answers.forEach((answer, i) => {
    answer.names.forEach(({ path, where = {}, as }, n) => {
      known(path, 'answers', i, 'names', n);
      if (as !== undefined) known(as, 'answers', i, 'names', n, 'as');
      for (const name of Object.keys(where)) known(beside(path, name), 'answers', i, 'names', n, 'where', name);
    });
    answer.verdict.forEach(({ path }, n) => known(path, 'answers', i, 'verdict', n, 'path'));
    answer.maps.forEach((each, n) => {
      if (!names.maps.some((name) => name === each || name.startsWith(`${each}/`))) unknown('map', each, names.maps, 'answers', i, 'maps', n);
    });
  });
  const found = rules.flatMap((each, i) => {
    const ids = names.rules.filter((id) => id === each || setOf(id) === each);
    if (ids.length === 0) unknown('rule', each, each.includes('/') ? names.rules : [...new Set(names.rules.map(setOf))], 'rules', i);
    return ids;
  });
  for (const key of Object.keys(severity))
    if (!Object.hasOwn(codes, key) && !found.some((id) => id === key || setOf(id) === key))
      unknown('code or rule of this profile', key, /^[A-Z_0-9]+$/.test(key) ? Object.keys(codes) : found, 'severity', key);
  return { profile, title, map: full, requires, schema: path, xsd, rules: [...new Set(found)], severity, answers, ...(changes && { changes }) };
}

const asWritten = ({ names, verdict, ...rest }: AnswerFile): AnswerProfile => ({
  ...rest,
  names: names.map((each) => (typeof each === 'string' ? { path: each } : each)),
  verdict: 'path' in verdict ? [verdict] : verdict,
});

/** Another attribute of the same class. */
const beside = (path: string, attribute: string): string => `${path.slice(0, path.lastIndexOf('.'))}.${attribute}`;

const setOf = (rule: string): string => rule.split('/')[0]!;

/** How a finding weighs for the agency: what is said of its rule goes before what is said of the set, and that before the code. */
export function weightFor({ severity }: Profile, { code, args }: Diagnostic): Severity | 'off' | undefined {
  const rule = code === 'RULE_BROKEN' ? args['rule'] : undefined;
  return (rule === undefined ? undefined : (severity[rule] ?? severity[setOf(rule)])) ?? severity[code];
}
