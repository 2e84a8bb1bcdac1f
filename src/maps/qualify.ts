import type { Place } from '../diagnostics/place.ts';
import type { Format, NestedFormat, NodeModel, Reporter } from './model.ts';

/**
 * Gives every XML node the tag by which readers know it. `dec:Declaration` begins a namespace that all below it share; a name
 * without a prefix is of the namespace around it, and below a document element that alone has one (`prefix`) of none. What is of
 * the document element's namespace has its local name for a tag.
 */
export function qualify<T extends NodeModel>(node: T, format: NestedFormat, reporter: Reporter, inherited?: string): T {
  if (format.family === 'json') return node; // a colon is part of a name there
  const [local = '', prefix] = node.tag.split(':').reverse();
  const around = inherited ?? format.namespace;
  const namespace = prefix === undefined ? around : format.namespaces[prefix];
  if (namespace === undefined) reporter.report('MAP_SHAPE', { message: `\`namespaces\` of \`format\` has no prefix \`${prefix ?? ''}\`` }, node.at);
  const tag = node.tag === '' ? '' : tagOf(local, namespace ?? around, format);
  const within = inherited === undefined && format.prefix !== '' ? '' : namespace;
  return { ...node, tag, nodes: node.nodes.map((child) => qualify(child, format, reporter, within ?? around)) };
}

export function tagOf(local: string, namespace: string, format: NestedFormat): string {
  return namespace === format.namespace ? local : `{${namespace}}${local}`;
}

/** An attribute as readers name it: one with a prefix has its namespace in front. */
export function attributeName(written: string, format: Format): string | undefined {
  const [local = '', prefix] = written.split(':').reverse();
  if (prefix === undefined) return local;
  const namespace = format.kind === 'nested' ? format.namespaces[prefix] : undefined;
  return namespace === undefined ? undefined : `{${namespace}}${local}`;
}

/** Where a node stands, by the path of the map: which of several it is, is not said. */
export function inDocument({ family }: NestedFormat, path: string, attribute: string | undefined): Pick<Place, 'xpath' | 'pointer'> {
  if (family === 'json') return { pointer: path.slice(path.indexOf('/')) };
  return { xpath: `/${path}${attribute === undefined ? '' : `/@${attribute}`}` };
}
