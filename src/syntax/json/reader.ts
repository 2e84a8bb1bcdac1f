import type { Code } from '../../diagnostics/codes.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { readerLimits, type JsonLimits } from '../limits.ts';
import type { MessageHeader, UnitHandler, UnitReader } from '../unit.ts';
import { framedReader, type DocumentSink, type FramedDocument } from './frame.ts';
import { HeldDocument } from './held.ts';
import type { JsonSchema } from './schema.ts';
import type { JsonKind, JsonSink, JsonSpan } from './sink.ts';
import { StructureCheck } from './structure.ts';
import { placeOf, ValueUnit } from './value-unit.ts';

export interface JsonReaderOptions {
  readonly source?: string; // file name for places
  readonly limits?: Partial<JsonLimits> | undefined;
  readonly schemas?: readonly JsonSchema[]; // of the documents that are known
  readonly schema?: JsonSchema | undefined; // of documents that somebody else has recognized: they are compared with it whatever they say of themselves
}

/** The tag of a document. */
export const documentTag = 'document';
const itemTag = '#item'; // of an array in an array

/**
 * Reads JSON and hands out its values as units, as XML elements are: a text, a number or a word is a `leaf` with its name for a tag, an
 * object `open` … `close`. An array is its items, each with the name of the array; `null` says nothing and is nothing.
 *
 *     {"bill": "B1", "goods": [{"gross": 12.50}, {"gross": 3}]}
 *     document · bill B1 · goods · gross 12.50 · /goods · goods · gross 3 · /goods · /document
 *
 * What kind of document it is, its first members say: one whose schema gives them just these values. Until that is known they are held;
 * of one that no schema knows that is told, and no more.
 */
export function jsonReader(handler: UnitHandler, { source = '', limits, schema, schemas = [] }: JsonReaderOptions = {}): UnitReader {
  return framedReader(handler, new Documents(handler, source, schema, schemas), { source, limits: { ...readerLimits.json, ...limits } });
}

/** Finds out what each document is, and has it read as that. */
class Documents implements DocumentSink {
  readonly #handler: UnitHandler;
  readonly #source: string;
  readonly #known: JsonSchema | undefined;
  readonly #schemas: readonly JsonSchema[];
  #index = 0; // of those that are known
  #framed: FramedDocument | undefined;
  #held: HeldDocument | undefined;
  #document: JsonSink | undefined; // what reads the one that is open
  #header: MessageHeader | undefined;

  constructor(handler: UnitHandler, source: string, known: JsonSchema | undefined, schemas: readonly JsonSchema[]) {
    this.#known = known;
    this.#handler = handler;
    this.#source = source;
    this.#schemas = schemas;
  }

  begin(document: FramedDocument): void {
    this.#framed = document;
    this.#held = new HeldDocument(this.#known, this.#schemas);
  }

  open(bracket: '{' | '[', name: string | undefined, span: JsonSpan): void {
    this.#pass((sink) => sink.open(bracket, name, span));
  }

  close(bracket: '{' | '[', span: JsonSpan): void {
    this.#pass((sink) => sink.close(bracket, span));
  }

  scalar(kind: JsonKind, name: string | undefined, span: JsonSpan): void {
    this.#pass((sink) => sink.scalar(kind, name, span));
  }

  fault(code: Code, args: Readonly<Record<string, string>>, span: JsonSpan): void {
    if (this.#held) this.#held.fault(code, args, span);
    else this.#tell(code, args, span);
  }

  end(): void {
    if (this.#held) this.#recognize();
    const header = this.#header;
    this.#header = undefined;
    this.#document = undefined;
    if (header) this.#handler.messageEnd?.(header);
  }

  #pass(say: (sink: JsonSink) => void): void {
    if (!this.#held) return void (this.#document && say(this.#document));
    say(this.#held);
    if (this.#held.isKnown || this.#held.isFull) this.#recognize();
  }

  /** What the document is has been seen, or will not be. */
  #recognize(): void {
    const held = this.#held!;
    const { interchange, start } = this.#framed!;
    this.#held = undefined;
    const { schema } = held;
    if (!schema) {
      held.replay({ open: silent, close: silent, scalar: silent, fault: this.#tell });
      return this.#handler.finding?.(
        finding('JSON_UNKNOWN', {}, { data: { source: this.#source, start, end: start + 1 }, expected: this.#schemas.map(({ name }) => name) }),
      );
    }
    this.#header = { index: ++this.#index, type: schema.name, interchange, start };
    this.#handler.message?.(this.#header);
    this.#document = both(new StructureCheck(schema, this.#tell), new Units(this.#handler, this.#source, this.#tell));
    held.replay(this.#document);
  }

  readonly #tell = (code: Code, args: Readonly<Record<string, string>>, span: JsonSpan): void =>
    this.#handler.finding?.(finding(code, args, { data: placeOf(this.#source, span) }));
}

/** Values of one document → units. */
class Units implements JsonSink {
  readonly fault: JsonSink['fault'];
  readonly #handler: UnitHandler;
  readonly #unit: ValueUnit;
  readonly #tags: string[] = []; // of what is open: objects by their own, arrays by that of their items
  readonly #arrays: ('items' | 'unit' | undefined)[] = []; // `unit`: an array in an array
  #ordinal = 0;

  constructor(handler: UnitHandler, source: string, tell: JsonSink['fault']) {
    this.#handler = handler;
    this.#unit = new ValueUnit(source);
    this.fault = tell;
  }

  open(bracket: '{' | '[', name: string | undefined, span: JsonSpan): void {
    const tag = this.#tag(name);
    const inArray = this.#arrays.at(-1) !== undefined;
    const array = bracket === '{' ? undefined : inArray ? 'unit' : 'items';
    this.#tags.push(tag);
    this.#arrays.push(array);
    if (array !== 'items') this.#show('open', tag, span);
  }

  close(_bracket: '{' | '[', span: JsonSpan): void {
    const tag = this.#tags.pop()!;
    if (this.#arrays.pop() !== 'items') this.#show('close', tag, span);
  }

  scalar(kind: JsonKind, name: string | undefined, span: JsonSpan): void {
    if (kind !== 'null') this.#show('leaf', this.#tag(name), span);
  }

  #tag(name: string | undefined): string {
    if (name !== undefined) return name;
    return this.#tags.length === 0 ? documentTag : this.#arrays.at(-1) === 'unit' ? itemTag : this.#tags.at(-1)!;
  }

  #show(kind: 'leaf' | 'open' | 'close', tag: string, span: JsonSpan): void {
    this.#unit.show(kind, tag, kind === 'close' ? this.#ordinal : ++this.#ordinal, span);
    this.#handler.unit?.(this.#unit);
  }
}

const silent = (): void => undefined;

const both = (first: JsonSink, second: JsonSink): JsonSink => ({
  open: (...said) => (first.open(...said), second.open(...said)),
  close: (...said) => (first.close(...said), second.close(...said)),
  scalar: (...said) => (first.scalar(...said), second.scalar(...said)),
  fault: (...said) => second.fault(...said),
});
