import { createHash } from 'node:crypto';
import type { Batch, ContentId, Json, NewContent, NewRecord, ReadStore, Store } from '../../store/store.ts';
import type { ConfigFile } from '../../partners/config.ts';
import { ownerOfPartner, treeOwner, type ConfigurationText, type StatedConfiguration } from './configuration-text.ts';
import type { Kept } from '../../partners/register.ts';
import type { Library } from './library.ts';

/** What decides how messages are translated, as far as it is recorded. */
export interface Recorded {
  readonly library: Library;
  readonly recorded: ConfigurationText;
}

/** What is written when something else is in force: content that may be written ahead, since nothing names it yet, then one batch. */
export interface Activation {
  readonly ahead: readonly NewContent[];
  readonly batch: Batch;
}

/**
 * Plans, rules and configuration as content with records, so that years later the maps of a day are found again: a plan is a list
 * of its files by hash, each file is content once; partners are content each, under the root of their tree. Undefined where the last
 * record says just this: a restart is no change, and a return to what was in force before is one. `decided`: by whom it was changed.
 */
export async function activation(store: ReadStore, { library, recorded }: Recorded, decided?: Readonly<Record<string, Json>>): Promise<Activation | undefined> {
  const contents = new Map<string, NewContent>();
  const add = async (content: NewContent): Promise<void> => {
    const name = `${content.owner}/${content.stage}`;
    if (!contents.has(name) && !(await store.contentInfo(content))) contents.set(name, content);
  };
  const files = new Set<string>(); // by hash, that were looked at
  /** A list of files by hash, and each file: what the files of a plan are, and those by which facts are judged. */
  const addFiles = async (content: ContentId, all: readonly ConfigFile[]): Promise<void> => {
    const list: Record<string, string> = {};
    for (const file of all) {
      const hash = (list[file.path] = hashOf(file));
      if (!files.has(hash)) await add({ owner: `file:${hash}`, stage: 'text', media: 'text/plain', bytes: Buffer.from(file.text) });
      files.add(hash);
    }
    await add({ ...content, media: 'application/json', bytes: Buffer.from(JSON.stringify(list)) });
  };
  const records: NewRecord[] = [];
  const { maps } = library.catalog;
  const plans = Object.fromEntries(maps.map(({ name, version, planHash }) => [`${name}@${version}`, planHash]));
  const last = await lastRecorded(store);
  const lastPlans = last ? await plansOf(store, last.plans) : {};
  for (const { name, version, planHash } of maps) {
    const map = `${name}@${version}`;
    if (lastPlans[map] === planHash) continue;
    const content = { owner: `plan:${planHash}`, stage: 'files' };
    await addFiles(content, library.planFiles(name));
    records.push({ kind: 'plan-activated', content, detail: { map, plan: planHash } });
  }
  const gone = Object.keys(lastPlans).some((map) => !Object.hasOwn(plans, map));
  const judging = createHash('sha256')
    .update(library.judgingFiles.map((file) => `${file.path}\0${hashOf(file)}`).join('\n'))
    .digest('hex');
  if (last?.hash === recorded.hash && last.judging === judging && records.length === 0 && !gone && !decided) return undefined;
  if (last?.judging !== judging) await addFiles({ owner: `judging:${judging}`, stage: 'files' }, library.judgingFiles);
  const planList = JSON.stringify(plans);
  const plansHash = sha256(planList);
  await add({ owner: plansOwner, stage: plansHash, media: 'application/json', bytes: Buffer.from(planList) });
  const { ahead, lists } = await partnersOf(store, recorded);
  const content = { owner: 'config', stage: recorded.hash };
  await add({ ...content, media: 'application/json', bytes: Buffer.from(recorded.text) });
  records.push({ kind: 'configuration-changed', content, detail: { hash: recorded.hash, judging, plans: plansHash, ...decided } });
  return { ahead, batch: { contents: [...contents.values(), ...lists], records } };
}

/** Writes it: what may be ahead in slices, between which others are served; `more` in the same batch, its records first. */
export async function activate(store: Store, { ahead, batch }: Activation, more: Batch = {}): ReturnType<Store['commit']> {
  for (let at = 0; at < ahead.length; at += 256) await store.commit({ contents: ahead.slice(at, at + 256) });
  const together = <T>(a: readonly T[] = [], b: readonly T[] = []): T[] => [...a, ...b];
  return store.commit({ ...batch, ...more, contents: together(batch.contents, more.contents), records: together(more.records, batch.records) });
}

