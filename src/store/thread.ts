import { once } from 'node:events';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openStore, type Before, type OwnStore } from './open.ts';
import { isOfDisk, StoreError } from './fault.ts';
import type { Claim } from './queue.ts';
import type { Batch, Committed, ContentId } from './store.ts';
import type { Answer, Failed, Request, ThreadOptions, Told } from './threaded.ts';

/** The other side of `threaded.ts`: the store itself, and its one owner. */
const port = parentPort!;
const options = workerData as ThreadOptions;
let store: OwnStore | undefined; // undefined where it was closed, since its disk failed, and could not be opened again yet
let before: Before | undefined;
let isAnew = false; // it was opened again, and who asks was not told yet
try {
  store = openStore(options);
  port.postMessage({ no: 0, value: undefined } satisfies Answer);
} catch (error) {
  port.postMessage({ no: 0, ...failed(error) } satisfies Answer);
}
if (store) serve();

function serve(): void {
  const calls: Readonly<Record<Extract<Request, { call: string }>['call'], (...args: never[]) => unknown>> = {
    claim: (kinds: readonly string[], limit: number) => held((owned) => owned.claim(kinds, limit)),
    nextDue: (kinds: readonly string[]) => held((owned) => owned.nextDue(kinds)),
    claimFrom: (kind: string, claims: readonly Claim[]) => held((owned) => owned.claimFrom(kind, claims)),
    queues: (kind: string) => held((owned) => owned.queues(kind)),
    release: (ids: readonly number[]) => ids.forEach((id) => (store?.before ?? before)?.claimed.delete(id)),
    publish: () => held((owned) => owned.publish()),
    probe,
    backup: (file: string) => held((owned) => owned.backup(file)),
    stage: (id: ContentId & { readonly media: string }, from: MessagePort) => held((owned) => owned.stage(id, received<Uint8Array>(from))),
    commitParts: (from: MessagePort) => held(async (owned) => told(await owned.commitParts(received<Batch>(from)))),
    close: () => store?.close(),
  };
  port.on('message', (request: Request) => {
    const { no } = request;
    if ('batches' in request) return void Promise.all(request.batches.map(committed)).then((all) => port.postMessage({ no, committed: all } satisfies Answer));
    void answerOf(() => calls[request.call](...(request.args as never[]))).then((answer) => {
      port.postMessage({ no, ...answer } satisfies Answer);
      if (request.call === 'close') port.close();
    });
  });

  async function committed(batch: Batch): Promise<Told | Failed> {
    try {
      return await held(async (owned) => told(await owned.commit(batch)));
    } catch (error) {
      return failed(error);
    }
  }
}

/** What is still under way in a store that was closed ends with it, whatever it says: nothing is wrong with what was asked. */
async function held<T>(work: (owned: OwnStore) => Promise<T>): Promise<T> {
  const owned = store;
  try {
    if (owned) return await work(owned);
  } catch (error) {
    if (owned === store) throw error;
  }
  throw new StoreError('STORE_HALTED');
}

/** Rejects where nothing can be written. Whether it was opened again since the last time, as a start does, because its disk had failed. */
async function probe(): Promise<boolean> {
  try {
    await store?.probe();
  } catch (error) {
    if (!isOfDisk(error)) throw error;
    const former = store!;
    before = former.before;
    store = undefined;
    await former.close().catch(() => undefined);
  }
  if (!store) {
    store = openStore(options, before);
    isAnew = true;
    await store.probe();
  }
  const was = isAnew;
  isAnew = false;
  return was;
}

function told({ receipt: _receipt, receiptText, ...rest }: Committed): Told {
  return { receipt: rest.indexes.length > 0 || rest.verdict === 'duplicate' ? receiptText() : undefined, ...rest };
}

async function answerOf(run: () => unknown): Promise<{ readonly value: unknown } | Failed> {
  try {
    return { value: await run() };
  } catch (error) {
    return failed(error);
  }
}

/** What comes through a port piece by piece, each asked for when the one before it was taken. Where nobody is there to send the rest it is not whole. */
async function* received<T>(from: MessagePort): AsyncGenerator<T> {
  const closed = once(from, 'close').then((): never => {
    throw new Error('the sender went away');
  });
  closed.catch(() => undefined);
  try {
    for (;;) {
      const [piece] = (await Promise.race([once(from, 'message'), closed])) as [T | undefined];
      if (!piece) return;
      yield piece;
      from.postMessage(true);
    }
  } finally {
    from.close();
  }
}

function failed(error: unknown): Failed {
  if (error instanceof StoreError) return { failed: { code: error.code, args: error.args } };
  const other = error instanceof Error ? error : new Error(String(error));
  return { failed: { error: other, own: { ...other } } };
}
