import type { ReplayOf } from '../delivery/replayed.ts';
import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Place } from '../../diagnostics/place.ts';
import type { AtomAccount, FactAccount, Loss } from '../../maps/account.ts';
import { senderOf, type Configuration } from '../../partners/config.ts';
import { isSender } from '../../partners/identities.ts';
import { weigh, type Partner } from '../../partners/partner.ts';
import { mislabelled } from '../../syntax/label.ts';
import type { Interchange, MessageHeader } from '../../syntax/unit.ts';
import { ownReference } from '../outcome/jobs.ts';
import type { Priority } from '../../partners/routes.ts';
import type { FoundKey } from '../outcome/business-keys.ts';
import type { Answer } from '../answers/answer.ts';
import type { FoldRequest } from './fold-request.ts';
import type { Decision } from '../answers/decision.ts';
import { Pool } from '../../dictionary/paging.ts';
import { isSpilled, type Document } from './document.ts';
import { located } from './located.ts';
import type { SpillFile, SpillKey } from './spill-file.ts';
import type { Library } from '../library/library.ts';
import { acknowledge, reachOf, subjectOf, unanswerable } from '../answers/acknowledge.ts';
import { carry, lossesKept } from './pipeline.ts';
import { reportErrors, type ErrorsReport } from '../answers/report.ts';
import { readBytes } from './syntax.ts';
import { syntaxes, type EnvelopePart } from './syntaxes.ts';

/** What is to be translated: ids and bytes. The same input, library and configuration give the same translation, years later too. */
export interface TranslationInput {
  readonly id: string; // of the interchange
  readonly partner: string;
  readonly receivedAt: string; // ISO 8601; the date and time of an acknowledgement
  readonly bytes: Uint8Array;
  readonly media?: string | undefined; // what the sender called them
  readonly refused?: Readonly<Record<number, Refusal>>; // messages, by their number in the bytes, that the store knows something against
  readonly test?: boolean | undefined; // sent with a key for test mode
  readonly replay?: ReplayOf | undefined; // what is answered is another answer then, with a reference of its own
}

/** Why a message is refused, whatever is in it. */
export type Refusal = Pick<Diagnostic, 'code' | 'args'>;

/** What became of an interchange. A plain value: a worker thread can hand it over. */
export interface Translation {
  readonly interchanges: readonly TranslatedInterchange[];
  readonly findings: readonly Diagnostic[]; // outside every interchange
  readonly spill?: SpillKey; // where the documents lie that have no room in memory, until the translator is told to release it
}

export interface TranslatedInterchange {
  readonly interchange: Interchange;
  readonly messages: readonly TranslatedMessage[];
  readonly findings: readonly Diagnostic[]; // of the envelope; an error among them rejects every message, or every one of a functional group
  readonly reply: Uint8Array | undefined; // CONTRL; TA1, 997 or 999; FNA and FMA; a notice
  readonly errors?: ErrorsReport | undefined; // of content, where the partner agreed to have them reported apart
  readonly replyPositive: boolean;
}

export interface TranslatedMessage {
  readonly header: MessageHeader;
  readonly map: string | undefined; // name@version
  readonly plan: string | undefined; // hash
  readonly state: 'translated' | 'rejected' | 'unrouted' | 'acknowledgement' | 'answer';
  readonly answer?: Answer; // of an acknowledgement: what it says
  readonly document?: string; // what the sender calls it
  readonly fingerprint?: string | undefined; // of what was accepted: the same where the same is sent again under another reference
  readonly test?: boolean; // in test mode: it goes to the test side of agencies
  readonly trader?: string; // for whom a network sent it
  readonly decisions?: readonly Decision[] | undefined; // of an agency's answer: about what, and what it means for it, by each agency for which it answers
  readonly canonical: Document | undefined;
  readonly outputs: readonly Output[];
  readonly folds?: readonly FoldRequest[]; // deliveries that depend on what came before (`history.ts`)
  readonly keys: readonly FoundKey[];
  readonly atoms: AtomAccount | undefined;
  readonly losses: readonly Loss[];
  readonly findings: readonly Diagnostic[];
  readonly end: number; // offset in the bytes after its last unit
}

