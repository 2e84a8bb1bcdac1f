import type { ReadStore } from '../store/store.ts';
import { messageId, ownReference } from './outcome.ts';
import { nameOfAgency } from './pipeline.ts';
import type { TranslatedMessage, Translation } from './translate.ts';

/** The message of ours that an acknowledgement answers. */
export interface Question {
  readonly interchange: string;
  readonly message: string;
  readonly agency: string;
}

/** By the acknowledgement. */
export type Questions = ReadonlyMap<TranslatedMessage, Question>;

/**
 * For each acknowledgement the message of ours that it answers. Only the one to whom we sent it can answer, under the reference that
 * we gave to it; whatever else is acknowledged is recorded, and changes nothing.
 */
export async function findQuestions(store: ReadStore, { interchanges }: Translation): Promise<Questions> {
  const questions = new Map<TranslatedMessage, Question>();
  for (const { interchange, messages } of interchanges) {
    for (const message of messages) {
      const { answer } = message;
      if (!answer || message.state === 'rejected' || answer.recipient !== interchange.sender) continue;
      const { items } = await store.search({ reference: answer.reference, limit: 20 });
      for (const { id, interchange: asked, agencies } of items) {
        const agency = Object.keys(agencies).find((name) => nameOfAgency(name) === answer.recipient);
        const index = Number(id.split('-')[1]);
        if (agency === undefined || id !== messageId(asked, index) || ownReference(asked, index) !== answer.reference) continue;
        questions.set(message, { interchange: asked, message: id, agency });
        break;
      }
    }
  }
  return questions;
}
