import type { Unit } from '../syntax/unit.ts';
import type { Constant, NodePlan } from './plan.ts';

/** Whether every selector of the node is met by the unit: its bytes, or its text where a release character stands inside. */
export function selects(node: NodePlan, unit: Unit): boolean {
  for (const selector of node.selectors) if (!meets(selector, unit)) return false;
  return true;
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
