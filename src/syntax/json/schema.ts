import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';

/**
 * What a partner's documents look like: the part of JSON Schema (2020-12) that says where what stands. Reader, writer and check
 * work by it; a keyword that it does not have is a finding, never passed over.
 */
export interface JsonType {
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly properties: ReadonlyMap<string, JsonType>; // of an object
  readonly required: readonly string[];
  readonly closed: boolean; // nothing but what `properties` names
  readonly items: JsonType | undefined; // of an array
  readonly minItems: number;
  readonly maxItems: number;
  readonly values: readonly string[] | undefined; // `enum`, or `const` alone
  readonly minLength: number; // characters
  readonly maxLength: number;
}

export interface JsonSchema {
  readonly name: string; // 'parcel-advice': that of its file
  readonly root: JsonType;
  readonly marks: readonly (readonly [name: string, value: string])[]; // members of the document that have one value: by them it is known
  readonly sole?: string; // the one member that holds all the document says: by its name it is known
}

/** The schema of a file, or what stands against it. */
export function readJsonSchema(name: string, text: string): { readonly schema: JsonSchema | undefined; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const problem = (message: string): void => void findings.push(finding('JSON_SCHEMA', { schema: name, message }));
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (error) {
    problem(error instanceof Error ? error.message : String(error));
    return { schema: undefined, findings };
  }
  const definitions = isObject(written) && isObject(written['$defs']) ? written['$defs'] : {};
  const root = readType(written, '#', []);
  if (root && root.kind !== 'object') problem('a document is an object');
  const marks = [...(root?.properties ?? [])].flatMap(([member, { values }]) => (values?.length === 1 ? [[member, values[0]!] as const] : []));
  const [[sole, held] = [], ...others] = root?.closed ? [...root.properties] : [];
  const isSole = sole !== undefined && others.length === 0 && held?.kind === 'object' && root?.required.includes(sole) === true;
  if (root && marks.length === 0 && !isSole) problem('no member of the document is a `const`: nobody could tell that a document is one of these');
  return { schema: findings.length === 0 && root ? { name, root, marks, ...(isSole && { sole }) } : undefined, findings };

  function readType(value: unknown, at: string, above: readonly string[]): JsonType | undefined {
    if (!isObject(value)) return void problem(`${at} is no object`);
    const reference = value['$ref'];
    if (typeof reference === 'string') {
      const definition = /^#\/\$defs\/([\w-]+)$/.exec(reference)?.[1];
      if (definition === undefined || !(definition in definitions)) return void problem(`${at} refers to \`${reference}\`, which is not below #/$defs`);
      if (above.includes(definition)) return void problem(`${at} comes back to \`${definition}\`: a document has an end`);
      return readType(definitions[definition], `#/$defs/${definition}`, [...above, definition]);
    }
    for (const key of Object.keys(value)) if (!keywords.has(key)) problem(`${at} has the keyword \`${key}\``);
    const kind = value['type'];
    if (typeof kind !== 'string' || !kinds.has(kind)) return void problem(`${at} has no \`type\` of ${[...kinds].join(', ')}`);
    const named = isObject(value['properties']) ? value['properties'] : {};
    const properties = new Map<string, JsonType>();
    for (const [name, each] of Object.entries(named)) {
      const type = readType(each, `${at}/properties/${name}`, above);
      if (type) properties.set(name, type);
    }
    const items = kind === 'array' ? readType(value['items'], `${at}/items`, above) : undefined;
    if (items?.kind === 'array') problem(`${at} is an array of arrays, which no map can name`);
    const stated = 'const' in value ? [value['const']] : value['enum'];
    return {
      kind: kind as JsonType['kind'],
      properties,
      required: strings(value['required']),
      closed: value['additionalProperties'] === false,
      items,
      minItems: count(value['minItems'], 0),
      maxItems: count(value['maxItems'], Infinity),
      values: Array.isArray(stated) ? stated.map(String) : undefined,
      minLength: count(value['minLength'], 0),
      maxLength: count(value['maxLength'], Infinity),
    };
  }
}

const kinds: ReadonlySet<string> = new Set<JsonType['kind']>(['object', 'array', 'string', 'number', 'integer', 'boolean']);
const keywords: ReadonlySet<string> = new Set(
  '$schema $id $comment $defs title description type properties required additionalProperties items minItems maxItems const enum minLength maxLength'.split(
    ' ',
  ),
);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const count = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
