import { createHash } from 'node:crypto';
import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Partner } from '../../partners/partner.ts';
import type { State } from '../../store/state.ts';
import type { Batch, ContentId, Json, NewRecord, ReadStore } from '../../store/store.ts';
import { differenceOf } from './difference.ts';
import { isGiven, isUnderWay } from '../outcome/fates.ts';
import type { Gateway } from '../gateway.ts';
import { iso } from '../views/view.ts';
import { intakeBatch } from '../intake/intake.ts';
import type { Mode } from '../intake/mode.ts';
import type { RepairOf, TranslateJob } from '../outcome/jobs.ts';
import { alreadyDecided, decisionBatch, mayNotDecide, proposalBatch, proposalOf, standingOf, type Opened, type Standing } from './proposals.ts';
import { readEnvelope } from '../translation/syntax.ts';
import type { TranslatedMessage } from '../translation/translate.ts';

/**
 * An edited copy of a message that could not go on: a new interchange of that message alone, linked to the old one, whose originator is
 * the operator. One operator proposes it and another lets it go; until then nothing goes anywhere. What was changed is kept as content,
 * the agency is told that the operator amended it, the sender gets no answer to what it did not send. Partners for whom we only relay
 * (`repair: never`) are not repaired for.
 */
const mailbox = 'changes:repairs';

interface Proposal {
  readonly by: string; // an operator
  readonly note: string;
  readonly message: string; // that is repaired
}

export interface RepairView extends Standing {
  readonly number: number;
  readonly message: string;
  readonly by: string;
  readonly note: string;
  readonly difference: Json;
  readonly replacement: string | null; // the message that took its place
}

export type ProposedRepair =
  | { readonly number: number; readonly difference: Json; readonly findings: readonly Diagnostic[] }
  | { readonly refused: readonly Diagnostic[]; readonly bytes?: Uint8Array };

const refuse = (reason: string): { readonly refused: readonly Diagnostic[] } => ({ refused: [finding('REPAIR_REFUSED', { reason })] });

/** Looked at as if it had been sent, and put before another operator. Undefined where there is no such message. */
export async function proposeRepair(
  gateway: Gateway,
  message: string,
  bytes: Uint8Array,
  { by, note }: { readonly by: string; readonly note: string },
): Promise<ProposedRepair | undefined> {
  const { store } = gateway;
  const state = message.includes('-') ? await store.state(message) : undefined;
  if (!state) return undefined;
  const partner = gateway.configuration.partners.find(({ id }) => id === state.partner);
  const barred = partner ? mayNotBeRepaired(state, partner) : finding('REPAIR_REFUSED', { reason: `${state.partner ?? 'who sent it'} is no partner` });
  if (barred) return { refused: [barred] };
  const original = await store.content({ owner: state.interchange, stage: 'original' });
  if (!original) return refuse('what was sent was erased');
  const was = await looked(gateway, original, state);
  const now = await looked(gateway, bytes, state);
  const [edited, ...more] = now.messages;
  if (!edited || more.length > 0) return { refused: [...now.findings, finding('REPAIR_REFUSED', { reason: `the copy holds ${now.messages.length} messages; it must be an interchange of the one that is repaired` })], bytes }; // prettier-ignore
  if (edited.header.type !== state.type) return refuse(`the copy is a ${edited.header.type}, the message a ${state.type ?? ''}`);
  if (edited.state === 'rejected' || hasError(now.findings)) return { refused: [...now.findings, ...edited.findings], bytes };
  const former = was.messages[Number(message.split('-')[1]) - 1];
  const difference = differenceOf(sliceOf(original, former), sliceOf(bytes, edited)) as unknown as Json[];
  if (difference.length === 0) return refuse('nothing was changed: `portolan replay` tries the same bytes again');
  const owner = `change:${gateway.newId()}`;
  const contents = [
    { owner, stage: 'edited', media: 'application/octet-stream', bytes },
    { owner, stage: 'difference', media: 'application/json', bytes: Buffer.from(JSON.stringify({ message, changes: difference })) },
  ];
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const proposal: Proposal = { by, note, message };
  const committed = await store.commit(proposalBatch(mailbox, owner, proposal as unknown as Json, { by, message, sha256 }, contents));
  return { number: committed.inbox[0]!, difference, findings: edited.findings };
}

/** What stands against a repair of the message, now. */
function mayNotBeRepaired(state: State, { id, agreement }: Partner): Diagnostic | undefined {
  if (agreement.repair === 'never') return finding('REPAIR_NEVER', { partner: id });
  const has = Object.entries(state.agencies).find(([, outcome]) => isUnderWay(outcome) || (isGiven(outcome) && outcome !== 'rejected'));
  const reason = has ? `${has[0]} ${isUnderWay(has[1]) ? 'is about to get it' : 'has it'}; only the sender can amend it` : state.state === 'repaired' ? 'it was repaired before' : undefined; // prettier-ignore
  return reason === undefined ? undefined : finding('REPAIR_REFUSED', { reason });
}

/** What would become of the bytes if the partner sent them; nothing is kept of it. */
async function looked(
  gateway: Gateway,
  bytes: Uint8Array,
  { partner = '' }: State,
): Promise<{ readonly messages: readonly TranslatedMessage[]; readonly findings: readonly Diagnostic[] }> {
  const { translator } = gateway.inForce;
  const made = await translator.translate({ id: gateway.newId(), partner, receivedAt: iso(gateway.now()), bytes, media: undefined });
  translator.release?.(made);
  const { interchanges, findings } = made;
  return { messages: interchanges.flatMap(({ messages }) => messages), findings: [...findings, ...interchanges.flatMap((each) => each.findings)] };
}

