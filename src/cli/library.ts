import { readFileSync, statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { loadConfigurationFolder, openLibrary, type Library } from '../gateway/library/library.ts';
import { readerLimits, type ReaderLimits } from '../syntax/limits.ts';
import { UsageError, type Options } from './main.ts';
import { configFolder } from './options.ts';
import { programFolder } from './program.ts';

/** What interchanges are held to: the limits of `--config`, where it has a gateway.yaml that is in order, else those of the program. */
export function limitsFor(options: Options, library: Library): ReaderLimits {
  const folder = configFolder(options);
  const loaded = folder === undefined ? undefined : loadConfigurationFolder(folder, library).configuration;
  return loaded?.gateway.limits ?? readerLimits;
}

/** The shipped maps, with those of `--config`. */
export function libraryFor(options: Options): Library {
  return openLibrary({ root: programFolder, maps: configFolder(options) });
}

/**
 * The library for maps that are named by name or by file, and the files that were meant. A file that is no part of the
 * library is read beside it, so that it is checked with all the others.
 */
export function libraryWith(options: Options, names: readonly string[]): { readonly library: Library; readonly files: readonly string[] } {
  const maps = configFolder(options);
  const library = openLibrary({ root: programFolder, maps });
  const within = (path: string, folder: string | undefined): string | undefined => {
    if (folder === undefined) return undefined;
    const inside = relative(resolve(folder), path).split(sep).join('/');
    return library.file(inside) && inside;
  };
  const beside: { path: string; text: string }[] = [];
  const files = names.map((name) => {
    const known = library.catalog.maps.find((each) => each.name === name)?.file;
    if (known !== undefined) return known;
    const path = resolve(name);
    const part = within(path, programFolder) ?? within(path, maps);
    if (part !== undefined) return part;
    // A file that calls itself so, and is no map that could be listed: what is wrong with it is what is asked.
    const own = library.sources.files.find(({ text }) => text.split(/\r?\n/).some((line) => line.trim() === `map: ${name}`));
    if (own) return own.path;
    if (!statSync(path, { throwIfNoEntry: false })?.isFile())
      throw new UsageError(`there is no map and no file \`${name}\`; \`portolan map list\` shows the maps`);
    beside.push({ path: name, text: readFileSync(path, 'utf8') });
    return name;
  });
  return { library: beside.length === 0 ? library : openLibrary({ root: programFolder, maps, beside }), files };
}
