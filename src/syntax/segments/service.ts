import type { Charset } from '../charset.ts';

/** The service characters of an interchange, as byte values; 0 where one is not used. */
export interface ServiceCharacters {
  readonly component: number;
  readonly element: number;
  readonly decimal: number;
  readonly release: number;
  readonly repetition: number;
  readonly terminator: number;
}

/** Classes of bytes, in the order of how often they occur. 1 to 4 end a token and are stored as its kind. */
export const byteClass = {
  DATA: 0,
  TERMINATOR: 1,
  ELEMENT: 2,
  COMPONENT: 3,
  REPETITION: 4,
  RELEASE: 5,
  BREAK: 6, // CR or LF
  HIGH: 7, // 0x80 and above
  OUTSIDE: 8, // not in the declared repertoire
  ESCAPE: 9, // may open a run in which no byte is a service character (`CharsetGate`)
} as const;
const { DATA, TERMINATOR, ELEMENT, COMPONENT, REPETITION, RELEASE, BREAK, HIGH, OUTSIDE, ESCAPE } = byteClass;

/** What each byte is, for a set of service characters under a charset. */
export interface ByteClasses {
  readonly of: Uint8Array; // its class
  readonly pairs: Uint8Array; // of two bytes, read as a number whose low byte comes first: 2 where that one is not DATA, and 1 where the other is not
}

const cache = new Map<string, ByteClasses>();
const recent: { readonly service: ServiceCharacters; readonly charset: Charset; readonly classes: ByteClasses }[] = []; // most are like one of the last

export function byteClasses(service: ServiceCharacters, charset: Charset): ByteClasses {
  for (let i = 0; i < recent.length; i++) if (recent[i]!.service === service && recent[i]!.charset === charset) return recent[i]!.classes;
  const classes = classesOf(service, charset);
  if (recent.unshift({ service, charset, classes }) > 4) recent.pop();
  return classes;
}

function classesOf(service: ServiceCharacters, charset: Charset): ByteClasses {
  const { component, element, release, repetition, terminator } = service;
  const key = `${component} ${element} ${release} ${repetition} ${terminator} ${charset.label} ${charset.repertoire[0x5f]}`;
  const known = charset.gate ? undefined : cache.get(key);
  if (known) return known;
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) table[byte] = byte >= 0x80 ? HIGH : charset.repertoire[byte] === 1 ? DATA : OUTSIDE;
  table[0x0a] = table[0x0d] = BREAK;
  charset.gate?.opens.forEach((opens, byte) => void (opens === 1 && (table[byte] = ESCAPE)));
  if (release !== 0) table[release] = RELEASE;
  if (repetition !== 0) table[repetition] = REPETITION;
  if (component !== 0) table[component] = COMPONENT;
  table[element] = ELEMENT;
  table[terminator] = TERMINATOR;
  const classes = { of: table, pairs: pairsOf(table) };
  if (!charset.gate && cache.size < 16) cache.set(key, classes);
  return classes;
}

function pairsOf(table: Uint8Array): Uint8Array {
  const beforeData = table.map((kind) => (kind === DATA ? 0 : 2));
  const beforeOdd = beforeData.map((first) => first + 1);
  const pairs = new Uint8Array(0x10000);
  table.forEach((kind, second) => pairs.set(kind === DATA ? beforeData : beforeOdd, second << 8));
  return pairs;
}

/** A text without its release characters. */
export function unreleased(text: string, service: ServiceCharacters): string {
  if (service.release === 0) return text;
  const release = String.fromCharCode(service.release);
  let plain = '';
  let from = 0; // what comes after a release character is data, itself included
  for (let at = text.indexOf(release); at >= 0; at = text.indexOf(release, at + 2)) {
    plain += text.slice(from, at);
    from = at + 1;
  }
  return plain + text.slice(from);
}
