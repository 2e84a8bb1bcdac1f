import { didYouMean } from '../diagnostics/suggest.ts';
import { textAt, type SourceFile, type Yaml, type YamlMap, type YamlScalar } from './load.ts';
import {
  Keys,
  Reporter,
  restrictions,
  type ClassModel,
  type CodesModel,
  type ElementModel,
  type Format,
  type MapModel,
  type NodeModel,
  type Occurs,
  type Reference,
} from './model.ts';
import { asMembers } from './members.ts';
import { instead, noParts, readParts, type Parts } from './parts.ts';
import { prune } from './prune.ts';
import {
  addElement,
  checkIdentity,
  readClass,
  readConditions,
  readFormat,
  readGroup,
  readIgnore,
  readMap,
  readNodes,
  readOccurs,
  readUnverified,
  type Context,
} from './read.ts';

/**
 * A dialect: a base map, shrunk by `restrict` and added to by `extend`. Paths are made of node identities (group name,
 * tag with qualifiers), not of positions: a change of the base either leaves them standing or is found when compiling.
 */
export function applyDialect(stated: MapModel, root: YamlMap, file: SourceFile, parts: Parts, reporter: Reporter): MapModel {
  const keys = new Keys(root, 'a dialect', reporter);
  keys.get('kind');
  const others = readParts(keys.entries('parts'), noParts, reporter);
  const base = keys.has('parts') ? withOtherParts(stated, others, parts, reporter) : stated;
  const context: Context = { parts: instead(others, parts), reporter, elements: new Map(base.elements), choices: 1_000 };
  let model: MapModel = {
    ...base,
    file,
    kind: 'dialect',
    name: keys.required('map'),
    version: keys.required('version'),
    title: keys.text('title') ?? base.title,
    extends: keys.required('extends'),
    format: otherFormat(base, keys.get('format'), reporter),
    match: readConditions(keys.entries('match')),
    elements: context.elements,
    at: root,
  };
  checkIdentity(model.name, model.version, root, reporter);
  const moves = [...keys.entries('moved')].sort((a, b) => Number(b.key.text.includes('.')) - Number(a.key.text.includes('.'))); // elements, then whole segments
  for (const { key, value } of moves) model = move(model, key, value.kind === 'scalar' ? value.text : '', reporter);
  reportTwice([...keys.list('restrict'), ...keys.list('extend')], reporter);
  for (const item of keys.list('restrict')) model = restrict(model, item, reporter);
  for (const item of keys.list('extend')) model = extend(model, item, context);
  model = prune(base, model);
  if (model.format.family !== base.format.family) model = { ...model, syntax: asMembers(model.syntax) };
  const around = keys.get('syntax'); // with `base: syntax` in the place of the base's document
  if (around) model = { ...model, syntax: readGroup(around, { ...context, base: model.syntax }) };
  const own = keys.entries('elements').map(({ key, value }): [string, ElementModel] => [key.text, { name: key.text, at: value }]);
  model = { ...model, elements: new Map([...model.elements, ...own]) }; // in place of the base's
  model = { ...model, unverified: [...model.unverified, ...readUnverified(keys)] };
  model = { ...model, ignore: [...model.ignore, ...keys.list('ignore').map((item) => readIgnore(item, reporter))] };
  others.reportUnused(reporter);
  keys.done();
  return model;
}

/** Parts that a dialect says anew stand in the base wherever the base uses them: a publisher who writes every date in another way says so once. */
function withOtherParts(base: MapModel, others: Parts, shared: Parts, reporter: Reporter): MapModel {
  if (base.kind === 'message' && base.at.kind === 'map') return readMap(base.at, base.file, shared, new Reporter(), others);
  reporter.report('MAP_SHAPE', { message: 'only a dialect of a message has `parts`: its base has been read with those of the dialect between' }, base.at);
  return base;
}

/** A dialect may be of another version of the same message: another directory, another header; or the same document as JSON. */
function otherFormat(base: MapModel, node: Yaml | undefined, reporter: Reporter): Format {
  const format = node ? readFormat(node, reporter) : base.format;
  const isTwin = base.format.family === 'xml' && format.family === 'json';
  if (format.family !== base.format.family && !isTwin)
    reporter.report('MAP_SHAPE', { message: `the base is ${base.format.family}, and so is every dialect of it` }, node);
  return format;
}

/**
 * `NAD.3229: C819.3229`: what the base calls so stands elsewhere in this version's segment, wherever the base names it. A
 * composite moves with all its elements (`GIS.C529: C012`); what moves to nothing is not in this version. `GEI: GIS`: the
 * whole segment has another tag.
 */
