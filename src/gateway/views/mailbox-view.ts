import { createHash } from 'node:crypto';
import type { State } from '../../store/state.ts';
import type { Batch, InboxItem, Json, ReadStore } from '../../store/store.ts';
import { isTestSide } from '../../partners/test-mode.ts';
import { messageState } from '../outcome/fates.ts';
import type { Gateway } from '../gateway.ts';
import { interchangeOf, iso, type Viewer } from './view.ts';

/** The mailbox from a cursor on; numbers leave no gaps, so that one that is missing shows. */
export async function inboxPage(store: ReadStore, viewer: Viewer, after: number, limit: number): Promise<Json> {
  const items = await store.inbox(viewer.id, after, limit);
  const shown = await Promise.all(
    items.map(async ({ number, kind, message, at, receipted, content }) => {
      const info = await store.contentInfo(content);
      return {
        number,
        kind,
        interchange: interchangeOf(content.owner),
        message: message ?? null,
        at: iso(at),
        receipted: receipted === undefined ? null : iso(receipted),
        media: info?.media ?? null,
        size: info?.size ?? 0,
        content: `/v1/inbox/${number}`,
        ...((await isOfTest(store, viewer, message)) ? { test: true } : {}),
      };
    }),
  );
  return { items: shown, next: items.at(-1)?.number ?? after };
}

/** What came in test mode is told so, on the test side of an agency and to the sender. */
async function isOfTest(store: ReadStore, viewer: Viewer, message: string | undefined): Promise<boolean> {
  if (viewer.role === 'agency') return isTestSide(viewer.id);
  const detail = message === undefined ? undefined : (await store.state(message))?.detail;
  return (detail as { readonly test?: boolean } | undefined)?.test === true;
}

/** The receiver's receipt: evidence of delivery. Given twice, it is one. */
export async function acknowledgeItem(gateway: Gateway, viewer: Viewer, number: number, sha256: string | undefined): Promise<Json | 'absent' | 'differs'> {
  const { store, now } = gateway;
  const item = await store.inboxItem(viewer.id, number);
  if (!item) return 'absent';
  if (sha256 !== undefined) {
    const digest = createHash('sha256');
    for await (const chunk of store.contentChunks(item.content)) digest.update(chunk);
    if (digest.digest('hex') !== sha256) return 'differs';
  }
  if (item.receipted !== undefined) return { number, receipted: iso(item.receipted) };
  const state = item.message === undefined ? undefined : await store.state(item.message);
  await store.commit(receiptBatch(item, sha256, state)); // where another receipt was faster nothing is written
  if (item.message !== undefined) await gateway.expecting.heard(item.message, viewer.id);
  const after = await store.inboxItem(viewer.id, number);
  return { number, receipted: iso(after?.receipted ?? now()) };
}

function receiptBatch({ party, number, message, content }: InboxItem, sha256: string | undefined, state: State | undefined): Batch {
  const interchange = interchangeOf(message ?? content.owner);
  const detail = { number, ...(sha256 === undefined ? {} : { sha256 }) };
  const base: Batch = {
    receipts: [{ party, number }],
    records: [{ kind: 'delivered', interchange, ...(message === undefined ? {} : { message }), party, content, detail }],
  };
  // Who has answered it has got it: its answer stands.
  if (message === undefined || state?.agencies[party] !== 'sent') return base;
  return { ...base, states: [{ id: message, interchange, state: messageState, agencies: { [party]: 'delivered' } }] };
}
