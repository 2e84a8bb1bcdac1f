import { createHash } from 'node:crypto';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { DuplicateKey } from '../../store/filings.ts';
import type { StateChange } from '../../store/state.ts';
import type { Batch, Committed, ContentId, NewContent, NewRecord } from '../../store/store.ts';
import type { Interchange } from '../../syntax/unit.ts';
import { acknowledge, acknowledgementStage, subjectOf } from '../answers/acknowledge.ts';
import { ownReference } from '../outcome/jobs.ts';
import { inHeader } from '../translation/translate.ts';
import { duplicateKeys, requestKey } from './duplicate-keys.ts';
import type { IntakeContext, Received, Submission } from './intake.ts';
import { envelopeJson, mediaOf } from './said.ts';

/** Other bytes under a used reference: kept as evidence, not processed, and the sender is told in its own form too. */
function quarantine({ id, partner, grade, at, bytes }: Submission, first: Interchange, { library }: IntakeContext): Batch {
  const content: ContentId = { owner: id, stage: 'original' };
  const contents: NewContent[] = [{ media: mediaOf(first), bytes, ...content }];
  const told = [finding('GATEWAY_DUPLICATE', { reference: first.reference ?? '', previous: 'another interchange' }, { data: inHeader(first, 'reference') })];
  const reply = acknowledge(library, subjectOf(library, first, [], told, partner.agreement), partner.agreement, { reference: ownReference(id, first.index, 'C'), time: new Date(at).toISOString() }); // prettier-ignore
  const answer: ContentId = { owner: id, stage: acknowledgementStage(first.syntax) };
  const quarantined: NewRecord = { kind: 'quarantined', interchange: id, party: partner.id, grade, content, detail: envelopeJson(first) };
  const state: StateChange = { id, interchange: id, state: 'quarantined', partner: partner.id, type: first.syntax, grade, received: at };
  if (!reply) return { contents, records: [quarantined], states: [state] };
  return {
    contents: [...contents, { ...answer, media: mediaOf(first), bytes: reply }],
    records: [quarantined, { kind: 'acknowledged', interchange: id, party: partner.id, content: answer, detail: { positive: false } }],
    states: [state],
    inbox: [{ party: partner.id, key: `${id}/${answer.stage}`, kind: 'rejection', content: answer }],
  };
}

/** Which key it was decides: a request key that was used again is a mistake of the caller's, a reference is evidence. */
export async function conflict(
  submission: Submission,
  interchanges: readonly Interchange[],
  { previous = '', key = '' }: Committed,
  context: IntakeContext,
): Promise<Received> {
  const { partner, bytes, idempotencyKey, test } = submission;
  if (idempotencyKey !== undefined && key === requestKey(partner, idempotencyKey, test)) return { accepted: false, findings: [finding('WEB_KEY_REUSED')] };
  const used = duplicateKeys(interchanges, partner, bytes, test).get(key) ?? interchanges[0];
  if (!used) return { accepted: false, findings: [finding('WEB_KEY_REUSED')] };
  const { id: kept, index } = await evidence(submission, used, previous, context);
  const { partner: by = partner.id } = (await context.store.state(previous)) ?? {};
  const whose = by === partner.id ? previous : 'another party that sends for the same trader'; // and not when that was, which an id says
  const { erased = true } = (await context.store.contentInfo({ owner: previous, stage: 'original' })) ?? {};
  const which = erased ? 'whose bytes were erased since, so nobody can tell whether these are the same' : 'with other bytes';
  return {
    accepted: false,
    findings: [finding('GATEWAY_DUPLICATE', { reference: used.reference ?? '', previous: `${whose}, ${which}` })],
    evidence: { index },
    instance: `/v1/interchanges/${kept}`,
  };
}

const places = 10; // different bytes that are kept under one used reference, of one sender

/**
 * Each time is recorded; bytes are kept once, and so many of them: who sends the same again and again, or something else each time, fills no disk.
 * Returns the interchange they are kept under, or the first of those that are.
 */
async function evidence(
  submission: Submission,
  used: Interchange,
  previous: string,
  context: IntakeContext,
): Promise<{ readonly id: string; readonly index: number }> {
  const { id, partner, grade, bytes } = submission;
  const { store, routed = (batch: Batch): Batch => batch } = context;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const keyOf = (what: string): string => ['quarantined', partner.id, previous, what].join('\0');
  const ownerOf = async (what: string): Promise<string | undefined> => (await store.usedBy(keyOf(what)))?.owner;
  let place = 1;
  while (place <= places && (await ownerOf(String(place))) !== undefined) place++;
  let same = await ownerOf(sha256);
  if (same === undefined && place <= places) {
    const content: ContentId = { owner: id, stage: 'original' };
    const duplicates: DuplicateKey[] = [
      { key: keyOf(sha256), content, ofBytes: true },
      { key: keyOf(String(place)), content, policy: 'mark' },
    ];
    const { verdict, indexes, previous: first } = await store.commit(routed({ ...quarantine(submission, used, context), duplicates }));
    if (verdict !== 'duplicate') return { id, index: indexes[0]! };
    same = first; // of two at once
  }
  const about = same ?? (await ownerOf('1')) ?? previous;
  const record: NewRecord = { kind: 'quarantined', interchange: about, party: partner.id, grade, detail: { ...envelopeJson(used), again: same !== undefined, sha256, size: bytes.length } }; // prettier-ignore
  const { indexes } = await store.commit({ records: [same === undefined ? record : { ...record, content: { owner: same, stage: 'original' } }] });
  return { id: about, index: indexes[0]! };
}
