import { openDirectories } from '../../../src/gateway/library/directories.ts';
import { readSources } from '../../../src/gateway/library/sources.ts';
import type { Directory } from '../../../src/syntax/segments/directory.ts';
import { root } from '../../root.ts';

export const directories = openDirectories(readSources({ root }));

/** A directory of the repository by name. */
export const directory = (name: string): Directory => {
  const found = directories.get(name);
  if (!found) throw new Error(`there is no directory ${name}`);
  return found;
};
