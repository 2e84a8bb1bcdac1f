import type { Interchange } from '../syntax/unit.ts';
import type { Identity, KeyHash, Partner } from './partner.ts';
import type { Trader } from './traders.ts';

/** Where a name is used: the envelope of a syntax, the name of AS2 (AS2-From), the address of a Type B message. */
export const envelopes = ['edifact', 'x12', 'cargoimp', 'xml', 'json', 'records', 'as2', 'typeb'] as const;
export type Envelope = (typeof envelopes)[number];

/** What an identity is told apart by: a key for each envelope in which it is used; `*` stands for all of them. */
export const identityKeys = ({ id, qualifier, in: where }: Identity): string[] => usedIn(where).map((envelope) => keyOf(envelope, id, qualifier));

const anywhere = '*';
const usedIn = (where: Identity['in']): readonly (Envelope | '*')[] => (where === undefined ? [anywhere] : listOf(where));
const listOf = (where: Envelope | readonly Envelope[]): readonly Envelope[] => (typeof where === 'string' ? [where] : where);
const keyOf = (envelope: Envelope | '*', id: string, qualifier?: string): string => `${envelope}\0${id}\0${qualifier ?? ''}`;

/** The keys under which another identity would be found that is taken for this one. */
export const rivalKeys = ({ id, qualifier, in: where }: Identity): string[] =>
  (where === undefined ? ([anywhere, ...envelopes] as const) : ([anywhere, ...listOf(where)] as const)).map((envelope) => keyOf(envelope, id, qualifier));

/** What a partner may be found by: maps, not scans, since there are thousands of partners. */
export interface PartnerIndex {
  readonly byId: ReadonlyMap<string, Partner>;
  readonly byKey: ReadonlyMap<string, { readonly partner: Partner; readonly key: KeyHash }>; // by SHA-256 of the key, hex
  readonly byCertificate: ReadonlyMap<string, Partner>; // by SHA-256 fingerprint, hex
  /** Who calls itself so in this envelope: an identity with that qualifier goes before one that has any. */
  named(envelope: Envelope, id: string, qualifier?: string): Named | undefined;
}

export interface Named {
  readonly partner: Partner;
  readonly identity: Identity;
}

/** Made once for the partners that are in force together. */
export function partnerIndex(partners: readonly Partner[]): PartnerIndex {
  let made = indexes.get(partners);
  if (!made) indexes.set(partners, (made = makeIndex(partners))); // once: a weak map that is written to keeps the collector busy
  return made;
}
const indexes = new WeakMap<readonly Partner[], PartnerIndex>();

function makeIndex(partners: readonly Partner[]): PartnerIndex {
  const byKey = new Map<string, { partner: Partner; key: KeyHash }>();
  const byCertificate = new Map<string, Partner>();
  const identities: Known<Named> = new Map();
  for (const partner of partners) {
    for (const key of partner.keys) byKey.set(key.sha256, { partner, key });
    for (const { fingerprint } of partner.certificates) byCertificate.set(fingerprint, partner);
    for (const identity of partner.identities) know(identities, identity, { partner, identity });
  }
  return {
    byId: new Map(partners.map((partner) => [partner.id, partner])),
    byKey,
    byCertificate,
    named: (envelope, id, qualifier) => named(identities, envelope, id, qualifier),
  };
}

/** Who is known by a name: few share one, so they are looked through, and nothing is made to find them. */
type Known<T> = Map<string, { readonly envelope: Envelope | '*'; readonly qualifier: string; readonly who: T }[]>;

function know<T>(known: Known<T>, { id, qualifier = '', in: where }: Identity, who: T): void {
  const all = known.get(id) ?? [];
  for (const envelope of usedIn(where)) all.push({ envelope, qualifier, who });
  known.set(id, all);
}

/** With the qualifier, or else without; in that envelope, or else in any; of two that are the same the later one. */
function named<T>(known: Known<T>, envelope: Envelope, id: string, qualifier: string | undefined): T | undefined {
  let found: T | undefined;
  let best = 0;
  for (const each of known.get(id) ?? []) {
    if ((each.qualifier !== '' && each.qualifier !== qualifier) || (each.envelope !== anywhere && each.envelope !== envelope)) continue;
    const rank = 1 + (each.qualifier === '' ? 0 : 2) + (each.envelope === anywhere ? 0 : 1);
    if (rank < best) continue;
    found = each.who;
    best = rank;
  }
  return found;
}

/** Whom an interchange names as its sender: the partner itself, or a trader for whom it sends. */
export interface Sender {
  readonly identity: Identity;
  readonly trader?: Trader;
}

/** Undefined where it names nobody who may send by this partner. */
export function senderOfInterchange(partner: Partner, { syntax, sender, senderQualifier }: Interchange): Sender | undefined {
  if (sender === undefined) return undefined;
  let known = senders.get(partner);
  if (!known) senders.set(partner, (known = sendersOf(partner)));
  return named(known, syntax, sender, senderQualifier) ?? (syntax === 'cargoimp' ? named(known, 'typeb', sender, undefined) : undefined);
}

/** A network may send for thousands. */
const senders = new WeakMap<Partner, Known<Sender>>();

function sendersOf({ identities, sendsFor = [] }: Partner): Known<Sender> {
  const known: Known<Sender> = new Map();
  for (const trader of sendsFor) for (const identity of trader.identities) know(known, identity, { identity, trader });
  for (const identity of identities) know(known, identity, { identity });
  return known;
}

/** Whether the interchange names this partner as its sender. */
export const isSender = (partner: Partner, interchange: Interchange): boolean => senderOfInterchange(partner, interchange) !== undefined;
