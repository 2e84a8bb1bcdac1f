import type { Unit } from '../unit.ts';
import type { SegmentDefinition } from './directory.ts';
import type { Position } from './elements.ts';

/**
 * The first look at the data elements of a segment, on its bytes: most segments are in order, and of those no text is made.
 * Where it says no, nothing is wrong yet: the careful check decides, and words what it finds.
 */
export interface QuickCheck {
  readonly mandatory: number; // elements that must be there
  readonly owes: Uint16Array; // by element, from 1: twice its mandatory components, and 1 where it must itself be there
  readonly width: number; // of the tables below, which are by element and component, both from 1
  readonly limits: Int32Array; // the most bytes, times four, and what is asked; -1 where nothing may stand
  readonly components: readonly (QuickComponent | undefined)[];
}

// Of two tables in one there is one look for each value. What is asked of a value, beyond that it is not too long:
const REQUIRED = 1; // that it is there
const MORE = 2; // its kind, or its code
const LONGEST = 1 << 28;

interface QuickComponent {
  readonly min: number;
  readonly type: 'a' | 'n' | 'an';
  readonly codes: ReadonlyMap<string, string> | undefined;
  readonly otherList: readonly number[]; // components beside it that name another list, which then holds
  readonly seen: Int32Array; // values of up to three bytes that were in order: most segments repeat what others said
}

export function quickCheck({ parts }: SegmentDefinition, positions: readonly (readonly Position[])[]): QuickCheck {
  const width = 1 + Math.max(0, ...positions.map((row) => row.length));
  const places = (parts.length + 1) * width;
  const components = new Array<QuickComponent | undefined>(places).fill(undefined);
  const made = {
    mandatory: parts.filter(({ required }) => required).length,
    owes: Uint16Array.from([false, ...parts.map(({ required }) => required)], Number),
    width,
    limits: new Int32Array(places).fill(-1),
    components,
  };
  parts.forEach((part, element) =>
    (positions[element] ?? []).forEach(({ element: { format }, codes, otherList, plain }, component) => {
      const at = (element + 1) * width + component + 1;
      const required = part.composite?.parts[component]?.required ?? false;
      const { type, min, max } = format; // one literal, one shape: they are looked into for every value
      if (required) made.owes[element + 1]! += 2;
      made.limits[at] = Math.min(max, LONGEST) * 4 + (required ? REQUIRED : 0) + (plain && min === 0 ? 0 : MORE);
      components[at] = { type, min, codes, otherList, seen: new Int32Array(16) };
    }),
  );
  return made;
}

/** Whether all that must be there is, nothing is there that may not be, and every value is of the kind, size and list it must be of. */
export function isInOrder({ mandatory, owes, width, limits, components }: QuickCheck, unit: Unit): boolean {
  const { keys, repetitions, starts, ends, size } = unit;
  let owed = mandatory;
  let paid = 0;
  let last = -1;
  for (let atom = 0; atom < size; atom++) {
    const key = keys[atom]!;
    const element = key >>> 16; // `keyElement`
    const component = key & 0xffff;
    if (element !== last) {
      if (element >= owes.length) return false;
      owed += owes[element]! >> 1;
      paid += owes[element]! & 1;
      last = element;
    }
    if (component >= width || repetitions[atom] !== 0) return false;
    const at = element * width + component;
    const start = starts[atom]!;
    const length = ends[atom]! - start;
    const limit = limits[at]!;
    if (length > limit >> 2) return false; // of bytes, of which a character has at least one
    paid += limit & REQUIRED;
    if ((limit & MORE) !== 0 && !isFine(components[at]!, unit, atom, start, length)) return false;
  }
  return paid === owed;
}

function isFine(component: QuickComponent, unit: Unit, atom: number, start: number, length: number): boolean {
  const { type, min, codes, seen } = component;
  const { bytes } = unit;
  if (type === 'n' && !codes) return isNumber(bytes, start, length, min);
  let packed = 1;
  if (length <= 3) {
    for (let at = start; at < start + length; at++) packed = (packed << 8) | bytes[at]!;
    if (seen[hash(packed)] === packed) return true;
  }
  // Letters and digits alone: no release character is among them, and each is one byte.
  for (let at = start; at < start + length; at++) {
    const byte = bytes[at]!;
    const fits = byte >= 0x30 && byte <= 0x39 ? type !== 'a' : type !== 'n' && ((byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a));
    if (!fits) return false;
  }
  if (length < min) return false;
  if (codes && !codes.has(unit.text(atom))) return namesOtherList(component.otherList, unit, atom);
  if (length <= 3) seen[hash(packed)] = packed;
  return true;
}

/** Whether the element says beside a value which list it is of. */
function namesOtherList(otherList: readonly number[], { keys, size }: Unit, atom: number): boolean {
  const element = keys[atom]! >>> 16;
  for (let at = 0; at < size; at++) if (keys[at]! >>> 16 === element && otherList.includes(keys[at]! & 0xffff)) return true;
  return false;
}

const hash = (packed: number): number => (packed ^ (packed >> 4) ^ (packed >> 9)) & 15;

/** Digits, and among them one decimal mark, which does not count (ISO 9735, 10). */
function isNumber(bytes: Uint8Array, start: number, length: number, min: number): boolean {
  let marks = 0;
  for (let at = start; at < start + length; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x30 && byte <= 0x39) continue;
    if ((byte !== 0x2e && byte !== 0x2c) || at === start || marks++ > 0) return false;
  }
  return length - marks >= min;
}
