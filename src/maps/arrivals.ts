import { unique } from '../syntax/unique.ts';
import type { Standing } from './each.ts';
import type { Instance } from './instance.ts';
import type { GroupPlan, NodePlan, Plan } from './plan.ts';
import { markOf, type Mark } from './select.ts';

/** A node that may take a unit which arrives, in the frame so many levels out. What is asked first stands here: the nodes of a plan lie far from each other. */
export interface Arrival {
  readonly out: number;
  readonly run: number; // of the node
  readonly mark: Mark | undefined; // undefined: it takes every unit of its tag
  readonly node: NodePlan;
}

/** What is to be done with a unit of a tag, while a group is the innermost that is open. */
interface Arrivals {
  readonly group: GroupPlan;
  readonly tag: string;
  readonly isFrame: boolean; // it is the header or the trailer
  readonly standing: Standing | undefined; // where it may stand for several
  readonly ways: readonly Arrival[]; // the nodes of the innermost frame first, and of each frame in the order in which they are tried
  next: Arrivals | undefined; // what came after it the last time: messages repeat themselves, and one another
  other: Arrivals | undefined; // and what before that: a segment that occurs twice is followed by itself and by another
}

type ByTag = ReadonlyMap<string, Arrivals>;

const known = new WeakMap<Plan, readonly ByTag[]>();

/** Says of each unit of a message in its turn what is to be done with it. */
export class Expecting {
  readonly #plan: Plan;
  readonly #arrivals: readonly ByTag[];
  #last: Arrivals | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#arrivals = arrivalsOf(plan);
  }

  /** `group`: the innermost that is open. */
  of(group: GroupPlan, tag: string): Arrivals {
    const last = this.#last;
    if (last !== undefined) {
      const { next, other } = last;
      if (next !== undefined && next.group === group && next.tag === tag) return (this.#last = next);
      if (other !== undefined && other.group === group && other.tag === tag) return (this.#last = other);
    }
    const found = this.#arrivals[group.index]!.get(tag);
    if (!found) return arrivalsOfTag(this.#plan, group, tag, []); // it may go nowhere
    if (last !== undefined) {
      last.other = last.next;
      last.next = found;
    }
    return (this.#last = found);
  }
}

/** By index of the innermost open group. Groups stand in one another as the plan says, so that all of it is known before a message comes. */
function arrivalsOf(plan: Plan): readonly ByTag[] {
  let arrivals = known.get(plan);
  if (!arrivals) known.set(plan, (arrivals = plan.groups.map((group) => arrivalsIn(plan, group))));
  return arrivals;
}

function arrivalsIn(plan: Plan, innermost: GroupPlan): ByTag {
  const byTag = new Map<string, Arrival[]>();
  for (const tag of [plan.service?.header, plan.service?.trailer]) if (tag !== undefined) byTag.set(unique(tag), []);
  let out = 0;
  for (let group: GroupPlan | undefined = innermost; group; group = group.parent, out++)
    for (const [tag, nodes] of group.candidates) {
      const list = byTag.get(tag);
      const here = nodes.filter((node) => node.tag === tag).map((node) => ({ out, run: node.run, mark: markOf(node), node }));
      if (list) list.push(...here);
      else byTag.set(unique(tag), here);
    }
  return new Map([...byTag].map(([tag, ways]) => [tag, arrivalsOfTag(plan, innermost, tag, ways)]));
}

function arrivalsOfTag({ service, each }: Plan, group: GroupPlan, tag: string, ways: readonly Arrival[]): Arrivals {
  const isFrame = service !== undefined && (tag === service.header || tag === service.trailer);
  return { group, tag, isFrame, standing: each.get(tag), ways, next: undefined, other: undefined };
}

/** The nodes of a tag that may stand in an element, in the order in which they are tried. */
export interface Step {
  readonly tag: string;
  readonly nodes: readonly NodePlan[];
  readonly sole: NodePlan | undefined; // where there is one alone, and it asks nothing of what it takes
  next: Step | undefined; // what came after it the last time: documents repeat themselves, and one another
}

/** What may stand in an element. */
interface Children {
  readonly steps: ReadonlyMap<string, Step>; // by tag
  first: Step | undefined; // the last time
}

const inside = new WeakMap<NodePlan, Children>();

function childrenOf(element: NodePlan): Children {
  const known = inside.get(element);
  if (known) return known;
  const nodes = new Map<string, NodePlan[]>();
  for (const node of element.nodes) nodes.set(unique(node.tag), [...(nodes.get(node.tag) ?? []), node]);
  const children: Children = {
    steps: new Map([...nodes].map(([tag, nodes]) => [tag, { tag, nodes, sole: soleOf(nodes), next: undefined }])),
    first: undefined,
  };
  inside.set(element, children);
  return children;
}

function soleOf([node, ...others]: readonly NodePlan[]): NodePlan | undefined {
  return others.length === 0 && node!.selectors.length === 0 && !node!.when ? node : undefined;
}

/** An element of a document while it is open. The same object serves the next at its depth. */
export class OpenElement {
  node: NodePlan | undefined; // undefined: no node, or none that has room, takes it
  instance: Instance | undefined;
  #children: Children | undefined;
  #last: Step | undefined;

  begin(node: NodePlan | undefined, instance: Instance | undefined): void {
    if (node && node !== this.node) this.#children = childrenOf(node);
    this.node = node;
    this.instance = instance;
    this.#last = undefined;
  }

  /** What may stand here with a tag, after what has stood here. */
  step(tag: string): Step | undefined {
    const last = this.#last;
    const children = this.#children!;
    const expected = last ? last.next : children.first;
    if (expected?.tag === tag) return (this.#last = expected);
    const step = children.steps.get(tag);
    if (!step) return undefined;
    if (last) last.next = step;
    else children.first = step;
    return (this.#last = step);
  }
}
