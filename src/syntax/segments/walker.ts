import type { MessageNode } from '../segmented.ts';
import type { MessageDefinition } from './directory.ts';
import { unique } from '../unique.ts';

/** A node with what the walk asks of it at hand. */
interface Node {
  readonly id: string; // segment tag or 'SG5'
  readonly tag: string; // the segment itself, or the trigger of the group
  readonly required: boolean;
  readonly repeat: number;
  readonly nodes: readonly Node[] | undefined;
  readonly within: ReadonlySet<string>; // every tag of a group, at any depth
  readonly here: Step; // into it, with nothing missing
}

/** One open level: the message, or an instance of a group. */
interface Frame {
  group: string; // '' for the message
  nodes: readonly Node[];
  at: number; // the node that the last segment of this level belongs to
  count: number; // how often it occurred
}

/** What a segment did to the structure. */
export interface Step {
  /** `here`: it has a place. `surplus`: it has, once too often. `nowhere`: it has none, and the structure stays where it was. */
  readonly verdict: 'here' | 'surplus' | 'nowhere';
  readonly group: string; // 'SG5', '' at the level of the message
  /** The mandatory segments (of groups: their triggers) that should have come before it. */
  readonly missing: readonly { readonly tag: string; readonly group: string }[];
  /** `surplus` only: the segment or group that occurs too often, and how often it may. */
  readonly surplus?: { readonly id: string; readonly allowed: number };
}

const nothing: readonly never[] = [];

/**
 * Walks the segment groups of one message: for each segment its group, and what is missing before it.
 *
 *   SG4  CNI! CNT 9 SG5(…)         frames, innermost last:  message › SG4 › SG5 › SG10
 *   SG5  RFF! CNT 9 … SG10(…)      a tag is looked for from the cursor of the innermost frame on, then outward;
 *   SG10 GID! PAC 9 … SGP 99       where no frame has it, in the next group, whose trigger segment is then missing
 *
 * Deterministic, no backtracking, no lookahead: the position alone decides, as ISO 9735 and the message design rules want it.
 */
export class StructureWalker {
  readonly #frames: Frame[]; // those that are open first; the others serve again
  #depth = 0; // of the innermost

  constructor(definition: MessageDefinition) {
    this.#frames = [{ group: '', nodes: nodesOf(definition), at: 0, count: 0 }];
  }

  /** The groups that are open, outermost first: `['SG4', 'SG5', 'SG10']`. */
  get path(): readonly string[] {
    return this.#frames.slice(1, this.#depth + 1).map((frame) => frame.group);
  }

  next(tag: string): Step {
    const frames = this.#frames;
    let full = -1; // the innermost frame where the tag belongs but may not be repeated
    let fullAt = 0;
    for (let depth = this.#depth; depth >= 0; depth--) {
      const frame = frames[depth] as Frame;
      const { nodes } = frame;
      for (let at = frame.at; at < nodes.length; at++) {
        const node = nodes[at] as Node;
        if (node.tag !== tag) continue;
        if (at > frame.at || frame.count < node.repeat) return this.#enter(depth, at, 'here');
        if (full < 0 && (at > 0 || depth === 0)) [full, fullAt] = [depth, at]; // a trigger is not repeated, its group is
      }
    }
    if (full >= 0) return this.#enter(full, fullAt, 'surplus');
    for (let depth = this.#depth; depth >= 0; depth--) {
      const { nodes, at: from } = frames[depth] as Frame;
      const next = nodes.findIndex((node, at) => at > from && node.nodes !== undefined);
      if (next >= 0 && (nodes[next] as Node).within.has(tag)) return this.#enterWithoutTrigger(depth, next, tag);
    }
    return { verdict: 'nowhere', group: this.#group(), missing: nothing };
  }

  /** The tags that could follow, innermost level first. */
  expected(): string[] {
    const tags = new Set<string>();
    for (let depth = this.#depth; depth >= 0; depth--) {
      const { nodes, at: from, count } = this.#frames[depth] as Frame;
      for (let at = from; at < nodes.length; at++) {
        const node = nodes[at] as Node;
        if (at > from || count < node.repeat) tags.add(node.tag);
        if (node.required && (at > from || count === 0)) break;
      }
    }
    return [...tags];
  }

  get #innermost(): Frame {
    return this.#frames[this.#depth] as Frame;
  }