/** What one agency gets, if it is its fate to be delivered. */
export interface Output {
  readonly agency: string;
  readonly map: string;
  readonly plan: string;
  readonly media: string;
  readonly bytes: Document;
  readonly reasons: readonly string[];
  readonly priority?: Priority; // as its routes have it
  readonly facts: FactAccount;
  readonly losses: readonly Loss[];
  readonly findings: readonly Diagnostic[];
  /**
   * `held`: something was lost, and the route does not send what lost something. Of a document that the agency wants whole:
   * `waiting` for what the message changes; `folded`: it changes nothing of what was delivered.
   */
  readonly fate: 'deliver' | 'held' | 'failed' | 'waiting' | 'folded';
  readonly folds?: readonly string[]; // the messages whose facts are in it, where it is of several
  readonly applied?: readonly string[]; // the messages that waited for this one
}

const memory = 64 * 1024 * 1024; // bytes of the facts of one message

/** Translates an interchange: one pass over its bytes, one message at a time. Facts and documents that have no room in memory go to `spill`. */
export function translate(input: TranslationInput, library: Library, configuration: Configuration, spill?: SpillFile): Translation {
  const partner = senderOf(configuration, input.partner);
  if (!partner) throw new Error(`the configuration has no partner ${input.partner}`);
  const interchanges: TranslatedInterchange[] = [];
  let messages: TranslatedMessage[] = [];
  let count = 0;
  const references = new Set<string>();
  const outside = readBytes(
    library,
    input.bytes,
    {
      message(message) {
        const reference = ownReference(input.id, message.header.index);
        const made = carry(message, { library, configuration, partner, spill, receivedAt: input.receivedAt, reference, test: input.test });
        const carried = located({ ...made, outputs: made.outputs.map((output) => located(output, library)) }, library);
        const refusal = input.refused?.[++count];
        messages.push(refusal === undefined ? carried : reject({ ...carried, findings: [...carried.findings, refusedFor(carried, refusal)] }));
      },
      interchangeEnd(interchange, around) {
        const labels = interchanges.length === 0 ? labelFindings(interchange, input, partner) : [];
        const findings = [...labels, ...around, ...checkEnvelope(interchange, partner, configuration)].map((each) => weigh(each, partner.agreement));
        if (isRepeated(interchange, references)) findings.push(repeated(interchange));
        if (messages.length === 0 && !hasError(findings))
          findings.push(finding('GATEWAY_NO_MESSAGE', {}, { data: { source: '', start: interchange.start, end: interchange.start } }));
        const { whole, groups } = reachOf(subjectOf(library, interchange, messages, findings, partner.agreement));
        const isRejected = ({ header }: TranslatedMessage): boolean => whole || (header.group !== undefined && groups.has(header.group.index));
        const ended = messages.map((message) => (isRejected(message) ? reject(message) : message));
        const subject = subjectOf(library, interchange, ended, findings, partner.agreement, input.bytes);
        const own = (prefix: string) => ({ reference: referenceOf(input, interchange.index, prefix), time: input.receivedAt });
        const reply = acknowledge(library, subject, partner.agreement, own('C'));
        const errors = whole ? undefined : reportErrors(library, interchange, ended, partner.agreement, own('E'));
        interchanges.push({
          interchange,
          messages: ended,
          findings,
          reply,
          errors,
          replyPositive: !hasError(findings) && subject.messages.every(({ accepted }) => accepted),
        });
        messages = [];
      },
    },
    {
      losses: lossesKept,
      answers: true,
      limits: configuration.gateway.limits,
      charsets: partner.agreement.charsets,
      reuse: true,
      ...(spill ? { pool: new Pool(spill, memory) } : {}),
    },
  );
  const spilled = interchanges.some((each) =>
    each.messages.some(({ canonical, outputs }) => [canonical, ...outputs.map(({ bytes }) => bytes)].some(isSpilled)),
  );
  return { interchanges, findings: outside, ...(spill && spilled ? { spill: spill.handle } : {}) };
}

