import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { writeCanonical } from '../../dictionary/json.ts';
import type { Rows } from '../../dictionary/rows.ts';
import { answering, nameOfAgency, type Answering } from '../../partners/agency.ts';
import type { Configuration } from '../../partners/config.ts';
import { project } from '../../partners/grants.ts';
import { weigh, type Partner } from '../../partners/partner.ts';
import { decideDeliveries, type Delivery } from '../../partners/routes.ts';
import { isTest, isTestSide } from '../../partners/test-mode.ts';
import { sentFor } from '../../partners/traders.ts';
import { businessKeys, documentNumber } from '../outcome/business-keys.ts';
import { decisionOf } from '../answers/decision.ts';
import type { MessageHeader, OutInterchange } from '../../syntax/unit.ts';
import { DocumentWriter, type Document } from './document.ts';
import { produceInto } from './produce.ts';
import { foldRequest, type FoldRequest } from './fold-request.ts';
import { inMessage } from './judging.ts';
import { fingerprint } from '../outcome/resubmission.ts';
import { describe, type ReadMessage } from './reading.ts';
import { canonicalMap } from './canonical.ts';
import type { Library } from '../library/library.ts';
import type { SpillFile } from './spill-file.ts';
import type { Output, TranslatedMessage } from './translate.ts';

export interface PipelineContext {
  readonly library: Library;
  readonly configuration: Configuration;
  readonly partner: Partner;
  readonly receivedAt: string; // ISO 8601
  readonly spill: SpillFile | undefined; // for documents that have no room in memory
  readonly reference: string; // 0020 of what we write: at most 14 characters, and never the same twice
  readonly test?: boolean | undefined; // it was sent with a key for test mode
}

/** Losses of one message that are kept in detail, each way; beyond them the account has the number. */
export const lossesKept = 10_000;

/** One message through the house: read → judge → decide → (project → build → write → check) for each agency. */
export function carry(message: ReadMessage, context: PipelineContext): TranslatedMessage {
  const { plan, parsed } = message;
  const from = sourceOf(message, context.library);
  const findings = judge(message, context);
  if (message.answer && !hasError(findings)) return told(message, findings, { state: 'acknowledgement', answer: message.answer });
  const agency = context.configuration.agencies.find(({ id }) => id === context.partner.id);
  const answers = agency && plan ? answering(context.configuration.agencies, agency, plan.name) : [];
  if (agency && from && answers.length === 0) findings.push(finding('ANSWER_NOT_EXPECTED', { map: from.name, agency: agency.id }));
  if (!from || !parsed || hasError(findings)) return told(message, findings, { state: 'rejected', document: parsed ? documentNumber(parsed.rows) : '' });
  if (answers.length > 0) return carryAnswer(message, findings, answers, context);
  const whose = sentFor(context.partner, message.header.interchange, parsed.rows);
  const refused = inMessage(whose.findings, message.header);
  const { trader } = whose;
  const test = isTest(context.partner, message.header.interchange, context.test);
  const mode = { ...(trader === undefined ? {} : { trader }), ...(test ? { test } : {}) };
  if (refused.length > 0) return told(message, [...findings, ...refused], { state: 'rejected', document: documentNumber(parsed.rows), ...mode });
  const deliveries = decideDeliveries({ map: from.name, partner: context.partner.id, rows: parsed.rows, test }, context.configuration.routes);
  const nowhere = deliveries.length === 0 ? [finding('ROUTE_NO_AGENCY', { map: describe(message.header), partner: context.partner.id })] : [];
  const { rows } = parsed;
  const offered = { header: message.header, rows, lost: parsed.account.lost };
  const outputs: Output[] = [];
  const folds: FoldRequest[] = [];
  for (const delivery of deliveries) {
    const receiver = context.configuration.agencies.find(({ id }) => id === delivery.agency)!;
    const request = foldRequest(delivery, from, offered, { library: context.library, agency: receiver });
    if (request && 'delivery' in request) folds.push(request);
    else {
      const output = produceFor(delivery, offered, findings, context);
      outputs.push(request ? { ...output, findings: [request, ...output.findings] } : output);
    }
  }
  return told(message, [...findings, ...nowhere], {
    map: `${from.name}@${from.version}`,
    plan: from.hash,
    state: deliveries.length === 0 ? 'unrouted' : 'translated',
    canonical: canonicalDocument(rows, context.spill),
    keys: businessKeys(rows),
    fingerprint: test ? undefined : fingerprint(rows, message.header), // what is tried is no filing
    outputs,
    folds,
    ...mode,
  });
}

