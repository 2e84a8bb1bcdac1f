import { tmpdir } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { libraryOf } from './library.ts';
import { foldDocument } from './folding.ts';
import { reply, type Reply } from './reply.ts';
import { SpillFile } from './spill-file.ts';
import { slices } from './slices.ts';
import { translate, type Output, type TranslatedMessage } from './translate.ts';
import type { Answer, Request, WorkerSources } from './translator.ts';

/** The other side of `TranslatorPool`: a library made of the same texts, the same configuration, and one pure function. */
const { sources, configuration: inForce } = workerData as WorkerSources;
const library = libraryOf(sources);
await library.loadSchemas();

/** What translations left outside the memory, until it was read. */
const spills = new Map<number, SpillFile>();

/** What is left to be handed over of the translation before. */
let rest:
  | { readonly slices: Iterator<readonly TranslatedMessage[]>; next: readonly TranslatedMessage[]; readonly of: ReadonlyMap<TranslatedMessage, number> }
  | undefined;

parentPort!.on('message', (asked: Request) => {
  const { no } = asked;
  if ('release' in asked) {
    spills.get(no)?.close();
    spills.delete(no);
    return;
  }
  if ('more' in asked) return handOver(no);
  const configuration = { ...inForce, partners: asked.partners };
  if ('reply' in asked) return answerFor(no, () => reply(asked.reply, library, configuration));
  if ('fold' in asked) return answerFor(no, () => foldDocument(asked.fold, library, configuration));
  let answer: Answer;
  const spill = new SpillFile(tmpdir());
  try {
    const translation = translate(asked.input, library, configuration, spill);
    if (translation.spill) spills.set(no, spill);
    else spill.close();
    const all = translation.interchanges.flatMap(({ messages }) => messages);
    const parts = slices(all);
    const first = parts.next().value ?? [];
    const whole = first.length === all.length;
    if (whole) answer = { no, translation, whole };
    else {
      rest = {
        slices: parts,
        next: first,
        of: new Map(translation.interchanges.flatMap(({ messages }, i) => messages.map((message) => [message, i] as const))),
      };
      answer = { no, whole, translation: { ...translation, interchanges: translation.interchanges.map((each) => ({ ...each, messages: [] })) } };
    }
  } catch (error) {
    spill.close();
    answer = { no, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  parentPort!.postMessage(answer, 'translation' in answer ? buffersOf(answer.translation.interchanges.flatMap(({ messages }) => messages)) : []);
});

function answerFor(no: number, make: () => Reply | Output | undefined): void {
  let answer: Answer;
  try {
    answer = { no, replied: make() };
  } catch (error) {
    answer = { no, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  parentPort!.postMessage(answer);
}

function handOver(no: number): void {
  if (!rest) return;
  const { next, of } = rest;
  const following = rest.slices.next();
  if (following.done) rest = undefined;
  else rest.next = following.value;
  const messages = next.map((message) => ({ of: of.get(message)!, message }));
  parentPort!.postMessage({ no, messages, last: following.done === true } satisfies Answer, buffersOf(next));
}

/** Large documents change hands instead of being copied. Small ones may share memory with others and are copied. */
function buffersOf(messages: readonly TranslatedMessage[]): ArrayBuffer[] {
  const documents = messages.flatMap(({ canonical, outputs }) => [canonical, ...outputs.map(({ bytes }) => bytes)]);
  const whole = documents.flatMap((bytes) =>
    bytes instanceof Uint8Array && bytes.length > 65_536 && bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer as ArrayBuffer] : [],
  );
  return [...new Set(whole)];
}

parentPort!.postMessage('ready' satisfies Answer);
