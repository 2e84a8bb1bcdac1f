import type { PartnerFile } from '../../partners/partner.ts';
import type { Registered } from '../../partners/register.ts';
import { valueOfText } from '../../language/file.ts';
import { ownerOfPartner } from '../library/configuration-text.ts';
import { expectationsOf, type ExpectationView } from './expectation-view.ts';
import type { Gateway } from '../gateway.ts';
import { registerOf } from '../changes/partner-changes.ts';

/** A partner in a list. */
export interface PartnerRow {
  readonly id: string;
  readonly name: string;
  readonly kept: Registered['kept'];
  readonly version: string;
}

/** One partner, as it is written and where that is. */
export interface PartnerView extends PartnerRow {
  readonly file: string | null; // where a file of the folder says so
  readonly partner: PartnerFile;
  readonly expects: readonly ExpectationView[]; // the answers that it owes, and that are owed to what it sends
  readonly history: readonly { readonly at: string; readonly version: string; readonly change: number; readonly by: string; readonly decidedBy: string }[];
}

const row = ({ partner, kept, version }: Registered): PartnerRow => ({ id: partner.id, name: partner.name, kept, version });

/** By id; `next` is the `after` of the following page. */
export function listPartners(gateway: Gateway, after = '', limit = 100): { readonly items: readonly PartnerRow[]; readonly next: string | null } {
  const all = [...registerOf(gateway).keys()].filter((id) => id > after).sort();
  const ids = all.slice(0, limit);
  return { items: ids.map((id) => row(registerOf(gateway).get(id)!)), next: all.length > limit ? ids.at(-1)! : null };
}

export async function viewPartner(gateway: Gateway, id: string): Promise<PartnerView | undefined> {
  const found = registerOf(gateway).get(id);
  if (!found) return undefined;
  const steps = await gateway.store.timeline(ownerOfPartner(id));
  return {
    ...row(found),
    file: found.kept === 'folder' ? found.file.path : null,
    partner: valueOfText<PartnerFile>(found.file),
    expects: expectationsOf(gateway.configuration, id),
    history: steps.flatMap(({ at, record }) => {
      const detail = record?.detail as { readonly change: number; readonly by: string; readonly decidedBy: string } | undefined;
      return detail ? [{ at, version: record!.content?.stage ?? '', change: detail.change, by: detail.by, decidedBy: detail.decidedBy }] : [];
    }),
  };
}
