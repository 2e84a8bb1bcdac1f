import { createHash } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import type { Code } from '../../diagnostics/codes.ts';
import type { Incoming, Surroundings, Take } from '../channel.ts';
import { Claims, ours } from './claims.ts';
import { codeOf } from './outgoing.ts';
import { Poll } from './poll.ts';
import { arrivalKey, comesAgain, refusalText, takenOf, type Refusal } from './told.ts';
import { readable, Wholeness, type Choice, type Seen } from './whole.ts';

export interface FolderIncoming extends Choice {
  readonly path: string;
  readonly subfolders?: boolean;
  readonly every?: number; // seconds between two looks; 10 unless said. A change that the system tells is looked at sooner
  readonly afterwards?: 'keep' | 'delete'; // what is taken stays in `done`, with its receipt, unless said otherwise
  readonly largest?: number; // bytes; 64 MiB unless said
}

export const largestFile = 64 * 1024 * 1024;
const strandedAfter = 60_000; // ms

/**
 * Takes the files of a folder. What is claimed lies in `working`, is handed to `take`, and ends in `done` with its receipt, or in
 * `refused` with the reason. Wherever we are killed, either the file is still in the folder or in `working`, or the message is
 * taken: and then the same file is taken once more under the same key, which is the same arrival.
 */
export async function folderIncoming(settings: FolderIncoming, party: string, surroundings: Surroundings, take: Take): Promise<Incoming> {
  const owner = `${await Claims.owner(surroundings.data)}-${party}`;
  const folder = new WatchedFolder(settings, party, surroundings, take, new Claims(settings.path, owner));
  const poll = new Poll({
    lock: `${settings.path} ${owner}`,
    every: settings.every ?? 10,
    round: (signal) => folder.round(signal),
    failed: (error) => folder.failed(error),
  });
  const hint = watcher(settings.path, () => poll.soon());
  return {
    async close() {
      hint?.close();
      await poll.close();
    },
  };
}

class WatchedFolder {
  readonly #settings: FolderIncoming;
  readonly #party: string;
  readonly #surroundings: Surroundings;
  readonly #take: Take;
  readonly #claims: Claims;
  readonly #wholeness: Wholeness;
  readonly #claimed: Wholeness; // of what was claimed while somebody still wrote it
  #trouble: string | undefined;
  #pause = 5; // seconds
  #stranded = { files: 0, since: 0, isTold: false };

  constructor(settings: FolderIncoming, party: string, surroundings: Surroundings, take: Take, claims: Claims) {
    this.#settings = settings;
    this.#party = party;
    this.#surroundings = surroundings;
    this.#take = take;
    this.#claims = claims;
    this.#wholeness = new Wholeness(settings);
    const isStable = typeof settings.complete === 'object' && 'stable' in settings.complete;
    this.#claimed = new Wholeness({ ignore: [], ...(isStable && { complete: settings.complete! }) });
  }

  /** One look: what was claimed before comes first. Seconds until the next look, where it is not the usual time. */
  async round(signal: AbortSignal): Promise<number | undefined> {
    const { now, report } = this.#surroundings;
    const left = await this.#claims.claimed();
    await this.#claims.restoreCompanions(new Set(left.flatMap(({ path }) => this.#wholeness.companion(path) ?? [])));
    let wait: number | undefined;
    for (const { file } of this.#claimed.whole(left, now())) {
      if (signal.aborted) return undefined;
      const ended = await this.#work(file);
      if (ended === 'busy') return this.#pause;
      if (ended === 'changed') wait = 1;
    }
    const seen = await this.#claims.list(this.#settings.subfolders ?? false);
    if (this.#trouble !== undefined) report({ event: 'folder is read again', party: this.#party, folder: this.#settings.path });
    this.#trouble = undefined;
    for (const whole of this.#wholeness.whole(seen, now())) {
      if (signal.aborted) return undefined;
      if (!(await this.#claims.claim(whole))) continue;
      const ended = await this.#work(whole.file);
      if (ended === 'busy') return this.#pause;
      if (ended === 'changed') wait = 1;
    }
    await this.#lookForOthers();
    return wait;
  }

  /** Told once, until it is another fault or none. */
  failed(error: unknown): undefined {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== this.#trouble) this.#report('folder cannot be read', 'FETCH_FOLDER', { folder: this.#settings.path, reason });
    this.#trouble = reason;
  }

  /** Brings a claimed file to its end, or leaves it claimed: `changed` while somebody writes it, `busy` while nothing is taken. */
  async #work(listed: Seen): Promise<'ended' | 'changed' | 'busy'> {
    const { path } = listed;
    const read = await this.#claims.read(path, this.#settings.largest ?? largestFile);
    if (read === 'changed') return 'changed';
    if (read === 'link') return this.#refuse({ path, size: 0, mtime: 0 }, 'FETCH_NO_FILE', `${readable(path)} is a link, or no file`);
    const { seen, bytes } = read;
    if (seen.size !== listed.size || seen.mtime !== listed.mtime) return 'changed'; // since it was found whole
    if (bytes === undefined) return this.#refuse(seen, 'FETCH_TOO_LARGE', `the file has ${seen.size} bytes`);
    const key = arrivalKey(seen, bytes);
    const taken = await takenOf(this.#take, { channel: 'folder', party: this.#party, grade: 'D', bytes, name: readable(path), key });
    if (!taken.taken) return comesAgain(taken.code) ? this.#later(taken) : this.#refuse(seen, taken.code, taken.reason, bytes);
    if (this.#settings.afterwards === 'delete') await this.#claims.remove(path);
    else await this.#claims.end(path, 'done', key, { ending: '.receipt.json', text: taken.receipt });
    return 'ended';
  }

  async #refuse(seen: Seen, code: Code, reason: string, bytes?: Uint8Array): Promise<'ended'> {
    const sha256 = bytes && createHash('sha256').update(bytes).digest('hex');
    const text = refusalText(seen, { code, reason }, this.#surroundings.now(), sha256);
    await this.#claims.end(seen.path, 'refused', sha256 ?? String(seen.size).padStart(12, '0'), { ending: '.findings.txt', text });
    this.#report('file refused', code, { file: readable(seen.path), reason });
    return 'ended';
  }

  #later({ code, reason, retryAfter = 5 }: Refusal): 'busy' {
    this.#pause = Math.min(Math.max(retryAfter, 1), 300);
    this.#report('file waits', code, { reason, retryAfter: this.#pause });
    return 'busy';
  }

  /** Files of another owner that stay as they are: it is gone, or its data folder was lost. */
  async #lookForOthers(): Promise<void> {
    const now = this.#surroundings.now();
    const files = await this.#claims.countOfOthers();
    if (files !== this.#stranded.files) this.#stranded = { files, since: now, isTold: false };
    if (files === 0 || this.#stranded.isTold || now - this.#stranded.since < strandedAfter) return;
    this.#stranded.isTold = true;
    this.#report('files are claimed by another', 'FETCH_STRANDED', { folder: `${this.#settings.path}/${ours.working}`, files });
  }

  #report(event: string, code: Code, more: { readonly [name: string]: string | number }): void {
    this.#surroundings.report({ event, code, party: this.#party, channel: 'folder', ...more });
  }
}

/** What the system tells of a folder is a hint alone: over networks it tells nothing, and what it tells may be late. */
function watcher(path: string, changed: () => void): FSWatcher | undefined {
  try {
    const hint = watch(path, { persistent: false }, changed);
    return hint.on('error', () => hint.close());
  } catch (error) {
    if (codeOf(error) === '') throw error;
    return undefined; // the folder is not there yet: the next look tells
  }
}
