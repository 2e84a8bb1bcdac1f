import type { State } from '../../store/state.ts';
import type { Json, ReadStore } from '../../store/store.ts';
import type { MessageDetail } from '../outcome/outcome.ts';

/**
 * The state of a message that a receipt announced, where it has none of its own: until its interchange is read, and where that cannot be, it
 * is as the interchange is. How many there are is not known before, so each that may be one is.
 */
export async function unreadState(store: ReadStore, message: string): Promise<State | undefined> {
  const [id = '', number = ''] = message.split('-');
  const interchange = /^[1-9]/.test(number) ? await store.state(id) : undefined;
  if (interchange?.state !== 'received' && interchange?.state !== 'failed') return undefined;
  const { findings = [] } = (interchange.detail ?? {}) as { readonly findings?: readonly Json[] };
  const detail: MessageDetail = {
    index: Number(number),
    reference: null,
    version: null,
    map: null,
    plan: null,
    atoms: null,
    findings,
    losses: [],
    lossCount: 0,
    outputs: [],
  };
  return { ...interchange, id: message, type: undefined, detail: detail as unknown as Json };
}
