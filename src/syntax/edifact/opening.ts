import { charsetOf, type AgreedCharsets } from '../charset.ts';
import { isFiller } from '../segments/bounds.ts';
import type { ServiceCharacters } from '../segments/service.ts';
import type { Framing, Opened } from '../segments/tokens.ts';
import { defaults3, defaultService, forVersion, serviceFault, unaService } from './service.ts';

/** Bytes that UNA, or UNB up to its syntax version, needs to be judged: the scanner waits for so many. */
export const LOOKAHEAD = 24;

export const U = 0x55;
const [A, B, G, H, N] = [0x41, 0x42, 0x47, 0x48, 0x4e];

export interface Una {
  readonly service: ServiceCharacters;
  readonly end: number; // offset after it
  readonly fault: string | undefined;
}

/**
 * Reads the service string advice. Letters are no service characters, so `UNABLE` is none.
 * `element` is the data element separator of the interchange that is open, or 0: then `UNA+` is a segment of it.
 */
export function readUna(bytes: Uint8Array, at: number, element: number): Una | undefined {
  if (bytes[at] !== U || bytes[at + 1] !== N || bytes[at + 2] !== A || bytes[at + 8] === undefined) return undefined;
  if (element !== 0 && bytes[at + 3] === element) return undefined;
  const service = unaService(bytes, at);
  const end = at + 9;
  const fault = serviceFault(service);
  if (fault === undefined) return { service, end, fault };
  // One character short, and UNB follows: the place of the repetition separator is the one that senders forget.
  if (service.terminator === U && bytes[end] === N && bytes[end + 1] === B)
    return { service: { ...service, repetition: 0, terminator: bytes[end - 2] as number }, end: end - 1, fault: 'one of the six characters is missing' };
  let next = end;
  while (next < at + LOOKAHEAD - 3 && isFiller(bytes[next] ?? -1)) next++;
  const unbFollows = bytes[next] === U && bytes[next + 1] === N && bytes[next + 2] === B;
  return unbFollows ? { service: defaults3, end, fault } : undefined;
}

/** What the first bytes of UNB, or of a group or message without one, say about the bytes that follow. */
export interface Opening {
  readonly service: ServiceCharacters;
  readonly label: string; // syntax identifier, '' without UNB
  readonly version: string; // syntax version, '' without UNB
  readonly fault?: string;
}

/**
 * Whether an interchange begins here, or, where none is open (`inside`), a group or message. `una` is the service string read just
 * before, `before` the characters of the last interchange: a sender who joins interchanges may leave its second UNA out.
 */
export function readOpening(
  bytes: Uint8Array,
  at: number,
  una: ServiceCharacters | undefined,
  before: ServiceCharacters,
  inside: boolean,
): Opening | undefined {
  const third = bytes[at + 2];
  const separator = bytes[at + 3] ?? 0;
  if (bytes[at] !== U || bytes[at + 1] !== N || !isSeparator(separator)) return undefined;
  const announced = [una, before, defaults3].find((service) => service?.element === separator);
  if (third === B) {
    const { label, version } = syntaxOf(bytes, at + 4, at + LOOKAHEAD);
    const byDefault = defaultService(label, version, separator);
    if (una?.element === separator) return { service: forVersion(una, label, version), label, version };
    if (byDefault.element === separator) return { service: byDefault, label, version };
    if (announced) return { service: forVersion(announced, label, version), label, version };
    const service = { ...byDefault, element: separator, component: bytes[at + 8] ?? byDefault.component };
    return { service, label, version, fault: 'no UNA announces the separator after UNB' };
  }
  return !inside && announced && (third === H || third === G) ? { service: announced, label: '', version: '' } : undefined;
}

/** UN/EDIFACT: UNA, UNB, and groups or messages without them. */
export const edifactFraming: Framing = {
  service: defaults3,
  mark: U,
  closes: 'UNZ',
  lookahead: LOOKAHEAD,
  opens: (byte) => byte === U,
  reopens: (bytes, at) => bytes[at + 2] === A || bytes[at + 2] === B,
  open(bytes, at, { advice, service, inside, agreed }) {
    if (recent && !inside && advice === undefined && service === recent.before && agreed === recent.agreed && isLike(recent.bytes, bytes, at))
      return recent.opened;
    const una = readUna(bytes, at, inside ? service.element : 0);
    if (una) return { advice: una.service, end: una.end, fault: una.fault };
    const opening = readOpening(bytes, at, advice, service, inside);
    if (!opening) return undefined;
    const opened = { service: opening.service, charset: charsetOf(opening.label, opening.version, agreed), version: opening.version, fault: opening.fault };
    const said = Uint8Array.prototype.slice.call(bytes, at, at + SAID);
    const isWhole = opening.version !== '' && !said.includes(0x0a) && !said.includes(0x0d);
    if (isWhole && !inside && advice === undefined && opening.fault === undefined && !opened.charset.gate)
      recent = { bytes: said, before: service, agreed, opened };
    return opened;
  },
};

/** So many bytes say what an interchange is, where no line break stands among them and nothing went before: `UNB+UNOA:2`. Most begin like the one before. */
const SAID = 10;
let recent:
  { readonly bytes: Uint8Array; readonly before: ServiceCharacters; readonly agreed: AgreedCharsets | undefined; readonly opened: Opened } | undefined;

function isLike(said: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < SAID; i++) if (said[i] !== bytes[at + i]) return false;
  return true;
}

function isSeparator(byte: number): boolean {
  return byte < 0x80 && byte > 0x1b && !/[A-Za-z0-9 ]/.test(String.fromCharCode(byte));
}

/** Syntax identifier and version of `UNOA:3+`, whatever its separators; line breaks are passed over. */
function syntaxOf(bytes: Uint8Array, from: number, to: number): { label: string; version: string } {
  let text = '';
  for (let at = from; at < to && text.length < 6 && bytes[at] !== undefined; at++)
    if (bytes[at] !== 0x0a && bytes[at] !== 0x0d) text += String.fromCharCode(bytes[at] as number);
  const match = /^([A-Z]{4})[^A-Za-z0-9]([0-9])/.exec(text);
  return match ? { label: match[1] as string, version: match[2] as string } : { label: /^[A-Z]{4}/.exec(text)?.[0] ?? '', version: '' };
}
