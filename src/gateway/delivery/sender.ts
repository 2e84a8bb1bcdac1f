import type { Handed, Outgoing, Parcel } from '../../channels/channel.ts';
import { networkFault } from '../../channels/faults.ts';
import type { Job } from '../../store/queue.ts';
import type { Store } from '../../store/store.ts';
import type { Report } from './dispatch.ts';
import { attemptOf, bulky, deliveryId, type DeliverJob } from '../outcome/jobs.ts';
import { Room } from '../translation/room.ts';
import { extensionOf } from '../translation/syntaxes.ts';

const patience = 60_000; // ms for one attempt, and more for what is large
const slowest = 32; // bytes a ms that a receiver must take
const grace = 5_000; // ms that a channel is given to end when its time is over

/** Hands one delivery to a channel: bytes when they are asked for, and an end to what takes too long. */
export class Sender {
  readonly #store: Pick<Store, 'contentInfo' | 'content' | 'contentChunks'>;
  readonly #report: Report;
  readonly #ending = new AbortController();
  // Apart, so that those who hold up what is large hold up nothing small.
  readonly #small = new Room(64 * 1024 * 1024);
  readonly #large = new Room(128 * 1024 * 1024);

  constructor(store: Pick<Store, 'contentInfo' | 'content' | 'contentChunks'>, report: Report) {
    this.#store = store;
    this.#report = report;
  }

  /** Ends whatever is under way. */
  abort(): void {
    this.#ending.abort(new DOMException('the gateway is being stopped', 'TimeoutError'));
  }

  async send(outgoing: Outgoing, job: Job, value: DeliverJob): Promise<Handed> {
    const info = await this.#store.contentInfo(value.content);
    if (!info || info.erased) return { state: 'failed', code: 'SEND_ERASED', reason: 'its content was erased' };
    const { parcel, free } = this.#parcel(job, value, info);
    const ms = patience + Math.round(info.size / slowest);
    const limit = AbortSignal.timeout(ms);
    const signal = AbortSignal.any([this.#ending.signal, limit]);
    let late: NodeJS.Timeout | undefined;
    const deaf = new Promise<Handed>((resolve) => {
      signal.addEventListener('abort', () => {
        const reason = this.#ending.signal.aborted ? 'the gateway was stopped' : `nothing was heard in ${Math.round(ms / 1000)} s`;
        late = setTimeout(() => resolve({ state: 'failed', code: 'SEND_TIMEOUT', reason }), grace);
      });
    });
    try {
      return await Promise.race([outgoing.send(parcel, signal), deaf]);
    } catch (error) {
      const { code, reason } = networkFault(error) ?? { code: 'SEND_INTERRUPTED' as const, reason: 'the channel failed' };
      this.#report({ event: 'channel threw', code: 'BUG', party: value.party, delivery: parcel.delivery, err: String((error as Error).stack ?? error) });
      return { state: 'failed', code, reason };
    } finally {
      clearTimeout(late);
      free();
    }
  }

  #parcel(job: Job, value: DeliverJob, { media, size }: { readonly media: string; readonly size: number }): { readonly parcel: Parcel; free(): void } {
    const { party, interchange, message, content, kind = 'message' } = value;
    const delivery = deliveryId(value);
    const store = this.#store;
    const room = size > bulky ? this.#large : this.#small;
    let free = (): void => undefined;
    let read: Promise<Uint8Array> | undefined;
    const bytes = async (): Promise<Uint8Array> => {
      free = await room.take(size);
      const found = await store.content(content);
      if (!found) throw new Error(`the content ${content.owner}/${content.stage} is gone`);
      return found;
    };
    const parcel: Parcel = {
      delivery,
      attempt: attemptOf(value, job),
      party,
      interchange,
      ...(message === undefined ? {} : { message }),
      kind,
      media,
      size,
      filename: `${delivery}.${extensionOf(media)}`,
      bytes: () => (read ??= bytes()),
      chunks: () => store.contentChunks(content),
    };
    return { parcel, free: () => free() };
  }
}
