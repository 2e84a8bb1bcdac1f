import { createHash } from 'node:crypto';
import type { Batch, ContentId, Json, NewContent, NewRecord, ReadStore } from '../store/store.ts';
import type { ConfigFile } from '../partners/config.ts';
import type { Library } from './library.ts';

/** What decides how messages are translated, as far as it is recorded. */
export interface Recorded {
  readonly library: Library;
  readonly configurationText: string;
  readonly configurationHash: string;
}

/**
 * Plans, rules and configuration as content with records, so that years later the maps of a day are found again: a plan is a list
 * of its files by hash, each file is content once. Undefined where the last record says just this: a restart is no change,
 * and a return to what was in force before is one.
 */
export async function activation(store: ReadStore, { library, configurationText, configurationHash }: Recorded): Promise<Batch | undefined> {
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
  for (const { name, version, planHash } of maps) {
    const map = `${name}@${version}`;
    if (last?.plans[map] === planHash) continue;
    const content = { owner: `plan:${planHash}`, stage: 'files' };
    await addFiles(content, library.planFiles(name));
    records.push({ kind: 'plan-activated', content, detail: { map, plan: planHash } });
  }
  const gone = Object.keys(last?.plans ?? {}).some((map) => !Object.hasOwn(plans, map));
  const judging = createHash('sha256')
    .update(library.judgingFiles.map((file) => `${file.path}\0${hashOf(file)}`).join('\n'))
    .digest('hex');
  if (last?.hash === configurationHash && last.judging === judging && records.length === 0 && !gone) return undefined;
  await addFiles({ owner: `judging:${judging}`, stage: 'files' }, library.judgingFiles);
  const content = { owner: 'config', stage: configurationHash };
  await add({ ...content, media: 'application/json', bytes: Buffer.from(configurationText) });
  records.push({ kind: 'configuration-changed', content, detail: { hash: configurationHash, judging, plans } });
  return { contents: [...contents.values()], records };
}

/** Many plans are made of the same files: each is hashed once. */
function hashOf(file: ConfigFile): string {
  const known = hashes.get(file) ?? createHash('sha256').update(file.text).digest('hex');
  hashes.set(file, known);
  return known;
}
const hashes = new WeakMap<ConfigFile, string>();

/** What the last record of the configuration states: its hash, that of rules, profiles and code lists, and the plans in force with it. */
async function lastRecorded(
  store: ReadStore,
): Promise<{ readonly hash: string; readonly judging: string; readonly plans: Readonly<Record<string, string>> } | undefined> {
  const detail = (await store.timeline('config')).at(-1)?.record?.detail as { readonly [name: string]: Json } | undefined;
  return detail && { hash: String(detail['hash']), judging: String(detail['judging']), plans: (detail['plans'] ?? {}) as Record<string, string> };
}
