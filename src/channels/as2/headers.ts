import { digestByMicalg, type Digest } from './algorithms.ts';
import { quoted, splitOutsideQuotes, unquoted } from './mime.ts';

/** Names in lower case, as node:http gives them. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export const headerOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
};

/** What the fields of an AS2 message say of it (RFC 4130, 6). */
export interface Head {
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
  readonly receipt: ReceiptRequest | undefined;
}

/** Which receipt is asked for (RFC 4130, 7.3). */
export interface ReceiptRequest {
  readonly signed: 'no' | 'optional' | 'required';
  readonly format: boolean; // `pkcs7-signature` is among the formats that are asked for
  readonly micalgs: readonly string[]; // as spelled, best first
  readonly micalgRequired: boolean;
  readonly url: string | undefined; // where it is sent; in the answer where there is none
}

/** An AS2 name without its quotes; letters differ by case (RFC 4130, 6.2). */
export const readName = (value: string | undefined): string => unquoted(value ?? '');
/** The same with quotes where it needs them. */
export const writeName = (name: string): string => (/[\s"\\]/.test(name) ? quoted(name) : name);

export function readHead(headers: Headers): Head {
  const wanted = headerOf(headers, 'disposition-notification-to')?.trim();
  const url = headerOf(headers, 'receipt-delivery-option')?.trim();
  return {
    from: readName(headerOf(headers, 'as2-from')),
    to: readName(headerOf(headers, 'as2-to')),
    messageId: headerOf(headers, 'message-id')?.trim() ?? '',
    receipt: wanted ? { ...readOptions(headerOf(headers, 'disposition-notification-options') ?? ''), url: url === '' ? undefined : url } : undefined,
  };
}

/** `signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha-256, sha1`, in any order, with or without the importance. */
function readOptions(options: string): Omit<ReceiptRequest, 'url'> {
  const said = new Map<string, { required: boolean; values: string[] }>();
  for (const option of splitOutsideQuotes(options, ';')) {
    const equals = option.indexOf('=');
    if (equals < 0) continue;
    const values = option
      .slice(equals + 1)
      .split(',')
      .map(unquoted)
      .filter((value) => value !== '');
    const importance = /^(?:required|optional)$/i.test(values[0] ?? '') ? values.shift()!.toLowerCase() : 'optional';
    said.set(option.slice(0, equals).trim().toLowerCase(), { required: importance === 'required', values });
  }
  const protocol = said.get('signed-receipt-protocol');
  const micalg = said.get('signed-receipt-micalg');
  return {
    signed: protocol ? (protocol.required ? 'required' : 'optional') : 'no',
    format: protocol?.values.some((value) => value.toLowerCase() === 'pkcs7-signature') ?? false,
    micalgs: micalg?.values ?? [],
    micalgRequired: micalg?.required ?? false,
  };
}

/** The digest of a receipt, with the word by which it was asked for. */
export interface Micalg {
  readonly digest: Digest;
  readonly word: string;
}

/**
 * The one the message was signed with where that is among those asked for, else the first asked for that is known here, else
 * the one of the signature, SHA-1 where there is none (RFC 4130, 7.4.3). Undefined where one is required that is not known.
 */
export function chooseMicalg(
  { micalgs, micalgRequired }: ReceiptRequest,
  signedWith: Digest | undefined,
  word: (digest: Digest) => string,
): Micalg | undefined {
  const known = micalgs.flatMap((name) => {
    const digest = digestByMicalg(name);
    return digest ? [{ digest, word: name }] : [];
  });
  const chosen = known.find(({ digest }) => digest === signedWith) ?? known[0];
  if (chosen) return chosen;
  if (micalgRequired && micalgs.length > 0) return undefined;
  const digest = signedWith ?? 'sha1';
  return { digest, word: word(digest) };
}
