import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, statSync, watch, type Dirent, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

const settling = 60; // ms in which an editor or a copy may write further files
const poll = { blind: 2_000, watching: 30_000 }; // ms; what is mounted from elsewhere tells nothing

/** Calls back when something below the folder has changed, until the function is called that it returns. */
export function watchFolder(folder: string, changed: () => void): () => void {
  const watchers = new Map<string, Watched>(); // one a folder: files may be thousands
  let isBlind = false;
  let seen = marksOf(folder);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    timer = undefined;
    watchAll(); // before its files are looked at, so that nothing is written unseen in between
    const now = marksOf(folder);
    timer ??= setTimeout(look, isBlind ? poll.blind : poll.watching).unref();
    if (now === seen) return;
    seen = now;
    changed();
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, settling);
  };
  const watchAll = (): void => {
    for (const [each, { watcher, identity }] of watchers) if (identity !== identityOf(each)) forget(each, watcher);
    isBlind = lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() ?? true; // that a link is turned to another folder is told to nobody who watches the one or the other
    for (const each of foldersOf(folder)) {
      if (watchers.has(each)) continue;
      try {
        const identity = identityOf(each);
        const watcher = watch(each, { persistent: false }, soon);
        watcher.on('error', () => forget(each, watcher));
        watchers.set(each, { watcher, identity });
      } catch {
        isBlind = true; // it is away, or the system watches no more
      }
    }
  };
  const forget = (each: string, watcher: FSWatcher): void => {
    if (watchers.get(each)?.watcher === watcher) watchers.delete(each);
    watcher.close();
  };
  look();
  return () => {
    clearTimeout(timer);
    for (const { watcher } of watchers.values()) watcher.close();
  };
}

/** A folder is watched by what it is, not by its name: another that is moved to its place must be watched anew. */
interface Watched {
  readonly watcher: FSWatcher;
  readonly identity: string;
}

/** The number of a folder that is gone may be given to the next. */
function identityOf(folder: string): string {
  const found = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.dev} ${found.ino} ${found.birthtimeNs}` : '';
}

/** What tells whether any file is another than before, without reading it. */
function marksOf(folder: string): string {
  const sum = createHash('sha256');
  for (const entry of entriesOf(folder)) {
    if (!entry.isFile() && !entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found) sum.update(`${path}\0${found.ino}\0${found.size}\0${found.mtimeNs}\n`);
  }
  return sum.digest('hex');
}

const foldersOf = (folder: string): string[] => [
  folder,
  ...entriesOf(folder).flatMap((entry) => (entry.isDirectory() ? [join(entry.parentPath, entry.name)] : [])),
];

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    return []; // it was moved away, or is just being written
  }
}
