import { createHash, randomBytes } from 'node:crypto';
import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { FindingJson } from '../../diagnostics/json.ts';
import { readCanonical } from '../../dictionary/json.ts';
import type { Partner, PartnerFile } from '../../partners/partner.ts';
import { judgeScenario, type Scenario, type ScenarioSet, type Shown } from '../../partners/scenarios.ts';
import type { ContentId, Json, ReadStore, Step } from '../../store/store.ts';
import { isSpilled, piecesOf, type Document } from '../translation/document.ts';
import type { Gateway } from '../gateway.ts';
import { foldsOf } from '../outcome/outcome.ts';
import { checkProposed, propose, readProposed, textOfPartner, type Proposed } from './partner-changes.ts';
import { decisionBatch, proposalBatch, standingOf, type Standing } from './proposals.ts';
import type { Translation } from '../translation/translate.ts';
import { iso } from '../views/view.ts';

/**
 * A new partner shows by itself that it can send what its scenarios ask for. An operator invites it with what it shall be; the link holds
 * a random token, of which only the hash is kept: it is the owner of all that follows, so a link is found without a table, and still after
 * a restart. What is sent is judged by the pipeline, as a test, by the agreement of the partner that is none yet: nothing is delivered.
 * When every scenario is passed, what was invited becomes a proposal in the name of the inviter, so another operator must decide.
 */
const mailbox = 'changes:onboarding'; // no party can be called so: its mailbox would be this one
const day = 86_400_000;

/** Bytes of one message, and messages that may be tried by one link: all of them are kept. */
export const onboardingLimits = { bytes: 1024 * 1024, tries: 500, findings: 50, days: { usual: 14, most: 90 } } as const;

interface Invitation {
  readonly by: string; // an operator
  readonly scenarios: string;
  readonly until: number; // ms since 1970
  readonly partner: PartnerFile;
}

/** What a token opens. */
export interface Opened extends Invitation {
  readonly owner: string;
}

const ownerOf = (token: string): string => `onboarding:${createHash('sha256').update(token).digest('hex')}`;

export type Invited =
  | { readonly token: string; readonly partner: string; readonly scenarios: string; readonly until: string; readonly findings: readonly Diagnostic[] }
  | { readonly refused: readonly Diagnostic[] };

/** Invites a partner that is described by `text`; the token is told this once. */
export async function invite(
  gateway: Gateway,
  { path, text, by, scenarios, days }: { readonly path: string; readonly text: string; readonly by: string; readonly scenarios: string; readonly days: number },
): Promise<Invited> {
  if (!setOf(gateway, scenarios))
    return {
      refused: [
        unknown(
          'set of scenarios',
          scenarios,
          gateway.library.scenarios.map((each) => each.scenarios),
        ),
      ],
    };
  const { value, findings } = readProposed(gateway, { path, text });
  if (!value || hasError(findings)) return { refused: findings };
  const stands = checkProposed(gateway, [{ partner: value.partner, base: null, value }]);
  if (hasError(stands)) return { refused: stands };
  const token = randomBytes(32).toString('base64url');
  const until = gateway.now() + days * day;
  const invitation: Invitation = { by, scenarios, until, partner: value };
  await gateway.store.commit(
    proposalBatch(mailbox, ownerOf(token), invitation as unknown as Json, { by, partner: value.partner, scenarios, until: iso(until) }),
  );
  return { token, partner: value.partner, scenarios, until: iso(until), findings };
}

const setOf = ({ library }: Gateway, name: string): ScenarioSet | undefined => library.scenarios.find(({ scenarios }) => scenarios === name);
const unknown = (what: string, name: string, known: readonly string[]): Diagnostic => finding('SCENARIO_UNKNOWN', { what, name, known: known.join(', ') });

/** What a token opens; undefined where it opens nothing. */
export const openInvitation = (store: ReadStore, token: string): Promise<Opened | undefined> => invitationOf(store, ownerOf(token));

async function invitationOf(store: ReadStore, owner: string): Promise<Opened | undefined> {
  const bytes = await store.content({ owner, stage: 'proposal' });
  return bytes && { ...(JSON.parse(Buffer.from(bytes).toString()) as Invitation), owner };
}

/** Why nothing more can be done by the link: its time is over, or an operator took it back. */
export async function closedBy({ store, now }: Gateway, { owner, until }: Opened): Promise<Diagnostic | undefined> {
  if (now() >= until) return finding('ONBOARDING_EXPIRED', { until: iso(until) });
  const last = await store.last(owner);
  return last?.record?.kind === 'rejected' ? finding('ONBOARDING_REVOKED', { at: last.at }) : undefined;
}

/** Takes a link back: it opens nothing any more. False where there is none of that number, or it was taken back before. */
export async function revoke({ store }: Gateway, number: number, by: string, reason?: string): Promise<boolean> {
  const item = await store.inboxItem(mailbox, number);
  if (!item || item.receipted !== undefined) return false;
  const { verdict } = await store.commit(decisionBatch({ item, proposal: undefined }, 'rejected', { by, ...(reason === undefined ? {} : { reason }) }));
  return verdict === 'first';
}

