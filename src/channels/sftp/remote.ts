import type { Client, FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import { SftpError, sftpError, statusCodes } from './faults.ts';

export interface RemoteFile {
  readonly name: string;
  readonly size: number;
  readonly mtime: number; // ms
}

const piece = 32_000; // bytes of one request: what every server takes (draft-ietf-secsh-filexfer-02, 3)
const ahead = 16; // requests that are under way at a time
const listed = 100_000; // entries of one listing

type Answer<T> = (error: Error | null | undefined, value: T) => void;

/**
 * The files of a server. Whatever is asked is answered, or rejected with an SftpError: by the server, when the connection ends
 * (with or without an error), or when no answer comes in time, which ends the connection.
 */
export class Remote {
  /** Rejects when the connection has ended. */
  readonly down: Promise<never>;
  readonly #client: Client;
  readonly #sftp: SFTPWrapper;
  readonly #timeout: number; // ms
  #end: (error?: unknown) => void = () => undefined;

  constructor(client: Client, sftp: SFTPWrapper, timeout: number) {
    this.#client = client;
    this.#sftp = sftp;
    this.#timeout = timeout;
    this.down = new Promise((_, reject) => {
      this.#end = (error): void => reject(error === undefined ? ended() : sftpError(error));
    });
    client.on('error', this.#end);
    client.on('close', () => this.#end());
    sftp.on('error', this.#end);
    sftp.on('close', () => {
      this.#end();
      client.end(); // without its channel the connection is of no use
    });
    this.down.catch(() => undefined); // told to whoever waits
  }

  async close(): Promise<void> {
    const ended = this.down.catch(() => undefined);
    this.#client.end();
    const timer = setTimeout(() => this.#client.destroy(), 2_000).unref();
    await ended;
    clearTimeout(timer);
  }

  /** Undefined where nothing is, or where we may not know. */
  async stat(path: string): Promise<(RemoteFile & { readonly isFile: boolean }) | undefined> {
    try {
      const stats = await this.#ask<Stats>((answer) => this.#sftp.lstat(path, answer));
      return { name: path, size: stats.size, mtime: stats.mtime * 1_000, isFile: isPlain(stats.mode) };
    } catch (error) {
      if (isStatus(error, statusCodes.noSuchFile, statusCodes.denied)) return undefined;
      throw error;
    }
  }

  /** The files of a folder; links and folders are passed over. */
  async list(folder: string): Promise<RemoteFile[]> {
    const handle = await this.#ask<Buffer>((answer) => this.#sftp.opendir(folder, answer));
    try {
      const files: RemoteFile[] = [];
      while (files.length < listed) {
        const entries = await this.#ask<FileEntryWithStats[]>((answer) => this.#sftp.readdir(handle as unknown as string, answer)).catch((error: unknown) => {
          if (isStatus(error, 1)) return undefined; // SSH_FX_EOF
          throw error;
        });
        if (!entries) break;
        for (const { filename, longname, attrs } of entries)
          if (isPlain(attrs.mode, longname)) files.push({ name: filename, size: attrs.size, mtime: attrs.mtime * 1_000 });
      }
      return files;
    } finally {
      await this.#close(handle);
    }
  }

  /** All of a file of so many bytes. Undefined where it has more or fewer by now. */
  async read(path: string, size: number): Promise<Buffer | undefined> {
    const handle = await this.#ask<Buffer>((answer) => this.#sftp.open(path, 'r', answer));
    try {
      const bytes = Buffer.alloc(size);
      const part = async (from: number, to: number): Promise<boolean> => {
        for (let at = from; at < to;) {
          const count = await this.#ask<number>((answer) => this.#sftp.read(handle, bytes, at, to - at, at, (error, n) => answer(error, n)));
          if (count === 0) return false;
          at += count;
        }
        return true;
      };
      const parts: (() => Promise<boolean>)[] = [];
      for (let at = 0; at < size; at += piece) parts.push(() => part(at, Math.min(at + piece, size)));
      const isWhole = await inOrder(parts);
      const beyond = await this.#ask<number>((answer) => this.#sftp.read(handle, Buffer.alloc(1), 0, 1, size, (error, n) => answer(error, n)));
      return isWhole && beyond === 0 ? bytes : undefined;
    } finally {
      await this.#close(handle);
    }
  }

  /** Writes a file anew. Requests leave in the order of the bytes: not every server can seek. */
  async write(path: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    const handle = await this.#ask<Buffer>((answer) => this.#sftp.open(path, 'w', answer));
    let at = 0;
    try {
      const window: Promise<unknown>[] = [];
      for await (const chunk of chunks)
        for (let from = 0; from < chunk.length; from += piece) {
          signal.throwIfAborted();
          const bytes = Buffer.from(chunk.buffer, chunk.byteOffset + from, Math.min(piece, chunk.length - from));
          const position = at;
          const sent = this.#ask<void>((answer) => this.#sftp.write(handle, bytes, 0, bytes.length, position, (error) => answer(error, undefined)));
          sent.catch(() => undefined); // told below
          window.push(sent);
          at += bytes.length;
          if (window.length >= ahead) await window.shift();
        }
      await Promise.all(window);
      await this.#sync(handle);
    } catch (error) {
      await this.#close(handle).catch(() => undefined);
      throw error;
    }
    await this.#close(handle); // some servers tell only here that the disk is full
    return at;
  }

  /** Renames to a name that was seen to be free: in one step where the server offers it, else as version 3 has it. */
  async rename(from: string, to: string): Promise<void> {
    await this.#offered(
      (answer) => this.#sftp.ext_openssh_rename(from, to, answer),
      () => this.#ask<void>((answer) => this.#sftp.rename(from, to, (error) => answer(error, undefined))),
    );
  }

  async remove(path: string): Promise<void> {
    await this.#ask<void>((answer) => this.#sftp.unlink(path, (error) => answer(error, undefined)));
  }

  async makeFolder(path: string): Promise<void> {
    if (await this.stat(path)) return;
    await this.#ask<void>((answer) => this.#sftp.mkdir(path, (error) => answer(error, undefined)));
  }

  async #sync(handle: Buffer): Promise<void> {
    await this.#offered(
      (answer) => this.#sftp.ext_openssh_fsync(handle, answer),
      () => Promise.resolve(),
    );
  }

  async #close(handle: Buffer): Promise<void> {
    await this.#ask<void>((answer) => this.#sftp.close(handle, (error) => answer(error, undefined)));
  }

  /** What not every server offers, or instead of it something else. */
  async #offered(ask: (answer: (error?: Error | null) => void) => void, otherwise: () => Promise<void>): Promise<void> {
    let isOffered = true;
    await this.#ask<void>((answer) => {
      try {
        ask((error) => answer(error, undefined));
      } catch {
        isOffered = false; // ssh2 throws where the server has not announced it
        answer(null, undefined);
      }
    });
    if (!isOffered) await otherwise();
  }

  #ask<T>(request: (answer: Answer<T>) => void): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<T>((resolve, reject) => {
      timer = setTimeout(() => {
        const silent = new SftpError({ code: 'SEND_TIMEOUT', reason: `no answer within ${this.#timeout / 1_000} s` });
        reject(silent);
        this.#end(silent); // whatever else is asked on it would not be answered either
        this.#client.destroy();
      }, this.#timeout);
      request((error, value) => (error ? reject(sftpError(error)) : resolve(value)));
    });
    return Promise.race([answered, this.down]).finally(() => clearTimeout(timer));
  }
}

const ended = (): SftpError => new SftpError({ code: 'SEND_INTERRUPTED', reason: 'the server ended the connection' });

/** Whether it is a file: by its mode, or, with servers that give none, by the line that `ls -l` would print. */
export function isPlain(mode: number | undefined, line = ''): boolean {
  const kind = (mode ?? 0) & 0o170000;
  return kind === 0 ? !/^[bcdlps]/.test(line) : kind === 0o100000;
}

export const isStatus = (error: unknown, ...statuses: readonly number[]): boolean =>
  error instanceof SftpError && error.status !== undefined && statuses.includes(error.status);

/** Begins the parts one after the other, so many at a time; whether all were whole. */
async function inOrder(parts: readonly (() => Promise<boolean>)[]): Promise<boolean> {
  let next = 0;
  let isWhole = true;
  const worker = async (): Promise<void> => {
    while (isWhole && next < parts.length) if (!(await parts[next++]!())) isWhole = false;
  };
  await Promise.all(Array.from({ length: ahead }, worker));
  return isWhole;
}
