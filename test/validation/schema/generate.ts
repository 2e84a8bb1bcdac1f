import type { Random } from '../../../src/maps/generate-values.ts';

/** A schema, and documents that try to keep to it. */
export interface Drawn {
  readonly schema: string;
  document(): string;
}

const types: readonly (readonly [base: string, facets: string, good: readonly string[]])[] = [
  ['string', '', ['A', '', ' ', 'é\n1']],
  ['string', '<xs:minLength value="1"/><xs:maxLength value="3"/>', ['A', 'ABC', ' é ', '&#65;']],
  ['string', '<xs:pattern value="[A-Z]{2}|\\d+"/>', ['AB', '12']],
  ['string', '<xs:pattern value=".*[^\\s].*"/><xs:maxLength value="5"/>', ['A', ' B ', 'A B']],
  ['string', '<xs:whiteSpace value="collapse"/><xs:enumeration value="A"/><xs:enumeration value="A B"/>', ['A', ' A\n', 'A  B']],
  ['string', '<xs:whiteSpace value="replace"/><xs:enumeration value="A  B"/><xs:enumeration value=" A"/>', ['A  B', '\tA']],
  ['token', '<xs:length value="3"/>', ['ABC', ' A\tB ']],
  ['token', '<xs:pattern value="[\\-+.a-c]*"/>', ['', 'a-b', '+']],
  ['normalizedString', '<xs:maxLength value="4"/>', ['A B', ' A ']],
  ['decimal', '<xs:totalDigits value="4"/><xs:fractionDigits value="2"/>', ['12.34', '-1', '0.10']],
  ['decimal', '<xs:minInclusive value="0"/><xs:maxExclusive value="100"/>', ['0', '99.9', ' 1 ']],
  ['integer', '<xs:pattern value="[0-9]{1,3}"/>', ['1', '123']],
  ['positiveInteger', '', ['1', '+12']],
  ['byte', '<xs:minExclusive value="-3"/>', ['-2', '127']],
  ['boolean', '', ['true', '0']],
  ['date', '', ['2024-02-29', '2024-05-01Z']],
  ['dateTime', '', ['2024-05-01T10:00:00', '2024-05-01T10:00:00.5+01:00']],
  ['time', '', ['23:59:59']],
  ['anyURI', '', ['urn:a:b', 'http://a.b/c']],
  ['language', '', ['en', 'en-GB']],
  ['NCName', '', ['a_b', 'A']],
  ['NMTOKEN', '<xs:maxLength value="3"/>', ['1a', 'a-b']],
  ['hexBinary', '', ['ff', '00']],
];
const texts: readonly string[] = [
  ...[
    '',
    'A',
    'AB',
    'ABC',
    'A B',
    'A  B',
    ' A',
    'A ',
    ' A\tB ',
    '1',
    '12',
    '123',
    '1234',
    '12.34',
    '1.234',
    '-1',
    '+1',
    '0',
    '00',
    '0.10',
    '100',
    '99.9',
    '127',
    '-128',
    'a-b',
    'a+c',
  ],
  ...[
    'true',
    '0',
    '2024-02-29',
    '2023-02-29',
    '2024-05-01Z',
    '2024-05-01T10:00:00',
    '2024-05-01T10:00:00.5+01:00',
    '23:59:59',
    'urn:a:b',
    'http://a.b/c',
    'en',
    'en-GB',
    'a_b',
    '1a',
    'ff',
    'FF0',
    'é',
    '\u{1f600}',
    '&#65;',
    '&lt;',
  ],
];

