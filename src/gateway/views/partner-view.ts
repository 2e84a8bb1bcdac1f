import type { PartnerFile } from '../../partners/partner.ts';
import type { Registered } from '../../partners/register.ts';
import { valueOfText } from '../../language/file.ts';
import { ownerOfPartner } from '../library/configuration-text.ts';
import { expectationsOf, type ExpectationView } from './expectation-view.ts';
import type { Gateway } from '../gateway.ts';
import { viewSequence } from '../intake/sequence.ts';
import { recordedConfiguration } from '../library/in-force.ts';
import type { ReadStore } from '../../store/store.ts';
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
  readonly expects?: readonly ExpectationView[]; // the answers that it owes, and that are owed to what it sends; absent beside a gateway
  readonly history: readonly { readonly at: string; readonly version: string; readonly change: number; readonly by: string; readonly decidedBy: string }[];
  readonly sequence: Awaited<ReturnType<typeof viewSequence>>['items']; // how its references run, where they are counted
}

const row = ({ partner, kept, version }: Registered): PartnerRow => ({ id: partner.id, name: partner.name, kept, version });

/** By id; `next` is the `after` of the following page. */
export function listPartners(gateway: Gateway, after = '', limit = 100): { readonly items: readonly PartnerRow[]; readonly next: string | null } {
  const all = [...registerOf(gateway).keys()].filter((id) => id > after).sort();
  const ids = all.slice(0, limit);
  return { items: ids.map((id) => row(registerOf(gateway).get(id)!)), next: all.length > limit ? ids.at(-1)! : null };
}

/** Whether there is such a partner, or was: what is recorded of it stays when it is taken away. */
export async function wasPartner(gateway: Gateway, id: string): Promise<boolean> {
  const isId = /^[a-z0-9-]+$/.test(id); // the owner of `a-b` is called as that of `a_b` would be
  return registerOf(gateway).has(id) || (isId && (await gateway.store.contents(ownerOfPartner(id))).length > 0);
}

export async function viewPartner(gateway: Gateway, id: string): Promise<PartnerView | undefined> {
  const found = registerOf(gateway).get(id);
  return (
    found &&
    viewed(gateway.store, {
      ...row(found),
      file: found.kept === 'folder' ? found.file.path : null,
      partner: valueOfText<PartnerFile>(found.file),
      expects: expectationsOf(gateway.configuration, id),
    })
  );
}

/** The partners in force as the store records them, for whoever reads beside a gateway: by id. In which file a partner stands is not recorded. */
export async function recordedPartners(store: ReadStore): Promise<readonly (PartnerRow & Pick<PartnerView, 'partner'>)[]> {
  const { partners = [] } = (await recordedConfiguration(store)) ?? {};
  return partners
    .map(({ id, kept, version, file }) => ({ file: valueOfText<PartnerFile>(file), id, kept, version }))
    .map(({ file, id, kept, version }) => ({ id, name: file.name, kept, version, partner: file }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

export async function viewRecordedPartner(store: ReadStore, id: string): Promise<PartnerView | undefined> {
  const found = (await recordedPartners(store)).find((each) => each.id === id);
  return found && viewed(store, { ...found, file: null });
}

async function viewed(store: ReadStore, about: Omit<PartnerView, 'history' | 'sequence'>): Promise<PartnerView> {
  const steps = await store.timeline(ownerOfPartner(about.id));
  return {
    ...about,
    history: steps.flatMap(({ at, record }) => {
      const detail = record?.detail as { readonly change: number; readonly by: string; readonly decidedBy: string } | undefined;
      return detail ? [{ at, version: record!.content?.stage ?? '', change: detail.change, by: detail.by, decidedBy: detail.decidedBy }] : [];
    }),
    sequence: (await viewSequence(store, about.id)).items,
  };
}
