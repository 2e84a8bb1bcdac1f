import type { Place } from '../../diagnostics/place.ts';
import type { Unit } from '../unit.ts';
import { decodeAttribute, decodeContent, isPlain } from './text.ts';

/** Text is cut from a string of about this many bytes, decoded once: see the same of segments. */
const WINDOW = 2048;

/** The one view that the reader moves: an element, its attributes, its text. */
export class ElementUnit implements Unit {
  kind: 'leaf' | 'open' | 'close' = 'leaf';
  tag = '';
  position = 0;
  bytes: Buffer = Buffer.alloc(0);
  base = 0;
  start = 0;
  end = 0;
  size = 0;
  keys = new Int32Array(8);
  repetitions = new Int32Array(8);
  starts = new Int32Array(8);
  ends = new Int32Array(8);
  readonly names: (string | undefined)[] = [];
  latin1 = false;
  readonly #source: string;
  readonly #xpath: () => string;
  #window = ''; // one character a byte, from offset #windowStart of `bytes`
  #windowStart = 0;
  #filled = 0; // bytes that are the document's

  constructor(source: string, xpath: () => string) {
    this.#source = source;
    this.#xpath = xpath;
  }

  add(key: number, name: string | undefined, start: number, end: number): void {
    const at = this.size++;
    if (at === this.keys.length) {
      for (const column of ['keys', 'repetitions', 'starts', 'ends'] as const) {
        const grown = new Int32Array(at * 2);
        grown.set(this[column]);
        this[column] = grown;
      }
    }
    this.keys[at] = key;
    this.names[at] = name;
    this.starts[at] = start;
    this.ends[at] = end;
  }

  /** Moves the view to an element; its atoms have been added. */
  show(
    kind: 'leaf' | 'open' | 'close',
    tag: string,
    position: number,
    { bytes, base, filled }: { readonly bytes: Buffer; readonly base: number; readonly filled: number },
    start: number,
    end: number,
  ): void {
    this.kind = kind;
    this.tag = tag;
    this.position = position;
    if (bytes !== this.bytes || base !== this.base) this.#window = '';
    this.#filled = filled;
    this.bytes = bytes;
    this.base = base;
    this.start = start;
    this.end = end;
  }

  /** The window has lost its first `count` bytes. */
  shift(count: number): void {
    for (let atom = 0; atom < this.size; atom++) {
      this.starts[atom]! -= count;
      this.ends[atom]! -= count;
    }
  }

  name(atom: number): string | undefined {
    return this.names[atom];
  }

  text(atom: number): string {
    const start = this.starts[atom]!;
    const end = this.ends[atom]!;
    if (end - start < WINDOW && isPlain(this.bytes, start, end)) return this.#cut(start, end);
    const decode = this.names[atom] === undefined ? decodeContent : decodeAttribute;
    return decode(this.bytes, start, end, this.latin1);
  }

  #cut(start: number, end: number): string {
    const from = start - this.#windowStart;
    if (from >= 0 && end - this.#windowStart <= this.#window.length) return this.#window.slice(from, from + end - start);
    this.#windowStart = start;
    this.#window = this.bytes.toString('latin1', start, Math.min(start + WINDOW, this.#filled));
    return this.#window.slice(0, end - start);
  }

  place(atom?: number): Place {
    const own = { source: this.#source, start: this.base + this.start, end: this.base + this.end, xpath: this.#xpath() };
    return atom === undefined ? own : atomPlace(own, this.names[atom], this.base + this.starts[atom]!, this.base + this.ends[atom]!);
  }
}

/** The place of a text or an attribute of the element that stands at `own`. */
export function atomPlace(own: Place, name: string | undefined, start: number, end: number): Place {
  const step = name === undefined ? '' : name.startsWith('{') ? `/@*[local-name()='${name.slice(name.indexOf('}') + 1)}']` : `/@${name}`;
  return { ...own, start, end, xpath: own.xpath + step };
}