/** A schema of up to a few dozen parts, drawn at random: sequences, choices and groups in one another, derived types, attributes, wildcards. */
export function drawSchema(random: Random): Drawn {
  const below = (count: number): number => Math.floor(random() * count);
  const one = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;
  const namespace = one(['', 'urn:a']);
  const isQualified = namespace !== '' && random() < 0.7;
  const prefix = namespace === '' ? '' : 't:';
  const globals: string[] = [];
  const writers = new Map<string, () => string>(); // content of elements by name of their type
  let names = 0;
  const named = (kind: string): string => `${kind}${++names}`;
  let room = 0; // for repetitions
  const times = (least: string, most: string): number => {
    const more = room > 0 ? below((most === 'unbounded' ? 4 : Number(most)) - Number(least) + 1) + (random() < 0.01 ? 1 : 0) : 0;
    room -= Number(least) + more;
    return Number(least) + more;
  };
  const counts: readonly [string, string][] = [
    ['1', '1'],
    ['0', '1'],
    ['0', 'unbounded'],
    ['1', 'unbounded'],
    ['1', '1'],
    ['0', '3'],
    ['2', '3'],
  ];
  const occurs = (): [string, string] => one(counts);
  const occursOfGroup = (): [string, string] => (random() < 0.03 ? ['0', '0'] : one(random() < 0.9 ? counts.slice(0, 5) : counts));

  const simple = (): { readonly type: string; readonly text: () => string } => {
    const [base, inner, good] = one(types);
    const text = (): string => one(random() < 0.98 ? good : texts);
    if (inner === '' && random() < 0.7) return { type: `xs:${base}`, text };
    const name = named('S');
    globals.push(`<xs:simpleType name="${name}"><xs:restriction base="xs:${base}">${inner}</xs:restriction></xs:simpleType>`);
    if (random() < 0.3) {
      const narrower = named('S');
      globals.push(`<xs:simpleType name="${narrower}"><xs:restriction base="${prefix}${name}"><xs:pattern value="[^Z]*"/></xs:restriction></xs:simpleType>`);
      return { type: prefix + narrower, text };
    }
    return { type: prefix + name, text };
  };

  const attributes = (): { readonly schema: string; readonly write: () => string } => {
    const each = Array.from({ length: below(3) }, () => {
      const name = named('a');
      const use = one(['required', 'optional', 'optional']);
      const { type, text } = simple();
      const schema = `<xs:attribute name="${name}" type="${type}" use="${use}"/>`;
      return { schema, write: () => (random() < (use === 'required' ? 0.99 : 0.4) ? ` ${name}="${text()}"` : '') };
    });
    return { schema: each.map(({ schema }) => schema).join(''), write: () => each.map(({ write }) => write()).join('') };
  };

  type Part = { readonly schema: string; readonly write: () => string };
  const element = (depth: number): Part => {
    const [least, most] = occurs();
    const name = named('e');
    const tag = isQualified ? prefix + name : name;
    const kind = depth > 2 ? 0 : below(4);
    const inside = kind < 2 ? leaf() : complex(depth + 1);
    const schema = `<xs:element name="${name}" type="${inside.type}" minOccurs="${least}" maxOccurs="${most}"/>`;
    return { schema, write: () => Array.from({ length: times(least, most) }, () => `<${tag}${inside.attributes()}>${inside.content()}</${tag}>`).join('') };
  };
  const particle = (depth: number): Part => {
    const kind = below(8);
    if (kind < 5 || depth > 3) return element(depth);
    if (kind === 7 && random() < 0.3)
      return { schema: '<xs:any namespace="##other" processContents="skip" minOccurs="0"/>', write: () => (random() < 0.1 ? '<o:x xmlns:o="urn:o"/>' : '') };
    return group(one(['sequence', 'choice']), depth + 1, occursOfGroup());
  };
  const group = (kind: string, depth: number, [least, most]: [string, string]): Part => {
    const parts = Array.from({ length: 1 + below(3) }, () => particle(depth));
    const schema = `<xs:${kind} minOccurs="${least}" maxOccurs="${most}">${parts.map((part) => part.schema).join('')}</xs:${kind}>`;
    const once = (): string => (kind === 'choice' ? one(parts).write() : parts.map((part) => part.write()).join(''));
    return { schema, write: () => Array.from({ length: times(least, most) }, once).join('') };
  };
  interface Inside {
    readonly type: string;
    readonly attributes: () => string;
    readonly content: () => string;
  }
  const leaf = (): Inside => {
    const { type, text } = simple();
    if (random() < 0.6) return { type, attributes: () => '', content: text };
    const [name, more] = [named('C'), attributes()];
    globals.push(
      `<xs:complexType name="${name}"><xs:simpleContent><xs:extension base="${type}">${more.schema}</xs:extension></xs:simpleContent></xs:complexType>`,
    );
    return { type: prefix + name, attributes: more.write, content: text };
  };
  const complex = (depth: number): Inside => {
    const [name, content, own] = [named('C'), group('sequence', depth, ['1', '1']), attributes()];
    globals.push(`<xs:complexType name="${name}">${content.schema}${own.schema}</xs:complexType>`);
    writers.set(name, content.write);
    if (random() < 0.7) return { type: prefix + name, attributes: own.write, content: content.write };
    const [wider, more, also] = [named('C'), group(one(['sequence', 'choice']), depth, ['1', '1']), attributes()];
    const extension = `<xs:extension base="${prefix}${name}">${more.schema}${also.schema}</xs:extension>`;
    globals.push(`<xs:complexType name="${wider}"><xs:complexContent>${extension}</xs:complexContent></xs:complexType>`);
    return { type: prefix + wider, attributes: () => own.write() + also.write(), content: () => content.write() + more.write() };
  };

  const top = complex(0);
  const target = namespace === '' ? '' : ` targetNamespace="${namespace}" xmlns:t="${namespace}"`;
  const form = isQualified ? ' elementFormDefault="qualified"' : '';
  const root = `<xs:element name="root" type="${top.type}"/>`;
  const declared = namespace === '' ? '' : ` xmlns:t="${namespace}"`;
  return {
    schema: `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"${target}${form}>${root}${globals.join('')}</xs:schema>`,
    document() {
      room = 100;
      return `<${prefix}root${declared}${top.attributes()}>${top.content()}</${prefix}root>`;
    },
  };
}