/** The texts of partners that are new, and the lists that name them. A list that is stored names what was stored before it. */
async function partnersOf(store: ReadStore, { register, trees }: ConfigurationText): Promise<{ readonly ahead: NewContent[]; readonly lists: NewContent[] }> {
  const lists: NewContent[] = [];
  const ahead: NewContent[] = [];
  const named = new Set<string>(); // versions in new lists
  for (const { texts } of trees)
    for (const [hash, text] of texts) {
      const id = { owner: treeOwner, stage: hash };
      if (await store.contentInfo(id)) continue;
      lists.push({ ...id, media: 'application/json', bytes: Buffer.from(text) });
      for (const version of Object.values(JSON.parse(text) as Record<string, string>)) named.add(version);
    }
  if (lists.length === 0) return { ahead, lists };
  for (const { partner, version, file } of register) {
    const id = { owner: ownerOfPartner(partner.id), stage: version };
    if (named.has(version) && !(await store.contentInfo(id))) ahead.push({ ...id, media: 'application/yaml', bytes: Buffer.from(file.text) });
  }
  return { ahead, lists };
}

const plansOwner = 'plans';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Many plans are made of the same files: each is hashed once. */
function hashOf(file: ConfigFile): string {
  const known = hashes.get(file) ?? sha256(file.text);
  hashes.set(file, known);
  return known;
}
const hashes = new WeakMap<ConfigFile, string>();

interface Last {
  readonly hash: string;
  readonly judging: string;
  readonly plans: string; // hash of the list
}

/** What the last record of the configuration states: its hash, that of rules, profiles and code lists, and of the plans in force with it. */
async function lastRecorded(store: ReadStore): Promise<Last | undefined> {
  return (await store.last('config'))?.record?.detail as unknown as Last | undefined;
}

async function plansOf(store: ReadStore, hash: string): Promise<Readonly<Record<string, string>>> {
  const list = await store.content({ owner: plansOwner, stage: hash });
  return list ? (JSON.parse(Buffer.from(list).toString()) as Record<string, string>) : {};
}

/** A partner of the configuration in force, as it is recorded. */
export interface RecordedPartner {
  readonly id: string;
  readonly version: string;
  readonly kept: Kept;
  readonly file: ConfigFile;
}

/** The configuration in force as the last record states it: whoever reads beside a gateway knows it by this. Undefined where none was ever. */
export async function recordedConfiguration(
  store: ReadStore,
): Promise<{ readonly files: readonly ConfigFile[]; readonly partners: readonly RecordedPartner[] } | undefined> {
  const last = await lastRecorded(store);
  if (!last) return undefined;
  const { files, partners } = await jsonOf<StatedConfiguration>(store, 'config', last.hash);
  return {
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
    partners: [...(await partnersIn(store, 'folder', partners?.folder)), ...(await partnersIn(store, 'store', partners?.store))],
  };
}

/** The partners that the store keeps, as the last record of the configuration names them. */
export async function keptPartners(store: ReadStore): Promise<ConfigFile[]> {
  const last = await lastRecorded(store);
  const root = last && (await jsonOf<StatedConfiguration>(store, 'config', last.hash)).partners?.store;
  return (await partnersIn(store, 'store', root)).map(({ file }) => file);
}

async function partnersIn(store: ReadStore, kept: Kept, root: string | undefined): Promise<RecordedPartner[]> {
  const found: RecordedPartner[] = [];
  if (root === undefined) return found;
  for (const list of Object.values(await jsonOf<Record<string, string>>(store, treeOwner, root)))
    for (const [id, version] of Object.entries(await jsonOf<Record<string, string>>(store, treeOwner, list)))
      found.push({ id, version, kept, file: { path: keptPath(id), text: await textOf(store, { owner: ownerOfPartner(id), stage: version }) } });
  return found;
}

/** What a partner that the store keeps is called where a file would have its path. */
export const keptPath = (id: string): string => `/v1/partners/${id}`;

const jsonOf = async <T>(store: ReadStore, owner: string, stage: string): Promise<T> => JSON.parse(await textOf(store, { owner, stage })) as T;

async function textOf(store: ReadStore, id: ContentId): Promise<string> {
  const bytes = await store.content(id);
  if (!bytes) throw new Error(`the store lacks ${id.owner}/${id.stage}, which the configuration in force names`);
  return Buffer.from(bytes).toString();
}
