import type { Code } from '../../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { fold } from '../../diagnostics/fold.ts';
import { foldJson } from '../../diagnostics/json.ts';
import { acknowledgementStage } from '../answers/acknowledge.ts';
import { amendments } from '../changes/amendments.ts';
import { answerOutcome, withAnswer } from '../answers/answer-outcome.ts';
import { withForm } from './business-keys.ts';
import type { Questions } from '../answers/correlate.ts';
import { contentsOf, isWritten, lossJson } from './contents.ts';
import { sizeOf } from '../translation/document.ts';
import { deliveryOf, laneOf, messageId, ownReference, type RepairOf, type TranslateJob } from './jobs.ts';
import { messageState } from './fates.ts';
import { noFilings, refsTo, type Filings, type Previous } from './resubmission.ts';
import { gradeFor, saidMode, type Mode } from '../intake/mode.ts';
import type { Syntax } from '../../syntax/unit.ts';
import { controlNumber } from '../../syntax/x12/writer.ts';
import type { Filing } from '../../store/filings.ts';
import type { NewJob } from '../../store/queue.ts';
import type { StateChange } from '../../store/state.ts';
import type { Batch, BusinessKey, ContentId, Json, NewContent, NewInboxItem, NewRecord, Reference } from '../../store/store.ts';
import { turn, weightOf } from './slices.ts';
import { syntaxes } from '../translation/syntaxes.ts';
import type { Output, TranslatedInterchange, TranslatedMessage, Translation } from '../translation/translate.ts';
import { toleratedOf } from '../views/tolerated.ts';
import { measureOf } from '../views/volumes.ts';

/** What is shown of a message to those who may see it. Kept sealed beside its state. */
export interface MessageDetail extends Mode {
  readonly index: number;
  readonly within?: number; // the interchange of the body that it is in, where that is not the first
  readonly reference: string | null;
  readonly version: string | null;
  readonly map: string | null;
  readonly plan: string | null;
  readonly atoms: Json;
  readonly findings: readonly Json[];
  readonly losses: readonly Json[];
  readonly lossCount: number;
  readonly outputs: readonly OutputDetail[];
  readonly resubmissionOf?: string; // the message that said the same before
  readonly repair?: RepairOf;
}

export interface OutputDetail {
  readonly agency: string;
  readonly map: string;
  readonly plan: string;
  readonly media: string;
  readonly size: number;
  readonly reasons: readonly string[];
  readonly facts: Json;
  readonly findings: readonly Json[];
  readonly losses: readonly Json[];
  readonly lossCount: number;
}

/** So many causes and losses of one message are shown; the report that is kept as content has them all. */
const shown = 100;

/** A part of the second commit while it is made. */
const draft = () => ({
  contents: [] as NewContent[],
  records: [] as NewRecord[],
  states: [] as StateChange[],
  keys: [] as BusinessKey[],
  filings: [] as Filing[],
  inbox: [] as NewInboxItem[],
  jobs: { add: [] as NewJob[], done: [] as number[] },
});

/**
 * The second commit: everything that follows from a translation, durable together or not at all. In parts, each of which is made
 * in one turn; the last says what became of the whole, and that the job is done.
 */
