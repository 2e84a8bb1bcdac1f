import type { Attributes, FileEntry, SFTPWrapper } from 'ssh2';
import type { Arrival, Taken } from '../channel.ts';
import { absolute, badName, placeOf, sha256Of, type Account, type Came, type Download, type Place } from './account.ts';
import { nameOf, numberIn, type Item } from './mailbox.ts';
import { mode, status } from './protocol.ts';
import { denied, failure, noSuchFile, Refused } from './refused.ts';
import { entry, fileAttributes, folderAttributes, itemAttributes } from './shown.ts';
import type { Upload } from './upload.ts';

type Handle =
  | { readonly kind: 'upload'; readonly name: string; readonly upload: Upload; readonly append: boolean; readonly release: () => void }
  | ({ readonly kind: 'download'; readonly item: Item; read: number } & Download)
  | { readonly kind: 'list'; readonly entries: AsyncIterator<FileEntry[]>; turn: Promise<unknown>; readonly release?: undefined };

export interface SessionOptions {
  readonly account: Account;
  readonly grade: Arrival['grade'];
  readonly handles: number; // open at a time
  readonly active: () => void; // something was asked
  readonly fault: (error: unknown) => void; // a defect of ours
}

const [aPage, remembered] = [100, 1_000]; // entries of one answer; taken files of a session

/**
 * What one client is answered. It sees two folders: `in`, into which it puts, and `out`, its mailbox. There is no file system
 * behind them: a name leads to what is its own, or to nothing.
 */
export class Session {
  readonly #sftp: SFTPWrapper;
  readonly #options: SessionOptions;
  readonly #account: Account;
  readonly #handles = new Map<number, Handle>();
  readonly #taken = new Map<string, Came>(); // by name: clients look whether what they put is there
  readonly #fetched = new Map<number, string>(); // item → hash of what was read whole
  readonly #asked = new Set<Promise<unknown>>(); // and not answered yet
  #next = 0;
  #opening = 0;
  #isClosed = false;

