import type { SegmentDirectory } from './compile-syntax.ts';
import type { MapModel, NodeModel, Reference } from './model.ts';
import { prune } from './prune.ts';

/**
 * What is written with a question mark is there where the directory has it: `"3229?"` and `"C819.3229?"` say where the
 * region of an address stands in earlier and in later directories, and one part serves them all. What this directory
 * lacks goes, and takes its home along; a segment that the message does not have goes whole.
 */
export function settle(model: MapModel, directory: SegmentDirectory | undefined): MapModel {
  const tags = directory && model.format.family === 'edifact' ? directory.tagsOf(model.format.message) : undefined;
  if (!directory || !tags) return model;
  let asked = false;
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
      return [{ ...node, binds: settled(node.binds), fixed: settled(node.fixed), selectors: settled(node.selectors), nodes: visit(node.nodes) }];
    });
  const syntax = { ...model.syntax, nodes: visit(model.syntax.nodes) };
  return asked ? prune(model, { ...model, syntax }) : model;
}
