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
  readonly limits: Int32Array; // the most bytes, times eight, and what is asked; -1 where nothing may stand
  readonly components: readonly (QuickComponent | undefined)[];
  readonly seen: Int32Array; // values of up to three bytes, with their places, that were in order: most segments repeat what others said
}

// Of two tables in one there is one look for each value. What is asked of a value, beyond that it is not too long:
const REQUIRED = 1; // that it is there
const MORE = 2; // its kind, or its code
const NUMBER = 4; // that it is one, of any length
const LONGEST = 1 << 27;
const SEEN = 64; // see `hash`
const PLACES = 128; // of a value of three bytes and its place in 32 bits

interface QuickComponent {
  readonly min: number;
  readonly type: 'a' | 'n' | 'an';
  readonly codes: ReadonlyMap<string, string> | undefined;
  readonly otherList: readonly number[]; // components beside it that name another list, which then holds
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
    seen: new Int32Array(SEEN),
  };
  parts.forEach((part, element) =>
    (positions[element] ?? []).forEach(({ element: { format }, codes, otherList, plain }, component) => {
      const at = (element + 1) * width + component + 1;
      const required = part.composite?.parts[component]?.required ?? false;
      const { type, min, max } = format; // one literal, one shape: they are looked into for every value
      if (required) made.owes[element + 1]! += 2;
      const asked = plain && min === 0 ? 0 : type === 'n' && !codes && min <= 1 ? NUMBER : MORE;
      made.limits[at] = Math.min(max, LONGEST) * 8 + (required ? REQUIRED : 0) + asked;
      components[at] = { type, min, codes, otherList };
    }),
  );
  return made;
}

/** Whether all that must be there is, nothing is there that may not be, and every value is of the kind, size and list it must be of. */
export function isInOrder(check: QuickCheck, unit: Unit): boolean {
  const { mandatory, owes, width, limits } = check;
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
    if (length > limit >> 3) return false; // of bytes, of which a character has at least one
    paid += limit & REQUIRED;
    if ((limit & NUMBER) !== 0) {
      if (!isNumber(unit.bytes, start, length, 1)) return false;
    } else if ((limit & MORE) !== 0 && !isFine(check, unit, atom, at)) return false;
  }
  return paid === owed;
}

function isFine({ components, seen }: QuickCheck, unit: Unit, atom: number, place: number): boolean {
  const { bytes } = unit;
  const start = unit.starts[atom]!;
  const length = unit.ends[atom]! - start;
  const isShort = length <= 3 && place < PLACES;
  let packed = 1;
  if (isShort) {
    for (let at = start; at < start + length; at++) packed = (packed << 8) | bytes[at]!;
    packed |= place << 25;
    if (seen[hash(packed)] === packed) return true;
  }
  const { type, min, codes, otherList } = components[place]!;
  if (type === 'n' && !codes) return isNumber(bytes, start, length, min);
  // Letters and digits alone: no release character is among them, and each is one byte.
  for (let at = start; at < start + length; at++) {
    const byte = bytes[at]!;
    const fits = byte >= 0x30 && byte <= 0x39 ? type !== 'a' : type !== 'n' && ((byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a));
    if (!fits) return false;
  }
  if (length < min) return false;
  if (codes && !codes.has(unit.text(atom))) return namesOtherList(otherList, unit, atom);
  if (isShort) seen[hash(packed)] = packed;
  return true;
}

/** Whether the element says beside a value which list it is of. */
function namesOtherList(otherList: readonly number[], { keys, size }: Unit, atom: number): boolean {
  const element = keys[atom]! >>> 16;
  for (let at = 0; at < size; at++) if (keys[at]! >>> 16 === element && otherList.includes(keys[at]! & 0xffff)) return true;
  return false;
}

const hash = (packed: number): number => Math.imul(packed, 0x9e3779b1) >>> 26;

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
