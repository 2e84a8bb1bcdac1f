import { fieldBytes, fieldString, readDictionary, type Bare, type Member } from './fields.ts';
import { signWith, verifyWith, type SignatureKey } from './keys.ts';

/** A request or a response, as far as a signature covers it (RFC 9421). Names of headers are in lower case. */
export interface SignedMessage {
  readonly method?: string;
  readonly url?: URL;
  readonly status?: number;
  readonly headers: ReadonlyMap<string, readonly string[]>; // the lines of each name, in the order they came
  readonly request?: SignedMessage; // of a response: what it answers (`;req`)
}

/** What is signed: a name, and `name` of a query parameter, or that it is of the request. */
export interface Component {
  readonly name: string;
  readonly parameter?: string; // of `@query-param`
  readonly ofRequest?: boolean;
}

/** What is covered cannot be had from the message. */
class NotVerified extends Error {}

/** Headers by lower-case name from the pairs in which Node has them. */
export function headerLines(raw: readonly string[]): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    lines.set(name, [...(lines.get(name) ?? []), raw[i + 1]!]);
  }
  return lines;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new NotVerified(`\`${text}\` is no name of a parameter`);
  }
}

const derived: Readonly<Record<string, (message: SignedMessage, parameter?: string) => string | undefined>> = {
  '@method': ({ method }) => method,
  '@target-uri': ({ url }) => url?.href,
  '@authority': ({ url }) => url?.host, // lower case, without the port that goes without saying
  '@scheme': ({ url }) => url?.protocol.slice(0, -1),
  '@request-target': ({ url }) => url && url.pathname + url.search,
  '@path': ({ url }) => url?.pathname,
  '@query': ({ url }) => url && (url.search || '?'),
  '@status': ({ status }) => (status === undefined ? undefined : String(status)),
  '@query-param': ({ url }, parameter) => {
    const values = url?.searchParams.getAll(decoded(parameter ?? '')) ?? [];
    return values.length === 1 ? encodeURIComponent(values[0]!) : undefined;
  },
};

/** RFC 9421, 2.1: lines are trimmed, folds become a blank, several lines are joined. */
const fieldValue = (lines: readonly string[] | undefined): string | undefined => lines?.map((line) => line.trim().replace(/\s*\r?\n\s+/g, ' ')).join(', ');

const written = ({ name, parameter, ofRequest }: Component): string =>
  `${fieldString(name)}${parameter === undefined ? '' : `;name=${fieldString(parameter)}`}${ofRequest === true ? ';req' : ''}`;

/** The signature base (RFC 9421, 2.5); throws where the message lacks what is covered, or it is covered twice. */
export function signatureBase(message: SignedMessage, components: readonly Component[], parameters: string): string {
  const lines = components.map((component) => {
    const of = component.ofRequest === true ? message.request : message;
    const value = component.name.startsWith('@') ? of && derived[component.name]?.(of, component.parameter) : fieldValue(of?.headers.get(component.name));
    if (value === undefined) throw new NotVerified(`the message has no ${written(component)}`);
    return `${written(component)}: ${value}`;
  });
  const names = components.map(written);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new NotVerified(`${twice} is covered twice`);
  return [...lines, `"@signature-params": ${parameters}`].join('\n');
}

/** The two headers of a signature named `label`. `created` is in seconds. */
export function signMessage(
  message: SignedMessage,
  components: readonly Component[],
  key: SignatureKey,
  { label, created, tag }: { readonly label: string; readonly created: number; readonly tag?: string },
): { readonly 'signature-input': string; readonly signature: string } {
  const list = `(${components.map(written).join(' ')})`;
  const parameters = `${list};created=${created};keyid=${fieldString(key.id)};alg=${fieldString(key.algorithm)}${tag === undefined ? '' : `;tag=${fieldString(tag)}`}`;
  const signature = signWith(key, Buffer.from(signatureBase(message, components, parameters), 'latin1'));
  return { 'signature-input': `${label}=${parameters}`, signature: `${label}=${fieldBytes(signature)}` };
}

export type Verified =
  | { readonly verified: true; readonly key: SignatureKey; readonly components: readonly Component[]; readonly base: string }
  | { readonly verified: false; readonly reason: string };

/**
 * Verifies a message by the first of its signatures that is by a key we know. Whether enough is covered is for the caller to
 * decide. `now` is in seconds; a clock that is ahead of ours by a minute is forgiven.
 */
export function verifyMessage(message: SignedMessage, keys: readonly SignatureKey[], now: number): Verified {
  const inputs = readDictionary(fieldValue(message.headers.get('signature-input')) ?? '');
  const signatures = readDictionary(fieldValue(message.headers.get('signature')) ?? '');
  if (!inputs?.size || !signatures?.size) return { verified: false, reason: 'it is not signed' };
  for (const [label, input] of inputs) {
    const key = keys.find(({ id }) => id === input.parameters.get('keyid'));
    const signature = signatures.get(label)?.value;
    if (key !== undefined && Buffer.isBuffer(signature)) return verifyOne(message, input, signature, key, now);
  }
  const named = [...inputs.values()].map(({ parameters }) => display(parameters.get('keyid'))).join(', ');
  return { verified: false, reason: `it is signed by ${named}, which is no key of ours` };
}

function verifyOne(message: SignedMessage, input: Member, signature: Buffer, key: SignatureKey, now: number): Verified {
  const { parameters } = input;
  const [created, expires, algorithm] = [parameters.get('created'), parameters.get('expires'), parameters.get('alg')];
  if (algorithm !== undefined && algorithm !== key.algorithm)
    return { verified: false, reason: `it states ${display(algorithm)} for a key of ${key.algorithm}` };
  if (typeof created === 'number' && created > now + 60) return { verified: false, reason: 'it states that it was signed in the future' };
  if (typeof expires === 'number' && expires <= now) return { verified: false, reason: 'its signature has expired' };
  try {
    const components = input.items.map(({ value, parameters: own }) => componentOf(value, own));
    const base = signatureBase(message, components, input.text);
    if (!verifyWith(key, Buffer.from(base, 'latin1'), signature)) return { verified: false, reason: `the signature by ${key.id} does not match` };
    return { verified: true, key, components, base };
  } catch (error) {
    if (error instanceof NotVerified) return { verified: false, reason: error.message };
    throw error;
  }
}

function componentOf(name: Bare, parameters: ReadonlyMap<string, Bare>): Component {
  const parameter = parameters.get('name');
  const unknown = [...parameters.keys()].find((key) => key !== 'name' && key !== 'req');
  if (typeof name !== 'string' || unknown !== undefined)
    throw new NotVerified(`it covers \`${display(name)}\` with \`${unknown ?? ''}\`, which is not known here`);
  return { name, ...(typeof parameter === 'string' && { parameter }), ...(parameters.get('req') === true && { ofRequest: true }) };
}

const display = (value: Bare | undefined): string => (typeof value === 'string' ? value : value === undefined ? 'nobody' : JSON.stringify(value));
