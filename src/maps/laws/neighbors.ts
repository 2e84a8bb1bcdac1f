import type { Values } from '../generate-values.ts';
import type { GroupPlan, NodePlan, Plan } from '../plan.ts';
import type { Recorded } from './wire.ts';

/**
 * The message with some neighbors of one tag in another order; undefined where none may change places. Those may that
 * stand alone (no group below them waits for what follows), in one run of one frame, and belong to one node or are told
 * apart by qualifiers: of two that one node could take, the first has a meaning of its own.
 */
export function neighborsChanged(plan: Plan, units: readonly Recorded[], values: Values): readonly Recorded[] | undefined {
  if (plan.format.kind === 'nested') return undefined; // explicit nesting: its schema says the order
  const mixed = [...units];
  let isMixed = false;
  let top = plan.groups[0]!; // of the frames that are open before `at`
  for (let at = 0; at + 1 < mixed.length; at++) {
    const [first, second] = [mixed[at]!, mixed[at + 1]!];
    if (mayChange(first, second, top) && values.chance(0.5)) {
      [mixed[at], mixed[at + 1]] = [second, first];
      isMixed = true;
    }
    const { node } = mixed[at]!;
    if (node) top = node.opens ?? node.owner;
  }
  return isMixed ? mixed : undefined;
}

function mayChange({ node: first, atoms }: Recorded, { node: second, atoms: others }: Recorded, top: GroupPlan): boolean {
  if (!first || !second || !first.peers.includes(second)) return false;
  if (!standsAlone(first) || !standsAlone(second) || first.peers.some(({ when }) => when)) return false;
  const frame = first.opens ? first.opens.parent : first.owner;
  for (let inner: GroupPlan | undefined = top; inner && inner !== frame; inner = inner.parent) if (inner.candidates.has(first.tag)) return false;
  if (first === second) return true;
  const [asked, other] = second.rivals.includes(first) ? [first, others] : [second, atoms];
  return asked.selectors.some(({ key, name, text }) => !other.some((atom) => atom.key === key && atom.name === name && atom.text === text));
}

const standsAlone = ({ opens }: NodePlan): boolean => !opens || opens.nodes.length === 0;
