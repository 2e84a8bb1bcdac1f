import type { Code } from '../../diagnostics/codes.ts';
import type { JsonSchema } from './schema.ts';
import type { JsonKind, JsonSink, JsonSpan } from './sink.ts';
import { textOf } from './text.ts';

const heldSteps = 64;
const heldBytes = 65_536;

/** The beginning of a document whose kind is not known yet: what was said of it, to be said again. */
export class HeldDocument implements JsonSink {
  schema: JsonSchema | undefined;
  #steps: ((sink: JsonSink) => void)[] = [];
  #bytes = 0;
  #depth = 0;
  readonly #schemas: readonly JsonSchema[];
  readonly #seen = new Map<string, string>(); // members of the document itself

  constructor(known: JsonSchema | undefined, schemas: readonly JsonSchema[]) {
    this.schema = known;
    this.#schemas = schemas;
  }

  get isKnown(): boolean {
    return this.schema !== undefined || this.#schemas.length === 0;
  }

  get isFull(): boolean {
    return this.#steps.length >= heldSteps || this.#bytes > heldBytes;
  }

  open(bracket: '{' | '[', name: string | undefined, span: JsonSpan): void {
    if (this.#depth++ === 1 && bracket === '{') this.schema ??= this.#schemas.find(({ sole }) => sole !== undefined && sole === name);
    const held = this.#hold(span);
    this.#steps.push((sink) => sink.open(bracket, name, held));
  }

  close(bracket: '{' | '[', span: JsonSpan): void {
    this.#depth--;
    const held = this.#hold(span);
    this.#steps.push((sink) => sink.close(bracket, held));
  }

  scalar(kind: JsonKind, name: string | undefined, span: JsonSpan): void {
    const held = this.#hold(span);
    this.#steps.push((sink) => sink.scalar(kind, name, held));
    if (this.#depth !== 1 || name === undefined || this.schema) return;
    this.#seen.set(name, textOf(span.bytes, span.start, span.end));
    const met = this.#schemas.filter(({ marks, sole }) => sole === undefined && marks.every(([member, value]) => this.#seen.get(member) === value));
    this.schema = met.sort((a, b) => b.marks.length - a.marks.length)[0];
  }

  fault(code: Code, args: Readonly<Record<string, string>>, span: JsonSpan): void {
    const held = this.#hold(span);
    this.#steps.push((sink) => sink.fault(code, args, held));
  }

  replay(sink: JsonSink): void {
    for (const say of this.#steps) say(sink);
    this.#steps = [];
  }

  /** A span that stays as it is when the scanner moves on. */
  #hold({ bytes, base, start, end, pointer }: JsonSpan): JsonSpan {
    const at = pointer();
    this.#bytes += end - start;
    return { bytes: Buffer.from(bytes.subarray(start, end)), base: base + start, start: 0, end: end - start, pointer: () => at };
  }
}
