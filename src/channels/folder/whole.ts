/**
 * When a file that somebody else writes is whole, and which names are of interest. The same for a folder of ours and for one
 * behind SFTP. Names are bytes: a string here holds one byte a character (latin1), so that any name survives.
 */

/** What was seen of a file when the folder was listed. */
export interface Seen {
  readonly path: string; // below the folder, with '/'
  readonly size: number; // bytes
  readonly mtime: number; // ms since 1970, by the clock of who keeps the file
}

/**
 * How the sender says that a file is whole.
 *
 *   renamed    it writes under a name that is ignored, and renames
 *   stable     it says nothing: size and time of change stay as they are for so many seconds, by our clock
 *   companion  it writes a second file afterwards, whose name is made of that of the first: `{name}.done`, `{stem}.trg`
 */
export type WholeRule = 'renamed' | { readonly stable: number } | { readonly companion: string };

export interface Choice {
  readonly complete?: WholeRule; // renamed unless said
  readonly names?: readonly string[]; // patterns with * and ?; any unless said
  readonly ignore?: readonly string[]; // patterns of names under which files are still written
}

const unfinished: readonly string[] = ['*.tmp', '*.part', '*.filepart', '*.crdownload', '*.swp', '*~'];

export interface Whole {
  readonly file: Seen;
  readonly companion?: string; // its path
}

/** A name as its bytes, one a character. */
export const bytesOf = (name: string): string => Buffer.from(name).toString('latin1');

/** A name for people: what is not readable text stands as `%E4`. */
export function readable(path: string): string {
  const bytes = Buffer.from(path, 'latin1');
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text).equals(bytes);

  return (isText ? text : path).replace(
    isText ? /[\x00-\x1f\x7f%]/g : /[^\x20-\x24\x26-\x7e]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

export const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Of what is listed again and again, the files that are whole, oldest first. Remembers how long each has been as it is. */
export class Wholeness {
  readonly #rule: WholeRule;
  readonly #names: readonly RegExp[];
  readonly #ignored: readonly RegExp[];
  readonly #isCompanion: RegExp | undefined;
  #known = new Map<string, Seen & { readonly since: number }>();

  constructor({ complete = 'renamed', names = ['*'], ignore = unfinished }: Choice) {
    this.#rule = complete;
    this.#names = names.map(globOf);
    this.#ignored = ignore.map(globOf);
    this.#isCompanion = typeof complete === 'object' && 'companion' in complete ? globOf(complete.companion.replace(/\{(?:name|stem)\}/, '*')) : undefined;
  }

  /** Whether a file of this name may become a message: neither hidden, nor still being written, nor one that only speaks of another. */
  isOfInterest(path: string): boolean {
    const name = baseOf(path);
    if (name.startsWith('.') || this.#isCompanion?.test(name)) return false;
    return this.#names.some((each) => each.test(name)) && !this.#ignored.some((each) => each.test(name));
  }

  /** The path of the file that says that this one is whole, where there is such a thing. */
  companion(path: string): string | undefined {
    return typeof this.#rule === 'object' && 'companion' in this.#rule ? companionOf(this.#rule.companion, path) : undefined;
  }

  whole(seen: readonly Seen[], now: number): Whole[] {
    const candidates = seen.filter(({ path }) => this.isOfInterest(path)).sort((a, b) => a.mtime - b.mtime || (a.path < b.path ? -1 : 1));
    const rule = this.#rule;
    if (rule === 'renamed') return candidates.map((file) => ({ file }));
    if ('companion' in rule) {
      const there = new Set(seen.map(({ path }) => path));
      return candidates.flatMap((file) => {
        const companion = companionOf(rule.companion, file.path);
        return there.has(companion) ? [{ file, companion }] : [];
      });
    }
    const known = new Map<string, Seen & { readonly since: number }>();
    for (const file of candidates) {
      const before = this.#known.get(file.path);
      const isSame = before?.size === file.size && before.mtime === file.mtime && before.since <= now; // else the clock was set back
      known.set(file.path, isSame ? before : { ...file, since: now });
    }
    this.#known = known;
    return candidates.filter(({ path, size }) => size > 0 && now - known.get(path)!.since >= rule.stable * 1_000).map((file) => ({ file }));
  }
}

function companionOf(pattern: string, path: string): string {
  const name = baseOf(path);
  const stem = name.replace(/(?<=.)\.[^.]*$/, '');
  const companion = bytesOf(pattern)
    .replace('{name}', () => name)
    .replace('{stem}', () => stem);
  return path.slice(0, path.length - name.length) + companion;
}

/** A pattern with * and ? over the bytes of a name. */
function globOf(pattern: string): RegExp {
  const source = bytesOf(pattern)
    .replace(/[\\^$.+()|[\]{}]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]');
  return new RegExp(`^${source}$`, 'i');
}
