import { digestByMicalg } from '../../../src/channels/as2/algorithms.ts';
import { micOf } from '../../../src/channels/as2/slices.ts';
import { readNotice, type Receipt as Notice } from '../../../src/channels/as2/mdn.ts';
import { fieldOf, partsOf, readEntity, readParameters, type Entity } from '../../../src/channels/as2/mime.ts';
import { openEvidence } from '../../../src/store/evidence-source.ts';
import { readStore } from '../../../src/store/open.ts';
import { verifyReceipt, type Receipt } from '../../../src/store/receipt.ts';
import type { ReadStore, Step } from '../../../src/store/store.ts';
import { verifyStore } from '../../../src/store/verify-store.ts';
import type { Party } from './parties.ts';

/** What the gateway said when it took something: a receipt of its log, or an MDN. */
export interface Said {
  readonly receipt?: Receipt;
  readonly mdn?: Uint8Array;
}

/** What was taken, by reference: who sent which bytes, and what it was told. */
export type Accepted = Map<string, { readonly party: Party; readonly at: number; readonly bytes: Buffer; readonly said: (Said | undefined)[] }>;

/**
 * What was said to be taken, and is not in the log as it was sent: each receipt, each MDN, and each interchange, whatever said so (202, MDN,
 * a file gone, a mail moved). And what is wrong with the store itself.
 */
export async function unbacked(data: string, accepted: Accepted): Promise<string[]> {
  const wrong: string[] = [];
  const store = readStore(data);
  try {
    const size = await store.size();
    for (const [reference, { party, bytes, said }] of accepted) {
      const of = `${reference} of ${party.id}`;
      const [state] = (await store.search({ reference, limit: 1 })).items;
      const received =
        state && (await store.timeline(state.interchange)).find(({ record }) => record?.kind === 'received' && record.interchange === state.interchange);
      const shown = received && (await store.receipt(received.index, size));
      const original = state && (await store.content({ owner: state.interchange, stage: 'original' }));
      if (!shown || 'broken' in verifyReceipt(shown, store.verifierKey)) wrong.push(`${of}: it was taken by ${party.sends}, and the log does not say so`);
      else if (!original || !bytes.equals(original)) wrong.push(`${of}: other bytes are kept than came by ${party.sends}`);
      for (const { receipt, mdn } of said.flatMap((each) => each ?? [])) {
        if (receipt && ('broken' in verifyReceipt(receipt, store.verifierKey) || receipt.index !== received?.index || receipt.record !== shown?.record))
          wrong.push(`${of}: its receipt is of another entry`);
        const fault = mdn && (await mdnFault(store, mdn, received));
        if (fault) wrong.push(`${of}: ${fault}`);
      }
      if (party.sends === 'as2' && !said.every((each) => each?.mdn)) wrong.push(`${of}: it was taken by AS2 without an MDN`);
    }
  } finally {
    await store.close();
  }
  const evidence = openEvidence(data);
  const verified = verifyStore(evidence);
  evidence.close();
  if (!verified.ok) wrong.push(`the store does not verify: ${verified.findings.map(({ code }) => code).join(', ')}`);
  return wrong;
}

/** An MDN is backed where an entry says that its message was received, and what is kept of that message has the integrity check that the MDN states. */
async function mdnFault(store: ReadStore, mdn: Uint8Array, received: Step | undefined): Promise<string | undefined> {
  const notice = noticeIn(readEntity(mdn));
  if (!notice) return 'its MDN cannot be read';
  const { key } = (received?.record?.detail ?? {}) as { readonly key?: string };
  if (key === undefined || bare(key) !== bare(notice.originalMessageId)) return `its MDN is about ${notice.originalMessageId}, and the entry about ${key}`;
  const signed = await store.content({ owner: received!.record!.interchange!, stage: 'proof' });
  const [content] = signed ? inside(readEntity(signed)) : [];
  const digest = digestByMicalg(notice.mic?.word ?? '');
  if (!content || !digest) return 'what was signed is not kept, or its MDN has no integrity check';
  const kept = await micOf(digest, [content]);
  return kept === notice.mic?.value ? undefined : `its MDN states ${notice.mic?.value}, and what is kept has ${kept}`;
}

const bare = (id = ''): string => id.trim().replace(/^<|>$/g, '');
const inside = (entity: Entity): Uint8Array[] => partsOf(entity.body, readParameters(fieldOf(entity, 'content-type') ?? '').parameters['boundary'] ?? '');

/** Of what is signed, or by itself. */
const noticeIn = (entity: Entity): Notice | undefined =>
  readNotice(entity) ?? inside(entity).map((part) => readNotice(readEntity(part))).find((each) => each !== undefined); // prettier-ignore
