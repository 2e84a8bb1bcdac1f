import { setImmediate } from 'node:timers/promises';
import { readCanonical } from '../../dictionary/json.ts';
import type { Configuration } from '../../partners/config.ts';
import { project } from '../../partners/grants.ts';
import type { State } from '../../store/state.ts';
import type { ReadStore } from '../../store/store.ts';
import { standingOf, statementsOf, type Standing, type Told } from '../../validation/sets.ts';
import type { Library } from '../library/library.ts';
import type { MessageDetail } from '../outcome/outcome.ts';
import { visibleMessages, type Viewer } from './view.ts';

export interface SetContext {
  readonly store: ReadStore;
  readonly library: Library;
  readonly configuration: Configuration | undefined; // of agencies, for what they may see
}

/** How what a message speaks of stands, together with all else that the viewer may see of it. */
export interface Sets {
  readonly id: string;
  readonly sets: readonly Standing[];
  readonly more: number; // things that are not listed
  readonly unread: number; // messages that may speak of them too, and whose facts are too many to be looked at here
}

const listed = 50; // things of one message
const related = 200; // messages that speak of one thing
const largest = 2 * 1024 * 1024; // bytes of the facts of a message that are read for this
const most = 16 * 1024 * 1024; // of all messages together

/**
 * What belongs together with a message: found by its business keys among what the viewer may see, compared by the facts that it may
 * see. Nothing is kept of it: what comes later, is replaced or erased counts from then on. Undefined where there is no such message.
 */
export async function setsOf({ store, library, configuration }: SetContext, id: string, viewer: Viewer): Promise<Sets | undefined> {
  const [own] = await visibleMessages(store, { id }, viewer);
  if (!own) return undefined;
  const told = new Map<string, readonly Told[]>();
  let read = 0; // bytes
  let unread = 0;
  /** One after the other, each in its turn: to read facts keeps everybody else waiting. */
  const tell = async (state: State): Promise<readonly Told[]> => {
    const known = told.get(state.id);
    if (known) return known;
    const size = (await store.contentInfo({ owner: state.id, stage: 'canonical' }))?.size ?? 0;
    const isRead = size <= largest && (read += size) <= most;
    if (!isRead) unread++;
    const found = isRead ? await toldBy(state, { store, library, configuration }, viewer) : [];
    told.set(state.id, found);
    if (size > 0) await setImmediate();
    return found;
  };
  const things = new Map((await tell(own)).map((each) => [`${each.set.set}\0${each.key}`, each]));
  const sets: Standing[] = [];
  for (const { set, key } of [...things.values()].slice(0, listed)) {
    const found = await visibleMessages(store, { reference: key, limit: related }, viewer, pathsOf(library, configuration, viewer));
    const all: Told[] = [];
    for (const state of [own, ...found.filter((state) => state.id !== own.id)]) all.push(...(await tell(state)));
    sets.push(standingOf(set, key, all));
  }
  return { id, sets, more: Math.max(0, things.size - listed), unread };
}

/** By what an agency may search: what was granted to it. */
function pathsOf(library: Library, configuration: Configuration | undefined, { role, id }: Viewer): readonly string[] | undefined {
  const agency = role === 'agency' ? configuration?.agencies.find((each) => each.id === id) : undefined;
  return role === 'agency' ? (agency ? library.grants(agency).paths : []) : undefined;
}

async function toldBy(state: State, { store, library, configuration }: SetContext, viewer: Viewer): Promise<readonly Told[]> {
  const map = (state.detail as unknown as MessageDetail | undefined)?.map?.replace(/@.*$/, '');
  if (map === undefined || state.state === 'rejected') return [];
  const bytes = await store.content({ owner: state.id, stage: 'canonical' });
  if (!bytes) return [];
  const { rows } = readCanonical(library.dictionary, Buffer.from(bytes).toString());
  const isReceiver = viewer.role === 'agency' && state.partner !== viewer.id;
  const agency = isReceiver ? configuration?.agencies.find(({ id }) => id === viewer.id) : undefined;
  if (isReceiver && !agency) return [];
  const grants = agency && library.grants(agency);
  const visible = grants && !grants.everything ? project(rows, grants).rows : rows;
  return statementsOf(library.sets, map, visible).map((each) => ({ ...each, message: state.id, received: state.received }));
}
