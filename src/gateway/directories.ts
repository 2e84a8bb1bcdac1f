import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigFile } from '../partners/config.ts';
import { withService, type Directory } from '../syntax/edifact/directory.ts';
import { nearestDirectories } from '../syntax/edifact/nearest.ts';
import { directoryText, readDirectory, type DirectoryFiles } from '../syntax/edifact/tables.ts';
import type { MessageHeader } from '../syntax/unit.ts';

/** The UN/EDIFACT directories at hand: the shipped ones, and those that were added. None is read before it is asked for. */
export interface Directories {
  readonly names: readonly string[]; // message directories, oldest first, then `service-1` to `service-4`
  get(name: string): Directory | undefined;
  /** The service segments of a syntax version. Those of 3 are read with for 1 and 2: what is stated as 1 is written as 3 (`D` as a version). */
  service(syntaxVersion: string | undefined): Directory | undefined;
  /** The tables for a message, service segments included: its directory's, or, where there is none of that name, the nearest's. */
  of(header: MessageHeader): Directory | undefined;
  /** Of what the directory says. */
  hash(name: string): string;
  /** What the directory says, as text. */
  files(name: string): readonly ConfigFile[];
}

/** A directory that can be had: how, and the hash of what it says. */
interface Entry {
  readonly hash: string;
  open(): Directory;
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
const told = new WeakMap<Directory, readonly ConfigFile[]>(); // what a directory says, as text

export function openDirectories({ root, files }: { readonly root: string; readonly files: readonly ConfigFile[] }): Directories {
  const entries = new Map<string, Entry>();
  for (const set of shared)
    for (const [name, entry] of sharedEntries(
      join(root, 'schemas/edifact', set),
      files.find(({ path }) => path === `schemas/edifact/${set}/index.txt`),
    ))
      entries.set(name, entry);
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
  const byDate = (name: string): string => (isService(name) ? `9${name}` : `${/^.[5-9]/.test(name) ? 1 : 2}${name.slice(1)}`);
  const names = [...entries.keys()].sort((a, b) => (byDate(a) < byDate(b) ? -1 : 1));
  const combined = new Map<string, Directory | undefined>();
  const together = (name: string, service: string): Directory | undefined => {
    const key = `${name} ${service}`;
    if (!combined.has(key)) {
      const [messages, services] = [get(name), get(service)];
      combined.set(key, messages && services ? withService(messages, services) : messages);
    }
    return combined.get(key);
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
    files(name) {
      const directory = get(name);
      if (!directory) return [];
      const said = told.get(directory) ?? Object.entries(directoryText(directory)).map(([file, text]: [string, string]) => ({ path: `schemas/edifact/${name}/${file}.txt`, text })); // prettier-ignore
      told.set(directory, said);
      return said;
    },
  };
}

function sharedEntries(folder: string, index: ConfigFile | undefined): [string, Entry][] {
  if (!index) return [];
  const rows = index.text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split('\t') as [string, string]); // prettier-ignore
  const sums = new Map(rows.filter(([name]) => name.endsWith('.txt')));
  const own = rows.filter(([name]) => !name.endsWith('.txt'));
  const among = own.map(([name]) => name);
  const text = (file: string): string => readTable(join(folder, file), sums.get(file) ?? '');
  const files: DirectoryFiles = {
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
  return own.map(([name, hash]) => [name, { hash, open: () => readDirectory(name, files, among) }]);
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
  const found = new Map<string, { segments?: string; codes?: string; messages?: string }>();
  for (const { path, text } of files) {
    const [, at = '', name = '', file = ''] = /^(schemas\/edifact|directories)\/([\w-]+)\/(segments|codes|messages)\.txt$/.exec(path) ?? [];
    if (file === '') continue;
    const key = `${at} ${name}`;
    found.set(key, { ...found.get(key), [file]: text });
  }
  return [...found].sort(([a], [b]) => (a < b ? 1 : -1)).map(([key, { segments = '', codes = '', messages = '' }]) => {
    const name = key.split(' ')[1]!;
    const hash = createHash('sha256').update([segments, messages, codes].join('\0')).digest('hex');
    return [name, { hash, open: () => readDirectory(name, { segments, codes, messages }) }];
  }); // prettier-ignore
}
