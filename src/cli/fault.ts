import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';

/** What ends a command without being a defect: what to tell, and the exit code. */
export interface Fault {
  readonly diagnostic: Diagnostic;
  readonly exit: 1 | 2;
}

const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EEXIST: 'it is there and is no folder',
  EACCES: 'it may not be read or written',
  EPERM: 'it may not be written',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'it is no folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'there is no room left of what this user may use of the disk',
  EFBIG: 'it would be larger than a file may be here',
  EIO: 'the disk has failed',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
};

/** Where a file is copied it is the copy that these are about. */
const ofCopies: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS']);

/** Errors of SQLite that are not the store's: of a copy of it. */
const copyReasons: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'ENOSPC',
  SQLITE_READONLY: 'EROFS',
  SQLITE_CANTOPEN: 'EPERM',
  SQLITE_IOERR: 'EIO',
};

const addressReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be resolved at present',
};

/** What errors of this kind carry, and what was said of them where they arose. */
interface FaultDetails {
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly reason?: string;
  readonly dest?: string; // where a file is copied to
}

/** An error of SQLite in writing a copy of the store, as one of the file that was asked for. */
export function ofCopy(error: unknown, path: string): unknown {
  const { name, code: said } = error as Error & { readonly code?: string };
  const code = name === 'SqliteError' ? copyReasons[/^SQLITE_[A-Z]+/.exec(said ?? '')?.[0] ?? ''] : undefined;
  return code === undefined ? error : Object.assign(new Error(`${path} cannot be written`, { cause: error }), { code, path });
}

/** What is said of the evidence that was asked for, and is no wrong use. */
const ofTheAsked: ReadonlySet<string> = new Set(['EVIDENCE_NOTHING', 'EVIDENCE_TOO_LARGE', 'EVIDENCE_NOT_A_BACKUP']);

/** Ends a command with a finding that is not a defect: exit code 1. */
export class Ended extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.code);
    this.diagnostic = diagnostic;
  }
}

/** The fault of the machine or of its use that an error is; undefined where it is a defect of ours. */
export async function faultOf(error: unknown): Promise<Fault | undefined> {
  if (error instanceof Ended) return { diagnostic: error.diagnostic, exit: 1 };
  const { code = '', syscall, path, dest, address, port, hostname, reason } = error as NodeJS.ErrnoException & FaultDetails;
  if (['listen', 'bind', 'getaddrinfo'].includes(syscall ?? '') && Object.hasOwn(addressReasons, code)) {
    const where = `${address ?? hostname ?? ''}${port === undefined ? '' : `:${port}`}`;
    return { diagnostic: finding('CLI_ADDRESS', { address: where, reason: addressReasons[code]! }), exit: 2 };
  }
  const file = (ofCopies.has(code) ? dest : undefined) ?? path ?? 'a file';
  if (Object.hasOwn(fileReasons, code)) return { diagnostic: finding('CLI_FILE', { path: file, reason: reason ?? fileReasons[code]! }), exit: 2 };
  const { StoreError } = await import('../store/fault.ts'); // no other command waits for it
  if (!(error instanceof StoreError)) return undefined;
  return { diagnostic: finding(error.code, error.args), exit: error.retry === 'halt' || ofTheAsked.has(error.code) ? 1 : 2 };
}
