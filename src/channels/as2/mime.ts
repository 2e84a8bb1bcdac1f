/**
 * MIME as far as AS2 needs it (RFC 2045, 2046, 5322): parts are spans of the bytes, because a signature is over the very
 * bytes, with their header, their folding and the order of their fields. Whatever the bytes, nothing here throws.
 */
export interface Entity {
  readonly fields: readonly Field[];
  readonly bytes: Uint8Array; // header and body, as they came
  readonly body: Uint8Array;
}

export interface Field {
  readonly name: string; // as it was written
  readonly value: string; // unfolded
}

const cr = 0x0d;
const lf = 0x0a;
const blank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09;
const text = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const longest = 64 * 1024; // bytes of one header

/** Header and body. Lines may end in LF alone; bytes without a header are all body. */
export function readEntity(bytes: Uint8Array): Entity {
  const all = text(bytes);
  const fields: { name: string; value: string }[] = [];
  let at = 0;
  while (at < all.length && at < longest) {
    const end = all.indexOf(lf, at);
    const stop = end < 0 ? all.length : end;
    const line = all.toString('latin1', at, stop > at && all[stop - 1] === cr ? stop - 1 : stop);
    const last = fields.at(-1);
    if (line === '') return { fields, bytes, body: bytes.subarray(stop === all.length ? stop : stop + 1) };
    if (blank(all[at]) && last) last.value = `${last.value} ${line.trim()}`.trim();
    else {
      const colon = line.indexOf(':');
      if (colon <= 0 || !/^[!-9;-~]+\s*$/.test(line.slice(0, colon))) break;
      fields.push({ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() });
    }
    at = stop + 1;
  }
  return at >= all.length && fields.length > 0 ? { fields, bytes, body: bytes.subarray(bytes.length) } : { fields: [], bytes, body: bytes };
}

/** The value of a field; the first where it is repeated. */
export function fieldOf({ fields }: Pick<Entity, 'fields'>, name: string): string | undefined {
  return fields.find((field) => field.name.toLowerCase() === name)?.value;
}

export interface Parameterized {
  readonly value: string; // lower case
  readonly parameters: Readonly<Record<string, string>>; // names in lower case
}

/** `multipart/signed; protocol="…"; micalg=sha-256` */
export function readParameters(header: string): Parameterized {
  const [value = '', ...rest] = splitOutsideQuotes(header, ';');
  const parameters: Record<string, string> = {};
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim().toLowerCase();
    if (!Object.hasOwn(parameters, name) && name !== '__proto__') parameters[name] = unquoted(part.slice(equals + 1));
  }
  return { value: value.trim().toLowerCase(), parameters };
}

export function splitOutsideQuotes(line: string, separator: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!;
    if (quoted && character === '\\') part += character + (line[++i] ?? '');
    else {
      if (character === '"') quoted = !quoted;
      if (character === separator && !quoted) {
        parts.push(part);
        part = '';
      } else part += character;
    }
  }
  return [...parts, part];
}

/** What stands in quotes, or bare. */
export function unquoted(word: string): string {
  const trimmed = word.trim();
  const match = /^"(.*)"$/s.exec(trimmed);
  return match ? match[1]!.replace(/\\(.)/gs, '$1') : trimmed;
}

/** A token as it is; anything else in quotes. */
export const quoted = (word: string): string => (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(word) ? word : `"${word.replace(/(["\\])/g, '\\$1')}"`);

/**
 * The parts of a multipart body, each without the line break before the delimiter, which belongs to the delimiter
 * (RFC 2046, 5.1.1). A body that ends without its closing delimiter has its last part up to the end.
 */
export function partsOf(body: Uint8Array, boundary: string): Uint8Array[] {
  const all = text(body);
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const parts: Uint8Array[] = [];
  let open = -1;
  for (let at = all.indexOf(delimiter); at >= 0; at = all.indexOf(delimiter, at + 1)) {
    if (at > 0 && all[at - 1] !== lf) continue;
    let end = at + delimiter.length;
    const closing = all[end] === 0x2d && all[end + 1] === 0x2d;
    if (closing) end += 2;
    while (blank(all[end])) end++;
    if (all[end] === cr) end++;
    if (end < all.length && all[end] !== lf) continue; // a longer boundary that begins like ours
    if (open >= 0) parts.push(body.subarray(open, Math.max(open, at - (all[at - 2] === cr ? 2 : 1))));
    open = closing ? -1 : Math.min(end + 1, all.length);
    if (closing || parts.length > 100) break;
  }
  if (open >= 0 && open < body.length) parts.push(body.subarray(open));
  return parts;
}

/** The body without its transfer encoding (RFC 2045, 6). */
export function decodeBody(body: Uint8Array, encoding: string | undefined): Uint8Array {
  switch (encoding?.trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(text(body).toString('latin1'), 'base64');
    case 'quoted-printable':
      return unquotePrintable(text(body).toString('latin1'));
    default:
      return body;
  }
}

const unquotePrintable = (encoded: string): Buffer =>
  Buffer.from(
    encoded
      .replace(/[ \t]+(?=\r?\n|$)/g, '')
      .replace(/=\r?\n/g, '')
      .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

/** Every line ends in CRLF: the form over which a signature is made where a line break is one (RFC 5751, 3.1.1). The bytes themselves where they are so already. */
export function canonical(bytes: Uint8Array): Uint8Array {
  const all = text(bytes);
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let at = all.indexOf(lf); at >= 0; at = all.indexOf(lf, at + 1)) {
    if (at > 0 && all[at - 1] === cr) continue;
    pieces.push(bytes.subarray(from, at), crlf);
    from = at + 1;
  }
  return pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(from)]);
}

export const crlf = Buffer.from('\r\n');

/** An entity of ours, in pieces. Fields are ASCII and short: nothing is folded. */
export function entity(fields: readonly (readonly [string, string])[], body: readonly Uint8Array[]): Uint8Array[] {
  return [Buffer.from(`${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, 'latin1'), ...body];
}

/** A multipart body, in pieces. */
export function multipart(boundary: string, parts: readonly (readonly Uint8Array[])[]): Uint8Array[] {
  return [...parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), ...part, crlf]), Buffer.from(`--${boundary}--\r\n`)];
}

/** Base64 in lines of 76 characters. */
export function base64Lines(parts: readonly Uint8Array[]): Buffer {
  const encoded = (parts.length === 1 ? text(parts[0]!) : Buffer.concat(parts)).toString('base64');
  return Buffer.from(encoded.replace(/.{76}(?=.)/g, '$&\r\n'), 'latin1');
}
