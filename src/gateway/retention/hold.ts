import type { Owner, Store } from '../../store/store.ts';

/** Keeps a message, and with it its interchange, until the operator lets it go; recorded. Undefined where there is no such message. */
export async function holdMessage(
  { store }: { readonly store: Pick<Store, 'retention' | 'commit' | 'state'> },
  message: Owner,
  held: boolean,
  operator: string,
): Promise<{ readonly id: string; readonly held: boolean } | undefined> {
  const state = await store.state(message);
  if (!state) return undefined;
  if ((await store.retention.isHeld(message)) === held) return { id: message, held };
  const of = message === state.interchange ? { interchange: message } : { interchange: state.interchange, message };
  await store.commit({ holds: [{ message, held }], records: [{ kind: held ? 'hold' : 'hold-released', ...of, detail: { by: operator } }] });
  return { id: message, held };
}
