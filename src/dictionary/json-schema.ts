import type { Attribute, Dictionary, ValueType } from './dictionary.ts';
import { shapes, type Shape } from './shape.ts';
import { writeType } from './type.ts';

type Schema = { readonly [key: string]: unknown };

/** JSON Schema (2020-12) of canonical JSON. Its `pattern`s say what `checkValue` says, except for the days of a month. */
export function jsonSchema(dictionary: Dictionary): Schema {
  const { all, ofRoot } = shapes(dictionary.roots);
  const defs: Record<string, Schema> = {
    $mode: { enum: ['add', 'delete', 'replace', 'unchanged'] },
    $carry: { type: 'object', additionalProperties: { type: 'object', additionalProperties: { type: 'string' } } },
  };
  for (const shape of all) {
    for (const attribute of shape.cls.attributes) defs[valueName(attribute.type)] ??= valueSchema(attribute.type);
  }
  for (const shape of all) defs[shape.name] = classSchema(shape);
  const [generation = ''] = dictionary.version.split('.');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:portolan:canonical:${dictionary.name}:${generation}`,
    title: `Canonical facts in the terms of ${dictionary.name} ${dictionary.version}`,
    type: 'object',
    properties: {
      $dictionary: { type: 'string', pattern: `^${dictionary.name}@${generation}(\\.|$)` },
      ...Object.fromEntries(dictionary.roots.map((root, i) => [root.name, ref(ofRoot[i]!.name)])),
    },
    required: ['$dictionary'],
    minProperties: 2,
    additionalProperties: false,
    $defs: defs,
  };
}

const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });

/** `code(3,un/1001)` and `code(3)` are one schema: lists are not enumerated here. */
const valueName = (type: ValueType): string =>
  writeType(type.kind === 'code' ? { kind: 'code', max: type.max } : type)
    .replace(/[(,]/g, '-')
    .replace(')', '');

function classSchema({ cls, classes }: Shape): Schema {
  const required = [...cls.attributes, ...cls.classes].filter((each) => each.required).map((each) => each.name);
  return {
    type: 'object',
    properties: {
      $mode: ref('$mode'),
      $carry: ref('$carry'),
      ...Object.fromEntries(cls.attributes.map((attribute: Attribute) => [attribute.name, ref(valueName(attribute.type))])),
      ...Object.fromEntries(
        cls.classes.map((child, i) => [child.name, child.many ? { type: 'array', minItems: 1, items: ref(classes[i]!.name) } : ref(classes[i]!.name)]),
      ),
    },
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function valueSchema(type: ValueType): Schema {
  switch (type.kind) {
    case 'text':
    case 'identifier':
    case 'code':
      return { type: 'string', minLength: 1, maxLength: type.max };
    case 'integer':
      return { type: 'string', pattern: `^[+-]?[0-9]{1,${type.digits}}$` };
    case 'decimal':
      return { type: 'string', pattern: decimal(type.digits, type.scale) };
    case 'quantity':
    case 'amount':
      return {
        type: 'object',
        properties: {
          value: { type: 'string', pattern: decimal(type.digits, type.scale) },
          unit: { type: 'string', pattern: `^\\S{0,${type.kind === 'quantity' ? 5 : 3}}$` },
        },
        required: ['value', 'unit'],
        additionalProperties: false,
      };
    case 'datetime':
      return {
        type: 'string',
        pattern: '^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?)?)?$',
      };
    case 'indicator':
      return { type: 'string', enum: ['true', 'false'] };
  }
}

/** The look-ahead counts all digits, the rest the decimals. */
const decimal = (digits: number, scale: number): string =>
  scale === 0 ? `^[+-]?[0-9]{1,${digits}}$` : `^[+-]?(?=(\\.?[0-9]){1,${digits}}$)([0-9]+(\\.[0-9]{1,${scale}})?|\\.[0-9]{1,${scale}})$`;
