import { codes } from '../diagnostics/codes.ts';
import { finding, hasError, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { Rows } from '../dictionary/rows.ts';
import { readYaml, yamlKinds, type TextFile } from '../language/file.ts';
import { unknownName } from '../language/loaded.ts';
import { named } from './paths.ts';

/** What a new partner shows before it sends in production: shipped in `schemas/scenarios`, or the operator's own in `scenarios` of the configuration. */
export interface ScenarioSet {
  readonly scenarios: string;
  readonly title: string;
  readonly list: readonly Scenario[];
}

export interface Scenario {
  readonly scenario: string;
  readonly title: string;
  readonly maps: readonly string[]; // a map, or all below it
  readonly states?: readonly MustState[];
  readonly outcome: 'accepted' | 'rejected';
  readonly because?: readonly string[]; // codes
}

export interface MustState {
  readonly path: string;
  readonly in?: readonly string[];
}

/** One message that was sent for a scenario: what was read of it. */
export interface Shown {
  readonly type: string;
  readonly map: string | undefined; // without version
  readonly rows: Rows | undefined; // where it could be read
}

/** Sets, each checked against dictionary, maps and codes. A name is used once: an operator's own set does not stand in for one that is shipped. */
export function readScenarios(
  files: readonly TextFile[],
  schemas: readonly TextFile[],
  { dictionary, mapNames }: { readonly dictionary: Dictionary; readonly mapNames: readonly string[] },
): { readonly sets: readonly ScenarioSet[]; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const kind = yamlKinds(schemas, ['scenarios']).get('scenarios')!;
  const setNames = new Set<string>();
  const sets = files.flatMap((file) => {
    const read = readYaml<ScenarioSet>(file, kind, findings);
    if (!read) return [];
    const { scenarios } = read.value;
    if (setNames.size === setNames.add(scenarios).size) {
      findings.push(finding('CONFIG_DUPLICATE', { what: 'set of scenarios', id: scenarios }, { rule: read.at('scenarios'), actual: scenarios }));
      return [];
    }
    const names = new Set<string>();
    const wrong = read.value.list.flatMap(({ scenario, maps, states = [], because = [] }, s): Diagnostic[] => {
      const at = (...keys: (string | number)[]) => read.at('list', s, ...keys);
      const isTwice = names.size === names.add(scenario).size;
      return [
        ...(isTwice ? [finding('CONFIG_DUPLICATE', { what: 'scenario', id: scenario }, { rule: at('scenario'), actual: scenario })] : []),
        ...maps.flatMap((name, i) => (mapNames.some((map) => isBelow(map, name)) ? [] : [unknownName('map', name, at('maps', i), mapNames)])),
        ...states.flatMap(({ path }, i) => (named(path, dictionary).length > 0 ? [] : [unknownName('attribute', path, at('states', i, 'path'), [])])),
        ...because.flatMap((code, i) => (Object.hasOwn(codes, code) ? [] : [unknownName('code', code, at('because', i), [])])),
      ];
    });
    findings.push(...wrong);
    return wrong.length === 0 ? [read.value] : [];
  });
  return { sets, findings };
}

const isBelow = (map: string, name: string): boolean => map === name || map.startsWith(`${name}/`);

/** What stands between the messages and the scenario; `found` is what was found in them. None: it is passed. */
export function judgeScenario(scenario: Scenario, shown: readonly Shown[], outcome: Scenario['outcome'], found: readonly Diagnostic[]): Diagnostic[] {
  const { scenario: name, maps, states = [], because } = scenario;
  const findings: Diagnostic[] = [];
  if (outcome !== scenario.outcome) findings.push(finding('SCENARIO_OUTCOME', { scenario: name, expected: scenario.outcome, outcome }));
  for (const { type, map, rows } of shown) {
    if (map === undefined || !maps.some((each) => isBelow(map, each)))
      findings.push(finding('SCENARIO_MESSAGE', { scenario: name, type, maps: maps.join(', ') }));
    else if (rows) findings.push(...states.flatMap((fact) => notStated(name, fact, rows)));
  }
  if (shown.length === 0) findings.push(finding('SCENARIO_MESSAGE', { scenario: name, type: 'nothing that can be read', maps: maps.join(', ') }));
  const isMeant = because === undefined || outcome !== 'rejected' || found.some((each) => hasError([each]) && because.includes(each.code));
  if (!isMeant) findings.push(finding('SCENARIO_REASON', { scenario: name, codes: because.join(', ') }));
  return findings;
}

function notStated(scenario: string, { path, in: wanted }: MustState, rows: Rows): Diagnostic[] {
  const values = valuesOf(path, rows);
  if (values.length === 0) return [finding('SCENARIO_NOT_STATED', { scenario, fact: path })];
  if (wanted === undefined || values.some((value) => wanted.includes(value))) return [];
  const actual = [...new Set(values)].slice(0, 5).join(', ');
  return [finding('SCENARIO_VALUE', { scenario, fact: path, actual, expected: wanted.join(' or ') }, { actual, expected: [...wanted] })];
}

function valuesOf(path: string, rows: Rows): string[] {
  const attributes = named(path, rows.dictionary);
  const values: string[] = [];
  for (let row = 0; row < rows.size; row++) {
    if (rows.removed(row)) continue;
    for (const { cls, attribute } of attributes) {
      const value = cls.index === rows.classIndex(row) ? rows.get(row, attribute.slot) : undefined;
      if (value !== undefined) values.push(typeof value === 'string' ? value : value.value);
    }
  }
  return values;
}
