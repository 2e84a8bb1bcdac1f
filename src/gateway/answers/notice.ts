import { hasError, sentence } from '../../diagnostics/diagnostic.ts';
import type { Notice } from '../../partners/partner.ts';
import { errorAnswer } from '../../replies/errors.ts';
import type { ReplyOptions, Subject } from '../../replies/subject.ts';
import { tableFor } from '../../replies/tables.ts';
import { tell } from '../../replies/tell.ts';
import type { MessageHeader } from '../../syntax/unit.ts';
import type { Library } from '../library/library.ts';
import { produce } from '../translation/produce.ts';

/**
 * What became of an XML document, as a document of the map that was agreed: its sender is told why it was rejected, and, where that was
 * agreed, that it was accepted. Undefined for documents of other families than the map's table names, and for notices: they are never answered.
 */
export function buildNotice(library: Library, { messages, findings }: Subject, notice: Notice, { reference, time }: ReplyOptions): Uint8Array | undefined {
  const plan = library.catalog.plan(notice.map);
  const table = plan && tableFor(library.answers, plan.name);
  const [document] = messages;
  if (!plan || !table || !document) return undefined;
  const { header, accepted, document: number = '' } = document;
  const { namespace = '', type } = header;
  if (!table.namespaces?.some((begin) => namespace.startsWith(begin)) || isNotice(plan.format, header)) return undefined;
  const errors = [...findings, ...document.findings].filter((each) => hasError([each]));
  const isAccepted = accepted && errors.length === 0;
  if (isAccepted && notice.when === 'errors') return undefined;
  const { dictionary } = library;
  const answer = errorAnswer(isAccepted ? [] : errors, { dictionary, codes: notice.codes, reference, time });
  const known = { reference, list: '', agency: '', interchange: '', message: '', type, document: number, subject: number };
  const { rows } = tell(table, answer.rows, {
    ...answer,
    verdict: isAccepted ? 'accepted' : 'rejected',
    known,
    answered: header,
    map: plan.name,
    canWrite: () => false,
  });
  const made = produce(library, plan, rows, { sender: '', recipient: '', preparedAt: '', reference });
  if (hasError(made.findings)) throw new Error(`our notice is not in order: ${made.findings.map(sentence).join('; ')}`);
  return made.bytes;
}

/** Whether a document is itself one, of whatever version: what stands behind the last colon of its namespace. */
function isNotice(format: { readonly kind: string; readonly root?: string; readonly namespace?: string }, { type, namespace = '' }: MessageHeader): boolean {
  const family = (name: string): string => name.replace(/:[^:]*$/, '');
  return format.kind === 'nested' && type === format.root && family(namespace) === family(format.namespace ?? '');
}