/** Who sent what to whom under which reference; undefined where there is none. */
export function referenceKey({ sender = '', senderQualifier = '', recipient = '', recipientQualifier = '', reference }: Interchange): string | undefined {
  return reference === undefined ? undefined : `reference\0${sender}\0${senderQualifier}\0${recipient}\0${recipientQualifier}\0${reference}`;
}

/** No two answers have the same: those of a replay are numbered by the message and the attempt. */
function referenceOf({ id, replay }: TranslationInput, index: number, prefix: string): string {
  return replay
    ? ownReference(id, Number(replay.message.split('-')[1]) * 36 + (replay.attempt % 36), prefix === 'C' ? 'D' : 'F')
    : ownReference(id, index, prefix);
}

function isRepeated(interchange: Interchange, references: Set<string>): boolean {
  const key = referenceKey(interchange);
  if (key === undefined) return false;
  const isKnown = references.has(key);
  references.add(key);
  return isKnown;
}

/** Between bodies the store sees to it; within one the first interchange counts. */
function repeated(interchange: Interchange): Diagnostic {
  const { reference = '' } = interchange;
  return finding('GATEWAY_DUPLICATE', { reference, previous: 'an interchange before it in the same body' }, { data: inHeader(interchange, 'reference') });
}

/** What the bytes were called, where they are something else. */
const labelFindings = ({ syntax }: Interchange, { media }: TranslationInput, { agreement }: Partner): Diagnostic[] => [
  ...(media === undefined ? [] : [mislabelled({ of: 'media type', text: media }, syntax) ?? []].flat()),
  ...(agreement.syntaxes === undefined ? [] : [mislabelled({ of: 'agreement', text: agreement.syntaxes.join(' ') }, syntax) ?? []].flat()),
];

/** Whether it is from whom it says, for us, and can be answered where an answer is owed. */
export function checkEnvelope(interchange: Interchange, partner: Partner, { gateway }: Configuration): Diagnostic[] {
  const findings: Diagnostic[] = [];
  const anonymous = interchange.sender === undefined && !syntaxes[interchange.syntax].envelope; // there the caller is the sender
  if (!anonymous && !isSender(partner, interchange)) {
    const data = inHeader(interchange, 'sender');
    findings.push(finding('GATEWAY_UNKNOWN_SENDER', { sender: interchange.sender ?? '', partner: partner.id }, { data, actual: interchange.sender }));
  }
  const { recipient } = interchange;
  const { identities } = gateway;
  if (recipient !== undefined && identities.length > 0 && !identities.includes(recipient)) {
    const data = inHeader(interchange, 'recipient');
    findings.push(finding('GATEWAY_NOT_FOR_US', { recipient, expected: identities.join(' or ') }, { data, actual: recipient, expected: identities }));
  }
  const silent = unanswerable(interchange, partner.agreement);
  if (silent) {
    const { part, id, max, value } = silent;
    const data = inHeader(interchange, part);
    findings.push(value === '' ? finding('GATEWAY_UNNAMED', { id }, { data }) : finding('GATEWAY_UNANSWERABLE', { id, value, max: String(max) }, { data, actual: value })); // prettier-ignore
  }
  return findings;
}

/** Where an interchange states its sender, its recipient or its reference. */
export function inHeader({ syntax, start }: Interchange, part: EnvelopePart): Place {
  const edi = syntaxes[syntax].envelope?.[part];
  return { source: '', start, end: start, ...(edi ? { edi } : {}) };
}

const reject = (message: TranslatedMessage): TranslatedMessage => ({
  ...message,
  state: 'rejected',
  fingerprint: undefined,
  decisions: undefined,
  outputs: [],
  folds: [],
});

/** What is said of a message that is refused. */
export const refusedFor = ({ header: { start } }: Pick<TranslatedMessage, 'header'>, { code, args }: Refusal): Diagnostic =>
  finding(code, args, { data: { source: '', start, end: start } });
