import type { EvidenceSource } from './evidence-source.ts';
import { sha256 } from './verify.ts';

/** What the files of the log say about one entry. */
export interface Expected {
  readonly tile: Buffer | undefined; // its hash in the tile of level 0
  readonly bundled: Buffer | undefined; // the hash of its bytes in the entry bundle
}

interface Loaded {
  readonly tile: Buffer | undefined;
  readonly bundle: readonly Buffer[] | undefined;
}

/**
 * Compares every file below `log/` with what the entries make it: C2SP tlog-tiles, spelt out once more. While the
 * entries go by the files are witnesses of what each entry was; at the end each file is compared with the whole log.
 */
export class LogFilesCheck {
  readonly #source: EvidenceSource;
  readonly #broken: (part: string, message: string) => void;
  readonly #paths: Set<string>;
  readonly #levels: Buffer[][] = []; // hashes by level, of all the log: 32 bytes for an entry
  #loaded: { readonly n: number; readonly files: Loaded } | undefined;

  constructor(source: EvidenceSource, broken: (part: string, message: string) => void) {
    this.#source = source;
    this.#broken = broken;
    this.#paths = new Set(source.logFiles().filter((path) => !path.endsWith('.new')));
  }

  expected(idx: number): Expected {
    const n = Math.floor(idx / 256);
    if (this.#loaded?.n !== n) this.#loaded = { n, files: this.#load(n) };
    const { tile, bundle } = this.#loaded.files;
    const i = idx % 256;
    const hash = tile && tile.length >= 32 * (i + 1) ? tile.subarray(32 * i, 32 * i + 32) : undefined;
    const entry = bundle?.[i];
    return { tile: hash, bundled: entry && sha256(Buffer.of(0), entry) };
  }

  /** The next leaf, as judged. */
  push(hash: Buffer): void {
    for (let level = 0, node: Buffer | undefined = hash; node; level++) {
      const hashes: Buffer[] = (this.#levels[level] ??= []);
      hashes.push(node);
      node = hashes.length % 256 === 0 ? fold(hashes.slice(-256)) : undefined;
    }
  }

  /** All files that are there, against what the log makes them; and whether those that must be there are. */
  finish(entries: number): void {
    const published = Number(this.#source.publishedCheckpoint?.split('\n')[1] ?? 0);
    for (const path of [...this.#paths].sort()) {
      if (path !== 'checkpoint') this.#file(path, entries);
    }
    for (let level = 0; level < this.#levels.length; level++) {
      const full = Math.floor(Math.min(published, entries) / 256 ** (level + 1));
      for (let n = 0; n < full; n++) {
        for (const path of level === 0 ? [pathOf(0, n), pathOf('entries', n)] : [pathOf(level, n)]) {
          if (!this.#paths.has(path)) this.#broken(`log/${path}`, 'it is missing; the next start makes it again');
        }
      }
    }
  }

  #file(path: string, entries: number): void {
    const name = /^tile\/(entries|\d+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path);
    if (!name) return this.#broken(`log/${path}`, 'it is no file of a log');
    const n = Number(name[2]!.replace(/[x/]/g, ''));
    const width = Number(name[3] ?? 256);
    const bytes = this.#source.logFile(path);
    if (!bytes) return; // a partial tile that has just become full
    if (name[1] === 'entries') return this.#bundle(path, n, width, bytes, entries);
    const hashes = (this.#levels[Number(name[1])] ?? []).slice(n * 256, n * 256 + width);
    if (hashes.length < width) return this.#broken(`log/${path}`, 'it covers more entries than there are');
    if (!Buffer.concat(hashes).equals(bytes)) {
      const i = hashes.findIndex((hash, at) => !hash.equals(bytes.subarray(32 * at, 32 * at + 32)));
      this.#broken(`log/${path}`, i < 0 ? 'its length is wrong' : `its hash ${i} was changed`);
    }
  }

  #bundle(path: string, n: number, width: number, bytes: Buffer, entries: number): void {
    const parts = unbundle(bytes);
    if (n * 256 + width > entries) return this.#broken(`log/${path}`, 'it covers more entries than there are');
    const hashes = (this.#levels[0] ?? []).slice(n * 256, n * 256 + width);
    const i = hashes.findIndex((hash, at) => !parts?.[at] || !sha256(Buffer.of(0), parts[at]).equals(hash));
    if (parts?.length !== width || i >= 0) this.#broken(`log/${path}`, i < 0 || !parts ? 'its lengths were changed' : `entry ${n * 256 + i} was changed`);
  }

  /** The files over the n-th 256 entries: the full ones, else the widest. */
  #load(n: number): Loaded {
    const widest = (kind: number | 'entries'): string => {
      const full = pathOf(kind, n);
      if (this.#paths.has(full)) return full;
      for (let width = 255; width > 0; width--) if (this.#paths.has(`${full}.p/${width}`)) return `${full}.p/${width}`;
      return full;
    };
    const bundle = this.#source.logFile(widest('entries'));
    return { tile: this.#source.logFile(widest(0)), bundle: bundle && unbundle(bundle) };
  }
}

/** The tree by its definition: hashes of equal height are joined as soon as there are two. */
export class Roots {
  #peaks: { readonly height: number; readonly hash: Buffer }[] = [];

  push(leaf: Buffer): void {
    let top = { height: 0, hash: leaf };
    for (let last = this.#peaks.at(-1); last?.height === top.height; last = this.#peaks.at(-1)) {
      this.#peaks.pop();
      top = { height: top.height + 1, hash: sha256(Buffer.of(1), last.hash, top.hash) };
    }
    this.#peaks.push(top);
  }

  root(): Buffer {
    return this.#peaks.map(({ hash }) => hash).reduceRight((right, left) => sha256(Buffer.of(1), left, right));
  }

  rootWith(leaves: readonly Buffer[]): Buffer {
    const peaks = [...this.#peaks];
    for (const leaf of leaves) this.push(leaf);
    const root = this.root();
    this.#peaks = peaks;
    return root;
  }
}

function pathOf(kind: number | 'entries', n: number): string {
  let path = String(n % 1000).padStart(3, '0');
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) path = `x${String(rest % 1000).padStart(3, '0')}/${path}`;
  return `tile/${kind}/${path}`;
}

/** Entries behind their lengths; undefined where the lengths do not add up. */
function unbundle(bytes: Buffer): Buffer[] | undefined {
  const entries: Buffer[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + bytes.readUInt16BE(at);
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return at === bytes.length ? entries : undefined;
}

function fold(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 1) return hashes[0]!;
  const half = hashes.length / 2;
  return sha256(Buffer.of(1), fold(hashes.slice(0, half)), fold(hashes.slice(half)));
}
