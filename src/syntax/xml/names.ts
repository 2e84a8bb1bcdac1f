/** A name as it stands in the document, split at its colon. One object for one name: compare by identity. */
export interface XmlName {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly prefix: string; // '' where it has none
  readonly local: string;
  readonly wellFormed: boolean; // at most one colon, with something on both sides
}

const buckets = 1024; // a power of two

/** Names met so far. A document has few and repeats them: each is decoded once. */
export class Names {
  readonly #buckets: XmlName[][] = Array.from({ length: buckets }, () => []);
  readonly #latin1: boolean;
  size = 0;

  constructor(latin1: boolean) {
    this.#latin1 = latin1;
  }

  get(bytes: Buffer, start: number, end: number): XmlName {
    let hash = end - start;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const bucket = this.#buckets[hash & (buckets - 1)]!;
    for (let i = 0; i < bucket.length; i++) if (same(bucket[i]!.bytes, bytes, start, end)) return bucket[i]!;
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
    bucket.push(name);
    this.size++;
    return name;
  }
}

/** Whether `name` stands at `start`, up to `end`. */
export function same(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
