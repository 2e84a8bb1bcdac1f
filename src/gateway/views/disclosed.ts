import { wholeView, type BundleView } from '../../store/bundle.ts';
import type { EvidenceRecord, RecordKind } from '../../store/store.ts';
import { answerStage } from '../answers/answer-outcome.ts';
import { attemptless } from '../delivery/replayed.ts';
import type { Viewer } from './view.ts';

/** Which steps and which bytes a viewer is shown of what it may know of: in a timeline, a proof and a bundle the same. */

/** That something is kept for a case, and for which, is between operators: who sent it would be warned. */
const ofOperators: ReadonlySet<RecordKind> = new Set(['hold', 'hold-released']);

/** An agency is disclosed the steps of which it is the party, a partner all but those of operators; `undefined` is a record that was erased. */
export function isDisclosed({ role, id }: Viewer, record: EvidenceRecord | undefined): boolean {
  if (role === 'operator') return true;
  return role === 'agency' ? record?.party === id : record === undefined || !ofOperators.has(record.kind);
}

/** What a sender is shown: what it sent, its facts, and what it was answered. */
export const isForPartner = (stage: string): boolean =>
  ['original', 'canonical', 'report'].includes(stage) || /^(contrl|acknowledgement|errors)(-\d+)?$/.test(stage) || stage.startsWith(answerStage(''));

/** A bundle for whoever sent it, or for an agency, with its own document. */
export function bundleView(viewer: Viewer, isSender: boolean): BundleView {
  const { role, id } = viewer;
  if (role === 'operator') return wholeView(id);
  const content: BundleView['content'] = ({ stage }) => (isSender ? isForPartner(attemptless(stage)) : attemptless(stage) === id);
  return { party: id, step: ({ record }) => isDisclosed(viewer, record), content };
}
