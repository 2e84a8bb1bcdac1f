import type { Code } from '../../diagnostics/codes.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { CanonicalReader, type Spot } from '../../dictionary/canonical.ts';
import type { Rows } from '../../dictionary/rows.ts';
import { readerLimits, type JsonLimits } from '../../syntax/limits.ts';
import { framedReader, type DocumentSink, type FramedDocument } from '../../syntax/json/frame.ts';
import type { JsonKind, JsonSpan } from '../../syntax/json/sink.ts';
import { textOf } from '../../syntax/json/text.ts';
import { placeOf } from '../../syntax/json/value-unit.ts';
import type { MessageHeader, UnitHandler, UnitReader } from '../../syntax/unit.ts';

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
  return framedReader(handler, new Documents(handler, source), { source, limits });
}

class Documents implements DocumentSink {
  readonly #handler: FactHandler;
  readonly #source: string;
  #header: MessageHeader | undefined; // of the document that is open
  #isListed = false;
  #reader: CanonicalReader | undefined; // of it, where somebody wants its facts

  constructor(handler: FactHandler, source: string) {
    this.#handler = handler;
    this.#source = source;
  }

  begin({ interchange, index, isListed, start }: FramedDocument): void {
    this.#isListed = isListed;
    this.#header = { index, type: canonicalMap, interchange, start };
    const rows = this.#handler.facts?.(this.#header);
    if (rows) this.#reader = new CanonicalReader(rows, (each) => this.#handler.finding?.(each));
    else this.#handler.message?.(this.#header);
  }

  open(bracket: '{' | '[', name: string | undefined, span: JsonSpan): void {
    this.#reader?.open(bracket, name, this.#spot(span));
  }

  close(_bracket: '{' | '[', span: JsonSpan): void {
    this.#reader?.close(this.#spot(span));
  }

  scalar(kind: JsonKind, name: string | undefined, span: JsonSpan): void {
    this.#reader?.scalar(name, kind === 'string' ? textOf(span.bytes, span.start, span.end) : undefined, this.#spot(span));
  }

  fault(code: Code, args: Readonly<Record<string, string>>, span: JsonSpan): void {
    this.#handler.finding?.(finding(code, args, { data: placeOf(this.#source, span) }));
  }

  end(): void {
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
    return this.#isListed ? span.pointer().replace(/^\/\d+/, '') : span.pointer();
  }
}
