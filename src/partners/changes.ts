import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import type { Meaning, Statement } from '../dictionary/fold.ts';
import type { Rows } from '../dictionary/rows.ts';
import { readYaml, yamlKinds, type TextFile } from '../language/file.ts';

/** What function codes mean for the documents that messages are about: shipped in `schemas/changes`. */
export interface ChangeTable {
  readonly changes: string;
  readonly maps: readonly string[]; // a map, or all below it
  readonly code: string; // attribute paths
  readonly document: string;
  readonly order: readonly string[];
  readonly entities: readonly string[]; // class paths
  readonly meanings: Readonly<Record<string, Meaning>>;
}

/** How an agency takes changes: each as it came, or the document whole as its messages leave it. Part of its profile. */
export interface ChangeProfile {
  readonly deliver: 'delta' | 'fold';
  /** The function code of a folded document: when the agency gets it first, and when it has it already. */
  readonly as?: { readonly original?: string; readonly replacement?: string };
  readonly meanings?: Readonly<Record<string, Meaning>>; // where its community means something else by a code
}

/** The tables that are shipped or added, each checked against the dictionary. */
export function readChangeTables(
  files: readonly TextFile[],
  schemas: readonly TextFile[],
  dictionary: Dictionary,
): { readonly tables: readonly ChangeTable[]; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const kind = yamlKinds(schemas, ['changes']).get('changes')!;
  const tables = files.flatMap((file) => {
    const read = readYaml<ChangeTable>(file, kind, findings);
    if (!read) return [];
    const { code, document, order, entities } = read.value;
    const unknown = (what: string, name: string, ...keys: (string | number)[]): Diagnostic =>
      finding('CONFIG_UNKNOWN_NAME', { what, name }, { rule: read.at(...keys), actual: name });
    const wrong = [
      ...[['code', code], ['document', document]].flatMap(([key, path]) => (dictionary.attribute(path!) ? [] : [unknown('attribute', path!, key!)])), // prettier-ignore
      ...order.flatMap((path, i) => (dictionary.attribute(path) ? [] : [unknown('attribute', path, 'order', i)])),
      ...entities.flatMap((path, i) => (dictionary.class(path) ? [] : [unknown('class', path, 'entities', i)])),
    ];
    findings.push(...wrong);
    return wrong.length === 0 ? [read.value] : [];
  });
  return { tables, findings };
}

const matches = (map: string, name: string): boolean => map === name || map.startsWith(`${name}/`);

/** The table for messages of a map: the one that names it most closely. */
export function changeTable(tables: readonly ChangeTable[], map: string): ChangeTable | undefined {
  const found = tables.flatMap((table) => table.maps.filter((name) => matches(map, name)).map((name) => ({ table, name })));
  return found.sort((a, b) => b.name.length - a.name.length)[0]?.table;
}

/** What a message says of its document. `meaning` is undefined where its code has none: it is no change then. */
export interface DocumentMessage {
  readonly document: string;
  readonly code: string;
  readonly meaning: Meaning | undefined;
  readonly order: readonly string[];
}

/** Undefined where the message says of no document that it is about it. */
export function aboutDocument(rows: Rows, table: ChangeTable, profile: ChangeProfile): DocumentMessage | undefined {
  const document = textAt(rows, table.document);
  if (document === '') return undefined;
  const code = textAt(rows, table.code);
  const meanings = { ...table.meanings, ...profile.meanings };
  return {
    document,
    code,
    meaning: code === '' ? 'original' : Object.hasOwn(meanings, code) ? meanings[code] : undefined,
    order: table.order.map((path) => textAt(rows, path)),
  };
}

export function statementOf(id: string, rows: Rows, { meaning, order }: DocumentMessage): Statement | undefined {
  return meaning && { id, rows, meaning, order };
}

export const entitiesOf = ({ entities }: ChangeTable, dictionary: Dictionary): readonly DictionaryClass[] =>
  entities.flatMap((path) => dictionary.class(path) ?? []);

/** States the function code of a document that is delivered whole. */
export function stateCode(rows: Rows, { code }: ChangeTable, value: string | undefined): void {
  const attribute = rows.dictionary.attribute(code);
  const root = attribute && rows.roots().find((row) => rows.class(row).attributes.includes(attribute));
  if (attribute && root !== undefined && value !== undefined) rows.set(root, attribute.slot, value);
}

/** The text of an attribute of a root; '' where it is not stated. */
function textAt(rows: Rows, path: string): string {
  const attribute = rows.dictionary.attribute(path);
  if (!attribute) return '';
  for (const root of rows.roots()) {
    if (!rows.class(root).attributes.includes(attribute)) continue;
    const value = rows.get(root, attribute.slot);
    if (typeof value === 'string') return value;
  }
  return '';
}
