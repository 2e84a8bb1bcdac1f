import type { MessageNode } from '../segmented.ts';
import type { CompositePart, Directory, ElementPart } from '../segments/directory.ts';
import { formatText } from '../segments/tables.ts';

/** A component, composite or data element where it is used. */
export interface PartView {
  readonly id: string;
  readonly name: string;
  readonly status: 'M' | 'C';
  readonly repeat: number;
  readonly format?: string; // 'an..35'; of data elements
  readonly parts?: readonly PartView[]; // of composites
}

/** A place in a message; a group has `nodes`. */
export interface NodeView {
  readonly id: string;
  readonly name?: string; // of segments
  readonly status: 'M' | 'C';
  readonly repeat: number;
  readonly nodes?: readonly NodeView[];
}

/** What a directory says of an id: `3035`, `C507`, `NAD`, or a message type. */
export type Thing =
  | { readonly kind: 'element'; readonly id: string; readonly name: string; readonly format: string; readonly codes: number }
  | { readonly kind: 'composite' | 'segment'; readonly id: string; readonly name: string; readonly parts: readonly PartView[] }
  | { readonly kind: 'message'; readonly id: string; readonly version: string; readonly agency: string; readonly nodes: readonly NodeView[] };

/** Undefined where the directory has nothing of that id. */
export function lookUp(directory: Directory, id: string): Thing | undefined {
  const element = directory.elements.get(id);
  if (element) return { kind: 'element', id, name: element.name, format: formatText(element.format), codes: directory.codes(id)?.size ?? 0 };
  const composite = directory.composites.get(id);
  if (composite) return { kind: 'composite', id, name: composite.name, parts: composite.parts.map(partView) };
  const segment = directory.segments.get(id);
  if (segment) return { kind: 'segment', id, name: segment.name, parts: segment.parts.map(partView) };
  const message = directory.message(id);
  if (!message) return undefined;
  const view = ({ id: tag, required, repeat, nodes }: MessageNode): NodeView => {
    const name = directory.segments.get(tag)?.name;
    return { id: tag, ...(name === undefined ? {} : { name }), status: required ? 'M' : 'C', repeat, ...(nodes ? { nodes: nodes.map(view) } : {}) };
  };
  return { kind: 'message', id, version: `${message.version} ${message.release}`, agency: message.agency, nodes: message.nodes.map(view) };
}

function partView({ id, required, repeat, element, composite }: ElementPart | CompositePart): PartView {
  const common = { id, name: (element ?? composite).name, status: required ? 'M' : 'C', repeat } as const;
  return element ? { ...common, format: formatText(element.format) } : { ...common, parts: composite.parts.map(partView) };
}

/** Where an id is used: a component in composites and segments, a composite in segments, a segment in messages. */
export function usesOf(directory: Directory, id: string): readonly string[] {
  const has = (parts: readonly { readonly id: string }[]): boolean => parts.some((part) => part.id === id);
  const composites = [...directory.composites.values()].filter(({ parts }) => has(parts)).map((each) => each.id);
  const segments = [...directory.segments.values()].filter(({ parts }) => has(parts)).map(({ tag }) => tag);
  if (!directory.segments.has(id)) return [...composites, ...segments];
  return directory.messageTypes.filter((type) => tagsOf(directory.message(type)!.nodes).has(id));
}

const tagsOf = (nodes: readonly MessageNode[]): ReadonlySet<string> => new Set(nodes.flatMap((node) => (node.nodes ? [...tagsOf(node.nodes)] : [node.id])));

/** One line that holds every fact but the names of others: two readings are alike when their lines are. */
export function reading(thing: Thing): string {
  const mark = ({ id, status, repeat }: PartView | NodeView): string => `${id}${status === 'M' ? '!' : ''}${repeat > 1 ? `*${repeat}` : ''}`;
  if (thing.kind === 'element') return `${thing.format} ${thing.name}`;
  if (thing.kind !== 'message') return `${thing.parts.map(mark).join(' ')} ${thing.name}`;
  const nodes = (list: readonly NodeView[]): string => list.map((node) => `${mark(node)}${node.nodes ? `(${nodes(node.nodes)})` : ''}`).join(' ');
  return nodes(thing.nodes);
}

export interface Change {
  readonly change: 'added' | 'removed' | 'changed' | 'renamed';
  readonly what: string; // `NAD`, `SG4 (CNI) / SG5 (RFF)`, `3035 CN`
  readonly before?: string;
  readonly after?: string;
}

/** What became of an id from one directory to another. Of a message also what became of the segments it uses. Undefined: neither has it. */
export function compareThing(before: Directory, after: Directory, id: string): readonly Change[] | undefined {
  const [older, newer] = [lookUp(before, id), lookUp(after, id)];
  if (!older && !newer) return undefined;
  if (!older || !newer) return [{ change: older ? 'removed' : 'added', what: id }];
  if (older.kind !== 'message' || newer.kind !== 'message') return [...definition(before, after, id), ...below(before, after, [id])];
  const tags = [...tagsOf(before.message(id)!.nodes)].filter((tag) => tagsOf(after.message(id)!.nodes).has(tag));
  return [...structure(older.nodes, newer.nodes, ''), ...tags.flatMap((tag) => definition(before, after, tag)), ...below(before, after, tags)];
}

