import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigFile } from '../../partners/config.ts';

/** All files below a folder whose name ends so, with '/' separated paths relative to it, in order. */
export function readFolder(folder: string, ending: RegExp): ConfigFile[] {
  return listFolder(folder, ending).map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

function listFolder(folder: string, ending: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => ending.test(path))
    .sort();
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
