import { once } from 'node:events';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openStore } from './open.ts';
import { StoreError, type Batch, type ContentId, type Store } from './store.ts';
import type { Answer, Failed, Request, ThreadOptions, Told } from './threaded.ts';

/** The other side of `threaded.ts`: the store itself, and its one owner. */
const port = parentPort!;
let store: Store | undefined;
try {
  store = openStore(workerData as ThreadOptions);
  port.postMessage({ no: 0, value: undefined } satisfies Answer);
} catch (error) {
  port.postMessage({ no: 0, ...failed(error) } satisfies Answer);
}
if (store) serve(store);

function serve(owned: Store): void {
  const calls: Readonly<Record<Extract<Request, { call: string }>['call'], (...args: never[]) => unknown>> = {
    claim: (kinds: readonly string[], limit: number) => owned.claim(kinds, limit),
    nextDue: (kinds: readonly string[]) => owned.nextDue(kinds),
    release: (ids: readonly number[]) => owned.release(ids),
    publish: () => owned.publish(),
    backup: (file: string) => owned.backup(file),
    stage: (id: ContentId & { readonly media: string }, from: MessagePort) => owned.stage(id, received(from)),
    close: () => owned.close(),
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
      const { receipt: _receipt, receiptText, ...told } = await owned.commit(batch);
      return { ...told, receipt: told.indexes.length > 0 || told.verdict === 'duplicate' ? receiptText() : undefined };
    } catch (error) {
      return failed(error);
    }
  }
}

async function answerOf(run: () => unknown): Promise<{ readonly value: unknown } | Failed> {
  try {
    return { value: await run() };
  } catch (error) {
    return failed(error);
  }
}

/** The pieces that come through a port, until there are no more or nobody is there to send them; each is asked for when the one before it was taken. */
async function* received(from: MessagePort): AsyncGenerator<Uint8Array> {
  const closed = once(from, 'close').then((): [undefined] => [undefined]);
  try {
    for (;;) {
      const [piece] = (await Promise.race([once(from, 'message'), closed])) as [Uint8Array | undefined];
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
