import { hasError, sentence, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { build } from '../../maps/build.ts';
import type { Agreement, ErrorReport, OutEncoding } from '../../partners/partner.ts';
import { errorAnswer, isContent, isSyntax } from '../../replies/errors.ts';
import { tableFor } from '../../replies/tables.ts';
import { tell } from '../../replies/tell.ts';
import { testIndicatorOf, type Interchange, type OutInterchange } from '../../syntax/unit.ts';
import { charsetsOf, encodingFor } from '../translation/encoding.ts';
import type { Library } from '../library/library.ts';
import { readUnits } from '../translation/syntax.ts';
import { syntaxes, writerFor } from '../translation/syntaxes.ts';
import type { TranslatedMessage } from '../translation/translate.ts';
import { allLetters, inLetters, legible, warning } from './legible.ts';

/** Of the reports that were agreed the one in the syntax of what is answered, else the first; none where nobody can be addressed. */
function reportFor({ catalog }: Library, { syntax, sender, recipient }: Interchange, { errors = [] }: Pick<Agreement, 'errors'>): ErrorReport | undefined {
  if (sender === undefined || recipient === undefined) return undefined;
  return errors.find(({ map }) => catalog.plan(map)?.format.family === syntax) ?? errors[0];
}

/**
 * Whether a message is rejected for what it says alone, and that is reported apart: then the answer of the syntax is about the syntax. A
 * report is never answered by a report; that one cannot be read is a matter of the syntax's answer.
 */
export function isReported(library: Library, interchange: Interchange, { state, findings, map = '' }: TranslatedMessage, agreement: Agreement): boolean {
  if (state !== 'rejected' || !findings.some(isContent) || findings.some(isSyntax)) return false;
  return reportFor(library, interchange, agreement) !== undefined && !tableFor(library.answers, map.split('@')[0]!);
}

/** What is written around and in a report of errors. */
export interface ErrorsOptions {
  readonly reference: string; // 0020 of the report, at most 14 characters
  readonly time: string; // ISO 8601, UTC
}

/** What is sent of it, and what of it could not be written. */
export interface ErrorsReport {
  readonly media: string;
  readonly map: string;
  readonly bytes: Uint8Array;
  readonly findings: readonly Diagnostic[]; // what stands otherwise in it, or not at all
}

/**
 * The errors of content of an interchange, a message for each message that they reject, by the map of the agreement; read again before
 * it may leave. Undefined where there are none, or nobody can be addressed.
 */
export function reportErrors(
  library: Library,
  interchange: Interchange,
  messages: readonly TranslatedMessage[],
  agreement: Agreement,
  { reference, time }: ErrorsOptions,
): ErrorsReport | undefined {
  const rejected = messages.filter((each) => isReported(library, interchange, each, agreement));
  const report = reportFor(library, interchange, agreement);
  if (!report || rejected.length === 0) return undefined;
  const { list = '', agency = '', codes } = report;
  const plan = library.catalog.plan(report.map)!;
  const table = tableFor(library.answers, plan.name);
  const around: OutInterchange = {
    sender: interchange.recipient!,
    senderQualifier: interchange.recipientQualifier,
    recipient: interchange.sender!,
    recipientQualifier: interchange.senderQualifier,
    preparedAt: `${time.slice(2, 10).replaceAll('-', '')}:${time.slice(11, 16).replace(':', '')}`,
    reference,
    testIndicator: testIndicatorOf(interchange),
  };
  const widest = writerFor(library, plan.format, { bytes: () => undefined, finding: () => undefined }, around, allLetters(agreement.encoding));
  const written = (isNamed: boolean, encoding?: OutEncoding): Written => {
    const chunks: Uint8Array[] = [];
    const wrong: Diagnostic[] = [];
    const blanked: Diagnostic[] = [];
    const unwritten: Diagnostic[] = [];
    const sink = { bytes: (chunk: Uint8Array) => void chunks.push(chunk), finding: (each: Diagnostic) => void unwritten.push(each) };
    const writer = writerFor(library, plan.format, sink, around, encoding);
    for (const { header, findings, document = '' } of rejected) {
      const answer = errorAnswer(findings.filter(isContent), { dictionary: library.dictionary, codes, reference: `${reference}-${header.index}`, time });
      const { type, reference: message = '' } = header;
      const names = isNamed ? { interchange: interchange.reference ?? '', message, document } : { interchange: '', message: '', document: '' };
      const known = { reference, list, agency, type, ...names, subject: names.document || names.message || names.interchange || String(header.index) };
      blanked.push(...legible(answer.rows, widest));
      const rows = table
        ? tell(table, answer.rows, { ...answer, verdict: 'rejected', known, answered: header, map: plan.name, canWrite: () => false }).rows
        : answer.rows;
      wrong.push(...build(plan, rows, writer).findings);
    }
    writer.end();
    const bytes = Buffer.concat(chunks);
    return { bytes, wrong: [...wrong, ...readUnits(library, bytes, charsetsOf(agreement))], unwritten, blanked };
  };
  const inform = (isNamed: boolean): Written =>
    inLetters((encoding) => written(isNamed, encoding), agreement.encoding, encodingFor(interchange, agreement, plan.format.family));
  const named = inform(true);
  const isUnnamed = hasError(named.wrong); // a name that is none, or too long, keeps nobody from being told
  const { bytes, wrong, unwritten, blanked } = isUnnamed ? inform(false) : named;
  if (hasError(wrong)) throw new Error(`our report of errors is not in order: ${wrong.map(sentence).join('; ')}`);
  const unnamed = isUnnamed ? named.wrong.filter((each) => hasError([each])).map(warning) : [];
  return { media: syntaxes[plan.format.family].media, map: `${plan.name}@${plan.version}`, bytes, findings: [...unwritten, ...unnamed, ...blanked] };
}

interface Written {
  readonly bytes: Uint8Array;
  readonly wrong: readonly Diagnostic[];
  readonly unwritten: readonly Diagnostic[];
  readonly blanked: readonly Diagnostic[];
}
