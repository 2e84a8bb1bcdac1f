import type { Partner } from '../../partners/partner.ts';
import type { DuplicateKey } from '../../store/filings.ts';
import type { Batch, Committed, ReadStore, Store } from '../../store/store.ts';

/** What of a submission says whether it came before. */
interface Submitted {
  readonly id: string;
  readonly at: number; // ms since 1970
  readonly bytes: Uint8Array;
  readonly partner: Partner;
}

/**
 * Whether the same bytes were taken before under the first of these keys that was used: then nothing is taken of them but their receipt asked for again,
 * which no quota stands against. Whoever does not know whether it was accepted must be able to ask.
 */
export async function isRepeated(store: ReadStore, keys: readonly DuplicateKey[], { at, bytes, partner }: Submitted): Promise<boolean> {
  const { duplicateWindow } = partner.agreement;
  for (const { key, ofBytes } of keys) {
    const used = await store.usedBy(key);
    const state = used && !used.failed ? await store.state(used.owner) : undefined;
    if (!used || !state || (duplicateWindow > 0 && state.received + duplicateWindow <= at)) continue;
    if (ofBytes) return true;
    const content = { owner: used.owner, stage: 'original' };
    const info = await store.contentInfo(content);
    if (!info || info.erased || info.size !== bytes.length) return false;
    return Buffer.compare(bytes, (await store.content(content)) ?? Buffer.alloc(0)) === 0;
  }
  return false;
}

/**
 * Of what another party had sent before, for the same trader: it is not processed twice, and who sends it now is given a receipt of its own, since the first
 * one names whoever sent it then. Asked once more, it is given that again. Undefined where it was its own.
 */
export async function sentByAnother(store: Store, made: Batch, { previous }: Committed, { id, partner }: Submitted): Promise<Committed | undefined> {
  const first = previous === undefined ? undefined : await store.state(previous);
  if (!first || first.partner === undefined || first.partner === partner.id) return undefined;
  const content = { owner: id, stage: 'original' };
  const link = { kind: 'duplicate-of', id: first.id };
  return store.commit({
    duplicates: [{ key: ['again', partner.id, first.id].join('\0'), content, ofBytes: true }],
    ...(made.contents && { contents: made.contents }),
    records: (made.records ?? []).map((record) => ({ ...record, refs: [...(record.refs ?? []), link] })),
    states: (made.states ?? []).map((state) => ({ ...state, state: 'duplicate' })),
  });
}
