import type { ContentId, ReadStore } from '../../store/store.ts';
import type { ReplayOf } from '../delivery/replayed.ts';
import { messageId } from '../outcome/jobs.ts';
import type { Translation } from '../translation/translate.ts';
import { acknowledgementStage } from './acknowledge.ts';

/**
 * The acknowledgement that says that a message was accepted after all: who was told that it was rejected is told so, once, since from then on it
 * is not rejected. What was acknowledged before, and only held or sent to nobody, is not acknowledged again. An acknowledgement speaks of the
 * whole interchange: where another message of it would be judged otherwise today than it stands, that would be told with it and be wrong, so none is sent.
 */
export async function answerAgain(
  store: Pick<ReadStore, 'state' | 'messagesOf'>,
  { message }: ReplayOf,
  { interchanges }: Translation,
): Promise<ContentId | undefined> {
  const before = await store.state(message);
  if (before?.state !== 'rejected' || Object.keys(before.agencies).length > 0) return undefined; // or an agency rejected it, and its sender has that
  const { interchange: owner } = before;
  let first = 0;
  for (const [i, { interchange, messages }] of interchanges.entries()) {
    const ids = messages.map((_, n) => messageId(owner, first + n + 1));
    first += messages.length;
    const at = ids.indexOf(message);
    if (at < 0) continue;
    const stood = new Map((await store.messagesOf(owner)).map(({ id, state, agencies }) => [id, state === 'rejected' && Object.keys(agencies).length === 0]));
    const isAsTold = messages.every(({ state }, n) => n === at || (state === 'rejected') === stood.get(ids[n]!));
    const stage = acknowledgementStage(interchange.syntax);
    return messages[at]!.state !== 'rejected' && isAsTold ? { owner, stage: i === 0 ? stage : `${stage}-${i + 1}` } : undefined;
  }
  return undefined;
}
