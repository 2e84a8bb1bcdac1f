import { unique } from '../syntax/unique.ts';
import type { GroupPlan, NodePlan, Plan } from './plan.ts';

/** A node that may take a unit which arrives, in the frame so many levels out. */
export interface Arrival {
  readonly node: NodePlan;
  readonly out: number;
}

/** By the tag of the unit: the nodes of the innermost frame first, and of each frame in the order in which they are tried. */
export type Arrivals = ReadonlyMap<string, readonly Arrival[]>;

const known = new WeakMap<Plan, readonly Arrivals[]>();

/** By index of the innermost open group. Groups stand in one another as the plan says, so that all of it is known before a message comes. */
export function arrivalsOf(plan: Plan): readonly Arrivals[] {
  let arrivals = known.get(plan);
  if (!arrivals) known.set(plan, (arrivals = plan.groups.map(arrivalsIn)));
  return arrivals;
}

function arrivalsIn(innermost: GroupPlan): Arrivals {
  const byTag = new Map<string, Arrival[]>();
  let out = 0;
  for (let group: GroupPlan | undefined = innermost; group; group = group.parent, out++)
    for (const [tag, nodes] of group.candidates) {
      const list = byTag.get(tag);
      const here = nodes.filter((node) => node.tag === tag).map((node) => ({ node, out }));
      if (list) list.push(...here);
      else byTag.set(unique(tag), here);
    }
  return byTag;
}

/** By tag: the nodes of what may stand in an element, in the order in which they are tried. */
export type Children = ReadonlyMap<string, readonly NodePlan[]>;
export const noChildren: Children = new Map();

const inside = new WeakMap<NodePlan, Children>();

export function childrenOf(element: NodePlan): Children {
  let children = inside.get(element);
  if (children) return children;
  const byTag = new Map<string, NodePlan[]>();
  for (const node of element.nodes) {
    const list = byTag.get(node.tag);
    if (list) list.push(node);
    else byTag.set(unique(node.tag), [node]);
  }
  inside.set(element, (children = byTag));
  return children;
}
