import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { PartnerFile } from './partner.ts';

/** A cell, with the bytes of the file in which it stands. */
export interface Cell {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly wrong?: true; // its quotes are not closed, something follows them, or it was no UTF-8
}

export interface CsvRow {
  readonly line: number; // from 1: the first row is the header
  readonly cells: readonly Cell[];
}

/** RFC 4180: cells in quotes may hold commas, line breaks and doubled quotes. A line ends with CR too; empty lines are passed over. */
export function readCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: Cell[] = [];
  let at = text.startsWith('\u{feff}') ? 1 : 0;
  let bytes = at === 1 ? 3 : 0;
  let line = 1;
  while (at < text.length) {
    const begin = at;
    let value = '';
    let isOpen = text[at] === '"';
    let isWrong = false;
    if (isOpen) {
      for (at++; at < text.length; at++) {
        if (text[at] !== '"') value += text[at];
        else if (text[at + 1] === '"') value += text[at++];
        else {
          isOpen = false;
          at++;
          break;
        }
      }
      isWrong = isOpen || /^[ \t]*[^ \t,\r\n]/.test(text.slice(at, at + 1_000));
    }
    while (at < text.length && !/[,\r\n]/.test(text[at]!)) value += text[at++];
    const size = Buffer.byteLength(text.slice(begin, at));
    isWrong ||= value.includes('\u{fffd}');
    cells.push({ text: value.trim(), start: bytes, end: bytes + size, ...(isWrong && { wrong: true as const }) });
    bytes += size;
    const ended = at >= text.length || text[at] !== ',';
    if (ended) {
      if (cells.length > 1 || cells[0]!.text !== '') rows.push({ line, cells });
      cells = [];
      const eol = text.startsWith('\r\n', at) ? 2 : 1;
      bytes += eol;
      at += eol;
      line++;
    } else {
      at++;
      bytes++;
      if (at === text.length) cells.push({ text: '', start: bytes, end: bytes });
    }
  }
  if (cells.length > 0) rows.push({ line, cells });
  return rows;
}

/** How the cells of a column say a member of a partner: its path, and how several values stand in one cell. */
type Reader = (text: string) => unknown;
const asText: Reader = (text) => text;
const asFlag: Reader = (text) => (text === 'true' ? true : text === 'false' ? false : text);
const listOf =
  (one: Reader): Reader =>
  (text) =>
    text
      .split(';')
      .map((each) => each.trim())
      .filter((each) => each !== '')
      .map(one);
/** `QUAYNET`, `QUAYNET:ZZZ`, `x12/QUAYNET:01`. */
const asIdentity: Reader = (text) => {
  const [, where, id = '', qualifier] = /^(?:([a-z0-9]+)\/)?([^:]*)(?::(.*))?$/.exec(text) ?? [undefined, undefined, text];
  return { id, ...(qualifier === undefined ? {} : { qualifier }), ...(where === undefined ? {} : { in: where }) };
};

interface Column {
  readonly path: readonly string[];
  readonly read: Reader;
}
const column = (path: string, read: Reader = asText): [string, Column] => [path, { path: path.split('.'), read }];

/** The columns there are, by what stands in the header. */
export const columns: ReadonlyMap<string, Column> = new Map([
  column('partner'),
  column('name'),
  column('class'),
  column('test', asFlag),
  column('keys', listOf(asText)),
  column('certificates', listOf(asText)),
  column('identities', listOf(asIdentity)),
  column('declarants', listOf(asText)),
  column('agreement.contrl'),
  column('agreement.syntaxes', listOf(asText)),
  column('agreement.ordered', asFlag),
  column('agreement.answers'),
  column('agreement.fna'),
  column('agreement.duplicates.window'),
  column('agreement.x12.interchange'),
  column('agreement.x12.groups'),
]);

/** What a row makes of a partner, and where each member stands in the file. */
export interface CsvPartner {
  readonly id: string;
  readonly value: PartnerFile;
  readonly row: CsvRow;
  readonly cells: readonly { readonly column: string; readonly path: readonly string[]; readonly cell: Cell }[];
}

/**
 * Partners as rows of a table. A cell that is empty leaves the member as it is, `-` takes it away. `known` is what a partner is now, undefined
 * where it is new.
 */
export function partnersOfCsv(
  source: string,
  text: string,
  known: (id: string) => PartnerFile | undefined,
): { readonly partners: readonly CsvPartner[]; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const placeOf = ({ start, end }: Cell): Place => ({ source, start, end });
  const [header, ...rows] = readCsv(text);
  const named = (header?.cells ?? []).map((cell) => ({ cell, column: columns.get(cell.text) }));
  for (const { cell, column } of named)
    if (!column)
      findings.push(
        finding('CONFIG_UNKNOWN_NAME', { what: 'column', name: cell.text }, { rule: placeOf(cell), actual: cell.text, expected: [...columns.keys()] }),
      );
  for (const [i, { cell }] of named.entries())
    if (named.findIndex((other) => other.cell.text === cell.text) < i)
      findings.push(finding('CONFIG_DUPLICATE', { what: 'column', id: cell.text }, { rule: placeOf(cell), actual: cell.text }));
  for (const { cells } of [header ?? { cells: [] }, ...rows])
    for (const cell of cells) if (cell.wrong) findings.push(finding('PARTNER_CELL', {}, { rule: placeOf(cell), actual: cell.text.slice(0, 100) }));
  const idAt = named.findIndex(({ cell }) => cell.text === 'partner');
  if (idAt < 0)
    findings.push(finding('CONFIG_KEY_MISSING', { key: 'partner', where: 'the first row' }, { rule: { source, start: 0, end: 0 }, expected: ['partner'] }));
  const seen = new Set<string>();
  const partners = rows.flatMap((row): CsvPartner[] => {
    const beyond = row.cells[named.length];
    if (beyond)
      findings.push(
        finding('PARTNER_ROW', { row: String(row.line), cells: String(row.cells.length), columns: String(named.length) }, { rule: placeOf(beyond) }),
      );
    const idCell = row.cells[idAt];
    if (!idCell) return [];
    const id = idCell.text;
    if (seen.has(id)) {
      findings.push(finding('CONFIG_DUPLICATE', { what: 'partner', id }, { rule: placeOf(idCell), actual: id }));
      return [];
    }
    seen.add(id);
    const value = structuredClone(known(id) ?? {}) as Record<string, unknown>;
    const cells = named.flatMap(({ cell: head, column }, i) => {
      const cell = row.cells[i];
      if (!column || !cell || cell.text === '') return [];
      put(value, column.path, cell.text === '-' ? undefined : column.read(cell.text));
      return [{ column: head.text, path: column.path, cell }];
    });
    return [{ id, value: value as unknown as PartnerFile, row, cells }];
  });
  return { partners, findings };
}

function put(value: Record<string, unknown>, [first, ...rest]: readonly string[], member: unknown): void {
  if (rest.length > 0) {
    const inner = { ...(value[first!] as Record<string, unknown> | undefined) };
    put(inner, rest, member);
    if (Object.keys(inner).length > 0) value[first!] = inner;
    else delete value[first!];
  } else if (member === undefined) delete value[first!];
  else value[first!] = member;
}
