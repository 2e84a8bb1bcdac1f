import type { NodePlan } from './plan.ts';

type Field = NodePlan['selectors'][number];

/** Whether some qualifier of the two excludes any unit that both match. */
export const disjoint = (a: NodePlan, b: NodePlan): boolean =>
  a.selectors.some((each) => b.selectors.some((other) => sameField(each, other) && other.text !== each.text));

/** Whether `narrow` matches strictly less than `wide`. */
export const contains = (wide: NodePlan, narrow: NodePlan): boolean => narrow.selectors.length > wide.selectors.length && covers(wide, narrow);

/**
 * How often nodes of one tag may occur together. What a wider one matches too is of its number: `LOC[3227=9]` beside a `LOC` that may
 * occur 99 times does not make it 100. Those that exclude each other add up: a shipper and a consignee, each once, are two.
 */
export function together(peers: readonly NodePlan[]): number {
  const widest = peers.filter((node, i) => !peers.some((other, k) => contains(other, node) || (k < i && covers(other, node) && covers(node, other))));
  return widest.reduce((sum, wide) => sum + Math.max(...peers.flatMap((node) => (covers(wide, node) ? [node.max] : []))), 0);
}

const covers = (wide: NodePlan, narrow: NodePlan): boolean =>
  wide.selectors.every((each) => narrow.selectors.some((other) => sameField(each, other) && other.text === each.text));
const sameField = (a: Field, b: Field): boolean => (a.name === undefined ? b.name === undefined && a.key === b.key : a.name === b.name);
