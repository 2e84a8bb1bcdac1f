import { hash } from 'node:crypto';
import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { readYaml } from '../../language/file.ts';
import { takenBy, type ConfigFile } from '../../partners/config.ts';
import { checkUnique, readRegister, type Registered } from '../../partners/register.ts';
import { readPartner, type Partner, type PartnerFile } from '../../partners/partner.ts';
import type { Batch, ContentId, InboxItem, Json, NewRecord, ReadStore } from '../../store/store.ts';
import { ownerOfPartner, withRegister } from '../library/configuration-text.ts';
import type { Gateway } from '../gateway.ts';
import { keptPath } from '../library/in-force.ts';
import { partnerChecks } from '../library/library.ts';
import { alreadyDecided, decisionBatch, mayNotDecide, proposalBatch, proposalOf, standingOf } from './proposals.ts';

/** Changes of partners with a second person's approval (`proposals.ts`). */
const mailbox = 'changes:partners';

/** What is proposed of one partner. */
export interface ProposedItem {
  readonly partner: string;
  readonly base: string | null; // the version it changes; null: there was none
  readonly value: PartnerFile | null; // null: it is taken away
}

interface Proposal {
  readonly by: string; // an operator; of what a new partner asks for, the one who invited it
  readonly note: string;
  readonly items: readonly ProposedItem[];
}

/** A change, and how far it is. */
export interface ChangeView {
  readonly number: number;
  readonly state: 'open' | 'approved' | 'rejected';
  readonly by: string;
  readonly at: string;
  readonly note: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly reason: string | null;
  readonly counts: { readonly added: number; readonly changed: number; readonly removed: number };
  readonly items: readonly (ProposedItem & { readonly before: PartnerFile | null })[]; // at most fifty
}

/** Done, or why not: `main` where one sentence says it, and all findings behind it. */
export type Proposed = { readonly number: number; readonly findings: readonly Diagnostic[] } | { readonly refused: readonly Diagnostic[] };

export const registerOf = (gateway: Gateway): ReadonlyMap<string, Registered> => {
  const { register } = gateway.inForce.recorded;
  const made = byId.get(register) ?? new Map(register.map((each) => [each.partner.id, each]));
  byId.set(register, made);
  return made;
};
const byId = new WeakMap<readonly Registered[], ReadonlyMap<string, Registered>>();

/** The text under which the store keeps a partner: the same value is the same text, and so the same version. */
export const textOfPartner = (value: PartnerFile): string => `${JSON.stringify(sorted(value), null, 2)}\n`;

/** What a text says of a partner, JSON or YAML, with findings at their places in it. */
export function readProposed(
  { library }: Gateway,
  file: ConfigFile,
): { readonly value: PartnerFile | undefined; readonly partner: Partner | undefined; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const { kind, names } = partnerChecks(library);
  const loaded = readYaml<PartnerFile>(file, kind, findings);
  const partner = loaded && readPartner(loaded, names, findings);
  return { value: loaded?.value, partner, findings };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)])); // prettier-ignore
}

/** What is wrong with partners as they would be; `register` is what would be in force. */
function check(gateway: Gateway, items: readonly ProposedItem[]): { readonly findings: readonly Diagnostic[]; readonly register: readonly Registered[] } {
  const findings: Diagnostic[] = [];
  const files = items.flatMap(({ partner, value }): ConfigFile[] => (value ? [{ path: keptPath(partner), text: textOfPartner(value) }] : []));
  const { kind, names } = partnerChecks(gateway.library);
  const read = readRegister(files, 'store', kind, names, findings);
  const changed = new Set(items.map(({ partner }) => partner));
  const register = [...gateway.inForce.recorded.register.filter(({ partner }) => !changed.has(partner.id)), ...read];
  const { configuration } = gateway;
  const others = [...configuration.agencies.map(takenBy), ...configuration.gateway.operators];
  findings.push(...checkUnique(register, others));
  const gone = new Set(items.flatMap(({ partner, value }) => (value ? [] : [partner])));
  for (const { route, when } of configuration.routes)
    for (const name of when?.partners ?? []) if (gone.has(name)) findings.push(finding('PARTNER_ROUTED', { partner: name, route }));
  return { findings, register };
}

/** Whether the partners are still as the proposer saw them, and may be changed here. */
function checkBases(gateway: Gateway, items: readonly ProposedItem[]): Diagnostic[] {
  return items.flatMap(({ partner, base, value }): Diagnostic[] => {
    const now = registerOf(gateway).get(partner);
    if (now?.kept === 'folder') return [finding('PARTNER_IN_FOLDER', { partner, file: now.file.path })];
    if ((now?.version ?? null) !== base) return [finding('PARTNER_CHANGED', { partner, base: base ?? 'none', now: now?.version ?? 'none' })];
    return value === null && !now ? [finding('WEB_NOT_FOUND', { path: keptPath(partner) })] : [];
  });
}

/** All that stands against a proposal now. */
export function checkProposed(gateway: Gateway, items: readonly ProposedItem[]): readonly Diagnostic[] {
  return [...checkBases(gateway, items), ...check(gateway, items).findings];
}

