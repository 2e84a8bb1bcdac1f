import type { Unit } from '../syntax/unit.ts';
import type { Constant, NodePlan } from './plan.ts';

/** Whether every selector of the node is met by the unit: its bytes, or its text where a release character stands inside. */
export function selects(node: NodePlan, unit: Unit): boolean {
  for (const selector of node.selectors) if (!meets(selector, unit)) return false;
  return true;
}

/** What a node asks of a segment, at hand. */
export interface Mark {
  readonly key: number; // of the atom that a sole selector of up to three bytes asks for, else -1
  readonly packed: number; // its bytes, after a 1
  readonly length: number;
  readonly node: NodePlan;
}

/** Undefined where it asks for nothing. */
export function markOf(node: NodePlan): Mark | undefined {
  const [sole, ...others] = node.selectors;
  if (!sole) return undefined;
  const { key, bytes } = sole;
  const isShort = others.length === 0 && sole.child === undefined && sole.name === undefined && bytes.length > 0 && bytes.length <= 3;
  return { key: isShort ? key : -1, packed: pack(bytes, 0, Math.min(bytes.length, 3)), length: bytes.length, node };
}

/** Whether a segment is what is asked: most often it takes no more than a look at one atom. */
export function isMarked({ key, packed, length, node }: Mark, unit: Unit): boolean {
  if (key < 0) return selects(node, unit);
  const { keys, repetitions, starts, ends, size } = unit;
  for (let atom = 0; atom < size; atom++) {
    if (keys[atom] !== key || repetitions[atom]! > 0) continue;
    const start = starts[atom]!;
    return ends[atom]! - start === length ? pack(unit.bytes, start, length) === packed : says(unit, atom, node.selectors[0]!);
  }
  return false;
}

function pack(bytes: Uint8Array, start: number, length: number): number {
  let packed = 1;
  for (let at = start; at < start + length; at++) packed = (packed << 8) | bytes[at]!;
  return packed;
}

function meets(selector: Constant, unit: Unit): boolean {
  if (selector.child !== undefined) return unit.child?.(selector.child) === selector.text;
  for (let atom = 0; atom < unit.size; atom++) {
    if (selector.name === undefined ? unit.keys[atom] !== selector.key || unit.name(atom) !== undefined : unit.name(atom) !== selector.name) continue;
    if (unit.repetitions[atom]! > 0) continue;
    return says(unit, atom, selector);
  }
  return false;
}

/** Whether an atom is the text of a constant. */
export function says(unit: Unit, atom: number, { bytes, text }: Constant): boolean {
  const start = unit.starts[atom]!;
  if (unit.ends[atom]! - start !== bytes.length) return unit.ends[atom]! - start > bytes.length && unit.text(atom) === text;
  for (let i = 0; i < bytes.length; i++) if (unit.bytes[start + i] !== bytes[i]) return unit.text(atom) === text;
  return true;
}
