import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasError, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { isSameFiles } from '../gateway/library/dictionary-files.ts';
import { readFolder } from '../gateway/library/folder.ts';
import { openLibrary, type Library } from '../gateway/library/library.ts';
import { programFolder } from './program.ts';

/** Names, by hash, the shipped maps and rules that this program has found to be in order; written when it is built. */
const stamp = join(programFolder, 'dist', '.checked');

/**
 * What is wrong with the maps and rules of a library, as far as it is not known since the program was built that nothing is: those of
 * a configuration are checked at every start, and the shipped ones, a hundred and more, where anything about them or about the program
 * that checks them is not as it was. `before` is a library that was found to be in order: what of it is the same is not checked again.
 */
export function checkAtStart(library: Library, before?: Library): readonly Diagnostic[] {
  if (library === before) return [];
  if (!(before ? isSameProgram(library, before) : isChecked(library))) return [...library.check(), ...library.judging.check()];
  const { files, beside = [] } = library.sources;
  const added = [...files.filter((file) => !isShipped(file)), ...beside].map(({ path }) => path);
  const isShared = (path: string): boolean => path.startsWith('directories/') || library.catalog.maps.every(({ files }) => files.includes(path)); // as parts and codes are
  return [...library.check(added.some(isShared) ? undefined : added), ...library.judging.check(added)];
}

const isSameProgram = (a: Library, b: Library): boolean => isSameFiles(shipped(a), shipped(b));
const isShipped = ({ path }: { readonly path: string }): boolean => /^(mappings|schemas)\//.test(path);
const shipped = ({ sources }: Library) => sources.files.filter(isShipped);

function isChecked(library: Library): boolean {
  try {
    return readFileSync(stamp, 'utf8') === identity(library);
  } catch {
    return false; // not built by `npm start` or `npm test`
  }
}

/** Checks the shipped maps and rules, and remembers that they are in order; whether they are. */
export function markChecked(): boolean {
  const library = openLibrary({ root: programFolder });
  if (isChecked(library)) return true;
  const now = identity(library);
  if (hasError([...library.check(), ...library.judging.check()])) return false;
  writeFileSync(`${stamp}.${process.pid}`, now);
  renameSync(`${stamp}.${process.pid}`, stamp);
  return true;
}

/** What the verdict on what is shipped depends on: they, what they are about, and the program that judges them. */
function identity(library: Library): string {
  const sum = createHash('sha256');
  const add = (path: string, text: string): void => void sum.update(`${path}\0${text.length}\0${text}`);
  for (const { path, text } of shipped(library)) add(path, text);
  const src = fileURLToPath(new URL('..', import.meta.url));
  for (const { path, text } of readFolder(src, /\.[jt]s$/)) add(path, text);
  return sum.digest('hex');
}
