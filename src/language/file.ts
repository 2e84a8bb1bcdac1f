import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { isAlias, isMap, isPair, isScalar, isSeq, parseDocument, visit, type Document, type Node, type Pair } from 'yaml';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Loaded } from './loaded.ts';

/** A file that somebody wrote, as text: reading the disk is the caller's business. */
export interface TextFile {
  readonly path: string; // relative to its folder, '/' separated
  readonly text: string;
}

/** What a kind of file must look like: a JSON Schema, compiled when the first file of the kind is read. */
export type YamlKind = () => ValidateFunction;

export interface YamlOptions {
  readonly strings?: boolean; // every scalar is a string: `NO` is a country and `017` keeps its zero
}

/** Words of a JSON Schema that it does not know itself. */
export type Formats = Readonly<Record<string, (text: string) => boolean>>;
const noFormats: Formats = {};

/** The JSON Schemas of `schemas/config` by kind of file. */
export function yamlKinds(schemas: readonly TextFile[], kinds: readonly string[], formats: Formats = noFormats): ReadonlyMap<string, YamlKind> {
  const ajv = schemasTogether(schemas, formats);
  return new Map(
    kinds.map((kind) => {
      const id = `https://portolan.example/schemas/config/${kind}.schema.json`;
      if (!ajv.schemas[id]) throw new Error(`schemas/config/${kind}.schema.json is missing`);
      return [kind, () => ajv.getSchema(id) as ValidateFunction];
    }),
  );
}

const together = new WeakMap<Formats, Map<string, Ajv2020>>(); // by the texts of all of them

/**
 * The same texts are compiled once, however often a configuration is read. That they are JSON Schemas is known from the tests, and they are
 * asked too seldom for their code to be worth improving.
 */
function schemasTogether(schemas: readonly TextFile[], formats: Formats): Ajv2020 {
  const key = schemas.map(({ text }) => text).join('\0');
  const known = together.get(formats) ?? new Map<string, Ajv2020>();
  together.set(formats, known);
  const made = known.get(key);
  if (made) return made;
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, validateSchema: false, meta: false, code: { optimize: false } });
  for (const name of new Set(['duration', 'service-window', 'time-zone', ...Object.keys(formats)])) ajv.addFormat(name, formats[name] ?? true);
  for (const { text } of schemas) ajv.addSchema(JSON.parse(text) as object);
  known.set(key, ajv);
  return ajv;
}

/** YAML without anchors, aliases, tags and merge keys; then the JSON Schema of its kind. */
export function readYaml<T>(file: TextFile, kind: YamlKind, findings: Diagnostic[], options: YamlOptions = {}): Loaded<T> | undefined {
  const before = findings.length;
  const document = parse(file, options);
  const report = (message: string, start: number, end: number): number =>
    findings.push(finding('CONFIG_YAML', { message }, { rule: placeOf(file, start, end) }));
  for (const error of document.errors) report(error.message.split('\n')[0]!.replace(/ at line .*$/, ''), error.pos[0], error.pos[1]);
  if (/[&*!]/.test(file.text))
    visit(document, {
      Node(_, node) {
        const [start, end] = node.range ?? [0, 0];
        if (isAlias(node) || node.anchor) report('anchors and aliases are not allowed in the configuration', start, end);
        else if (node.tag && !node.tag.startsWith('tag:yaml.org,2002:')) report(`the tag \`${node.tag}\` is not allowed in the configuration`, start, end);
      },
    });
  if (findings.length > before) return undefined;
  const value: unknown = document.toJS();
  const validate = kind();
  if (validate(value)) return { value: value as T, path: file.path, at: (...keys) => placeAt(file, document, keys.map(String), false) };
  for (const error of clearest(validate.errors ?? [])) findings.push(schemaFinding(file, document, error));
  return undefined;
}

/** The same of a text that this program wrote as JSON: read many times faster. Where something is amiss it is told as of YAML, which it is too. */
export function readJson<T>(file: TextFile, kind: YamlKind, findings: Diagnostic[]): Loaded<T> | undefined {
  const value = JSON.parse(file.text) as T;
  if (!kind()(value)) return readYaml(file, kind, findings);
  let document: Document.Parsed | undefined;
  return { value, path: file.path, at: (...keys) => placeAt(file, (document ??= parse(file)), keys.map(String), false) };
}

/** What a text says that was read before. */
export const valueOfText = <T>(file: TextFile): T => parse(file).toJS() as T;

/** The place of the node at `keys` of a text that was read before. */
export const placeIn = (file: TextFile, ...keys: (string | number)[]): Place => placeAt(file, parse(file), keys.map(String), false);

const parse = ({ text }: TextFile, { strings }: YamlOptions = {}): Document.Parsed =>
  parseDocument(text, { uniqueKeys: true, merge: false, ...(strings ? { schema: 'failsafe' } : {}) });

/** Of the branches of a union only the union's own finding is told: the branches would say the same thing twice. */
function clearest(errors: readonly ErrorObject[]): ErrorObject[] {
  const unions = errors.filter((e) => e.keyword === 'anyOf' || e.keyword === 'oneOf');
  return errors.filter((e) => !unions.some((u) => u !== e && e.schemaPath.startsWith(`${u.schemaPath}/`)));
}

function schemaFinding(file: TextFile, document: Document.Parsed, error: ErrorObject): Diagnostic {
  const keys = error.instancePath
    .split('/')
    .slice(1)
    .map((k) => k.replace(/~1/g, '/').replace(/~0/g, '~'));
  const params = error.params as Record<string, unknown>;
  const where = keys.length === 0 ? 'the file' : `\`${keys.join('.')}\``;
  if (error.keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']);
    return finding('CONFIG_UNKNOWN_KEY', { key: name, where }, { rule: placeAt(file, document, [...keys, name], true), actual: name });
  }
  if (error.keyword === 'required') {
    const name = String(params['missingProperty']);
    return finding('CONFIG_KEY_MISSING', { key: name, where }, { rule: placeAt(file, document, keys, true), expected: [name] });
  }
  const allowed = params['allowedValues'];
  const expected = Array.isArray(allowed) ? allowed.map(String) : undefined;
  return finding('CONFIG_VALUE', { where, message: error.message ?? 'is not allowed' }, { rule: placeAt(file, document, keys, false), expected });
}

function placeAt(file: TextFile, document: Document.Parsed, keys: readonly string[], ofKey: boolean): Place {
  let node: Node | null = document.contents;
  let range = node?.range;
  keys.forEach((key, depth) => {
    const pair: Pair | undefined = isMap(node) ? node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key) : undefined;
    const next = isSeq(node) ? (node.items[Number(key)] as Node | undefined) : (pair?.value as Node | undefined);
    if (ofKey && depth === keys.length - 1 && isScalar(pair?.key)) range = pair.key.range;
    else if (next?.range) range = next.range;
    node = next ?? null;
  });
  return placeOf(file, range?.[0] ?? 0, range?.[1] ?? 0);
}

/** From UTF-16 offsets in the text to bytes in the file. */
function placeOf(file: TextFile, start: number, end: number): Place {
  const from = Buffer.byteLength(file.text.slice(0, start));
  return { source: file.path, start: from, end: from + Buffer.byteLength(file.text.slice(start, end)) };
}
