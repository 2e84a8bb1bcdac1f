import type { Code } from '../../diagnostics/codes.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { JsonLimits } from '../limits.ts';
import type { Interchange, UnitHandler, UnitReader } from '../unit.ts';
import { JsonScanner } from './scanner.ts';
import type { JsonKind, JsonSink, JsonSpan } from './sink.ts';
import { placeOf } from './value-unit.ts';

/** A document that begins. */
export interface FramedDocument {
  readonly interchange: Interchange;
  readonly index: number; // of this document among all that were begun, from 1
  readonly isListed: boolean; // it stands in an array: pointers begin with its place there
  readonly start: number; // byte in the source
}

/** Who reads the documents of an input, one after another: what the scanner says between `begin` and `end` is of that document alone. */
export interface DocumentSink extends JsonSink {
  begin(document: FramedDocument): void;
  end(): void;
}

export interface FrameOptions {
  readonly source: string; // file name, for places
  readonly limits: JsonLimits;
}

/** Reads JSON that is one document, several one after another, or an array of them. Tells the handler of the interchange, and what is no document. */
export function framedReader(handler: UnitHandler, documents: DocumentSink, { source, limits }: FrameOptions): UnitReader {
  const frame = new Frame(handler, documents, source, limits.documents);
  const scanner = new JsonScanner(frame, limits);
  return {
    push: (chunk) => scanner.push(chunk),
    end() {
      scanner.end();
      frame.end();
    },
  };
}

class Frame implements JsonSink {
  readonly #handler: UnitHandler;
  readonly #documents: DocumentSink;
  readonly #source: string;
  readonly #most: number;
  #interchange: Interchange | undefined;
  #depth = 0;
  #listed = 0; // 1 where the documents stand in an array
  #index = 0;
  #isOpen = false; // a document is
  #end = 0;

  constructor(handler: UnitHandler, documents: DocumentSink, source: string, most: number) {
    this.#handler = handler;
    this.#documents = documents;
    this.#source = source;
    this.#most = most;
  }

  open(bracket: '{' | '[', name: string | undefined, span: JsonSpan): void {
    this.#end = span.base + span.end;
    if (!this.#interchange) {
      this.#interchange = { syntax: 'json', index: 1, charset: { declared: '', detected: 'UTF-8' }, start: span.base + span.start };
      this.#handler.interchange?.(this.#interchange);
    }
    if (this.#depth === 0) this.#listed = bracket === '[' ? 1 : 0;
    if (this.#depth++ === this.#listed) this.#begin(bracket, span);
    if (this.#isOpen) this.#documents.open(bracket, name, span);
  }

  close(bracket: '{' | '[', span: JsonSpan): void {
    this.#end = span.base + span.end;
    this.#depth--;
    if (!this.#isOpen) return;
    this.#documents.close(bracket, span);
    if (this.#depth === this.#listed) this.#close();
  }

  scalar(kind: JsonKind, name: string | undefined, span: JsonSpan): void {
    this.#end = span.base + span.end;
    if (this.#isOpen) this.#documents.scalar(kind, name, span);
    else if (this.#depth <= this.#listed) this.#stray(span);
  }

  fault(code: Code, args: Readonly<Record<string, string>>, span: JsonSpan): void {
    if (this.#isOpen) this.#documents.fault(code, args, span);
    else this.#handler.finding?.(finding(code, args, { data: placeOf(this.#source, span) }));
  }

  /** No more comes; what has begun is told as far as it came. */
  end(): void {
    if (this.#isOpen) this.#close();
    if (this.#interchange) this.#handler.interchangeEnd?.(this.#interchange, this.#end);
  }

  #begin(bracket: '{' | '[', span: JsonSpan): void {
    if (bracket === '[') return this.#stray(span);
    if (++this.#index > this.#most) return this.#index === this.#most + 1 ? this.#tooMany(span) : undefined;
    this.#isOpen = true;
    this.#documents.begin({ interchange: this.#interchange!, index: this.#index, isListed: this.#listed === 1, start: span.base + span.start });
  }

  #close(): void {
    this.#isOpen = false;
    this.#documents.end();
  }

  #stray(span: JsonSpan): void {
    this.fault('JSON_SYNTAX', { message: 'a document is an object' }, span);
  }

  #tooMany(span: JsonSpan): void {
    const most = String(this.#most);
    this.fault('JSON_LIMIT', { message: `the input has more than ${most} documents`, key: 'documents', limit: most }, span);
  }
}
