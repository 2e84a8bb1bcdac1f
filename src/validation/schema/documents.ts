import type { Unit } from '../../syntax/unit.ts';
import { xmlReader } from '../../syntax/xml/reader.ts';

/** XML Schema (part 1, 1.0). */
const schemaNamespace = 'http://www.w3.org/2001/XMLSchema';

/** A file of a schema, as it is read here. */
export interface SchemaSource {
  readonly path: string; // imports name it relative to the file that imports
  readonly text: string | Uint8Array;
}

/** An element of a schema file that says something: annotations and what is of another namespace are left out. */
export interface SchemaNode {
  readonly name: string; // local
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly SchemaNode[];
  readonly namespaces: ReadonlyMap<string, string>; // in scope, by prefix
  readonly file: SchemaFileHead;
}

/** What a schema file says for all that stands in it. */
export interface SchemaFileHead {
  readonly namespace: string; // target
  readonly qualifiedElements: boolean; // elements that are not global have the namespace
  readonly qualifiedAttributes: boolean;
}

/** What is global, by kind and name: `complexType {urn:x}PartyType`. */
export type Components = ReadonlyMap<string, SchemaNode>;

/** Whether an attribute declares a namespace. */
export const isDeclaration = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:');

/** A name with its namespace, in one text. */
export const expanded = (namespace: string, local: string): string => `{${namespace}}${local}`;

export const isOfSchema = (name: string): boolean => name.startsWith(`{${schemaNamespace}}`);

/** Whether an attribute says yes (`xs:boolean`). */
export const isTrue = ({ attributes }: SchemaNode, name: string): boolean => ['true', '1'].includes(attributes.get(name) ?? '');

/** The name that a QName in an attribute of `node` means; undefined where its prefix is not declared. */
export function nameMeant({ namespaces }: SchemaNode, qname: string): string | undefined {
  const [prefix, local] = qname.includes(':') ? (qname.split(':', 2) as [string, string]) : ['', qname];
  const namespace = namespaces.get(prefix) ?? (prefix === '' ? '' : undefined);
  return namespace === undefined ? undefined : expanded(namespace, local);
}

const kinds: readonly string[] = ['element', 'complexType', 'simpleType', 'group', 'attribute', 'attributeGroup'];

/**
 * All that is global in a schema and in what it imports and includes. Undefined where its files stand to one another in a way that is
 * not followed here: one redefines another or takes its namespace, a namespace comes from two imports, a name is given twice, or one that
 * is included cannot be read.
 */
export function readComponents(files: readonly SchemaSource[], main: string): Components | undefined {
  const components = new Map<string, SchemaNode>();
  const imported = new Map<string, string>(); // the file that a namespace comes from first: another for it is not looked at by libxml2
  const read = new Set<string>();
  const take = (path: string, isOwn: boolean, expected?: string): boolean => {
    if (read.has(path)) return true;
    read.add(path);
    const source = files.find((file) => file.path === path);
    const top = source && readSchema(source.text);
    if (!top) return !isOwn; // what it would have given is missed where it is asked for
    const { namespace } = top.file;
    if (expected !== undefined && namespace !== expected) return false;
    if (path === main) imported.set(namespace, main);
    for (const node of top.children) {
      const location = node.attributes.get('schemaLocation');
      if (node.name === 'redefine' || node.name === 'override') return false;
      if (node.name === 'include' || node.name === 'import') {
        if (location === undefined) continue;
        const from = pathFrom(path, location);
        const other = node.name === 'include' ? namespace : (node.attributes.get('namespace') ?? '');
        if (node.name === 'import' && (imported.get(other) ?? from) !== from && !read.has(from)) return false;
        if (node.name === 'import' && !imported.has(other)) imported.set(other, from);
        if (!take(from, node.name === 'include', other)) return false;
      } else if (kinds.includes(node.name)) {
        const key = `${node.name} ${expanded(namespace, node.attributes.get('name') ?? '')}`;
        if (components.has(key)) return false;
        components.set(key, node);
      }
    }
    return true;
  };
  return take(main, true) ? components : undefined;
}

/** The path of a file that is named relative to another. */
function pathFrom(path: string, location: string): string {
  const steps = path.split('/').slice(0, -1);
  for (const step of location.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.') steps.push(step);
  }
  return steps.join('/');
}

interface OpenNode extends SchemaNode {
  readonly children: SchemaNode[];
}

/** The document element of a schema file; undefined where it is none, or cannot be read. */
function readSchema(text: string | Uint8Array): SchemaNode | undefined {
  const open: (OpenNode | undefined)[] = []; // undefined: nothing that counts
  let top: SchemaNode | undefined;
  let isSchema = false;
  let isReadable = true;
  const begin = (unit: Unit): OpenNode | undefined => {
    const above = open.at(-1);
    if (open.length > 0 && (!above || unit.tag.startsWith('{') || unit.tag === 'annotation' || unit.tag === '#text')) return undefined;
    const attributes = new Map<string, string>();
    let namespaces = above?.namespaces ?? new Map<string, string>();
    for (let atom = 0; atom < unit.size; atom++) {
      const name = unit.name(atom);
      if (name === undefined) continue;
      const text = unit.text(atom);
      if (isDeclaration(name)) namespaces = new Map([...namespaces, [name.slice('xmlns:'.length), text]]);
      else attributes.set(name, verbatim.includes(name) ? text : text.trim());
    }
    const node = { name: unit.tag, attributes, children: [], namespaces, file: above?.file ?? headOf(attributes) };
    if (above) above.children.push(node);
    else top = node;
    return node;
  };
  const reader = xmlReader(
    {
      message: ({ type, namespace }) => void (isSchema = type === 'schema' && namespace === schemaNamespace),
      unit(unit) {
        if (unit.kind === 'close') return void open.pop();
        const node = begin(unit);
        if (unit.kind === 'open') open.push(node);
      },
      finding: ({ severity }) => void (isReadable &&= severity !== 'error'),
    },
    { whole: true, allAttributes: true },
  );
  reader.push(typeof text === 'string' ? Buffer.from(text) : text);
  reader.end();
  return isSchema && isReadable ? top : undefined;
}

const verbatim: readonly string[] = ['value', 'fixed']; // blanks in them count

function headOf(attributes: ReadonlyMap<string, string>): SchemaFileHead {
  return {
    namespace: attributes.get('targetNamespace') ?? '',
    qualifiedElements: attributes.get('elementFormDefault') === 'qualified',
    qualifiedAttributes: attributes.get('attributeFormDefault') === 'qualified',
  };
}
