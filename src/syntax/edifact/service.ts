import type { ServiceCharacters } from '../segments/service.ts';

/** The segments around messages and at their ends, whose definition is that of the syntax version and not of a directory. */
export const isEnvelope = (tag: string): boolean => tag.charCodeAt(0) === 0x55 && tag.length === 3 && tag.startsWith('UN') && 'BGHTEZ'.includes(tag.charAt(2)); // first the `U`: most are none

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
