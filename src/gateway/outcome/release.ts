import type { Batch, Json, Store } from '../../store/store.ts';
import type { Report } from '../delivery/dispatch.ts';
import { messageState } from './fates.ts';
import { deliverJob, laneOf } from './jobs.ts';
import { interchangeOf } from '../views/view.ts';

/** The agencies to which a message that was held now goes; none where nothing of it is held, or somebody else released it. */
export interface Released {
  readonly id: string;
  readonly agencies: readonly string[];
}

const unrouted = (batch: Batch): Batch => batch;

export interface Releasing {
  readonly store: Pick<Store, 'state' | 'contentInfo' | 'commit'>;
  newId(): string;
  readonly report: Report;
}

/**
 * What was held, because it lost something or came before, is delivered after all: an operator said so, and the record says who. Once:
 * of two who release at the same time one does. Undefined where there is no such message.
 */
export async function releaseHeld(gateway: Releasing, id: string, operator: string, routed = unrouted): Promise<Released | undefined> {
  const { store, report } = gateway;
  const state = await store.state(id);
  if (!state || state.id === state.interchange) return undefined;
  const interchange = interchangeOf(id);
  const held = Object.entries(state.agencies).flatMap(([agency, outcome]) => (outcome === 'held' ? [agency] : []));
  const due = (await Promise.all(held.map(async (agency) => ({ agency, info: await store.contentInfo({ owner: id, stage: agency }) })))).flatMap(
    ({ agency, info }) => (info && !info.erased ? [{ agency, size: info.size }] : []),
  );
  if (due.length === 0) return { id, agencies: [] };
  const agencies = due.map(({ agency }) => agency);
  const token = gateway.newId();
  const detail: Json = { by: operator };
  const { verdict } = await store.commit(
    routed({
      filings: agencies.map((agency) => ({ key: ['release', id, agency].join('\0'), message: token })), // used once, by whoever comes first
      records: agencies.map((party) => ({ kind: 'released', interchange, message: id, party, content: { owner: id, stage: party }, detail })),
      states: [{ id, interchange, state: messageState, agencies: Object.fromEntries(agencies.map((agency) => [agency, 'queued'])) }],
      jobs: {
        add: due.map(({ agency: party, size }) =>
          deliverJob({ interchange, message: id, party, content: { owner: id, stage: party } }, { lane: laneOf(size) }),
        ),
      },
    }),
  );
  if (verdict !== 'first') return { id, agencies: [] };
  report({ event: 'released', message: id, agencies, by: operator });
  return { id, agencies };
}
