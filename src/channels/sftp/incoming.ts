import { codes, type Code } from '../../diagnostics/codes.ts';
import type { Incoming, Surroundings, Take } from '../channel.ts';
import { largestFile } from '../folder/incoming.ts';
import { Poll } from '../folder/poll.ts';
import { arrivalKey, comesAgain, refusalText, takenOf, type Refusal } from '../folder/told.ts';
import { bytesOf, readable, Wholeness, type Choice, type Seen } from '../folder/whole.ts';
import { sftpError } from './faults.ts';
import { Link, type SftpPeer } from './link.ts';
import { inFolder } from './outgoing.ts';
import type { Remote } from './remote.ts';

export interface SftpIncoming extends SftpPeer, Choice {
  readonly folder?: string;
  readonly every?: number; // seconds between two looks; 60 unless said
  readonly afterwards?: 'delete' | 'move' | 'leave'; // what becomes of a file that was taken; delete unless said
  readonly largest?: number; // bytes
}

/** Fetches the files of a server. What was taken is deleted or moved only then; what cannot be is not taken again while it stays as it is. */
export function sftpIncoming(settings: SftpIncoming, party: string, surroundings: Surroundings, take: Take): Promise<Incoming> {
  const link = new Link(settings, surroundings);
  const folder = new RemoteFolder(settings, party, surroundings, take);
  const every = settings.every ?? 60;
  const poll = new Poll({
    lock: `sftp ${party} ${settings.user}@${settings.host}:${settings.port ?? 22}/${settings.folder ?? ''}`,
    every,
    round: (signal) => link.use(new AbortController().signal, (remote) => folder.round(remote, signal)),
    failed: (error, failures) => folder.failed(error, failures, every),
  });
  return Promise.resolve({
    async close() {
      await poll.close();
      await link.close();
    },
  });
}

const text = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');

class RemoteFolder {
  readonly #settings: SftpIncoming;
  readonly #party: string;
  readonly #surroundings: Surroundings;
  readonly #take: Take;
  readonly #wholeness: Wholeness;
  #done = new Map<string, Seen>(); // what was taken or refused, and is still there
  #trouble: string | undefined;

  constructor(settings: SftpIncoming, party: string, surroundings: Surroundings, take: Take) {
    this.#settings = settings;
    this.#party = party;
    this.#surroundings = surroundings;
    this.#take = take;
    this.#wholeness = new Wholeness(settings);
  }

  async round(remote: Remote, signal: AbortSignal): Promise<number | undefined> {
    const { now, report } = this.#surroundings;
    const listed = await remote.list(this.#settings.folder ?? '.');
    if (this.#trouble !== undefined) report({ event: 'folder is read again', party: this.#party, channel: 'sftp', host: this.#settings.host });
    this.#trouble = undefined;
    const seen = listed.map(({ name, size, mtime }) => ({ path: bytesOf(name), size, mtime }));
    const there = new Map(seen.map((file) => [file.path, file]));
    for (const [path, file] of this.#done) if (!isAsBefore(file, there.get(path))) this.#done.delete(path);
    for (const { file, companion } of this.#wholeness.whole(seen, now())) {
      if (signal.aborted) return undefined;
      if (this.#done.has(file.path)) continue;
      const wait = await this.#work(remote, file, companion);
      if (wait !== undefined) return wait;
    }
    return undefined;
  }

  /** Told once, until it is another fault or none. Seconds until the next look: longer each time, so that no account is locked by us. */
  failed(error: unknown, failures: number, every: number): number {
    const { code, message } = sftpError(error);
    const reason = `${code}: ${message}`;
    if (reason !== this.#trouble) this.#report('folder cannot be read', 'FETCH_FOLDER', { reason });
    this.#trouble = reason;
    return Math.min(every * 2 ** Math.min(failures - 1, 10), Math.max(every, codes[code].retry === 'backoff' ? 600 : 3_600));
  }

  async #work(remote: Remote, file: Seen, companion: string | undefined): Promise<number | undefined> {
    const { largest = largestFile, afterwards = 'delete' } = this.#settings;
    if (file.size > largest) return this.#refuse(remote, file, companion, { taken: false, code: 'FETCH_TOO_LARGE', reason: `the file has ${file.size} bytes` });
    const path = this.#at(file.path);
    const bytes = await remote.read(path, file.size);
    const after = await remote.stat(path);
    if (bytes === undefined || !isAsBefore(file, after && { ...file, size: after.size, mtime: after.mtime })) return undefined; // it is still written
    const arrival = { channel: 'sftp', party: this.#party, grade: 'C', bytes, name: readable(file.path), key: arrivalKey(file, bytes) } as const;
    const taken = await takenOf(this.#take, arrival);
    if (!taken.taken) return comesAgain(taken.code) ? this.#later(taken) : this.#refuse(remote, file, companion, taken);
    if (afterwards === 'leave') this.#done.set(file.path, file);
    else
      await this.#putAway(file, async () => {
        if (companion !== undefined) await remote.remove(this.#at(companion));
        if (afterwards === 'delete') await remote.remove(path);
        else await this.#move(remote, file, 'done', [{ ending: '.receipt.json', text: taken.receipt }]);
      });
    return undefined;
  }

  async #refuse(remote: Remote, file: Seen, companion: string | undefined, { code, reason }: Refusal): Promise<undefined> {
    this.#report('file refused', code, { file: readable(file.path), reason });
    await this.#putAway(file, async () => {
      if (companion !== undefined) await remote.remove(this.#at(companion));
      await this.#move(remote, file, 'refused', [{ ending: '.findings.txt', text: refusalText(file, { code, reason }, this.#surroundings.now()) }]);
    });
  }

  #later({ code, reason, retryAfter = 5 }: Refusal): number {
    this.#report('file waits', code, { reason, retryAfter });
    return Math.min(Math.max(retryAfter, 1), 300);
  }

  /** Where we may not, the file stays, and is not read again as long as it is the same. */
  async #putAway(file: Seen, away: () => Promise<void>): Promise<void> {
    try {
      await away();
    } catch (error) {
      const { code, message, status } = sftpError(error);
      if (status === undefined) throw error; // the connection, not the server's will
      this.#done.set(file.path, file);
      this.#report('file cannot be put away', 'FETCH_FOLDER', { reason: `${readable(file.path)} stays where it is: ${code}: ${message}` });
    }
  }

  async #move(remote: Remote, { path }: Seen, where: string, told: readonly { readonly ending: string; readonly text: string }[]): Promise<void> {
    const folder = this.#at(where);
    await remote.makeFolder(folder);
    const { now } = this.#surroundings;
    const name = (await remote.stat(inFolder(folder, text(path)))) ? `${text(path)}.${now()}` : text(path);
    for (const each of told) await remote.write(inFolder(folder, `${name}${each.ending}`), [Buffer.from(each.text)], AbortSignal.timeout(60_000));
    await remote.rename(this.#at(path), inFolder(folder, name));
  }

  #at(path: string): string {
    return inFolder(this.#settings.folder ?? '', text(path));
  }

  #report(event: string, code: Code, more: { readonly [name: string]: string | number }): void {
    this.#surroundings.report({ event, code, party: this.#party, channel: 'sftp', host: this.#settings.host, ...more });
  }
}

const isAsBefore = (file: Seen, now: Seen | undefined): boolean => now !== undefined && now.size === file.size && now.mtime === file.mtime;
