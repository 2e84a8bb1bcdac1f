import { finding } from '../diagnostics/diagnostic.ts';
import type { Language } from '../diagnostics/language.ts';
import type { Viewer } from '../gateway/views/view.ts';
import type { ReadStore } from '../store/store.ts';
import { Ended } from './fault.ts';
import { UsageError, type Options } from './main.ts';

/** Where the answers come from: a gateway that runs, or its data folder, read beside it. */
export type Bench =
  | { readonly kind: 'gateway'; get(path: string, method?: 'GET' | 'POST'): Promise<Response>; post(path: string, body?: Uint8Array): Promise<Response> }
  | { readonly kind: 'data'; readonly store: ReadStore };

/** Options that every command of the operator's bench has. */
export const benchOptions = { url: { type: 'string' }, key: { type: 'string' }, data: { type: 'string' } } as const;

/** Beside a data folder one is its operator: whoever can read the files and keys is. */
export const beside: Viewer = { role: 'operator', id: 'operator' };

/** Why nobody answers at an address. */
function unreachable(error: unknown, url: string): Ended {
  const { cause, message } = error as Error & { cause?: Error };
  return new Ended(finding('CLI_UNREACHABLE', { url, reason: cause?.message || message }));
}

/** What the gateway says. Whatever else listens at its address says something else. */
export async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const { status, url } = response;
    throw new Ended(finding('CLI_UNREACHABLE', { url: new URL(url).origin, reason: `what answers there (HTTP ${status}) speaks no JSON` }));
  }
}

export async function openBench(options: Options, language: Language): Promise<Bench> {
  const data = options['data'] as string | undefined;
  if (data !== undefined) {
    if (options['url'] !== undefined) throw new UsageError('--url asks a gateway that runs, --data DIR reads beside it: name one of them');
    if (options['key'] !== undefined) throw new UsageError('--key says who asks a gateway that runs; --data DIR reads beside it, without one');
    const { readStore } = await import('../store/open.ts');
    return { kind: 'data', store: readStore(data) };
  }
  const call = gatewayOf(options, language, ', or read beside the gateway with --data DIR');
  return {
    kind: 'gateway',
    get: (path, method = 'GET') => call(path, { method }),
    post: (path, body) =>
      call(path, { method: 'POST', ...(body ? { headers: { 'content-type': 'application/octet-stream' }, body: Uint8Array.from(body) } : {}) }),
  };
}

/** How the gateway that `--url` names is asked by who `--key` is. `remedy`: what else one may do who has no key. */
export function gatewayOf(options: Options, language: Language, remedy = ''): (path: string, init: RequestInit) => Promise<Response> {
  const named = options['url'] as string | undefined;
  const url = named ?? process.env['PORTOLAN_URL'] ?? 'http://127.0.0.1:8080';
  if (!/^https?:/i.test(url) || !URL.canParse(url))
    throw new UsageError(`\`${url}\` is no address of a gateway, as ${named === undefined ? 'PORTOLAN_URL' : '--url'} must be: http://127.0.0.1:8080`);
  const key = (options['key'] as string | undefined) ?? process.env['PORTOLAN_KEY'];
  if (key === undefined) throw new UsageError(`who asks? name a key with --key or PORTOLAN_KEY${remedy}`);
  return async (path, init) => {
    try {
      return await fetch(new URL(path, url), { ...init, headers: { authorization: `Bearer ${key}`, 'accept-language': language, ...init.headers } });
    } catch (error) {
      throw unreachable(error, url);
    }
  };
}
