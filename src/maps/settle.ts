import { tagsOf, type SegmentDirectory } from '../syntax/segmented.ts';
import type { ClassModel, MapModel, NodeModel, Reference } from './model.ts';
import { prune } from './prune.ts';

/**
 * What a map leaves to the directory. A question mark: there where the directory has it. `"3229?"` and `"C819.3229?"` say
 * where the region of an address stands in earlier and in later directories, and one part serves them all; what this
 * directory lacks goes, and takes its home along; a segment that the message does not have goes whole. A star: all the
 * rest. `"*": p` binds every position of the segment that nothing else speaks of, and `carry: { "*": p }` keeps them with
 * the row.
 */
export function settle(model: MapModel, directory: SegmentDirectory | undefined): MapModel {
  const tags = directory && model.format.kind === 'segmented' ? tagsOf(directory, model.format.message) : undefined;
  if (!directory || !tags) return model;
  let asked = false;
  const rest = new Map<string, string[]>(); // ids of positions by the name they are kept under
  const references = (tag: string, all: readonly Reference[]): readonly Reference[] =>
    all.flatMap((each) => {
      if (!each.id.endsWith('?')) return [each];
      asked = true;
      const id = each.id.slice(0, -1);
      return directory.element(tag, id) ? [{ ...each, id }] : [];
    });
  const visit = (nodes: readonly NodeModel[]): NodeModel[] =>
    nodes.flatMap((node) => {
      const front = node.kind === 'group' ? node.nodes[0] : node; // a group without the segment that opens it is no group
      if (front?.ifThere) {
        asked = true;
        if (!tags.has(front.tag)) return [];
      }
      const settled = (all: readonly Reference[]): readonly Reference[] => references(node.tag, all);
      const [binds, fixed, selectors] = [settled(node.binds), settled(node.fixed), settled(node.selectors)];
      return [
        {
          ...node,
          binds: binds.flatMap((each) => (each.id === '*' ? starred(each, node.tag, [...binds, ...fixed, ...selectors]) : [each])),
          fixed,
          selectors,
          nodes: visit(node.nodes),
        },
      ];
    });
  const starred = (star: Reference, tag: string, others: readonly Reference[]): Reference[] => {
    asked = true;
    const taken = new Set(others.flatMap(({ id }) => directory.element(tag, id)?.keys ?? []));
    const ids = directory.positions(tag).flatMap(({ id, key }) => (taken.has(key) ? [] : [id]));
    rest.set(star.value, [...(rest.get(star.value) ?? []), ...ids]);
    return ids.map((id) => ({ ...star, id, value: kept(star.value, id) }));
  };
  const syntax = { ...model.syntax, nodes: visit(model.syntax.nodes) };
  const business = carryRest(model.business, rest);
  return asked ? prune(model, { ...model, syntax, business }) : model;
}

/** The slot of a position that a star stands for. */
const kept = (name: string, id: string): string => `${name}.${plain(id)}`;
const plain = (id: string): string => id.replaceAll('[', '.').replaceAll(']', '');

function carryRest(model: ClassModel, rest: ReadonlyMap<string, readonly string[]>): ClassModel {
  return {
    ...model,
    carry: model.carry.flatMap((each) =>
      each.name === '*' ? [...new Set(rest.get(each.slot) ?? [])].map((id) => ({ ...each, name: plain(id), slot: kept(each.slot, id) })) : [each],
    ),
    classes: model.classes.map((each) => carryRest(each, rest)),
  };
}