/** Checked at once, and put before another operator: all of it or nothing. `more` belongs to it; where that was done before, `refused` is empty. */
export function propose(gateway: Gateway, proposal: Proposal, more?: (owner: string) => Batch): Promise<Proposed> {
  return gateway.exclusively(async () => {
    const refused = checkBases(gateway, proposal.items);
    if (refused.length > 0) return { refused };
    const { findings } = check(gateway, proposal.items);
    if (hasError(findings)) return { refused: findings.filter(({ severity }) => severity !== 'info') };
    const told = { by: proposal.by, partners: proposal.items.length };
    const owner = `change:${gateway.newId()}`;
    const batch = proposalBatch(mailbox, owner, proposal as unknown as Json, told);
    const { records = [], ...rest } = more?.(owner) ?? {};
    const committed = await gateway.store.commit({ ...batch, ...rest, records: [...batch.records!, ...records] });
    if (committed.verdict !== 'first') return { refused: [] };
    return { number: committed.inbox[0]!, findings };
  });
}

/** An operator other than the proposer decides, once. */
export function decide(
  gateway: Gateway,
  number: number,
  { by: decidedBy, reason }: { readonly by: string; readonly reason?: string | undefined },
  verdict: 'approved' | 'rejected',
): Promise<Diagnostic[]> {
  return gateway.exclusively(async () => {
    const { store } = gateway;
    const found = await proposalOf<Proposal>(store, mailbox, number);
    if (!found) return [finding('WEB_NOT_FOUND', { path: `/v1/partners/changes/${number}` })];
    const { proposal, item } = found;
    const barred = await mayNotDecide(store, found, decidedBy);
    if (barred) return [barred];
    const names = { change: number, by: proposal.by, decidedBy, ...(reason === undefined ? {} : { reason }) };
    const decision = decisionBatch(found, verdict, names);
    if (verdict === 'rejected') {
      const { verdict: written } = await store.commit(decision);
      return written === 'stale' ? [await alreadyDecided(store, item)] : [];
    }
    const stale = checkBases(gateway, proposal.items);
    if (stale.length > 0) return stale;
    const { findings, register } = check(gateway, proposal.items);
    if (hasError(findings)) return findings.filter(({ severity }) => severity !== 'info');
    const steps = proposal.items.flatMap(({ partner, base, value }): NewRecord[] => {
      const version = value ? hash('sha256', textOfPartner(value), 'hex') : base!;
      const content: ContentId = { owner: ownerOfPartner(partner), stage: version };
      return [{ kind: 'configuration-changed', content, detail: { ...names, partner, ...(value ? {} : { removed: true }) } }];
    });
    const made = await gateway.changePartners(withRegister(gateway.inForce.recorded, register), names, {
      ...decision,
      records: [...decision.records, ...steps],
    });
    return made ? [] : [await alreadyDecided(store, item)];
  });
}

const shown = 50;

export async function viewChange(store: ReadStore, number: number): Promise<ChangeView | undefined> {
  const found = await proposalOf<Proposal>(store, mailbox, number);
  return found && view(store, found.item, found.proposal);
}

async function view(store: ReadStore, item: InboxItem, { by, note, items }: Proposal, most = shown): Promise<ChangeView> {
  const counted = (is: (each: ProposedItem) => boolean): number => items.filter(is).length;
  return {
    number: item.number,
    ...(await standingOf(store, item)),
    by,
    note,
    counts: {
      added: counted(({ base, value }) => base === null && value !== null),
      changed: counted(({ base, value }) => base !== null && value !== null),
      removed: counted(({ value }) => value === null),
    },
    items: await Promise.all(items.slice(0, most).map(async (each) => ({ ...each, before: await versionOf(store, each.partner, each.base) }))),
  };
}

async function versionOf(store: ReadStore, partner: string, version: string | null): Promise<PartnerFile | null> {
  const bytes = version === null ? undefined : await store.content({ owner: ownerOfPartner(partner), stage: version });
  return bytes ? (JSON.parse(Buffer.from(bytes).toString()) as PartnerFile) : null;
}

/** Changes by number, without what they say; `next` is the `after` of the following page. */
export async function listChanges(
  store: ReadStore,
  {
    after = 0,
    limit = 50,
    state,
  }: { readonly after?: number | undefined; readonly limit?: number | undefined; readonly state?: ChangeView['state'] | undefined },
): Promise<{ readonly items: readonly Omit<ChangeView, 'items'>[]; readonly next: number | null }> {
  const items: Omit<ChangeView, 'items'>[] = [];
  for (let at = after; ;) {
    const page = await store.inbox(mailbox, at, 200);
    for (const item of page) {
      at = item.number;
      if (state !== undefined && (item.receipted === undefined) !== (state === 'open')) continue;
      const found = await proposalOf<Proposal>(store, mailbox, item.number);
      const { items: _, ...rest } = await view(store, item, found!.proposal, 0);
      if (state === undefined || rest.state === state) items.push(rest);
      if (items.length === limit) return { items, next: at };
    }
    if (page.length < 200) return { items, next: null };
  }
}
