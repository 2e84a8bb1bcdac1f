import { finding } from '../diagnostics/diagnostic.ts';
import type { Viewer } from '../gateway/views/view.ts';
import type { Configuration } from '../partners/config.ts';
import { partnerIndex } from '../partners/identities.ts';
import { hashKey } from '../partners/partner.ts';
import { ProblemException } from './problem.ts';

/** Who calls. */
export type Caller = Viewer;

/**
 * Everything is denied but these: what must be readable by strangers and load balancers, what shows by a signature who sends it,
 * and what a token in the address opens. */
const open = ['/as2', '/health', '/docs', '/console', '/problems/', '/v1/log/checkpoint', '/v1/log/tile/', '/v1/onboarding/'];

const below = open.map((each) => (each.endsWith('/') ? each : `${each}/`));

export const isOpen = (path: string): boolean => path === '/' || open.includes(path) || below.some((each) => path.startsWith(each));

/** Finds the caller by the hash of its key: no key is kept, and no comparison of keys can be timed. */
export class Doorkeeper {
  readonly #configuration: () => Configuration;
  readonly #tokens = new Map<string, { tokens: number; at: number }>();
  #others: { readonly of: readonly unknown[]; readonly callers: ReadonlyMap<string, Caller> } | undefined;

  constructor(configuration: () => Configuration) {
    this.#configuration = configuration;
  }

  /** The caller of a request with this `Authorization` header. */
  identify(authorization: string | undefined): Caller {
    const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) throw new ProblemException(finding('WEB_KEY_MISSING'));
    const hash = hashKey(key);
    const { partners } = this.#configuration();
    const found = partnerIndex(partners).byKey.get(hash);
    const caller = found ? ({ role: 'partner', id: found.partner.id, ...(found.key.test && { test: true }) } as const) : this.#operatorOrAgency(hash);
    if (!caller) throw new ProblemException(finding('WEB_KEY_UNKNOWN'));
    return caller;
  }

  /** They are few, and change less often than partners do. */
  #operatorOrAgency(hash: string): Caller | undefined {
    const { gateway, agencies } = this.#configuration();
    if (this.#others?.of[0] !== gateway.operators || this.#others.of[1] !== agencies) {
      const callers = new Map<string, Caller>();
      for (const { id, keys } of gateway.operators) for (const key of keys) callers.set(key.sha256, { role: 'operator', id });
      for (const { id, keys } of agencies) for (const key of keys) callers.set(key.sha256, { role: 'agency', id });
      this.#others = { of: [gateway.operators, agencies], callers };
    }
    return this.#others.callers.get(hash);
  }

  /** A bucket of one second's requests per caller. `now` in milliseconds. */
  admit(caller: { readonly role: string; readonly id: string }, now: number): void {
    const rate = this.#configuration().gateway.limits.requests;
    if (rate === 0) return;
    const name = `${caller.role}:${caller.id}`;
    const bucket = this.#tokens.get(name) ?? { tokens: rate, at: now };
    bucket.tokens = Math.min(rate, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * rate); // a clock that was set back takes none away
    bucket.at = now;
    this.#tokens.set(name, bucket);
    if (bucket.tokens < 1) throw new ProblemException(finding('WEB_RATE', { limit: String(rate) }), {}, 1);
    bucket.tokens--;
  }
}

/** Ends the request where the caller's role is not among `roles`. */
export function allow(caller: Caller, what: string, ...roles: readonly Caller['role'][]): void {
  if (!roles.includes(caller.role)) throw new ProblemException(finding('WEB_NOT_ALLOWED', { who: `${caller.role} ${caller.id}`, what }));
}
