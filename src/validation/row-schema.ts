import { createRequire } from 'node:module';
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { BoundedFindings } from '../diagnostics/bounded.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import type { Rows, Value } from '../dictionary/rows.ts';
import type { Loaded } from '../language/loaded.ts';
import { shown } from './fact-path.ts';
import { nearestPlace } from './nearest-place.ts';
import { classesNamed } from './rule.ts';

/**
 * What an agency wants of the rows of a class, in JSON Schema: `schemas/agencies/<name>/schema.yaml`. A row is an object: its
 * attributes as in canonical JSON, of each class below it the rows, as objects without members. So one row is looked at at a
 * time, and a message of any size costs no more memory than its widest row.
 */
export interface RowSchemaFile {
  readonly title: string;
  readonly source: string;
  readonly classes: Readonly<Record<string, JsonSchema>>;
}

const require = createRequire(import.meta.url); // few agencies have a schema

type JsonSchema = Readonly<Record<string, unknown>>;

export interface RowSchema {
  check(rows: Rows): readonly Diagnostic[];
  readonly paths: readonly string[]; // of all attributes it names
}

interface Compiled {
  readonly cls: DictionaryClass;
  readonly validate: ValidateFunction;
  at(error: ErrorObject): Place;
}

/** Compiles the schemas of a file: names that the dictionary does not know and what is no JSON Schema are findings. */
export function compileRowSchema(
  file: Loaded<RowSchemaFile>,
  dictionary: Dictionary,
): { readonly schema: RowSchema; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const byClass = new Map<number, Compiled[]>();
  const paths = new Set<string>();
  const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
  for (const [pattern, schema] of Object.entries(file.value.classes)) {
    const classes = classesNamed(pattern, dictionary);
    const place = file.at('classes', pattern);
    if (classes.length === 0) {
      const suggestion = didYouMean(
        pattern,
        dictionary.classes.map(({ path }) => path),
      );
      findings.push(finding('RULE_PATH', { rule: file.path, path: pattern, suggestion }, { rule: place, actual: pattern }));
      continue;
    }
    const before = findings.length;
    for (const { keys, name } of namesIn(schema)) {
      const unknown = classes.find((cls) => ![...cls.attributes, ...cls.classes].some((each) => each.name === name));
      if (unknown) {
        const known = [...unknown.attributes, ...unknown.classes].map((each) => each.name);
        const args = { rule: file.path, key: pattern, message: `there is no \`${name}\` in ${unknown.path}${didYouMean(name, known)}` };
        findings.push(finding('RULE_EXPRESSION', args, { rule: file.at('classes', pattern, ...keys), actual: name }));
      }
      for (const { path } of classes.flatMap((cls) => cls.attributes.filter((each) => each.name === name))) paths.add(path);
    }
    const validate =
      findings.length > before
        ? undefined
        : compiled(ajv, schema, (message) => findings.push(finding('RULE_EXPRESSION', { rule: file.path, key: pattern, message }, { rule: place })));
    if (!validate) continue;
    const at = (error: ErrorObject): Place => file.at('classes', pattern, ...error.schemaPath.slice(2).split('/').map(unescaped));
    for (const cls of classes) byClass.set(cls.index, [...(byClass.get(cls.index) ?? []), { cls, validate, at }]);
  }
  return { schema: { check: (rows) => checkRowSchemas(rows, byClass), paths: [...paths] }, findings };
}

const unescaped = (key: string): string => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');

function compiled(ajv: Ajv2020, schema: JsonSchema, problem: (message: string) => void): ValidateFunction | undefined {
  try {
    return ajv.compile(schema);
  } catch (error) {
    problem(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** The names a schema speaks of, wherever `properties`, `required` and the like stand in it; those of a quantity's members are its own. */
function namesIn(schema: unknown, keys: readonly (string | number)[] = []): readonly { readonly name: string; readonly keys: readonly (string | number)[] }[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    const here = [...keys, key];
    if (key === 'properties') return Object.keys(value as object).map((name) => ({ name, keys: [...here, name] }));
    if (key === 'required' && Array.isArray(value)) return value.map((name, i) => ({ name: String(name), keys: [...here, i] }));
    if (Array.isArray(value)) return value.flatMap((each, i) => namesIn(each, [...here, i]));
    return ['if', 'then', 'else', 'not'].includes(key) ? namesIn(value, here) : [];
  });
}

function checkRowSchemas(rows: Rows, byClass: ReadonlyMap<number, readonly Compiled[]>): readonly Diagnostic[] {
  const findings = new BoundedFindings();
  for (let row = 0; row < rows.size; row++) {
    const all = byClass.get(rows.classIndex(row));
    if (!all || rows.removed(row) || rows.parent(row) < -1 || rows.mode(row) === 'delete' || rows.mode(row) === 'unchanged') continue;
    const object = objectOf(rows, row);
    for (const { cls, validate, at } of all) {
      if (validate(object)) continue;
      for (const error of clearest(validate.errors ?? [])) findings.push(told(rows, row, cls, error, at(error)));
    }
  }
  return findings.all();
}

const empty = Object.freeze({});

function objectOf(rows: Rows, row: number): Record<string, unknown> {
  const cls = rows.class(row);
  const object: Record<string, unknown> = {};
  for (const { slot, name } of cls.attributes) {
    const value: Value | undefined = rows.get(row, slot);
    if (value !== undefined) object[name] = value;
  }
  for (let child = rows.firstChild(row); child >= 0; child = rows.nextSibling(child)) {
    if (rows.removed(child)) continue;
    const { name, many } = rows.class(child);
    if (!many) object[name] = empty;
    else ((object[name] ??= []) as object[]).push(empty);
  }
  return object;
}

/** That a whole `if` or union failed says nothing beside what failed in it. */
const clearest = (errors: readonly ErrorObject[]): readonly ErrorObject[] => {
  const said = errors.filter(({ keyword }) => keyword !== 'if');
  const unions = said.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  return said.filter((error) => !unions.some((union) => union !== error && error.schemaPath.startsWith(`${union.schemaPath}/`)));
};

function told(rows: Rows, row: number, cls: DictionaryClass, error: ErrorObject, rule: Place): Diagnostic {
  const params = error.params as Readonly<Record<string, unknown>>;
  const name = error.keyword === 'required' ? String(params['missingProperty']) : error.instancePath.split('/')[1];
  const attribute = cls.attributes.find((each) => each.name === name);
  const value = attribute && rows.get(row, attribute.slot);
  const path = name === undefined ? cls.path : attribute ? attribute.path : `${cls.path}/${name}`;
  const reason = error.keyword === 'required' ? 'is missing' : (error.message ?? 'is not as it should be');
  const allowed = params['allowedValues'];
  return finding(
    'CONFORM_PROFILE',
    { path, reason },
    {
      data: (value === undefined ? undefined : rows.originPlace(row, attribute!.slot)) ?? nearestPlace(rows, row),
      rule,
      ...(value === undefined ? {} : { actual: shown(value) }),
      ...(Array.isArray(allowed) ? { expected: allowed.map(String) } : {}),
    },
  );
}
