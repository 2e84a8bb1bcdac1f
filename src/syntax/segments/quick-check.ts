import type { Unit } from '../unit.ts';
import type { SegmentDefinition } from './directory.ts';
import type { Position } from './elements.ts';

/**
 * The first look at the data elements of a segment, on its bytes: most segments are in order, and of those no text is made.
 * Where it says no, nothing is wrong yet: the careful check decides, and words what it finds.
 */
export interface QuickCheck {
  readonly elements: readonly (QuickElement | undefined)[]; // by element, from 1
  readonly mandatory: number; // elements that must be there
}

interface QuickElement {
  readonly counts: number; // 1 where the element must be there
  readonly owes: number; // its mandatory components
  readonly components: readonly (QuickComponent | undefined)[]; // by component, from 1
}

interface QuickComponent {
  readonly required: boolean;
  readonly min: number;
  readonly max: number;
  readonly plain: boolean;
  readonly type: 'a' | 'n' | 'an';
  readonly codes: ReadonlyMap<string, string> | undefined;
  readonly otherList: readonly number[]; // components beside it that name another list, which then holds
  readonly seen: Int32Array; // values of up to three bytes that were in order: most segments repeat what others said
}

export function quickCheck({ parts }: SegmentDefinition, positions: readonly (readonly Position[])[]): QuickCheck {
  const elements = parts.map((part, element): QuickElement => {
    const components = (positions[element] ?? []).map(({ element: { format }, codes, otherList, plain }, component): QuickComponent => {
      const required = part.composite?.parts[component]?.required ?? false;
      const { type, min, max } = format; // one literal, one shape: they are looked into for every value
      return { required, type, min, max, plain: plain && min === 0, codes, otherList, seen: new Int32Array(16) };
    });
    return { counts: part.required ? 1 : 0, owes: components.filter(({ required }) => required).length, components: [undefined, ...components] };
  });
  return { elements: [undefined, ...elements], mandatory: parts.filter(({ required }) => required).length };
}

/** Whether all that must be there is, nothing is there that may not be, and every value is of the kind, size and list it must be of. */
export function isInOrder({ elements, mandatory }: QuickCheck, unit: Unit): boolean {
  const { keys, repetitions, starts, ends, size } = unit;
  let owed = mandatory;
  let paid = 0;
  let last = -1;
  let current: QuickElement | undefined;
  for (let atom = 0; atom < size; atom++) {
    const key = keys[atom]!;
    const element = key >>> 16; // `keyElement`
    if (element !== last) {
      current = elements[element];
      if (!current) return false;
      owed += current.owes;
      paid += current.counts;
      last = element;
    }
    const component = current!.components[key & 0xffff];
    if (!component || repetitions[atom] !== 0) return false;
    if (component.required) paid++;
    const start = starts[atom]!;
    const length = ends[atom]! - start;
    if (length > component.max) return false; // of bytes, of which a character has at least one
    if (!component.plain && !isFine(component, unit, atom, start, length)) return false;
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
