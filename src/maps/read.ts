import { expand, instead, noParts, readParts, type Parts } from './parts.ts';
import type { Reporter } from './model.ts';
import {
  Keys,
  checkNode,
  type AttributeModel,
  type ClassModel,
  type CodesModel,
  type Condition,
  type ElementModel,
  type Format,
  type GroupModel,
  type IgnoreModel,
  type MapModel,
  type NodeModel,
  type Occurs,
  type Reference,
} from './model.ts';
import { textAt, type SourceFile, type Yaml, type YamlMap, type YamlScalar } from './load.ts';
import { nestedSyntaxes, segmentedSyntaxes } from '../syntax/unit.ts';

/** Reads the YAML of a `message` map, or the whole of what a dialect adds, into the model. Nothing is looked up yet. */
export function readMap(root: YamlMap, file: SourceFile, shared: Parts, reporter: Reporter, others: Parts = noParts): MapModel {
  const keys = new Keys(root, 'a map', reporter);
  const name = keys.required('map');
  const version = keys.required('version');
  checkIdentity(name, version, root, reporter);
  keys.get('kind');
  const parts = readParts(keys.entries('parts'), shared, reporter);
  const context: Context = { parts: instead(others, parts), reporter, elements: new Map(), choices: 0 };
  for (const { key, value } of keys.entries('elements')) addElement(key.text, value, context);
  const syntax = readGroup(keys.get('syntax'), context);
  const businessAt = keys.get('business') ?? root;
  const [business = readClass(businessAt, context)] = readClasses([businessAt], context);
  const model: MapModel = {
    file,
    name,
    kind: 'message',
    version,
    title: keys.text('title') ?? name,
    dictionary: keys.required('dictionary'),
    law: keys.oneOf('law', ['none', 'one-pass', 'two-pass'], 'two-pass'),
    format: readFormat(keys.get('format'), reporter),
    match: readConditions(keys.entries('match')),
    extends: undefined,
    syntax,
    elements: context.elements,
    business,
    ignore: keys.list('ignore').map((item) => readIgnore(item, reporter)),
    regulated: keys.oneOf('regulated', ['yes', 'no'], 'no') === 'yes',
    unverified: readUnverified(keys),
    codes: keys.entries('codes').map(({ key, value }): CodesModel => ({ name: key.text, declaration: value })),
    at: root,
  };
  keys.get('guide');
  keys.done();
  parts.reportUnused(reporter);
  return model;
}

/** Names are paths in lower case, versions are three numbers: they stand in reports, routes and file names. */
export function checkIdentity(name: string, version: string, at: Yaml, reporter: Reporter): void {
  if (!/^[a-z0-9-]+(\/[a-z0-9.-]+)+$/.test(name))
    reporter.report('MAP_SHAPE', { message: `\`${name}\` is no name of a map; write family/message/version, in lower case` }, at);
  if (!/^\d+\.\d+\.\d+$/.test(version)) reporter.report('MAP_SHAPE', { message: `\`${version}\` is no version; write three numbers, e.g. 1.0.0` }, at);
}

/** What reading needs to hand down: parts to substitute, and the elements that parts bring along. */
export interface Context {
  readonly parts: Parts;
  readonly reporter: Reporter;
  readonly elements: Map<string, ElementModel>;
  readonly base?: GroupModel; // the document of the base, where a dialect says what stands around it
  choices: number;
}

export function addElement(name: string, value: Yaml, context: Context): void {
  if (context.elements.has(name)) context.reporter.report('MAP_DUPLICATE_NAME', { what: 'element', name }, value);
  context.elements.set(name, { name, at: value });
}

export function readFormat(node: Yaml | undefined, reporter: Reporter): Format {
  const keys = new Keys(node, '`format`', reporter);
  const family = keys.oneOf('family', [...segmentedSyntaxes, ...nestedSyntaxes], segmentedSyntaxes[0]);
  let format: Format;
  if (family === 'xml') {
    if (!keys.has('namespace')) keys.required('namespace'); // it may be empty, but has to be said
    const namespaces = Object.fromEntries(keys.entries('namespaces').map(({ key, value }) => [key.text, value.kind === 'scalar' ? value.text : '']));
    const selection = keys.oneOf('select', ['header', 'name'], 'header');
    const [blanks, prefix] = [keys.oneOf('blanks', ['keep', 'collapse'], 'keep'), keys.text('prefix') ?? ''];
    format = { kind: 'nested', family, root: keys.required('root'), namespace: keys.text('namespace') ?? '', namespaces, prefix, blanks, selection };
  } else if (family === 'json') {
    const selection = keys.oneOf('select', ['header', 'name'], 'header');
    format = { kind: 'nested', family, root: keys.required('schema'), namespace: '', namespaces: {}, prefix: '', blanks: 'keep', selection };
  } else {
    const layout = keys.text('layout'); // which is directory, message and header in one
    const header = new Keys(keys.get('header'), '`header`', reporter);
    const headerName = header.map.entries[0]?.key.text ?? '';
    format = {
      kind: 'segmented',
      family,
      directory: layout ?? keys.required('directory'),
      message: layout ?? keys.required('message'),
      header: layout === undefined ? header.list(headerName).map((item) => (item.kind === 'scalar' ? item.text : '')) : [layout],
      headerName: layout === undefined ? headerName : 'layout',
    };
    header.done();
  }
  keys.done();
  return format;
}

