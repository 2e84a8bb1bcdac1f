import type { Code } from '../../diagnostics/codes.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { Place } from '../../diagnostics/place.ts';
import type { XmlLimits } from '../limits.ts';
import type { UnitHandler } from '../unit.ts';
import type { Elements } from './elements.ts';
import type { Input } from './input.ts';

export const STOP = -2; // reading has ended with a finding

/** Ends reading with a finding at `at`, and returns STOP. */
export type Fail = (code: Code, args: Readonly<Record<string, string>>, at: number) => typeof STOP;

export const syntax = (fail: Fail, message: string, at: number): typeof STOP => fail('XML_SYNTAX', { message }, at);

export const illegal = (fail: Fail, bytes: Uint8Array, at: number): typeof STOP =>
  syntax(fail, `the control character 0x${bytes[at]!.toString(16).padStart(2, '0')}`, at);

/** Ends reading at the first byte beyond the limit that the operator knows as `limits.xml.KEY`. */
export const tooMuch = (fail: Fail, key: keyof XmlLimits, limit: number, message: string, at: number): typeof STOP =>
  fail('XML_LIMIT', { message, key, limit: String(limit) }, at);

/** What is wrong with a document, told with its place. Offsets are those of the window. */
export class Faults {
  stopped = false; // one of them ended the reading
  readonly #handler: UnitHandler;
  readonly #elements: Elements;
  readonly #input: Input;
  readonly #source: string;

  constructor(handler: UnitHandler, elements: Elements, input: Input, source: string) {
    this.#handler = handler;
    this.#elements = elements;
    this.#input = input;
    this.#source = source;
  }

  readonly fail: Fail = (code, args, at) => {
    this.stopped = true;
    this.#handler.finding?.(finding(code, args, { data: this.#place(at, Math.min(at + 1, this.#input.filled)) }));
    return STOP;
  };

  /** Text stands beside elements. */
  mixed(start: number, end: number): void {
    this.#handler.finding?.(finding('XML_MIXED_TEXT', { tag: this.#elements.tag }, { data: this.#place(start, end) }));
  }

  #place(start: number, end: number): Place {
    return { source: this.#source, start: this.#input.base + start, end: this.#input.base + end, xpath: this.#elements.xpath() };
  }
}
