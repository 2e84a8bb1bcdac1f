import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import { readYaml, yamlKinds, type TextFile } from '../language/file.ts';
import type { Loaded } from '../language/loaded.ts';
import type { AnswerTable, RowRule, Source } from './tell.ts';

/** The answer tables that are shipped or added, each checked against the dictionary: what a rule names is there. */
export function readAnswerTables(
  files: readonly TextFile[],
  schemas: readonly TextFile[],
  dictionary: Dictionary,
): { readonly tables: readonly AnswerTable[]; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const kind = yamlKinds(schemas, ['answers']).get('answers')!;
  const loaded = files.flatMap((file) => readYaml<AnswerTable>(file, kind, findings) ?? []);
  const tables = loaded.filter((file) => {
    const found = file.value.rows.flatMap((rule, i) => checkRow(file, ['rows', i], rule, dictionary.class(rule.class), dictionary.roots));
    findings.push(...found);
    return found.length === 0;
  });
  return { tables: tables.map(({ value }) => value), findings };
}

/** The table by which answers are told in messages of a map; undefined where they keep their facts as an answer does. */
export const tableFor = (tables: readonly AnswerTable[], map: string): AnswerTable | undefined =>
  tables.find(({ maps }) => maps.some((name) => map === name || map.startsWith(`${name}/`)));

/** Of all maps those by which errors are reported, and those by which XML documents are acknowledged. */
export function mapsThatTell(
  tables: readonly AnswerTable[],
  maps: readonly { readonly name: string }[],
): { readonly errorMapNames: string[]; readonly noticeMapNames: string[] } {
  const told = maps.flatMap(({ name }) => ({ name, table: tableFor(tables, name) }));
  return {
    errorMapNames: told.filter(({ table }) => table && !table.namespaces).map(({ name }) => name),
    noticeMapNames: told.filter(({ table }) => table?.namespaces).map(({ name }) => name),
  };
}

type Keys = readonly (string | number)[];

function checkRow(file: Loaded<AnswerTable>, at: Keys, rule: RowRule, cls: DictionaryClass | undefined, among: readonly DictionaryClass[]): Diagnostic[] {
  const unknown = (what: string, name: string, ...keys: Keys): Diagnostic =>
    finding('CONFIG_UNKNOWN_NAME', { what, name }, { rule: file.at(...at, ...keys), actual: name });
  if (!cls) return [unknown('class', rule.class, 'class')];
  const from = rule.of === undefined ? undefined : below(among, rule.of);
  if (rule.of !== undefined && !from) return [unknown('class', rule.of, 'of')];
  const source = from ?? among;
  const findings = Object.entries(rule.set).flatMap(([name, value]) => {
    const wanted = attributeOf(value);
    const known = wanted === undefined || (source.length === 1 && source[0]!.attributes.some((each) => each.name === wanted));
    return [
      ...(cls.attributes.some((each) => each.name === name) ? [] : [unknown('attribute', `${cls.path}.${name}`, 'set', name)]),
      ...(known ? [] : [unknown('attribute', `${source[0]?.path ?? ''}.${wanted}`, 'set', name)]),
    ];
  });
  const inner = (rule.rows ?? []).flatMap((each, i) => {
    const target = cls.classes.find(({ name }) => name === each.class);
    return checkRow(file, [...at, 'rows', i], each, target, each.of === undefined ? source : source.flatMap(({ classes }) => classes));
  });
  return [...findings, ...inner];
}

function below(among: readonly DictionaryClass[], path: string): readonly DictionaryClass[] | undefined {
  const [first, ...rest] = path.split('/');
  const found = among.find(({ name }) => name === first);
  if (!found) return undefined;
  return rest.length === 0 ? [found] : below(found.classes, rest.join('/'));
}

const attributeOf = (source: Source): string | undefined =>
  typeof source === 'string' ? source : 'from' in source ? source.from : 'text' in source ? source.text : 'day' in source ? source.day : undefined;
