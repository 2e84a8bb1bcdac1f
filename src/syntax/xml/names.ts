/** A name as it stands in the document, split at its colon. One object for one name: compare by identity. */
export interface XmlName {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly prefix: string; // '' where it has none
  readonly local: string;
  readonly wellFormed: boolean; // at most one colon, with something on both sides
}

/** Names met so far. A document has few and repeats them: each is decoded once. */
export class Names {
  readonly #latin1: boolean;
  #names: (XmlName | undefined)[] = new Array<undefined>(64).fill(undefined); // by hash, or in the next free place: a power of two, at most half of them taken
  #hashes = new Int32Array(64);
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
    const text = bytes.toString(this.#latin1 ? 'latin1' : 'utf8', start, end);
    const parts = text.split(':');
    const local = parts.at(-1)!;
    const name = {
      bytes: Uint8Array.prototype.slice.call(bytes, start, end),
      text,
      local,
      prefix: parts.length > 1 ? parts[0]! : '',
      wellFormed: parts.length <= 2 && parts.every((part) => part !== '' && !/^[-.0-9]/.test(part)),
    };
    this.#names[place] = name;
    this.#hashes[place] = hash;
    if (++this.size * 2 > mask) this.#grow();
    return name;
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
