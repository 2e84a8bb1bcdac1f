import t from 'tap';
import { Type as TypeBox } from 'typebox';
import { Type } from '../../src/web/shape.ts';

const cases: Readonly<Record<string, (type: typeof Type) => object>> = {
  any: (type) => type.Any(),
  'an array': (type) => type.Array(type.String(), { maxItems: 3, description: 'three' }),
  boolean: (type) => type.Boolean({ description: 'whether' }),
  integer: (type) => type.Integer({ minimum: 0 }),
  'two together': (type) => type.Intersect([type.Object({ a: type.String() }), type.Object({ b: type.Integer() })], { description: 'both' }),
  'a word': (type) => type.Literal('word', { description: 'this' }),
  'a number': (type) => type.Literal(1),
  'true alone': (type) => type.Literal(true),
  null: (type) => type.Null(),
  'an object': (type) => type.Object({ a: type.Optional(type.String()), b: type.Integer() }, { additionalProperties: false }),
  'an object of which nothing must be there': (type) => type.Object({ a: type.Optional(type.String()) }),
  'an object without anything': (type) => type.Object({}),
  'what may be absent, within what may be absent': (type) => type.Object({ a: type.Optional(type.Object({ b: type.Optional(type.Null()), c: type.Null() })) }),
  text: (type) => type.String({ pattern: '^a', minLength: 1 }),
  'one of some': (type) => type.Union([type.String(), type.Null()], { description: 'or nothing' }),
  unknown: (type) => type.Unknown({ description: 'whatever' }),
  'a schema as it stands': (type) => type.Unsafe({ type: ['string', 'null'] }),
};

t.test('what is made is what TypeBox makes, to the order of its keys', (t) => {
  for (const [name, make] of Object.entries(cases)) t.equal(JSON.stringify(make(Type)), JSON.stringify(make(TypeBox)), name);
  t.end();
});

t.test('every one of them is tried', (t) => {
  const tried = Object.values(cases).map(String).join(' ');
  t.same(
    Object.keys(Type).filter((name) => !tried.includes(`.${name}(`)),
    [],
  );
  t.end();
});

t.test('of a schema that may be absent in one place nothing changes in another', (t) => {
  const text = Type.String();
  t.same(Object.keys(Type.Object({ a: Type.Optional(text), b: text })), ['type', 'required', 'properties']);
  t.match(Type.Object({ a: Type.Optional(text), b: text }), { required: ['b'] });
  t.end();
});