/** Of one id, without what stands below it. */
function definition(before: Directory, after: Directory, id: string): readonly Change[] {
  const [older, newer] = [lookUp(before, id), lookUp(after, id)];
  if (!older || !newer || older.kind === 'message' || newer.kind === 'message') return [];
  const [was, is] = [reading(older), reading(newer)];
  if (was === is) return [];
  const alike = was.slice(0, -older.name.length) === is.slice(0, -newer.name.length);
  return [{ change: alike ? 'renamed' : 'changed', what: id, before: was, after: is }];
}

/** Of the composites, data elements and code values that the ids have in both directories. */
function below(before: Directory, after: Directory, ids: readonly string[]): readonly Change[] {
  const inside = (directory: Directory, id: string): readonly string[] => {
    const parts = directory.segments.get(id)?.parts ?? directory.composites.get(id)?.parts ?? [];
    return parts.flatMap((part) => [part.id, ...inside(directory, part.id)]);
  };
  const newer = new Set(ids.flatMap((id) => [id, ...inside(after, id)]));
  const both = [...new Set(ids.flatMap((id) => [id, ...inside(before, id)]))].filter((id) => newer.has(id));
  return both.flatMap((id) => [...(ids.includes(id) ? [] : definition(before, after, id)), ...(/^\d/.test(id) ? codes(before, after, id) : [])]);
}

function codes(before: Directory, after: Directory, id: string): readonly Change[] {
  const [older, newer] = [before.codes(id) ?? new Map<string, string>(), after.codes(id) ?? new Map<string, string>()];
  return [...new Set([...older.keys(), ...newer.keys()])].flatMap((code): Change[] => {
    const [was, is] = [older.get(code), newer.get(code)];
    if (was === is) return [];
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'renamed';
    return [{ change, what: `${id} ${code}`, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}

/** Groups are known by their trigger, since their numbers move with every group before them. */
function structure(before: readonly NodeView[], after: readonly NodeView[], where: string): readonly Change[] {
  const key = (node: NodeView): string => (node.nodes ? `group ${node.nodes[0]!.id}` : node.id);
  const name = (node: NodeView): string => `${where}${node.nodes ? `${node.id} (${node.nodes[0]!.id})` : node.id}`;
  const count = ({ status, repeat }: NodeView): string => `${status} ${repeat}`;
  return align(before, after, key).flatMap(([older, newer]): Change[] => {
    if (!older) return [{ change: 'added', what: name(newer!), after: count(newer!) }];
    if (!newer) return [{ change: 'removed', what: name(older), before: count(older) }];
    const own: Change[] = count(older) === count(newer) ? [] : [{ change: 'changed', what: name(newer), before: count(older), after: count(newer) }];
    return older.nodes && newer.nodes ? [...own, ...structure(older.nodes, newer.nodes, `${name(newer)} / `)] : own;
  });
}

/** The two sequences side by side, with as many pairs as can be. */
function align<T>(a: readonly T[], b: readonly T[], key: (each: T) => string): readonly [T | undefined, T | undefined][] {
  const common = a.map(() => b.map(() => 0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) common[i]![j] = key(a[i]!) === key(b[j]!) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const pairs: [T | undefined, T | undefined][] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && key(a[i]!) === key(b[j]!)) pairs.push([a[i++], b[j++]]);
    else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) pairs.push([a[i++], undefined]);
    else pairs.push([undefined, b[j++]]);
  }
  return pairs;
}

export interface Found {
  readonly kind: 'message' | 'segment' | 'composite' | 'element' | 'code';
  readonly id: string; // of a code: `3035 CN`
  readonly name: string;
}

/** Everything of a directory whose id is the text, or whose name holds it, in upper or lower case. */
export function searchDirectory(directory: Directory, text: string): readonly Found[] {
  const wanted = text.toLowerCase();
  const hit = ({ id, name }: Found): boolean => id.toLowerCase() === wanted || name.toLowerCase().includes(wanted);
  const named = (kind: Found['kind'], things: Iterable<readonly [string, { readonly name: string }]>): Found[] => [...things].map(([id, { name }]) => ({ kind, id, name })); // prettier-ignore
  const codes = directory.codedElements.flatMap((id) => [...directory.codes(id)!].map(([code, name]): Found => ({ kind: 'code', id: `${id} ${code}`, name })));
  return [
    ...directory.messageTypes.map((id): Found => ({ kind: 'message', id, name: '' })),
    ...named('segment', directory.segments),
    ...named('composite', directory.composites),
    ...named('element', directory.elements),
    ...codes,
  ].filter(hit);
}
