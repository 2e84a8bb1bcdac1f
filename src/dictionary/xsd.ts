import type { Attribute, Dictionary, ValueType } from './dictionary.ts';
import { shapes, type Shape } from './shape.ts';
import { writeType } from './type.ts';

export interface XsdOptions {
  readonly root: string; // name of the root class that is the document element
  readonly namespace: string; // target namespace; elements are qualified
}

/**
 * XML Schema 1.0 of the dictionary below one root: the shape of published WCO schemas, with our classes and our order.
 *
 * A date-time is `<X><DateTimeString formatCode="203">202403011200</DateTimeString></X>` (UN/EDIFACT 2379), a quantity has
 * `unitCode`, an amount `currencyID`, and the list attributes of UN/CEFACT data types may stand where published schemas allow them.
 */
export function xsd(dictionary: Dictionary, options: XsdOptions): string {
  const root = dictionary.roots.find((each) => each.name === options.root);
  if (!root) throw new Error(`no root class ${options.root}`); // the caller names it in code
  const { all, ofRoot } = shapes([root]);
  const values = new Map<string, ValueType>();
  for (const { cls } of all) for (const { type } of cls.attributes) values.set(valueName(type), type);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<!-- Generated from ${dictionary.name} ${dictionary.version} (schemas/wco); do not edit. -->`,
    `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="${options.namespace}" targetNamespace="${options.namespace}" elementFormDefault="qualified" version="${dictionary.version}">`,
    `  <xs:element name="${root.name}" type="${ofRoot[0]!.name}"/>`,
    ...all.toReversed().flatMap(classType),
    ...(values.size > 0 ? decimalPoint : []),
    ...[...values].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, type]) => valueType(name, type)),
    '</xs:schema>',
    '',
  ];
  return lines.join('\n');
}

const attributeElement = ({ name, type, required }: Attribute): string =>
  `      <xs:element name="${name}" type="${valueName(type)}"${required ? '' : ' minOccurs="0"'}/>`;

function classType({ name, cls, classes }: Shape): string[] {
  return [
    `  <xs:complexType name="${name}">`,
    '    <xs:sequence>',
    ...cls.attributes.map(attributeElement),
    ...cls.classes.map(
      (child, i) =>
        `      <xs:element name="${child.name}" type="${classes[i]!.name}"${child.required ? '' : ' minOccurs="0"'}${child.many ? ' maxOccurs="unbounded"' : ''}/>`,
    ),
    '    </xs:sequence>',
    '  </xs:complexType>',
  ];
}

/** `text(35)` → `text-35`: no class has a small first letter. */
const valueName = (type: ValueType): string =>
  writeType(type.kind === 'code' ? { kind: 'code', max: type.max } : type)
    .replace(/[(,]/g, '-')
    .replace(')', '');

// Attributes of UN/CEFACT unqualified data types, as far as published WCO schemas use them.
const listAttributes = {
  text: ['languageID'],
  identifier: ['schemeID', 'schemeAgencyID', 'schemeVersionID'],
  code: ['listID', 'listAgencyID', 'listVersionID'],
} as const;

/** `5.` is a decimal to XML Schema and none to us. */
const decimalPoint = [
  '  <xs:simpleType name="digits">',
  '    <xs:restriction base="xs:decimal">',
  '      <xs:pattern value="[+\\-]?([0-9]+(\\.[0-9]+)?|\\.[0-9]+)"/>',
  '    </xs:restriction>',
  '  </xs:simpleType>',
];

const simple = (name: string, base: string, facets: readonly string[]): string[] => [
  `  <xs:simpleType name="${name}">`,
  `    <xs:restriction base="${base}">`,
  ...facets.map((facet) => `      <xs:${facet}/>`),
  '    </xs:restriction>',
  '  </xs:simpleType>',
];

const withAttributes = (name: string, base: string, attributes: readonly string[]): string[] => [
  `  <xs:complexType name="${name}">`,
  '    <xs:simpleContent>',
  `      <xs:extension base="${base}">`,
  ...attributes.map((attribute) => `        <xs:attribute ${attribute}/>`),
  '      </xs:extension>',
  '    </xs:simpleContent>',
  '  </xs:complexType>',
];

function valueType(name: string, type: ValueType): string[] {
  const content = `${name}-content`;
  switch (type.kind) {
    case 'text':
    case 'identifier':
    case 'code':
      return [
        ...simple(content, 'xs:string', ['minLength value="1"', `maxLength value="${type.max}"`]),
        ...withAttributes(
          name,
          content,
          listAttributes[type.kind].map((attribute) => `name="${attribute}" type="xs:token"`),
        ),
      ];
    case 'integer':
      return simple(name, 'xs:integer', [`totalDigits value="${type.digits}"`]);
    case 'decimal':
      return simple(name, 'digits', [`totalDigits value="${type.digits}"`, `fractionDigits value="${type.scale}"`]);
    case 'quantity':
    case 'amount': {
      const unit = `${name}-unit`;
      return [
        ...simple(content, 'digits', [`totalDigits value="${type.digits}"`, `fractionDigits value="${type.scale}"`]),
        ...simple(unit, 'xs:string', [`pattern value="\\S{1,${type.kind === 'quantity' ? 5 : 3}}"`]),
        ...withAttributes(name, content, [`name="${type.kind === 'quantity' ? 'unitCode' : 'currencyID'}" type="${unit}"`]),
      ];
    }
    case 'datetime':
      return [...dateTimeType];
    case 'indicator':
      return simple(name, 'xs:boolean', ['pattern value="true|false"']);
  }
}

// 2379: 602 CCYY · 610 CCYYMM · 102 CCYYMMDD · 203 CCYYMMDDHHMM · 204 CCYYMMDDHHMMSS · 303 and 304 the same with the offset from UTC.
const month = '(0[1-9]|1[0-2])';
const day = '(0[1-9]|[12][0-9]|3[01])';
const clock = '([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9])?';
const dateTimeType: readonly string[] = [
  ...simple('datetime-content', 'xs:string', [`pattern value="[0-9]{4}(${month}(${day}(${clock}(Z|[+\\-][0-9]{2}([0-5][0-9])?)?)?)?)?"`]),
  ...simple(
    'datetime-format',
    'xs:string',
    ['102', '203', '204', '303', '304', '602', '610'].map((code) => `enumeration value="${code}"`),
  ),
  ...withAttributes('datetime-string', 'datetime-content', ['name="formatCode" type="datetime-format" use="required"']),
  '  <xs:complexType name="datetime">',
  '    <xs:sequence>',
  '      <xs:element name="DateTimeString" type="datetime-string"/>',
  '    </xs:sequence>',
  '  </xs:complexType>',
];