  #group(): string {
    return this.#innermost.group;
  }

  #enter(depth: number, at: number, verdict: 'here' | 'surplus'): Step {
    const frames = this.#frames;
    const frame = frames[depth] as Frame;
    const node = frame.nodes[at] as Node;
    const missing = depth === this.#depth && at <= frame.at + 1 && (at === frame.at || frame.count > 0) ? nothing : this.#skipped(depth, at);
    this.#depth = depth;
    if (at === frame.at) frame.count++;
    else {
      frame.at = at;
      frame.count = 1;
    }
    if (node.nodes) this.#open(node.id, node.nodes);
    if (verdict === 'surplus') return { verdict, group: node.here.group, missing, surplus: { id: node.id, allowed: node.repeat } };
    return missing.length === 0 ? node.here : { ...node.here, missing };
  }

  /** An instance of a group, whose trigger has been read. */
  #open(group: string, nodes: readonly Node[]): void {
    const frame = this.#frames[++this.#depth];
    if (!frame) {
      this.#frames.push({ group, nodes, at: 0, count: 1 });
      return;
    }
    frame.group = group;
    frame.nodes = nodes;
    frame.at = 0;
    frame.count = 1;
  }

  #enterWithoutTrigger(depth: number, at: number, tag: string): Step {
    const missing: { tag: string; group: string }[] = [];
    let place = { depth, at };
    for (;;) {
      const step = this.#enter(place.depth, place.at, 'here');
      missing.push(...step.missing);
      const frame = this.#innermost;
      missing.push({ tag: (frame.nodes[0] as Node).tag, group: frame.group });
      const direct = frame.nodes.findIndex((node) => node.tag === tag);
      const inside = direct >= 0 ? direct : frame.nodes.findIndex((node) => node.within.has(tag));
      if (direct >= 0) {
        const last = this.#enter(this.#depth, direct, 'here');
        return { ...last, missing: [...missing, ...last.missing] };
      }
      place = { depth: this.#depth, at: inside };
    }
  }

  /** The mandatory nodes that are passed over when the walk goes on at node `to` of frame `depth`. */
  #skipped(depth: number, to: number): Step['missing'] {
    let missing: { tag: string; group: string }[] | undefined;
    for (let level = this.#depth; level >= depth; level--) {
      const { nodes, at: from, count, group } = this.#frames[level] as Frame;
      const end = level === depth ? to : nodes.length;
      for (let at = from; at < end; at++) {
        const node = nodes[at] as Node;
        if (node.required && (at > from || count === 0)) (missing ??= []).push({ tag: node.tag, group: node.nodes ? node.id : group });
      }
    }
    return missing ?? nothing;
  }
}

const walked = new WeakMap<MessageDefinition, readonly Node[]>();

function nodesOf(definition: MessageDefinition): readonly Node[] {
  let nodes = walked.get(definition);
  if (!nodes) walked.set(definition, (nodes = definition.nodes.map((node) => nodeOf(node, ''))));
  return nodes;
}

function nodeOf(node: MessageNode, group: string): Node {
  const { id, required, repeat } = node;
  const nodes = node.nodes?.map((inner) => nodeOf(inner, id));
  const within = new Set(nodes?.flatMap((inner) => [inner.tag, ...inner.within]));
  const here: Step = { verdict: 'here', group: nodes ? id : group, missing: nothing };
  return { id, tag: unique(node.nodes?.[0]?.id ?? id), required, repeat, nodes, within, here };
}
