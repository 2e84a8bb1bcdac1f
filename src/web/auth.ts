import { finding } from '../diagnostics/diagnostic.ts';
import type { Viewer } from '../gateway/view.ts';
import type { Configuration } from '../partners/config.ts';
import { hashKey } from '../partners/partner.ts';
import { ProblemException } from './problem.ts';

/** Who calls. */
export type Caller = Viewer;

/** Everything is denied but these: what must be readable by strangers and load balancers. */
const open = ['/health/', '/docs', '/problems/', '/v1/log/checkpoint', '/v1/log/tile/'];

export const isOpen = (path: string): boolean =>
  open.some((prefix) => path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)) || path === '/';

/** Finds the caller by the hash of its key: no key is kept, and no comparison of keys can be timed. */
export class Doorkeeper {
  readonly #callers = new Map<string, Caller>();
  readonly #tokens = new Map<string, { tokens: number; at: number }>();
  readonly #rate: number;

  readonly configuration: Configuration;

  constructor(configuration: Configuration) {
    this.configuration = configuration;
    const { gateway, partners, agencies } = configuration;
    for (const { id, keys } of gateway.operators) for (const key of keys) this.#callers.set(key.sha256, { role: 'operator', id });
    for (const { id, keys } of partners) for (const key of keys) this.#callers.set(key.sha256, { role: 'partner', id });
    for (const { id, keys } of agencies) for (const key of keys) this.#callers.set(key.sha256, { role: 'agency', id });
    this.#rate = gateway.limits.requests;
  }

  /** The caller of a request with this `Authorization` header. */
  identify(authorization: string | undefined): Caller {
    const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) throw new ProblemException(finding('WEB_KEY_MISSING'));
    const caller = this.#callers.get(hashKey(key));
    if (!caller) throw new ProblemException(finding('WEB_KEY_UNKNOWN'));
    return caller;
  }

  /** A bucket of one second's requests per caller. `now` in milliseconds. */
  admit(caller: Caller, now: number): void {
    if (this.#rate === 0) return;
    const name = `${caller.role}:${caller.id}`;
    const bucket = this.#tokens.get(name) ?? { tokens: this.#rate, at: now };
    bucket.tokens = Math.min(this.#rate, bucket.tokens + ((now - bucket.at) / 1000) * this.#rate);
    bucket.at = now;
    this.#tokens.set(name, bucket);
    if (bucket.tokens < 1) throw new ProblemException(finding('WEB_RATE', { limit: String(this.#rate) }), {}, 1);
    bucket.tokens--;
  }
}

/** Ends the request where the caller's role is not among `roles`. */
export function allow(caller: Caller, what: string, ...roles: readonly Caller['role'][]): void {
  if (!roles.includes(caller.role)) throw new ProblemException(finding('WEB_NOT_ALLOWED', { who: `${caller.role} ${caller.id}`, what }));
}