export function* outcomeParts(
  job: TranslateJob,
  jobId: number,
  translation: Translation,
  { questions = new Map(), filings = noFilings }: OutcomeOptions = {},
): Generator<Batch, undefined> {
  let part = draft();
  let weight = 0;
  let count = 0;
  for (const [i, each] of translation.interchanges.entries()) {
    for (const read of each.messages) {
      const question = questions.get(read);
      const message = withAnswer(read, question);
      if (weight >= turn) {
        yield part;
        part = draft();
        weight = 0;
      }
      weight += weightOf(message);
      const { contents, records, states, keys, jobs } = part;
      const id = messageId(job.interchange, ++count);
      const before = filings.earlier.get(count);
      const filing = message.fingerprint === undefined ? undefined : filings.filings.get(count);
      contents.push(...contentsOf(id, message));
      states.push(stateOf(id, job, message, before));
      if (message.answer || message.decisions) answerOutcome(part, id, job, message, question);
      else
        records.push(
          ...recordsOf(id, job, message, refsTo(before), read === each.messages[0] ? each.findings : []),
          ...amendments(job, id, agenciesOf(message)),
        );
      if (filing) part.filings.push(filing);
      keys.push(...keysOf(id, each, message, ownReference(job.interchange, message.header.index)));
      states.push(...message.outputs.flatMap(appliedBy));
      jobs.add.push(...deliverable(message).map(({ agency, bytes, priority }) => deliveryOf(id, job, agency, laneOf(sizeOf(bytes), priority))));
    }
    const { syntax } = each.interchange;
    const replies = [
      { stage: acknowledgementStage(syntax), media: syntaxes[syntax].media, bytes: each.reply, positive: each.replyPositive, findings: [] },
      { findings: [], media: '', bytes: undefined, ...each.errors, stage: 'errors', positive: false },
    ];
    for (const { stage, media, bytes, positive, findings } of replies) {
      if (!bytes || job.repair) continue; // who did not send it is not answered
      const content: ContentId = { owner: job.interchange, stage: i === 0 ? stage : `${stage}-${i + 1}` };
      part.contents.push({ ...content, media, bytes });
      const detail = { positive, ...(findings.length > 0 && { findings: foldsOf(findings) }) };
      part.records.push({ kind: 'acknowledged', interchange: job.interchange, party: job.partner, content, detail });
      part.inbox.push({ party: job.partner, key: `${content.owner}/${content.stage}`, kind: positive ? 'acknowledgement' : 'rejection', content });
    }
  }
  const verdict = interchangeState(translation);
  if (count === 0 || verdict === 'rejected')
    part.records.push({
      kind: 'rejected',
      interchange: job.interchange,
      party: job.partner,
      detail: { messages: count, findings: foldsOf(around(translation)) },
    });
  part.states.push({
    id: job.interchange,
    interchange: job.interchange,
    state: verdict,
    detail: { messages: count, findings: foldsOf(around(translation)) },
  });
  part.jobs.done.push(jobId);
  yield { ...part, ...(verdict === 'rejected' ? { release: [job.interchange] } : {}) };
  return undefined;
}

/** What belongs to an outcome beside the translation. */
export interface OutcomeOptions {
  readonly questions?: Questions; // what answers are about
  readonly filings?: Filings; // what came before
}

/** The second commit where there is no outcome: said to the sender, and its references are free again for the same bytes or others. */
export function failureBatch({ interchange, partner, replay }: TranslateJob, jobId: number, code: Code, reason: string): Batch {
  const jobs = { failed: [{ id: jobId, code, retry: 'never' as const }] };
  if (replay) return { records: [{ kind: 'failed', interchange, message: replay.message, party: partner, detail: { code, attempt: replay.attempt } }], jobs };
  const detail = { messages: 0, findings: foldsOf([finding('GATEWAY_NOT_READ', { reason })]) };
  return {
    records: [{ kind: 'failed', interchange, party: partner, detail: { code } }],
    states: [{ id: interchange, interchange, state: 'failed', detail }],
    jobs,
    release: [interchange],
  };
}

const around = ({ interchanges, findings }: Translation): Diagnostic[] => [...findings, ...interchanges.flatMap((each) => each.findings)];

/** `processed` where at least one message was accepted. */
export function interchangeState(translation: Translation): 'processed' | 'rejected' {
  return translation.interchanges.some((each) => each.messages.some(({ state }) => state !== 'rejected')) ? 'processed' : 'rejected';
}

/** What waited for a message goes with it. */
const appliedBy = ({ agency, applied = [] }: Output): StateChange[] =>
  applied.map((id) => ({ id, interchange: id.split('-')[0]!, state: messageState, agencies: { [agency]: 'folded' } }));

const agenciesOf = ({ outputs }: TranslatedMessage): string[] => outputs.map(({ agency }) => agency);

const deliverable = (message: TranslatedMessage): Output[] => message.outputs.filter(({ fate }) => fate === 'deliver');

