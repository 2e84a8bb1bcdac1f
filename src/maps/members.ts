import { didYouMean } from '../diagnostics/suggest.ts';
import type { JsonSchema, JsonType } from '../syntax/json/schema.ts';
import { fits, words } from '../syntax/json/structure.ts';
import type { TextForm, WireFormat } from '../syntax/segmented.ts';
import type { NodeModel, Reporter } from './model.ts';

/**
 * What the schema of a document says of the members that a map names: the form of each text. A name that the schema does not have,
 * and a member that is of another kind there, are errors of the map.
 */
export function memberFormats(document: NodeModel, schema: JsonSchema, reporter: Reporter): ReadonlyMap<NodeModel, WireFormat> {
  const formats = new Map<NodeModel, WireFormat>();
  const wrong = (node: NodeModel, message: string, suggestion = ''): void =>
    reporter.report('MAP_SHAPE', { message: `\`${node.tag}\` ${message} in the schema ${schema.name}${suggestion}` }, node.at);

  const enter = (node: NodeModel, { properties }: JsonType): void => {
    for (const child of node.nodes) {
      if (child.tag === '') {
        enter(child, { properties } as JsonType);
        continue;
      }
      const stated = properties.get(child.tag);
      if (!stated) {
        const suggestion = child.tag === 'document' ? ': `json: document` stands beside `group: message`' : didYouMean(child.tag, properties.keys());
        wrong(child, `is no member of ${node.tag === '' ? 'the document' : `\`${node.tag}\``}`, suggestion);
        continue;
      }
      const type = stated.kind === 'array' ? stated.items : stated;
      if (stated.kind !== 'array' && child.occurs.max > 1) wrong(child, 'is no array, and occurs once');
      if (!type) continue;
      if (type.kind === 'object') {
        if (child.binds.length > 0) wrong(child, 'is an object, not a text');
        enter(child, type);
      } else if (child.nodes.length > 0) wrong(child, `is ${words[type.kind]}, and holds nothing`);
      else formats.set(child, formatOf(type));
    }
  };
  enter(document, schema.root);
  return formats;
}

/** An XML document as JSON that has its elements for members, as many as there are in arrays, and attributes as members `@name` beside them. */
export function asMembers<T extends NodeModel>(element: T): T {
  const attributes = element.binds.filter(({ id }) => id.startsWith('@'));
  const members = attributes.map(({ id, value, at }): NodeModel => ({ ...bare, id, tag: id, binds: [{ id: 'text', value, at }], at }));
  const binds = element.binds.filter((each) => !attributes.includes(each));
  return { ...element, binds, nodes: [...members, ...element.nodes.map(asMembers)] };
}

const bare = {
  kind: 'element',
  group: undefined,
  ifThere: false,
  occurs: { min: 0, max: 1 },
  selectors: [],
  fixed: [],
  each: undefined,
  when: undefined,
  choice: 0,
  nodes: [],
} as const;

function formatOf({ kind, values, minLength, maxLength }: JsonType): WireFormat {
  const form = values ? oneOf(values) : forms[kind];
  return { type: 'an', min: Math.max(minLength, 1), max: maxLength, form };
}

const oneOf = (values: readonly string[]): TextForm => ({
  words: values.length === 1 ? `\`${values[0]!}\`` : `one of ${values.join(', ')}`,
  fits: (text) => values.includes(text),
  example: (random) => values[Math.floor(random() * values.length)]!,
});

const forms: Readonly<Partial<Record<JsonType['kind'], TextForm>>> = {
  number: { words: words.number, fits: fits.number, example: (random) => (random() * 10_000).toFixed(2) },
  integer: { words: words.integer, fits: fits.integer, example: (random) => String(Math.floor(random() * 10_000)) },
  boolean: oneOf(['true', 'false']),
};