/** What became of one message that was sent for a scenario. */
export interface Tried {
  readonly scenario: string;
  readonly state: 'passed' | 'failed';
  readonly outcome: Scenario['outcome']; // what would become of it
  readonly at: string;
  readonly findings: readonly FindingJson[]; // those of the scenario first, then of the message, in its own terms
  readonly more?: number; // causes that are not listed
}

export interface OnboardingView {
  readonly partner: string;
  readonly scenarios: string;
  readonly title: string;
  readonly until: string;
  readonly tries: number;
  readonly list: readonly (Pick<Scenario, 'scenario' | 'title' | 'outcome'> & {
    readonly state: 'passed' | 'failed' | 'missing';
    readonly last: Tried | null;
  })[];
  readonly request: Pick<Standing, 'state' | 'at' | 'decidedAt' | 'reason'> | null;
}

/** How far the partner is. A set that is gone has no scenarios. */
export async function viewOnboarding(gateway: Gateway, { owner, scenarios, until, partner }: Opened): Promise<OnboardingView> {
  const { store } = gateway;
  const set = setOf(gateway, scenarios);
  const { tries, last, change } = historyOf(await store.timeline(owner));
  const list = await Promise.all(
    (set?.list ?? []).map(async ({ scenario, title, outcome }) => {
      const tried = last.has(scenario) ? await triedOf(store, owner, last.get(scenario)!) : undefined;
      return { scenario, title, outcome, state: tried?.state ?? ('missing' as const), last: tried ?? null };
    }),
  );
  const request = change === undefined ? null : await requestOf(store, change);
  return { partner: partner.partner, scenarios, title: set?.title ?? '', until: iso(until), tries, list, request };
}

/** The names of whoever decided are the operators' own affair. */
async function requestOf(store: ReadStore, owner: string): Promise<OnboardingView['request']> {
  const { state, at, decidedAt, reason } = await standingOf(store, { content: { owner, stage: 'proposal' } });
  return { state, at, decidedAt, reason };
}

interface TriedDetail {
  readonly scenario: string;
  readonly passed: boolean;
  readonly report: string; // the stage of what was found
}

interface TriedStep extends TriedDetail {
  readonly sent: ContentId | undefined;
}

function historyOf(steps: readonly Step[]): { readonly tries: number; readonly last: ReadonlyMap<string, TriedStep>; readonly change: string | undefined } {
  const records = steps.flatMap(({ record }) => record ?? []);
  const tried = records.flatMap(({ kind, detail, content: sent }) => (kind === 'tried' ? [{ sent, ...(detail as unknown as TriedDetail) }] : []));
  const change = records.flatMap(({ refs = [] }) => refs).find(({ kind }) => kind === 'production-request')?.id;
  return { tries: tried.length, last: new Map(tried.map((each) => [each.scenario, each])), change };
}

/** What was sent last for each scenario, byte for byte. */
export async function lastSent(store: ReadStore, { owner }: Pick<Opened, 'owner'>): Promise<ReadonlyMap<string, Uint8Array>> {
  const { last } = historyOf(await store.timeline(owner));
  const found = await Promise.all([...last].map(async ([scenario, { sent }]) => [scenario, sent && (await store.content(sent))] as const));
  return new Map(found.flatMap(([scenario, bytes]) => (bytes ? [[scenario, bytes] as const] : [])));
}

async function triedOf(store: ReadStore, owner: string, { report }: TriedDetail): Promise<Tried | undefined> {
  const bytes = await store.content({ owner, stage: report });
  return bytes && (JSON.parse(Buffer.from(bytes).toString()) as Tried);
}

/** Judges a message that is sent for a scenario, and keeps it with what was found. */
export async function tryScenario(
  gateway: Gateway,
  opened: Opened,
  name: string,
  bytes: Uint8Array,
): Promise<Tried | { readonly refused: readonly Diagnostic[] }> {
  const { store } = gateway;
  const { owner } = opened;
  const list = setOf(gateway, opened.scenarios)?.list ?? [];
  const scenario = list.find((each) => each.scenario === name);
  if (!scenario) return { refused: [unknown('scenario', name, list.map((each) => each.scenario))] }; // prettier-ignore
  const { tries, change } = historyOf(await store.timeline(owner));
  if (change !== undefined) return { refused: [finding('ONBOARDING_REQUESTED')] };
  if (tries >= onboardingLimits.tries) return { refused: [finding('ONBOARDING_TRIES', { limit: String(onboardingLimits.tries) })] };
  const { partner, findings } = partnerOf(gateway, opened);
  if (!partner) return { refused: findings };
  const id = gateway.newId();
  const at = iso(gateway.now());
  const { shown, outcome, found } = await rehearse(gateway, partner, { id, receivedAt: at, bytes });
  const against = judgeScenario(scenario, shown, outcome, found);
  const passed = against.length === 0;
  const causes = foldsOf([...against, ...found]) as unknown as readonly FindingJson[];
  const more = causes.length - onboardingLimits.findings;
  const tried: Tried = {
    scenario: name,
    state: passed ? 'passed' : 'failed',
    outcome,
    at,
    findings: causes.slice(0, onboardingLimits.findings),
    ...(more > 0 ? { more } : {}),
  };
  const sent: ContentId = { owner, stage: `sent-${id}` };
  const report: ContentId = { owner, stage: `report-${id}` };
  const detail = { scenario: name, passed, outcome, report: report.stage };
  await store.commit({
    contents: [
      { ...sent, media: 'application/octet-stream', bytes },
      { ...report, media: 'application/json', bytes: Buffer.from(JSON.stringify(tried)) },
    ],
    records: [{ kind: 'tried', grade: 'D', content: sent, detail }],
  });
  return tried;
}