const sliceOf = (bytes: Uint8Array, message: TranslatedMessage | undefined): Uint8Array =>
  message ? bytes.subarray(message.header.start, message.end) : bytes;

/** An operator other than the proposer decides, once. Approved, the copy is an interchange of its own, and on its way. */
export async function decideRepair(
  gateway: Gateway,
  number: number,
  { by: decidedBy, reason }: { readonly by: string; readonly reason?: string | undefined },
  verdict: 'approved' | 'rejected',
): Promise<readonly Diagnostic[]> {
  const { store } = gateway;
  const found = await proposalOf<Proposal>(store, mailbox, number);
  if (!found) return [finding('WEB_NOT_FOUND', { path: `/v1/repairs/${number}` })];
  const barred = await mayNotDecide(store, found, decidedBy);
  if (barred) return [barred];
  const { by, message } = found.proposal;
  const names = { change: number, by, decidedBy, message, ...(reason === undefined ? {} : { reason }) };
  const decision = decisionBatch(found, verdict, names);
  const batch = verdict === 'rejected' ? decision : await approved(gateway, found, decision, { of: message, number, by, approvedBy: decidedBy });
  if ('refused' in batch) return batch.refused;
  const { verdict: written } = await store.commit(batch);
  if (written === 'stale') return [await alreadyDecided(store, found.item)];
  return [];
}

async function approved(
  gateway: Gateway,
  { item, proposal }: Opened<Proposal>,
  decision: ReturnType<typeof decisionBatch>,
  repair: RepairOf,
): Promise<Batch | { readonly refused: readonly Diagnostic[] }> {
  const { store, library, configuration } = gateway;
  const { message } = proposal;
  const [state, bytes] = [await store.state(message), await store.content({ ...item.content, stage: 'edited' })];
  const partner = configuration.partners.find(({ id }) => id === state?.partner);
  if (!state || !bytes || !partner) return refuse('the message, or who sent it, is no longer there');
  const barred = mayNotBeRepaired(state, partner);
  if (barred) return { refused: [barred] };
  const made = gateway.newInterchange();
  const envelope = await readEnvelope(library, bytes, { listed: 0, limits: configuration.gateway.limits, charsets: partner.agreement.charsets });
  const test = (state.detail as Mode | undefined)?.test === true; // what was a test stays one, whatever made it so
  const intake = intakeBatch({ ...made, bytes, partner, grade: 'C', test }, envelope.interchanges, gateway.intakeContext);
  const difference: ContentId = { ...item.content, stage: 'difference' };
  const told = { by: 'operator', change: repair.number }; // whoever sent it reads this: names and reasons are with the change
  const records: NewRecord[] = [
    {
      kind: 'repaired',
      interchange: made.id,
      party: partner.id,
      grade: 'C', // we say that this is what the partner's message should have been
      content: { owner: made.id, stage: 'original' },
      refs: [{ kind: 'repair-of', id: message }],
      detail: { ...told, difference: `${difference.owner}/${difference.stage}` },
    },
    {
      kind: 'repaired',
      interchange: state.interchange,
      message,
      party: partner.id,
      content: difference,
      refs: [{ kind: 'repaired-by', id: made.id }],
      detail: told,
    },
  ];
  const add = (intake.jobs?.add ?? []).map((job) => ({ ...job, value: { ...(job.value as unknown as TranslateJob), repair } as unknown as Json }));
  return {
    receipts: decision.receipts,
    contents: intake.contents ?? [],
    records: [...decision.records, ...records],
    states: [...(intake.states ?? []), { id: message, interchange: state.interchange, state: 'repaired' }],
    jobs: { add },
  };
}

export async function viewRepair(store: ReadStore, number: number): Promise<RepairView | undefined> {
  const found = await proposalOf<Proposal>(store, mailbox, number);
  if (!found) return undefined;
  const { item, proposal } = found;
  const difference = await store.content({ ...item.content, stage: 'difference' });
  const standing = await standingOf(store, item);
  const steps = standing.state === 'approved' ? await store.timeline(proposal.message) : [];
  const by = steps.find(({ record }) => record?.kind === 'repaired' && (record.detail as { readonly change?: number } | undefined)?.change === number);
  const replacement = by?.record?.refs?.find(({ kind }) => kind === 'repaired-by')?.id;
  return {
    number,
    ...standing,
    ...proposal,
    difference: difference ? (JSON.parse(Buffer.from(difference).toString()) as { readonly changes: Json }).changes : null,
    replacement: replacement === undefined ? null : `${replacement}-1`,
  };
}

/** Repairs by number; `next` is the `after` of the following page. */
export async function listRepairs(
  store: ReadStore,
  after: number,
  limit: number,
): Promise<{ readonly items: readonly RepairView[]; readonly next: number | null }> {
  const page = await store.inbox(mailbox, after, limit);
  const items = await Promise.all(page.map(({ number }) => viewRepair(store, number)));
  return { items: items.flatMap((item) => item ?? []), next: page.length === limit ? page.at(-1)!.number : null };
}
