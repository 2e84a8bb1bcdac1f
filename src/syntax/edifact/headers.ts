import { asBuffer, type AgreedCharsets } from '../charset.ts';
import type { EdifactLimits } from '../limits.ts';
import type { Interchange, MessageHeader } from '../unit.ts';
import { isFiller } from '../segments/bounds.ts';
import type { Mutable } from '../segments/form.ts';
import type { ServiceCharacters } from '../segments/service.ts';
import { edifactFraming, readUna, U } from './opening.ts';
import { defaults3 } from './service.ts';

/** The value at (element, component) of a header, '' where there is none. */
export type HeaderValue = (element: number, component?: number) => string;

/** Adds what UNB states. Field by field: a loop over names takes eight times as long, and most interchanges are short. */
export function statedByUnb(value: HeaderValue, into: Mutable<Partial<Interchange>>): void {
  let text: string;
  if ((text = value(1, 2)) !== '') into.syntaxVersion = text;
  if ((text = value(2)) !== '') into.sender = text;
  if ((text = value(2, 2)) !== '') into.senderQualifier = text;
  if ((text = value(3)) !== '') into.recipient = text;
  if ((text = value(3, 2)) !== '') into.recipientQualifier = text;
  if ((text = value(4)) !== '') into.preparedAt = `${text}:${value(4, 2)}`;
  if ((text = value(5)) !== '') into.reference = text;
  if ((text = value(7)) !== '') into.applicationReference = text;
  if ((text = value(9)) !== '') into.acknowledgementRequest = text;
  if ((text = value(11)) !== '') into.testIndicator = text;
}

/** Adds what UNH states, the type of the message apart. */
export function statedByUnh(value: HeaderValue, into: Mutable<Partial<MessageHeader>>): void {
  const version = value(2, 2);
  const release = value(2, 3);
  const agency = value(2, 4);
  const directory = directoryOf(version, release, agency);
  let text: string;
  if (version !== '') into.version = version;
  if (release !== '') into.release = release;
  if (agency !== '') into.agency = agency;
  if ((text = value(2, 5)) !== '') into.association = text;
  if ((text = value(1)) !== '') into.reference = text;
  if (directory !== '') into.directory = directory;
}

/** `D95B`; where another agency than the UN numbers its releases, `IA131`; '' where the header names none. */
function directoryOf(version: string, release: string, agency: string): string {
  if (/^[A-Z]$/.test(version)) return `${version}${release}`;
  return agency !== 'UN' && /^[A-Z]{2}$/.test(agency) && /^\d{2,}$/.test(version + release) ? `${agency}${version}${release}` : '';
}

/** The fields that say something. */
export function stated<T extends Readonly<Record<string, string>>>(fields: T): { [K in keyof T]?: string } {
  const found: { [K in keyof T]?: string } = {};
  for (const name in fields) if (fields[name] !== '') found[name] = fields[name] as string;
  return found;
}

export interface Headers {
  readonly interchange: Interchange;
  readonly messages: readonly MessageHeader[];
}

const odd = /[^\x20-\x7e]/;

/**
 * The headers of one whole interchange that is plainly written, at a glance: all between them is jumped over, and nothing is said of
 * it. Undefined where anything is out of the ordinary (several interchanges, groups, characters of several bytes, released or other than ASCII characters in a
 * header, no end, a header that may be beyond a limit): then the reader must read it.
 */
export function plainHeaders(body: Uint8Array, limits: EdifactLimits, charsets?: AgreedCharsets): Headers | undefined {
  const bytes = asBuffer(body);
  const { length } = bytes;
  const longest = Math.min(limits.segmentBytes, limits.componentBytes, limits.elements, limits.components, limits.repetitions); // within all of them
  const past = (from: number): number => {
    let at = from;
    while (at < length && isFiller(bytes[at] as number)) at++;
    return at;
  };
  const una = readUna(bytes, 0, 0);
  const start = past(una?.end ?? 0);
  if (una?.fault !== undefined || bytes[start + 2] !== 0x42) return undefined;
  const opened = edifactFraming.open(bytes, start, { advice: una?.service, service: defaults3, inside: false, agreed: charsets, length });
  if (!opened || 'advice' in opened || opened.fault !== undefined || opened.charset.gate) return undefined;
  const { service, charset } = opened;
  const character = (byte: number): string => String.fromCharCode(byte); // NUL where there is none: it is in no header
  const element = character(service.element);
  const component = character(service.component);
  const release = character(service.release);
  const repetition = character(service.repetition);
  let interchange: Mutable<Interchange> | undefined;
  const messages: MessageHeader[] = [];
  for (let at = start, end = start; at >= 0; at = nextWithU(bytes, end, service)) {
    end = endOf(bytes, at, service);
    if (end < 0 || end - at > longest) return undefined;
    const text = bytes.toString('latin1', at, end - 1);
    if (odd.test(text) || text.includes(release) || text.includes(repetition)) return undefined;
    const value: HeaderValue = (n, m = 1) => part(part(text, element, n), component, m - 1);
    const tag = value(0);
    if (tag === 'UNB' && !interchange) {
      interchange = { syntax: 'edifact', index: 1, charset: { declared: charset.label, detected: 'ascii' }, start };
      statedByUnb(value, interchange);
    } else if (tag === 'UNH' && interchange && messages.length < limits.messages) {
      const message: Mutable<MessageHeader> = { index: messages.length + 1, interchange, start: at, type: value(2) };
      statedByUnh(value, message);
      messages.push(message);
    } else if (tag === 'UNZ') return interchange && past(end) === length ? { interchange, messages } : undefined;
    else if (tag === 'UNB' || tag === 'UNH' || tag === 'UNG' || tag === 'UNE' || tag === 'UNA') return undefined;
  }
  return undefined;
}

/** The n-th part of a text, from 0; '' where it has fewer. */
function part(text: string, separator: string, n: number): string {
  let from = 0;
  for (let left = n; left > 0; left--) {
    from = text.indexOf(separator, from) + 1;
    if (from === 0) return '';
  }
  const end = text.indexOf(separator, from);
  return end < 0 ? text.slice(from) : text.slice(from, end);
}

/** The offset after the terminator of a segment; -1 where it has none. */
function endOf(bytes: Buffer, from: number, service: ServiceCharacters): number {
  let at = bytes.indexOf(service.terminator, from);
  while (at >= 0 && isReleased(bytes, at, service)) at = bytes.indexOf(service.terminator, at + 1);
  return at < 0 ? at : at + 1;
}

/** The offset of the next segment whose tag begins with a U; -1 where there is none. */
function nextWithU(bytes: Buffer, from: number, service: ServiceCharacters): number {
  let at = bytes.indexOf(U, from);
  while (at >= 0 && !isBehind(bytes, at, service)) at = bytes.indexOf(U, at + 1);
  return at;
}

/** Whether a terminator stands before it, fillers apart. */
function isBehind(bytes: Buffer, at: number, service: ServiceCharacters): boolean {
  let before = at - 1;
  while (bytes[before] !== service.terminator && isFiller(bytes[before] ?? -1)) before--;
  return bytes[before] === service.terminator && !isReleased(bytes, before, service);
}

/** A release character may itself be released; 0 where there is none. */
function isReleased(bytes: Buffer, at: number, { release }: ServiceCharacters): boolean {
  let first = at;
  while (release !== 0 && bytes[first - 1] === release) first--;
  return (at - first) % 2 === 1;
}
