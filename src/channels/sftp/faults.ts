import type { Code } from '../../diagnostics/codes.ts';
import { networkFault, type Fault } from '../faults.ts';

/** What went wrong with a server, by a code of the register. */
export class SftpError extends Error {
  readonly code: Code;
  readonly status: number | undefined; // of SFTP, where the server answered with one
  constructor({ code, reason }: Fault, status?: number) {
    super(reason);
    this.name = 'SftpError';
    this.code = code;
    this.status = status;
  }
}

/** SSH_FX_… of draft-ietf-secsh-filexfer: 0 to 8 are those of version 3, what is above is answered by servers that know more. */
export const statusCodes = { noSuchFile: 2, denied: 3, failure: 4, noSpace: 14, quota: 15 } as const;
const byStatus: Readonly<Record<number, Code>> = {
  [statusCodes.noSuchFile]: 'SEND_FOLDER',
  [statusCodes.denied]: 'SEND_PERMISSION',
  6: 'SEND_INTERRUPTED',
  7: 'SEND_INTERRUPTED',
  10: 'SEND_FOLDER',
  12: 'SEND_PERMISSION', // write protected
  [statusCodes.noSpace]: 'SEND_NO_SPACE',
  [statusCodes.quota]: 'SEND_NO_SPACE',
};

/** The fault that an error stands for, whether the server answered it, the connection broke, or we never came in. */
export function sftpError(error: unknown): SftpError {
  if (error instanceof SftpError) return error;
  const { code, level, message } = error as { readonly code?: unknown; readonly level?: unknown; readonly message?: unknown };
  const reason = typeof message === 'string' && message !== '' ? message : String(error);
  if (level === 'client-authentication') return new SftpError({ code: 'SEND_AUTH', reason: 'neither key nor password was accepted' });
  if ((error as { readonly name?: unknown }).name === 'AbortError' || level === 'client-timeout') return new SftpError({ code: 'SEND_TIMEOUT', reason });
  if (level === 'handshake' && /no matching/i.test(reason))
    return new SftpError({ code: 'SEND_SETTINGS', reason: `${reason}: an old server may need \`old: true\`` });
  if (typeof code === 'number' && level === undefined)
    return new SftpError({ code: fullDisk.test(reason) ? 'SEND_NO_SPACE' : (byStatus[code] ?? 'SEND_WRITE'), reason }, code);
  return new SftpError(networkFault(error) ?? { code: 'SEND_INTERRUPTED', reason });
}

/** Version 3 has no status for it: servers that say it, say it in words. */
const fullDisk = /no space|disk full|quota/i;
