import { createHash } from 'node:crypto';
import type { Prepared, PreparedContent, Preparer } from './prepare.ts';
import { chunkSize, type Random } from './seal.ts';
import { machineFault } from './sqlite.ts';
import type { Batch, ContentId, StagedContent } from './store.ts';
import type { Writes } from './writes.ts';

/**
 * Large bodies are written ahead of their batch, a sealed piece at a time, so that a body larger than memory streams.
 * Until a batch names it the content has no row: what was left behind by a crash is swept at the next start.
 */
export class Staging {
  readonly #writes: Writes;
  readonly #preparer: Preparer;
  readonly #random: Random;
  readonly #folder: string;

  constructor(writes: Writes, preparer: Preparer, random: Random, folder: string) {
    this.#folder = folder;
    this.#writes = writes;
    this.#preparer = preparer;
    this.#random = random;
  }

  /** Prepares a part of a batch, and writes its bodies ahead: for the one transaction of all parts nothing is left but rows. */
  part(batch: Batch): Prepared {
    const prepared = this.#preparer.prepare(batch);
    const contents = new Map<string, PreparedContent>();
    const ahead = (): void => {
      for (const [name, content] of prepared.contents) {
        const { owner, stage, media, no, size, salt, commitment, sealed } = content;
        if (sealed.length > 0) this.#writes.stage.run(no);
        sealed.forEach((piece, n) => this.#writes.addChunk(no, n, piece));
        contents.set(name, { ...content, sealed: [], bytes: { owner, stage, media, no, size, salt, commitment } });
      }
    };
    this.#write(ahead);
    const { contents: _bodies, ...rest } = batch;
    return { ...prepared, batch: rest, contents };
  }

  #write(rows: () => void): void {
    try {
      this.#writes.transaction(rows);
    } catch (error) {
      throw machineFault(error, this.#folder);
    }
  }

  async stage(id: ContentId & { readonly media: string }, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StagedContent> {
    const { owner, stage, media } = id;
    const no = this.#writes.nextContent();
    const salt = Buffer.from(this.#random(32));
    const commitment = createHash('sha256').update(salt);
    let size = 0;
    let n = 0;
    for await (const { piece, last } of rechunked(source)) {
      commitment.update(piece);
      size += piece.length;
      const sealed = this.#preparer.piece({ ...id, no }, n, last, piece);
      this.#write(() => {
        if (n === 0) this.#writes.stage.run(no);
        this.#writes.addChunk(no, n, sealed);
      });
      n++;
    }
    return { owner, stage, media, no, size, salt, commitment: commitment.digest() };
  }
}

/** The same bytes in pieces of exactly 1 MiB, the last one shorter; at least one piece. */
async function* rechunked(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<{ piece: Buffer; last: boolean }> {
  let held: Buffer = Buffer.alloc(0);
  for await (const part of source) {
    held = Buffer.concat([held, part]);
    for (; held.length > chunkSize; held = held.subarray(chunkSize)) yield { piece: held.subarray(0, chunkSize), last: false };
  }
  yield { piece: held, last: true };
}
