import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { senderOf } from '../../partners/config.ts';
import type { StandingJob } from '../../store/queue.ts';
import type { State } from '../../store/state.ts';
import type { Batch, Json, NewRecord } from '../../store/store.ts';
import { expectedFrom, expectKinds } from '../answers/expecting.ts';
import { tellAgain, tellKind, untoldIn } from '../answers/untold.ts';
import { contradicts } from './books.ts';
import { againJob, outcomeOf } from './delivery.ts';
import { isGiven, isUnderWay } from '../outcome/fates.ts';
import type { Gateway } from '../gateway.ts';
import { claimAgain } from '../intake/duplicate-keys.ts';
import type { Mode } from '../intake/mode.ts';
import { attemptOf, deliveryId, queueOf, type DeliverJob, type TranslateJob } from '../outcome/jobs.ts';
import { stageOf } from './replayed.ts';
import { iso } from '../views/view.ts';

/** What is done again. */
export type Replayed =
  | { readonly replayed: 'delivery'; readonly deliveries: readonly string[] }
  | { readonly replayed: 'translation'; readonly attempt: number }
  | { readonly replayed: 'answer'; readonly answers: readonly string[] }
  | { readonly refused: Diagnostic };

const refuse = (reason: string): Replayed => ({ refused: finding('REPLAY_NOTHING', { reason }) });

/**
 * Once more, for an operator: what could not be delivered is sent again; what could not be translated, or was not for anybody, is
 * translated anew by the maps and the configuration of today; an answer that could not be written is written by those; what an agency was given is given
 * to it again where the agency is named.
 * Undefined where there is nothing of that id.
 */
export async function replay(gateway: Gateway, id: string, by: string, agency?: string): Promise<Replayed | undefined> {
  const { store } = gateway;
  const state = await store.state(id);
  if (!state) return undefined;
  const stopped = (await store.jobsOf(id)).filter(({ kind, state }) => state !== 'ready' && !expectKinds.includes(kind));
  const untold = stopped.filter((job) => job.kind === tellKind && (agency === undefined || untoldIn(job).agency === agency));
  const deliveries = stopped.filter(({ kind, value }) => sent.includes(kind) && (agency === undefined || (value as unknown as DeliverJob).party === agency));
  const answers = untold.length > 0 ? await answerOnce(gateway, untold, by) : undefined;
  if (deliveries.length > 0) return sendAgain(gateway, deliveries, by);
  if (answers) return answers;
  if (id === state.interchange) return translateInterchange(gateway, state, stopped, by);
  if (agency !== undefined) return giveAgain(gateway, state, agency, by);
  return translateAgain(gateway, state, stopped, by);
}

const sent: readonly string[] = ['deliver', 'confirm'];

/** What an agency answered, for who sent the message. */
async function answerOnce(gateway: Gateway, jobs: readonly StandingJob[], by: string): Promise<Replayed> {
  const again = await tellAgain(gateway, jobs, by);
  return 'told' in again ? { replayed: 'answer', answers: again.told } : refuse(again.reason);
}

async function sendAgain(gateway: Gateway, jobs: readonly StandingJob[], by: string): Promise<Replayed> {
  const { store, channels } = gateway;
  const values = jobs.map((job) => ({ job, value: job.value as unknown as DeliverJob }));
  const batch: Batch = {
    records: values.map(({ value }) => recordOf(value, by, deliveryId(value))),
    states: values.flatMap(({ value }) => outcomeOf(value, 'queued')),
    jobs: {
      done: jobs.map(({ id }) => id),
      add: values.map(({ job, value: { since: _, ...value } }) => againJob(value, attemptOf(value, job) - 1, channels.of(value.party))),
    },
  };
  const { verdict } = await store.commit(batch);
  if (verdict === 'stale') return refuse('somebody else was faster');
  return { replayed: 'delivery', deliveries: values.map(({ value }) => deliveryId(value)) };
}

const recordOf = ({ interchange, message, party, again }: DeliverJob, by: string, delivery: string): NewRecord => ({
  kind: 'replayed',
  interchange,
  ...(message === undefined ? {} : { message }),
  party,
  refs: [{ kind: 'replay-of', id: delivery }],
  detail: { by, delivery, ...(again === undefined ? {} : { again }) },
});

/** It was given to the agency, and is to be once more: a delivery of its own, which the recipient cannot take for the first. */
async function giveAgain(gateway: Gateway, { id, interchange, agencies }: State, party: string, by: string): Promise<Replayed> {
  const { store, channels } = gateway;
  if (isUnderWay(agencies[party])) return refuse(`it is on its way to ${party}`);
  if (!isGiven(agencies[party])) return refuse(`${party} was not given it`);
  const steps = (await store.timeline(id)).flatMap(({ record }) => (record?.party === party ? [record] : []));
  const content = steps.findLast(({ kind, content }) => kind === 'sent' && content?.owner === id)?.content;
  if (!content) return refuse('what it was given was not of this message alone');
  const again = steps.filter(({ kind, detail }) => kind === 'replayed' && (detail as { readonly again?: number }).again !== undefined).length + 2;
  const value: DeliverJob = { interchange, message: id, party, content: { owner: content.owner, stage: content.stage }, again };
  const owed = expectedFrom(await store.jobsOf(id), party).map((job) => job.id); // it is owed to what it is given now
  const { verdict } = await store.commit({
    records: [recordOf(value, by, deliveryId(value))],
    jobs: { done: owed, add: [againJob(value, 0, channels.of(party))] },
  });
  if (verdict === 'stale') return refuse('somebody else was faster');
  return { replayed: 'delivery', deliveries: [deliveryId(value)] };
}

