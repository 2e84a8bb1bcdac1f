import type { MessageNode } from '../segmented.ts';
import type { Directory, MessageDefinition } from '../segments/directory.ts';

/** Where a segment could stand next: in the message, in a group, or as the trigger that opens one. */
export interface Reading {
  readonly group: string; // 'SG2', '' for the message itself
  readonly opens: boolean; // it is the trigger of the group
}

/** A segment that may follow another one in more than one place. Position alone takes the first. */
export interface Ambiguity {
  readonly tag: string;
  readonly readings: readonly Reading[]; // two at least, in the order in which the walker tries them
}

/**
 * The places of a message where the position alone does not say what a segment is: after some segment, with no mandatory one in
 * between, the same tag may stand in two places. Counts do not decide: a group that may occur 99 times can end after the first.
 */
export function ambiguities({ nodes }: MessageDefinition): readonly Ambiguity[] {
  const found = new Map<string, Ambiguity>();
  const collect = (followers: readonly Follower[]): void => {
    const byTag = new Map<string, Follower[]>();
    for (const each of followers) byTag.set(each.tag, [...(byTag.get(each.tag) ?? []), each]);
    for (const [tag, each] of byTag) {
      if (each.length < 2) continue;
      const readings = each.map(({ group, opens }) => ({ group, opens }));
      found.set(`${tag} ${readings.map(({ group, opens }) => `${group}${opens ? '!' : ''}`).join(' ')}`, { tag, readings });
    }
  };
  const walk = (level: Level): void =>
    level.nodes.forEach((node, at) => {
      if (node.nodes) walk({ group: node.id, nodes: node.nodes, repeat: node.repeat, outer: { level, at } });
      else collect(followersOf(level, at));
    });
  walk({ group: '', nodes, repeat: 1 });
  return [...found.values()];
}

interface Level {
  readonly group: string;
  readonly nodes: readonly MessageNode[];
  readonly repeat: number;
  readonly outer?: { readonly level: Level; readonly at: number };
}

interface Follower extends Reading {
  readonly tag: string;
}

/** What may stand next after a node, innermost level first: the order in which the walker looks. */
function followersOf(from: Level, after: number): readonly Follower[] {
  const found: Follower[] = [];
  let [level, at] = [from, after];
  const own = level.nodes[at]!; // it may stand in for itself, and a trigger for its group
  if (own.repeat > 1) found.push({ tag: own.id, group: level.group, opens: false });
  for (;;) {
    for (const node of level.nodes.slice(at + 1)) {
      found.push(node.nodes ? { tag: node.nodes[0]!.id, group: node.id, opens: true } : { tag: node.id, group: level.group, opens: false });
      if (node.required) return found;
    }
    if (!level.outer) return found;
    if (level.repeat > 1) found.push({ tag: level.nodes[0]!.id, group: level.group, opens: true });
    ({ level, at } = level.outer);
  }
}

/** The coded element by which segments of a tag can be told apart, `3035` or `C506.1153`; undefined where there is none. */
export function qualifierOf(directory: Directory, tag: string): string | undefined {
  const [part] = directory.segments.get(tag)?.parts ?? [];
  const inner = part?.composite?.parts[0];
  if (part?.element) return directory.codes(part.id) && part.id;
  return inner && directory.codes(inner.id) && `${part!.id}.${inner.id}`;
}

/** `NAD can open SG2 or SG11 here; tell them apart by 3035`. */
export function describeAmbiguity({ tag, readings }: Ambiguity, qualifier: string | undefined): string {
  const phrase = ({ group, opens }: Reading): string => (opens ? `open ${group}` : `belong to ${group === '' ? 'the message' : group}`);
  const phrases = readings.map(phrase);
  const verb = phrases[0]!.split(' ')[0]!;
  const alike = readings.every(({ opens }) => opens === readings[0]!.opens);
  const choices = alike ? phrases.map((each, i) => (i === 0 ? each : each.slice(verb.length + 1))) : phrases;
  return `${tag} can ${choices.join(' or ')}; ${qualifier === undefined ? 'nothing coded tells them apart, the first is taken' : `tell them apart by ${qualifier}`}`;
}
