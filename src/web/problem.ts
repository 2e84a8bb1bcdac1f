import type { IncomingHttpHeaders } from 'node:http';
import { codes, type Code, type Retry } from '../diagnostics/codes.ts';
import { finding, sentence, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { fold, type Fold } from '../diagnostics/fold.ts';
import { findingJson, type FindingJson, type SourceJson } from '../diagnostics/json.ts';
import { acceptedLanguage, hintIn, sentenceIn, type Language } from '../diagnostics/language.ts';

/** RFC 9457: the only shape in which anything goes wrong over HTTP. Extension members are named in [a-z0-9_]. */
export interface Problem {
  readonly type: string; // a page that explains
  readonly code: Code;
  readonly title: string; // the same for every problem of a type
  readonly status: number;
  readonly detail: string; // what happened here, and what to do
  readonly instance?: string;
  readonly retry: Retry;
  readonly evidence?: { readonly index: number };
  readonly total?: number; // of the errors, where not all are listed
  readonly errors: readonly ProblemError[]; // those of one cause once
}

/** One finding, in terms of the message that was sent. */
export interface ProblemError {
  readonly code: string;
  readonly severity: string;
  readonly detail: string;
  readonly hint: string;
  readonly count?: number; // how often, where more than once
  readonly pointer?: string;
  readonly place?: SourceJson;
  readonly rule?: string;
  readonly actual?: string;
  readonly expected?: readonly string[];
  readonly see: string;
}

/** Few kinds, each with a page; many codes inside. The first sentence is the title. */
export const problemTypes: Readonly<Record<string, string>> = {
  unreadable: 'The request cannot be read. It or its body is not of the form that is described under /docs.',
  'not-authenticated': 'The caller did not show who it is.',
  'not-allowed': 'The caller may not do this.',
  'not-found': 'There is nothing at this address that the caller may see.',
  'method-not-allowed': 'The method is not for this address. The header Allow names those that are.',
  'too-slow': 'The request did not arrive in time.',
  duplicate: 'The reference was used before, with other bytes.',
  changed: 'What is to be changed is not what the request takes it for. Read it again.',
  'too-large': 'The request is larger than this gateway takes.',
  'unsupported-syntax': 'The bytes are in no syntax that this gateway reads.',
  'message-not-acceptable': 'The message was read, and something in it is not in order. Nothing was forwarded.',
  busy: 'The gateway cannot take more at present. The same request may succeed later.',
  internal: 'There is a defect of ours. The problem carries an id under which we find it.',
};

/** The titles in Traditional Chinese. */
const chineseTitles: Readonly<Record<string, string>> = {
  unreadable: '無法讀取請求',
  'not-authenticated': '呼叫者未表明身分',
  'not-allowed': '呼叫者無權執行',
  'not-found': '此位址沒有呼叫者可檢視的內容',
  'method-not-allowed': '此位址不適用該方法',
  'too-slow': '請求未在時限內送達',
  duplicate: '參考號碼先前已用於不同內容',
  changed: '待變更之內容與請求所據不同',
  'too-large': '請求超過本閘道的上限',
  'unsupported-syntax': '內容並非本閘道讀取的語法',
  'message-not-acceptable': '訊息已讀取，但內容不符規定',
  busy: '本閘道目前無法受理',
  internal: '本系統有瑕疵',
};

const typeOfStatus: Readonly<Record<number, string>> = {
  400: 'unreadable', 401: 'not-authenticated', 403: 'not-allowed', 404: 'not-found', 405: 'method-not-allowed', 408: 'too-slow', 409: 'changed', 410: 'not-found',
  412: 'changed', 413: 'too-large', 414: 'too-large', 415: 'unsupported-syntax', 417: 'unreadable', 422: 'message-not-acceptable', 428: 'changed', 429: 'busy', 431: 'too-large', 500: 'internal', 503: 'busy',
}; // prettier-ignore

export interface ProblemContext {
  readonly instance?: string;
  readonly evidence?: { readonly index: number };
  readonly errors?: readonly Diagnostic[];
  readonly told?: readonly FindingJson[]; // instead of `errors`: findings with their places, as they were kept
  readonly status?: number;
  readonly language?: Language; // English where absent
  readonly type?: string; // where the status alone would say another
  readonly bytes?: (source: string) => Uint8Array | undefined; // of what rules refer to, for lines and columns
}

/** The language in which who asks is told. */
export const languageFor = ({ headers }: { readonly headers: IncomingHttpHeaders }): Language => acceptedLanguage(headers['accept-language']);

/** Of what was sent before. */
const duplicates: ReadonlySet<Code> = new Set(['GATEWAY_DUPLICATE', 'GATEWAY_RESUBMISSION', 'WEB_KEY_REUSED']);

const mostErrors = 100; // causes that are listed

/** The problem that a finding makes; `errors` are the findings behind it, or the finding itself. */
export function problemOf(main: Diagnostic, context: ProblemContext = {}): Problem {
  const row = codes[main.code];
  const status = context.status ?? (row.http === 0 ? 422 : row.http);
  const isDuplicate = status === 409 && duplicates.has(main.code);
  const type = context.type ?? (isDuplicate ? 'duplicate' : (typeOfStatus[status] ?? 'internal'));
  const { language = 'en' } = context;
  const found = context.errors ?? [main];
  const causes = fold(found);
  const errors = (context.told?.map((each) => errorOf(each)) ?? causes.map((each) => foldedError(each, language, context.bytes))).slice(0, mostErrors);
  const total = causes.length > mostErrors || errors.some(({ count }) => count !== undefined) ? causes.reduce((sum, { count }) => sum + count, 0) : undefined;
  return {
    type: `/problems/${type}`,
    code: main.code,
    title: language === 'en' ? problemTypes[type]!.replace(/\..*$/s, '') : chineseTitles[type]!,
    status,
    detail: [sentenceIn(main, language), hintIn(main, language)]
      .map((said) => (language === 'en' ? `${capital(said)}.` : `${said}。`))
      .join(language === 'en' ? ' ' : ''),
    ...(context.instance === undefined ? {} : { instance: context.instance }),
    retry: row.retry,
    ...(context.evidence === undefined ? {} : { evidence: context.evidence }),
    ...(total === undefined ? {} : { total }),
    errors,
  };
}

function foldedError({ first, count }: Fold, language: Language, bytes?: ProblemContext['bytes']): ProblemError {
  const json = findingJson(first, bytes, language);
  return errorOf(count > 1 ? { ...json, count } : json, first.args['path']);
}

/** The same of a finding that was kept. */
export function errorOf({ message, source, rule, expected, ...rest }: FindingJson, pointer?: string): ProblemError {
  return {
    code: rest.code,
    severity: rest.severity,
    detail: message,
    hint: rest.hint,
    ...(rest.count === undefined ? {} : { count: rest.count }),
    ...(pointer === undefined ? {} : { pointer }),
    ...(source ? { place: source } : {}),
    ...(rule ? { rule: rule.line === undefined ? rule.file : `${rule.file}:${rule.line}:${rule.column}` } : {}),
    ...(rest.actual === undefined ? {} : { actual: rest.actual }),
    ...(expected ? { expected: expected.slice(0, 20) } : {}),
    see: `/problems/codes#${rest.code.toLowerCase()}`,
  };
}

/** A finding that ends a request: thrown in handlers and hooks, caught in one place. */
export class ProblemException extends Error {
  readonly main: Diagnostic;
  readonly context: ProblemContext;
  readonly retryAfter: number | undefined; // seconds
  constructor(main: Diagnostic, context: ProblemContext = {}, retryAfter?: number) {
    super(sentence(main));
    this.name = 'Problem';
    this.main = main;
    this.context = context;
    this.retryAfter = retryAfter;
  }
}

interface FrameworkError extends Error {
  readonly code?: string;
  readonly statusCode?: number;
  readonly validation?: readonly Violation[];
  readonly validationContext?: string;
}

/** What the check of a request against its schema says. */
interface Violation {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What the framework says, in our words. */
const frameworkWords: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'the address is not well-formed: after `%` there must be two hexadecimal digits',
  FST_ERR_MAX_PARAM_LENGTH: 'a part of the address is too long',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is no JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty, though its Content-Type says JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the body is not as long as its Content-Length says',
  HPE_HEADER_OVERFLOW: 'the headers are too large',
};

/** The finding in which an error of the HTTP framework is told; undefined where the error is a defect of ours. */
export function findingOfFramework(error: FrameworkError, limit: number): Diagnostic | undefined {
  const { validation, validationContext = 'request', code = '', statusCode } = error;
  if (validation) return finding('WEB_REQUEST', { message: [...new Set(validation.map((each) => violation(each, validationContext)))].join('; ') });
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return finding('WEB_BODY_TOO_LARGE', { limit: String(limit) });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return finding('WEB_MEDIA', { what: 'this media type', remedy: 'send JSON as `application/json`' });
  if (statusCode === 408 || code === 'ERR_HTTP_REQUEST_TIMEOUT') return finding('WEB_TIMEOUT');
  if (Object.hasOwn(frameworkWords, code)) return finding('WEB_REQUEST', { message: frameworkWords[code]! });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return finding('WEB_REQUEST', { message: 'the request is not well-formed' });
  return undefined;
}

function violation({ keyword, instancePath, params = {} }: Violation, context: string): string {
  const where = context === 'querystring' ? 'parameter' : context === 'body' ? 'member' : 'part';
  const path = instancePath.slice(1).replaceAll('/', '.');
  const name = path === '' ? `the ${context}` : `\`${path}\``;
  const param = (key: string): string => String(params[key]);
  switch (keyword) {
    case 'additionalProperties':
      return `there is no ${where} \`${param('additionalProperty')}\``;
    case 'required':
      return `the ${where} \`${param('missingProperty')}\` is missing`;
    case 'type':
      return `${name} must be ${param('type') === 'integer' ? 'a whole number' : param('type')}`;
    case 'minimum':
      return `${name} must be at least ${param('limit')}`;
    case 'maximum':
      return `${name} must be at most ${param('limit')}`;
    case 'minLength':
      return `${name} must have at least ${param('limit')} characters`;
    case 'maxLength':
      return `${name} must have at most ${param('limit')} characters`;
    case 'enum':
      return `${name} must be one of ${(params['allowedValues'] as readonly unknown[]).map(String).join(', ')}`;
    case 'pattern':
      return `${name} must match ${param('pattern')}`;
    default:
      return `${name} is not of the form that /docs describes`;
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
