import { unique } from '../unique.ts';

/** A name as it is spelled, split at its colon. One object for one name: compare by identity. */
export class XmlName {
  readonly bytes: Uint8Array;
  readonly words: Int32Array; // its bytes by four, and the last four
  readonly text: string;
  readonly prefix: string; // '' where it has none
  readonly local: string;
  readonly localIndex: number; // among the local names that are known
  readonly wellFormed: boolean; // at most one colon, with something on both sides
  readonly declares: boolean; // a namespace
  next: XmlName | undefined; // of the element that began after it the last time: documents repeat themselves, and one another
  other: XmlName | undefined; // and the last time that it was another
  document = 0; // the last in which it was met
  #namespace = ''; // the last that it was asked for in
  #qualified = '';

  constructor(bytes: Uint8Array, text: string, locals: Map<string, number>) {
    const colon = text.indexOf(':');
    this.bytes = bytes;
    this.words = wordsOf(bytes);
    this.text = text;
    this.prefix = colon < 0 ? '' : text.slice(0, colon);
    this.local = unique(text.slice(text.lastIndexOf(':') + 1));
    this.localIndex = locals.get(this.local) ?? locals.size;
    this.wellFormed = isName(this.local) && (colon < 0 || (isName(this.prefix) && colon === text.lastIndexOf(':')));
    this.declares = text === 'xmlns' || this.prefix === 'xmlns';
    locals.set(this.local, this.localIndex);
  }

  /** The element of `name` began after one of this name. */
  follow(name: XmlName): void {
    if (this.next === name) return;
    this.other = this.next;
    this.next = name;
  }

  /** `{namespace}local`: the same string each time, as long as the namespace is the same. */
  in(namespace: string): string {
    if (namespace !== this.#namespace || this.#qualified === '') {
      this.#namespace = namespace;
      this.#qualified = unique(`{${namespace}}${this.local}`);
    }
    return this.#qualified;
  }
}

const starts = String.raw`A-Z_a-z\u{c0}-\u{d6}\u{d8}-\u{f6}\u{f8}-\u{2ff}\u{370}-\u{37d}\u{37f}-\u{1fff}\u{200c}\u{200d}\u{2070}-\u{218f}\u{2c00}-\u{2fef}\u{3001}-\u{d7ff}\u{f900}-\u{fdcf}\u{fdf0}-\u{fffd}\u{10000}-\u{effff}`;
const name = new RegExp(String.raw`^[${starts}][${starts}\-.0-9\u{b7}\u{300}-\u{36f}\u{203f}\u{2040}]*$`, 'u');

/** Whether a text is a name without a colon (NCName of Namespaces 1.0; XML 1.0, 2.3, fifth edition). */
export const isName = (text: string): boolean => name.test(text);

/** Names met so far, in this document and in those before it. They are few and repeat themselves: each is looked into once. */
export class Names {
  readonly #latin1: boolean;
  #names: (XmlName | undefined)[] = new Array<undefined>(64).fill(undefined); // by hash, or in the next free place: a power of two, at most half of them taken
  #hashes = new Int32Array(64);
  readonly #locals = new Map<string, number>();
  #document = 0;
  known = 0; // of all documents
  size = 0; // of this one

  constructor(latin1: boolean) {
    this.#latin1 = latin1;
  }

  /** Another document begins. */
  begin(): void {
    this.#document++;
    this.size = 0;
  }

  /** A name stands in the document. */
  meet(name: XmlName): XmlName {
    if (name.document !== this.#document) {
      name.document = this.#document;
      this.size++;
    }
    return name;
  }

  get(bytes: Buffer, start: number, end: number): XmlName {
    let hash = end - start;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const mask = this.#hashes.length - 1;
    let place = hash & mask;
    for (let known = this.#names[place]; known; known = this.#names[(place = (place + 1) & mask)])
      if (this.#hashes[place] === hash && same(known.bytes, bytes, start, end)) return this.meet(known);
    const text = bytes.toString(this.#latin1 ? 'latin1' : 'utf8', start, end);
    const name = new XmlName(Uint8Array.prototype.slice.call(bytes, start, end), text, this.#locals);
    this.#names[place] = name;
    this.#hashes[place] = hash;
    if (++this.known * 2 > mask) this.#grow();
    return this.meet(name);
  }

  #grow(): void {
    const [names, hashes] = [this.#names, this.#hashes];
    const length = 2 * names.length;
    this.#names = new Array<undefined>(length).fill(undefined);
    this.#hashes = new Int32Array(length);
    for (const [at, name] of names.entries()) {
      if (!name) continue;
      let place = hashes[at]! & (length - 1);
      while (this.#names[place]) place = (place + 1) & (length - 1);
      this.#names[place] = name;
      this.#hashes[place] = hashes[at]!;
    }
  }
}

/** The bytes of a name by four; those that are left over with some before them. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = new Int32Array(bytes.length < 4 ? 0 : Math.ceil(bytes.length / 4));
  for (let i = 0; i < words.length; i++) words[i] = view.getInt32(Math.min(i * 4, bytes.length - 4), true);
  return words;
}

/** Whether a name stands at `start`: `view` has as many bytes there. */
export function standsAt({ bytes, words }: XmlName, view: DataView, start: number): boolean {
  const last = words.length - 1;
  if (last < 0) {
    for (let i = 0; i < bytes.length; i++) if (view.getUint8(start + i) !== bytes[i]) return false;
    return true;
  }
  for (let i = 0; i < last; i++) if (view.getInt32(start + i * 4, true) !== words[i]) return false;
  return view.getInt32(start + bytes.length - 4, true) === words[last];
}

/** Whether `name` stands at `start`, up to `end`. */
export function same(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
