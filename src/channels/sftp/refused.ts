import { status } from './protocol.ts';
import type { Pressure } from './upload.ts';

/** What is answered instead of a value. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const noSuchFile = (): Refused => new Refused(status.NO_SUCH_FILE, 'No such file');
export const denied = (why: string): Refused => new Refused(status.PERMISSION_DENIED, why);
export const failure = ({ code, reason, retryAfter }: Pressure): Refused =>
  new Refused(status.FAILURE, `${code}: ${reason}${retryAfter === undefined ? '' : `; send it again in ${retryAfter} s`}`);
