import { join } from 'node:path';
import type { ConfigFile } from '../../partners/config.ts';
import { isDirectoryFile } from './directories.ts';
import { readFolder } from './folder.ts';

/**
 * The files that decide what a message means, as they were read at one moment. A plain value: a worker thread can be handed it.
 * Of the shared directory tables it holds the index alone, which says by hash what they are.
 */
export interface Sources {
  readonly root: string;
  readonly files: readonly ConfigFile[]; // below mappings/ and schemas/ of the program, and what a configuration adds to them
  readonly beside?: readonly ConfigFile[]; // maps from elsewhere, named one by one
}

export interface LibraryOptions {
  readonly root: string; // the folder with mappings/ and schemas/
  readonly maps?: string | undefined; // a configuration folder whose maps/ are added
  readonly beside?: readonly ConfigFile[]; // map files that are added
}

const isYaml = /\.yaml$/;
const isMap = /^(?!(.*\/)?cases\/).*\.yaml$/; // cases stand beside maps and are the test runner's

const isSchema =
  /^(wco\/[^/]+\.(tsv|xsd)|x12\/\d{6}\/(segments|messages|codes)\.txt|config\/.+\.schema\.json|agencies\/.+\.yaml|rules\/.+\.yaml|codes\/.+\.tsv|(answers|changes|scenarios|sets)\/[^/]+\.yaml|cargoimp\/[^/]+\.txt|records\/.+\.yaml|json\/.+\.schema\.json)$/;

const read = (folder: string, name: string, which: RegExp): ConfigFile[] =>
  readFolder(folder, which).map(({ path, text }) => ({ path: `${name}/${path}`, text }));

/** What a configuration folder adds to what ships. */
const ownFolders: Readonly<Record<string, RegExp>> = { maps: isMap, rules: isYaml, profiles: isYaml, scenarios: isYaml, codes: /\.csv$/, xsd: /\.xsd$/ };

export function readSources({ root, maps, beside = [] }: LibraryOptions): Sources {
  const own = maps === undefined ? [] : Object.entries(ownFolders).flatMap(([folder, which]) => read(join(maps, folder), folder, which));
  const shipped = [...read(join(root, 'mappings'), 'mappings', isMap), ...read(join(root, 'schemas'), 'schemas', isSchema)];
  return { root, beside, files: [...shipped, ...own, ...directoryFiles({ root, maps })] };
}

export const directoryFiles = ({ root, maps }: LibraryOptions): ConfigFile[] => [
  ...read(join(root, 'schemas/edifact'), 'schemas/edifact', isDirectoryFile),
  ...(maps === undefined ? [] : [isDirectoryFile, /\.(yaml|schema\.json)$/].flatMap((which) => read(join(maps, 'directories'), 'directories', which))),
];

/** Those below a folder, and that are named so. */
export const below = ({ files }: Sources, folder: string, which = /(?:)/): ConfigFile[] =>
  files.filter(({ path }) => path.startsWith(folder) && which.test(path.slice(folder.length)));
