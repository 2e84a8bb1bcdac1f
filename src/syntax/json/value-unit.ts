import type { Place } from '../../diagnostics/place.ts';
import type { Unit } from '../unit.ts';
import type { JsonSpan } from './sink.ts';
import { textOf } from './text.ts';

/** The one view that the reader moves: a value with its name, or the beginning or the end of an object. */
export class ValueUnit implements Unit {
  kind: 'leaf' | 'open' | 'close' = 'leaf';
  tag = '';
  position = 0;
  bytes: Buffer = Buffer.alloc(0);
  base = 0;
  start = 0;
  end = 0;
  size = 0;
  readonly keys = new Int32Array(1);
  readonly repetitions = new Int32Array(1);
  readonly starts = new Int32Array(1);
  readonly ends = new Int32Array(1);
  readonly #source: string;
  #pointer: () => string = () => '';

  constructor(source: string) {
    this.#source = source;
  }

  /** Moves the view. An empty text is no atom. */
  show(kind: 'leaf' | 'open' | 'close', tag: string, position: number, { bytes, base, start, end, pointer }: JsonSpan): void {
    this.kind = kind;
    this.tag = tag;
    this.position = position;
    this.bytes = bytes;
    this.base = base;
    this.start = this.starts[0] = start;
    this.end = this.ends[0] = end;
    this.size = kind !== 'leaf' || (bytes[start] === 0x22 && end - start === 2) ? 0 : 1;
    this.#pointer = pointer;
  }

  name(): undefined {
    return undefined;
  }

  text(): string {
    return textOf(this.bytes, this.start, this.end);
  }

  place(): Place {
    return placeOf(this.#source, this);
  }

  pointer(): string {
    return this.#pointer();
  }
}

export const placeOf = (source: string, span: JsonSpan): Place => ({
  source,
  start: span.base + span.start,
  end: span.base + span.end,
  pointer: span.pointer(),
});
