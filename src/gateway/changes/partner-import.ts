import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Place } from '../../diagnostics/place.ts';
import { placeIn, valueOfText } from '../../language/file.ts';
import { partnersOfCsv, type CsvPartner } from '../../partners/csv.ts';
import type { PartnerFile } from '../../partners/partner.ts';
import type { Gateway } from '../gateway.ts';
import { keptPath } from '../library/in-force.ts';
import { checkProposed, propose, registerOf, textOfPartner, type Proposed, type ProposedItem } from './partner-changes.ts';

/** What an import would do, or has proposed. */
export interface Import {
  readonly added: string[];
  readonly changed: string[];
  readonly unchanged: string[];
  readonly findings: readonly Diagnostic[]; // placed in the file
  readonly proposed?: Proposed; // absent: a dry run, nothing to propose, or findings against it
}

export const importSource = 'the file';

/** Partners from a table: every finding of every row, in the terms of the file; then one proposal for all of them, or none. */
export async function importPartners(
  gateway: Gateway,
  text: string,
  how: { readonly by: string; readonly note: string; readonly dryRun: boolean },
): Promise<Import> {
  const register = registerOf(gateway);
  const known = (id: string): PartnerFile | undefined => {
    const found = register.get(id);
    return found && valueOfText<PartnerFile>(found.file);
  };
  const { partners, findings } = partnersOfCsv(importSource, text, known);
  const isSame = ({ id, value }: CsvPartner): boolean => {
    const now = known(id);
    return now !== undefined && textOfPartner(now) === textOfPartner(value);
  };
  const news = partners.filter((each) => !isSame(each));
  const items = news.map(({ id, value }): ProposedItem => ({ partner: id, base: register.get(id)?.version ?? null, value }));
  const rows = new Map(news.map((each) => [each.id, each]));
  const found = checkProposed(gateway, items).map((each) => ({ ...each, ...(each.rule ? { rule: inFile(each.rule, rows) } : { rule: ofRow(each, rows) }) }));
  const all = [...findings, ...found];
  const told = {
    added: news.filter(({ id }) => !register.has(id)).map(({ id }) => id),
    changed: news.filter(({ id }) => register.has(id)).map(({ id }) => id),
    unchanged: partners.filter(isSame).map(({ id }) => id),
    findings: all,
  };
  if (how.dryRun || items.length === 0 || all.some(({ severity }) => severity === 'error' || severity === 'fatal')) return told;
  return { ...told, proposed: await propose(gateway, { by: how.by, note: how.note, items }) };
}

/** From the place in the text that the row makes to the cell that says it; to the row's first cell where none does. */
function inFile(place: Place, rows: ReadonlyMap<string, CsvPartner>): Place {
  const id = place.source.startsWith(keptPath('')) ? place.source.slice(keptPath('').length) : undefined;
  const row = id === undefined ? undefined : rows.get(id);
  if (!row) return place;
  const file = { path: place.source, text: textOfPartner(row.value) };
  const within = row.cells.find(({ path }) => {
    const { start, end } = placeIn(file, ...path);
    return path.length > 0 && start <= place.start && place.end <= end && end < Buffer.byteLength(file.text) - 1;
  });
  const cell = within?.cell ?? row.row.cells[0]!;
  return { source: importSource, start: cell.start, end: cell.end };
}

/** A finding that names a partner alone. */
function ofRow({ args }: Diagnostic, rows: ReadonlyMap<string, CsvPartner>): Place {
  const cell = rows.get(args['partner'] ?? '')?.row.cells[0];
  return { source: importSource, start: cell?.start ?? 0, end: cell?.end ?? 0 };
}
