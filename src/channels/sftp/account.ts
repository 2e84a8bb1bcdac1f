import { posix } from 'node:path';
import { createHash } from 'node:crypto';
import type { Arrival, Take, Taken } from '../channel.ts';
import { takenOf } from '../folder/told.ts';
import { bytesOf, Wholeness } from '../folder/whole.ts';
import type { SftpLogin } from './login.ts';
import type { Item, Mailbox } from './mailbox.ts';
import { Upload, type Admission, type Pressure } from './upload.ts';

export interface AccountLimits {
  readonly largest: number; // bytes of a file
  readonly held: number; // bytes of one party that are under way at a time
  readonly staged: number; // files of one party that wait to be renamed
  readonly stagedFor: number; // ms
}

export interface AccountOptions {
  readonly party: string;
  readonly login: SftpLogin;
  readonly mailbox: Mailbox;
  readonly take: Take;
  readonly admit: (bytes: number) => Promise<Admission | Pressure>;
  readonly limits: AccountLimits;
  readonly now: () => number;
}

/** A file of the party that came, and waits for its name or was taken. */
export interface Came {
  readonly size: number;
  readonly at: number; // ms
  readonly upload?: Upload; // while it waits
}

/** Bytes that are fetched, and the room for them. */
export interface Download {
  readonly bytes: Uint8Array;
  readonly release: () => void;
}

const full = (held: number): Pressure => ({ code: 'SFTP_LIMIT', reason: `more than ${held} bytes of yours are under way` });

/** What is a party's own over all its connections: the bytes that are under way, and the files that wait to be renamed. */
export class Account {
  readonly party: string;
  readonly mailbox: Mailbox;
  readonly now: () => number;
  readonly #options: AccountOptions;
  readonly #unfinished: Wholeness;
  readonly #discarded: Wholeness | undefined;
  readonly #staged = new Map<string, Came & { readonly upload: Upload; readonly timer: NodeJS.Timeout }>();
  readonly #underWay = new Set<Promise<unknown>>();
  #held = 0; // bytes

  constructor(options: AccountOptions) {
    const { ignore, discard } = options.login;
    this.party = options.party;
    this.mailbox = options.mailbox;
    this.now = options.now;
    this.#options = options;
    this.#unfinished = new Wholeness({ ...(ignore && { ignore }) });
    this.#discarded = discard && new Wholeness({ names: discard, ignore: [] });
  }

  /** Room for a file; why not, where there is none. */
  async upload(): Promise<Upload | Pressure> {
    const { admit, limits } = this.#options;
    const admission = await admit(0);
    if ('code' in admission) return admission;
    let own = 0;
    return new Upload(
      {
        more: (bytes) => {
          if (this.#held + bytes > limits.held) return { ...full(limits.held), retryAfter: 10 };
          const pressure = admission.more(bytes);
          if (pressure) return pressure;
          own += bytes;
          this.#held += bytes;
          return undefined;
        },
        release: () => {
          this.#held -= own;
          own = 0;
          admission.release();
        },
      },
      limits.largest,
    );
  }

  /** An item of the mailbox, and the room for it until it is released. One at a time always has room. */
  async download({ number, size }: Item): Promise<Download | Pressure | undefined> {
    const { held } = this.#options.limits;
    if (this.#held > 0 && this.#held + size > held) return full(held);
    let own = size;
    this.#held += own;
    const release = (): void => {
      this.#held -= own;
      own = 0;
    };
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.mailbox.read(this.party, number);
    } finally {
      if (!bytes) release();
    }
    return bytes && { bytes, release };
  }

  /** A file of which all has come: it is taken, or waits for the name under which it is. */
  async came(name: string, upload: Upload, grade: Arrival['grade']): Promise<Taken | 'staged' | 'discarded'> {
    if (this.#discarded?.isOfInterest(bytesOf(name))) {
      upload.release();
      return 'discarded';
    }
    if (!this.#unfinished.isOfInterest(bytesOf(name))) return this.#stage(name, upload);
    const taken = this.#taken({ channel: 'sftp', party: this.party, grade, bytes: upload.bytes, name });
    this.#underWay.add(taken);
    try {
      return await taken;
    } finally {
      this.#underWay.delete(taken);
      upload.release();
    }
  }

  /** A file that waits under this name. */
  staged(name: string): (Came & { readonly upload: Upload }) | undefined {
    return this.#staged.get(name);
  }

  get allStaged(): ReadonlyMap<string, Came> {
    return this.#staged;
  }

  /** Takes a file that waits away from its name; whoever asks has it then. */
  unstage(name: string): Upload | undefined {
    const found = this.#staged.get(name);
    clearTimeout(found?.timer);
    this.#staged.delete(name);
    return found?.upload;
  }

  /** What is being taken is taken to its end; what waits for a name is forgotten, and its rename then fails. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    for (const name of [...this.#staged.keys()]) this.unstage(name)?.release();
  }

  async #taken(arrival: Arrival): Promise<Taken> {
    return takenOf(this.#options.take, arrival);
  }

  #stage(name: string, upload: Upload): 'staged' | Extract<Taken, { readonly taken: false }> {
    const { limits, now } = this.#options;
    this.unstage(name)?.release();
    if (this.#staged.size >= limits.staged) {
      upload.release();
      return { taken: false, code: 'SFTP_LIMIT', reason: `more than ${limits.staged} files of yours wait to be renamed` };
    }
    const timer = setTimeout(() => this.unstage(name)?.release(), limits.stagedFor).unref();
    this.#staged.set(name, { upload, size: upload.size, at: now(), timer });
    return 'staged';
  }
}

/** Where a path leads: there are two folders, and files in them. There is nothing else, whatever is asked for. */
export type Place = { readonly folder: '/' | '/in' | '/out'; readonly name?: string } | undefined;

export function placeOf(path: string): Place {
  const whole = absolute(path);
  if (whole === '/') return { folder: '/' };
  const [, folder, name, ...below] = whole.split('/');
  if ((folder !== 'in' && folder !== 'out') || below.length > 0) return undefined;
  return name === undefined ? { folder: `/${folder}` } : { folder: `/${folder}`, name };
}

export const absolute = (path: string): string => posix.resolve('/', path);

/** Why a file may not be called so; undefined where it may. */
export function badName(name: string): string | undefined {
  if (Buffer.byteLength(name) > 255) return 'a name has at most 255 bytes';

  return /[\x00-\x1f\x7f\\]/.test(name) ? 'a name has neither control characters nor backslashes' : undefined;
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
