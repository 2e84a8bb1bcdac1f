import type { Place } from '../diagnostics/place.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { tagsOf, type Requirement, type SegmentDirectory, type WireFormat } from '../syntax/segmented.ts';
import type { JsonSchema } from '../syntax/json/schema.ts';
import { atomKey } from '../syntax/unit.ts';
import { parseExpression, type Expression } from '../language/expression.ts';
import { placedAt, yamlPlace, type Yaml } from './load.ts';
import { memberFormats } from './members.ts';
import type { GroupModel, MapModel, NodeModel, Reference, Reporter } from './model.ts';
import { together } from './peers.ts';
import { attributeName, qualify } from './qualify.ts';
import { action, Actions } from './actions.ts';
import type { BindPlan, Constant, GroupPlan, NodePlan, SlotPlan } from './plan.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type DraftGroup = Mutable<GroupPlan>;

/** Compiles layer 1: groups, nodes and slots, with every element resolved to its position. */
export function compileSyntax(
  model: MapModel,
  { directory, schema }: { readonly directory?: SegmentDirectory | undefined; readonly schema?: JsonSchema | undefined },
  reporter: Reporter,
): { groups: DraftGroup[]; slots: Map<string, { slot: SlotPlan; group: GroupPlan }> } {
  const groups: DraftGroup[] = [];
  const slots = new Map<string, { slot: SlotPlan; group: GroupPlan }>();
  const ignored = new Set<Yaml>();
  let members: ReadonlyMap<NodeModel, WireFormat> | undefined; // of a document with a schema that says what stands in it

  const newGroup = (name: string, parent: DraftGroup | undefined, at: Yaml): DraftGroup => {
    if (groups.some((group) => group.name === name)) reporter.report('MAP_DUPLICATE_NAME', { what: 'group', name }, at);
    const group: DraftGroup = {
      index: groups.length,
      name,
      parent,
      depth: parent ? parent.depth + 1 : 0,
      node: undefined,
      nodes: [],
      nodeCount: 0,
      candidates: new Map(),
      slots: [],
      width: 0,
      elements: [],
      bindings: [],
      chain: [],
    };
    groups.push(group);
    return group;
  };

  /** Compiles the nodes of one owner (a group, or an XML element inside it); `into` collects what is matched in this frame. */
  const compileNodes = (nodes: readonly NodeModel[], owner: DraftGroup, path: string, into: NodePlan[]): void => {
    let run = 0;
    let runTag = '';
    let runChoice = 0;
    nodes.forEach((node, index) => {
      const tag = frontTag(node);
      const sameRun = index > 0 && (node.choice > 0 ? node.choice === runChoice : tag === runTag);
      if (!sameRun) run = index;
      runTag = tag;
      runChoice = node.choice;
      into.push(compileNode(node, owner, path, run));
    });
  };

  const compileNode = (model: NodeModel, owner: DraftGroup | undefined, path: string, run: number): NodePlan => {
    const opens = model.group === undefined ? undefined : newGroup(model.group, owner, model.at);
    const holder = (opens ?? owner)!; // whose slots the node fills
    const index = owner ? owner.nodeCount++ : 0;
    const trigger = model.kind === 'group' ? model.nodes[0] : undefined;
    const own = trigger ?? model;
    const ownPath = path === '' ? model.id : `${path}/${model.id}`;
    const fullPath = trigger ? `${ownPath}/${trigger.id}` : ownPath;
    const actions = new Actions();
    const names = new Map<string, number>();
    const resolve = (reference: Reference): Resolved[] => resolveReference(reference, own, names);
    const constants = (references: readonly Reference[], fate: number): Constant[] =>
      references.flatMap((reference) =>
        resolve(reference)
          .slice(0, 1)
          .map(({ key, name }) => {
            actions.set(key, fate);
            const isPlain = directory?.coded !== true && /^[ -~]*$/.test(reference.value); // what is not ASCII is other bytes in each charset
            const bytes = Buffer.from(isPlain ? reference.value : '');
            return { key, text: reference.value, bytes, name, id: reference.id, composite: reference.id.includes('.') };
          }),
      );
    const asked = own.selectors.filter(({ id }) => own.kind === 'element' && id !== 'text' && !id.startsWith('@'));
    const selectors = [
      ...asked.flatMap((reference) => childConstant(reference, own)),
      ...constants(
        own.selectors.filter((each) => !asked.includes(each)),
        action.selector,
      ),
    ];
    const fixed = constants(own.fixed, action.fixed);
    const place = yamlPlace(own.at);
    // What is asked of every unit comes first: so it lies together in the memory.
    const node: Mutable<NodePlan> = {
      index,
      max: model.occurs.max,
      together: 0, // until its peers are known
      opens,
      actions,
      run,
      when: compileWhen(own),
      tag: own.tag,
      selectors,
      kind: own.kind,
      id: own.id,
      path: fullPath,
      owner: holder,
      choice: model.choice,
      min: model.occurs.min,
      fixed,
      binds: [],
      names,
      ignored: false,
      peers: [],
      rivals: [],
      nodes: [],
      place,
    };
    node.binds = own.binds.flatMap((reference) => compileBind(reference, resolve(reference), node, holder));
    for (const entry of modelIgnores(own, fullPath, ownPath)) {
      ignored.add(entry.at);
      if (entry.id === '') node.ignored = true;
      else for (const { key } of resolve({ id: entry.id, value: '', at: entry.at })) actions.set(key, action.ignored);
    }
    if (opens) opens.node = node;
    if (own.kind === 'segment') {
      if (trigger && opens) compileNodes(model.nodes.slice(1), opens, ownPath, opens.nodes);
    } else if (opens && own.kind === 'element') {
      compileNodes(model.nodes, opens, ownPath, opens.nodes);
      node.nodes = opens.nodes;
    } else {
      const inner: NodePlan[] = [];
      compileNodes(model.nodes, holder, ownPath, inner);
      node.nodes = inner;
    }
    return node;
  };

  /** A qualifier that is the text of a child: the child stands among the nodes and always says it. */
  const childConstant = ({ id, value, at }: Reference, { nodes }: NodeModel): Constant[] => {
    const child = nodes.find(({ tag }) => tag === id || tag.endsWith(`}${id}`));
    if (child?.fixed.some((each) => each.id === 'text' && each.value === value))
      return [{ key: -1, text: value, bytes: new Uint8Array(0), name: `/${child.tag}`, child: child.tag, id, composite: false }];
    reporter.report('MAP_SHAPE', { message: `\`${id}\` asks a child: write \`{ xml: ${id}, fixed: { text: ${value} } }\` among the nodes` }, at);
    return [];
  };

  const compileBind = (reference: Reference, positions: readonly Resolved[], node: NodePlan, holder: DraftGroup): BindPlan[] => {
    const known = slots.get(reference.value);
    if (known) {
      reporter.report('MAP_BOUND_TWICE', { name: reference.value, how: 'bound' }, reference.at);
      return [];
    }
    const slot: SlotPlan = { name: reference.value, first: holder.width, count: Math.max(positions.length, 1), node, ...placedAt(reference.at) };
    holder.width += slot.count;
    holder.slots.push(slot);
    slots.set(slot.name, { slot, group: holder });
    return positions.map(({ key, name, format, required }, part) => {
      if (node.actions.get(key) >= 0) reporter.report('MAP_BOUND_TWICE', { name: reference.id, how: 'bound' }, reference.at);
      node.actions.set(key, slot.first + part);
      return { key, name, text: slot.first + part, id: reference.id, format, required: part === 0 ? required : undefined };
    });
  };

  /** The entries of `ignore` that speak of this node; `id` is '' where the whole unit is meant. */
  const modelIgnores = (own: NodeModel, ...paths: string[]): { id: string; at: Yaml }[] =>
    model.ignore.flatMap(({ target, at }) => {
      for (const path of [...paths, own.id, own.tag]) {
        if (target === path) return [{ id: '', at }];
        if (target.startsWith(`${path}/`) && !target.slice(path.length + 1).includes('/')) {
          const id = target.slice(path.length + 1);
          if (own.kind === 'segment' ? directory?.element(own.tag, stripIndex(id)) : id === 'text' || id.startsWith('@')) return [{ id, at }];
        }
      }
      return [];
    });

  const resolveReference = (reference: Reference, node: NodeModel, names: Map<string, number>): Resolved[] => {
    if (node.kind === 'element') {
      // An element that must be there has something to say.
      const required = node.group === undefined && node.occurs.min > 0 ? 'unit' : undefined;
      if (reference.id === 'text') return [{ key: 0, name: undefined, format: members?.get(node), required }];
      const written = reference.id.replace(/^@/, '');
      const name = attributeName(written, model.format) ?? written;
      if (!attributeName(written, model.format))
        reporter.report('MAP_SHAPE', { message: `\`${written}\` has a prefix that \`namespaces\` of \`format\` does not say` }, reference.at);
      if (!reference.id.startsWith('@'))
        reporter.report('MAP_SHAPE', { message: `an XML element binds \`text\` or \`@attribute\`, not \`${reference.id}\`` }, reference.at);
      const key = names.get(name) ?? atomKey(names.size + 1, 0);
      names.set(name, key);
      return [{ key, name, format: undefined, required: undefined }];
    }
    const id = stripIndex(reference.id);
    const found = directory?.element(node.tag, id);
    if (!found) {
      if (directory?.has(node.tag))
        reporter.report(
          'MAP_UNKNOWN_ELEMENT',
          { id, tag: node.tag, directory: directory.name, suggestion: didYouMean(id, directory.ids(node.tag)) },
          reference.at,
        );
      return [];
    }
    const index = /\[(\*|\d+)\]$/.exec(reference.id)?.[1];
    const keys = index === '*' ? found.keys : [found.keys[index === undefined ? 0 : Number(index) - 1]];
    if (keys[0] === undefined)
      reporter.report(
        'MAP_UNKNOWN_ELEMENT',
        { id: reference.id, tag: node.tag, directory: directory!.name, suggestion: `; it stands there ${found.keys.length} times` },
        reference.at,
      );
    return keys.filter((key) => key !== undefined).map((key) => ({ key, name: undefined, format: found.format, required: found.required }));
  };

  const compileWhen = (node: NodeModel): Expression | undefined => {
    if (!node.when) return undefined;
    const { expression, problems } = parseExpression(node.when.text);
    for (const problem of problems) reporter.report('MAP_EXPRESSION', { problem: problem.message }, node.when);
    return expression;
  };

  const message = model.format.kind === 'segmented' ? model.format.message : '';
  const structure = directory && tagsOf(directory, message);
  if (directory && !structure)
    reporter.report('MAP_UNKNOWN_MESSAGE', { directory: directory.name, name: message, suggestion: didYouMean(message, directory.messages()) }, model.at);
  const checkTags = (nodes: readonly NodeModel[]): void => {
    for (const node of nodes) {
      const { tag } = node;
      if (node.kind === 'segment' && directory) {
        if (!directory.has(tag))
          reporter.report('MAP_UNKNOWN_SEGMENT', { directory: directory.name, tag, suggestion: didYouMean(tag, directory.tags()) }, node.at);
        else if (structure && !structure.has(tag)) reporter.report('MAP_FOREIGN_SEGMENT', { tag, message }, node.at);
      }
      checkTags(node.nodes);
    }
  };

  checkTags(model.syntax.nodes);
  const root = newGroup(model.syntax.group, undefined, model.syntax.at);
  if (model.format.kind === 'nested') {
    // The document element is the message: its own attributes and children belong to group 0.
    groups.length = 0;
    const qualified = qualify(model.syntax, model.format, reporter);
    members = schema && memberFormats(qualified, schema, reporter);
    const document = compileNode(qualified, undefined, '', 0); // makes group 0 itself
    groups[0]!.node = document;
  } else compileNodes(model.syntax.nodes, root, '', root.nodes);
  for (const group of groups) index(group);
  for (const entry of model.ignore)
    if (!ignored.has(entry.at) && entry.why !== '' && (directory || model.format.kind === 'nested'))
      reporter.report('MAP_UNUSED', { what: '`ignore` entry', name: entry.target }, entry.at);
  return { groups, slots };
}

