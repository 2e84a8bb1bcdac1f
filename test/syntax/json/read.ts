import { sentence } from '../../../src/diagnostics/diagnostic.ts';
import { jsonReader, type JsonReaderOptions } from '../../../src/syntax/json/reader.ts';
import { readJsonSchema, type JsonSchema } from '../../../src/syntax/json/schema.ts';

/** The schema of a text that has no faults. */
export function schemaOf(name: string, written: object): JsonSchema {
  const { schema, findings } = readJsonSchema(name, JSON.stringify(written));
  if (!schema) throw new Error(findings.map(sentence).join('\n'));
  return schema;
}

/** A document with some of everything: `kind` says what it is. */
export const booking = schemaOf('booking', {
  type: 'object',
  required: ['kind', 'number'],
  additionalProperties: false,
  properties: {
    kind: { type: 'string', const: 'booking' },
    number: { type: 'string', minLength: 1, maxLength: 10 },
    open: { type: 'boolean' },
    weight: { type: 'number' },
    pieces: { type: 'integer' },
    seals: { type: 'array', maxItems: 3, items: { type: 'string' } },
    goods: { type: 'array', items: { type: 'object', properties: { line: { type: 'integer' }, text: { type: 'string' } } } },
    shipper: { type: 'object', properties: { name: { type: 'string' }, kind: { type: 'string', enum: ['person', 'company'] } } },
  },
});

/** An input as one line an event: what the reader hands out, in order. */
export function events(input: string | Uint8Array, cuts: readonly number[] = [], options: JsonReaderOptions = { schemas: [booking] }): readonly string[] {
  const bytes = typeof input === 'string' ? Buffer.from(input) : Buffer.from(input);
  const told: string[] = [];
  const reader = jsonReader(
    {
      message: ({ index, type, start }) => void told.push(`message ${index} ${type} @${start}`),
      unit(unit) {
        const { start, end, pointer } = unit.place();
        if (start < 0 || end > bytes.length || start > end) told.push('a span out of range');
        told.push([unit.kind, unit.tag, unit.size > 0 ? JSON.stringify(unit.text(0)) : '', pointer].filter((each) => each !== '').join(' '));
      },
      messageEnd: () => void told.push('end'),
      finding: (each) => void told.push(`${each.code} @${each.data!.start} ${each.data!.pointer ?? ''}: ${sentence(each)}`),
    },
    options,
  );
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  reader.end();
  return told;
}

/** Only what is wrong. */
export const faults = (input: string | Uint8Array, options?: JsonReaderOptions): readonly string[] =>
  events(input, [], options).filter((line) => /^JSON_/.test(line));
