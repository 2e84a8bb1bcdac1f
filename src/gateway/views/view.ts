import { openBundle } from '../../store/bundle.ts';
import type { Page, Search, State } from '../../store/state.ts';
import type { ContentId, EvidenceRecord, Json, ReadStore, Step, Store } from '../../store/store.ts';
import type { Zip } from '../../store/zip.ts';
import { searchForm } from '../outcome/business-keys.ts';
import { owedFor } from '../answers/expecting.ts';
import { attemptView, deliveriesOf, type HoldOf } from '../delivery/deliveries-view.ts';
import { isGiven } from '../outcome/fates.ts';
import type { Gateway } from '../gateway.ts';
import { bundleView, isDisclosed, isForPartner, lookedBy, partyFor, receiptFor } from './disclosed.ts';
import { hopsJson, hopsOf } from './hops.ts';
import { isOfStory } from './own-answers.ts';
import { unreadState } from './unread.ts';
import { saidMode, type Mode } from '../intake/mode.ts';
import { firstIdAt } from '../ids.ts';
import type { MessageDetail, OutputDetail } from '../outcome/outcome.ts';
import { newestStage } from '../delivery/replayed.ts';

/**
 * Who looks, and so what is seen: an operator everything, a partner what it sent, an agency what was delivered to it, in the
 * form in which it was delivered. Whatever is not shown is as if it were not there.
 */
export interface Viewer {
  readonly role: 'operator' | 'partner' | 'agency';
  readonly id: string;
  readonly test?: boolean; // by a key for test mode
}

export const interchangeOf = (id: string): string => id.split('-')[0]!;
const isMessage = (id: string): boolean => id.includes('-');
export const iso = (ms: number): string => new Date(ms).toISOString();

/** Whether the viewer may know that this message or interchange exists. */
function sees(viewer: Viewer, state: State): boolean {
  if (viewer.role === 'operator') return true;
  return isSenderOf(viewer, state) || (viewer.role === 'agency' && isMessage(state.id) && isGiven(state.agencies[viewer.id]));
}

/** Agencies send too: their answers. */
const isSenderOf = ({ role, id }: Viewer, { partner }: State): boolean => role !== 'operator' && partner === id;

async function seen(store: ReadStore, id: string, viewer: Viewer): Promise<State | undefined> {
  const state = (await store.state(id)) ?? (isMessage(id) ? await unreadState(store, id) : undefined);
  return state && sees(viewer, state) ? state : undefined;
}

/** The messages that the viewer may know of: one by its id, or those of a business key. */
export async function visibleMessages(
  store: ReadStore,
  asked: { readonly id: string } | { readonly reference: string; readonly limit: number },
  viewer: Viewer,
  paths?: readonly string[],
): Promise<readonly State[]> {
  if ('id' in asked) return [(isMessage(asked.id) ? await seen(store, asked.id, viewer) : undefined) ?? []].flat();
  const own = viewer.role === 'partner' ? { partner: viewer.id } : viewer.role === 'agency' ? { agency: viewer.id, paths: paths ?? [] } : {};
  const { items } = await store.search({ ...asked, exact: true, ...own });
  return items.filter((state) => sees(viewer, state));
}

const pageOfMessages = 500;

/** The interchange with a line for each of its messages, from the `after`-th on; `next` where there are more. */
export async function viewInterchange(store: ReadStore, id: string, viewer: Viewer, after = 0): Promise<Json | undefined> {
  const state = isMessage(id) ? undefined : await seen(store, id, viewer);
  if (!state) return undefined;
  const { findings = [] } = (state.detail ?? {}) as { readonly findings?: Json };
  const messages = await store.messagesOf(id, after, pageOfMessages + 1);
  return {
    id,
    state: state.state,
    partner: state.partner ?? null,
    syntax: state.type ?? null,
    grade: state.grade ?? null,
    receivedAt: iso(state.received),
    updatedAt: iso(state.updated),
    findings,
    timeline: (await store.timeline(id)).flatMap((step) => stepView(step, viewer)),
    messages: messages.slice(0, pageOfMessages).map((message) => messageView(message, viewer)),
    next: messages.length > pageOfMessages ? after + pageOfMessages : null,
  };
}

export async function viewMessage(store: ReadStore, id: string, viewer: Viewer, holdOf?: HoldOf): Promise<Json | undefined> {
  const state = isMessage(id) ? await seen(store, id, viewer) : undefined;
  if (!state) return undefined;
  const steps = (await store.timeline(id)).filter(isOfStory(state));
  const timeline = steps.flatMap((step) => stepView(step, viewer));
  if (viewer.role === 'agency' && !isSenderOf(viewer, state)) return { ...messageView(state, viewer), timeline };
  const told = steps.flatMap(({ at, record }) => (record && isDisclosed(viewer, record) ? [{ at, kind: kindOf(record), party: record.party }] : []));
  return {
    ...messageView(state, viewer),
    deliveries: await deliveriesOf(store, id, holdOf),
    owed: await owedFor(store, id),
    hops: hopsJson(hopsOf(state.received, told, state.partner)),
    timeline,
  };
}

