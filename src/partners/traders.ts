import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Rows } from '../dictionary/rows.ts';
import type { Interchange } from '../syntax/unit.ts';
import { senderOfInterchange } from './identities.ts';
import type { Identity, Partner } from './partner.ts';
import { named } from './paths.ts';

/** For whom a network sends: it is the sender of the bytes, the trader is whose document it is. */
export interface Trader {
  readonly trader: string; // an id; a partner of its own may have the same
  readonly name?: string;
  readonly identities: readonly Identity[]; // in envelopes
  readonly declarants?: readonly string[]; // in documents; absent: whatever they state
}

/** Where documents name the party whose they are, where nothing was agreed: the first of them that is stated counts. */
const usualPaths: readonly string[] = ['Declaration/Submitter.ID', 'Declaration/Agent.ID'];

/** Whose document it is, and what is wrong with that. */
export interface SentFor {
  readonly trader?: string; // absent: the partner's own
  readonly findings: readonly Diagnostic[];
}

/**
 * Both are authorised: the envelope names the partner or one of its traders (who else is refused before), and the party that the document
 * names must be among those of that trader, or of any of them where the envelope names the network itself.
 */
export function sentFor(partner: Partner, interchange: Interchange, rows: Rows): SentFor {
  const { sendsFor = [], declarants, declared = usualPaths } = partner;
  const byEnvelope = senderOfInterchange(partner, interchange)?.trader;
  const whose: readonly { readonly trader?: string; readonly declarants: readonly string[] | undefined }[] = byEnvelope
    ? [{ trader: byEnvelope.trader, declarants: byEnvelope.declarants }]
    : [{ declarants }, ...sendsFor.map(({ trader, declarants = [] }) => ({ trader, declarants }))];
  const asIs: SentFor = { ...(byEnvelope && { trader: byEnvelope.trader }), findings: [] };
  const stated = statedAt(rows, declared);
  if (!stated || whose[0]!.declarants === undefined) {
    const found = stated && whose.find((each) => each.declarants?.includes(stated.value));
    return found?.trader === undefined ? asIs : { trader: found.trader, findings: [] };
  }
  const found = whose.find((each) => each.declarants?.includes(stated.value));
  if (found) return { ...(found.trader === undefined ? {} : { trader: found.trader }), findings: [] };
  const args = { declarant: stated.value, path: stated.path, partner: byEnvelope?.trader ?? partner.id };
  return { ...asIs, findings: [finding('PARTNER_MAY_NOT_DECLARE', args, { data: rows.originPlace(stated.row, stated.slot), actual: stated.value })] };
}

function statedAt(
  rows: Rows,
  paths: readonly string[],
): { readonly path: string; readonly value: string; readonly row: number; readonly slot: number } | undefined {
  for (const path of paths)
    for (const { cls, attribute } of named(path, rows.dictionary))
      for (let row = 0; row < rows.size; row++) {
        if (rows.removed(row) || rows.classIndex(row) !== cls.index) continue;
        const value = rows.get(row, attribute.slot);
        if (typeof value === 'string' && value !== '') return { path, value, row, slot: attribute.slot };
      }
  return undefined;
}
