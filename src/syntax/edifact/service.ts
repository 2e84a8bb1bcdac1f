import type { Charset } from '../charset.ts';

/** The segments around messages and at their ends, whose definition is that of the syntax version and not of a directory. */
export const isEnvelope = (tag: string): boolean => tag.length === 3 && tag.startsWith('UN') && 'BGHTEZ'.includes(tag.charAt(2));

/** The service characters of an interchange, as byte values; 0 where one is not used. */
export interface ServiceCharacters {
  readonly component: number;
  readonly element: number;
  readonly decimal: number;
  readonly release: number;
  readonly repetition: number;
  readonly terminator: number;
}

const service = (text: string, terminator: string): ServiceCharacters => {
  const [component = 0, element = 0, decimal = 0, release = 0, repetition = 0] = Array.from(text, (character) =>
    character === ' ' ? 0 : character.charCodeAt(0),
  );
  return { component, element, decimal, release, repetition, terminator: terminator.charCodeAt(0) };
};

/** Defaults of ISO 9735: syntax 1 to 3, and syntax 4, which repeats elements by `*`. */
export const defaults3 = service(':+.? ', "'");
export const defaults4 = service(':+.?*', "'");
const levelB = service('\x1f\x1d. ', '\x1c');

/** What UNB gives when no UNA went before, by its syntax identifier and version, and by the byte after its tag. */
export function defaultService(label: string, version: string, separator: number): ServiceCharacters {
  if (separator === levelB.element) return levelB;
  const defaults = version === '4' ? defaults4 : defaults3;
  return label === 'SIRE' ? { ...defaults, terminator: 0x22 } : defaults;
}

/** The six characters of `UNA:+.? '`; the space stands for "not used". */
export function unaService(bytes: Uint8Array, start: number): ServiceCharacters {
  const at = (offset: number): number => bytes[start + 3 + offset] as number;
  const orNone = (byte: number): number => (byte === 0x20 ? 0 : byte);
  return { component: at(0), element: at(1), decimal: at(2), release: orNone(at(3)), repetition: orNone(at(4)), terminator: at(5) };
}

/** What is wrong with the characters of a UNA, in words; undefined when nothing is. */
export function serviceFault(una: ServiceCharacters): string | undefined {
  const { component, element, release, repetition, terminator } = una;
  const used = [component, element, release, repetition, terminator].filter((byte) => byte !== 0);
  const show = (byte: number): string => (byte > 0x20 && byte < 0x7f ? `\`${String.fromCharCode(byte)}\`` : `byte ${byte}`);
  for (const byte of used) {
    if (/[A-Za-z0-9]/.test(String.fromCharCode(byte))) return `${show(byte)} is a letter or digit`;
    if (byte >= 0x80) return `${show(byte)} is no ASCII character`;
  }
  const twice = used.find((byte, index) => used.indexOf(byte) !== index);
  if (twice !== undefined) return `${show(twice)} has two functions`;
  return undefined;
}

/** The repetition character counts in syntax 4 and in communities' own syntaxes; versions 1 to 3 reserve its place in UNA. */
export function forVersion(una: ServiceCharacters, label: string, version: string): ServiceCharacters {
  return label.startsWith('UNO') && version < '4' ? { ...una, repetition: 0 } : una;
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
let recent: { readonly service: ServiceCharacters; readonly charset: Charset; readonly table: Uint8Array } | undefined; // most follow their like

/** The class of each byte, for a set of service characters under a charset. */
export function byteClasses(service: ServiceCharacters, charset: Charset): Uint8Array {
  const { component, element, release, repetition, terminator } = service;
  if (recent?.service === service && recent.charset === charset) return recent.table;
  const key = `${component} ${element} ${release} ${repetition} ${terminator} ${charset.label} ${charset.repertoire[0x5f]}`;
  const known = charset.gate ? undefined : cache.get(key);
  if (known) return (recent = { service, charset, table: known }).table;
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
