import type { Arrival, Proof } from '../../channels/channel.ts';
import type { Code } from '../../diagnostics/codes.ts';
import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Configuration } from '../../partners/config.ts';
import type { Partner } from '../../partners/partner.ts';
import { arrivalKey, duplicateKeys, isOfBytes, requestKey } from './duplicate-keys.ts';
import { gradeFor, modeOf, saidMode, type Mode } from './mode.ts';
import { isTest } from '../../partners/test-mode.ts';
import type { DuplicateKey, Run } from '../../store/filings.ts';
import type { Batch, Committed, ContentId, Grade, Json, NewContent, Store } from '../../store/store.ts';
import type { Interchange, MessageHeader } from '../../syntax/unit.ts';
import { canonicalMap } from '../translation/canonical.ts';
import type { Library } from '../library/library.ts';
import { messageId, queueOf, sequenceOf, type TranslateJob } from '../outcome/jobs.ts';
import { readEnvelope, type Envelope } from '../translation/syntax.ts';
import { syntaxes } from '../translation/syntaxes.ts';
import type { Report } from '../delivery/dispatch.ts';
import type { Quotas, Taken } from './quotas.ts';
import type { Count, Sequences } from './sequence.ts';
import { conflict } from './quarantine.ts';
import { isRepeated, sentByAnother } from './repeated.ts';
import { envelopeJson, mediaOf } from './said.ts';
import { refusedBy, relayedAs, relayedBatch, relayRule, type Relayed } from './relay.ts';
import { checkEnvelope } from '../translation/translate.ts';

export interface Submission {
  readonly id: string; // ULID, given before anything else, so that every line of the log can name it
  readonly at: number; // ms since 1970
  readonly bytes: Uint8Array;
  readonly partner: Partner;
  readonly grade: Grade;
  readonly idempotencyKey?: string | undefined;
  readonly media?: string | undefined; // what the sender called the bytes
  readonly arrival?: Arrived; // where a channel brought it
  readonly test?: boolean | undefined; // with a key for test mode
}

/** What the channel says of what it brought. */
export type Arrived = Pick<Arrival, 'channel' | 'key' | 'name' | 'proof'>;

export interface AnnouncedMessage {
  readonly id: string;
  readonly type: string;
  readonly reference: string | null;
  readonly map: string | null;
}

/** Accepted: bytes and evidence are durable. Refused: nothing was stored, or, quarantined, only as evidence. */
export type Received =
  | {
      readonly accepted: true;
      readonly id: string;
      readonly receivedAt: string;
      readonly receipt: string; // JSON, all of it ASCII
      readonly messages: readonly AnnouncedMessage[] | null;
      readonly duplicate: boolean;
    }
  | {
      readonly accepted: false;
      readonly findings: readonly Diagnostic[];
      readonly evidence?: { readonly index: number };
      readonly instance?: string;
      readonly retryAfter?: number;
    };

export interface IntakeContext {
  readonly store: Store;
  readonly library: Library;
  readonly configuration: Configuration;
  readonly configurationHash: string;
  readonly sequences?: Sequences;
  readonly quotas?: Quotas;
  readonly report?: Report;
  readonly committing?: () => () => void; // called when the commit begins, and what it returns when it has ended
  readonly routed?: (batch: Batch) => Batch; // what is for parties with channels of their own goes by them
}

const listed = 8 * 1024 * 1024; // bytes: up to this size every message is announced in the answer

