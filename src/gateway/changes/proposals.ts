import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Batch, ContentId, InboxItem, Json, NewContent, NewRecord, ReadStore } from '../../store/store.ts';

/**
 * What one operator proposes and another decides. A proposal is put into a mailbox that is no party's, whose numbers have no gaps; who
 * decides acknowledges it, which happens once. Proposal and decision are entries, with both names.
 */
export interface Opened<Proposal> {
  readonly item: InboxItem;
  readonly proposal: Proposal;
}

/** Of one content owner: what was proposed, with whatever else belongs to it. */
export function proposalBatch(
  mailbox: string,
  owner: string,
  proposal: Json,
  told: { readonly by: string } & { readonly [name: string]: Json },
  more: readonly NewContent[] = [],
): Batch {
  const content: ContentId = { owner, stage: 'proposal' };
  return {
    contents: [...more, { ...content, media: 'application/json', bytes: Buffer.from(JSON.stringify(proposal)) }],
    records: [{ kind: 'proposed', party: mailbox, content, detail: told }],
    inbox: [{ party: mailbox, key: owner, kind: 'change', content }],
  };
}

export async function proposalOf<Proposal>(store: ReadStore, mailbox: string, number: number): Promise<Opened<Proposal> | undefined> {
  const item = await store.inboxItem(mailbox, number);
  const bytes = item && (await store.content(item.content));
  return item && bytes && { item, proposal: JSON.parse(Buffer.from(bytes).toString()) as Proposal };
}

/** Why this operator may not decide; undefined where it may. */
export async function mayNotDecide(store: ReadStore, { item, proposal }: Opened<{ readonly by: string }>, decidedBy: string): Promise<Diagnostic | undefined> {
  if (proposal.by === decidedBy) return finding('PARTNER_OWN_CHANGE', { number: String(item.number), operator: decidedBy });
  return item.receipted === undefined ? undefined : alreadyDecided(store, item);
}

export async function alreadyDecided(store: ReadStore, item: InboxItem): Promise<Diagnostic> {
  const { kind = '', detail } = (await store.last(item.content.owner))?.record ?? {};
  return finding('PARTNER_DECIDED', { number: String(item.number), state: kind, operator: String((detail as { decidedBy?: string } | undefined)?.decidedBy) });
}

/** The decision, as a part of the batch of what follows from it: where somebody else decided meanwhile, that batch is `stale`. */
export function decisionBatch(
  { item }: Opened<unknown>,
  verdict: 'approved' | 'rejected',
  names: { readonly [name: string]: Json },
): { readonly receipts: NonNullable<Batch['receipts']>; readonly records: readonly NewRecord[] } {
  const { party, number, content } = item;
  return { receipts: [{ party, number }], records: [{ kind: verdict, party, content, detail: names }] };
}

/** How far a proposal is. */
export interface Standing {
  readonly state: 'open' | 'approved' | 'rejected';
  readonly at: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly reason: string | null;
}

export async function standingOf(store: ReadStore, { content }: Pick<InboxItem, 'content'>): Promise<Standing> {
  const steps = await store.timeline(content.owner);
  const decided = steps.find(({ record }) => record?.kind === 'approved' || record?.kind === 'rejected');
  const detail = decided?.record?.detail as { readonly decidedBy: string; readonly reason?: string } | undefined;
  return {
    state: (decided?.record?.kind as 'approved' | 'rejected' | undefined) ?? 'open',
    at: steps[0]?.at ?? '',
    decidedBy: detail?.decidedBy ?? null,
    decidedAt: decided?.at ?? null,
    reason: detail?.reason ?? null,
  };
}
