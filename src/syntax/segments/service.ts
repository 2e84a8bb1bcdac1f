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

const cache = new Map<string, Uint8Array>();
const recent: { readonly service: ServiceCharacters; readonly charset: Charset; readonly table: Uint8Array }[] = []; // most are like one of the last

/** The class of each byte, for a set of service characters under a charset. */
export function byteClasses(service: ServiceCharacters, charset: Charset): Uint8Array {
  for (let i = 0; i < recent.length; i++) if (recent[i]!.service === service && recent[i]!.charset === charset) return recent[i]!.table;
  const table = classesOf(service, charset);
  if (recent.unshift({ service, charset, table }) > 4) recent.pop();
  return table;
}

function classesOf(service: ServiceCharacters, charset: Charset): Uint8Array {
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
  if (!charset.gate && cache.size < 64) cache.set(key, table);
  return table;
}