export function readConditions(entries: readonly { key: { text: string }; value: Yaml }[]): Condition[] {
  return entries.map(({ key, value }) => ({ field: key.text, value: value.kind === 'scalar' ? value.text : '' }));
}

export function readOccurs(node: Yaml | undefined, otherwise: Occurs, reporter: Reporter): Occurs {
  if (!node) return otherwise;
  const match = node.kind === 'scalar' ? /^(\d+)(?:\.\.(\d+|n))?$/.exec(node.text) : null;
  if (!match) reporter.report('MAP_SHAPE', { message: '`occurs` is written 1, 0..1, 0..n or 1..9999' }, node);
  if (!match) return otherwise;
  const min = Number(match[1]);
  const max = match[2] === undefined ? min : match[2] === 'n' ? Infinity : Number(match[2]);
  if (max < min || max === 0)
    reporter.report('MAP_SHAPE', { message: `\`occurs: ${match[0]}\` lets nothing be there; to leave a node out, leave it out` }, node);
  return { min, max };
}

export function readGroup(node: Yaml | undefined, context: Context): GroupModel {
  const read = node && readNode(node, context, 0);
  if (read?.group !== undefined) return read as GroupModel;
  context.reporter.report('MAP_SHAPE', { message: 'the syntax section is a group with `nodes`' }, node);
  return {
    kind: 'group',
    id: 'message',
    tag: '',
    group: 'message',
    ifThere: false,
    occurs: once,
    selectors: [],
    fixed: [],
    binds: [],
    when: undefined,
    choice: 0,
    nodes: [],
    at: node ?? emptyNode,
  };
}

const once: Occurs = { min: 1, max: 1 };
const optional: Occurs = { min: 0, max: 1 }; // an XML element that says nothing else
const emptyNode: Yaml = { kind: 'map', entries: [], file: { path: '', text: '' }, start: 0, end: 0 };

export function readNodes(items: readonly Yaml[], context: Context, depth = 0): NodeModel[] {
  return items.flatMap((item) => {
    const used = expand(item, 'nodes', context.parts, context.reporter, depth);
    if (used) {
      for (const element of used.elements) addElement(element.name, element.value, context);
      return readNodes(used.items, context, depth + 1);
    }
    const tag = item.kind === 'map' && textAt(item, 'base') === 'syntax' ? (textAt(item, 'as') ?? context.base?.tag) : undefined;
    if (context.base && tag !== undefined) return [{ ...context.base, group: undefined, id: tag, tag }];
    const choice = item.kind === 'map' ? item.entries.find((entry) => entry.key.text === 'choice')?.value : undefined;
    if (choice?.kind !== 'list') return [readNode(item, context, 0)];
    const number = ++context.choices;
    return choice.items.map((alternative) => readNode(alternative, context, number));
  });
}

function readClasses(items: readonly Yaml[], context: Context, depth = 0): ClassModel[] {
  return items.flatMap((item) => {
    const used = expand(item, 'classes', context.parts, context.reporter, depth);
    return used ? readClasses(used.items, context, depth + 1) : [readClass(item, context)];
  });
}

/** One node of the syntax section: `segment`, `xml`, or a `group` with `nodes`. */
export function readNode(node: Yaml, context: Context, choice: number): NodeModel {
  const { reporter } = context;
  const keys = new Keys(node, 'a node', reporter);
  const group = keys.text('group');
  const segment = keys.scalar('segment');
  const nested = keys.scalar('xml') ?? keys.scalar('json');
  const head = segment ?? nested;
  const ifThere = head?.text.endsWith('?') === true;
  const name = ifThere ? head.text.slice(0, -1) : head?.text;
  const { tag, selectors } = head && name !== undefined ? readHead(name, head, reporter) : { tag: '', selectors: [] };
  if (!head && group === undefined) reporter.report('MAP_SHAPE', { message: 'a node has `segment`, `xml`, `json`, or `group`' }, node);
  const occurs = readOccurs(keys.get('occurs'), nested && group === undefined ? optional : once, reporter);
  const bind = keys.get('bind');
  const binds = bind?.kind === 'scalar' ? [{ id: 'text', value: bind.text, at: bind }] : bind?.kind === 'map' ? bind.entries.map(asReference) : [];
  const fixed = keys.entries('fixed').map(asReference);
  const each = segment && keys.scalar('each');
  const when = keys.scalar('when');
  const nodes = readNodes(keys.list('nodes'), context);
  keys.get('guide');
  keys.done();
  checkNode(keys, binds, head ? undefined : group, reporter);
  return {
    kind: segment ? 'segment' : nested ? 'element' : 'group',
    id: group ?? name?.replace(/\s+/g, '') ?? '',
    tag,
    group,
    ifThere,
    occurs,
    selectors,
    fixed,
    binds,
    each,
    when,
    choice,
    nodes,
    at: node,
  };
}

