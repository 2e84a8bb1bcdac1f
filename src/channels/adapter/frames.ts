import type { Code } from '../../diagnostics/codes.ts';

/** The version of the contract (CONTRACT.md). What is added keeps it; what changes has another number. */
export const protocol = 'portolan-adapter/1';

/** Bytes beside or in a frame: a file in the shared folder, or Base64 where they are few. */
export interface Body {
  readonly size: number;
  readonly sha256: string; // hex
  readonly base64?: string;
  readonly file?: string; // a name, never a path
}

export type ToAdapter =
  | {
      readonly type: 'hello';
      readonly protocol: string;
      readonly party: string;
      readonly folder: string;
      readonly settings: object;
      readonly secrets: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'deliver';
      readonly delivery: string;
      readonly attempt: number;
      readonly kind: string;
      readonly media: string;
      readonly filename: string;
      readonly interchange: string;
      readonly message?: string;
      readonly body: Body;
    }
  | { readonly type: 'taken'; readonly key: string; readonly id: string; readonly duplicate: boolean }
  | { readonly type: 'refused'; readonly key: string; readonly code: string; readonly reason: string; readonly retryAfter?: number }
  | { readonly type: 'noted'; readonly delivery: string }
  | { readonly type: 'stop' };

/** Why a delivery failed, in the words of the contract; the code decides whether it is tried again. */
export const failures: Readonly<Record<string, Code>> = {
  unreachable: 'SEND_UNREACHABLE',
  interrupted: 'SEND_INTERRUPTED',
  timeout: 'SEND_TIMEOUT',
  busy: 'SEND_BUSY',
  auth: 'SEND_AUTH',
  tls: 'SEND_TLS',
  address: 'SEND_ADDRESS',
  settings: 'SEND_SETTINGS',
  content: 'SEND_CONTENT',
  answer: 'SEND_ANSWER',
  refused: 'SEND_REFUSED',
};

/** What the adapter says of a delivery: at once as `outcome`, or later as `receipt`. */
export interface Said {
  readonly delivery: string;
  readonly attempt?: number; // of an outcome: which it was
  readonly state: 'delivered' | 'sent' | 'failed';
  readonly failure?: string;
  readonly reason?: string;
  readonly retryAfter?: number; // seconds
  readonly proof?: Body & { readonly media: string };
}

export type FromAdapter =
  | { readonly type: 'ready'; readonly protocol: string; readonly name: string; readonly version: string; readonly window: number }
  | ({ readonly type: 'outcome' } & Said)
  | ({ readonly type: 'receipt' } & Said)
  | { readonly type: 'arrival'; readonly key: string; readonly body: Body; readonly media?: string; readonly name?: string }
  | { readonly type: 'error'; readonly reason: string };

type Values = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const text =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= most;
const count =
  (most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);
const fits = (value: unknown, checks: Readonly<Record<string, Check>>): string | undefined =>
  isObject(value) ? Object.keys(checks).find((name) => !checks[name]!(value[name])) : 'value';

export const longestLine = 1024 * 1024; // characters
export const inFrame = 65_536; // bytes of a body that may stand in a frame

const body: Check = (value) =>
  isObject(value) &&
  fits(value, { size: count(2 ** 40), sha256: (hash) => /^[0-9a-f]{64}$/.test(String(hash)) }) === undefined &&
  (value['file'] === undefined) !== (value['base64'] === undefined) &&
  (value['file'] === undefined ? typeof value['base64'] === 'string' : /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(String(value['file'])));

const delivery: Check = (value) => /^[A-Za-z0-9-]{1,64}$/.test(String(value));
const said: Readonly<Record<string, Check>> = {
  delivery,
  state: oneOf('delivered', 'sent', 'failed'),
  failure: optional(oneOf(...Object.keys(failures))),
  reason: optional((value) => typeof value === 'string'),
  retryAfter: optional(count(10_000_000)),
  proof: optional((value) => body(value) && text(200)((value as Values)['media'])),
};

const forms: Readonly<Record<FromAdapter['type'], Readonly<Record<string, Check>>>> = {
  ready: { protocol: text(100), name: text(200), version: text(100), window: count(1000) },
  outcome: { ...said, attempt: optional((value) => value !== 0 && count(1_000_000)(value)) },
  receipt: { ...said, state: oneOf('delivered', 'failed') },
  arrival: { key: text(400), body, media: optional(text(200)), name: optional(text(400)) },
  error: { reason: (value) => typeof value === 'string' },
};

/** A line of the adapter; a sentence where it is no frame. Members that are not known are passed over, and so are types: undefined. */
export function readFrame(line: string): FromAdapter | string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return `it is no JSON: ${line.slice(0, 100)}`;
  }
  if (!isObject(value) || typeof value['type'] !== 'string') return 'it has no type';
  const { type } = value;
  if (!Object.hasOwn(forms, type)) return undefined;
  const wrong = fits(value, forms[type as FromAdapter['type']]) ?? (value['state'] === 'failed' && value['failure'] === undefined ? 'failure' : undefined);
  return wrong === undefined ? (value as unknown as FromAdapter) : `\`${wrong}\` of ${type} is not as the contract has it`;
}
