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
    const found = file.value.rows.flatMap((rule, i) =>
      checkRow(file, ['rows', i], rule, dictionary.class(rule.class), { answer: dictionary.roots, asked: dictionary.roots }),
    );
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
): { readonly errors: readonly string[]; readonly notices: readonly string[] } {
  const told = maps.flatMap(({ name }) => ({ name, table: tableFor(tables, name) })).filter(({ table }) => !table?.rows.some(({ asked }) => asked));
  return {
    errors: told.filter(({ table }) => table && !table.namespaces).map(({ name }) => name),
    notices: told.filter(({ table }) => table?.namespaces).map(({ name }) => name),
  };
}

type Keys = readonly (string | number)[];

/** The classes that the rules around a rule are about. */
interface Among {
  readonly answer: readonly DictionaryClass[];
  readonly asked: readonly DictionaryClass[];
}

function checkRow(file: Loaded<AnswerTable>, at: Keys, rule: RowRule, cls: DictionaryClass | undefined, among: Among): Diagnostic[] {
  const unknown = (what: string, name: string, ...keys: Keys): Diagnostic =>
    finding('CONFIG_UNKNOWN_NAME', { what, name }, { rule: file.at(...at, ...keys), actual: name });
  if (!cls) return [unknown('class', rule.class, 'class')];
  const of = rule.of === undefined ? among.answer : below(among.answer, rule.of);
  const asked = rule.asked === undefined ? among.asked : below(among.asked, rule.asked);
  const pointing =
    rule.pointing === undefined
      ? of
      : below(
          among.answer.flatMap(({ classes }) => classes),
          rule.pointing,
        );
  if (!of) return [unknown('class', rule.of!, 'of')];
  if (!asked) return [unknown('class', rule.asked!, 'asked')];
  if (!pointing) return [unknown('class', rule.pointing!, 'pointing')];
  const source = rule.asked === undefined ? pointing : asked;
  const findings = Object.entries(rule.set).flatMap(([name, value]) => {
    const unstated = attributesOf(value).filter((wanted) => source.length !== 1 || !source[0]!.attributes.some((each) => each.name === wanted));
    return [
      ...(cls.attributes.some((each) => each.name === name) ? [] : [unknown('attribute', `${cls.path}.${name}`, 'set', name)]),
      ...unstated.map((wanted) => unknown('attribute', `${source[0]?.path ?? ''}.${wanted}`, 'set', name)),
    ];
  });
  const inner = (rule.rows ?? []).flatMap((each, i) => {
    const target = cls.classes.find(({ name }) => name === each.class);
    const within = each.of === undefined ? pointing : pointing.flatMap(({ classes }) => classes);
    return checkRow(file, [...at, 'rows', i], each, target, {
      answer: within,
      asked: rule.asked === undefined ? asked : asked.flatMap(({ classes }) => classes),
    });
  });
  return [...findings, ...inner];
}

function below(among: readonly DictionaryClass[], path: string): readonly DictionaryClass[] | undefined {
  const [first, ...rest] = path.split('/');
  const found = among.find(({ name }) => name === first);
  if (!found) return undefined;
  return rest.length === 0 ? [found] : below(found.classes, rest.join('/'));
}

/** The attributes of its row that a value is made of. */
function attributesOf(source: Source): string[] {
  if (typeof source === 'string') return [source];
  if ('text' in source) return [source.text, ...(source.code === undefined ? [] : [source.code])];
  return 'from' in source ? [source.from] : 'day' in source ? [source.day] : [];
}
