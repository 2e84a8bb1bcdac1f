import type { ReadStore } from '../../store/store.ts';
import { isSpilled, piecesOf, type Document } from './document.ts';
import { isGiven } from '../outcome/fates.ts';
import type { FoldRequest } from './fold-request.ts';
import type { StoredMessage } from './folding.ts';
import { messageId, ownReference, type TranslateJob } from '../outcome/jobs.ts';
import type { TranslatedInterchange, TranslatedMessage, Translation } from './translate.ts';
import type { Translator } from './translator.ts';

const most = 500; // messages about one document

/** Whoever wants a turn at something waits until those before have given it back. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  async take(of: string): Promise<() => void> {
    const before = this.#last.get(of);
    let end = (): void => undefined;
    const mine = new Promise<void>((resolve) => (end = resolve));
    this.#last.set(of, mine);
    await before;
    return () => {
      if (this.#last.get(of) === mine) this.#last.delete(of);
      end();
    };
  }
}

export const needsHistory = ({ interchanges }: Translation): boolean =>
  interchanges.some(({ messages }) => messages.some(({ folds = [] }) => folds.length > 0));

/** A message about a document that is known, or that stands before in the same interchange. */
interface Known extends StoredMessage {
  readonly document: string;
  readonly agencies: Readonly<Record<string, string>>;
}

/**
 * Makes the deliveries that depend on what came before. Nobody else may be at it for the same sender meanwhile, until the outcome
 * is committed (`Turns`): two changes of one document must know of each other.
 */
export async function withHistory(store: ReadStore, job: TranslateJob, translation: Translation, translator: Translator): Promise<Translation> {
  const interchanges: TranslatedInterchange[] = [];
  const here: Known[] = [];
  let count = 0;
  for (const each of translation.interchanges) {
    const messages: TranslatedMessage[] = [];
    for (const message of each.messages) {
      const id = messageId(job.interchange, ++count);
      messages.push(message.folds?.length ? await folded(message, id, message.folds) : message);
    }
    interchanges.push({ ...each, messages });
  }
  return { ...translation, interchanges };

  async function folded(message: TranslatedMessage, id: string, folds: readonly FoldRequest[]): Promise<TranslatedMessage> {
    const [{ document, map, path }] = folds as readonly [FoldRequest];
    const canonical = bytesOf(message.canonical!, translation);
    const known = [...(await before(store, job, document, path)), ...here.filter((each) => each.document === document)];
    const outputs = [...message.outputs];
    for (const request of folds) {
      const { agency } = request.delivery;
      const own: Known = { id, map, canonical, document, agencies: {}, waits: false };
      const messages = [...known, own].map((one): StoredMessage => {
        return { id: one.id, map: one.map, canonical: one.canonical, waits: one.agencies[agency] === 'waiting' };
      });
      const delivered = known.some(({ agencies }) => ['queued', 'deliver'].includes(agencies[agency] ?? '') || isGiven(agencies[agency]));
      const reference = ownReference(job.interchange, message.header.index);
      outputs.push(
        await translator.fold({
          request,
          partner: job.partner,
          header: message.header,
          before: message.findings,
          messages,
          delivered,
          reference,
          receivedAt: job.receivedAt,
        }),
      );
    }
    here.push({ id, map, canonical, document, waits: false, agencies: Object.fromEntries(outputs.map(({ agency, fate }) => [agency, fate])) });
    return { ...message, outputs };
  }
}

/** The messages of the same sender about a document, in the order in which they came. What was erased or rejected says nothing any more. */
async function before(store: ReadStore, job: TranslateJob, document: string, path: string): Promise<Known[]> {
  const { items } = await store.search({ reference: document, exact: true, paths: [path], partner: job.partner, limit: most });
  const found: Known[] = [];
  for (const { id, agencies, state, detail, interchange } of items) {
    if (state === 'rejected' || interchange === job.interchange) continue;
    const canonical = await store.content({ owner: id, stage: 'canonical' });
    const map = (detail as { readonly map?: string | null } | undefined)?.map?.replace(/@.*$/, '');
    if (canonical && map !== undefined) found.push({ id, map, canonical, document, agencies, waits: false });
  }
  return found.sort((a, b) => order(a.id, b.id));
}

/** By interchange, whose ids tell when they came, then by message. */
function order(a: string, b: string): number {
  const [one = '', first = '0'] = a.split('-');
  const [other = '', second = '0'] = b.split('-');
  return one === other ? Number(first) - Number(second) : one < other ? -1 : 1;
}

function bytesOf(document: Document, { spill }: Translation): Uint8Array {
  if (isSpilled(document)) return Buffer.concat([...piecesOf(document, spill!)]);
  if (document instanceof Uint8Array) return document;
  throw new Error('a document was handed to the store before it was folded');
}
