import { tmpdir } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { ConfigFile } from '../../partners/config.ts';
import { libraryOf, type Library } from '../library/library.ts';
import { foldDocument } from './folding.ts';
import { reply, type Reply } from '../answers/reply.ts';
import { SpillFile } from './spill-file.ts';
import { slices } from '../outcome/slices.ts';
import { translate, type Output, type TranslatedMessage } from './translate.ts';
import type { Answer, Editions, NextEdition, Picked, Request, WorkerSources } from './threads.ts';

/** The other side of `Threads`: for each edition a library made of the same texts, the same configuration, and one pure function. */
interface Edition {
  readonly by: WorkerSources;
  readonly library: Library;
}

const editions = new Map<number, Edition>();

/** Files of an edition: those that are the same as in the one before are the same objects. */
const take = (files: Picked, before: readonly ConfigFile[]): readonly ConfigFile[] => files.map((file) => (typeof file === 'number' ? before[file]! : file));

async function open(edition: number, by: WorkerSources, known?: Library): Promise<void> {
  const library = known ?? libraryOf(by.sources);
  if (!known) await library.loadSchemas();
  editions.set(edition, { by, library });
}

async function openNext({ edition, base, root, files, beside, configuration }: NextEdition): Promise<void> {
  const { by, library } = editions.get(base)!;
  const before = by.sources;
  const isSame = root === before.root && isAllOf(files, before.files) && isAllOf(beside, before.beside ?? []); // then so is what is made of them
  const sources = isSame ? before : { root, files: take(files, before.files), beside: take(beside, before.beside ?? []) };
  await open(edition, { sources, configuration }, isSame ? library : undefined);
}

const isAllOf = (files: Picked, before: readonly ConfigFile[]): boolean => files.length === before.length && files.every((file, i) => file === i);

for (const [edition, by] of workerData as Editions) await open(edition, by);

/** What translations left outside the memory, until it was read. */
const spills = new Map<number, SpillFile>();

/** What is left to be handed over of the translation before. */
let rest:
  | { readonly slices: Iterator<readonly TranslatedMessage[]>; next: readonly TranslatedMessage[]; readonly of: ReadonlyMap<TranslatedMessage, number> }
  | undefined;

/** One after the other: an edition is open before it is worked by. */
let turn = Promise.resolve();
parentPort!.on('message', (asked: Request) => {
  turn = turn.then(() => handle(asked));
});

async function handle(asked: Request): Promise<void> {
  if ('next' in asked) return openNext(asked.next);
  if ('drop' in asked) return void editions.delete(asked.drop);
  const { no } = asked;
  if ('release' in asked) {
    spills.get(no)?.close();
    spills.delete(no);
    return;
  }
  if ('more' in asked) return handOver(no);
  const { library, by } = editions.get(asked.edition)!;
  const configuration = { ...by.configuration, partners: asked.partners };
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
}

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
