import type { Code } from '../../diagnostics/codes.ts';
import { isNumber } from './scanner.ts';
import type { JsonSchema, JsonType } from './schema.ts';
import type { JsonKind, JsonSink, JsonSpan } from './sink.ts';
import { textOf } from './text.ts';

interface Frame {
  readonly type: JsonType | undefined; // undefined: nobody said what may stand here
  readonly names: Set<string>;
  items: number;
}

/** Compares one document with its schema as it is read; only the objects that are open are kept. */
export class StructureCheck implements JsonSink {
  readonly #schema: JsonSchema;
  readonly #tell: JsonSink['fault'];
  readonly #frames: Frame[] = [];

  constructor(schema: JsonSchema, tell: JsonSink['fault']) {
    this.#schema = schema;
    this.#tell = tell;
  }

  open(bracket: '{' | '[', name: string | undefined, span: JsonSpan): void {
    const stated = this.#frames.length === 0 ? this.#schema.root : this.#enter(name, span);
    const kind = bracket === '{' ? 'object' : 'array';
    const type = stated?.kind === 'array' && kind === 'object' ? this.#alone(stated, kind, span) : stated;
    if (type && type.kind !== kind) this.#invalid(`is ${words[kind]}, not ${words[type.kind]}`, span);
    this.#frames.push({ type: type?.kind === kind ? type : undefined, names: new Set(), items: 0 });
  }

  close(_bracket: '{' | '[', span: JsonSpan): void {
    const { type, names, items } = this.#frames.pop()!;
    if (!type) return;
    for (const name of type.required) if (!names.has(name)) this.#invalid(`has no \`${name}\``, span);
    if (type.kind !== 'array') return;
    if (items < type.minItems) this.#invalid(`has ${items} items, ${type.minItems} at least`, span);
    if (items > type.maxItems) this.#invalid(`has ${items} items, ${type.maxItems} at most`, span);
  }

  scalar(kind: JsonKind, name: string | undefined, span: JsonSpan): void {
    if (kind === 'null') return; // nothing is stated
    const stated = this.#enter(name, span);
    const type = stated?.kind === 'array' ? this.#alone(stated, kind, span) : stated;
    if (!type) return;
    const text = textOf(span.bytes, span.start, span.end);
    if (type.kind === 'object' || type.kind === 'array' || !fits[type.kind](text)) return this.#invalid(`is ${words[kind]}, not ${words[type.kind]}`, span);
    if (kind !== (type.kind === 'integer' ? 'number' : type.kind)) this.#kind(kind, type, span);
    if (type.values && !type.values.includes(text)) this.#invalid(`is \`${text}\`, not ${type.values.map((each) => `\`${each}\``).join(' or ')}`, span);
    if (type.kind !== 'string') return;
    const length = text.length > type.maxLength || type.minLength > 0 ? [...text].length : text.length;
    if (length > type.maxLength) this.#invalid(`has ${length} characters, ${type.maxLength} at most`, span);
    if (length < type.minLength) this.#invalid(`has ${length} characters, ${type.minLength} at least`, span);
  }

  fault(code: Code, args: Readonly<Record<string, string>>, span: JsonSpan): void {
    this.#tell(code, args, span);
  }

  /** What the schema says of a member, or of an item. */
  #enter(name: string | undefined, span: JsonSpan): JsonType | undefined {
    const frame = this.#frames.at(-1)!;
    frame.items++;
    if (name === undefined) return frame.type?.items;
    frame.names.add(name);
    const type = frame.type?.properties.get(name);
    if (frame.type?.closed && !type) this.#invalid('is no member that the schema has', span);
    return type;
  }

  /** One that stands where a list is wanted is a list of one. */
  #alone(list: JsonType, kind: JsonKind | 'object', span: JsonSpan): JsonType | undefined {
    this.#kind(kind, list, span);
    return list.items;
  }

  #kind(kind: JsonKind | 'object', type: JsonType, span: JsonSpan): void {
    this.#tell('JSON_KIND', { pointer: shown(span), actual: words[kind], expected: words[type.kind], schema: this.#schema.name }, span);
  }

  #invalid(message: string, span: JsonSpan): void {
    this.#tell('JSON_INVALID', { pointer: shown(span), message, schema: this.#schema.name }, span);
  }
}

const shown = ({ pointer }: JsonSpan): string => pointer() || 'the document';

export const words: Readonly<Record<JsonType['kind'] | JsonKind, string>> = {
  object: 'an object',
  array: 'an array',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
};

/** Whether a text says a value of a type, whatever it is written as. */
export const fits: Readonly<Record<'string' | 'number' | 'integer' | 'boolean', (text: string) => boolean>> = {
  string: () => true,
  number: (text) => isNumber.test(text),
  integer: (text) => /^-?(?:0|[1-9]\d*)$/.test(text),
  boolean: (text) => text === 'true' || text === 'false',
};