const asReference = ({ key, value }: YamlMap['entries'][number]): Reference => ({ id: key.text, value: value.kind === 'scalar' ? value.text : '', at: key });

/** `TAG[id=constant,id=constant]` */
function readHead(text: string, at: Yaml, reporter: Reporter): { tag: string; selectors: Reference[] } {
  const match = /^([A-Za-z][\w.-]*(?::[A-Za-z][\w.-]*)?)(?:\[(.*)\])?$/.exec(text.replace(/\s+/g, ''));
  if (!match) {
    reporter.report('MAP_SHAPE', { message: `\`${text}\` is not a tag with qualifiers; write e.g. DTM[C507.2005=137]` }, at);
    return { tag: '', selectors: [] };
  }
  const selectors = (match[2] ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part): Reference => {
      const equals = part.indexOf('=');
      if (equals < 1) reporter.report('MAP_SHAPE', { message: `\`${part}\` is not a qualifier; write id=constant` }, at);
      return { id: part.slice(0, equals), value: part.slice(equals + 1), at };
    });
  return { tag: match[1]!, selectors };
}

/** One class of the business section with all below it. */
export function readClass(node: Yaml, context: Context): ClassModel {
  const { reporter } = context;
  const keys = new Keys(node, 'a class', reporter);
  const attributes: AttributeModel[] = keys.entries('attrs').map(({ key, value }) => readAttribute(key.text, value, key, reporter));
  const carry = keys.entries('carry').map(({ key, value }) => ({ name: key.text, slot: value.kind === 'scalar' ? value.text : '', at: key }));
  const embedNode = keys.get('embed');
  let embed: ClassModel['embed'];
  if (embedNode) {
    const inner = new Keys(embedNode, '`embed`', reporter);
    embed = { of: inner.required('of'), by: inner.required('by') };
    inner.done();
  }
  const modeNode = keys.get('mode');
  let mode: ClassModel['mode'];
  if (modeNode) {
    const inner = new Keys(modeNode, '`mode`', reporter);
    mode = {
      slot: inner.required('by'),
      values: new Map(inner.entries('values').map(({ key, value }) => [key.text, value.kind === 'scalar' ? value.text : ''])),
      at: modeNode,
    };
    inner.done();
  }
  const regroup = keys.list('regroup').map((item) => (item.kind === 'scalar' ? item.text : ''));
  const model: ClassModel = {
    name: keys.required('class'),
    per: keys.required('per'),
    attributes,
    carry,
    regroup,
    embed,
    mode,
    classes: readClasses(keys.list('classes'), context),
    at: node,
  };
  keys.get('guide');
  keys.done();
  return model;
}

function readAttribute(name: string, value: Yaml, at: Yaml, reporter: Reporter): AttributeModel {
  if (value.kind === 'scalar') return { name, slot: value.text, constant: undefined, only: undefined, at, slotAt: value };
  const keys = new Keys(value, `attribute \`${name}\``, reporter);
  const constant = keys.text('const');
  const parse = keys.text('parse-only');
  const build = keys.text('build-only');
  keys.done();
  if (constant === undefined && parse === undefined && build === undefined)
    reporter.report('MAP_SHAPE', { message: `attribute \`${name}\` takes a slot, { const: X }, { parse-only: slot } or { build-only: slot }` }, value);
  return { name, slot: parse ?? build, constant, only: parse !== undefined ? 'parse' : build !== undefined ? 'build' : undefined, at, slotAt: value };
}

/** Paths of the dictionary that a map uses though no publication confirms them there. */
export const readUnverified = (keys: Keys): readonly YamlScalar[] => keys.list('unverified').filter((item) => item.kind === 'scalar');

export function readIgnore(item: Yaml, reporter: Reporter): IgnoreModel {
  const keys = new Keys(item, 'an entry of `ignore`', reporter);
  const model = { target: keys.required('at'), why: keys.text('why') ?? '', at: item };
  if (model.why === '') reporter.report('MAP_NO_WHY', {}, item);
  keys.done();
  return model;
}
