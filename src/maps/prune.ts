import type { ClassModel, ElementModel, MapModel, NodeModel } from './model.ts';

/**
 * What a dialect takes away takes its home along: attributes, carried values and classes of slots and groups that the base
 * had and the dialect has no more. What refers to anything else that is not there stays, and is found when compiling.
 */
export function prune(base: MapModel, model: MapModel): MapModel {
  const kept = namesOf(model.syntax.nodes);
  const before = namesOf(base.syntax.nodes);
  const gone = { slots: without(before.slots, kept.slots), groups: without(before.groups, kept.groups) };
  if (gone.slots.size === 0 && gone.groups.size === 0) return model;
  const elements = new Map<string, ElementModel>([...model.elements].filter(([name]) => !gone.slots.has(name)));
  return { ...model, elements, business: pruneClass(model.business, gone) };
}

interface Names {
  readonly slots: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

function namesOf(nodes: readonly NodeModel[]): { slots: Set<string>; groups: Set<string> } {
  const names = { slots: new Set<string>(), groups: new Set<string>() };
  const visit = (node: NodeModel): void => {
    if (node.group !== undefined) names.groups.add(node.group);
    for (const { value } of node.binds) names.slots.add(value);
    node.nodes.forEach(visit);
  };
  nodes.forEach(visit);
  return names;
}

const without = (all: ReadonlySet<string>, kept: ReadonlySet<string>): Set<string> => new Set([...all].filter((each) => !kept.has(each)));

function pruneClass(model: ClassModel, gone: Names): ClassModel {
  return {
    ...model,
    attributes: model.attributes.filter(({ slot }) => slot === undefined || !gone.slots.has(slot)),
    carry: model.carry.filter(({ slot }) => !gone.slots.has(slot)),
    mode: model.mode && gone.slots.has(model.mode.slot) ? undefined : model.mode,
    classes: model.classes.filter(({ per }) => !gone.groups.has(per)).map((each) => pruneClass(each, gone)),
  };
}
