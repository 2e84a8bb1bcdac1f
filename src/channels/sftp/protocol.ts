import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The package that speaks SSH: loaded when the first party is reached by it, since most gateways have none. */
export const ssh2 = (): typeof import('ssh2') => require('ssh2') as typeof import('ssh2');

/** How a request ended (SFTP version 3, draft-ietf-secsh-filexfer-02, clause 7). */
export const status = { OK: 0, EOF: 1, NO_SUCH_FILE: 2, PERMISSION_DENIED: 3, FAILURE: 4 } as const;

/** What a file is opened for, as bits (clause 6.3). */
export const mode = { READ: 0x1, WRITE: 0x2, APPEND: 0x4, CREAT: 0x8, TRUNC: 0x10, EXCL: 0x20 } as const;
