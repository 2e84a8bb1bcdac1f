import { readFileSync, statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { loadConfigurationFolder, openLibrary, type Library } from '../gateway/library/library.ts';
import { encodings, isEncoding, type AgreedCharsets } from '../syntax/charset.ts';
import { readerLimits, type ReaderLimits } from '../syntax/limits.ts';
import { UsageError, type Options } from './main.ts';
import { programFolder } from './program.ts';

/** The option of every command that works with maps: a configuration folder, whose maps/ join the shipped ones. */
export const configOption = { config: { type: 'string' } } as const;

/** The configuration folder that was named, if one was. */
export function configFolder(options: Options): string | undefined {
  const config = options['config'] as string | undefined;
  if (config !== undefined && !statSync(config, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`--config: there is no folder \`${config}\``);
  return config;
}

/** What interchanges are held to: the limits of `--config`, where it has a gateway.yaml that is in order, else those of the program. */
export function limitsFor(options: Options, library: Library): ReaderLimits {
  const folder = configFolder(options);
  const loaded = folder === undefined ? undefined : loadConfigurationFolder(folder, library).configuration;
  return loaded?.gateway.limits ?? readerLimits;
}

/** The option of every command that reads interchanges: what their text is encoded in, whatever they declare. */
export const charsetOption = { charset: { type: 'string' } } as const;

export function charsetsFor(options: Options): AgreedCharsets | undefined {
  const name = options['charset'] as string | undefined;
  if (name === undefined) return undefined;
  if (!isEncoding(name)) throw new UsageError(`--charset: \`${name}\` is not known; it is one of ${encodings.join(', ')}`);
  return { '*': name };
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
    if (!statSync(path, { throwIfNoEntry: false })?.isFile())
      throw new UsageError(`there is no map and no file \`${name}\`; \`portolan map list\` shows the maps`);
    beside.push({ path: name, text: readFileSync(path, 'utf8') });
    return name;
  });
  return { library: beside.length === 0 ? library : openLibrary({ root: programFolder, maps, beside }), files };
}
