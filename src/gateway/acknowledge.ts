import { hasError, sentence, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { owesAcknowledgement, type Agreement, type OutEncoding } from '../partners/partner.ts';
import { buildContrl, contrlReach } from '../replies/contrl.ts';
import { buildFunctional, functionalReach } from '../replies/functional.ts';
import { buildFna } from '../replies/fna.ts';
import type { Reach, ReplyOptions, Subject, SubjectMessage } from '../replies/subject.ts';
import type { Interchange } from '../syntax/unit.ts';
import { build } from '../maps/build.ts';
import { errorAnswer, isContent, isSyntax } from '../replies/errors.ts';
import { tableFor } from '../replies/tables.ts';
import { tell } from '../replies/tell.ts';
import type { Library } from './library.ts';
import { readUnits } from './syntax.ts';
import { syntaxes, writerFor } from './syntaxes.ts';
import type { TranslatedMessage } from './translate.ts';

/**
 * What is answered. A message that was rejected for what it says is answered as rejected too: silence about it would be taken
 * for consent. Where it was agreed that such errors are reported apart, this answer is about the syntax alone.
 */
export function subjectOf(
  interchange: Interchange,
  messages: readonly TranslatedMessage[],
  findings: readonly Diagnostic[],
  { errors }: Pick<Agreement, 'errors'> = {},
  body?: Uint8Array,
): Subject {
  const isAccepted = (each: TranslatedMessage): boolean => each.state !== 'rejected' || (errors !== undefined && isRejectedForContent(each));
  const bytesOf = ({ header, end }: TranslatedMessage): Pick<SubjectMessage, 'bytes'> => (body ? { bytes: body.subarray(header.start, end) } : {});
  return {
    interchange,
    findings,
    messages: messages.map((each) => ({ header: each.header, findings: each.findings, accepted: isAccepted(each), ...bytesOf(each) })),
  };
}

const isRejectedForContent = ({ state, findings }: TranslatedMessage): boolean => state === 'rejected' && findings.some(isContent) && !findings.some(isSyntax);

/** How far faults reach, by what the answer of the syntax can name. */
export function reachOf(subject: Subject): Reach {
  const { syntax } = subject.interchange;
  if (syntax === 'edifact') return contrlReach(subject);
  return syntax === 'x12' ? functionalReach(subject) : { whole: hasError(subject.findings), groups: new Set() };
}

/**
 * What is owed for an interchange, CONTRL, TA1 and 997, or FNA and FMA, read again by our own reader, against its directory, before it may leave;
 * undefined where nothing is, or none can be addressed.
 */
export function acknowledge(library: Library, subject: Subject, agreement: Agreement, options: ReplyOptions): Uint8Array | undefined {
  const bytes = answerTo(library, subject, agreement, options);
  const wrong = bytes ? readUnits(library, bytes, charsetsOf(agreement)) : [];
  if (hasError(wrong)) throw new Error(`our acknowledgement is not in order: ${wrong.map(sentence).join('; ')}`);
  return bytes;
}

function answerTo({ grammars }: Library, subject: Subject, agreement: Agreement, options: ReplyOptions): Uint8Array | undefined {
  const owed = owesAcknowledgement(agreement, subject.interchange);
  switch (subject.interchange.syntax) {
    case 'edifact':
      return owed ? buildContrl(subject, { ...options, encoding: agreement.encoding }) : undefined;
    case 'x12':
      return buildFunctional(subject, { ...options, interchange: owed, groups: agreement.x12?.groups });
    case 'cargoimp':
      return agreement.fna === undefined ? undefined : buildFna(subject, { ...options, grammars, always: agreement.fna === 'always' });
    default:
      return undefined;
  }
}

/** Under which name an acknowledgement is kept among the contents of what it answers. */
export const acknowledgementStage = (syntax: Interchange['syntax']): string => (syntax === 'edifact' ? 'contrl' : 'acknowledgement');

/** What the syntax identifiers mean of what the partner is sent. */
const charsetsOf = ({ charsets, encoding }: Pick<Agreement, 'charsets' | 'encoding'>): Agreement['charsets'] =>
  encoding?.charset === undefined ? charsets : { ...charsets, [encoding.identifier ?? 'UNOC']: encoding.charset };

/** How an answer is written: as it was agreed, or, where it was agreed what the sender's declaration stands for, as that. */
export function encodingFor(
  { charset: { declared } }: Interchange,
  { charsets, encoding }: Pick<Agreement, 'charsets' | 'encoding'> = {},
): OutEncoding | undefined {
  if (encoding) return encoding;
  const charset = charsets?.[declared] ?? charsets?.['*'];
  return charset && declared !== '' ? { identifier: declared, charset } : undefined;
}

/** What is written around and in a report of errors. */
export interface ErrorsOptions {
  readonly reference: string; // 0020 of the report, at most 14 characters
  readonly time: string; // ISO 8601, UTC
}

/**
 * The errors of content of an interchange, a message for each message that they reject, by the map of the agreement; read again before
 * it may leave. Undefined where there are none, or nobody can be addressed.
 */
export function reportErrors(
  library: Library,
  interchange: Interchange,
  messages: readonly TranslatedMessage[],
  agreement: Pick<Agreement, 'errors' | 'charsets' | 'encoding'>,
  { reference, time }: ErrorsOptions,
): { readonly media: string; readonly bytes: Uint8Array } | undefined {
  const { errors } = agreement;
  if (!errors) return undefined;
  const { map, list = '', agency = '', codes } = errors;
  const plan = library.catalog.plan(map);
  const rejected = messages.filter(isRejectedForContent);
  const { sender, recipient } = interchange;
  if (plan?.format.kind !== 'segmented' || rejected.length === 0 || sender === undefined || recipient === undefined) return undefined;
  const table = tableFor(library.answers, plan.name);
  const chunks: Uint8Array[] = [];
  const wrong: Diagnostic[] = [];
  const finding = (each: Diagnostic): void => void wrong.push(each);
  const encoding = encodingFor(interchange, agreement);
  const writer = writerFor(
    library,
    plan.format,
    { bytes: (chunk) => void chunks.push(chunk), finding },
    {
      sender: recipient,
      senderQualifier: interchange.recipientQualifier,
      recipient: sender,
      recipientQualifier: interchange.senderQualifier,
      preparedAt: `${time.slice(2, 10).replaceAll('-', '')}:${time.slice(11, 16).replace(':', '')}`,
      reference,
      testIndicator: interchange.testIndicator,
    },
    encoding,
  );
  for (const { header, findings, document = '' } of rejected) {
    const answer = errorAnswer(findings, { dictionary: library.dictionary, codes, reference: `${reference}-${header.index}`, time });
    const known = { reference, list, agency, interchange: interchange.reference ?? '', message: header.reference ?? '', document };
    const rows = table ? tell(table, answer.rows, { ...answer, verdict: 'rejected', known, canWrite: () => false }).rows : answer.rows;
    wrong.push(...build(plan, rows, writer).findings);
  }
  writer.end();
  const bytes = Buffer.concat(chunks);
  wrong.push(...readUnits(library, bytes, charsetsOf(agreement)));
  if (hasError(wrong)) throw new Error(`our report of errors is not in order: ${wrong.map(sentence).join('; ')}`);
  return { media: syntaxes[plan.format.family].media, bytes };
}
