import { at, substitute, type Yaml, type YamlEntry } from './load.ts';
import { Keys, type Reporter } from './model.ts';

/** A part: pieces of the three layers that are used more than once. Compile-time substitution only; parts may not recurse. */
interface Part {
  readonly name: string;
  readonly params: readonly string[];
  readonly defaults: ReadonlyMap<string, string>; // of the parameters that a use may leave out: `region=3229`
  readonly nodes: readonly Yaml[];
  readonly classes: readonly Yaml[];
  readonly elements: readonly YamlEntry[];
  readonly at: Yaml;
  readonly own: boolean; // declared in the map itself: then it must be used
}

export interface Parts {
  find(name: string): Part | undefined;
  reportUnused(reporter: Reporter): void;
}

export const noParts: Parts = { find: () => undefined, reportUnused: () => undefined };

/** Reads a `parts` section; what it does not hold is looked for in `shared`. */
export function readParts(entries: readonly YamlEntry[], shared: Parts, reporter: Reporter): Parts {
  const parts = new Map<string, Part>();
  const used = new Set<string>();
  for (const { key, value } of entries) {
    const keys = new Keys(value, `part \`${key.text}\``, reporter);
    const params = keys.list('params').map((item) => (item.kind === 'scalar' ? item.text : '').split('='));
    parts.set(key.text, {
      name: key.text,
      params: params.map(([name]) => name!.trim()),
      defaults: new Map(params.flatMap(([name, ...value]) => (value.length > 0 ? [[name!.trim(), value.join('=').trim()]] : []))),
      nodes: keys.list('nodes'),
      classes: keys.list('classes'),
      elements: keys.entries('elements'),
      at: key,
      own: true,
    });
    keys.done();
  }
  return {
    find(name) {
      used.add(name);
      return parts.get(name) ?? shared.find(name);
    },
    reportUnused(reporter) {
      for (const part of parts.values()) if (!used.has(part.name)) reporter.report('MAP_UNUSED', { what: 'part', name: part.name }, part.at);
    },
  };
}

/** What `others` has in place of what `parts` has. */
export function instead(others: Parts, parts: Parts): Parts {
  return {
    find: (name) => {
      const own = parts.find(name); // asked in any case: it is used
      return others.find(name) ?? own;
    },
    reportUnused: (reporter) => parts.reportUnused(reporter),
  };
}

/** `use: name(param=value, …)`, or undefined where the node uses no part. */
function usage(item: Yaml, parts: Parts, reporter: Reporter): { part: Part; args: Map<string, string> } | 'none' | 'unknown' {
  const use = item.kind === 'map' ? item.entries.find((entry) => entry.key.text === 'use')?.value : undefined;
  if (!use) return 'none';
  const match = use.kind === 'scalar' ? /^([\w-]+)(?:\((.*)\))?$/.exec(use.text.trim()) : null;
  if (!match) {
    reporter.report('MAP_SHAPE', { message: '`use` is written name(param=value, …)' }, use);
    return 'unknown';
  }
  const part = parts.find(match[1]!);
  if (!part) {
    reporter.report('MAP_UNKNOWN_PART', { name: match[1]!, suggestion: '' }, use);
    return 'unknown';
  }
  const args = new Map(part.defaults);
  for (const piece of (match[2] ?? '').split(',').filter((text) => text.trim() !== '')) {
    const equals = piece.indexOf('=');
    args.set(piece.slice(0, equals).trim(), piece.slice(equals + 1).trim());
  }
  const missing = part.params.filter((param) => !args.has(param));
  const extra = [...args.keys()].filter((param) => !part.params.includes(param));
  if (missing.length > 0 || extra.length > 0) {
    reporter.report('MAP_SHAPE', { message: `part \`${part.name}\` takes ${part.params.join(', ')}` }, use);
    return 'unknown';
  }
  return { part, args };
}

export interface Expansion {
  readonly items: readonly Yaml[];
  readonly elements: readonly { readonly name: string; readonly value: Yaml }[];
}

/** What a `use` stands for in one layer, or undefined where the item uses no part. Parts may use parts, but not themselves. */
export function expand(item: Yaml, layer: 'nodes' | 'classes', parts: Parts, reporter: Reporter, depth: number): Expansion | undefined {
  const used = usage(item, parts, reporter);
  if (used === 'none') return undefined;
  if (used === 'unknown') return { items: [], elements: [] };
  if (depth > maximumDepth) {
    reporter.report('MAP_SHAPE', { message: `part \`${used.part.name}\` uses itself` }, item);
    return { items: [], elements: [] };
  }
  const { part, args } = used;
  const elements =
    layer === 'classes' ? [] : part.elements.map((entry) => ({ name: textOf(substitute(entry.key, args, item)), value: substitute(entry.value, args, item) }));
  return {
    items: continued(
      part[layer].map((node) => substitute(node, args, item)),
      item,
      layer,
      reporter,
    ),
    elements,
  };
}

/** What may stand beside `use`, and goes on where the part ends. */
const beside: Readonly<Record<'nodes' | 'classes', readonly string[]>> = { nodes: ['nodes'], classes: ['classes', 'attrs', 'carry'] };

/** `{ use: parties(p=x), nodes: […] }`: what stands below the one group of a part, and likewise `classes` and `attrs` of its one class. */
function continued(items: readonly Yaml[], item: Yaml, layer: 'nodes' | 'classes', reporter: Reporter): readonly Yaml[] {
  const more = item.kind === 'map' ? item.entries.filter(({ key }) => key.text !== 'use') : [];
  for (const { key } of more) {
    if (!beside[layer].includes(key.text))
      reporter.report('MAP_SHAPE', { message: `beside \`use\` stands ${beside[layer].join(', ')}, not \`${key.text}\`` }, key);
  }
  const [only] = items;
  if (more.length === 0) return items;
  if (items.length !== 1 || only?.kind !== 'map') {
    reporter.report('MAP_SHAPE', { message: `only a part that is one ${layer === 'nodes' ? 'group' : 'class'} goes on beside \`use\`` }, more[0]!.key);
    return items;
  }
  const kept = only.entries.filter(({ key }) => !more.some((each) => each.key.text === key.text));
  return [{ ...only, entries: [...kept, ...more.map(({ key, value }) => ({ key, value: joined(at(only, key.text), value) }))] }];
}

/** A list or mapping, and what is added to it. */
function joined(own: Yaml | undefined, more: Yaml): Yaml {
  if (own?.kind === 'list' && more.kind === 'list') return { ...own, items: [...own.items, ...more.items] };
  if (own?.kind === 'map' && more.kind === 'map') return { ...own, entries: [...own.entries, ...more.entries] };
  return more;
}

const maximumDepth = 8;
const textOf = (node: Yaml): string => (node.kind === 'scalar' ? node.text : '');
