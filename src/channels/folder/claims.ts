import { randomBytes } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { lstat, mkdir, open, opendir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { absent, codeOf } from './outgoing.ts';
import type { Seen, Whole } from './whole.ts';

/** Paths below the folder: one byte of the name a character (see `whole.ts`). */
const onDisk = (folder: string, ...parts: readonly string[]): Buffer => Buffer.concat([Buffer.from(folder), Buffer.from(['', ...parts].join('/'), 'latin1')]);

const most = 100_000; // files of one listing: what is beyond comes with the next

/** The sub-folders that are ours, in the watched folder itself, because a claim is a rename and must not leave the file system. */
export const ours = { working: 'working', done: 'done', refused: 'refused' } as const;

/**
 * A folder of which files are taken. A file is claimed by renaming it into `working/OWNER`, so that of two processes one gets
 * it; the owner is the data folder of a gateway, so that after a crash the same gateway finds what it had claimed, and takes
 * nothing from another that is alive.
 */
export class Claims {
  readonly #folder: string;
  readonly #own: string;
  readonly #ways = new Set<string>(); // folders that are known to be there since the last look

  constructor(folder: string, owner: string) {
    this.#folder = folder;
    this.#own = `${ours.working}/${owner}`;
  }

  /** Who claims for a gateway: kept in its data folder. */
  static async owner(data: string): Promise<string> {
    await mkdir(data, { recursive: true });
    const file = join(data, 'folder-owner');
    await writeFile(file, randomBytes(6).toString('hex'), { flag: 'wx' }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    const owner = (await readFile(file, 'utf8')).trim();
    if (/^[0-9a-f]{12}$/.test(owner)) return owner;
    await rm(file); // torn by a crash at the first start: nothing was claimed under it
    return Claims.owner(data);
  }

  /** What lies in the folder. Links are not followed, and what is neither file nor folder is passed over. */
  async list(below: boolean): Promise<Seen[]> {
    const seen: Seen[] = [];
    this.#ways.clear();
    await this.#walk('', below, (entry, path) => !entry.startsWith('.') && !(path === entry && Object.values(ours).some((name) => name === entry)), seen);
    return seen;
  }

  /** What was claimed and not brought to its end. */
  async claimed(): Promise<Seen[]> {
    const seen: Seen[] = [];
    await this.#walk(this.#own, true, () => true, seen).catch(absent);
    return seen.map((file) => ({ ...file, path: file.path.slice(this.#own.length + 1) })).sort((a, b) => a.mtime - b.mtime || (a.path < b.path ? -1 : 1));
  }

  /** How many files others have claimed here. */
  async countOfOthers(): Promise<number> {
    const found: Seen[] = [];
    await this.#walk(ours.working, true, (_, path) => path !== this.#own && path !== this.#companions, found).catch(absent);
    return found.length;
  }

  /** A file as it is now, under its own name. False where another was faster, or one of the same name is still being worked on. */
  async claim({ file, companion }: Whole): Promise<boolean> {
    const at = this.working(file.path);
    if (await lstat(at).catch(absent)) return false;
    await this.#makeWay(this.#own, file.path);
    if (companion !== undefined) {
      // The companion first: left behind, it would vouch for the next file of this name before that is whole.
      await this.#makeWay(this.#companions, companion);
      if (!(await this.#moved(onDisk(this.#folder, companion), onDisk(this.#folder, this.#companions, companion)))) return false;
    }
    const won = await this.#moved(onDisk(this.#folder, file.path), at);
    if (companion !== undefined && won) await unlink(onDisk(this.#folder, this.#companions, companion));
    return won;
  }

  /** Companions whose files were not claimed, because we fell in between, go back to them; those of claimed files have done their part. */
  async restoreCompanions(spent: ReadonlySet<string>): Promise<void> {
    const left: Seen[] = [];
    await this.#walk(this.#companions, true, () => true, left).catch(absent);
    for (const { path } of left) {
      const from = onDisk(this.#folder, path);
      const name = path.slice(this.#companions.length + 1);
      const to = onDisk(this.#folder, name);
      if (spent.has(name) || (await lstat(to).catch(absent))) await unlink(from);
      else await rename(from, to);
    }
  }

  working(path: string): Buffer {
    return onDisk(this.#folder, this.#own, path);
  }

  /** The bytes of a claimed file; `changed` where somebody still writes it, `link` where it is no file. */
  async read(path: string, largest: number): Promise<{ readonly seen: Seen; readonly bytes?: Buffer } | 'changed' | 'link'> {
    const handle = await open(this.working(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: unknown) => {
      if (codeOf(error) !== 'ELOOP') throw error;
    });
    if (!handle) return 'link';
    try {
      const before = await handle.stat();
      if (!before.isFile()) return 'link';
      const seen: Seen = { path, size: before.size, mtime: before.mtimeMs };
      if (before.size > largest) return { seen };
      const bytes = await handle.readFile();
      const after = await handle.stat();
      return bytes.length === before.size && after.size === before.size && after.mtimeMs === before.mtimeMs ? { seen, bytes } : 'changed';
    } finally {
      await handle.close();
    }
  }

  /** Moves a claimed file to where its end is, with what is told of it beside. A name that is used gets a part of the key. */
  async end(path: string, where: 'done' | 'refused', key: string, told?: { readonly ending: string; readonly text: string }): Promise<void> {
    await this.#makeWay(where, path);
    let name = path;
    if (await lstat(onDisk(this.#folder, where, name)).catch(absent)) name = shortened(path, `.${key.slice(0, 12)}`);
    if (told) {
      const beside = onDisk(this.#folder, where, shortened(name, told.ending));
      await writeFile(beside, told.text, { flush: true });
    }
    await rename(this.working(path), onDisk(this.#folder, where, name));
  }

  async remove(path: string): Promise<void> {
    await unlink(this.working(path));
  }

  get #companions(): string {
    return `${this.#own}.companions`;
  }

  async #makeWay(root: string, path: string): Promise<void> {
    const way = [root, ...path.split('/').slice(0, -1)].join('/');
    if (this.#ways.has(way)) return;
    await mkdir(onDisk(this.#folder, way), { recursive: true, mode: 0o750 });
    this.#ways.add(way);
  }

  /** False where it is not there any more. */
  async #moved(from: Buffer, to: Buffer): Promise<boolean> {
    return rename(from, to).then(
      () => true,
      (error: unknown) => {
        absent(error);
        return false;
      },
    );
  }

  async #walk(under: string, below: boolean, isWanted: (name: string, path: string) => boolean, seen: Seen[]): Promise<void> {
    // The encoding of names is one that every name survives.
    for await (const entry of await opendir(onDisk(this.#folder, under), { encoding: 'latin1' as BufferEncoding, bufferSize: 512 })) {
      if (seen.length >= most) return;
      const path = under === '' ? entry.name : `${under}/${entry.name}`;
      if (!isWanted(entry.name, path)) continue;
      const kind = await this.#kindOf(entry, path);
      if (kind === 'folder' && below) await this.#walk(path, below, isWanted, seen).catch(absent);
      else if (typeof kind === 'object') seen.push(kind);
    }
  }

  async #kindOf(entry: Dirent, path: string): Promise<Seen | 'folder' | undefined> {
    if (entry.isDirectory()) return 'folder';
    if (entry.isSymbolicLink()) return undefined;
    const found = await lstat(onDisk(this.#folder, path)).catch(absent);
    if (found?.isDirectory()) return 'folder';
    return found?.isFile() ? { path, size: found.size, mtime: found.mtimeMs } : undefined;
  }
}

/** A path with an ending, its name within what file systems allow. */
function shortened(path: string, ending: string): string {
  const at = path.lastIndexOf('/') + 1;
  return path.slice(0, at) + path.slice(at, at + 255 - ending.length) + ending;
}
