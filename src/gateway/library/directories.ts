import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigFile } from '../../partners/config.ts';
import { withService, type Directory } from '../../syntax/segments/directory.ts';
import { nearestDirectories } from '../../syntax/edifact/nearest.ts';
import { readDirectory, type DirectoryFiles } from '../../syntax/segments/tables.ts';
import type { MessageHeader } from '../../syntax/unit.ts';

/** The UN/EDIFACT directories at hand: the shipped ones, and those that were added. None is read before it is asked for. */
export interface Directories {
  readonly names: readonly string[]; // message directories, those of others than the UN first, then oldest first, then `service-1` to `service-4`
  get(name: string): Directory | undefined;
  /** The service segments of a syntax version. Those of 3 are read with for 1 and 2: what is stated as 1 is written as 3 (`D` as a version). */
  service(syntaxVersion: string | undefined): Directory | undefined;
  /** The tables for a message, service segments included: its directory's, or, where there is none of that name, the nearest's. */
  of(header: MessageHeader): Directory | undefined;
  /** Of what the directory says. */
  hash(name: string): string;
  /** The files that a directory is read from: its own, or the tables that it shares with others. */
  files(name: string): readonly ConfigFile[];
}

/** A directory that can be had: how, and the hash of what it says. */
interface Entry {
  readonly hash: string;
  open(): Directory;
  files(): readonly ConfigFile[];
}

const serviceOf = (syntaxVersion: string | undefined): string => (syntaxVersion === '4' ? 'service-4' : 'service-3');

/** The syntax version that messages of a directory are written in: reports of version 4 speak of what version 3 does not have. */
export const syntaxVersionFor = (directory: string): '3' | '4' => (directory === 'service-4' ? '4' : '3');

/** Tables that several directories share. Their texts are read when first asked for, and are what the index says they are. */
const shared = ['un', 'service'] as const;

/** The files of directories that a library holds, below their folder. The shared tables stay on the disk until they are needed. */
export const isDirectoryFile = /^(?:(?:un|service)\/index|(?!un\/|service\/)[\w-]+\/(?:segments|codes|messages))\.txt$/;

const texts = new Map<string, string>(); // by hash: read once, whoever asks
const opened = new Map<string, Directory>(); // likewise

export function openDirectories({ root, files }: { readonly root: string; readonly files: readonly ConfigFile[] }): Directories {
  const entries = new Map<string, Entry>();
  for (const set of shared) for (const [name, entry] of sharedEntries(root, `schemas/edifact/${set}`, files)) entries.set(name, entry);
  for (const [name, entry] of addedEntries(files)) entries.set(name, entry);

  const known = new Map<string, Directory>();
  const get = (name: string): Directory | undefined => known.get(name) ?? find(name);
  const find = (name: string): Directory | undefined => {
    const entry = entries.get(name);
    if (!entry) return undefined;
    const directory = opened.get(`${name} ${entry.hash}`) ?? entry.open();
    opened.set(`${name} ${entry.hash}`, directory);
    known.set(name, directory);
    return directory;
  };
  const isService = (name: string): boolean => name.startsWith('service-');
  const byDate = (name: string): string =>
    isService(name) ? `9${name}` : /^[A-Z]\d/.test(name) ? `${/^.[5-9]/.test(name) ? 1 : 2}${name.slice(1)}` : `0${name}`;
  const names = [...entries.keys()].sort((a, b) => (byDate(a) < byDate(b) ? -1 : 1));
  const combined = new Map<string, Map<string, Directory | undefined>>(); // by service directory, by name
  const together = (name: string, service: string): Directory | undefined => {
    const found = combined.get(service) ?? new Map<string, Directory | undefined>();
    if (!found.has(name)) {
      const [messages, services] = [get(name), get(service)];
      combined.set(service, found.set(name, messages && services ? withService(messages, services) : messages));
    }
    return found.get(name);
  };
  return {
    names,
    get,
    service: (syntaxVersion) => get(serviceOf(syntaxVersion)),
    of(header) {
      const { directory = '', type, version, release, interchange } = header;
      const service = serviceOf(interchange.syntaxVersion);
      const own = get(service)?.message(type);
      if (own?.version === version && own?.release === release) return get(service);
      if (entries.has(directory)) return together(directory, service);
      if (own) return get(service);
      const near = nearestDirectories(names, header);
      const found = near.find((name) => get(name)?.message(type)) ?? near[0];
      return found === undefined ? undefined : together(found, service);
    },
    hash: (name) => entries.get(name)?.hash ?? '',
    files: (name) => entries.get(name)?.files() ?? [],
  };
}

function sharedEntries(root: string, folder: string, files: readonly ConfigFile[]): [string, Entry][] {
  const index = files.find(({ path }) => path === `${folder}/index.txt`);
  if (!index) return [];
  const rows = index.text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split('\t') as [string, string]); // prettier-ignore
  const sums = new Map(rows.filter(([name]) => name.endsWith('.txt')));
  const own = rows.filter(([name]) => !name.endsWith('.txt'));
  const among = own.map(([name]) => name);
  const text = (file: string): string => readTable(join(root, folder, file), sums.get(file) ?? '');
  const tables: DirectoryFiles = {
    get segments() {
      return text('segments.txt');
    },
    get codes() {
      return text('codes.txt');
    },
    get messages() {
      return text('messages.txt');
    },
  };
  let told: readonly ConfigFile[] | undefined;
  const read = (): readonly ConfigFile[] => (told ??= [index, ...[...sums.keys()].map((file) => ({ path: `${folder}/${file}`, text: text(file) }))]);
  return own.map(([name, hash]) => [name, { hash, open: () => readDirectory(name, tables, among), files: read }]);
}

/** A table that is not what its index says would change what messages mean, unseen: it is refused. */
function readTable(path: string, sum: string): string {
  const known = texts.get(sum);
  if (known !== undefined) return known;
  const bytes = readFileSync(path);
  if (createHash('sha256').update(bytes).digest('hex') !== sum) throw new Error(`${path} is not the table that its index.txt names: install the program again`);
  const text = bytes.toString('utf8');
  texts.set(sum, text);
  return text;
}

/** Folders with a directory of their own: `directories/` of the configuration goes before what ships. */
function addedEntries(files: readonly ConfigFile[]): [string, Entry][] {
  const found = new Map<string, { readonly name: string; readonly files: ConfigFile[] }>();
  for (const file of files) {
    const [, at = '', name = ''] = /^(schemas\/edifact|directories)\/([\w-]+)\/(?:segments|codes|messages)\.txt$/.exec(file.path) ?? [];
    if (name === '') continue;
    const each = found.get(`${at} ${name}`) ?? { name, files: [] };
    each.files.push(file);
    found.set(`${at} ${name}`, each);
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, { name, files: own }]) => {
    const text = (file: string): string => own.find(({ path }) => path.endsWith(`/${file}.txt`))?.text ?? '';
    const [segments, codes, messages] = [text('segments'), text('codes'), text('messages')];
    const hash = createHash('sha256').update([segments, messages, codes].join('\0')).digest('hex');
    return [name, { hash, open: () => readDirectory(name, { segments, codes, messages }), files: () => own }];
  }); // prettier-ignore
}
