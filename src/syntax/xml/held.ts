import type { Unit } from '../unit.ts';
import { ElementUnit } from './element-unit.ts';

const spares: ElementUnit[] = []; // to make one takes several times as long as to fill it
const spareUnits = 64;
const spareBytes = 1024; // of an element, at most

/** A unit of a document that stays as it is when the reader moves on. */
export function hold(unit: Unit): ElementUnit {
  const held = spares.pop() ?? new ElementUnit();
  held.hold(unit);
  return held;
}

/** It is not to be used any more by who says so. */
export function letGo(held: ElementUnit): void {
  if (spares.length < spareUnits && held.bytes.length <= spareBytes) spares.push(held);
}
