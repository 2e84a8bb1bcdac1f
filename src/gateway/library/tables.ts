import { readHeads, type Heads } from '../../maps/heads.ts';
import { Grammars } from '../../syntax/cargoimp/grammar.ts';
import { openSegmented, type SegmentedTables } from '../translation/syntaxes.ts';
import { openDirectories, type Directories } from './directories.ts';
import { openDocumentSchemas, type DocumentSchemas } from './document-schemas.ts';
import { openLayouts, type Layouts } from './layouts.ts';
import { below, directoryFiles, type LibraryOptions, type Sources } from './sources.ts';

/** By what interchanges are read, whatever a map makes of them. */
export interface ReadingTables {
  readonly directories: Directories;
  readonly grammars: Grammars; // of Cargo-IMP
  readonly layouts: Layouts; // of records
  readonly documents: DocumentSchemas; // of JSON
  readonly segmented: SegmentedTables;
}

export function openTables(sources: Sources): ReadingTables {
  const { files } = sources;
  const directories = openDirectories(sources);
  const grammars = new Grammars(below(sources, 'schemas/cargoimp/'));
  const layouts = openLayouts(files);
  return { directories, grammars, layouts, documents: openDocumentSchemas(files), segmented: openSegmented({ files, directories, grammars, layouts }) };
}

/** The files of the map language. */
export const mapFilesOf = (sources: Sources): readonly Sources['files'][number][] => [
  ...below(sources, 'mappings/'),
  ...below(sources, 'maps/'),
  ...(sources.beside ?? []),
];

/** Which maps there are, by their heads: none is compiled, and whether one is in order is not known. */
export const openHeads = (sources: Sources, { segmented }: ReadingTables): Heads => readHeads(mapFilesOf(sources), segmented);

/** The directories alone, where no map is wanted. */
export const readDirectories = (options: LibraryOptions): Directories => openDirectories({ root: options.root, files: directoryFiles(options) });
