import { codes, type Code, type Retry } from '../diagnostics/codes.ts';
import { finding, hint, sentence, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { findingJson, type FindingJson, type SourceJson } from '../diagnostics/json.ts';

/** RFC 9457: the only shape in which anything goes wrong over HTTP. Extension members are named in [a-z0-9_]. */
export interface Problem {
  readonly type: string; // a page that explains
  readonly code: Code;
  readonly title: string;
  readonly status: number;
  readonly detail: string; // what to do
  readonly instance?: string;
  readonly retry: Retry;
  readonly evidence?: { readonly index: number };
  readonly errors: readonly ProblemError[];
}

/** One finding, in terms of the message that was sent. */
export interface ProblemError {
  readonly code: string;
  readonly severity: string;
  readonly detail: string;
  readonly hint: string;
  readonly pointer?: string;
  readonly place?: SourceJson;
  readonly rule?: string;
  readonly actual?: string;
  readonly expected?: readonly string[];
  readonly see: string;
}

/** Few kinds, each with a page; many codes inside. */
export const problemTypes: Readonly<Record<string, string>> = {
  unreadable: 'The request or its body could not be read.',
  'not-authenticated': 'The caller did not show who it is.',
  'not-allowed': 'The caller may not do this.',
  'not-found': 'There is nothing at this address that the caller may see.',
  duplicate: 'The reference was used before, with other bytes.',
  'too-large': 'The body is larger than this gateway takes.',
  'unsupported-syntax': 'The bytes are in no syntax that this gateway reads.',
  'message-not-acceptable': 'The message was read, and something in it is not in order. Nothing was forwarded.',
  busy: 'The gateway cannot take more at present. The same request may succeed later.',
  internal: 'A defect of ours. The problem carries an id under which we find it.',
};

const typeOfStatus: Readonly<Record<number, string>> = {
  400: 'unreadable', 401: 'not-authenticated', 403: 'not-allowed', 404: 'not-found', 408: 'busy', 409: 'duplicate', 413: 'too-large',
  415: 'unsupported-syntax', 422: 'message-not-acceptable', 429: 'busy', 500: 'internal', 503: 'busy',
}; // prettier-ignore

export interface ProblemContext {
  readonly instance?: string;
  readonly evidence?: { readonly index: number };
  readonly errors?: readonly Diagnostic[];
  readonly status?: number;
}

/** The problem that a finding makes; `errors` are the findings behind it, or the finding itself. */
export function problemOf(main: Diagnostic, context: ProblemContext = {}): Problem {
  const row = codes[main.code];
  const status = context.status ?? (row.http === 0 ? 422 : row.http);
  const errors = (context.errors ?? [main]).map(problemError);
  return {
    type: `/problems/${typeOfStatus[status] ?? 'internal'}`,
    code: main.code,
    title: capital(sentence(main)),
    status,
    detail: capital(hint(main)),
    ...(context.instance === undefined ? {} : { instance: context.instance }),
    retry: row.retry,
    ...(context.evidence === undefined ? {} : { evidence: context.evidence }),
    errors,
  };
}

export function problemError(diagnostic: Diagnostic): ProblemError {
  return errorOf(findingJson(diagnostic), diagnostic.args['path']);
}

/** The same of a finding that was kept. */
export function errorOf({ message, source, rule, expected, ...rest }: FindingJson, pointer?: string): ProblemError {
  return {
    code: rest.code,
    severity: rest.severity,
    detail: message,
    hint: rest.hint,
    ...(pointer === undefined ? {} : { pointer }),
    ...(source ? { place: source } : {}),
    ...(rule ? { rule: rule.file } : {}),
    ...(rest.actual === undefined ? {} : { actual: rest.actual }),
    ...(expected ? { expected: expected.slice(0, 20) } : {}),
    see: `/problems/codes#${rest.code.toLowerCase()}`,
  };
}

/** A finding that ends a request: thrown in handlers and hooks, caught in one place. */
export class ProblemException extends Error {
  readonly problem: Problem;
  readonly retryAfter: number | undefined; // seconds
  constructor(main: Diagnostic, context: ProblemContext = {}, retryAfter?: number) {
    super(sentence(main));
    this.name = 'Problem';
    this.problem = problemOf(main, context);
    this.retryAfter = retryAfter;
  }
}

interface FrameworkError extends Error {
  readonly code?: string;
  readonly statusCode?: number;
  readonly validation?: readonly { readonly instancePath: string; readonly message?: string; readonly params?: Record<string, unknown> }[];
  readonly validationContext?: string;
}

/** The finding in which an error of the HTTP framework is told; undefined where the error is a defect of ours. */
export function findingOfFramework(error: FrameworkError, limit: number): Diagnostic | undefined {
  if (error.validation) {
    const said = error.validation.map(
      (v) => `${error.validationContext ?? 'request'}${v.instancePath.replaceAll('/', '.')} ${v.message ?? 'is not allowed'}${extra(v.params)}`,
    );
    return finding('WEB_REQUEST', { message: said.join('; ') });
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return finding('WEB_BODY_TOO_LARGE', { limit: String(limit) });
  if (error.statusCode === 408) return finding('WEB_TIMEOUT');
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) return finding('WEB_REQUEST', { message: lower(error.message) });
  return undefined;
}

const extra = (params: Record<string, unknown> | undefined): string => {
  const name = params?.['additionalProperty'];
  return typeof name === 'string' ? `: \`${name}\`` : '';
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
