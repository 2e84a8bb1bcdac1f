import type { Owner, ReadStore, Store } from '../../store/store.ts';

/** What an operator keeps although its time may be over. */
export interface Held {
  readonly id: Owner; // of a message, or of an interchange
  readonly since: string;
  readonly by: string;
  readonly note: string;
}

interface HoldDetail {
  readonly by: string;
  readonly note?: string;
}

/** Keeps a message, and with it its interchange, until an operator lets it go; recorded. Undefined where there is no such message. */
export async function holdMessage(
  { store }: { readonly store: Pick<Store, 'retention' | 'commit' | 'state'> },
  message: Owner,
  held: boolean,
  { by, note }: HoldDetail,
): Promise<{ readonly id: string; readonly held: boolean } | undefined> {
  const state = await store.state(message);
  if (!state) return undefined;
  if ((await store.retention.isHeld(message)) === held) return { id: message, held };
  const of = message === state.interchange ? { interchange: message } : { interchange: state.interchange, message };
  const detail = { by, ...(note === undefined || note === '' ? {} : { note }) };
  await store.commit({ holds: [{ message, held }], records: [{ kind: held ? 'hold' : 'hold-released', ...of, detail }] });
  return { id: message, held };
}

/** What is held, by id; `next` is the `after` of the following page. */
export async function listHolds(
  store: Pick<ReadStore, 'retention' | 'timeline'>,
  after = '',
  limit = 100,
): Promise<{ readonly items: readonly Held[]; readonly next: string | null }> {
  const ids = await store.retention.holds(after, limit);
  const items = await Promise.all(
    ids.map(async (id): Promise<Held> => {
      const step = (await store.timeline(id)).findLast(({ record }) => record?.kind === 'hold' && (record.message ?? record.interchange) === id);
      const { by, note = '' } = (step?.record?.detail ?? { by: '' }) as unknown as HoldDetail;
      return { id, since: step?.at ?? '', by, note };
    }),
  );
  return { items, next: ids.length === limit ? ids.at(-1)! : null };
}
