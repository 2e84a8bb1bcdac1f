import type { Code } from '../../diagnostics/codes.ts';

/** What a scalar is. */
export type JsonKind = 'string' | 'number' | 'boolean' | 'null';

/** A span of the window, and where the window stands in the source. It is true until the call returns. */
export interface JsonSpan {
  readonly bytes: Buffer;
  readonly base: number;
  readonly start: number;
  readonly end: number;
  /** Where the value stands in its document, or in the list of them (RFC 6901). */
  pointer(): string;
}

/** What the scanner calls, in the order of the bytes. `name`: of the member; undefined in an array and around documents. */
export interface JsonSink {
  /** Of an object or an array. */
  open(bracket: '{' | '[', name: string | undefined, span: JsonSpan): void;
  close(bracket: '{' | '[', span: JsonSpan): void;
  /** The text as stated: what a string says, the characters of a number. No number is ever computed. */
  scalar(kind: JsonKind, name: string | undefined, span: JsonSpan): void;
  /** What is wrong. After a fatal one nothing more is read. */
  fault(code: Code, args: Readonly<Record<string, string>>, span: JsonSpan): void;
}
