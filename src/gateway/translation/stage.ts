import type { Store } from '../../store/store.ts';
import { isSpilled, piecesOf, type Document } from './document.ts';
import { messageId, type TranslateJob } from '../outcome/jobs.ts';
import type { Output, TranslatedInterchange, TranslatedMessage, Translation } from './translate.ts';

/** Hands the documents that have no room in memory to the store, piece by piece. They belong to nothing until the outcome names them. */
export async function stageDocuments(store: Pick<Store, 'stage'>, { interchange }: TranslateJob, translation: Translation): Promise<Translation> {
  const { spill } = translation;
  if (!spill) return translation;
  let count = 0;
  const stage = async (owner: string, stage: string, media: string, document: Document): Promise<Document> =>
    isSpilled(document) ? store.stage({ owner, stage, media }, piecesOf(document, spill)) : document;
  const interchanges: TranslatedInterchange[] = [];
  for (const each of translation.interchanges) {
    const messages: TranslatedMessage[] = [];
    for (const message of each.messages) {
      const owner = messageId(interchange, ++count);
      const canonical = message.canonical && (await stage(owner, 'canonical', 'application/json', message.canonical));
      const outputs: Output[] = [];
      for (const output of message.outputs) outputs.push({ ...output, bytes: await stage(owner, output.agency, output.media, output.bytes) });
      messages.push({ ...message, canonical, outputs });
    }
    interchanges.push({ ...each, messages });
  }
  return { ...translation, interchanges };
}