/** The first commit. What cannot be read so far that a sender is known is refused; all else is accepted, judged later and answered. */
export async function receive(submission: Submission, context: IntakeContext): Promise<Received> {
  const { id, bytes, partner } = submission;
  const { limits } = context.configuration.gateway;
  if (bytes.length === 0) return { accepted: false, findings: [finding('WEB_BODY_EMPTY')] };
  const read = readEnvelope(context.library, bytes, { listed, limits, charsets: partner.agreement.charsets });
  const envelope = read instanceof Promise ? await read : read;
  const [first] = envelope.interchanges;
  const relay = relayRule(partner, envelope, context.library);
  const refused = relay && refusedBy(partner, relay, context.configuration);
  if (refused) return { accepted: false, findings: [refused] };
  if (!relay && (!first || !answerable(envelope))) return { accepted: false, findings: refusalOf(envelope) };
  const tooFar = envelope.interchanges[limits.interchanges];
  if (tooFar) return { accepted: false, findings: [tooMany(limits.interchanges, tooFar)] };
  const unheard = envelope.interchanges
    .flatMap((each) => checkEnvelope(each, partner, context.configuration))
    .filter(({ code }) => code === 'GATEWAY_UNKNOWN_SENDER' || (silencing.has(code) && !relay));
  if (hasError(unheard)) return { accepted: false, findings: unheard };
  const messages = relay ? [relayedAs(id, envelope)] : envelope.complete ? announce(id, envelope.messages, context.library) : null;
  const mode = modeOfAll(submission, envelope);
  const test = mode.test === true;
  const made = intakeBatch(submission, envelope.interchanges, context);
  const beyond = context.quotas?.beyond(partner, test, submission.at);
  if (beyond && !(await isRepeated(context.store, made.duplicates ?? [], submission)))
    return { accepted: false, findings: [beyond.finding], retryAfter: beyond.seconds };
  const counts = envelope.interchanges.flatMap((each) => context.sequences?.count(partner, each, submission.at, isTest(partner, each, submission.test)) ?? []);
  const taken = context.quotas?.take(partner, test, envelope.complete ? envelope.messages.length : 1, bytes.length, submission.at);
  const content = (): Relayed['content'] => ({ owner: id, stage: 'original', media: mediaOf(first, submission.media), size: bytes.length });
  const batch = relay ? (context.routed ?? asItIs)(relayedBatch(made, { id, content: content(), to: relay.to, envelope, mode })) : made;
  const undo = (): void => counts.toReversed().forEach((each) => each.undo());
  const ended = context.committing?.();
  let committed: Committed;
  try {
    committed = await context.store.commit(counted(batch, counts, taken));
  } catch (error) {
    undo();
    taken?.undo();
    throw error;
  } finally {
    ended?.();
  }
  if (!isTaken(committed)) taken?.undo();
  if (committed.verdict !== 'first') undo();
  else for (const { happened, reference } of counts) if (happened !== 'counted') context.report?.({ event: 'sequence', partner: partner.id, happened, reference, interchange: id }); // prettier-ignore
  if (committed.verdict === 'conflict') return conflict(submission, envelope.interchanges, committed, context);
  const duplicate = committed.verdict === 'duplicate';
  const own = duplicate ? await sentByAnother(context.store, made, committed, submission) : undefined;
  const told = own ?? committed;
  const original = told.verdict === 'duplicate' ? (told.previous ?? id) : id;
  return {
    accepted: true,
    id: original,
    receivedAt: duplicate ? await receivedAt(context.store, original, told.at) : new Date(submission.at).toISOString(),
    receipt: told.receiptJson(),
    messages: own ? [] : duplicate ? (messages?.map((message, i) => ({ ...message, id: messageId(original, i + 1) })) ?? null) : messages,
    duplicate,
  };
}

/** With what was counted of it: of several counts of one run the last. */
function counted(batch: Batch, counts: readonly Count[], taken: Taken | undefined): Batch {
  if (counts.length === 0 && !taken?.run) return batch;
  const runs = new Map<string, Run>();
  for (const { run } of counts) runs.set(run.key, run);
  if (taken?.run) runs.set(taken.run.key, taken.run);
  return { runs: [...runs.values()], ...batch };
}

/** What is wrong with an interchange that could not be answered, though an answer is owed. */
const silencing: ReadonlySet<Code> = new Set<Code>(['GATEWAY_UNANSWERABLE', 'GATEWAY_UNNAMED']);

const asItIs = (batch: Batch): Batch => batch;
const isTaken = ({ verdict }: Committed): boolean => verdict === 'first' || verdict === 'retry' || verdict === 'resubmission';

/** What is handed on as it came goes whole: one interchange of a test makes all of it a test. */
function modeOfAll({ partner, test }: Submission, { interchanges }: Envelope): Mode {
  const mode = modeOf(partner, interchanges[0], test);
  return mode.test === true ? mode : { ...mode, test: interchanges.some((each) => isTest(partner, each, test)) };
}

