import { hasError, sentence, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { owesAcknowledgement, type Agreement } from '../../partners/partner.ts';
import { buildContrl, contrlReach } from '../../replies/contrl.ts';
import { withoutRoom, type NoRoom } from '../../replies/room.ts';
import { buildFunctional, functionalReach } from '../../replies/functional.ts';
import { buildFna } from '../../replies/fna.ts';
import type { Reach, ReplyOptions, Subject, SubjectMessage } from '../../replies/subject.ts';
import type { Interchange } from '../../syntax/unit.ts';
import { charsetIn, charsetsOf, encodingFor } from '../translation/encoding.ts';
import type { Library } from '../library/library.ts';
import { buildNotice } from './notice.ts';
import { isReported } from './report.ts';
import { readUnits } from '../translation/syntax.ts';
import type { TranslatedMessage } from '../translation/translate.ts';

/**
 * What is answered. A message that was rejected for what it says is answered as rejected too: silence about it would be taken
 * for consent. Where it was agreed that such errors are reported apart, this answer is about the syntax alone.
 */
export function subjectOf(
  library: Library,
  interchange: Interchange,
  messages: readonly TranslatedMessage[],
  findings: readonly Diagnostic[],
  agreement: Agreement,
  body?: Uint8Array,
): Subject {
  const isAccepted = (each: TranslatedMessage): boolean => each.state !== 'rejected' || isReported(library, interchange, each, agreement);
  const bytesOf = ({ header, end }: TranslatedMessage): Pick<SubjectMessage, 'bytes'> => (body ? { bytes: body.subarray(header.start, end) } : {});
  return {
    interchange,
    findings,
    messages: messages.map((each) => ({
      header: each.header,
      findings: each.findings,
      accepted: isAccepted(each),
      ...(each.document ? { document: each.document } : {}),
      ...bytesOf(each),
    })),
  };
}

/** How far faults reach, by what the answer of the syntax can name. */
export function reachOf(subject: Subject): Reach {
  const { syntax } = subject.interchange;
  if (syntax === 'edifact') return contrlReach(subject);
  return syntax === 'x12' ? functionalReach(subject) : { whole: hasError(subject.findings), groups: new Set() };
}

/** What the acknowledgement that is owed for an interchange has no room for, though it must repeat it: its sender could never be answered. */
export const unanswerable = (interchange: Interchange, agreement: Agreement): NoRoom | undefined =>
  interchange.syntax === 'edifact' && owesAcknowledgement(agreement, interchange) ? withoutRoom(interchange) : undefined;

/**
 * What is owed for an interchange, CONTRL, TA1 and 997, FNA and FMA, or a notice, read again by our own reader, against its directory, before it may leave;
 * undefined where nothing is, or none can be addressed.
 */
export function acknowledge(library: Library, subject: Subject, agreement: Agreement, options: ReplyOptions): Uint8Array | undefined {
  const bytes = answerTo(library, subject, agreement, options);
  const wrong = bytes ? readUnits(library, bytes, charsetsOf(agreement)) : [];
  if (hasError(wrong)) throw new Error(`our acknowledgement is not in order: ${wrong.map(sentence).join('; ')}`);
  return bytes;
}

function answerTo(library: Library, subject: Subject, agreement: Agreement, options: ReplyOptions): Uint8Array | undefined {
  const { grammars } = library;
  const owed = owesAcknowledgement(agreement, subject.interchange);
  switch (subject.interchange.syntax) {
    case 'edifact':
      return owed ? buildContrl(subject, { ...options, encoding: agreement.encoding }) : undefined;
    case 'x12':
      return buildFunctional(subject, {
        ...options,
        interchange: owed,
        groups: agreement.x12?.groups,
        charset: charsetIn(encodingFor(subject.interchange, agreement, 'x12')),
      });
    case 'cargoimp':
      return agreement.fna === undefined ? undefined : buildFna(subject, { ...options, grammars, always: agreement.fna === 'always' });
    case 'xml':
      return agreement.notice && buildNotice(library, subject, agreement.notice, options);
    default:
      return undefined;
  }
}

/** Under which name an acknowledgement is kept among the contents of what it answers. */
export const acknowledgementStage = (syntax: Interchange['syntax']): string => (syntax === 'edifact' ? 'contrl' : 'acknowledgement');
