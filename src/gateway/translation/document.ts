import type { NewContent } from '../../store/store.ts';
import { readBlock, type Block, type SpillFile, type SpillKey } from './spill-file.ts';

/** A document that was made: its bytes, or where they wait for the store, or where they are in it. */
export type Document = NewContent['bytes'] | SpilledDocument;

/** It has no room in memory: it lies in blocks of the spill of its translation. A plain value. */
export interface SpilledDocument {
  readonly size: number;
  readonly blocks: readonly Block[];
}

export const isSpilled = (document: Document | undefined): document is SpilledDocument => document !== undefined && 'blocks' in document;

export const sizeOf = (document: Document): number => (document instanceof Uint8Array ? document.length : document.size);

export function* piecesOf({ blocks }: SpilledDocument, key: SpillKey): Generator<Uint8Array> {
  for (const block of blocks) yield readBlock(key, block) as Uint8Array;
}

const piece = 1024 * 1024;
const most = 4 * piece; // of a document in memory, where it can be elsewhere

/** Takes the bytes of a document as they are written. */
export class DocumentWriter {
  readonly #spill: SpillFile | undefined;
  readonly #blocks: Block[] = [];
  #held: Uint8Array[] = [];
  #holds = 0;
  #size = 0;

  constructor(spill?: SpillFile) {
    this.#spill = spill;
  }

  write(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#holds += bytes.length;
    this.#size += bytes.length;
    if (this.#spill && this.#holds >= (this.#blocks.length === 0 ? most : piece)) this.#leave(this.#spill);
  }

  end(): Document {
    if (!this.#spill || this.#blocks.length === 0) return Buffer.concat(this.#held);
    if (this.#holds > 0) this.#leave(this.#spill);
    return { size: this.#size, blocks: this.#blocks };
  }

  #leave(spill: SpillFile): void {
    const held = Buffer.concat(this.#held);
    for (let at = 0; at < held.length; at += piece) this.#blocks.push(spill.block(spill.put(held.subarray(at, at + piece))));
    this.#held = [];
    this.#holds = 0;
  }
}