type JsonObject = { readonly [key: string]: Json };

function messageView(state: State, viewer: Viewer): JsonObject {
  const detail = state.detail as unknown as MessageDetail | undefined;
  if (viewer.role === 'agency' && !isSenderOf(viewer, state))
    return agencyView(
      state,
      viewer.id,
      detail?.outputs.find(({ agency }) => agency === viewer.id),
      detail?.repair !== undefined,
    );
  const base = summary(state);
  if (!detail) return base;
  const { reference, version, map, plan, atoms, findings, losses, lossCount, repair } = detail;
  return {
    ...base,
    ...(repair ? { repair: viewer.role === 'operator' ? { ...repair } : { of: repair.of } } : {}),
    reference,
    version,
    map,
    plan,
    atoms,
    losses,
    lossCount,
    findings,
    ...(detail.resubmissionOf === undefined ? {} : { resubmissionOf: detail.resubmissionOf }),
    outcomes: detail.outputs.map((output) => ({ ...output, state: state.agencies[output.agency] ?? 'queued' }) as unknown as Json),
  };
}

/** What an agency may know: that it got this, when, and in what form. Not from whom, not out of what, not what is missing. */
function agencyView(state: State, agency: string, output: OutputDetail | undefined, amended: boolean): JsonObject {
  return {
    id: state.id,
    state: state.agencies[agency] ?? 'queued',
    receivedAt: iso(state.received),
    map: output?.map ?? null,
    plan: output?.plan ?? null,
    media: output?.media ?? null,
    size: output?.size ?? null,
    content: `/v1/messages/${state.id}/content?stage=${agency}`,
    ...(amended ? { amendedBy: 'operator' } : {}),
  };
}

function summary(state: State): JsonObject {
  const { id, interchange, partner, type, received, updated, agencies, grade } = state;
  return {
    id,
    interchange,
    state: state.state,
    type: type ?? null,
    partner: partner ?? null,
    grade: grade ?? null,
    ...saidMode((state.detail ?? {}) as Mode),
    receivedAt: iso(received),
    updatedAt: iso(updated),
    agencies: { ...agencies },
  };
}

/** What happened, in a word; the recipient's own answer is not to be taken for ours. */
function kindOf({ kind, detail }: EvidenceRecord): string {
  const said = (typeof detail === 'object' && detail !== null ? detail : {}) as { readonly by?: Json; readonly positive?: Json; readonly verdict?: Json };
  if (kind !== 'acknowledged' || said.by !== 'recipient') return kind;
  const verdict = said.verdict === undefined ? (said.positive === true ? 'acknowledged' : 'rejected') : (said.verdict ?? 'answered');
  return `${String(verdict)} by recipient`;
}

function stepView({ index, at, record }: Step, viewer: Viewer): Json[] {
  if (!isDisclosed(viewer, record)) return [];
  if (!record) return [{ index, at, kind: 'erased' }];
  const kind = kindOf(record);
  if (viewer.role === 'agency') return [{ index, at, kind }];
  const { message, grade, content } = record;
  const party = partyFor(viewer, record);
  return [
    {
      index,
      at,
      kind,
      ...(message === undefined ? {} : { message }),
      ...(party === undefined ? {} : { party }),
      ...(grade === undefined ? {} : { grade }),
      ...(content ? { stage: content.stage, size: content.size } : {}),
      ...attemptView(record),
    },
  ];
}

/** What is asked: a reference as somebody types it. */
export interface SearchQuery extends Omit<Search, 'reference' | 'from' | 'below'> {
  readonly reference?: string;
}

/** Ids begin with the time at which the interchange was received, so a time bounds the ids that are looked at. */
const idsBetween = (since: number | undefined, until: number | undefined): Pick<Search, 'from' | 'below'> => ({
  ...(since === undefined ? {} : { from: firstIdAt(since) }),
  ...(until === undefined ? {} : { below: firstIdAt(until) }),
});

/** Search; an agency finds by what it was granted, among what was delivered to it. */
export async function searchMessages({ store, library, configuration }: Gateway, query: SearchQuery, viewer: Viewer): Promise<FoundPage> {
  if (viewer.role === 'operator') return searchAll(store, query, viewer);
  if (viewer.role === 'partner')
    return query.partner !== undefined && query.partner !== viewer.id ? nothing : searchAll(store, { ...query, partner: viewer.id }, viewer);
  // By sender or message type an agency would learn what was not granted to it.
  if (query.partner !== undefined || query.type !== undefined || (query.agency !== undefined && query.agency !== viewer.id)) return nothing;
  const agency = configuration.agencies.find(({ id }) => id === viewer.id)!;
  return searchAll(store, { ...query, agency: viewer.id, paths: library.grants(agency).paths }, viewer);
}

