import { loadDictionary } from '../../dictionary/load.ts';
import type { ConfigFile } from '../../partners/config.ts';

export const isSameFiles = (a: readonly ConfigFile[], b: readonly ConfigFile[]): boolean =>
  a.length === b.length && a.every(({ path, text }, i) => path === b[i]!.path && text === b[i]!.text);

/** A dictionary is a matter of its files alone, and large: other maps beside it do not make it anew. */
export function dictionaryOf(files: readonly ConfigFile[]): ReturnType<typeof loadDictionary> {
  if (!loaded || !isSameFiles(loaded.files, files)) loaded = { files, made: loadDictionary(files) };
  return loaded.made;
}
let loaded: { readonly files: readonly ConfigFile[]; readonly made: ReturnType<typeof loadDictionary> } | undefined;
