import { hash } from 'node:crypto';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import { placeIn, readJson, readYaml, type TextFile, type YamlKind } from '../language/file.ts';
import { readPartner, type Identity, type KeyHash, type Partner, type PartnerFile, type PartnerNames } from './partner.ts';
import { identityKeys, rivalKeys, type Envelope } from './identities.ts';

/** Where a partner is kept: as a file of the configuration folder, or in the store, changed through the API. */
export type Kept = 'folder' | 'store';

/** A partner with the text it was read from. */
export interface Registered {
  readonly partner: Partner;
  readonly file: TextFile;
  readonly version: string; // SHA-256 of the text, hex
  readonly kept: Kept;
}

interface Read {
  readonly names: readonly string[];
  readonly registered: Registered | undefined;
  readonly findings: readonly Diagnostic[];
}

/** A text is read once for as long as the same names are known: of thousands of partners one changes. */
const known = new WeakMap<TextFile, Read>();

/** Reads the texts of partners, each by itself; what was read to find places is not kept. */
export function readRegister(files: readonly TextFile[], kept: Kept, kind: YamlKind, names: PartnerNames, findings: Diagnostic[]): Registered[] {
  return files.flatMap((file) => {
    let read = known.get(file);
    if (read?.names !== names.mapNames) known.set(file, (read = readOne(file, kept, kind, names)));
    findings.push(...read.findings);
    return read.registered ?? [];
  });
}

function readOne(file: TextFile, kept: Kept, kind: YamlKind, names: PartnerNames): Read {
  const findings: Diagnostic[] = [];
  const loaded = kept === 'store' ? readJson<PartnerFile>(file, kind, findings) : readYaml<PartnerFile>(file, kind, findings);
  const partner = loaded && readPartner(loaded, names, findings);
  return { names: names.mapNames, findings, registered: partner && { partner, file, version: hash('sha256', file.text, 'hex'), kept } };
}

/** Another party of the configuration, whose id and keys no partner may have, nor the name by which it sends. */
export interface Taken {
  readonly id: string;
  readonly keys?: readonly KeyHash[];
  readonly sendsAs?: string; // an agency: in the envelopes of its answers, whatever the qualifier
  readonly place?: () => Place;
}

/** What two parties claim, where only one may have it: ids, identities as senders, keys, certificates. */
export function checkUnique(register: readonly Registered[], others: readonly Taken[]): Diagnostic[] {
  const findings: Diagnostic[] = [];
  const seen = new Set<string>();
  const report = (what: string, id: string, rule: Place | undefined): number => findings.push(finding('CONFIG_DUPLICATE', { what, id }, { rule, actual: id }));
  const claim = (what: string, id: string, place?: () => Place): void => {
    const key = `${what}\0${id}`;
    if (seen.has(key)) report(what, id, place?.());
    seen.add(key);
  };
  const claimAll = ({ id, keys = [], place }: Taken): void => {
    claim('id', id, place);
    for (const { sha256 } of keys) claim('key', `sha256:${sha256}`, place);
  };
  const agencies = new Set(others.flatMap(({ sendsAs = [] }) => sendsAs));
  const isOfAgency = ({ id, in: where }: Identity): boolean =>
    agencies.has(id) && (where === undefined || [where].flat().some((each) => !ofTransport.has(each)));
  for (const each of others) if (!each.place) claimAll(each); // without a place of its own it is told at the partner's
  for (const { partner, file } of register) {
    claim('id', partner.id, () => placeIn(file, 'partner'));
    partner.keys.forEach(({ sha256 }, i) => claim('key', `sha256:${sha256}`, () => placeIn(file, 'keys', i)));
    partner.certificates.forEach(({ fingerprint }, i) => claim('certificate', `sha256:${fingerprint}`, () => placeIn(file, 'certificates', i)));
    partner.identities.forEach((identity, i) => {
      const { id, qualifier } = identity;
      if (rivalKeys(identity).some((key) => seen.has(key)) || isOfAgency(identity))
        report('sender identity', qualifier === undefined ? id : `${id}:${qualifier}`, placeIn(file, 'identities', i));
      for (const key of identityKeys(identity)) seen.add(key);
    });
    for (const { trader, identities } of partner.sendsFor ?? [])
      for (const identity of identities) if (isOfAgency(identity)) report(`sender identity of the trader ${trader}`, identity.id, placeIn(file, 'sends-for'));
  }
  for (const each of others) if (each.place) claimAll(each);
  return findings;
}

/** Names of who carries: what stands in them is from whoever its own envelope names. */
const ofTransport: ReadonlySet<Envelope> = new Set<Envelope>(['as2', 'typeb']);

/**
 * What is in force of partners, as a tree of hashes: a root names 256 lists, a list the versions of its partners. Of twenty thousand partners
 * one that changes makes one list and the root anew, and whoever has the root can show of each what its text was.
 */
export interface PartnerTree {
  readonly root: string;
  readonly texts: ReadonlyMap<string, string>; // of the root and its lists, by their SHA-256
}

/** Nothing is kept: the tree of no partners has no root. */
export function treeOf(register: readonly Registered[]): PartnerTree | undefined {
  if (register.length === 0) return undefined;
  const lists = new Map<string, [id: string, version: string][]>();
  for (const { partner, version } of register) {
    const name = hash('sha256', partner.id, 'hex').slice(0, 2);
    const list = lists.get(name);
    if (list) list.push([partner.id, version]);
    else lists.set(name, [[partner.id, version]]);
  }
  const texts = new Map<string, string>();
  const add = (value: object): string => {
    const text = JSON.stringify(value);
    const key = hash('sha256', text, 'hex');
    texts.set(key, text);
    return key;
  };
  const sorted = <T>(entries: Iterable<[string, T]>): Record<string, T> => Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  const root = add(sorted([...lists].map(([name, list]): [string, string] => [name, add(sorted(list))])));
  return { root, texts };
}
