import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigFile } from '../../partners/config.ts';

/** All files below a folder whose name ends so, with '/' separated paths relative to it, in order. */
export function readFolder(folder: string, ending: RegExp): ConfigFile[] {
  return listFolder(folder, ending).map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

const listFolder = (folder: string, ending: RegExp): string[] =>
  pathsBelow(folder)
    .filter((path) => ending.test(path))
    .sort();

/** Files and folders below a folder, or none where it is not there: '/' separated paths relative to it. A link is what it leads to. */
export function pathsBelow(folder: string): string[] {
  const found: string[] = [];
  // `readdirSync` itself descends too, but asks the file system of each name what it has just been told of it.
  const list = (inside: string): void => {
    for (const entry of readdirSync(join(folder, inside), { withFileTypes: true })) {
      const path = `${inside}${entry.name}`;
      found.push(path);
      const isLink = entry.isSymbolicLink();
      if (isLink ? statSync(join(folder, path), { throwIfNoEntry: false })?.isDirectory() : entry.isDirectory()) list(`${path}/`);
    }
  };
  if (existsSync(folder)) list('');
  return found;
}

interface Seen {
  readonly file: ConfigFile;
  readonly mark: string; // what the file system said of it
  readonly settled: boolean; // it was old enough then that a change must show in the mark
}

const seen = new Map<string, Map<string, Seen>>(); // by folder and path
const settling = 2_000; // ms: file systems write times as coarse as that

/**
 * The files of partners in a configuration folder. There may be many thousands, of which one has changed: a file that the file system says is
 * as it was is not read again, and is the same value.
 */
export function readPartnerFiles(folder: string): ConfigFile[] {
  const before = seen.get(folder);
  const now = new Map<string, Seen>();
  const at = Date.now();
  for (const name of listFolder(join(folder, 'partners'), /\.ya?ml$/)) {
    const { mtimeMs, ctimeMs, size, ino } = statSync(join(folder, 'partners', name));
    const mark = `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
    const known = before?.get(name);
    const settled = at - Math.max(mtimeMs, ctimeMs) > settling;
    if (known?.mark === mark && known.settled) now.set(name, known);
    else {
      const text = readFileSync(join(folder, 'partners', name), 'utf8');
      const file = known?.file.text === text ? known.file : { path: `partners/${name}`, text };
      now.set(name, { file, mark, settled });
    }
  }
  seen.set(folder, now);
  return [...now.values()].map(({ file }) => file);
}
