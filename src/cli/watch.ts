import { createHash } from 'node:crypto';
import { readdirSync, statSync, watch, type Dirent, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

const settling = 60; // ms in which an editor or a copy may write further files
const poll = { blind: 2_000, watching: 30_000 }; // ms; what is mounted from elsewhere tells nothing

/** Calls back when something below the folder has changed, until the function is called that it returns. */
export function watchFolder(folder: string, changed: () => void): () => void {
  const watchers = new Map<string, FSWatcher>(); // one a folder: files may be thousands
  let isBlind = false;
  let seen = marksOf(folder);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    timer = undefined;
    const now = marksOf(folder);
    watchAll();
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
    for (const each of foldersOf(folder)) {
      if (watchers.has(each)) continue;
      try {
        const watcher = watch(each, { persistent: false }, soon);
        const forget = (): void => void (watchers.get(each) === watcher && watchers.delete(each));
        watcher.on('error', () => watcher.close()).on('close', forget);
        watchers.set(each, watcher);
      } catch {
        isBlind = true; // the system watches no more
      }
    }
    for (const [each, watcher] of watchers) if (!statSync(each, { throwIfNoEntry: false })) watcher.close();
  };
  look();
  return () => {
    clearTimeout(timer);
    for (const watcher of [...watchers.values()]) watcher.close();
  };
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