function move(model: MapModel, from: YamlScalar, to: string, reporter: Reporter): MapModel {
  const [tag = '', ...rest] = from.text.split('.');
  const id = rest.join('.');
  let found = false;
  const moved = (references: readonly Reference[]): readonly Reference[] =>
    references.flatMap((each) => {
      const plain = each.id.replace(/\[[^\]]*\]|\?$/g, '');
      if (plain !== id && !plain.startsWith(`${id}.`)) return [each];
      found = true;
      return to === '' ? [] : [{ ...each, id: plain === id ? to + each.id.slice(each.id.indexOf(id) + id.length) : to + each.id.slice(id.length) }];
    });
  const visit = (nodes: readonly NodeModel[]): NodeModel[] =>
    nodes.map((node) => ({
      ...node,
      nodes: visit(node.nodes),
      ...(node.tag === tag && id === ''
        ? retagged()
        : node.tag === tag
          ? { binds: moved(node.binds), fixed: moved(node.fixed), selectors: moved(node.selectors) }
          : {}),
    }));
  const retagged = (): Partial<NodeModel> => {
    found = true;
    return { tag: to };
  };
  const syntax = { ...model.syntax, nodes: visit(model.syntax.nodes) };
  if (!found) reporter.report('MAP_DIALECT_TARGET', { target: from.text, suggestion: '' }, from);
  return { ...model, syntax };
}

/** M7: two entries that change one thing in one way; of `occurs` and `text` only the last would stand. */
function reportTwice(items: readonly Yaml[], reporter: Reporter): void {
  const seen = new Set<string>();
  for (const item of items) {
    if (item.kind !== 'map') continue;
    const target = textAt(item, 'at') ?? textAt(item, 'remove');
    if (target === undefined) continue;
    const id = [target, ...item.entries.map(({ key }) => key.text).sort()].join(' ');
    if (seen.has(id)) reporter.report('MAP_DIALECT_TWICE', { target }, item);
    seen.add(id);
  }
}

/** One entry of `restrict`: it may only shrink what the base accepts. */
function restrict(model: MapModel, item: Yaml, reporter: Reporter): MapModel {
  const keys = new Keys(item, 'an entry of `restrict`', reporter);
  const removed = keys.text('remove');
  const at = keys.text('at') ?? removed ?? '';
  const occursNode = keys.get('occurs');
  const text = keys.get('text');
  const only = keys.list('only').map((each) => (each.kind === 'scalar' ? each.text : ''));
  keys.done();
  if (removed !== undefined) {
    return changeNode(model, at, item, reporter, (node) => {
      if (node.occurs.min > 0) reporter.report('MAP_DIALECT_WIDENS', { problem: `${at} is required in the base and cannot be removed` }, item);
      return [];
    });
  }
  if (occursNode) {
    return changeNode(model, at, item, reporter, (node) => {
      const occurs: Occurs = readOccurs(occursNode, node.occurs, reporter);
      if (occurs.min < node.occurs.min || occurs.max > node.occurs.max)
        reporter.report('MAP_DIALECT_WIDENS', { problem: `the base lets ${at} occur ${node.occurs.min}..${node.occurs.max}` }, occursNode);
      return [{ ...node, occurs }];
    });
  }
  if (at.startsWith('elements/') && text) return restrictText(model, at.slice('elements/'.length), item, reporter);
  if (at.startsWith('codes/') && only.length > 0) return restrictCodes(model, at.slice('codes/'.length), only, item, reporter);
  reporter.report('MAP_SHAPE', { message: `an entry of \`restrict\` is ${restrictions}` }, item);
  return model;
}

function restrictText(model: MapModel, name: string, item: Yaml, reporter: Reporter): MapModel {
  const known = model.elements.get(name)?.at;
  const codec = known?.kind === 'map' ? known.entries[0]?.key.text : 'text';
  if (codec !== 'text') reporter.report('MAP_DIALECT_WIDENS', { problem: `\`${name}\` is a ${codec}, not a text` }, item);
  const at: Yaml = { ...(item as YamlMap), entries: (item as YamlMap).entries.filter(({ key }) => key.text === 'text') };
  const element: ElementModel = { name, at };
  return { ...model, elements: new Map(model.elements).set(name, element) };
}

function restrictCodes(model: MapModel, name: string, only: readonly string[], item: Yaml, reporter: Reporter): MapModel {
  const table = model.codes.find((each) => each.name === name);
  if (!table) {
    reporter.report(
      'MAP_DIALECT_TARGET',
      {
        target: `codes/${name}`,
        suggestion: didYouMean(
          name,
          model.codes.map((each) => each.name),
        ),
      },
      item,
    );
    return model;
  }
  const keep = (node: Yaml): Yaml => {
    if (node.kind === 'map') return { ...node, entries: node.entries.filter(({ key }) => only.includes(key.text)) };
    return node.kind === 'list' ? { ...node, items: node.items.filter((each) => each.kind === 'scalar' && only.includes(each.text)) } : node;
  };
  const lists = ['pairs', 'values', 'parse-only', 'build-only'];
  const declaration =
    table.declaration.kind === 'map'
      ? {
          ...table.declaration,
          entries: table.declaration.entries.map((entry) => (lists.includes(entry.key.text) ? { ...entry, value: keep(entry.value) } : entry)),
        }
      : table.declaration;
  const narrowed: CodesModel = { name, declaration };
  return { ...model, codes: model.codes.map((each) => (each === table ? narrowed : each)) };
}