const tooMany = (limit: number, { start }: Interchange): Diagnostic =>
  finding('GATEWAY_TOO_MANY', { limit: String(limit) }, { data: { source: '', start, end: start } });

/** A document without its element, an interchange without a sender: there is nobody to answer later, so it is refused at once. */
function answerable({ interchanges, messages, findings }: Envelope): boolean {
  if (findings.length === 0) return true;
  const [first] = interchanges;
  return first !== undefined && (syntaxes[first.syntax].envelope ? first.sender !== undefined : messages.length > 0);
}

/** Where nothing was found amiss there is nothing in it: the beginning of a file alone. */
const refusalOf = ({ findings }: Envelope): readonly Diagnostic[] => (hasError(findings) ? findings : [noMessage, ...findings]);
const noMessage = finding('GATEWAY_NO_MESSAGE', {}, { data: { source: '', start: 0, end: 0 } });

async function receivedAt(store: Store, id: string, otherwise: string): Promise<string> {
  const state = await store.state(id);
  return state ? new Date(state.received).toISOString() : otherwise;
}

function announce(id: string, headers: readonly MessageHeader[], { catalog }: Library): AnnouncedMessage[] {
  return headers.map((header, i) => ({
    id: messageId(id, i + 1),
    type: header.type,
    reference: header.reference ?? null,
    map: header.type === canonicalMap ? canonicalMap : (catalog.select(header)?.name ?? null),
  }));
}

export function intakeBatch(
  { id, at, bytes, partner, grade: byChannel, idempotencyKey, media, arrival, test }: Submission,
  interchanges: readonly Interchange[],
  context: IntakeContext,
): Batch {
  const content: ContentId = { owner: id, stage: 'original' };
  const [first] = interchanges;
  const mode = modeOf(partner, first, test);
  const grade = gradeFor(byChannel, mode);
  const contents: NewContent[] = [{ media: mediaOf(first, media), bytes, ...content }];
  const { duplicateWindow, resubmission, ordered } = partner.agreement;
  const window = duplicateWindow > 0 ? duplicateWindow : undefined;
  const once = (key: string): DuplicateKey => ({ key, content, ofBytes: isOfBytes(key), until: window && at + window });
  const duplicates = [...duplicateKeys(interchanges, partner, bytes, test).keys()].map(once);
  if (idempotencyKey !== undefined) duplicates.unshift(once(requestKey(partner, idempotencyKey, test)));
  if (arrival?.key !== undefined) duplicates.unshift(once(arrivalKey(partner.id, arrival)));
  const proof = arrival?.proof && { owner: id, stage: 'proof', media: arrival.proof.media, bytes: arrival.proof.bytes };
  const job: TranslateJob = {
    interchange: id,
    partner: partner.id,
    grade,
    content,
    receivedAt: new Date(at).toISOString(),
    library: context.library.hash,
    configuration: context.configurationHash,
    media,
    window,
    resubmission: resubmission === 'mark' ? undefined : resubmission,
    ordered: ordered ? true : undefined,
    test: test ? true : undefined,
  };
  return {
    duplicates,
    contents: proof ? [...contents, proof] : contents,
    records: [
      {
        kind: 'received',
        interchange: id,
        party: partner.id,
        grade,
        content,
        detail: Object.assign(envelopeJson(first), arrivalJson(arrival), saidMode(mode)),
      },
      ...(proof
        ? [{ kind: 'received', interchange: id, party: partner.id, grade, content: { owner: id, stage: 'proof' }, ...certified(arrival.proof) } as const]
        : []),
    ],
    states: [{ id, interchange: id, state: 'received', partner: partner.id, type: first?.syntax ?? 'unknown', grade, received: at }],
    jobs: { add: [{ kind: 'translate', value: job as unknown as Json, owner: id, ...sequenceOf(job), ...queueOf(bytes.length) }] },
  };
}

const arrivalJson = (arrival: Arrived | undefined): { readonly [name: string]: Json } =>
  arrival
    ? { channel: arrival.channel, ...(arrival.key === undefined ? {} : { key: arrival.key }), ...(arrival.name === undefined ? {} : { name: arrival.name }) }
    : {};

/** With what the proof is verified, as it was at that moment. */
const certified = ({ certificate }: Proof): { readonly detail?: Json } => (certificate === undefined ? {} : { detail: { certificate } });
