import { codes, type Code, type Retry } from '../diagnostics/codes.ts';

/** A fault of the machine or of the data folder. `code` says the remedy, `retry` whether the same call may succeed later. */
export class StoreError extends Error {
  readonly code: Code;
  readonly args: Readonly<Record<string, string>>;
  constructor(code: Code, args: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(`${code}: ${codes[code].title.replace(/\{(\w+)\}/g, (_, name: string) => args[name] ?? '')}`, { cause });
    this.name = 'StoreError';
    this.code = code;
    this.args = args;
  }
  get retry(): Retry {
    return codes[this.code].retry;
  }
}

/** Whether it is the store that failed, or its database, and not what it was asked: the same may succeed later. */
export const isOfStore = (error: unknown): boolean =>
  error instanceof StoreError ? error.code !== 'STORE_BATCH' : error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');

/** Whether a disk failed while it was read, written or flushed: what is there now is found out by opening the store again. */
export const isOfDisk = (error: unknown): error is StoreError =>
  error instanceof StoreError && error.code === 'STORE_FAULT' && (error.args['sqlite'] ?? '').startsWith('SQLITE_IOERR');

const failing: ReadonlySet<unknown> = new Set(['EIO', 'ENXIO', 'ENODEV', 'ESTALE']);

/** The fault of the disk, where that is why a file beside the database could not be read or written; `also` is a further code that can mean nothing else. */
export function diskFault(error: unknown, folder: string, also?: 'ENOENT'): StoreError | undefined {
  if (!(error instanceof Error && 'code' in error && (failing.has(error.code) || error.code === also))) return undefined;
  return new StoreError('STORE_FAULT', { folder, message: error.message, sqlite: 'SQLITE_IOERR' }, error);
}
