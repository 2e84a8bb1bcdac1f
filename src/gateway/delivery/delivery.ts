import { createHash } from 'node:crypto';
import type { Handed, Proof } from '../../channels/channel.ts';
import type { Code } from '../../diagnostics/codes.ts';
import type { Channels as PartyChannels } from '../../partners/delivery.ts';
import type { Job, NewJob } from '../../store/queue.ts';
import type { StateChange } from '../../store/state.ts';
import type { Batch, ContentId, Json, NewContent, NewRecord } from '../../store/store.ts';
import { messageState } from '../outcome/fates.ts';
import { attemptOf, deliverJob, deliveryId, laneOf, type ConfirmJob, type DeliverJob, type DeliveryKind } from '../outcome/jobs.ts';

/** One attempt to deliver, as it is told. */
export interface Attempt {
  readonly job: Pick<Job, 'id' | 'attempts' | 'created' | 'lane'>;
  readonly value: DeliverJob;
  readonly channel: string;
  readonly ms?: number; // it took
}

/**
 * What is for parties that do not fetch from mailboxes goes by their channels: a job in the party's own queue instead of an item, and
 * it is sent when that job says so.
 */
export function routed(batch: Batch, of: (party: string) => PartyChannels | undefined): Batch {
  const leaves = (party: string): PartyChannels | undefined => {
    const found = of(party);
    return found && found.channel !== 'mailbox' ? found : undefined;
  };
  const items = (batch.inbox ?? []).map((item) => ({ item, by: leaves(item.party) }));
  const jobs = (batch.jobs?.add ?? []).map((job) => ({ job, by: job.kind === 'deliver' ? leaves((job.value as unknown as DeliverJob).party) : undefined }));
  if (!items.some(({ by }) => by) && !jobs.some(({ by }) => by)) return batch;
  const gone = items.flatMap(({ item, by }) => (by ? [{ item, by }] : []));
  const sizes = new Map(
    (batch.contents ?? []).map(({ owner, stage, bytes }) => [`${owner}/${stage}`, bytes instanceof Uint8Array ? bytes.length : bytes.size]),
  );
  const departing = gone.map(({ item: { party, content, kind, message }, by }) =>
    deliverJob(
      { interchange: content.owner.split('-')[0]!, ...(message === undefined ? {} : { message }), party, content, kind: kind as DeliveryKind },
      { ...waitingFor(party, by), lane: laneOf(sizes.get(`${content.owner}/${content.stage}`) ?? 0, 'high') },
    ),
  );
  const isGone = ({ party, content }: NewRecord): boolean =>
    gone.some(({ item }) => item.party === party && item.content.owner === content?.owner && item.content.stage === content.stage);
  return {
    ...batch,
    inbox: items.flatMap(({ item, by }) => (by ? [] : [item])),
    records: (batch.records ?? []).map((record) => (record.kind === 'sent' && isGone(record) ? { ...record, kind: 'translated' as const } : record)),
    jobs: {
      ...batch.jobs,
      add: [...jobs.map(({ job, by }) => (by ? { ...job, ...waitingFor((job.value as unknown as DeliverJob).party, by) } : job)), ...departing],
    },
  };
}

const waitingFor = (party: string, { delivery }: PartyChannels): Pick<NewJob, 'queue' | 'sequence'> => ({
  queue: party,
  ...(delivery.ordered ? { sequence: `to ${party}` } : {}),
});

/** It was handed over. Where the receiver has said that it has it, it is delivered too; else that is still to be told. */
export function sentBatch(
  attempt: Attempt,
  handed: Extract<Handed, { state: 'sent' | 'delivered' }>,
  now: number,
  confirmed: number,
  isDecided: boolean,
): Batch {
  const { job, value, channel } = attempt;
  const sent: NewRecord = { kind: 'sent', ...about(value), content: value.content, detail: told(attempt, handed.state === 'sent' ? handed.detail : undefined) };
  if (handed.state === 'delivered') {
    const { contents, records } = deliveredParts(attempt, handed);
    return { contents, records: [sent, ...records], states: isDecided ? [] : outcomeOf(value, 'delivered'), jobs: { done: [job.id] } };
  }
  const waits: ConfirmJob = { ...value, tried: attemptOf(value, job) - 1, channel, sentAt: now, since: sinceOf(attempt) };
  return {
    records: [sent],
    states: isDecided ? [] : outcomeOf(value, 'sent'),
    jobs: { done: [job.id], add: [{ kind: 'confirm', value: waits as unknown as Json, owner: value.content.owner, due: now + confirmed }] },
  };
}