/** The partner as it was invited, by what is known now. */
function partnerOf(gateway: Gateway, { partner }: Opened): { readonly partner: Partner | undefined; readonly findings: readonly Diagnostic[] } {
  const read = readProposed(gateway, { path: partner.partner, text: textOfPartner(partner) });
  return hasError(read.findings) ? { ...read, partner: undefined } : read;
}

/** What would become of the bytes if the partner sent them as a test. */
async function rehearse(
  gateway: Gateway,
  partner: Partner,
  input: { readonly id: string; readonly receivedAt: string; readonly bytes: Uint8Array },
): Promise<{ readonly shown: readonly Shown[]; readonly outcome: Scenario['outcome']; readonly found: readonly Diagnostic[] }> {
  const { translator } = gateway.inForce;
  const made = await translator.translate({ ...input, partner: partner.id, test: true }, partner);
  try {
    const { interchanges } = made;
    const messages = interchanges.flatMap((each) => each.messages);
    const found = [...made.findings, ...interchanges.flatMap((each) => each.findings), ...messages.flatMap(({ findings }) => findings)];
    const isAccepted = messages.length > 0 && messages.every(({ state }) => state !== 'rejected') && !hasError(found);
    const shown = messages.map(({ header, map, canonical }): Shown => ({
      type: header.type,
      map: map?.replace(/@.*$/, ''),
      rows: canonical && readCanonical(gateway.library.dictionary, textOf(canonical, made)).rows,
    }));
    return { shown, outcome: isAccepted ? 'accepted' : 'rejected', found };
  } finally {
    translator.release?.(made);
  }
}

function textOf(document: Document, { spill }: Translation): string {
  if (isSpilled(document)) return Buffer.concat([...piecesOf(document, spill!)]).toString();
  if (document instanceof Uint8Array) return Buffer.from(document.buffer, document.byteOffset, document.byteLength).toString();
  throw new Error('a translation stages nothing');
}

/** Asks for production: what was invited, put before an operator other than the inviter. Once. */
export async function requestProduction(gateway: Gateway, opened: Opened): Promise<Proposed> {
  const { owner, by, scenarios, partner } = opened;
  const { list, request, title } = await viewOnboarding(gateway, opened);
  if (request) return { refused: [finding('ONBOARDING_REQUESTED')] };
  const open = list.filter(({ state }) => state !== 'passed').map(({ scenario }) => scenario);
  if (list.length === 0) return { refused: [unknown('set of scenarios', scenarios, gateway.library.scenarios.map((each) => each.scenarios))] }; // prettier-ignore
  if (open.length > 0) return { refused: [finding('ONBOARDING_NOT_PASSED', { scenarios: open.join(', ') })] };
  const note = `asked for by invitation: all ${list.length} scenarios of ${scenarios} (${title}) are passed`;
  const items = [{ partner: partner.partner, base: null, value: partner }];
  const made = await propose(gateway, { by, note, items }, (change) => ({
    duplicates: [{ key: `production-request\0${owner}`, content: { owner: change, stage: 'proposal' } }],
    records: [{ kind: 'proposed', content: { owner, stage: 'proposal' }, refs: [{ kind: 'production-request', id: change }], detail: { by, scenarios } }],
  }));
  return 'refused' in made && made.refused.length === 0 ? { refused: [finding('ONBOARDING_REQUESTED')] } : made;
}

/** An invitation as operators see it: `open` as long as its link opens something. */
export interface InvitationView extends OnboardingView {
  readonly number: number;
  readonly by: string;
  readonly state: 'open' | 'expired' | 'revoked';
}

/** Invitations by number, as operators see them; `next` is the `after` of the following page. */
export async function listInvitations(
  gateway: Gateway,
  after: number,
  limit: number,
  state?: InvitationView['state'],
): Promise<{ readonly items: readonly InvitationView[]; readonly next: number | null }> {
  const page = await gateway.store.inbox(mailbox, after, limit);
  const items = await Promise.all(
    page.map(async ({ number, content, receipted }) => {
      const opened = await invitationOf(gateway.store, content.owner);
      if (!opened) return [];
      const is = receipted !== undefined ? 'revoked' : gateway.now() < opened.until ? 'open' : 'expired';
      return (state ?? is) === is ? [{ number, by: opened.by, state: is, ...(await viewOnboarding(gateway, opened)) } as const] : [];
    }),
  );
  return { items: items.flat(), next: page.length === limit ? page.at(-1)!.number : null };
}
