import type { Place } from '../../diagnostics/place.ts';
import type { Unit } from '../unit.ts';
import { decodeAttribute, decodeContent, isPlain } from './text.ts';

/** Text is cut from a string of about this many bytes, decoded once: see the same of segments. */
const WINDOW = 2048;

const fewBytes = 128; // to copy them one by one takes less than to ask for it

const nothing = Buffer.alloc(0);

/**
 * A view of an element, its attributes, its text: the one that the reader moves, or one that is held while the reader moves on. Both are
 * of this class, as what looks at both is slower where they differ.
 */
export class ElementUnit implements Unit {
  kind: 'leaf' | 'open' | 'close' = 'leaf';
  tag = '';
  position = 0;
  bytes: Buffer = nothing;
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
  source = '';
  readonly #xpath: (() => string) | undefined;
  #window = ''; // one character a byte, from offset #windowStart of `bytes`
  #windowStart = 0;
  #filled = 0; // bytes that are the document's

  #texts: string[] | undefined; // of what is held: the same, whatever reader has shown it
  #place: Place | undefined;
  #children: Map<string, string> | undefined; // texts by tag

  /** Without `xpath` it is one that is held. */
  constructor(xpath?: () => string) {
    this.#xpath = xpath;
  }

  /** It shows nothing. */
  clear(): void {
    this.bytes = nothing;
    this.#window = '';
    this.size = 0;
    this.names.length = 0;
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

  /** Becomes what a reader shows, and stays so. */
  hold(unit: Unit): void {
    const { bytes, start, end } = unit;
    const texts = (this.#texts ??= []);
    this.size = 0;
    for (let atom = 0; atom < unit.size; atom++) {
      this.add(unit.keys[atom]!, unit.name(atom), unit.starts[atom]! - start, unit.ends[atom]! - start);
      this.repetitions[atom] = unit.repetitions[atom]!;
      texts[atom] = unit.text(atom);
    }
    if (this.bytes.length < end - start) this.bytes = Buffer.allocUnsafe(end - start);
    if (end - start > fewBytes) this.bytes.set(bytes.subarray(start, end));
    else for (let at = start; at < end; at++) this.bytes[at - start] = bytes[at]!;
    this.kind = unit.kind === 'segment' ? 'leaf' : unit.kind;
    this.tag = unit.tag;
    this.position = unit.position;
    this.base = unit.base + start;
    this.start = 0;
    this.end = end - start;
    this.#place = unit.place();
    this.#children = undefined;
  }

  /** A child of what is held has a text, or none. The first of a tag counts. */
  hears(child: Unit): void {
    const children = (this.#children ??= new Map());
    for (let atom = 0; atom < child.size; atom++) if (child.name(atom) === undefined && !children.has(child.tag)) children.set(child.tag, child.text(atom));
  }

  child(tag: string): string | undefined {
    return this.#children?.get(tag);
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
    if (this.#texts) return this.#texts[atom]!;
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
    const own = this.#place ?? { source: this.source, start: this.base + this.start, end: this.base + this.end, xpath: this.#xpath!() };
    return atom === undefined ? own : atomPlace(own, this.names[atom], this.base + this.starts[atom]!, this.base + this.ends[atom]!);
  }
}

/** The place of a text or an attribute of the element that stands at `own`. */
export function atomPlace(own: Place, name: string | undefined, start: number, end: number): Place {
  const step = name === undefined ? '' : name.startsWith('{') ? `/@*[local-name()='${name.slice(name.indexOf('}') + 1)}']` : `/@${name}`;
  return { ...own, start, end, xpath: own.xpath + step };
}