/** An agency's answer goes to nobody but the sender of what it answers, and that is not known here: only what it says. */
function carryAnswer(message: ReadMessage, findings: readonly Diagnostic[], answers: readonly Answering[], { spill }: PipelineContext): TranslatedMessage {
  const { rows } = message.parsed!;
  return told(message, findings, {
    state: 'answer',
    decisions: answers.map(({ agency, profile }) => decisionOf(rows, agency, profile)),
    canonical: canonicalDocument(rows, spill),
    keys: businessKeys(rows),
  });
}

/** Everything found so far, as the partner's agreement weighs it. */
function judge({ header, findings, parsed }: ReadMessage, { library, partner, receivedAt }: PipelineContext): Diagnostic[] {
  const judged = parsed ? inMessage(library.conforms(parsed.rows, receivedAt), header) : [];
  const message = header.version === undefined ? header.type : `${header.type}/${header.version}`;
  return [...findings, ...judged].map((each) => weigh(each, partner.agreement, { on: receivedAt, message }));
}

/** What is offered to an agency: facts, and how many atoms were lost when they were read. */
export interface Offered {
  readonly header: MessageHeader;
  readonly rows: Rows;
  readonly lost: number;
}

/** What one agency may see, judged by its profile, in the form it wants, checked against its schema before it leaves. */
export function produceFor(
  { agency: id, reasons, policy, priority }: Delivery,
  { header, rows, lost }: Offered,
  before: readonly Diagnostic[],
  context: PipelineContext,
): Output {
  const { library, configuration } = context;
  const agency = configuration.agencies.find((each) => each.id === id)!;
  const plan = library.catalog.plan(agency.map)!;
  const grants = library.grants(agency);
  const projected = grants.everything ? { rows, withheld: 0 } : project(rows, grants);
  const judged = inMessage(library.demands(agency.profile, agency)!.judge(projected.rows, before), header);
  const document = new DocumentWriter(context.spill);
  const made = produceInto((bytes) => document.write(bytes), {
    library,
    plan,
    rows: projected.rows,
    interchange: envelopeFor(id, context),
    encoding: agency.encoding,
    profile: agency.profile,
    losses: lossesKept,
  });
  if (projected.rows !== rows) projected.rows.clear();
  const whole = lost === 0 && made.facts.lost === 0;
  const findings = [...judged, ...made.findings];
  const fate = hasError(findings) || (!whole && policy === 'fail') ? 'failed' : whole || policy === 'send' ? 'deliver' : 'held';
  return {
    agency: id,
    map: `${plan.name}@${plan.version}`,
    plan: plan.hash,
    reasons,
    ...(priority && { priority }),
    ...made,
    findings,
    bytes: document.end(),
    facts: { ...made.facts, withheld: projected.withheld },
    fate,
  };
}

/** The envelope of an output in EDIFACT: from us, to the agency, under a reference of our own. */
function envelopeFor(agency: string, { configuration, receivedAt, reference }: PipelineContext): OutInterchange {
  const [date = '', time = ''] = receivedAt.split('T');
  const { gateway } = configuration;
  return {
    sender: gateway.identities[0] ?? 'PORTOLAN',
    recipient: nameOfAgency(agency),
    preparedAt: `${date.slice(2).replaceAll('-', '')}:${time.slice(0, 5).replace(':', '')}`,
    reference,
    ...(isTestSide(agency) ? { testIndicator: '1' } : {}),
  };
}

/** What the facts were read by: a map, or the dictionary alone where the message states them itself. */
function sourceOf(
  { plan, parsed }: ReadMessage,
  { dictionary }: Library,
): { readonly name: string; readonly version: string; readonly hash: string } | undefined {
  return plan ?? (parsed && { name: canonicalMap, version: dictionary.version, hash: `sha256:${dictionary.hash}` });
}

function told(message: ReadMessage, findings: readonly Diagnostic[], rest: Pick<TranslatedMessage, 'state'> & Partial<TranslatedMessage>): TranslatedMessage {
  const { header, plan, parsed } = message;
  return {
    header,
    map: plan && `${plan.name}@${plan.version}`,
    plan: plan?.hash,
    canonical: undefined,
    outputs: [],
    keys: [],
    atoms: parsed?.account,
    losses: parsed?.losses ?? [],
    findings,
    end: message.end,
    ...rest,
  };
}

function canonicalDocument(rows: Rows, spill?: SpillFile): Document {
  const document = new DocumentWriter(spill);
  writeCanonical(rows, (piece) => document.write(Buffer.from(piece)));
  return document.end();
}

/** Canonical JSON as bytes. */
export const canonicalBytes = (rows: Rows): Uint8Array => canonicalDocument(rows) as Uint8Array;
