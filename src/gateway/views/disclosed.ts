import { wholeView, type BundleView } from '../../store/bundle.ts';
import type { Receipt } from '../../store/receipt.ts';
import type { EvidenceRecord, Json, RecordKind } from '../../store/store.ts';
import { answerStage } from '../answers/answer-outcome.ts';
import { attemptless } from '../delivery/replayed.ts';
import type { Viewer } from './view.ts';

/** Which steps and which bytes a viewer is shown of what it may know of: in a timeline, a proof and a bundle the same. */

/** That something is kept for a case, and for which, is between operators: who sent it would be warned. So would be whoever sees that they, or an agency, take evidence along. */
const ofOperators: ReadonlySet<RecordKind> = new Set(['hold', 'hold-released']);

/** What operators do by name, and for which reasons. */
const inWordsOfOperators: ReadonlySet<RecordKind> = new Set(['settled', 'replayed', 'released']);

type Told = Pick<EvidenceRecord, 'kind' | 'party' | 'detail'>;

/** An agency is disclosed the steps of which it is the party, a partner all but those of operators; `undefined` is a record that was erased. */
export function isDisclosed({ role, id }: Viewer, record: Told | undefined): boolean {
  if (role === 'operator') return true;
  if (role === 'agency') return record?.party === id;
  return record === undefined || !(ofOperators.has(record.kind) || (record.kind === 'exported' && record.party !== id));
}

/**
 * Whether the record of such a step is handed out too. It is one text, of which the log has one hash: what is not the viewer's in it, the name and
 * the reasons of an operator or what a recipient answered, keeps all of it. Then the kind, the time and the entry of the step are told.
 */
export function isRecordDisclosed({ role, id }: Viewer, record: Told): boolean {
  if (role === 'operator') return true;
  if (inWordsOfOperators.has(record.kind) || isOfOperator(record)) return false;
  return record.kind !== 'failed' || record.party === id || saidIn(record, 'reason') === undefined;
}

/** Who took a step, as the viewer is told: of operators that it was one. */
export const partyFor = ({ role }: Viewer, record: Told): string | undefined => (role !== 'operator' && isOfOperator(record) ? 'operator' : record.party);

/** That the party of a record is an operator: its name stands beside those of partners and agencies, and is told to operators alone. */
export const lookedBy = ({ role, id: party }: Viewer): Pick<EvidenceRecord, 'party' | 'detail'> =>
  role === 'operator' ? { party, detail: { by: role } } : { party };

const isOfOperator = (record: Told): boolean => (record.kind === 'read' || record.kind === 'exported') && saidIn(record, 'by') === 'operator';

const saidIn = ({ detail }: Told, name: string): Json | undefined =>
  typeof detail === 'object' && detail !== null ? (detail as { readonly [name: string]: Json })[name] : undefined;

/** The receipt of a step, without a record that is not the viewer's; without its salt nobody can try what it may say. */
export const receiptFor = (viewer: Viewer, record: Told | undefined, receipt: Receipt): Receipt =>
  record === undefined || isRecordDisclosed(viewer, record) ? receipt : { ...receipt, record: '', salt: '' };

/** What a sender is shown: what it sent, its facts, and what it was answered. */
export const isForPartner = (stage: string): boolean =>
  ['original', 'canonical', 'report'].includes(stage) || /^(contrl|acknowledgement|errors)(-\d+)?$/.test(stage) || stage.startsWith(answerStage(''));

/** A bundle for whoever sent it, or for an agency, with its own document. */
export function bundleView(viewer: Viewer, isSender: boolean): BundleView {
  const { role, id } = viewer;
  if (role === 'operator') return wholeView(id);
  const content: BundleView['content'] = ({ stage }) => (isSender ? isForPartner(attemptless(stage)) : attemptless(stage) === id);
  return { party: id, step: ({ record }) => isDisclosed(viewer, record), record: (record) => isRecordDisclosed(viewer, record), content };
}
