import type { Code } from '../../diagnostics/codes.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { CanonicalReader, type Spot } from '../../dictionary/canonical.ts';
import type { Rows } from '../../dictionary/rows.ts';
import { readerLimits, type JsonLimits } from '../../syntax/limits.ts';
import { JsonScanner } from '../../syntax/json/scanner.ts';
import type { JsonKind, JsonSink, JsonSpan } from '../../syntax/json/sink.ts';
import { textOf } from '../../syntax/json/text.ts';
import { placeOf } from '../../syntax/json/value-unit.ts';
import type { Interchange, MessageHeader, UnitHandler, UnitReader } from '../../syntax/unit.ts';

/** What a message that states its facts itself is called where others have the name of their map. */
export const canonicalMap = 'canonical';

/** Who reads facts as well as units. */
export interface FactHandler extends UnitHandler {
  /** A message begins that states its facts: the rows that they go into. Who gives none is told of the message alone. */
  facts?(header: MessageHeader): Rows | undefined;
}

/** Whether the bytes say of themselves that they are canonical JSON. */
export const isCanonical = (first: Uint8Array): boolean => Buffer.from(first.buffer, first.byteOffset, first.length).includes('"$dictionary"');

export interface CanonicalOptions {
  readonly source?: string; // file name, for places
  readonly limits?: JsonLimits | undefined;
}

/** Reads canonical JSON, one document or many, straight into rows: of a document nothing else is kept, whatever its size. */
export function canonicalReader(handler: FactHandler, { source = '', limits = readerLimits.json }: CanonicalOptions = {}): UnitReader {
  const sink = new Documents(handler, source, limits);
  const scanner = new JsonScanner(sink, limits);
  return {
    push: (chunk) => scanner.push(chunk),
    end() {
      scanner.end();
      sink.end();
    },
  };
}

class Documents implements JsonSink {
  readonly #handler: FactHandler;
  readonly #source: string;
  readonly #limits: JsonLimits;
  #interchange: Interchange | undefined;
  #header: MessageHeader | undefined; // of the document that is open
  #reader: CanonicalReader | undefined; // of it, where somebody wants its facts
  #depth = 0;
  #listed = 0; // 1 where the documents stand in an array
  #index = 0;
  #end = 0;

  constructor(handler: FactHandler, source: string, limits: JsonLimits) {
    this.#handler = handler;
    this.#source = source;
    this.#limits = limits;
  }

  open(bracket: '{' | '[', name: string | undefined, span: JsonSpan): void {
    this.#end = span.base + span.end;
    if (!this.#interchange) {
      this.#interchange = { syntax: 'json', index: 1, charset: { declared: '', detected: 'UTF-8' }, start: span.base + span.start };
      this.#handler.interchange?.(this.#interchange);
    }
    if (this.#depth === 0) this.#listed = bracket === '[' ? 1 : 0;
    if (this.#depth++ === this.#listed) this.#begin(span);
    if (this.#depth > this.#listed) this.#reader?.open(bracket, name, this.#spot(span));
  }

  close(_bracket: '{' | '[', span: JsonSpan): void {
    this.#end = span.base + span.end;
    if (this.#depth > this.#listed) this.#reader?.close(this.#spot(span));
    if (--this.#depth === this.#listed) this.#endDocument();
  }

  scalar(kind: JsonKind, name: string | undefined, span: JsonSpan): void {
    this.#reader?.scalar(name, kind === 'string' ? textOf(span.bytes, span.start, span.end) : undefined, this.#spot(span));
  }

  fault(code: Code, args: Readonly<Record<string, string>>, span: JsonSpan): void {
    this.#handler.finding?.(finding(code, args, { data: placeOf(this.#source, span) }));
  }

  end(): void {
    this.#endDocument();
    if (this.#interchange) this.#handler.interchangeEnd?.(this.#interchange, this.#end);
  }

  #begin(span: JsonSpan): void {
    const { documents } = this.#limits;
    if (++this.#index > documents) {
      const args = { message: `the input has more than ${documents} documents`, key: 'documents', limit: String(documents) };
      if (this.#index === documents + 1) this.fault('JSON_LIMIT', args, span);
      return;
    }
    this.#header = { index: this.#index, type: canonicalMap, interchange: this.#interchange!, start: span.base + span.start };
    const rows = this.#handler.facts?.(this.#header);
    if (rows) this.#reader = new CanonicalReader(rows, (each) => this.#handler.finding?.(each));
    else this.#handler.message?.(this.#header);
  }

  #endDocument(): void {
    const header = this.#header;
    this.#header = undefined;
    this.#reader = undefined;
    if (header) this.#handler.messageEnd?.(header);
  }

  #spot(span: JsonSpan): Spot {
    return { pointer: () => this.#pointer(span), place: () => placeOf(this.#source, span) };
  }

  /** In its document, wherever that stands in a list. */
  #pointer(span: JsonSpan): string {
    return this.#listed === 0 ? span.pointer() : span.pointer().replace(/^\/\d+/, '');
  }
}
