import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Spill } from '../dictionary/paging.ts';
import { UsageError } from './main.ts';

/** Writes a file whole: under another name first, then renamed. There is never half of it. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  const staged = new StagedFile(path);
  try {
    staged.write(bytes);
    staged.keep();
  } finally {
    staged.drop();
  }
}

/** A file in the making. It appears under its name when it is kept, and not at all when it is dropped. */
export class StagedFile {
  readonly path: string;
  readonly #staging: string;
  #file: number | undefined; // undefined: kept or dropped
  #size = 0;

  constructor(path: string) {
    if (path === '-') throw new UsageError('`-` is standard input: name the file that is to be written');
    this.path = path;
    this.#staging = stagingOf(path);
    this.#file = naming(path, () => {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' });
      return openSync(this.#staging, 'w');
    });
  }

  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array | string): void {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    naming(this.path, () => writeAll(this.#file!, buffer));
    this.#size += buffer.length;
  }

  /** `path`: another name than the one it was made for. */
  keep(path = this.path): void {
    naming(path, () => {
      fsyncSync(this.#file!);
      closeSync(this.#file!);
      renameSync(this.#staging, path);
      this.#file = undefined;
      syncFolder(dirname(path));
    });
  }

  /** Of what was kept, nothing. */
  drop(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    rmSync(this.#staging, { force: true });
  }
}

const stagingOf = (path: string): string => join(dirname(path), `.${basename(path)}.${process.pid}.part`);

/** Whatever goes wrong is told of the path that was asked for, not of the name it has meanwhile; what is not there can only be its folder. */
export function naming<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw Object.assign(error as Error, { path, ...(isAbsent && { reason: 'there is no folder that it could stand in' }) });
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}

/** A name is on the disk when its folder is. */
function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r');
  fsyncSync(opened);
  closeSync(opened);
}

/** What a conversion writes into: one file, a folder of documents, or standard output. */
export interface Target {
  /** Begins the next document; undefined where there can be no further one. */
  document(): ((bytes: Uint8Array) => void) | undefined;
  readonly bytes: number;
  readonly many: boolean; // a document of its own for every message
  /** Shows what was written, under another name where `held` is given; the name. */
  keep(held: boolean): string;
  drop(): void;
}

/** A folder with one document each: `000001.xml` … It appears when all are there, and nothing else is in it. */
export function folderTarget(folder: string, extension: string): Target {
  const path = folder.replace(/\/+$/, '');
  const staging = stagingOf(path);
  for (const each of [path, `${path}.held`])
    if (existsSync(each) && naming(each, () => readdirSync(each)).length > 0)
      throw new UsageError(`--out: the folder \`${each}\` is not empty; name a new one, since documents of a former run would stand among the new ones`);
  naming(path, () => mkdirSync(staging));
  let file: number | undefined;
  let count = 0;
  let bytes = 0;
  const finish = (): void => {
    if (file === undefined) return;
    fsyncSync(file);
    closeSync(file);
    file = undefined;
  };
  return {
    many: true,
    get bytes() {
      return bytes;
    },
    document() {
      finish();
      const open = naming(path, () => openSync(join(staging, `${String(++count).padStart(6, '0')}.${extension}`), 'w'));
      file = open;
      return (chunk) => {
        naming(path, () => writeAll(open, chunk));
        bytes += chunk.length;
      };
    },
    keep(held) {
      finish();
      const to = held ? `${path}.held` : path;
      syncFolder(staging);
      naming(to, () => renameSync(staging, to)); // an empty folder gives way; one that was filled meanwhile does not
      syncFolder(dirname(path));
      return to;
    },
    drop() {
      if (file !== undefined) closeSync(file);
      file = undefined;
      rmSync(staging, { recursive: true, force: true });
    },
  };
}

/** One file. `single`: it can hold one document only. */
export function fileTarget(path: string, single: boolean): Target {
  const staged = new StagedFile(path);
  let begun = false;
  return {
    many: false,
    get bytes() {
      return staged.size;
    },
    document() {
      if (single && begun) return undefined;
      begun = true;
      return (chunk) => staged.write(chunk);
    },
    keep(held) {
      const to = held ? `${path}.held` : path;
      staged.keep(to);
      return to;
    },
    drop: () => staged.drop(),
  };
}

/** Standard output. Where a policy may still forbid it, it is held back whole, in `spill`. */
export function streamTarget(out: (bytes: Uint8Array) => void, single: boolean, spill: Spill | undefined): Target {
  const held: number[] = [];
  let begun = false;
  let bytes = 0;
  return {
    many: false,
    get bytes() {
      return bytes;
    },
    document() {
      if (single && begun) return undefined;
      begun = true;
      return (chunk) => {
        bytes += chunk.length;
        if (spill) held.push(spill.put(chunk));
        else out(chunk);
      };
    },
    keep() {
      for (const number of held) out(spill!.get(number) as Uint8Array);
      return 'standard output';
    },
    drop: () => undefined,
  };
}