  constructor(sftp: SFTPWrapper, options: SessionOptions) {
    this.#sftp = sftp;
    this.#options = options;
    this.#account = options.account;
    sftp.on('OPEN', (id: number, path: string, flags: number) => this.#answer(id, async () => sftp.handle(id, await this.#open(path, flags))));
    sftp.on('WRITE', (id: number, handle: Buffer, at: number, data: Buffer) => this.#answer(id, () => this.#ok(id, this.#write(handle, at, data))));
    sftp.on('READ', (id: number, handle: Buffer, at: number, length: number) => this.#answer(id, () => this.#read(id, handle, at, length)));
    sftp.on('CLOSE', (id: number, handle: Buffer) => this.#answer(id, async () => this.#ok(id, await this.#close(handle))));
    sftp.on('OPENDIR', (id: number, path: string) => this.#answer(id, () => sftp.handle(id, this.#openFolder(path))));
    sftp.on('READDIR', (id: number, handle: Buffer) => this.#answer(id, () => this.#readFolder(id, handle)));
    for (const event of ['STAT', 'LSTAT'] as const)
      sftp.on(event as 'STAT', (id: number, path: string) => this.#answer(id, async () => sftp.attrs(id, await this.#stat(placeOf(path)))));
    sftp.on('FSTAT', (id: number, handle: Buffer) => this.#answer(id, () => sftp.attrs(id, this.#statOf(this.#handle(handle)))));
    for (const event of ['SETSTAT', 'FSETSTAT'] as const) sftp.on(event as 'SETSTAT', (id: number) => this.#answer(id, () => this.#ok(id))); // clients that keep times and modes: there are none to keep
    sftp.on('REALPATH', (id: number, path: string) => this.#answer(id, () => sftp.name(id, [entry(absolute(path), folderAttributes('/', 0))])));
    sftp.on('REMOVE', (id: number, path: string) => this.#answer(id, async () => this.#ok(id, await this.#remove(placeOf(path)))));
    sftp.on('RENAME', (id: number, from: string, to: string) => this.#answer(id, async () => this.#ok(id, await this.#rename(placeOf(from), placeOf(to)))));
    const never = (id: number): void => this.#answer(id, () => Promise.reject(denied('there are only the folders in and out')));
    for (const event of ['MKDIR', 'RMDIR', 'SYMLINK'] as const) sftp.on(event as 'MKDIR', never);
    sftp.on('READLINK', (id: number) => this.#answer(id, () => Promise.reject(noSuchFile())));
    sftp.on('end', () => void this.answered().then(() => sftp.end())); // it asks nothing more
    sftp.on('close', () => this.end());
    sftp.on('error', () => this.end());
  }

  /** Resolves when all is answered that was asked. */
  async answered(): Promise<void> {
    while (this.#asked.size > 0) await Promise.allSettled(this.#asked);
  }

  /** The client has gone: what it had open is given back, and what it had not brought to its end is forgotten. */
  end(): void {
    this.#isClosed = true;
    for (const handle of this.#handles.values()) handle.release?.();
    this.#handles.clear();
  }

  #answer(id: number, work: () => Promise<unknown> | void): void {
    this.#options.active();
    // Begun at once: what is written must be there when the file is closed.
    const begun = ((): Promise<unknown> => {
      try {
        return Promise.resolve(work());
      } catch (error) {
        return Promise.reject(error as Error);
      }
    })();
    const answered = begun
      .catch((error: unknown) => {
        const isRefused = error instanceof Refused;
        if (!isRefused) this.#options.fault(error);
        if (!this.#isClosed) this.#sftp.status(id, isRefused ? error.status : status.FAILURE, isRefused ? error.message : 'a defect of ours');
      })
      .finally(() => this.#asked.delete(answered));
    this.#asked.add(answered);
  }

  #ok(id: number, _done?: unknown): void {
    if (!this.#isClosed) this.#sftp.status(id, status.OK);
  }

  #handle(handle: Buffer): Handle {
    const found = handle.length === 4 ? this.#handles.get(handle.readUInt32BE(0)) : undefined;
    if (!found) throw new Refused(status.FAILURE, 'there is no such handle');
    return found;
  }

  #keep(handle: Handle): Buffer {
    if (this.#isClosed) {
      handle.release?.();
      throw noSuchFile();
    }
    const number = this.#next++;
    this.#handles.set(number, handle);
    const name = Buffer.alloc(4);
    name.writeUInt32BE(number);
    return name;
  }

  #mayOpen(): void {
    const { handles } = this.#options;
    if (this.#handles.size + this.#opening >= handles) throw failure({ code: 'SFTP_LIMIT', reason: `more than ${handles} files are open` });
  }

  async #open(path: string, flags: number): Promise<Buffer> {
    this.#mayOpen();
    const place = placeOf(path);
    if (place?.name === undefined) throw noSuchFile();
    this.#opening++;
    try {
      const writes = (flags & mode.WRITE) !== 0;
      if (place.folder === '/out') {
        if (writes) throw denied('what is in out is only fetched and removed');
        return this.#keep(await this.#download(place.name));
      }
      if (!writes) throw denied('what was put into in is not given back');
      return this.#keep(await this.#upload(place.name, flags));
    } finally {
      this.#opening--;
    }
  }

  async #upload(name: string, flags: number): Promise<Handle> {
    const bad = badName(name);
    if (bad !== undefined) throw failure({ code: 'SFTP_NAME', reason: bad });
    if (flags & mode.EXCL && this.#account.staged(name)) throw new Refused(status.FAILURE, 'the file is there');
    const before = flags & mode.TRUNC ? undefined : this.#account.unstage(name); // it goes on where it ended
    const upload = before ?? (await this.#account.upload());
    if ('code' in upload) throw failure(upload);
    return { kind: 'upload', name, upload, append: (flags & mode.APPEND) !== 0, release: () => upload.release() };
  }

  async #download(name: string): Promise<Handle> {
    const item = await this.#item(name);
    const found = await this.#account.download(item);
    if (!found || 'code' in found) throw found ? failure(found) : noSuchFile();
    return { kind: 'download', item, read: 0, ...found };
  }

  /** The item that a name in `out` stands for. */
  async #item(name: string): Promise<Item> {
    const number = numberIn(name);
    const item = number === undefined ? undefined : await this.#account.mailbox.item(this.#account.party, number);
    if (!item || nameOf(item) !== name) throw noSuchFile();
    return item;
  }

  #write(handle: Buffer, at: number, data: Buffer): void {
    const open = this.#handle(handle);
    if (open.kind !== 'upload') throw denied('it is not open for writing');
    const pressure = open.upload.write(open.append ? open.upload.size : at, data);
    if (pressure) throw failure(pressure);
  }

  #read(id: number, handle: Buffer, at: number, length: number): void {
    const open = this.#handle(handle);
    if (open.kind !== 'download') throw denied('it is not open for reading');
    const { bytes, item } = open;
    if (at === open.read) open.read = Math.min(bytes.length, at + length);
    if (open.read === bytes.length && !this.#fetched.has(item.number)) this.#fetched.set(item.number, sha256Of(bytes));
    if (at >= bytes.length) throw new Refused(status.EOF, 'End of file');
    this.#sftp.data(id, Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(length, 256 * 1024, bytes.length - at)));
  }

  /** The answer to this is what a partner relies on: OK says that what it put is durable. */
  async #close(handle: Buffer): Promise<void> {
    const open = this.#handle(handle);
    this.#handles.delete(handle.readUInt32BE(0));
    if (open.kind === 'list') await open.entries.return?.();
    if (open.kind !== 'upload') return open.release?.();
    const { name, upload } = open;
    const { hole, broken } = upload;
    if (broken) {
      upload.release();
      throw failure(broken); // whatever of it was written: it is not the file
    }
    if (hole !== undefined) {
      upload.release();
      throw failure({ code: 'SFTP_INCOMPLETE', reason: `of ${upload.size} bytes those from ${hole} on did not come` });
    }
    await this.#came(name, upload);
  }

  async #came(name: string, upload: Upload): Promise<void> {
    const { size } = upload;
    const came: Taken | 'staged' | 'discarded' = await this.#account.came(name, upload, this.#options.grade);
    if (came === 'staged') return;
    if (came !== 'discarded' && !came.taken) throw failure(came);
    this.#remember(name, { size, at: this.#account.now() });
  }

  #remember(name: string, came: Came): void {
    this.#taken.delete(name);
    this.#taken.set(name, came);
    const [oldest] = this.#taken.keys();
    if (this.#taken.size > remembered) this.#taken.delete(oldest!);
  }

  async #rename(from: Place, to: Place): Promise<void> {
    if (from?.name === undefined) throw noSuchFile();
    if (from.folder !== '/in' || to?.folder !== '/in' || to.name === undefined) throw denied('only what waits in in has another name');
    const bad = badName(to.name);
    if (bad !== undefined) throw failure({ code: 'SFTP_NAME', reason: bad });
    const taken = this.#taken.get(from.name);
    const upload = this.#account.unstage(from.name);
    if (upload) return this.#came(to.name, upload);
    if (!taken) throw noSuchFile();
    this.#taken.delete(from.name); // it is taken, whatever its name: that it has another does no harm
    this.#remember(to.name, taken);
  }

  /** To remove a file from `out` is to say that it was received. */
  async #remove(place: Place): Promise<void> {
    if (place?.name === undefined) throw noSuchFile();
    if (place.folder === '/out') {
      const { number } = await this.#item(place.name);
      if (!(await this.#account.mailbox.acknowledge(this.#account.party, number, this.#fetched.get(number)))) throw noSuchFile();
      this.#fetched.delete(number);
      return;
    }
    const upload = this.#account.unstage(place.name);
    if (!upload) throw this.#taken.has(place.name) ? denied('it is taken') : noSuchFile();
    upload.release();
  }

  async #stat(place: Place): Promise<Attributes> {
    if (!place) throw noSuchFile();
    if (place.name === undefined) return folderAttributes(place.folder, this.#account.now());
    if (place.folder === '/out') return itemAttributes(await this.#item(place.name));
    const came = this.#account.staged(place.name) ?? this.#taken.get(place.name) ?? this.#uploading(place.name);
    if (!came) throw noSuchFile();
    return fileAttributes(came);
  }

  #uploading(name: string): Came | undefined {
    for (const each of this.#handles.values()) if (each.kind === 'upload' && each.name === name) return { size: each.upload.size, at: this.#account.now() };
    return undefined;
  }

  #statOf(open: Handle): Attributes {
    if (open.kind === 'download') return itemAttributes(open.item);
    if (open.kind === 'upload') return fileAttributes({ size: open.upload.size, at: this.#account.now() });
    return folderAttributes('/out', this.#account.now());
  }

  #openFolder(path: string): Buffer {
    this.#mayOpen();
    const place = placeOf(path);
    if (!place || place.name !== undefined) throw noSuchFile();
    return this.#keep({ kind: 'list', entries: this.#entries(place.folder), turn: Promise.resolve() });
  }

  async *#entries(folder: '/' | '/in' | '/out'): AsyncGenerator<FileEntry[], undefined> {
    const now = this.#account.now();
    yield ['.', '..'].map((name) => entry(name, folderAttributes('/', now)));
    if (folder === '/') yield ['in', 'out'].map((name) => entry(name, folderAttributes(`/${name}`, now)));
    if (folder === '/in') {
      const files = [...this.#account.allStaged, ...this.#taken];
      for (let i = 0; i < files.length; i += aPage) yield files.slice(i, i + aPage).map(([name, came]) => entry(name, fileAttributes(came)));
    }
    if (folder !== '/out') return undefined;
    for (let after = 0; ;) {
      const items = await this.#account.mailbox.list(this.#account.party, after, aPage);
      if (items.length === 0) return undefined;
      yield items.map((item) => entry(nameOf(item), itemAttributes(item)));
      after = items.at(-1)!.number;
    }
  }

  async #readFolder(id: number, handle: Buffer): Promise<void> {
    const open = this.#handle(handle);
    if (open.kind !== 'list') throw new Refused(status.FAILURE, 'it is no folder');
    const next = open.turn.then(() => open.entries.next());
    open.turn = next.catch(() => undefined);
    const { value, done } = await next;
    if (done || value === undefined) throw new Refused(status.EOF, 'End of folder');
    if (!this.#isClosed) this.#sftp.name(id, value);
  }
}