/** One entry of `extend`: a node after another or first in one, or more binds, other constants and other bounds for a node. */
function extend(model: MapModel, item: Yaml, context: Context): MapModel {
  const { reporter } = context;
  const keys = new Keys(item, 'an entry of `extend`', reporter);
  const after = keys.text('after');
  const within = keys.text('in');
  const at = keys.text('at');
  const nodeAt = keys.get('node');
  const references = (key: string): Reference[] =>
    keys.entries(key).map(({ key: id, value }) => ({ id: id.text, value: value.kind === 'scalar' ? value.text : '', at: id }));
  const binds = references('bind');
  const fixed = references('fixed');
  for (const { key, value } of keys.entries('elements')) addElement(key.text, value, context);
  const business = keys.get('business');
  const order = keys.list('order').map((each) => (each.kind === 'scalar' ? each.text : ''));
  const occurs = keys.get('occurs');
  keys.done();
  let changed = model;
  if (after !== undefined && nodeAt) changed = changeNode(model, after, item, reporter, (node) => [node, ...readNodes([nodeAt], context)]);
  else if (within !== undefined && nodeAt)
    changed = changeNode(model, within, item, reporter, (node) => [{ ...node, nodes: [...readNodes([nodeAt], context), ...node.nodes] }]);
  else if (at !== undefined) {
    changed = changeNode(model, at, item, reporter, (node) => [
      {
        ...node,
        ...(occurs ? { occurs: readOccurs(occurs, node.occurs, reporter) } : {}),
        nodes: arranged(node.nodes, order),
        binds: [...node.binds.filter((each) => !fixed.some((other) => other.id === each.id)), ...binds], // what is always the same is no longer read
        fixed: [...node.fixed.filter((each) => ![...fixed, ...binds].some((other) => other.id === each.id)), ...fixed],
      },
    ]);
  } else if (!business)
    reporter.report(
      'MAP_SHAPE',
      { message: 'an entry of `extend` has `after` or `in` with `node`, or `at` with `bind`, `fixed`, `order` or `occurs`, or `business` alone' },
      item,
    );
  return business ? { ...changed, business: extendBusiness(changed.business, business, context) } : changed;
}

/** Those that are named stand in this order, each where one of them stood. */
function arranged(nodes: readonly NodeModel[], order: readonly string[]): readonly NodeModel[] {
  const named = order.flatMap((id) => nodes.find((node) => node.id === id) ?? []);
  return nodes.map((node) => (named.includes(node) ? named[nodes.filter((each) => named.includes(each)).indexOf(node)]! : node));
}

/** Gives new slots a home: attributes for a class that the base has, or a class of its own below one. */
function extendBusiness(base: ClassModel, added: Yaml, context: Context): ClassModel {
  const more = readClass(added, context);
  const path = more.name.split('/');
  const descend = (model: ClassModel, depth: number): ClassModel => {
    if (depth === path.length)
      return {
        ...model,
        attributes: [...model.attributes, ...more.attributes],
        carry: [...model.carry, ...more.carry],
        classes: [...model.classes, ...more.classes],
      };
    const inner = model.classes.findIndex((each) => each.name === path[depth] && (depth < path.length - 1 || each.per === more.per));
    if (inner >= 0) return { ...model, classes: model.classes.map((each, i) => (i === inner ? descend(each, depth + 1) : each)) };
    return { ...model, classes: [...model.classes, { ...more, name: path.slice(depth).join('/') }] };
  };
  if (path[0] !== base.name) context.reporter.report('MAP_UNKNOWN_CLASS', { name: more.name, suggestion: `; the path begins with ${base.name}` }, added);
  return descend(base, 1);
}

/** Replaces the node at a path of identities; a path that leads nowhere is a finding with the nearest that exist. */
function changeNode(model: MapModel, target: string, at: Yaml, reporter: Reporter, change: (node: NodeModel) => NodeModel[]): MapModel {
  const [whole, ...besides] = target === '/' ? change(model.syntax) : []; // the base as a whole: nothing can stand beside it
  if (whole && besides.length === 0) return { ...model, syntax: { ...whole, group: model.syntax.group } };
  const path = target.replace(/^syntax\//, '').split('/');
  let found = false;
  const descend = (nodes: readonly NodeModel[], depth: number): NodeModel[] =>
    nodes.flatMap((node) => {
      if (node.id !== path[depth] || found) return [node];
      if (depth === path.length - 1) {
        found = true;
        return change(node);
      }
      return [{ ...node, nodes: descend(node.nodes, depth + 1) }];
    });
  const syntax = { ...model.syntax, nodes: descend(model.syntax.nodes, 0) };
  if (!found) reporter.report('MAP_DIALECT_TARGET', { target, suggestion: didYouMean(target.replace(/^syntax\//, ''), nodePaths(model.syntax.nodes, '')) }, at);
  return { ...model, syntax };
}

function nodePaths(nodes: readonly NodeModel[], above: string): string[] {
  return nodes.flatMap((node) => [`${above}${node.id}`, ...nodePaths(node.nodes, `${above}${node.id}/`)]);
}