/** A page of what was found, and the cursor of the next. */
export interface FoundPage {
  readonly items: readonly Json[];
  readonly next: string | null;
}

const nothing: FoundPage = { items: [], next: null };

export async function searchAll(store: ReadStore, query: SearchQuery, viewer: Viewer): Promise<FoundPage> {
  const { reference, ...rest } = query;
  const forms = reference === undefined ? {} : { reference: searchForm(reference) };
  const { items, cursor } = await visiblePage(store, { ...rest, ...forms, ...idsBetween(query.since, query.until) }, viewer);
  return { items: items.map((state) => (viewer.role === 'agency' ? messageView(state, viewer) : summary(state))), next: cursor ?? null };
}

/** A page of what the viewer may know of. The rest is passed by, so that neither a short page nor a cursor tells that it is there. */
async function visiblePage(store: ReadStore, query: Search, viewer: Viewer): Promise<Page<State>> {
  if (viewer.role !== 'agency') return store.search(query);
  const { limit = 50 } = query;
  const found: State[] = [];
  for (let next: Search | undefined = { ...query, limit: 500 }; next && found.length <= limit;) {
    const { items, cursor } = await store.search(next);
    found.push(...items.filter((state) => sees(viewer, state)));
    next = cursor === undefined ? undefined : { ...next, cursor };
  }
  const items = found.slice(0, limit);
  return found.length > limit ? { items, cursor: items.at(-1)!.id } : { items };
}

export interface FoundContent {
  readonly media: string;
  readonly size: number;
  readonly chunks: () => AsyncIterable<Uint8Array>; // nothing, or a fault, where it is erased meanwhile
}

/** The bytes of a stage, if the viewer may see them: an agency its own stage alone, a partner what it sent and its facts. */
export async function contentFor({ store }: Gateway, id: string, stage: string | undefined, viewer: Viewer): Promise<FoundContent | undefined> {
  const state = isMessage(id) ? await seen(store, id, viewer) : undefined;
  if (!state) return undefined;
  const wanted = stage ?? (viewer.role === 'operator' || isSenderOf(viewer, state) ? 'original' : viewer.id);
  const allowed = viewer.role === 'operator' || (isSenderOf(viewer, state) ? isForPartner(wanted) : wanted === viewer.id);
  if (!allowed) return undefined;
  const owner = isOfInterchange(wanted) ? interchangeOf(id) : id;
  const stages = (await store.contents(owner)).map(({ stage }) => stage);
  const content: ContentId = { owner, stage: newestStage(stages, wanted) ?? wanted };
  return readContent(store, content, id, viewer);
}

/** What the interchange has as a whole: as it came, and the answers to it. */
const isOfInterchange = (stage: string): boolean => stage === 'original' || /^(contrl|acknowledgement|errors)(-\d+)?$/.test(stage);

/** An item of the viewer's own mailbox. */
export async function itemFor({ store }: Gateway, number: number, viewer: Viewer): Promise<(FoundContent & { readonly kind: string }) | undefined> {
  const item = await store.inboxItem(viewer.id, number);
  const found = item && (await readContent(store, item.content, item.message, viewer));
  return found && { ...found, kind: item.kind };
}

/** Whoever reads something is recorded before the first of it is given out; who only asks what it is has not read it. */
async function readContent(store: Store, content: ContentId, message: string | undefined, viewer: Viewer): Promise<FoundContent | undefined> {
  const info = await store.contentInfo(content);
  if (!info || info.erased) return undefined;
  const interchange = interchangeOf(message ?? content.owner);
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    await store.commit({ records: [{ kind: 'read', interchange, ...(message === undefined ? {} : { message }), ...lookedBy(viewer), content }] });
    yield* store.contentChunks(content);
  };
  return { media: info.media, size: info.size, chunks };
}

/** The receipts of the steps that the viewer may see. */
export async function proofFor({ store }: Gateway, id: string, viewer: Viewer): Promise<Json | undefined> {
  if (!(isMessage(id) ? await seen(store, id, viewer) : undefined)) return undefined;
  const steps = (await store.timeline(id)).filter(({ record }) => isDisclosed(viewer, record));
  const proofs = await Promise.all(
    steps.map(async ({ index, at, record }) => {
      const receipt = await store.receipt(index);
      return { index, at, kind: record?.kind ?? 'erased', receipt: receipt ? receiptFor(viewer, record, receipt) : null };
    }),
  );
  return { id, proofs } as unknown as Json;
}

/** The bundle for the viewer: bytes that it may see, and for the rest the commitments. Its making is recorded first, and so is in it. */
export async function evidenceFor({ store }: Gateway, id: string, viewer: Viewer): Promise<Zip | undefined> {
  const state = await seen(store, id, viewer);
  if (!state) return undefined;
  await store.commit({ records: [{ kind: 'exported', interchange: interchangeOf(id), ...(isMessage(id) ? { message: id } : {}), ...lookedBy(viewer) }] });
  return openBundle(store, id, bundleView(viewer, isSenderOf(viewer, state)));
}
