import { createRequire } from 'node:module';
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Loaded } from './loaded.ts';
import { nameOf, parseYaml, valueOf, yamlPlace, type Positioned, type Yaml, type YamlFault } from './yaml.ts';

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

const require = createRequire(import.meta.url); // what needs no schema loads none of this

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
  const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, validateSchema: false, meta: false, code: { optimize: false } });
  for (const name of new Set(['duration', 'service-window', 'time-zone', ...Object.keys(formats)])) ajv.addFormat(name, formats[name] ?? true);
  for (const { text } of schemas) ajv.addSchema(JSON.parse(text) as object);
  known.set(key, ajv);
  return ajv;
}

/** YAML without anchors, aliases, tags and merge keys; then the JSON Schema of its kind. */
export function readYaml<T>(file: TextFile, kind: YamlKind, findings: Diagnostic[], { strings }: YamlOptions = {}): Loaded<T> | undefined {
  const lost = file.text.indexOf('\u{fffd}'); // what a byte that is no UTF-8 was read as
  if (lost >= 0) {
    findings.push(finding('CONFIG_YAML', { message: 'the file is not in UTF-8' }, { rule: yamlPlace({ file, start: lost, end: lost + 1 }) }));
    return undefined;
  }
  const { root, faults } = parseYaml(file);
  const wrong = faults.filter(isRefused);
  for (const { what, message, start, end } of wrong)
    findings.push(finding('CONFIG_YAML', { message: refused[what](message) }, { rule: yamlPlace({ file, start, end }) }));
  if (wrong.length > 0) return undefined;
  const value: unknown = root === undefined ? null : valueOf(root, strings);
  const validate = kind();
  if (validate(value)) return { value: value as T, path: file.path, at: (...keys) => placeAt(file, root, keys.map(String), false) };
  for (const error of clearest(validate.errors ?? [], value)) findings.push(schemaFinding(file, root, error));
  return undefined;
}

const anchors = (): string => 'anchors and aliases are not allowed in the configuration';
/** A merge key is an ordinary key here, and no kind of file has it. */
type Refused = Exclude<YamlFault['what'], 'merge key'>;
const isRefused = (fault: YamlFault): fault is YamlFault & { readonly what: Refused } => fault.what !== 'merge key';
const refused: Readonly<Record<Refused, (message: string) => string>> = {
  syntax: (message) => message,
  alias: anchors,
  anchor: anchors,
  tag: (tag) => `the tag \`${tag}\` is not allowed in the configuration`,
};

/** The same of a text that this program wrote as JSON: read many times faster. Where something is amiss it is told as of YAML, which it is too. */
export function readJson<T>(file: TextFile, kind: YamlKind, findings: Diagnostic[]): Loaded<T> | undefined {
  const value = JSON.parse(file.text) as T;
  if (!kind()(value)) return readYaml(file, kind, findings);
  let root: Yaml | undefined;
  return { value, path: file.path, at: (...keys) => placeAt(file, (root ??= parseYaml(file).root), keys.map(String), false) };
}

/** What a text says that was read before. */
export function valueOfText<T>(file: TextFile): T {
  const { root } = parseYaml(file);
  return (root && valueOf(root)) as T;
}

/** The place of the node at `keys` of a text that was read before. */
export const placeIn = (file: TextFile, ...keys: (string | number)[]): Place => placeAt(file, parseYaml(file).root, keys.map(String), false);

/**
 * Of a union either what is wrong with the one branch that is of the kind of the value (an object with a key too many, where a text may stand as
 * well), or, where several are or none is, the union's own finding: the branches would say the same thing twice.
 */
function clearest(errors: readonly ErrorObject[], value: unknown): ErrorObject[] {
  const told = new Set(errors);
  for (const union of errors.filter(isUnion)) {
    const branches = new Map<string, ErrorObject[]>();
    for (const each of errors) {
      const branch = branchOf(each, union);
      if (branch !== undefined) branches.set(branch, [...(branches.get(branch) ?? []), each]);
    }
    const isText = typeof keysOf(union).reduce<unknown>((within, key) => (within as Record<string, unknown>)[key], value) !== 'object';
    const ofOtherKind = isText ? ['type'] : ['type', 'const', 'enum']; // words, where something with keys stands
    const meant = [...branches.values()].filter(
      (branch) => !branch.some((each) => ofOtherKind.includes(each.keyword) && each.instancePath === union.instancePath),
    );
    const clear = meant.length === 1 && meant[0]!.some((each) => !['pattern', 'enum', 'const'].includes(each.keyword)) ? meant[0] : undefined;
    for (const each of [...branches.values()].flat()) if (!clear?.includes(each)) told.delete(each);
    if (clear) told.delete(union);
  }
  return [...told];
}

const isUnion = ({ keyword }: ErrorObject): boolean => keyword === 'anyOf' || keyword === 'oneOf';

/** The branch of the union that the error is of; what a branch refers to has a path of its own. */
function branchOf(error: ErrorObject, union: ErrorObject): string | undefined {
  if (error === union || !`${error.instancePath}/`.startsWith(`${union.instancePath}/`)) return undefined;
  if (error.schemaPath.startsWith(`${union.schemaPath}/`)) return error.schemaPath.slice(union.schemaPath.length + 1).split('/')[0];
  return error.instancePath === union.instancePath && !isUnion(error) && error.schemaPath.startsWith('#/$defs/') ? 'of another place' : undefined;
}

const keysOf = ({ instancePath }: ErrorObject): string[] =>
  instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replace(/~1/g, '/').replace(/~0/g, '~'));

function schemaFinding(file: TextFile, root: Yaml | undefined, error: ErrorObject): Diagnostic {
  const keys = keysOf(error);
  const params = error.params as Record<string, unknown>;
  const where = keys.length === 0 ? 'the file' : `\`${keys.join('.')}\``;
  if (error.keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']);
    return finding('CONFIG_UNKNOWN_KEY', { key: name, where }, { rule: placeAt(file, root, [...keys, name], true), actual: name });
  }
  if (error.keyword === 'required') {
    const name = String(params['missingProperty']);
    return finding('CONFIG_KEY_MISSING', { key: name, where }, { rule: placeAt(file, root, keys, true), expected: [name] });
  }
  const allowed = params['allowedValues'];
  const expected = Array.isArray(allowed) ? allowed.map(String) : undefined;
  const message = isUnion(error) ? 'is none of the forms that the schema has for it' : (error.message ?? 'is not allowed');
  return finding('CONFIG_VALUE', { where, message }, { rule: placeAt(file, root, keys, false), expected });
}

function placeAt(file: TextFile, root: Yaml | undefined, keys: readonly string[], ofKey: boolean): Place {
  let node = root;
  let at: Positioned = root ?? { file, start: 0, end: 0 };
  keys.forEach((key, depth) => {
    const entry = node?.kind === 'map' ? node.entries.find((each) => nameOf(each.key) === key || each.key.text === key) : undefined;
    node = node?.kind === 'list' ? node.items[Number(key)] : entry?.value;
    if (ofKey && depth === keys.length - 1 && entry) at = entry.key;
    else if (node) at = node;
  });
  return yamlPlace(at);
}
