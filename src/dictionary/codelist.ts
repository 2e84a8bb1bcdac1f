import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';

/** A file of codes, as text: a table that ships (`schemas/codes/*.tsv`), or one that replaces it (`codes/*.csv` of a configuration folder). */
export interface CodeFile {
  readonly path: string;
  readonly text: string;
}

export interface Code {
  readonly code: string;
  readonly name: string;
  readonly from: string; // ISO date, also of less precision; '' where it is valid since ever
  readonly until: string; // the last day; '' where it is valid still
}

/** Where a list is used beside the attributes whose type names it: a class pattern, an attribute, what another attribute of the row must be. */
export interface ListUse {
  readonly path: string;
  readonly attribute: string;
  readonly where: { readonly attribute: string; readonly values: readonly string[] } | undefined;
}

/** A list of codes. What has no table is checked by its form alone, and says so. */
export interface CodeList {
  readonly name: string; // 'iso/3166-1'
  readonly title: string;
  readonly source: string;
  readonly table: string | undefined; // the file its codes are from
  readonly form: RegExp | undefined; // what any of its codes looks like
  readonly open: RegExp | undefined; // codes that the list leaves to its users
  readonly only: RegExp | undefined; // it is asked of such values alone
  readonly units: 'quantities' | 'amounts' | undefined; // it is the list of all units, or of all currencies
  readonly uses: readonly ListUse[];
  readonly codes: ReadonlyMap<string, Code>;
}

const tableHead = ['code', 'name', 'from', 'until'];
const date = /^(\d{4}(-\d\d(-\d\d)?)?)?$/;

/**
 * Reads the lists that ship and the tables that replace theirs. A table replaces that of its list whole: what it does not have
 * is no code any more. What is wrong with one is told with its line, and it is left out.
 */
export function readCodeLists(
  shipped: readonly CodeFile[],
  own: readonly CodeFile[] = [],
): { readonly lists: ReadonlyMap<string, CodeList>; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const lists = new Map<string, CodeList>();
  for (const file of shipped) {
    const list = readShipped(file, findings);
    if (list) lists.set(list.name, list);
  }
  for (const file of own) {
    const name = listName(file.path);
    const known = lists.get(name);
    const codes = readTable(file, ',', 0, findings);
    if (!codes) continue;
    const empty: CodeList = {
      name,
      title: name,
      source: file.path,
      table: undefined,
      form: undefined,
      open: undefined,
      only: undefined,
      units: undefined,
      uses: [],
      codes,
    };
    lists.set(name, { ...(known ?? empty), source: file.path, table: file.path, codes });
  }
  return { lists, findings };
}

