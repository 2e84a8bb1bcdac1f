import { expanded, nameMeant, type Components, type SchemaNode } from './documents.ts';

/** An element where a content model has one: it is there so often before another comes. */
export interface Position {
  readonly tag: string; // '' before the first, and of a wildcard
  readonly least: number;
  readonly most: number;
  readonly declaration: SchemaNode;
  readonly takes: ((namespace: string) => boolean) | undefined; // a wildcard: elements of these namespaces, which are declared elsewhere
  readonly next: Map<string, Position>; // what may come after it, by tag
  readonly nextWildcards: Position[];
  isLast: boolean; // nothing need come after it
}

interface Part {
  readonly first: readonly Position[];
  readonly last: readonly Position[];
  readonly canBeEmpty: boolean;
  readonly counts: boolean; // an element in it comes a number of times
  readonly repeats: boolean; // a group in it comes any number of times
}

const nothing: Part = { first: [], last: [], canBeEmpty: true, counts: false, repeats: false };

/**
 * What may stand in an element, by `nodes` one after the other: positions that follow one another (Glushkov's construction, for which
 * XML Schema wants its models deterministic). The one before the first. Undefined where that is not judged here: `all`, and groups
 * that come more than once but not any number of times.
 *
 *     <sequence> a  b{0,9}  <choice maxOccurs="unbounded"> c  d </choice> </sequence>
 *     start → a → b → c | d    a → c | d    c → c | d    d → c | d        last: c, d
 *
 * `tagOf`: how a reader writes the name of an element.
 */
export function contentModel(components: Components, nodes: readonly SchemaNode[], tagOf: (name: string) => string): Position | undefined {
  let groups = 0;

  const follow = (from: Position, { first }: Part): void => {
    for (const position of first) {
      if (position.takes) from.nextWildcards.push(position);
      else from.next.set(position.tag, position);
    }
  };

  const particle = (node: SchemaNode): Part | undefined => {
    const least = Number(node.attributes.get('minOccurs') ?? '1');
    const stated = node.attributes.get('maxOccurs') ?? '1';
    const most = stated === 'unbounded' ? Infinity : Number(stated);
    if (!(least >= 0 && most >= least)) return undefined;
    if (most === 0) return nothing;
    if (node.name === 'element' || node.name === 'any') {
      const name = node.name === 'element' ? elementName(node) : undefined;
      if (node.name === 'element' && name === undefined) return undefined;
      const position = positionOf(name === undefined ? '' : tagOf(name), node, least, most);
      return { first: [position], last: [position], canBeEmpty: least === 0, counts: least > 1 || (most > 1 && most < Infinity), repeats: false };
    }
    const part = groupPart(node);
    if (!part || (most === 1 && least === 1)) return part;
    if (least > 1 || (most !== 1 && (most !== Infinity || part.counts))) return undefined; // libxml2 does not count within what repeats itself as the standard does
    if (most === Infinity && part.canBeEmpty && part.repeats) return undefined; // nor is it sure of what follows
    if (most === Infinity) for (const position of part.last) follow(position, part);
    return { ...part, canBeEmpty: part.canBeEmpty || least === 0, repeats: part.repeats || most === Infinity };
  };

  const groupPart = (node: SchemaNode): Part | undefined => {
    if (node.name === 'sequence') return inSequence(node.children);
    if (node.name === 'choice') return inChoice(node.children);
    const name = node.name === 'group' ? nameMeant(node, node.attributes.get('ref') ?? '') : undefined;
    const group = name === undefined ? undefined : components.get(`group ${name}`);
    return group && ++groups < 100 ? inSequence(group.children) : undefined; // a group does not hold itself
  };

  const inSequence = (each: readonly SchemaNode[]): Part | undefined => {
    let before = nothing;
    for (const node of each) {
      const part = particle(node);
      if (!part) return undefined;
      for (const position of before.last) follow(position, part);
      before = {
        first: before.canBeEmpty ? [...before.first, ...part.first] : before.first,
        last: part.canBeEmpty ? [...before.last, ...part.last] : part.last,
        canBeEmpty: before.canBeEmpty && part.canBeEmpty,
        counts: before.counts || part.counts,
        repeats: before.repeats || part.repeats,
      };
    }
    return before;
  };

  const inChoice = (each: readonly SchemaNode[]): Part | undefined => {
    const parts = each.map(particle);
    if (parts.length === 0 || parts.some((part) => !part || part.first.length === 0)) return undefined; // what never comes is none to choose
    const known = parts as readonly Part[];
    return {
      first: known.flatMap(({ first }) => first),
      last: known.flatMap(({ last }) => last),
      canBeEmpty: known.some(({ canBeEmpty }) => canBeEmpty),
      counts: known.some(({ counts }) => counts),
      repeats: known.some(({ repeats }) => repeats),
    };
  };

  const all = inSequence(nodes);
  if (!all) return undefined;
  const start = positionOf('', nodes[0] ?? none, 0, 0);
  follow(start, all);
  start.isLast = all.canBeEmpty;
  for (const position of all.last) position.isLast = true;
  return start;
}

const none: SchemaNode = {
  name: '',
  attributes: new Map(),
  children: [],
  namespaces: new Map(),
  file: { namespace: '', qualifiedElements: false, qualifiedAttributes: false },
};

const positionOf = (tag: string, declaration: SchemaNode, least: number, most: number): Position => ({
  tag,
  least,
  most,
  declaration,
  takes: declaration.name === 'any' ? namespacesOf(declaration) : undefined,
  next: new Map(),
  nextWildcards: [],
  isLast: false,
});

/** The name of an element, declared where it stands or elsewhere. */
function elementName(node: SchemaNode): string | undefined {
  const { attributes, file } = node;
  const ref = attributes.get('ref');
  if (ref !== undefined) return nameMeant(node, ref);
  const name = attributes.get('name');
  const form = attributes.get('form');
  const isQualified = form === undefined ? file.qualifiedElements : form === 'qualified';
  return name === undefined ? undefined : expanded(isQualified ? file.namespace : '', name);
}

/** Which namespaces an `any` takes. */
function namespacesOf({ attributes, file }: SchemaNode): (namespace: string) => boolean {
  const stated = attributes.get('namespace') ?? '##any';
  if (stated === '##any') return () => true;
  if (stated === '##other') return (namespace) => namespace !== '' && namespace !== file.namespace;
  const listed = stated.split(/\s+/).map((each) => (each === '##targetNamespace' ? file.namespace : each === '##local' ? '' : each));
  return (namespace) => listed.includes(namespace);
}