interface Resolved {
  readonly key: number;
  readonly name: string | undefined;
  readonly format: WireFormat | undefined;
  readonly required: Requirement | undefined;
}

const stripIndex = (id: string): string => id.replace(/\[(\*|\d+)\]$/, '');

/** The tag by which a node is recognised: its own, or that of the first node of a group. */
export function frontTag(node: NodeModel | GroupModel): string {
  return node.kind === 'group' && node.nodes[0] ? frontTag(node.nodes[0]) : node.tag;
}

/** Sorts the nodes of a group by tag, those of earlier runs and the more specific first, and tells each node its rivals: those that are asked before it. */
function index(group: GroupPlan): void {
  const walk = (nodes: NodePlan[]): void => {
    const order = [...nodes].sort(before);
    for (const node of nodes) {
      const peers = nodes.filter((other) => other.tag === node.tag && other.run === node.run);
      // Elements of one tag that follow each other add up: a schema says of each how often it occurs.
      const most = node.kind === 'segment' ? together(peers) : node.choice === 0 ? Infinity : Math.max(...peers.map(({ max }) => max));
      Object.assign(node, { peers, together: most });
      (node as Mutable<NodePlan>).rivals = order.slice(0, order.indexOf(node)).filter((other) => other.tag === node.tag);
      if (node.kind === 'element' && !node.opens) walk(node.nodes as NodePlan[]);
    }
  };
  walk(group.nodes);
  for (const node of group.nodes) {
    const list = group.candidates.get(node.tag) ?? [];
    list.push(node);
    group.candidates.set(node.tag, list);
  }
  for (const list of group.candidates.values()) list.sort(before);
}

/** In which order the nodes of a frame are asked: by run, the more specific first, then as the map has them. */
const before = (a: NodePlan, b: NodePlan): number => a.run - b.run || b.selectors.length - a.selectors.length || a.index - b.index;

export function sameRule(a: Place, b: Place): boolean {
  return a.source === b.source && a.start === b.start;
}
