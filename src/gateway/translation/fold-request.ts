import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Rows } from '../../dictionary/rows.ts';
import type { Agency } from '../../partners/agency.ts';
import { aboutDocument, changeTable } from '../../partners/changes.ts';
import type { Delivery } from '../../partners/routes.ts';
import type { Library } from '../library/library.ts';

/** A delivery of a document that the agency wants whole: what is delivered depends on the messages that came before. */
export interface FoldRequest {
  readonly delivery: Delivery;
  readonly map: string; // of the message
  readonly document: string; // what the message says which document it is about
  readonly path: string; // the attribute that says so
  readonly lost: number; // atoms of the message
}

/** Whether a delivery must wait for what came before, and is not to be made from the message alone. A code without meaning is told. */
export function foldRequest(
  delivery: Delivery,
  { name: map }: { readonly name: string },
  { rows, lost }: { readonly rows: Rows; readonly lost: number },
  { library, agency }: { readonly library: Library; readonly agency: Agency },
): FoldRequest | Diagnostic | undefined {
  const table = agency.changes?.deliver === 'fold' ? changeTable(library.changes, map) : undefined;
  const about = table && aboutDocument(rows, table, agency.changes!);
  if (!about) return undefined;
  if (!about.meaning) return finding('CHANGE_FUNCTION', { code: about.code, map });
  return { delivery, map, document: about.document, path: table!.document, lost };
}