/** `codes/un/locode.csv` is the table of `un/locode`. */
export const listName = (path: string): string => path.replace(/^.*?codes\//, '').replace(/\.csv$/, '');

function readShipped(file: CodeFile, findings: Diagnostic[]): CodeList | undefined {
  const head = new Map<string, string[]>();
  let start = 0;
  for (const line of file.text.split('\n')) {
    const [, key, value] = /^# (\w+) (.*)$/.exec(line) ?? [];
    if (key === undefined) break;
    head.set(key, [...(head.get(key) ?? []), value!]);
    start += line.length + 1;
  }
  const one = (key: string): string | undefined => head.get(key)?.[0];
  const pattern = (key: string): RegExp | undefined => (one(key) === undefined ? undefined : new RegExp(`^(?:${one(key)!})$`));
  const codes = readTable(file, '\t', start, findings);
  const name = one('list');
  if (!codes || name === undefined) return undefined;
  return {
    name,
    title: one('title') ?? name,
    source: one('source') ?? '',
    table: codes.size === 0 ? undefined : file.path,
    form: pattern('form'),
    open: pattern('open'),
    only: pattern('only'),
    units: head.has('quantities') ? 'quantities' : head.has('amounts') ? 'amounts' : undefined,
    uses: (head.get('use') ?? []).map(readUse),
    codes,
  };
}

// `**/Classification.ID where IdentificationTypeCode HS TSP`: what stands in the table after `# use`.
function readUse(text: string): ListUse {
  const [path = '', where, attribute = '', ...values] = text.split(' ');
  const dot = path.lastIndexOf('.');
  return { path: path.slice(0, dot), attribute: path.slice(dot + 1), where: where === 'where' ? { attribute, values } : undefined };
}

/** A header and rows; of CSV, cells may stand in double quotes (RFC 4180), on one line. */
function readTable(file: CodeFile, separator: '\t' | ',', start: number, findings: Diagnostic[]): ReadonlyMap<string, Code> | undefined {
  const codes = new Map<string, Code>();
  const before = findings.length;
  let at = start;
  let columns: readonly string[] | undefined;
  for (const raw of file.text.slice(start).split('\n')) {
    const place: Place = { source: file.path, start: at, end: at + Buffer.byteLength(raw) };
    at = place.end + 1;
    const line = raw.replace(/\r$/, '').replace(/^\uFEFF/, '');
    if (line === '') continue;
    const problem = (message: string): number => findings.push(finding('CODES_ROW', { message }, { rule: place }));
    const cells = separator === '\t' ? line.split('\t') : cellsOf(line);
    if (!cells) problem('a cell in quotes is not closed on its line');
    else if (!columns) {
      columns = cells.map((cell) => cell.trim().toLowerCase());
      const unknown = columns.find((column) => !tableHead.includes(column));
      if (!columns.includes('code') || unknown !== undefined) {
        problem(
          `the first line names the columns ${tableHead.join(', ')}, of which code must be there${unknown === undefined ? '' : `; \`${unknown}\` is none`}`,
        );
        return undefined;
      }
    } else {
      const cell = (name: string): string => cells[columns!.indexOf(name)]?.trim() ?? '';
      const row: Code = { code: cell('code'), name: cell('name'), from: cell('from'), until: cell('until') };
      if (row.code === '' || /\s/.test(row.code)) problem(`\`${row.code}\` is no code`);
      else if (codes.has(row.code)) problem(`\`${row.code}\` stands twice`);
      else if (!date.test(row.from) || !date.test(row.until)) problem(`\`${row.code}\`: dates are written 2026-01-31, 2026-01 or 2026`);
      else if (row.from !== '' && row.until !== '' && row.from > row.until) problem(`\`${row.code}\` ends before it begins`);
      else codes.set(row.code, row);
    }
  }
  if (!columns) findings.push(finding('CODES_ROW', { message: 'there is no header' }, { rule: { source: file.path, start, end: start } }));
  return findings.length > before ? undefined : codes;
}

function cellsOf(line: string): readonly string[] | undefined {
  const cells: string[] = [];
  for (let at = 0; at <= line.length;) {
    if (line[at] === '"') {
      const [whole] = /^"((?:[^"]|"")*)"/.exec(line.slice(at)) ?? [];
      if (whole === undefined) return undefined;
      cells.push(whole.slice(1, -1).replaceAll('""', '"'));
      at += whole.length + 1;
    } else {
      const end = line.indexOf(',', at);
      cells.push(line.slice(at, end < 0 ? undefined : end));
      at = end < 0 ? line.length + 1 : end + 1;
    }
  }
  return cells;
}

/** Why a value is no code of the list on a day ('': whenever), in words that complete "the value …"; undefined where it is one. */
export function refuse(list: CodeList, value: string, on: string): string | undefined {
  if (list.only && !list.only.test(value)) return undefined;
  const code = list.codes.get(value);
  if (code) {
    if (on === '') return undefined;
    if (code.from !== '' && on.slice(0, code.from.length) < code.from) return `is a code of ${list.name} only from ${code.from} on (${on} is asked)`;
    if (code.until !== '' && on.slice(0, code.until.length) > code.until) return `was a code of ${list.name} until ${code.until} (${on} is asked)`;
    return undefined;
  }
  if (list.open?.test(value)) return undefined;
  if (list.form && !list.form.test(value)) return `has not the form of a code of ${list.name}`;
  return list.table === undefined ? undefined : `is not in ${list.name}`;
}

/** What a table brings: codes that are new, gone, or not as they were. */
export function compareCodes(
  before: CodeList | undefined,
  after: CodeList,
): { readonly added: readonly Code[]; readonly removed: readonly Code[]; readonly changed: readonly Code[] } {
  const old = before?.codes ?? new Map<string, Code>();
  const isSame = (a: Code, b: Code): boolean => a.name === b.name && a.from === b.from && a.until === b.until;
  return {
    added: [...after.codes.values()].filter(({ code }) => !old.has(code)),
    removed: [...old.values()].filter(({ code }) => !after.codes.has(code)),
    changed: [...after.codes.values()].filter((each) => old.has(each.code) && !isSame(each, old.get(each.code)!)),
  };
}