/** One record per party, so that each can be disclosed alone; what was found `around`, of the interchange, is told with its first message. */
// prettier-ignore
function recordsOf(message: string, { interchange, partner }: TranslateJob, translated: TranslatedMessage, refs: readonly Reference[], around: readonly Diagnostic[]): NewRecord[] {
  const { state, map, plan, outputs, findings, losses, canonical, atoms } = translated;
  const mode = saidMode(translated);
  const accepted = toleratedOf([...around, ...findings]);
  const tolerated = accepted.length > 0 ? { tolerated: accepted } : {};
  const mine = { interchange, message, party: partner, ...(refs.length > 0 ? { refs } : {}) } as const;
  if (state === 'rejected')
    return [
      {
        kind: 'rejected',
        ...mine,
        content: { owner: message, stage: 'report' },
        detail: { map: map ?? null, plan: plan ?? null, codes: codesOf(findings), ...tolerated, ...measureOf(translated), ...mode },
      },
    ];
  const kind = state === 'unrouted' ? 'held' : 'translated';
  const report: ContentId = { owner: message, stage: 'report' };
  const records: NewRecord[] = [
    ...(canonical ? [{ kind, ...mine, content: { owner: message, stage: 'canonical' } } as const] : []),
    {
      kind,
      ...mine,
      content: report,
      detail: {
        map: map ?? null,
        plan: plan ?? null,
        atoms: atoms ? { ...atoms } : null,
        losses: atoms?.lost ?? losses.length,
        codes: codesOf(findings),
        ...tolerated,
        ...measureOf(translated),
        ...mode,
      },
    },
  ];
  for (const o of outputs) {
    const failed = o.fate === 'failed';
    records.push({
      kind: failed ? 'failed' : o.fate === 'held' || o.fate === 'waiting' ? 'held' : 'translated',
      interchange,
      message,
      party: o.agency,
      content: isWritten(o) ? { owner: message, stage: o.agency } : report,
      ...(o.folds ? { refs: o.folds.map((id) => ({ kind: 'folds', id })) } : {}),
      detail: { map: o.map, plan: o.plan, ...(failed ? { codes: codesOf(o.findings) } : {}), ...(o.fate === 'deliver' ? {} : { losses: o.facts.lost }) },
    });
  }
  return records;
}

const codesOf = (findings: readonly Diagnostic[]): string[] => [...new Set(findings.map(({ code }) => code))];

function stateOf(id: string, job: TranslateJob, message: TranslatedMessage, before: Previous | undefined): StateChange {
  const { interchange, partner, grade, receivedAt, repair } = job;
  const agencies = Object.fromEntries(message.outputs.map((o) => [o.agency, o.fate === 'deliver' ? 'queued' : o.fate]));
  const fates = message.outputs.map(({ fate }) => fate);
  const rest = ['waiting', 'held', 'folded'] as const;
  const state = message.state !== 'translated' || fates.includes('deliver') ? message.state : (rest.find((fate) => fates.includes(fate)) ?? 'failed');
  return {
    id,
    interchange,
    state,
    partner,
    type: message.header.type,
    ...(grade === undefined ? {} : { grade: gradeFor(grade, message) }),
    received: Date.parse(receivedAt),
    agencies,
    detail: {
      ...detailOf(message),
      ...(repair && { repair: { ...repair } }),
      ...(before && !before.failed ? { resubmissionOf: before.message } : {}),
    } as unknown as Json,
  };
}

function detailOf(message: TranslatedMessage): MessageDetail {
  const { header, map, plan, atoms, findings, losses, outputs } = message;
  return {
    index: header.index,
    ...(header.interchange.index > 1 ? { within: header.interchange.index } : {}),
    reference: header.reference ?? null,
    version: [header.version, header.release, header.agency, header.association].filter((part) => part !== undefined).join(' ') || null,
    map: map ?? null,
    plan: plan ?? null,
    ...saidMode(message),
    atoms: atoms ? { ...atoms } : null,
    findings: foldsOf(findings),
    losses: losses.slice(0, shown).map(lossJson),
    lossCount: atoms?.lost ?? losses.length,
    outputs: outputs.map((o) => ({
      agency: o.agency,
      map: o.map,
      plan: o.plan,
      media: o.media,
      size: sizeOf(o.bytes),
      reasons: o.reasons,
      facts: { ...o.facts },
      findings: foldsOf(o.findings),
      losses: o.losses.slice(0, shown).map(lossJson),
      lossCount: o.facts.lost,
    })),
  };
}

/** References (0020, 0062) and business keys; what we sent on in an interchange of our own is found by our reference too, which its answers name. */
function keysOf(message: string, { interchange }: TranslatedInterchange, { keys, header, outputs, trader }: TranslatedMessage, own: string): BusinessKey[] {
  const went = (syntax: Syntax, as: string): string[] => (outputs.some(({ media }) => media === syntaxes[syntax].media) ? [as] : []);
  const envelope: BusinessKey[] = [interchange.reference, header.reference, ...went('edifact', own), ...went('x12', controlNumber(own))]
    .filter((value): value is string => value !== undefined && value !== '')
    .map((value) => ({ message, kind: 'reference', path: '', ...withForm(value) }));
  const whose: BusinessKey[] = trader === undefined ? [] : [{ message, kind: 'trader', path: '', ...withForm(trader) }];
  return [...envelope, ...whose, ...keys.map((key) => ({ message, ...key }))];
}

/** Findings as they are shown: by cause, and so that they can be told in the language of who asks. */
export const foldsOf = (findings: readonly Diagnostic[]): Json[] =>
  fold(findings)
    .slice(0, shown)
    .map((each) => ({ ...foldJson(each) }) as unknown as Json);
