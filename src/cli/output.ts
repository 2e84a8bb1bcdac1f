import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Writes a file whole: under another name first, then renamed. There is never half of it. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  const staged = new StagedFile(path);
  staged.write(bytes);
  staged.keep();
}

/** A file in the making. It appears under its name when it is kept, and not at all when it is dropped. */
export class StagedFile {
  readonly path: string;
  readonly #staging: string;
  readonly #file: number;
  #size = 0;

  constructor(path: string) {
    this.path = path;
    this.#staging = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
    this.#file = openSync(this.#staging, 'w');
  }

  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array | string): void {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    for (let done = 0; done < buffer.length;) done += writeSync(this.#file, buffer, done);
    this.#size += buffer.length;
  }

  /** `path`: another name than the one it was made for. */
  keep(path = this.path): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
    renameSync(this.#staging, path);
  }

  drop(): void {
    closeSync(this.#file);
    rmSync(this.#staging, { force: true });
  }
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

/** A folder with one document each: `000001.xml` … It appears when all are there. */
export function folderTarget(folder: string, extension: string): Target {
  const path = folder.replace(/\/+$/, '');
  const staging = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  mkdirSync(staging, { recursive: true });
  let file: number | undefined;
  let count = 0;
  let bytes = 0;
  const finish = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  return {
    many: true,
    get bytes() {
      return bytes;
    },
    document() {
      finish();
      file = openSync(join(staging, `${String(++count).padStart(6, '0')}.${extension}`), 'w');
      const open = file;
      return (chunk) => {
        for (let done = 0; done < chunk.length;) done += writeSync(open, chunk, done);
        bytes += chunk.length;
      };
    },
    keep(held) {
      finish();
      const to = held ? `${path}.held` : path;
      if (!existsSync(to)) renameSync(staging, to);
      else {
        for (const name of readdirSync(staging)) renameSync(join(staging, name), join(to, name));
        rmSync(staging, { recursive: true });
      }
      return to;
    },
    drop() {
      finish();
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

/** Standard output. Held back whole where a policy may still forbid it. */
export function streamTarget(out: (bytes: Uint8Array) => void, single: boolean, holdBack: boolean): Target {
  const held: Uint8Array[] = [];
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
        if (holdBack) held.push(chunk);
        else out(chunk);
      };
    },
    keep() {
      for (const chunk of held) out(chunk);
      return 'standard output';
    },
    drop: () => undefined,
  };
}
