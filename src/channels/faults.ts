import type { Code } from '../diagnostics/codes.ts';

/** Why a delivery failed: the code decides whether it is tried again, the reason is for people. */
export interface Fault {
  readonly code: Code;
  readonly reason: string;
}

/** What sockets, DNS, TLS and OpenSSL of Node call an error, first match wins. */
const byName: readonly (readonly [RegExp, Code])[] = [
  [/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID|REVOKED)$|^ERROR_IN_CERT_NOT_/, 'SEND_TLS_DATES'],
  [/^ERR_SSL_.*ALERT_.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/, 'SEND_AUTH'], // an alert is what the other side says of our certificate
  [/^(?:UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CERT_|INVALID_(?:CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH|ERR_TLS_|ERR_SSL_|EPROTO$)/, 'SEND_TLS'],
  [/^(?:ETIMEDOUT|ESOCKETTIMEDOUT|ERR_SOCKET_CONNECTION_TIMEOUT|TimeoutError)$/, 'SEND_TIMEOUT'],
  [/^(?:ECONNRESET|EPIPE|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE)$/, 'SEND_INTERRUPTED'],
  [/^(?:ECONNREFUSED|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|ENOTFOUND|EAI_[A-Z]+)$/, 'SEND_UNREACHABLE'],
  [/^ERR_OSSL_/, 'SEND_SETTINGS'], // a key or certificate of ours
  [/^HPE_/, 'SEND_ANSWER'], // what came back is not HTTP
];

/** The fault that an error of Node stands for; undefined where it is none of the other side, nor of the way there. */
export function networkFault(error: unknown): Fault | undefined {
  if (!(error instanceof Error)) return undefined;
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : undefined; // each address of a name that was tried
  const { code } = error as NodeJS.ErrnoException;
  const name = typeof code === 'string' ? code : error.name; // a DOMException has a number
  const row = byName.find(([pattern]) => pattern.test(name));
  if (!row) return first === undefined ? undefined : networkFault(first);
  return { code: row[1], reason: error.message || (first instanceof Error ? first.message : name) };
}

/** Why an attempt was ended by its signal: its time was over, or the gateway is being stopped. */
export const stopped = ({ reason }: AbortSignal): Fault => networkFault(reason) ?? { code: 'SEND_INTERRUPTED', reason: 'it was stopped on our side' };

/**
 * The code of an HTTP status (RFC 9110, 15) that is not 2xx. An address where nothing is (any more), or which leads elsewhere, is
 * put right on our side, and says nothing of the bytes.
 */
export function statusFault(status: number): Code {
  if (status === 401 || status === 403 || status === 407) return 'SEND_AUTH';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'SEND_BUSY';
  if (status < 400 || status === 404 || status === 405 || status === 410 || status === 421) return 'SEND_ADDRESS';
  return 'SEND_REFUSED';
}

/** Seconds from `Retry-After` (RFC 9110, 10.2.3: seconds, or a date), never negative; undefined where there is none that can be read. */
export function retryAfter(field: string | undefined, now: number): number | undefined {
  const value = field?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const at = /^[A-Za-z]{3,9},? /.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}

/** What is wrong on our side before anything was sent: a secret that is not there, a key that cannot be read. */
export const settingsFault = (error: unknown): Fault => ({ code: 'SEND_SETTINGS', reason: error instanceof Error ? error.message : String(error) });
