import { unique } from '../unique.ts';

/** A name as it is spelled, split at its colon. */
class Spelling {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly prefix: string; // '' where it has none
  readonly local: string;
  readonly wellFormed: boolean; // at most one colon, with something on both sides
  #namespace = ''; // the last that it was asked for in
  #qualified = '';

  constructor(bytes: Uint8Array, text: string) {
    const colon = text.indexOf(':');
    this.bytes = bytes;
    this.text = text;
    this.prefix = colon < 0 ? '' : text.slice(0, colon);
    this.local = unique(text.slice(text.lastIndexOf(':') + 1));
    this.wellFormed = begins(this.local) && (colon < 0 || (colon === text.lastIndexOf(':') && begins(this.prefix)));
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

/** Whether a part of a name is there and begins as a name may. */
function begins(part: string): boolean {
  const first = part.charCodeAt(0);
  return part !== '' && first !== 0x2d && first !== 0x2e && !(first >= 0x30 && first <= 0x39);
}

const SPELLED = 1024; // a power of two
const spelled: (Spelling | undefined)[] = new Array<undefined>(2 * SPELLED).fill(undefined); // of documents before: most are like one of them. The latest of those with one hash

function spellingOf(bytes: Buffer, start: number, end: number, hash: number, latin1: boolean): Spelling {
  const place = (hash & (SPELLED - 1)) + (latin1 ? SPELLED : 0);
  const known = spelled[place];
  if (known && same(known.bytes, bytes, start, end)) return known;
  return (spelled[place] = new Spelling(Uint8Array.prototype.slice.call(bytes, start, end), bytes.toString(latin1 ? 'latin1' : 'utf8', start, end)));
}

/** A name of a document. One object for one name: compare by identity. */
export interface XmlName {
  readonly spelling: Spelling;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly prefix: string;
  readonly local: string;
  readonly localIndex: number; // among the local names of the document
  readonly wellFormed: boolean;
  next: XmlName | undefined; // of the element that began after it the last time: documents repeat themselves
}

/** Names met so far. A document has few and repeats them: each is looked into once. */
export class Names {
  readonly #latin1: boolean;
  #names: (XmlName | undefined)[] = new Array<undefined>(64).fill(undefined); // by hash, or in the next free place: a power of two, at most half of them taken
  #hashes = new Int32Array(64);
  readonly #locals = new Map<string, number>();
  size = 0;

  constructor(latin1: boolean) {
    this.#latin1 = latin1;
  }

  get(bytes: Buffer, start: number, end: number): XmlName {
    let hash = end - start;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const mask = this.#hashes.length - 1;
    let place = hash & mask;
    for (let known = this.#names[place]; known; known = this.#names[(place = (place + 1) & mask)])
      if (this.#hashes[place] === hash && same(known.bytes, bytes, start, end)) return known;
    const spelling = spellingOf(bytes, start, end, hash, this.#latin1);
    const { text, prefix, local, wellFormed } = spelling;
    const name: XmlName = { spelling, bytes: spelling.bytes, text, prefix, local, localIndex: this.#localIndexOf(local), wellFormed, next: undefined };
    this.#names[place] = name;
    this.#hashes[place] = hash;
    if (++this.size * 2 > mask) this.#grow();
    return name;
  }

  #localIndexOf(local: string): number {
    const known = this.#locals.get(local);
    if (known === undefined) this.#locals.set(local, this.#locals.size);
    return known ?? this.#locals.size - 1;
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

/** Whether `name` stands at `start`, up to `end`. */
export function same(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