/** Translated anew: only for those agencies that have not been given it. */
async function translateAgain(gateway: Gateway, state: State, stopped: readonly StandingJob[], by: string): Promise<Replayed> {
  const { store } = gateway;
  const { id, interchange, agencies } = state;
  const outcomes = Object.entries(agencies);
  const waits = outcomes.find(([, outcome]) => isUnderWay(outcome));
  if (waits) return refuse(`it is on its way to ${waits[0]}`);
  if (outcomes.length > 0 && outcomes.every(([, outcome]) => isGiven(outcome))) return refuse('everybody has it; name the agency that is to get it again');
  if (['acknowledgement', 'answer', 'acknowledged', 'repaired'].includes(state.state)) return refuse(`its state is \`${state.state}\``);
  const attempt =
    (await store.timeline(id)).filter(({ record }) => record?.kind === 'replayed' && record.message === id && record.party === state.partner).length + 2;
  const job = await jobOf(gateway, interchange, state);
  const whole = job && (await store.contentInfo(job.content));
  if (!job || !whole) return refuse('what was sent was erased');
  const record: NewRecord = { kind: 'replayed', interchange, message: id, ...(state.partner === undefined ? {} : { party: state.partner }), refs: [{ kind: 'replay-of', id }], detail: { attempt, by } }; // prettier-ignore
  const value: TranslateJob = { ...job, replay: { message: id, attempt } };
  const marker = { owner: id, stage: stageOf('replay', attempt), media: 'application/json', bytes: Buffer.from(JSON.stringify({ by, attempt })) };
  const batch: Batch = { contents: [marker], records: [{ ...record, content: { owner: id, stage: marker.stage } }], jobs: { done: stopped.filter((each) => each.kind === 'translate').map((each) => each.id), add: [{ kind: 'translate', value: value as unknown as Json, owner: id, ...queueOf(whole.size) }] } }; // prettier-ignore
  const isFirst = await store.commit(batch).then(
    ({ verdict }) => verdict !== 'stale',
    (error: unknown) => {
      if (contradicts(error)) return false; // of two at once both name the same content
      throw error;
    },
  );
  if (!isFirst) return refuse('somebody else was faster');
  return { replayed: 'translation', attempt };
}

/** Nothing came of it as a whole: a defect of ours, or no thread. Its references were free meanwhile. */
async function translateInterchange(gateway: Gateway, state: State, stopped: readonly StandingJob[], by: string): Promise<Replayed> {
  const { store } = gateway;
  const { id, partner } = state;
  if (state.state !== 'failed') return refuse(`the interchange is \`${state.state}\`; name one of its messages`);
  const job = await jobOf(gateway, id, state);
  const sender = partner === undefined ? undefined : senderOf(gateway.configuration, partner);
  const bytes = job && (await store.content(job.content));
  if (!job || !bytes || !sender) return refuse(sender ? 'what was sent was erased' : 'the configuration has no such sender');
  const attempt = (await store.timeline(id)).filter(({ record }) => record?.kind === 'replayed').length + 2;
  const content = { owner: id, stage: stageOf('original', attempt) };
  const info = (await store.contentInfo(job.content))!;
  const batch: Batch = {
    // Its references are its own again, unless its sender has used them meanwhile: that is decided where nothing can come between.
    duplicates: await claimAgain(bytes, sender, content, gateway, job.test),
    contents: [{ ...content, media: info.media, bytes }],
    records: [{ kind: 'replayed', interchange: id, party: sender.id, content, refs: [{ kind: 'replay-of', id }], detail: { attempt, by } }],
    states: [{ id, interchange: id, state: 'received' }],
    jobs: {
      done: stopped.map((each) => each.id),
      add: [{ kind: 'translate', value: { ...job, content } as unknown as Json, owner: id, ...queueOf(info.size) }],
    },
  };
  const { verdict, previous } = await store.commit(batch);
  if (verdict === 'stale') return refuse('somebody else was faster');
  if (verdict === 'duplicate' || verdict === 'conflict') return refuse(`its sender has used its reference again meanwhile, for ${previous ?? 'another'}`);
  return { replayed: 'translation', attempt };
}

/** The job as it would be made today, out of what is kept of the interchange. */
async function jobOf(gateway: Gateway, interchange: string, { partner, grade }: State): Promise<TranslateJob | undefined> {
  const { store, library, intakeContext } = gateway;
  const whole = await store.state(interchange);
  const content = { owner: interchange, stage: 'original' };
  const info = await store.contentInfo(content);
  if (!whole || partner === undefined || !info || info.erased) return undefined;
  // What was sent with a key for test mode stays there, whatever its envelope says.
  const isTest = (await store.timeline(interchange)).some(({ record }) => record?.kind === 'received' && (record.detail as Mode | undefined)?.test === true);
  return {
    interchange,
    partner,
    ...(isTest && { test: true as const }),
    ...(grade === undefined ? {} : { grade }),
    content,
    receivedAt: iso(whole.received),
    library: library.hash,
    configuration: intakeContext.configurationHash,
  };
}