/** The receiver has it, as it said later. `isSent`: the record of handing it over is there. */
export function confirmedBatch(attempt: Attempt, handed: Extract<Handed, { state: 'delivered' }>, isSent: boolean, isDecided: boolean): Batch {
  const { job, value } = attempt;
  const { contents, records } = deliveredParts(attempt, handed);
  const sent: NewRecord = { kind: 'sent', ...about(value), content: value.content, detail: told(attempt) };
  return { contents, records: [...(isSent ? [] : [sent]), ...records], states: isDecided ? [] : outcomeOf(value, 'delivered'), jobs: { done: [job.id] } };
}

/** What becomes of a failed attempt: tried again at `due`, or a person must look. */
export interface Failed {
  readonly code: Code;
  readonly reason: string;
  readonly proof?: Proof;
  readonly detail?: Json;
  readonly due?: number;
}

export function failedBatch(attempt: Attempt, { code, reason, proof, detail, due }: Failed, stopped: 'never' | 'after-fix', isDecided: boolean): Batch {
  const { job, value } = attempt;
  const kept = proof && proofContent(value, proof);
  const record: NewRecord = {
    kind: 'failed',
    ...about(value),
    ...(kept ? { content: { owner: kept.owner, stage: kept.stage } } : {}),
    detail: { ...told(attempt, detail), code, reason: reason.slice(0, 1_000), ...(due === undefined ? {} : { next: new Date(due).toISOString() }) },
  };
  const states = isDecided ? [] : outcomeOf(value, due === undefined ? 'failed' : 'retrying');
  const fate = due === undefined ? ({ retry: stopped } as const) : ({ retry: 'backoff', due } as const);
  return { contents: kept ? [kept] : [], records: [record], states, jobs: { failed: [{ id: job.id, code, ...fate }] } };
}

/** The same delivery again, as a job of its own: what was handed over was not confirmed, or a person asked for it. */
export function againJob(value: DeliverJob, tried: number, of: PartyChannels | undefined, due?: number): NewJob {
  const { interchange, message, party, content, kind, again, since } = value;
  const next: DeliverJob = { interchange, ...(message === undefined ? {} : { message }), party, content, ...(kind && { kind }), tried, ...(again && { again }), ...(since && { since }) }; // prettier-ignore
  return { ...deliverJob(next, of && of.channel !== 'mailbox' ? waitingFor(party, of) : {}), ...(due === undefined ? {} : { due }) };
}

export const sinceOf = ({ job, value }: Pick<Attempt, 'job' | 'value'>): number => value.since ?? job.created;

function deliveredParts(
  attempt: Attempt,
  { proof, detail }: Extract<Handed, { state: 'delivered' }>,
): { readonly contents: NewContent[]; readonly records: NewRecord[] } {
  const { value } = attempt;
  const kept = proof && proofContent(value, proof);
  const record: NewRecord = {
    kind: 'delivered',
    ...about(value),
    ...(proof ? { grade: proof.grade } : {}),
    content: kept ? { owner: kept.owner, stage: kept.stage } : value.content,
    detail: { ...told(attempt, detail), ...(proof?.certificate === undefined ? {} : { certificate: proof.certificate }) },
  };
  return { contents: kept ? [kept] : [], records: [record] };
}

/** What the receiver signed or answered, byte for byte. The same proof is the same content, however often it comes. */
function proofContent(value: DeliverJob, { media, bytes }: Proof): NewContent {
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return { ...proofId(value, digest), media, bytes };
}

const proofId = (value: DeliverJob, digest: string): ContentId => ({
  owner: value.content.owner,
  stage: `proof-${deliveryId(value).slice(value.content.owner.length + 1)}-${digest}`,
});

const about = ({ interchange, message, party }: DeliverJob): Pick<NewRecord, 'interchange' | 'message' | 'party'> => ({
  interchange,
  ...(message === undefined ? {} : { message }),
  party,
});

const told = ({ job, value, channel, ms }: Attempt, detail?: Json): { readonly [name: string]: Json } => ({
  attempt: attemptOf(value, job),
  channel,
  delivery: deliveryId(value),
  ...(ms === undefined ? {} : { ms }),
  ...(detail === undefined ? {} : { said: detail }),
});

/** Only what a message was made into for an agency is an outcome of it. */
export const outcomeOf = ({ interchange, message, party, kind = 'message' }: DeliverJob, outcome: string): StateChange[] =>
  message === undefined || kind !== 'message' ? [] : [{ id: message, interchange, state: messageState, agencies: { [party]: outcome } }];
