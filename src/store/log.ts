import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readIfWhole, writeWhole } from './log-files.ts';
import { count, leafHash, nodeHash, type Hash } from './tree.ts';

/**
 * The public log as files: C2SP tlog-tiles below `log/`.
 *
 *   checkpoint                    the newest signed note
 *   tile/0/x001/234               256 leaf hashes; `tile/1/…` holds the roots of full tiles of level 0, and so on
 *   tile/0/x001/235.p/17          the right edge, 17 hashes wide
 *   tile/entries/x001/234         the 256 entries, each behind its length in two bytes
 *
 * All of it is derived: what is missing or torn is made again from the entries in the database.
 */
export const tileWidth = 256;
const hashSize = 32;
const comparedAtStart = 16; // tiles of level 0: what a fall of the machine may have torn

export interface TileName {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number; // 256: full
}

/** Where the entries are: the database. */
export interface EntrySource {
  entries(from: number, to: number): Uint8Array[];
}

export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index).padStart(3, '0');
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!;
  const path = groups.map((group, i) => (i + 1 < groups.length ? `x${group}` : group)).join('/');
  return `tile/${level}/${path}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** The tile a path names, or undefined where it is not a path of a tile. Only the one spelling of each is taken. */
export function parseTilePath(path: string): TileName | undefined {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (!match) return undefined;
  const level = match[1] === 'entries' ? 'entries' : Number(match[1]);
  const name: TileName = { level, index: Number(match[2]!.replace(/[x/]/g, '')), width: match[3] === undefined ? tileWidth : Number(match[3]) };
  return tilePath(name) === path && name.width > 0 && (level === 'entries' || level <= 7) ? name : undefined;
}

/** Reads tiles, from their file where it is whole, else from the entries. */
export class TileReader {
  readonly folder: string;
  readonly #entries: EntrySource;
  readonly #kept = new Map<string, Hash[]>(); // a few tiles, full, or as far as they were made: what is in them never changes
  readonly #roots = new Map<string, Hash>(); // and roots of full tiles, of which the tiles above are made
  #recent: { readonly entry: Uint8Array; readonly hash: Hash }[] = []; // from #recentFirst to the end, where the owner tells
  #recentFirst: number | undefined;

  constructor(folder: string, entries: EntrySource) {
    this.folder = join(folder, 'log');
    this.#entries = entries;
  }

  /** The bytes of a tile in a log of `size` entries; undefined where the log is not that long. */
  tile(name: TileName, size: number): Buffer | undefined {
    const span = name.level === 'entries' ? 1 : tileWidth ** name.level;
    if ((name.index * tileWidth + name.width) * span > size) return undefined;
    if (name.level !== 'entries') return Buffer.concat(this.hashes(name.level, name.index, name.width));
    const from = name.index * tileWidth;
    return bundleBytes(this.#recentSlice(from, name.width)?.map((recent) => recent.entry) ?? this.#entries.entries(from, from + name.width));
  }

  /** The bytes of a tile, made from what is below it. */
  made(name: TileName, size: number): Buffer {
    if (name.level === 'entries') return this.tile(name, size)!;
    return Buffer.concat(this.#made(name.level, name.index, name.width, true));
  }

  /** The root of the i-th complete subtree of 2^level leaves. */
  node(level: number, i: number, fromFiles = true): Hash {
    const tileLevel = Math.floor(level / 8);
    const below = 2 ** (level % 8);
    const first = i * below;
    const hashes = this.hashes(tileLevel, Math.floor(first / tileWidth), (first % tileWidth) + below, fromFiles);
    return subtreeRoot(hashes.slice(first % tileWidth));
  }

  /** The first `width` hashes of a tile. */
  hashes(level: number, index: number, width: number, fromFiles = true): Hash[] {
    const key = `${level}/${index}`;
    const kept = fromFiles ? this.#kept.get(key) : undefined;
    if (kept && kept.length >= width) return kept.slice(0, width);
    const filed = fromFiles && !(level === 0 && this.#recentSlice(index * tileWidth, width)) ? this.#filed(level, index, width) : undefined;
    const hashes = filed ?? this.#made(level, index, width, fromFiles);
    if (fromFiles && (hashes.length === tileWidth || !filed)) {
      if (this.#kept.size > 256) this.#kept.clear();
      this.#kept.set(key, hashes);
    }
    return hashes.slice(0, width);
  }

  forgetFiles(): void {
    this.#kept.clear();
    this.#roots.clear();
  }

  /** Tells the newest entry, so that it need not be read and hashed again when its tile is written. */
  remember(index: number, entry: Uint8Array, hash: Hash): void {
    if (index !== (this.#recentFirst ?? -1) + this.#recent.length) {
      this.#recentFirst = index;
      this.#recent = [];
    }
    this.#recent.push({ entry, hash });
  }

  /** Forgets remembered entries whose tiles are full and written. */
  trim(published: number): void {
    const keep = Math.floor(published / tileWidth) * tileWidth;
    if (this.#recentFirst === undefined || keep <= this.#recentFirst) return;
    this.#recent = this.#recent.slice(keep - this.#recentFirst);
    this.#recentFirst = keep;
  }

  #recentSlice(first: number, width: number): { readonly entry: Uint8Array; readonly hash: Hash }[] | undefined {
    const from = this.#recentFirst === undefined ? -1 : first - this.#recentFirst;
    return from >= 0 && from + width <= this.#recent.length ? this.#recent.slice(from, from + width) : undefined;
  }

  /** From a file: the full tile, or above level 0 a partial one of just this width. The newest leaves are read where the truth is. */
  #filed(level: number, index: number, width: number): Hash[] | undefined {
    for (const candidate of width === tileWidth || level === 0 ? [tileWidth] : [tileWidth, width]) {
      const bytes = readIfWhole(join(this.folder, tilePath({ level, index, width: candidate })), candidate * hashSize);
      if (bytes) return split(bytes);
    }
    return undefined;
  }

  #made(level: number, index: number, width: number, fromFiles: boolean): Hash[] {
    const first = index * tileWidth;
    const recent = level === 0 ? this.#recentSlice(first, width) : undefined;
    if (recent) return recent.map((known) => known.hash);
    if (level === 0) return this.#entries.entries(first, first + width).map(leafHash);
    return Array.from({ length: width }, (_, i) => this.#root(level - 1, first + i, fromFiles));
  }

  /** The root of a full tile: the newest tile above it is written every second, and a tile has 256 leaves to hash. */
  #root(level: number, index: number, fromFiles: boolean): Hash {
    const key = `${level}/${index}`;
    let root = fromFiles ? this.#roots.get(key) : undefined;
    if (root) return root;
    root = subtreeRoot(this.hashes(level, index, tileWidth, fromFiles));
    if (!fromFiles) return root;
    if (this.#roots.size >= 4 * tileWidth) this.#roots.clear();
    this.#roots.set(key, root);
    return root;
  }
}

/** Writes the files of the log up to the newest checkpoint, beside the commits and never in their way. */
export class LogPublisher {
  readonly #reader: TileReader;
  #published: number; // entries that the files cover
  #running: Promise<void> = Promise.resolve();
  #missing: readonly TileName[] = [];
  #folders = new Set<string>(); // known to be there
  #partial = Infinity; // entries that files of partial tiles may cover: before the first time nobody knows

  constructor(reader: TileReader, published: number) {
    this.#reader = reader;
    this.#published = published;
  }

  /**
   * Looks for full tiles that are missing or have the wrong length, and compares the newest ones and those that are not full
   * with the entries, of which there are `size`; the next `publish` makes them again. `verify` compares all of them.
   */
  inspect(size: number): void {
    const full = [...tilesOf(0, this.#published)].filter((name) => {
      if (name.width < tileWidth) return false;
      const path = join(this.#reader.folder, tilePath(name));
      const found = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (name.level === 'entries' ? found === 0 : found !== tileWidth * hashSize) return true;
      const span = name.level === 'entries' ? 1 : tileWidth ** name.level;
      const isNewest = (name.index + (span === 1 ? comparedAtStart : 1)) * tileWidth * span >= this.#published;
      return isNewest && !this.#reader.made(name, this.#published).equals(readFileSync(path));
    });
    const isSure = ({ level }: TileName): boolean => full.length === 0 || level === 0 || level === 'entries'; // of what is below it
    const partial = [...tilesOf(0, size)].flatMap((name) => (name.width < tileWidth ? this.#torn(name, isSure(name) ? size : undefined) : []));
    this.#missing = [...full, ...partial];
    if (this.#missing.length > 0) this.#reader.forgetFiles();
  }

  /** The files of all widths of a tile that is not full: none waited for the disk, so any may be torn. Without `size` all are made again. */
  #torn(name: TileName, size: number | undefined): TileName[] {
    const folder = dirname(join(this.#reader.folder, tilePath(name)));
    const widths = existsSync(folder) ? readdirSync(folder).map(Number) : [];
    const all = widths.filter((width) => width > 0 && width <= name.width).map((width) => ({ ...name, width }));
    if (size === undefined) return all;
    const whole = this.#reader.made(name, size);
    const ends = endsOf(name, whole); // narrower ones are how it begins
    return all.filter(({ width }) => !whole.subarray(0, ends[width]).equals(readFileSync(join(folder, String(width)))));
  }

  /** Forgets all files; the next `publish` makes them again. */
  discard(): void {
    rmSync(join(this.#reader.folder, 'tile'), { recursive: true, force: true });
    this.#reader.forgetFiles();
    this.#missing = [];
    this.#published = 0;
  }

  publish(size: number, note: string): Promise<void> {
    const run = this.#running
      .then(() => this.#publish(size, note))
      .catch((error: unknown) => {
        this.#folders.clear(); // somebody may have taken one away
        this.#partial = Infinity;
        throw error;
      });
    this.#running = run.catch(() => undefined);
    return run;
  }

  /**
   * Tiles first, then the checkpoint that needs them: whoever reads the checkpoint finds the rest. Full tiles are on the
   * disk before the checkpoint, so that a start need not compare all of them again.
   */
  async #publish(size: number, note: string): Promise<void> {
    if (size <= this.#published && this.#missing.length === 0) return;
    for (const name of [...this.#missing, ...tilesOf(this.#published, size)]) {
      const path = join(this.#reader.folder, tilePath(name));
      const isFull = name.width === tileWidth;
      await this.#folder(dirname(path));
      const isLost = this.#missing.includes(name);
      if (isLost) this.#reader.forgetFiles(); // who asked for a proof meanwhile may have read what was wrong below it
      await writeWhole(path, isLost ? this.#reader.made(name, size) : this.#reader.tile(name, size)!, isFull);
      if (isFull && name.index * tileWidth < count(this.#partial, name.level === 'entries' ? 0 : 8 * name.level))
        await rm(`${path}.p`, { recursive: true, force: true });
    }
    if (this.#missing.length > 0) this.#reader.forgetFiles();
    this.#missing = [];
    await this.#folder(this.#reader.folder);
    await writeWhole(join(this.#reader.folder, 'checkpoint'), note, false);
    this.#partial = this.#published = size;
    this.#reader.trim(size);
  }

  async #folder(path: string): Promise<void> {
    if (this.#folders.has(path)) return;
    await mkdir(path, { recursive: true });
    this.#folders.add(path);
  }
}

/** The tiles that a log of `to` entries has and one of `from` had not, lowest level first. */
export function* tilesOf(from: number, to: number): Generator<TileName> {
  for (let level = 0; count(to, 8 * level) > 0; level++) {
    const before = count(from, 8 * level);
    const now = count(to, 8 * level);
    if (before === now) continue;
    for (let index = Math.floor(before / tileWidth); index * tileWidth < now; index++) {
      const width = Math.min(tileWidth, now - index * tileWidth);
      yield { level, index, width };
      if (level === 0) yield { level: 'entries', index, width };
    }
  }
}

/** Entries one behind the other, each with its length in two bytes, big-endian. */
export function bundleBytes(entries: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const length = Buffer.allocUnsafe(2);
    length.writeUInt16BE(entry.length);
    parts.push(length, entry);
  }
  return Buffer.concat(parts);
}

/** Where the first so many hashes or entries of a tile end in its bytes. */
function endsOf({ level, width }: TileName, bytes: Buffer): number[] {
  const ends = [0];
  while (ends.length <= width) ends.push(ends.at(-1)! + (level === 'entries' ? 2 + bytes.readUInt16BE(ends.at(-1)) : hashSize));
  return ends;
}

/** The root of a complete subtree from its 2^n nodes. */
function subtreeRoot(nodes: readonly Hash[]): Hash {
  let row = nodes;
  while (row.length > 1) row = Array.from({ length: row.length / 2 }, (_, i) => nodeHash(row[2 * i]!, row[2 * i + 1]!));
  return row[0]!;
}

function split(bytes: Buffer): Hash[] {
  return Array.from({ length: bytes.length / hashSize }, (_, i) => bytes.subarray(i * hashSize, (i + 1) * hashSize));
}
