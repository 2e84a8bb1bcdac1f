import { once } from 'node:events';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openStore, type OwnStore } from './open.ts';
import { StoreError } from './fault.ts';
import type { Claim } from './queue.ts';
import { Reopening } from './reopening.ts';
import type { Batch, Committed, ContentId } from './store.ts';
import type { Answer, Failed, Request, ThreadOptions, Told } from './threaded.ts';

/** The other side of `threaded.ts`: the store itself, and its one owner. */
const port = parentPort!;
const options = workerData as ThreadOptions;
let owner: Reopening<OwnStore> | undefined;
try {
  owner = new Reopening((before) => openStore(options, before));
  port.postMessage({ no: 0, value: owner.store!.place } satisfies Answer);
} catch (error) {
  port.postMessage({ no: 0, ...failed(error) } satisfies Answer);
}
if (owner) serve(owner);

function serve(own: Reopening<OwnStore>): void {
  const held = <T>(work: (owned: OwnStore) => Promise<T>): Promise<T> => own.held(work);
  const calls: Readonly<Record<Extract<Request, { call: string }>['call'], (...args: never[]) => unknown>> = {
    claim: (kinds: readonly string[], limit: number) => held((owned) => owned.claim(kinds, limit)),
    nextDue: (kinds: readonly string[]) => held((owned) => owned.nextDue(kinds)),
    claimFrom: (kind: string, claims: readonly Claim[]) => held((owned) => owned.claimFrom(kind, claims)),
    queues: (kind: string) => held((owned) => owned.queues(kind)),
    release: (ids: readonly number[]) => ids.forEach((id) => own.before.claimed.delete(id)),
    publish: () => held((owned) => owned.publish()),
    probe: () => own.probe(),
    backup: (file: string) => held((owned) => owned.backup(file)),
    stage: (id: ContentId & { readonly media: string }, from: MessagePort) => held((owned) => owned.stage(id, received<Uint8Array>(from))),
    commitParts: (from: MessagePort) => held(async (owned) => told(await owned.commitParts(received<Batch>(from)))),
    close: () => own.close(),
  };
  port.on('message', (request: Request) => {
    const { no } = request;
    if ('batches' in request) return commitAll(no, request.batches);
    void answerOf(() => calls[request.call](...(request.args as never[]))).then((answer) => {
      port.postMessage({ no, ...answer } satisfies Answer);
      if (request.call === 'close') port.close();
    });
  });

  /** One answer for the group, when the last of it has its fate. */
  function commitAll(no: number, batches: readonly Batch[]): void {
    const owned = own.store;
    const fates = new Array<Told | Failed>(batches.length);
    let open = batches.length;
    const fated = (n: number, fate: Told | Failed): void => {
      fates[n] = fate;
      if (--open === 0) port.postMessage({ no, committed: fates } satisfies Answer);
    };
    batches.forEach((batch, n) => {
      const reject = (error: unknown): void => fated(n, failed(own.errorOf(error, owned)));
      if (!owned) return reject(undefined);
      const resolve = (committed: Committed): void => {
        try {
          fated(n, told(committed));
        } catch (error) {
          reject(error);
        }
      };
      owned.take(batch, resolve, reject);
    });
  }
}

function told({ verdict, at, previous, key, indexes, jobs, inbox, receiptJson }: Committed): Told {
  return { verdict, at, previous, key, indexes, jobs, inbox, receipt: indexes.length > 0 || verdict === 'duplicate' ? receiptJson() : '' };
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
