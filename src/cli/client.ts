import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Language } from '../diagnostics/language.ts';
import type { Viewer } from '../gateway/views/view.ts';
import type { ReadStore } from '../store/store.ts';
import { UsageError, type Options } from './main.ts';

/** Where the answers come from: a gateway that runs, or its data folder, read beside it. */
export type Bench =
  | { readonly kind: 'gateway'; get(path: string, method?: 'GET' | 'POST'): Promise<Response>; post(path: string, body?: Uint8Array): Promise<Response> }
  | { readonly kind: 'data'; readonly store: ReadStore };

/** Options that every command of the operator's bench has. */
export const benchOptions = { url: { type: 'string' }, key: { type: 'string' }, data: { type: 'string' } } as const;

/** Beside a data folder one is its operator: whoever can read the files and keys is. */
export const beside: Viewer = { role: 'operator', id: 'operator' };

/** Ends a command with a finding that is not a defect: exit code 1. */
export class Unreachable extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.code);
    this.diagnostic = diagnostic;
  }
}

/** Why nobody answers at an address. */
export function unreachable(error: unknown, url: string): Unreachable {
  if (error instanceof Unreachable) return error;
  const { cause, message } = error as Error & { cause?: Error };
  return new Unreachable(finding('CLI_UNREACHABLE', { url, reason: cause?.message || message }));
}

/** What the gateway says. Whatever else listens at its address says something else. */
export async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const { status, url } = response;
    throw new Unreachable(finding('CLI_UNREACHABLE', { url: new URL(url).origin, reason: `what answers there (HTTP ${status}) speaks no JSON` }));
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
  const url = (options['url'] as string | undefined) ?? process.env['PORTOLAN_URL'] ?? 'http://127.0.0.1:8080';
  const key = (options['key'] as string | undefined) ?? process.env['PORTOLAN_KEY'];
  if (key === undefined) throw new UsageError('who asks? name a key with --key or PORTOLAN_KEY, or read beside the gateway with --data DIR');
  const headers = { authorization: `Bearer ${key}`, 'accept-language': language };
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(new URL(path, url), init);
    } catch (error) {
      throw unreachable(error, url);
    }
  };
  return {
    kind: 'gateway',
    get: (path, method = 'GET') => call(path, { method, headers }),
    post: (path, body) =>
      call(path, {
        method: 'POST',
        headers: body ? { ...headers, 'content-type': 'application/octet-stream' } : headers,
        ...(body ? { body: Uint8Array.from(body) } : {}),
      }),
  };
}
