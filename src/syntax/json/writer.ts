import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { OutAtoms, OutHeader, UnitWriter } from '../unit.ts';
import type { JsonSchema, JsonType } from './schema.ts';
import { fits, words } from './structure.ts';

export interface JsonWriterOptions {
  readonly schema: (name: string) => JsonSchema | undefined;
  readonly finding?: (finding: Diagnostic) => void;
}

interface Frame {
  readonly type: JsonType | undefined;
  readonly names: Set<string>;
  list: string | undefined; // the member whose array is open
}

const piece = 16_384; // characters given to the sink at once, at least

/**
 * Writes JSON, one document a line. What is a list, a number, true or false, the schema says; all else is text. Items of a list follow
 * each other, so a member is written once.
 */
export function jsonWriter(sink: (bytes: Uint8Array) => void, { schema: schemaOf, finding: tell }: JsonWriterOptions): UnitWriter {
  let out = '';
  let schema: JsonSchema | undefined;
  const frames: Frame[] = [];

  const flush = (least: number): void => {
    if (out.length <= least) return;
    sink(Buffer.from(out));
    out = '';
  };

  const typeOf = (tag: string): JsonType | undefined => {
    const type = frames.at(-1)?.type?.properties.get(tag);
    return type?.kind === 'array' ? type.items : type;
  };

  /** Writes what stands before a value: a comma, its name, the bracket of its list. */
  function begin(tag: string): JsonType | undefined {
    const frame = frames.at(-1);
    if (!frame) return schema?.root;
    if (frame.list === tag) out += ',';
    else {
      endList(frame);
      if (frame.names.has(tag)) tell?.(finding('JSON_TWICE', { name: tag }));
      if (frame.names.size > 0) out += ',';
      frame.names.add(tag);
      out += `${JSON.stringify(tag)}:`;
      if (frame.type?.properties.get(tag)?.kind === 'array') {
        out += '[';
        frame.list = tag;
      }
    }
    return typeOf(tag);
  }

  function endList(frame: Frame): void {
    if (frame.list !== undefined) out += ']';
    frame.list = undefined;
  }

  const textOf = ({ names, texts }: OutAtoms): string => texts.find((_, atom) => names[atom] === undefined) ?? '';

  return {
    beginMessage({ type }: OutHeader) {
      schema = schemaOf(type);
      frames.length = 0;
    },
    refusal(tag, atoms) {
      const kind = typeOf(tag)?.kind;
      if (!isBare(kind) || fits[kind](textOf(atoms))) return undefined;
      return `is ${words[kind]} in the schema, and \`${textOf(atoms)}\` is not`;
    },
    unit(tag, atoms) {
      const kind = begin(tag)?.kind;
      if (kind === 'object') out += '{}';
      else out += isBare(kind) && fits[kind](textOf(atoms)) ? textOf(atoms) : JSON.stringify(textOf(atoms));
      flush(piece);
    },
    open(tag) {
      frames.push({ type: begin(tag), names: new Set(), list: undefined });
      out += '{';
    },
    close() {
      endList(frames.pop()!);
      out += '}';
      flush(piece);
    },
    endMessage() {
      out += '\n';
      flush(0);
    },
  };
}

/** What stands in no quotes. */
const isBare = (kind: JsonType['kind'] | undefined): kind is 'number' | 'integer' | 'boolean' => kind === 'number' || kind === 'integer' || kind === 'boolean';
