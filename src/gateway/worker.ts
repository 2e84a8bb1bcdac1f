import { tmpdir } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { libraryOf, loadConfigurationFiles } from './library.ts';
import { SpillFile } from './spill-file.ts';
import { translate, type Translation, type TranslationInput } from './translate.ts';
import type { Answer, WorkerSources } from './translator.ts';

/** The other side of `TranslatorPool`: the same library and configuration, made of the same texts, and one pure function. */
const { sources, configuration: files } = workerData as WorkerSources;
const library = libraryOf(sources);
await library.loadSchemas();
const { configuration } = loadConfigurationFiles(files, library);
if (!configuration) throw new Error('the configuration has errors');

/** What translations left outside the memory, until it was read. */
const spills = new Map<number, SpillFile>();

parentPort!.on('message', (asked: { readonly no: number } & ({ readonly input: TranslationInput } | { readonly release: true })) => {
  const { no } = asked;
  if ('release' in asked) {
    spills.get(no)?.close();
    spills.delete(no);
    return;
  }
  let answer: Answer;
  const spill = new SpillFile(tmpdir());
  try {
    const translation = translate(asked.input, library, configuration, spill);
    if (translation.spill) spills.set(no, spill);
    else spill.close();
    answer = { no, translation };
  } catch (error) {
    spill.close();
    answer = { no, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  parentPort!.postMessage(answer, 'translation' in answer ? buffersOf(answer.translation) : []);
});
/** Large documents change hands instead of being copied. Small ones may share memory with others and are copied. */
function buffersOf({ interchanges }: Translation): ArrayBuffer[] {
  const documents = interchanges.flatMap(({ messages }) => messages.flatMap(({ canonical, outputs }) => [canonical, ...outputs.map(({ bytes }) => bytes)]));
  const whole = documents.flatMap((bytes) =>
    bytes instanceof Uint8Array && bytes.length > 65_536 && bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer as ArrayBuffer] : [],
  );
  return [...new Set(whole)];
}

parentPort!.postMessage('ready' satisfies Answer);
